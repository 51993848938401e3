# SPDX-License-Identifier: Apache-2.0
"""All that a run recorded, in one figure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore
from matplotlib.figure import Figure  # type: ignore

from ._spikes import raster
from ._style import COLOURS, DOUBLE, DPI, MOST_LINES, label_time, save_whole, styled
from ._traces import v, weights

if TYPE_CHECKING:
    import numpy.typing as npt

    Axes = Any  # matplotlib.axes.Axes
    Spikes = Any  # spikemesh.Spikes, or what has the same attributes
    Trace = Any  # spikemesh.Trace


@styled
def run(spikes: Spikes, *, figure: Any = None, size: tuple[float, float] | None = None, dpi: float | None = None,
        title: str | None = None) -> npt.NDArray[Any]:
    """Everything that a run recorded, above one another on one axis of time: spikes of each population, then the recordings of V
    and I in the order of their probes, and weights as they learn. Returns the axes [n]. figure: to draw on, else one is made."""
    rasters, traces = list(spikes.recorded), list(spikes.traces.values())
    heights = [_raster_height(spikes, name) for name in rasters] + [1.4] * len(traces)
    if not heights:
        raise ValueError("nothing was recorded, so there is nothing to draw; give a population record, or run with --record")
    width, height = size or (DOUBLE[0], sum(heights) + 0.25 * len(heights) + 0.5)
    if figure is None:
        from matplotlib import pyplot
        figure = pyplot.figure(figsize=(width, height), dpi=dpi or DPI, layout="constrained")
    else:
        figure.set_size_inches(width, height)
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
    for number, (ax, name) in enumerate(zip(axes, rasters)):
        count, of = len(spikes.recorded[name]), spikes.sizes[name]
        what = "all neurons" if count == of else f"{count} of {of} neurons recorded"
        raster(spikes, name, ax=ax, title=f"spikes of {name}: {len(spikes[name])} ({what})", colours=[COLOURS[number % len(COLOURS)]])
        ax.set_ylabel("neuron")
    for ax, trace in zip(axes[len(rasters):], traces):
        _draw_trace(ax, spikes, trace)
    for ax in axes:
        label_time(ax, spikes)
    for ax in axes[:-1]:
        ax.set_xlabel("")
    if title is not None:
        figure.suptitle(title, fontsize=9)
    figure.align_ylabels(axes)
    return np.asarray(axes)


def _raster_height(spikes: Spikes, name: str) -> float:
    """Inches: 60 neurons an inch, as far as that can be."""
    return min(3.0 if len(spikes[name]) else 0.8, max(0.8, len(spikes.recorded[name]) / 60))


def _draw_trace(ax: Axes, spikes: Spikes, trace: Trace) -> None:
    if trace.quantity == "weight":
        weights(trace, steps=spikes.steps, ax=ax, title=f"learning: {trace.values.shape[2]} weights from {trace.from_} to {trace.population}")
        return
    every = np.diff(trace.steps[:2])
    when = "at the end of each sample" if not every.size else "every step" if every[0] == 1 else f"every {every[0]} steps"
    shown, recorded = min(MOST_LINES, len(trace.neurons)), len(trace.neurons)
    more = f", {shown} of {recorded} recorded neurons" if shown < recorded else ""
    v(trace, spikes=spikes, ax=ax, title=f"{trace.quantity.upper()} of {trace.population}, {when}{more}")


def save(spikes: Spikes, file: str | os.PathLike[str], title: str | None = None) -> None:
    """Draws `run` into a file, whose ending says the format. The file is whole, or what it was."""
    figure = Figure(layout="constrained", dpi=DPI)
    FigureCanvasAgg(figure)
    run(spikes, figure=figure, title=title)
    save_whole(figure, file)
