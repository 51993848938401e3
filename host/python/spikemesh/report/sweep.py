# SPDX-License-Identifier: Apache-2.0
"""The HTML page of a sweep: Pareto front, table, parallel coordinates (docs/exploration/sweep.md says what a sweep leaves)."""

from __future__ import annotations

import html
import os
import pathlib
from typing import Any

from . import assets
from .activity import ReportError

_DATABASE = "sweep.sqlite"
#: Columns that are no parameter and no result: how a point was run and ended, and how long that took on the computer.
_ABOUT = {"id", "design", "repeat", "status", "reason", "feasible", "config", "command", "wall_map_s", "map_shared", "wall_load_s", "wall_run_s"}
_PARAMETERS = {"seed", "min_tiles", "period", "split_weights", "clock_mhz", "baud"}  # besides those of the build, which have capital letters
_FIRST = ("cycles_median", "cycles", "cycles_p99", "cycles_worst")  # what is shown at first against memory
_SECOND = ("memory_bits", "block_rams", "tiles")


def is_sweep(folder: str | os.PathLike[str]) -> bool:
    return (pathlib.Path(folder) / _DATABASE).is_file()


def _read(folder: pathlib.Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of the points."""
    import sqlite3  # with its library, which nothing else here takes
    path = folder / _DATABASE
    remedy = "name a folder that spikemesh sweep wrote"
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as base:
            found = base.execute("SELECT * FROM points ORDER BY id")
            columns, rows = [each[0] for each in found.description], found.fetchall()
    except sqlite3.Error as error:
        raise ReportError(f"{path}: {error}; {remedy}") from None
    if not rows:
        raise ReportError(f"{path}: the sweep has no point yet; wait until the first are done")
    return columns, rows


def sweep_data(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """The constant DATA of sweep.js. Columns that are the same in all points are told once, under `same`."""
    folder = pathlib.Path(folder)
    columns, rows = _read(folder)
    values = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    known = {name: {value for value in each if value is not None} for name, each in values.items() if name not in _ABOUT}
    same = {name: next(iter(each), None) for name, each in known.items() if len(each) < 2}
    varying = [name for name in columns if name not in _ABOUT and name not in same]
    numeric = [name for name in varying if any(isinstance(value, (int, float)) for value in values[name])
               and all(value is None or isinstance(value, (int, float)) for value in values[name])]
    status = values.get("status", ["ok"] * len(rows))
    counts = {each: status.count(each) for each in sorted(set(status))}

    def choose(names: tuple[str, ...], other: int) -> str | None:
        found = [name for name in names if name in numeric]
        return found[0] if found else numeric[min(other, len(numeric) - 1)] if numeric else None

    return {"ids": values["id"], "status": status, "reason": values.get("reason", [None] * len(rows)), "feasible": values.get("feasible", [1] * len(rows)),
            "varying": varying, "numeric": numeric,
            "parameters": [name for name in varying if name in _PARAMETERS or name[:1].isupper()], "values": {name: values[name] for name in varying}, "same": same, "counts": counts,
            "x": choose(_FIRST, 0), "y": choose(_SECOND, 1), "command": values["command"]}


def _body(title: str, data: dict[str, Any]) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in data["counts"].items())
    same = ", ".join(f"{name} {value}" for name, value in data["same"].items() if value is not None)

    def chooser(axis: str) -> str:
        options = "".join(f"<option{' selected' if name == data[axis] else ''}>{html.escape(name)}</option>" for name in data["numeric"])
        return (f"<label>{axis} <select id='{axis}'>{options}</select></label>"
                f"<label><select id='{axis}-goal'><option>small</option><option>large</option></select> is better</label>")

    return "".join([
        f"<h1>{html.escape(title)}</h1><p>{len(data['ids'])} points: {html.escape(counts)}.</p>",
        f"<p>The same in all points: {html.escape(same)}.</p>" if same else "",
        f"<div class='bar'>{chooser('x')}{chooser('y')}<label><input type='checkbox' id='feasible' checked> feasible points only</label>"
        "<output id='shown'></output></div><div class='grid'>",
        "<section class='card wide'><h2>Pareto front</h2><p>Points that no other point beats in both columns are joined by the line. The configuration of a "
        "point is shown under the pointer; a click keeps it.</p><div class='draw square'><canvas id='pareto' role='img' aria-label='Pareto front'></canvas></div>"
        "<p id='picked'>No point is picked.</p></section>",
        "<section class='card wide'><h2>Parallel coordinates</h2><p>A line for each point through the columns that vary, each from its least to its largest value. "
        "Lines of the front and the picked point stand out.</p><div class='draw'><canvas id='parallel' role='img' aria-label='Parallel coordinates'></canvas></div></section>",
        "<section class='card wide'><h2>Points</h2><p>A click on a column sorts by it, a click on a row picks its point. Points of the front are bold.</p>"
        "<div class='scroll'><table id='points'><thead><tr></tr></thead><tbody></tbody></table></div></section></div>"])


def write_sweep_page(folder: str | os.PathLike[str], file: str | os.PathLike[str]) -> None:
    """Writes the page of a sweep folder, one file that needs no network. Raises ReportError."""
    data = sweep_data(folder)
    title = f"Sweep {pathlib.Path(folder).absolute().name}"
    assets.write_whole(file, assets.page(title, _body(title, data), data, ["common.js", "sweep.js"]))
