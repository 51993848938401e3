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



import functools
import os

from ._activity import activity, buffers, core_time, critical, energy, latency, links, load, save_activity, step_cycles
from ._mesh import mesh
from ._run import run, save
from ._spikes import isi_histogram, raster, rate_histogram, rates
from ._style import COLOURS, COLUMN, DOUBLE, STYLE, subplots
from ._traces import f_i, stdp_window, v, weights

__all__ = [
    "COLOURS", "COLUMN", "DOUBLE", "STYLE", "activity", "buffers", "core_time", "critical", "energy", "f_i", "isi_histogram", "latency",
    "links", "load", "mesh", "raster", "rate_histogram", "rates", "run", "save", "save_activity", "stdp_window", "step_cycles", "subplots",
    "v", "weights",
]
