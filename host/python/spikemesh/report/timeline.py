# SPDX-License-Identifier: Apache-2.0
"""The timeline of a run as Chrome trace events, which Perfetto and chrome://tracing open."""

from __future__ import annotations

import json
import os
from typing import Any

from . import assets
from .activity import Activity, ReportError

_STEPS, _TILES = 0, 1                # processes of the trace
_INPUT, _OUTPUT = 0, 1               # tracks of a tile: what takes packets, what sends them
_TRACK = {"update": _INPUT, "learn": _INPUT, "integrate": _INPUT, "emit": _OUTPUT, "stalled": _OUTPUT}
_PART = ("", " output")


def _names(activity: Activity, tiles: set[int]) -> list[dict[str, Any]]:
    def name(kind: str, pid: int, tid: int, text: str) -> dict[str, Any]:
        return {"ph": "M", "name": kind, "pid": pid, "tid": tid, "args": {"name": text}}

    rows = [name("process_name", _STEPS, 0, "step controller"), name("thread_name", _STEPS, 0, "steps"), name("process_name", _TILES, 0, "tiles")]
    for tile in sorted(tiles):
        place = f"tile ({tile % activity.mesh_w},{tile // activity.mesh_w})"
        for part in (_INPUT, _OUTPUT):
            rows.append(name("thread_name", _TILES, 2 * tile + part, place + _PART[part]))
            rows.append({"ph": "M", "name": "thread_sort_index", "pid": _TILES, "tid": 2 * tile + part, "args": {"sort_index": 2 * tile + part}})
    return rows


def timeline(activity: Activity, clock_mhz: float | None = None) -> dict[str, Any]:
    """The trace: one slice a span. A cycle is 1 us, or as long as the clock says. The tracks of a tile are its input side (update,
    integrate, learn) and its output side (emit, and in it stalled)."""
    if clock_mhz is not None and not clock_mhz > 0:
        raise ReportError(f"the clock has to be above 0 MHz, not {clock_mhz:g}")
    cycle_us, kinds, spans = 1 / clock_mhz if clock_mhz else 1, activity.span_kinds, activity.spans
    begin = int(spans[0, 2]) if len(spans) else 0
    first = int(activity.window("first_step")[0]) if activity.windows else 0
    events, tiles, steps = [], set(), 0
    for tile, number, start, end in spans.tolist():
        kind = kinds[number]
        event = {"ph": "X", "name": kind, "cat": kind, "ts": (start - begin) * cycle_us, "dur": (end - start) * cycle_us,
                 "args": {"cycle": start, "cycles": end - start}}
        if tile < 0:
            event.update(name=f"step {first + steps}", pid=_STEPS, tid=0)
            steps += 1
        else:
            event.update(pid=_TILES, tid=2 * tile + _TRACK[kind])
            tiles.add(tile)
        events.append(event)
    return {"traceEvents": _names(activity, tiles) + events, "displayTimeUnit": "ns",
            "otherData": {"unit": "1 us is one cycle" if clock_mhz is None else f"clock of {clock_mhz:g} MHz",
                          "complete_steps": activity.spanned_steps, "steps": activity.steps, "mesh": f"{activity.mesh_w} x {activity.mesh_h}"}}


def write_timeline(folder: str | os.PathLike[str], file: str | os.PathLike[str], clock_mhz: float | None = None) -> None:
    """Writes the timeline of a run folder. Of a long run it has the first steps; otherData says how many. Raises ReportError."""
    assets.write_whole(file, json.dumps(timeline(Activity(folder), clock_mhz), separators=(",", ":")))
