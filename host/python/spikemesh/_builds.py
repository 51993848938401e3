# SPDX-License-Identifier: Apache-2.0
"""Builds of the chip as machines take them: a name, a JSON file, or a dictionary of parameters."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, Union

from . import _core

#: A name ("default", "tiny", ...), a JSON file, or its contents: parameter -> value.
Build = Union[str, os.PathLike[str], Mapping[str, Any]]
_REMEDY = re.compile(r"build with ((?:\w+=\d+)(?:, \w+=\d+)*)")


@contextlib.contextmanager
def named(config: Build | None) -> Iterator[str | None]:
    """As the extension takes it."""
    if config is None or not isinstance(config, Mapping):
        yield None if config is None else os.fspath(config)
        return
    with tempfile.TemporaryDirectory(prefix="spikemesh-") as folder:
        file = pathlib.Path(folder) / "config.json"
        file.write_text(json.dumps(dict(config), default=_plain), encoding="utf-8")
        try:
            yield str(file)
        except _core.Error as error:
            if str(file) not in str(error):
                raise
            found = type(error)(str(error).replace(str(file), "config"))
        else:
            return
    raise found


@contextlib.contextmanager
def remedies(config: Build | None) -> Iterator[None]:
    """Says in Python how one builds with other parameters."""
    try:
        yield
        return
    except _core.InputError as error:
        message = str(error)
    found = _REMEDY.search(message)
    if found is None:
        raise _core.InputError(message)
    changes = {name: int(value) for name, value in (each.split("=") for each in found[1].split(", "))}
    if isinstance(config, Mapping):
        whole = json.dumps({**config, **changes}, default=_plain)
    elif config is None or config == "default":
        whole = json.dumps(changes)
    else:
        whole = "{**sm.Machine(config=" + json.dumps(os.fspath(config)) + ").build, " + json.dumps(changes)[1:]
    raise _core.InputError(f"{message}; in Python: sm.Machine(config={whole})")


def _plain(value: Any) -> Any:
    """Numbers of numpy."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"config: {value!r} of type {type(value).__name__}, but numbers are needed")
