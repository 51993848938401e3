# SPDX-License-Identifier: Apache-2.0
"""The HTML page of a run with hard steps: hardware against ideal (docs/exploration/hard-steps.md)."""

from __future__ import annotations

import html
import os
from typing import Any

from . import assets

_COLUMNS = (("ideal_spikes", "ideal spikes"), ("spikes", "spikes"), ("missing", "missing"), ("added", "added"),
            ("interval_distortion", "interval distortion (steps)"), ("spike_disorder", "spike disorder (steps^2)"))


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _table(populations: list[dict[str, Any]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("population", *(name for _, name in _COLUMNS)))
    rows = "".join("<tr>" + f"<td>{html.escape(each['population'])}</td>" + "".join(f"<td>{_shown(each[key])}</td>" for key, _ in _COLUMNS) + "</tr>"
                   for each in populations)
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _card(title: str, text: str, inside: str, wide: bool = False) -> str:
    return f"<section class='card {'wide' if wide else ''}'><h2>{title}</h2><p>{text}</p>{inside}</section>"


def _canvas(name: str, title: str) -> str:
    return f"<div class='draw'><canvas id='{name}' role='img' aria-label='{title}'></canvas></div>"


def write_hard_page(title: str, config: dict[str, Any], stats: dict[str, Any], file: str | os.PathLike[str]) -> None:
    """Writes the page. config, stats: of the run folder, whose stats have hard_steps."""
    hard = stats["hard_steps"]
    share = 100 * hard["late"] / (hard["packets"] or 1)
    figures = [("cycles of a step", hard["period"]), ("steps", hard["steps"]), ("steps that lasted longer", hard["longer"]),
               ("packets", hard["packets"]), ("late", f"{share:.3g} %"), ("overtaken", hard["overtaken"])]
    body = "".join([
        f"<h1>{html.escape(title)}</h1><p>Steps ended after {hard['period']:,} cycles, as soon as their inputs were in the mesh; a packet that came later counted in the step in "
        f"which it came. Beside it stands the ideal run of the same inputs, in which every step waits for its packets. Commit {html.escape(config['commit'])}.</p>",
        "<div class='figures'>", *(f"<div><b>{value if isinstance(value, str) else f'{value:,}'}</b><span>{name}</span></div>" for name, value in figures), "</div>",
        "<div class='grid'>",
        _card("Late packets", "Steps between the one in which a neuron fired and the one in which its packet was integrated.", _canvas("late", "Late packets")),
        _card("Latency", "From the offer of a packet to its router until a core takes it.", _canvas("latency", "Latency")),
        _card("Changed output", "Recorded spikes of each population beside those of the ideal run.", _table(hard["spikes"]), True), "</div>"])
    assets.write_whole(file, assets.page(title, body, {"late_steps": hard["late_steps"], "latency_cycles": hard["latency_cycles"]}, ["common.js", "histogram.js", "hard.js"]))
