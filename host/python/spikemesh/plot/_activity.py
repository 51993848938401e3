# SPDX-License-Identifier: Apache-2.0
"""Plots of where the cycles of a run go (spikemesh.load_activity), and of its modelled energy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore
from matplotlib.collections import PatchCollection  # type: ignore
from matplotlib.figure import Figure  # type: ignore
from matplotlib.patches import Circle, Polygon, Rectangle  # type: ignore
from matplotlib.ticker import MaxNLocator  # type: ignore

from ._style import COLOURS, DPI, legend, new_axes, save_whole, styled

if TYPE_CHECKING:
    Activity = Any  # spikemesh.report.Activity
    Axes = Any  # matplotlib.axes.Axes
    Energy = Any  # spikemesh.report.Energy

_CLASSES = ("update", "learn", "integrate", "stalled", "emit", "waiting")
_COLOURS = (*COLOURS[:5], "#D0D7DE")
#: Where the mark of a port is, from the middle of its tile, and where it points: the way of the spikes.
_PORTS = ((0.0, 0.0, None), (0.0, -0.32, 180.0), (0.32, 0.0, 90.0), (0.0, 0.32, 0.0), (-0.32, 0.0, 270.0))


def _steps(activity: Activity) -> Any:
    """The middle of each window."""
    return activity.window("first_step") + (activity.window("steps") - 1) / 2


def _map_axes(ax: Axes, activity: Activity) -> None:
    ax.set_xlim(-0.8, activity.mesh_w - 0.4)
    ax.set_ylim(activity.mesh_h - 0.4, -0.6)
    ax.set_aspect("equal")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=8, integer=True))


def _there(activity: Activity, x: int, y: int) -> tuple[bool, ...]:
    """Ports that a link leads to, and the own core."""
    return True, y > 0, x < activity.mesh_w - 1, y < activity.mesh_h - 1, x > 0 or y == 0


def _triangle(x: float, y: float, turn: float) -> Any:
    """In a direction of the picture, whose y goes down: 0 is up, 90 to the left."""
    angles = np.radians(np.array([-90.0, 30.0, 150.0]) - turn)
    return Polygon(np.column_stack([x + 0.13 * np.cos(angles), y + 0.13 * np.sin(angles)]))


def _port_map(ax: Axes, activity: Activity, values: Any, label: str, most: float | None) -> Axes:
    """values: [tile, port] or, with the buffers of the cores, [tile, port + 1]; a square stands for those."""
    _map_axes(ax, activity)
    marks, shown = [], []
    for tile in range(activity.tiles):
        x, y = tile % activity.mesh_w, tile // activity.mesh_w
        for port, there in enumerate(_there(activity, x, y)):
            dx, dy, turn = _PORTS[port]
            if there:
                marks.append(Circle((x, y), 0.12) if turn is None else _triangle(x + dx, y + dy, turn))
                shown.append(values[tile, port])
        if values.shape[1] > len(_PORTS):
            marks.append(Rectangle((x + 0.12, y + 0.12), 0.15, 0.15))
            shown.append(values[tile, len(_PORTS)])
    drawn = ax.add_collection(PatchCollection(marks, cmap="viridis", linewidths=0))
    drawn.set_array(np.asarray(shown))
    drawn.set_clim(0, most or max(1, *shown))
    _scale(ax, drawn, label)
    return ax


def _scale(ax: Axes, drawn: Any, label: str) -> None:
    ax.figure.colorbar(drawn, ax=ax, label=label, location="bottom", shrink=0.7, aspect=30).outline.set_linewidth(0.6)


@styled
def links(activity: Activity, window: int | None = None, *, ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None,
          title: str | None = None) -> Axes:
    """Spikes on each link, drawn where they enter a tile; the circle is the tile's own core. window: without it, all."""
    ax = new_axes(ax, size, dpi, title)
    values = activity.links.sum(axis=0) if window is None else activity.links[window]
    return _port_map(ax, activity, values, "spikes", None)


@styled
def buffers(activity: Activity, window: int | None = None, *, ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None,
            title: str | None = None) -> Axes:
    """Most flits that each input buffer of a router held; the square is the one of the core. window: without it, all."""
    ax = new_axes(ax, size, dpi, title)
    values = activity.buffers.max(axis=0) if window is None else activity.buffers[window]
    deepest = max(activity.index["router_depth"], activity.index["core_depth"])
    return _port_map(ax, activity, values, "flits", deepest)


@styled
def load(activity: Activity, of: str = "busy", window: int | None = None, *, ax: Axes | None = None, size: tuple[float, float] | None = None,
         dpi: float | None = None, title: str | None = None) -> Axes:
    """Share of the cycles of the steps in which each core is busy, or does what `of` says: update, learn, integrate, stalled, emit
    or waiting. window: without it, all."""
    ax = new_axes(ax, size, dpi, title)
    cycles = activity.window("cycles")[:, None] - activity.core("waiting") if of == "busy" else activity.core(of)
    picked = slice(None) if window is None else slice(window, window + 1)
    share = 100 * cycles[picked].sum(axis=0) / max(1, activity.window("cycles")[picked].sum())
    image = ax.imshow(share.reshape(activity.mesh_h, activity.mesh_w), cmap="viridis", vmin=0, vmax=100, interpolation="nearest")
    _scale(ax, image, f"{of} (% of the cycles)")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    return ax


