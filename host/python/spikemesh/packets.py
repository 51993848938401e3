# SPDX-License-Identifier: Apache-2.0
"""Packets of a file through a mesh, without a network of neurons (docs/exploration/traffic.md)."""

from __future__ import annotations

import os
from collections.abc import Callable

from . import _builds, _core, _progress
from ._builds import Build
from ._calls import helpful, whole
from .saved import load_run
from .spikes import Spikes


@helpful
def traffic(file: str | os.PathLike[str], *, out: str | os.PathLike[str], config: Build = "default", placement: str = "annealed",
            seed: int = 1, steps: int | None = None, period: int = 0, activity: bool = False,
            progress: bool | Callable[[str, int, int], object] | None = None) -> Spikes:
    """Sends the packets of a file through the mesh of the model, as `spikemesh traffic` does, and returns what load_run gives
    of the folder: the packets that reached the host as spikes of the population "node", and stats.

        packets = spikemesh.traffic("packets.csv", config={"MeshW": 8, "MeshH": 8}, out="sent")
        packets.stats["cycles"]

    - file: CSV with the columns step, source, destination, or messages.csv of a run
    - out: the folder of the run
    - config: a build, as Machine takes it
    - placement: which tile each node gets where the file gives none: "annealed", "spectral", "row_major" or "random"; seed is its
      seed
    - steps: without it, up to the last packet
    - period: fewest cycles of a step
    - activity: whether the folder holds what each core and link did, for load_activity and report.write_page
    - progress: as Machine takes it"""
    steps = 0 if steps is None else whole(steps, "steps")
    seed, period = whole(seed, "seed"), whole(period, "period")
    shown = _progress.seen() if progress is None else progress
    bar = _progress.Bar() if shown is True else None
    try:
        with _builds.named(config) as build:
            _core.traffic(file, out, build or "default", placement, seed, steps, period, activity,
                          bar or (shown if callable(shown) else None))
    finally:
        if bar is not None:
            bar.end()
    return load_run(out)
