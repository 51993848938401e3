# SPDX-License-Identifier: Apache-2.0
"""Plots at the width of a journal's column, in milliseconds and in the author's units. Needs matplotlib.

    from spikemesh import plot
    axes = plot.raster(spikes, ["exc", "inh"], size=plot.DOUBLE)
    axes.figure.savefig("raster.pdf")

Every function returns the axes, on which matplotlib can go on, and takes

- ax: axes to draw on; without it, a figure of its own is made
- size: width and height of that figure in inches; COLUMN (one column, the default) and DOUBLE (two) are there
- dpi: points an inch of that figure (200)
- title: above the axes
"""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import matplotlib  # type: ignore
import numpy as np
from cycler import cycler  # type: ignore
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore
from matplotlib.figure import Figure  # type: ignore
from matplotlib.ticker import MaxNLocator  # type: ignore

if TYPE_CHECKING:
    import numpy.typing as npt

    Axes = Any  # matplotlib.axes.Axes
    Spikes = Any  # spikemesh.Spikes, or what has the same attributes
    Trace = Any  # spikemesh.Trace
_Function = TypeVar("_Function", bound=Callable[..., Any])

COLUMN = (3.4, 2.3)
DOUBLE = (7.0, 3.2)
_DPI = 200
#: The colours of Okabe and Ito, which colour-blind readers tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7, "legend.fontsize": 7,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "xtick.major.size": 2.5, "ytick.major.size": 2.5, "lines.linewidth": 1.0, "legend.frameon": False, "legend.handlelength": 1.4,
    "axes.prop_cycle": cycler(color=COLOURS), "pdf.fonttype": 42, "svg.fonttype": "none", "axes.titlelocation": "left",
}
_MOST_LINES = 8     # neurons of a trace that are drawn
_MOST_BORDERS = 40  # samples whose begin is marked


def _styled(function: _Function) -> _Function:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return call  # type: ignore[return-value]


def _axes(ax: Axes | None, size: tuple[float, float] | None, dpi: float | None, title: str | None) -> Axes:
    if ax is None:
        from matplotlib import pyplot  # type: ignore
        _, ax = pyplot.subplots(figsize=size or COLUMN, dpi=dpi or _DPI, layout="constrained")
    if title is not None:
        ax.set_title(title)
    return ax


@_styled
def subplots(*heights: float, size: tuple[float, float] | None = None, dpi: float | None = None) -> Any:
    """Axes in this style, to draw on with `ax=` and with matplotlib: one, or an array of as many above one another as heights
    (relative to each other) are given, on one axis of time."""
    from matplotlib import pyplot
    wanted = size or (COLUMN[0], COLUMN[1] * max(1.0, 0.75 * len(heights)))
    _, made = pyplot.subplots(max(1, len(heights)), 1, figsize=wanted, dpi=dpi or _DPI, layout="constrained", sharex=True, squeeze=False,
                              gridspec_kw={"height_ratios": heights or [1]})
    return made[:, 0] if len(heights) > 1 else made[0, 0]


def _names(spikes: Spikes, populations: str | Sequence[str] | None) -> list[str]:
    return list(spikes) if populations is None else [populations] if isinstance(populations, str) else list(populations)


def _place(spikes: Spikes, rows: Any, samples_apart: bool) -> Any:
    """Time of events; samples one after another."""
    return (rows["step"] + (rows["sample"].astype(np.int64) * spikes.steps if samples_apart else 0)) * spikes.dt_ms


def _label_time(ax: Axes, spikes: Spikes, shift: int = 0) -> None:
    """Axis of time, and the borders between samples."""
    begin, length = getattr(spikes, "first_step", 0) * spikes.dt_ms, spikes.steps * spikes.dt_ms
    ax.set_xlim(begin, begin + length * spikes.samples)
    ax.set_xlabel("time (ms)" if spikes.samples == 1 else f"time (ms), {spikes.samples} samples of {length:g} ms one after another")
    if 1 < spikes.samples <= _MOST_BORDERS:
        for sample in range(1, spikes.samples):
            ax.axvline(begin + sample * length, color="0.8", linewidth=0.6, zorder=0)


def _size_of(ax: Axes) -> tuple[float, float]:
    """Width and height in points."""
    box = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    return 72 * box.width, 72 * box.height


