# SPDX-License-Identifier: Apache-2.0
"""What all plots share: style, axes, time."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import matplotlib  # type: ignore
import numpy as np
from cycler import cycler  # type: ignore

if TYPE_CHECKING:
    Axes = Any  # matplotlib.axes.Axes
    Spikes = Any  # spikemesh.Spikes, or what has the same attributes
_Function = TypeVar("_Function", bound=Callable[..., Any])

COLUMN = (3.4, 2.3)
DOUBLE = (7.0, 3.2)
DPI = 200
#: The colours of Okabe and Ito, which colour-blind readers tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7, "legend.fontsize": 7,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "xtick.major.size": 2.5, "ytick.major.size": 2.5, "lines.linewidth": 1.0, "legend.frameon": False, "legend.handlelength": 1.4,
    "axes.prop_cycle": cycler(color=COLOURS), "pdf.fonttype": 42, "svg.fonttype": "none", "axes.titlelocation": "left",
}
MOST_LINES = 8     # neurons of a trace that are drawn
MOST_BORDERS = 40  # samples whose begin is marked


def styled(function: _Function) -> _Function:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return call  # type: ignore[return-value]


def new_axes(ax: Axes | None, size: tuple[float, float] | None, dpi: float | None, title: str | None) -> Axes:
    if ax is None:
        from matplotlib import pyplot  # type: ignore
        _, ax = pyplot.subplots(figsize=size or COLUMN, dpi=dpi or DPI, layout="constrained")
    if title is not None:
        ax.set_title(title)
    return ax


@styled
def subplots(*heights: float, size: tuple[float, float] | None = None, dpi: float | None = None) -> Any:
    """Axes in this style, to draw on with `ax=` and with matplotlib: one, or an array of as many above one another as heights
    (relative to each other) are given, on one axis of time."""
    from matplotlib import pyplot
    wanted = size or (COLUMN[0], COLUMN[1] * max(1.0, 0.75 * len(heights)))
    _, made = pyplot.subplots(max(1, len(heights)), 1, figsize=wanted, dpi=dpi or DPI, layout="constrained", sharex=True, squeeze=False,
                              gridspec_kw={"height_ratios": heights or [1]})
    return made[:, 0] if len(heights) > 1 else made[0, 0]


def names_of(spikes: Spikes, populations: str | Sequence[str] | None) -> list[str]:
    return list(spikes) if populations is None else [populations] if isinstance(populations, str) else list(populations)


def place_of(spikes: Spikes, rows: Any, samples_apart: bool) -> Any:
    """Time of events; samples one after another."""
    return (rows["step"] + (rows["sample"].astype(np.int64) * spikes.steps if samples_apart else 0)) * spikes.dt_ms


def label_time(ax: Axes, spikes: Spikes, shift: int = 0) -> None:
    """Axis of time, and the borders between samples."""
    begin, length = getattr(spikes, "first_step", 0) * spikes.dt_ms, spikes.steps * spikes.dt_ms
    ax.set_xlim(begin, begin + length * spikes.samples)
    ax.set_xlabel("time (ms)" if spikes.samples == 1 else f"time (ms), {spikes.samples} samples of {length:g} ms one after another")
    if 1 < spikes.samples <= MOST_BORDERS:
        for sample in range(1, spikes.samples):
            ax.axvline(begin + sample * length, color="0.8", linewidth=0.6, zorder=0)


def size_of(ax: Axes) -> tuple[float, float]:
    """Width and height in points."""
    box = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    return 72 * box.width, 72 * box.height


def legend(ax: Axes, columns: int) -> None:
    """Above the axes, on the right: it covers no data."""
    if columns > 1:
        ax.legend(ncol=min(columns, 4 if size_of(ax)[0] < 300 else 9), loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1, columnspacing=1.0)


def save_whole(figure: Any, file: str | os.PathLike[str]) -> None:
    """The file, whose ending says the format, is whole, or what it was."""
    target = pathlib.Path(file)
    part = target.with_name(f".{os.getpid()}.part{target.suffix}")
    try:
        with matplotlib.rc_context(STYLE):
            figure.savefig(part, metadata={"Software": None} if target.suffix == ".png" else None)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
