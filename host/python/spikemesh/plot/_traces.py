# SPDX-License-Identifier: Apache-2.0
"""Plots of V, I and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator  # type: ignore

from ._style import COLOURS, MOST_LINES, legend, new_axes, place_of, styled

if TYPE_CHECKING:
    import numpy.typing as npt

    Axes = Any  # matplotlib.axes.Axes
    Spikes = Any  # spikemesh.Spikes, or what has the same attributes
    Trace = Any  # spikemesh.Trace


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


def _expect_trace(given: Any, quantity: str) -> None:
    if not hasattr(given, "quantity"):
        raise TypeError(f'a Trace is needed, not {type(given).__name__}: spikes.trace("{quantity}") of a run with record={{"{quantity}": ...}}')


def _unit(trace: Trace, symbol: str) -> str:
    return symbol if trace.has_units else f"{symbol} (raw)"


@styled
def v(trace: Trace, neurons: Any = None, *, spikes: Spikes | None = None, threshold: bool = True, unit: str | None = None,
      ax: Axes | None = None, size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """V (or I) of a trace over time, of these neurons (without it, of the first 8). spikes: of the same run; each spike is marked
    above the threshold. threshold: whether it is drawn, without adaptation. unit: of the author, such as "mV"."""
    _expect_trace(trace, "v")
    ax = new_axes(ax, size, dpi, title)
    columns = np.arange(len(trace.neurons))[:MOST_LINES] if neurons is None else np.flatnonzero(np.isin(trace.neurons, neurons))
    steps = int(trace.steps[-1]) + 1 if spikes is None else spikes.steps
    times, values = _over_time(trace, len(trace.values), steps)
    name = "V" if trace.quantity == "v" else "I"
    marker = "." if len(trace.steps) == 1 else None
    for column in columns:
        line, = ax.plot(times, values[:, column], marker=marker, label=f"{trace.population}[{trace.neurons[column]}]")
        if spikes is not None and trace.population in spikes:
            rows = spikes[trace.population]
            rows = rows[rows["neuron"] == trace.neurons[column]]
            times_of, known = place_of(spikes, rows, True), ~np.isnan(times)
            top = np.interp(times_of, times[known], values[known, column])  # before the reset, if each step was recorded
            top = top if trace.v_threshold is None else np.maximum(top, trace.v_threshold[column])
            height = 0.15 * max(np.nanmax(values) - np.nanmin(values), 1e-12)
            ax.vlines(times_of + trace.dt_ms, top, top + height, color=line.get_color(), linewidth=0.8)
    if threshold and trace.v_threshold is not None and len(columns):
        levels = np.unique(trace.v_threshold[columns])
        for level in levels[:MOST_LINES]:
            ax.axhline(level, color="0.5", linewidth=0.7, linestyle=(0, (4, 3)), zorder=0, label="threshold" if level == levels[0] else None)
    ax.set_xlim(0, len(trace.values) * steps * trace.dt_ms)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel(f"{name} ({unit})" if unit else _unit(trace, name))
    legend(ax, len(columns) + (threshold and trace.v_threshold is not None))
    return ax


@styled
def weights(values: Trace | npt.ArrayLike, *, unit: str | None = None, lines: int = 0, steps: int | None = None, ax: Axes | None = None,
            size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Of a matrix [pre, post], such as Machine.weights gives: a picture of it, positive and negative weights in colours of
    their own. Of a trace of weights: their mean over time with a band from the 10 % to the 90 % quantile, the first `lines`
    of its weights, and the mean change since the begin. steps: of a sample, where the trace does not reach its end."""
    if isinstance(values, Mapping):
        _expect_trace(values, "weight")
    ax = new_axes(ax, size, dpi, title)
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
    legend(ax, 3)
    return ax


@styled
def f_i(currents: npt.ArrayLike, rates_: npt.ArrayLike, *, unit: str | None = None, label: str | None = None, ax: Axes | None = None,
        size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Rate against input current: rates_ is [n], or [n, neurons], of which mean and standard deviation are drawn. Call it again
    with ax for another curve."""
    ax = new_axes(ax, size, dpi, title)
    each = np.asarray(rates_, float)
    mean, spread = (each, None) if each.ndim == 1 else (each.mean(axis=1), each.std(axis=1))
    ax.errorbar(np.asarray(currents, float), mean, spread, marker="o", markersize=2.5, capsize=1.5, elinewidth=0.7, label=label)
    ax.set_ylim(bottom=0)
    ax.set_xlabel(f"input current ({unit})" if unit else "input current")
    ax.set_ylabel("rate (spikes/s)")
    if label is not None:
        ax.legend()
    return ax


@styled
def stdp_window(rule: Any, *, measured: tuple[npt.ArrayLike, npt.ArrayLike] | None = None, span_ms: float | None = None, ax: Axes | None = None,
                size: tuple[float, float] | None = None, dpi: float | None = None, title: str | None = None) -> Axes:
    """Change of a weight against the time from the spike of the source to the spike of the target, as a rule of a network
    (`net.rules["stdp"]`) says it for one pair of spikes. measured: times and changes, drawn as points."""
    ax = new_axes(ax, size, dpi, title)
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