@_styled
def raster(spikes: Spikes, populations: str | Sequence[str] | None = None, neurons: Any = None, *, ax: Axes | None = None,
           size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None,
           colours: Sequence[str] = COLOURS) -> Axes:
    """A mark for each spike: time across, neurons up, populations above one another in colours of their own. neurons: of one
    population, those that are shown. Samples follow one another."""
    ax = _axes(ax, size, dpi, title)
    names = _names(spikes, populations)
    shown = {name: np.asarray(spikes.recorded[name] if neurons is None else np.atleast_1d(neurons)) for name in names}
    total = sum(len(each) for each in shown.values())
    mark, many = 0.8 * _size_of(ax)[1] / max(total, 1), sum(len(spikes[name]) for name in names)
    base, middles = 0, []
    for number, name in enumerate(names):
        rows = spikes[name][np.isin(spikes[name]["neuron"], shown[name])]
        place = np.zeros(int(shown[name].max(initial=0)) + 1, int)
        place[shown[name]] = np.arange(len(shown[name]))
        _marks(ax, _place(spikes, rows, True), base + place[rows["neuron"]], mark, many, colours[number % len(colours)])
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
    _label_time(ax, spikes)
    return ax


def _marks(ax: Axes, times: Any, heights: Any, mark: float, many: int, colour: str) -> None:
    """Strokes where a neuron has room for one, else points that stay apart; `many` spikes share the axes."""
    if mark > 1.0 and many < 50_000:
        ax.plot(times, heights, "|", markersize=min(max(2.0, 1.2 * mark), 9), color=colour, markeredgewidth=0.9 if mark > 3 else 0.6)
        return
    width, height = _size_of(ax)
    room = (width * height / max(1, many)) ** 0.5
    ax.plot(times, heights, ".", markersize=min(max(0.7, 0.5 * room), 3), color=colour, markeredgewidth=0)