@styled
def core_time(activity: Activity, *, ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None,
              title: str | None = None) -> Axes:
    """Where the cycles of each core go, tile 0 at the top."""
    ax = new_axes(ax, size, dpi, title)
    left, total = np.zeros(activity.tiles), max(1, activity.cycles)
    for name, colour in zip(_CLASSES, _COLOURS):
        share = 100 * activity.core(name).sum(axis=0) / total
        ax.barh(np.arange(activity.tiles), share, 0.9, left, label=name, color=colour)
        left += share
    ax.set_xlim(0, 100)
    ax.set_ylim(activity.tiles - 0.5, -0.5)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    ax.set_xlabel("% of the cycles of the steps")
    ax.set_ylabel("tile")
    legend(ax, len(_CLASSES))
    return ax


@styled
def step_cycles(activity: Activity, *, ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None,
                title: str | None = None) -> Axes:
    """Cycles of the steps over time; of windows of several steps the mean, and a band from the shortest to the longest."""
    ax = new_axes(ax, size, dpi, title)
    steps = _steps(activity)
    ax.plot(steps, activity.window("cycles") / activity.window("steps"), linewidth=0.8)
    if activity.window_steps > 1:
        ax.fill_between(steps, activity.window("shortest"), activity.window("longest"), alpha=0.2, linewidth=0)
    for name, part in (("median", 0.5), ("p99", 0.99)):
        value = activity.step_cycles.quantile(part)
        ax.axhline(value, color="0.5", linewidth=0.7, linestyle=(0, (4, 3)), zorder=0)
        ax.text(1, value, f" {name} {value}", transform=ax.get_yaxis_transform(), va="center", fontsize=6, color="0.4")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("step")
    ax.set_ylabel("cycles of a step")
    return ax


@styled
def critical(activity: Activity, *, ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None,
             title: str | None = None) -> Axes:
    """How many steps each core ended last."""
    ax = new_axes(ax, size, dpi, title)
    ax.bar(np.arange(activity.tiles), activity.core("critical").sum(axis=0), 0.9)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    ax.set_xlabel("tile")
    ax.set_ylabel("steps that it ended last")
    return ax


@styled
def latency(activity: Activity, *, bins: int = 40, ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None,
            title: str | None = None) -> Axes:
    """How many packets took how many cycles from the offer to their router until a core took them."""
    ax = new_axes(ax, size, dpi, title)
    histogram = activity.latency_cycles
    if histogram.total:
        counts, edges = np.histogram(histogram.values, bins, weights=histogram.counts)
        ax.stairs(counts, edges, fill=True, alpha=0.8)
        ax.set_yscale("log")
    ax.set_xlabel("cycles from emission to integration")
    ax.set_ylabel("packets")
    return ax


@styled
def energy(result: Energy, *, ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None,
           title: str | None = None) -> Axes:
    """Modelled energy of each step by unit, in nJ (spikemesh.energy)."""
    ax = new_axes(ax, size, dpi, title)
    each = result.windows / 1e3 / np.maximum(result.activity.window("steps"), 1)
    names = [unit.replace("_", " ") for unit in result.units]
    ax.stackplot(_steps(result.activity), each, labels=names, colors=[*COLOURS, "0.5", "0.7"], linewidth=0)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("step")
    ax.set_ylabel("modelled energy (nJ a step)")
    legend(ax, len(names))
    return ax


@styled
def activity(activity: Activity, *, figure: Any = None, size: tuple[float, float] | None = None, dpi: float | None = None,
             title: str | None = None) -> Any:
    """Maps, shares and distributions of a run in one figure. Returns its axes by name. figure: to draw on, else one is made."""
    rows = [["steps", "steps", "steps"], ["links", "load", "buffers"], ["time", "time", "critical"], ["time", "time", "latency"]]
    if figure is None:
        from matplotlib import pyplot  # type: ignore
        figure = pyplot.figure(dpi=dpi or DPI, layout="constrained")
    figure.set_size_inches(*(size or (9.0, 9.5)))
    axes = figure.subplot_mosaic(rows, gridspec_kw={"height_ratios": [1, 1.8, 1, 1], "width_ratios": [1, 1, 1]})
    step_cycles(activity, ax=axes["steps"], title="cycles of the steps")
    links(activity, ax=axes["links"], title="link load")
    load(activity, ax=axes["load"], title="core load")
    buffers(activity, ax=axes["buffers"], title="most flits in a buffer")
    core_time(activity, ax=axes["time"])
    critical(activity, ax=axes["critical"], title="critical core")
    latency(activity, ax=axes["latency"], title="latency of packets")
    if title is not None:
        figure.suptitle(title, fontsize=9)
    return axes


def save_activity(activity_: Activity, file: str | os.PathLike[str], title: str | None = None) -> None:
    """Draws `activity` into a file, whose ending says the format. The file is whole, or what it was."""
    figure = Figure(layout="constrained", dpi=DPI)
    FigureCanvasAgg(figure)
    activity(activity_, figure=figure, title=title)
    save_whole(figure, file)
