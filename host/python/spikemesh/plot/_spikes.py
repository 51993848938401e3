# SPDX-License-Identifier: Apache-2.0
"""Plots of spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator  # type: ignore

from ._style import COLOURS, label_time, legend, names_of, new_axes, place_of, size_of, styled

if TYPE_CHECKING:
    Axes = Any  # matplotlib.axes.Axes
    Spikes = Any  # spikemesh.Spikes, or what has the same attributes


@styled
def raster(spikes: Spikes, populations: str | Sequence[str] | None = None, neurons: Any = None, *, ax: Axes | None = None,
           size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None,
           colours: Sequence[str] = COLOURS) -> Axes:
    """A mark for each spike: time across, neurons up, populations above one another in colours of their own. neurons: of one
    population, those that are shown. Samples follow one another."""
    ax = new_axes(ax, size, dpi, title)
    names = names_of(spikes, populations)
    shown = {name: np.asarray(spikes.recorded[name] if neurons is None else np.atleast_1d(neurons)) for name in names}
    total = sum(len(each) for each in shown.values())
    mark, many = 0.8 * size_of(ax)[1] / max(total, 1), sum(len(spikes[name]) for name in names)
    base, middles = 0, []
    for number, name in enumerate(names):
        rows = spikes[name][np.isin(spikes[name]["neuron"], shown[name])]
        place = np.zeros(int(shown[name].max(initial=0)) + 1, int)
        place[shown[name]] = np.arange(len(shown[name]))
        _marks(ax, place_of(spikes, rows, True), base + place[rows["neuron"]], mark, many, colours[number % len(colours)])
        middles.append(base + (len(shown[name]) - 1) / 2)
        base += len(shown[name])
        if number + 1 < len(names):
            ax.axhline(base - 0.5, color="0.8", linewidth=0.6, zorder=0)
    ax.set_ylim(-0.5, max(base, 1) - 0.5)
    if len(names) > 1:
        ax.set_yticks(middles, names)
        ax.tick_params(axis="y", length=0)
    else:
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
        if names and len(shown[names[0]]) and not np.array_equal(shown[names[0]], np.arange(len(shown[names[0]]))):
            ticks = np.linspace(0, base - 1, min(base, 5)).round().astype(int)
            ax.set_yticks(ticks, shown[names[0]][ticks])
        ax.set_ylabel(f"neuron of {names[0]}" if names else "neuron")
    label_time(ax, spikes)
    return ax


def _marks(ax: Axes, times: Any, heights: Any, mark: float, many: int, colour: str) -> None:
    """Strokes where a neuron has room for one, else points that stay apart; `many` spikes share the axes."""
    if mark > 1.0 and many < 50_000:
        ax.plot(times, heights, "|", markersize=min(max(2.0, 1.2 * mark), 9), color=colour, markeredgewidth=0.9 if mark > 3 else 0.6)
        return
    width, height = size_of(ax)
    room = (width * height / max(1, many)) ** 0.5
    ax.plot(times, heights, ".", markersize=min(max(0.7, 0.5 * room), 3), color=colour, markeredgewidth=0)


@styled
def rates(spikes: Spikes, populations: str | Sequence[str] | None = None, *, bin_ms: float | None = None, ax: Axes | None = None,
          size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Mean rate of the recorded neurons of each population over time, in bins of bin_ms (without it, 100 of them); of several samples the
    mean, and a band of one standard deviation between samples."""
    ax = new_axes(ax, size, dpi, title)
    bin_ms = bin_ms or max(1, spikes.steps // 100) * spikes.dt_ms
    edges = np.append(spikes.bins_ms(bin_ms), (spikes.first_step + spikes.steps) * spikes.dt_ms)
    for name in names_of(spikes, populations):
        each = spikes.rates(name, spikes.recorded[name], bin_ms=bin_ms).mean(axis=2)
        line = ax.stairs(each.mean(axis=0), edges, label=name, linewidth=1.0, baseline=None, color=ax._get_lines.get_next_color())
        if spikes.samples > 1:
            spread = each.std(axis=0)
            ax.fill_between(edges, *(np.append(v, v[-1]) for v in (each.mean(axis=0) - spread, each.mean(axis=0) + spread)), step="post",
                            alpha=0.2, linewidth=0, color=line.get_edgecolor())
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(bottom=0)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("rate (spikes/s)")
    legend(ax, len(names_of(spikes, populations)))
    return ax


def _histogram(ax: Axes, values: Mapping[str, Any], bins: int, most: float | None, label: str, what: str) -> Axes:
    everything = np.concatenate([*values.values(), np.zeros(0)])
    edges = np.linspace(0, most or (everything.max() if everything.size and everything.max() > 0 else 1), bins + 1)
    if (beyond := int((everything > edges[-1]).sum())) > 0:
        ax.text(1, 0.98, f"{beyond} longer than {edges[-1]:.3g}", transform=ax.transAxes, ha="right", va="top", fontsize=7, color="0.4")
    for name, each in values.items():
        ax.stairs(np.histogram(each, edges)[0], edges, fill=len(values) == 1, alpha=0.8 if len(values) == 1 else 1, label=name,
                  color=ax._get_lines.get_next_color())
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(bottom=0)
    ax.set_xlabel(label)
    ax.set_ylabel(what)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    legend(ax, len(values))
    return ax


@styled
def rate_histogram(spikes: Spikes, populations: str | Sequence[str] | None = None, *, bins: int = 20, ax: Axes | None = None,
                   size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """How many of the recorded neurons fire at which rate; the rate of a neuron is its mean over the samples."""
    ax = new_axes(ax, size, dpi, title)
    values = {name: spikes.rates(name, spikes.recorded[name]).mean(axis=0) for name in names_of(spikes, populations)}
    return _histogram(ax, values, bins, None, "rate (spikes/s)", "neurons")


@styled
def isi_histogram(spikes: Spikes, populations: str | Sequence[str] | None = None, *, bins: int = 30, to_ms: float | None = None, ax: Axes | None = None,
                  size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """How often a neuron waits how long from one spike to its next, up to to_ms (without it, what 99 % do not exceed)."""
    ax = new_axes(ax, size, dpi, title)
    values = {name: spikes.isi(name) for name in names_of(spikes, populations)}
    everything = np.concatenate([*values.values(), np.zeros(0)])
    to_ms = to_ms or (float(np.percentile(everything, 99)) if everything.size else None)
    return _histogram(ax, values, bins, to_ms, "interval between spikes (ms)", "intervals")