@_styled
def rates(spikes: Spikes, populations: str | Sequence[str] | None = None, *, bin_ms: float | None = None, ax: Axes | None = None,
          size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Mean rate of the recorded neurons of each population over time, in bins of bin_ms (without it, 100 of them); of several samples the
    mean, and a band of one standard deviation between samples."""
    ax = _axes(ax, size, dpi, title)
    bin_ms = bin_ms or max(1, spikes.steps // 100) * spikes.dt_ms
    edges = np.append(spikes.bins_ms(bin_ms), (spikes.first_step + spikes.steps) * spikes.dt_ms)
    for name in _names(spikes, populations):
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
    _legend(ax, len(_names(spikes, populations)))
    return ax


def _legend(ax: Axes, columns: int) -> None:
    """Above the axes, on the right: it covers no data."""
    if columns > 1:
        ax.legend(ncol=min(columns, 4 if _size_of(ax)[0] < 300 else 9), loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1, columnspacing=1.0)


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
    _legend(ax, len(values))
    return ax


@_styled
def rate_histogram(spikes: Spikes, populations: str | Sequence[str] | None = None, *, bins: int = 20, ax: Axes | None = None,
                   size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """How many of the recorded neurons fire at which rate; the rate of a neuron is its mean over the samples."""
    ax = _axes(ax, size, dpi, title)
    values = {name: spikes.rates(name, spikes.recorded[name]).mean(axis=0) for name in _names(spikes, populations)}
    return _histogram(ax, values, bins, None, "rate (spikes/s)", "neurons")


@_styled
def isi_histogram(spikes: Spikes, populations: str | Sequence[str] | None = None, *, bins: int = 30, to_ms: float | None = None, ax: Axes | None = None,
                  size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """How often a neuron waits how long from one spike to its next, up to to_ms (without it, what 99 % do not exceed)."""
    ax = _axes(ax, size, dpi, title)
    values = {name: spikes.isi(name) for name in _names(spikes, populations)}
    everything = np.concatenate([*values.values(), np.zeros(0)])
    to_ms = to_ms or (float(np.percentile(everything, 99)) if everything.size else None)
    return _histogram(ax, values, bins, to_ms, "interval between spikes (ms)", "intervals")


def _over_time(trace: Trace, samples: int, steps: int) -> tuple[Any, Any]:
    """Times of all rows, samples one after another, and values [row, column]; no line leads from a sample to the next."""
    values, length = trace.in_units, steps * trace.dt_ms
    times = (np.arange(len(values))[:, None] * length + trace.times_ms).ravel()
    flat = values.reshape(len(times), -1)
    rows = values.shape[1]
    if len(values) > 1 and rows > 1:
        ends = np.arange(rows, len(times), rows)
        times, flat = np.insert(times, ends, np.nan), np.insert(flat, ends, np.nan, axis=0)
    return times, flat


def _unit(trace: Trace, symbol: str) -> str:
    return symbol if trace.has_units else f"{symbol} (raw)"


@_styled
def v(trace: Trace, neurons: Any = None, *, spikes: Spikes | None = None, threshold: bool = True, unit: str | None = None,
      ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """V (or I) of a trace over time, of these neurons (without it, of the first 8). spikes: of the same run; each spike is marked
    above the threshold. threshold: whether it is drawn, without adaptation. unit: of the author, such as "mV"."""
    ax = _axes(ax, size, dpi, title)
    columns = np.arange(len(trace.neurons))[:_MOST_LINES] if neurons is None else np.flatnonzero(np.isin(trace.neurons, neurons))
    steps = int(trace.steps[-1]) + 1 if spikes is None else spikes.steps
    times, values = _over_time(trace, len(trace.values), steps)
    name = "V" if trace.quantity == "v" else "I"
    marker = "." if len(trace.steps) == 1 else None
    for column in columns:
        line, = ax.plot(times, values[:, column], marker=marker, label=f"{trace.population}[{trace.neurons[column]}]")
        if spikes is not None and trace.population in spikes:
            rows = spikes[trace.population]
            rows = rows[rows["neuron"] == trace.neurons[column]]
            times_of, known = _place(spikes, rows, True), ~np.isnan(times)
            top = np.interp(times_of, times[known], values[known, column])  # before the reset, if each step was recorded
            top = top if trace.v_threshold is None else np.maximum(top, trace.v_threshold[column])
            height = 0.15 * max(np.nanmax(values) - np.nanmin(values), 1e-12)
            ax.vlines(times_of + trace.dt_ms, top, top + height, color=line.get_color(), linewidth=0.8)
    if threshold and trace.v_threshold is not None and len(columns):
        levels = np.unique(trace.v_threshold[columns])
        for level in levels[:_MOST_LINES]:
            ax.axhline(level, color="0.5", linewidth=0.7, linestyle=(0, (4, 3)), zorder=0, label="threshold" if level == levels[0] else None)
    ax.set_xlim(0, len(trace.values) * steps * trace.dt_ms)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel(f"{name} ({unit})" if unit else _unit(trace, name))
    _legend(ax, len(columns) + (threshold and trace.v_threshold is not None))
    return ax


@_styled
def weights(values: Trace | npt.ArrayLike, *, unit: str | None = None, lines: int = 0, steps: int | None = None, ax: Axes | None = None,
            size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Of a matrix [pre, post], such as Machine.weights gives: a picture of it, positive and negative weights in colours of
    their own. Of a trace of weights: their mean over time with a band from the 10 % to the 90 % quantile, `lines` single
    weights, and the mean change since the begin. steps: of a sample, where the trace does not reach its end."""
    ax = _axes(ax, size, dpi, title)
    if hasattr(values, "quantity"):
        return _weights_over_time(ax, values, unit, lines, steps)
    matrix = np.asarray(values)
    most = np.abs(matrix).max(initial=0) or 1
    signed = matrix.min(initial=0) < 0
    image = ax.imshow(matrix, cmap="RdBu_r" if signed else "Blues", vmin=-most if signed else 0, vmax=most, aspect="auto",
                      interpolation="nearest", origin="lower")
    ax.figure.colorbar(image, ax=ax, label=f"weight ({unit})" if unit else "weight").outline.set_linewidth(0.6)
    ax.set_xlabel("receiving neuron")
    ax.set_ylabel("sending neuron")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    return ax


def _weights_over_time(ax: Axes, trace: Trace, unit: str | None, lines: int, steps: int | None) -> Axes:
    times, values = _over_time(trace, len(trace.values), steps or int(trace.steps[-1]) + 1)
    begin = trace.begin_in_units
    times, values = np.insert(times, 0, 0), np.insert(values, 0, begin, axis=0)
    low, high = np.percentile(values, [10, 90], axis=1)
    marker = "." if len(times) < 30 else None
    for column in range(min(lines, values.shape[1])):
        ax.plot(times, values[:, column], linewidth=0.5, color="0.7")
    ax.fill_between(times, low, high, alpha=0.2, linewidth=0, label="10 to 90 %", color=COLOURS[0])
    ax.plot(times, values.mean(axis=1), marker=marker, label="mean weight", color=COLOURS[0])
    ax.plot(times, np.abs(values - begin).mean(axis=1), marker=marker, label="mean |change|", color=COLOURS[1])
    ax.set_xlim(left=0)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel(f"weight ({unit})" if unit else _unit(trace, "weight"))
    _legend(ax, 3)
    return ax


@_styled
def f_i(currents: npt.ArrayLike, rates_: npt.ArrayLike, *, unit: str | None = None, label: str | None = None, ax: Axes | None = None,
        size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Rate against input current: rates_ is [n], or [n, neurons], of which mean and standard deviation are drawn. Call it again
    with ax for another curve."""
    ax = _axes(ax, size, dpi, title)
    each = np.asarray(rates_, float)
    mean, spread = (each, None) if each.ndim == 1 else (each.mean(axis=1), each.std(axis=1))
    ax.errorbar(np.asarray(currents, float), mean, spread, marker="o", markersize=2.5, capsize=1.5, elinewidth=0.7, label=label)
    ax.set_ylim(bottom=0)
    ax.set_xlabel(f"input current ({unit})" if unit else "input current")
    ax.set_ylabel("rate (spikes/s)")
    if label is not None:
        ax.legend()
    return ax


@_styled
def stdp_window(rule: Any, *, measured: tuple[npt.ArrayLike, npt.ArrayLike] | None = None, span_ms: float | None = None, ax: Axes | None = None,
                size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Change of a weight against the time from the spike of the source to the spike of the target, as a rule of a network
    (`net.rules["stdp"]`) says it for one pair of spikes. measured: times and changes, drawn as points."""
    ax = _axes(ax, size, dpi, title)
    span = span_ms or 4 * max(rule.tau_pre_ms, rule.tau_post_ms)
    before, after = np.linspace(-span, 0, 200), np.linspace(0, span, 200)
    ax.plot(before, rule.a_minus * np.exp(before / rule.tau_post_ms), color=COLOURS[1])
    ax.plot(after, rule.a_plus * (np.exp(-after / rule.tau_pre_ms) - rule.x_target), color=COLOURS[0])
    if measured is not None:
        ax.plot(np.asarray(measured[0]), np.asarray(measured[1]), "o", markersize=2.5, color="black", label="measured")
        ax.legend()
    ax.axhline(0, color="0.7", linewidth=0.6, zorder=0)
    ax.axvline(0, color="0.7", linewidth=0.6, zorder=0)
    ax.set_xlim(-span, span)
    ax.set_xlabel("spike of target - spike of source (ms)")
    ax.set_ylabel("change of weight" if rule.bounds == "hard" else "change / distance to bound")
    return ax


@_styled
def mesh(stats: Mapping[str, Any], counter: str = "synapse_events", *, ax: Axes | None = None, size: tuple[float, float] | None = None,
         dpi: float | None = None, title: str | None = None) -> Axes:
    """A counter of each tile (`Machine.stats()`), where the tile is in the mesh: x to the east, y to the south."""
    ax = _axes(ax, size, dpi, title)
    tiles = stats["tiles"]
    if counter not in tiles[0]:
        raise ValueError(f"counter {counter}: there are {', '.join(name for name in tiles[0] if name not in ('x', 'y'))}")
    grid = np.full((max(t["y"] for t in tiles) + 1, max(t["x"] for t in tiles) + 1), np.nan)
    for tile in tiles:
        grid[tile["y"], tile["x"]] = tile[counter]
    image = ax.imshow(grid, cmap="viridis", vmin=0, interpolation="nearest")
    ax.figure.colorbar(image, ax=ax, label=counter.replace("_", " ")).outline.set_linewidth(0.6)
    if grid.size <= 64:
        for (y, x), value in np.ndenumerate(grid):
            ax.text(x, y, f"{value:.0f}" if value < 1e4 else f"{value / 1e3:.3g}k" if value < 1e6 else f"{value / 1e6:.3g}M", ha="center", va="center", fontsize=6, color="white" if value < 0.6 * np.nanmax(grid) else "black")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    return ax


@_styled
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
        figure = pyplot.figure(figsize=(width, height), dpi=dpi or _DPI, layout="constrained")
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
        _label_time(ax, spikes)
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
    shown, recorded = min(_MOST_LINES, len(trace.neurons)), len(trace.neurons)
    more = f", {shown} of {recorded} recorded neurons" if shown < recorded else ""
    v(trace, spikes=spikes, ax=ax, title=f"{trace.quantity.upper()} of {trace.population}, {when}{more}")


def save(spikes: Spikes, file: str | os.PathLike[str], title: str | None = None) -> None:
    """Draws `run` into a file, whose ending says the format. The file is whole, or what it was."""
    target = pathlib.Path(file)
    figure = Figure(layout="constrained", dpi=_DPI)
    FigureCanvasAgg(figure)
    run(spikes, figure=figure, title=title)
    part = target.with_name(f".{os.getpid()}.part{target.suffix}")
    try:
        with matplotlib.rc_context(STYLE):
            figure.savefig(part, metadata={"Software": None} if target.suffix == ".png" else None)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
