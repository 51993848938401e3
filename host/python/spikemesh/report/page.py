# SPDX-License-Identifier: Apache-2.0
"""The HTML page of a run."""

from __future__ import annotations

import html
import os
import pathlib
from typing import Any

import numpy as np

from . import assets
from .activity import CLASSES, PORTS, Activity, read_json
from .energies import Energy, energy
from .hard import write_hard_page

_CELLS = 16_000  # tiles x windows of the maps, which keeps the page small
_FEWEST = 8      # windows of the maps, however many tiles there are


def _ints(values: Any) -> list[Any]:
    return np.asarray(values).astype(np.int64).tolist()


def _heat(activity: Activity) -> dict[str, Any]:
    """What the slider moves through: maps by window."""
    merged = activity.merged(max(_FEWEST, _CELLS // activity.tiles))
    cores = np.stack([activity.core(name) for name in CLASSES], axis=2)
    count = len(merged.first(activity.window("steps")))
    return {"together": merged.together, "first_step": _ints(merged.first(activity.window("first_step"))),
            "steps": _ints(merged.sums(activity.window("steps"))), "cycles": _ints(merged.sums(activity.window("cycles"))),
            "cores": _ints(merged.sums(cores).reshape(count, -1)), "links": _ints(merged.sums(activity.links).reshape(count, -1)),
            "buffers": _ints(merged.most(activity.buffers).reshape(count, -1))}


def critical_core(activity: Activity) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The core that ended most steps last, by window; -1 where no core did anything."""
    counts = activity.core("critical")
    return np.where(counts.any(axis=1), counts.argmax(axis=1), -1)


def run_data(activity: Activity, config: dict[str, Any]) -> dict[str, Any]:
    """The constant DATA of run.js."""
    windows: dict[str, Any] = {name: _ints(activity.window(name)) for name in ("first_step", "steps", "cycles", "shortest", "longest")}
    windows["critical"] = _ints(critical_core(activity))
    return {"mesh_w": activity.mesh_w, "mesh_h": activity.mesh_h, "router_depth": activity.index["router_depth"],
            "core_depth": activity.index["core_depth"], "ports": PORTS, "classes": CLASSES, "dt_ms": config["dt_ms"], "windows": windows,
            "heat": _heat(activity), "step_cycles": activity.index["step_cycles"], "latency_cycles": activity.index["latency_cycles"],
            "energy": None}


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _figures(activity: Activity, stats: dict[str, Any]) -> str:
    steps, latency = activity.step_cycles.summary(), activity.latency_cycles.summary()
    packets = int(activity.core("packets").sum())
    rows: list[tuple[str, float | None]] = [
        ("steps", activity.steps), ("cycles a step, median", steps["median"]), ("cycles a step, p99", steps["p99"]),
        ("cycles a step, worst", steps["worst"]), ("cycles of all steps", activity.cycles),
        ("cycles between steps", None if stats.get("cycles") is None else stats["cycles"] - activity.cycles),
        ("packets integrated", packets), ("latency, median", latency["median"]), ("latency, p99", latency["p99"]),
        ("links crossed by spikes", int(activity.hops.sum()))]
    return "<div class='figures'>" + "".join(f"<div><b>{_number(value)}</b><span>{html.escape(name)}</span></div>" for name, value in rows) + "</div>"


def _card(title: str, text: str, canvas: str, kind: str = "", more: str = "") -> str:
    scale = f"<div class='scale' id='{canvas}-scale'></div>" if "square" in kind else ""
    return (f"<section class='card {'wide' if 'wide' in kind else ''}'><h2>{title}</h2><p>{text}</p>{more}"
            f"<div class='draw {'square' if 'square' in kind else ''}'><canvas id='{canvas}' role='img' aria-label='{html.escape(title)}'></canvas></div>{scale}</section>")


def _body(title: str, activity: Activity, config: dict[str, Any], stats: dict[str, Any], energy: str) -> str:
    build = config["build"]
    choices = "".join(f"<option>{name}</option>" for name in ("busy", *CLASSES))
    tall = f"style='height:{max(17, 1.3 * activity.tiles):.0f}rem'"
    about = (f"{activity.mesh_w} x {activity.mesh_h} tiles, executor {config['executor']}, {config['samples']} samples of {config['steps']} steps of "
             f"{config['dt_ms']:g} ms, {build['Neurons']} neurons and {build['Lanes']} lanes a tile, commit {config['commit']}")
    time = _card("Where each core's time goes", "Cycles of the shown steps. What comes first in the legend goes before what comes later, so that the parts add up; "
                 "while a core integrates, its emission goes on beside it.", "time", "wide").replace("<div class='draw '", f"<div class='draw' {tall}")
    return "".join([
        f"<h1>{html.escape(title)}</h1><p>{html.escape(about)}</p>", _figures(activity, stats), "<div class='grid'>",
        _card("Cycles of each step", "A click shows the steps at this place in the maps below.", "steps", "wide"),
        _card("Critical core", "The core that ended a step last; of several steps, the one that did so most often.", "critical", "wide"), "</div>",
        "<div class='bar'><label for='at'>steps shown</label><input type='range' id='at' min='0' value='0'>"
        "<label><input type='checkbox' id='all' checked> all steps</label><output id='shown'></output></div><div class='grid'>",
        _card("Link load", "Spikes on each link, drawn where they enter a tile; the circle is the tile's own core.", "links", "square"),
        _card("Core load", "Share of the cycles.", "load", "square", f"<label>of <select id='load-of'>{choices}</select></label>"),
        _card("Buffers", "Most flits that each input buffer held; the square is the buffer of the core.", "buffers", "square"), time,
        _card("Length of steps", "Exact, of all steps.", "lengths"), _card("Latency", "From the offer of a packet to its router until a core takes it.", "latency"),
        _card("Deviation from a fixed period", "If steps began at a fixed period, those that take longer would be stretched.", "deviation", "",
              "<label>clock <input id='clock' type='number' min='0' step='any' value='50' style='width:6em'> MHz</label> <output id='real-time'></output>"),
        energy, "</div>"])


def title_of(folder: str | os.PathLike[str], activity: Activity) -> str:
    """What a report of a run folder is called."""
    config = read_json(pathlib.Path(folder) / "config.json", "name a folder that spikemesh run wrote")
    return f"{pathlib.Path(config['network']).name} on {activity.mesh_w} x {activity.mesh_h} tiles"


def _energy_card(result: Energy) -> str:
    rows = "".join(f"<tr><td>{html.escape(unit.replace('_', ' '))}</td><td>{result.counts[unit]:,}</td><td>{result.per_event[unit]:.4g}</td>"
                   f"<td>{pj / 1e3:,.2f}</td><td>{100 * pj / (result.total_pj or 1):.1f}</td></tr>" for unit, pj in result.units.items())
    table = ("<div class='scroll'><table><thead><tr><th>unit</th><th>events</th><th>pJ an event</th><th>nJ</th><th>%</th></tr></thead><tbody>"
             f"{rows}<tr><td><b>total</b></td><td></td><td></td><td><b id='energy-total'>{result.total_pj / 1e3:,.2f}</b></td><td></td></tr></tbody></table></div>")
    return _card(f"Modelled energy: {html.escape(result.coefficients.name)}",
                 f"{html.escape(result.coefficients.doc)} The events are those of this run; the energy is modelled, not measured.", "energy", "wide", table)


def write_page(folder: str | os.PathLike[str], file: str | os.PathLike[str], coefficients: str | os.PathLike[str] | None = None) -> None:
    """Writes the page of a run folder, one file that needs no network. coefficients: adds the modelled energy (energies.py). Raises ReportError."""
    folder = pathlib.Path(folder)
    remedy = "name a folder that spikemesh run wrote"
    config, stats = read_json(folder / "config.json", remedy), read_json(folder / "stats.json", remedy)
    if "hard_steps" in stats and coefficients is None:
        build = config["build"]
        return write_hard_page(f"{pathlib.Path(config['network']).name} on {build['MeshW']} x {build['MeshH']} tiles, hard steps", config, stats, file)
    activity = Activity(folder)
    title = title_of(folder, activity)
    result = None if coefficients is None else energy(folder, coefficients)
    data = run_data(activity, config)
    if result is not None:
        steps = np.maximum(activity.window("steps"), 1)
        data["energy"] = {"units": list(result.units), "windows": (result.windows / 1e3 / steps).round(6).tolist()}
    body = _body(title, activity, config, stats, "" if result is None else _energy_card(result))
    text = assets.page(title, body, data, ["common.js", "histogram.js", "run.js"])
    assets.write_whole(file, text)
