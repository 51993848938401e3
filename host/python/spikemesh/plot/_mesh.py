# SPDX-License-Identifier: Apache-2.0
"""Maps of the mesh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator  # type: ignore

from ._style import new_axes, styled

if TYPE_CHECKING:
    Axes = Any  # matplotlib.axes.Axes


@styled
def mesh(stats: Mapping[str, Any], counter: str = "synapse_events", *, ax: Axes | None = None, size: tuple[float, float] | None = None,
         dpi: float | None = None, title: str | None = None) -> Axes:
    """A counter of each tile (`Machine.stats()`), where the tile is in the mesh: x to the east, y to the south."""
    ax = new_axes(ax, size, dpi, title)
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
