# SPDX-License-Identifier: Apache-2.0
"""What a page is made of: the charting library, styles and scripts, all inside the page."""

from __future__ import annotations

import html
import json
import os
import pathlib
import re
from collections.abc import Sequence
from typing import Any

from .activity import ReportError

_HERE = pathlib.Path(__file__).absolute().parent
_CHARTS = ("/usr/share/javascript/chart.js/chart.min.js", "/usr/share/nodejs/chart.js/dist/chart.min.js")
_VARIABLE = "SPIKEMESH_CHARTJS"
_REMEDY = f"install it (apt install libjs-chart.js), or set {_VARIABLE} to chart.umd.js of the npm package chart.js 3 or 4"


def chart_library() -> str:
    """The source of Chart.js."""
    named = os.environ.get(_VARIABLE)
    for place in [named] if named else _CHARTS:
        path = pathlib.Path(place)
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if not re.search(r"Chart\.js v[34]\.", text[:300]):
            raise ReportError(f"{path}: this is not Chart.js 3 or 4; {_REMEDY}")
        return text
    raise ReportError(f"{named or 'Chart.js'}: it is not there, which draws the page; {_REMEDY}")


def _script(text: str) -> str:
    """Nothing in it ends the element early."""
    return "<script>" + re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE) + "</script>\n"


def page(title: str, body: str, data: Any, scripts: Sequence[str]) -> str:
    """The page: `data` is the constant DATA of the scripts, which are files beside this one."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    return ("<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n<meta name='viewport' content='width=device-width'>\n"
            f"<title>{html.escape(title)}</title>\n<style>{(_HERE / 'page.css').read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
            f"{body}\n<div id='tip' role='tooltip' hidden></div>\n" + _script(chart_library()) + _script(f"const DATA = {text};")
            + "".join(_script((_HERE / name).read_text(encoding="utf-8")) for name in scripts) + "</body>\n</html>\n")


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """The file is whole, or what it was."""
    target = pathlib.Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, target)
    except OSError as error:
        raise ReportError(f"{target}: {error.strerror or error}; name a file in a folder that can be written") from None
    finally:
        part.unlink(missing_ok=True)
