# SPDX-License-Identifier: Apache-2.0
"""Builds the network, with the neurons that conventions need beside those of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _core
from ..network import Network
from .imported import Report
from .linear import refuse
from .matrix import Array, Matrix
from .notes import note
from .neurons import Cell, Conventions, physical, raw

DELAY_MAX = 15  # steps, of the synapses of most builds and of the largest


class Builder:
    """Populations and projections in the chip's terms: biases and beginnings at their step."""

    def __init__(self, dt_ms: float, report: Report, graph: Any):
        self.network = Network(dt_ms)
        for key in ("decay_bits", "v_scale", "split_weights", "adapt_period", "relays"):  # that to_nir noted
            if (value := note(graph, key, None)) is not None:
                setattr(self.network, key, value)
        self.synapses = 0
        self._report = report
        self._size: dict[str, int] = {}
        self._most: dict[str, int] = {}
        self._one = self._start = ""
        self._longest: dict[str, int] = {}

    def add_input(self, name: str, size: int, most: Any) -> None:
        """most: spikes of a neuron in a step, one number or [size] in the chip's numbering."""
        self._size[name], self._most[name] = size, int(np.max(most))
        self.network.add_input(name, size, most)

    def add_cell(self, name: str, cell: Cell, largest: Array, bias: Array, conventions: Conventions,
                 place: Array | None) -> None:
        """Neurons of a node; arrays are in NIR's order, those of the network by `place`."""
        self._size[name] = cell.b.size
        placed, bias = cell.numbered(place), numbered(bias, place)
        neurons = (raw(placed, self.network.decay_bits, bias) if cell.raw
                   else physical(placed, conventions, numbered(largest, place), bias))
        self.network.add_neurons(name, cell.b.size, neurons)
        if placed.v_scale is not None and not cell.raw:
            self.network[name].v_scale = placed.v_scale

    def most_spikes(self, name: str) -> int:
        """Of a neuron in a step."""
        return self._most.get(name, 1)

    def _add_raw(self, name: str, size: int, **keys: Any) -> str:
        while name in self._size:
            name += "_"
        self._size[name] = size
        self.network.add_neurons(name, size, _core.RawNeurons(**keys))
        return name

    def one(self) -> str:
        """A neuron that fires in every step from 0 on."""
        if not self._one:
            self._one = self._add_raw("every_step", 1, bias=1)
            self._report.helpers.append(f'"{self._one}": 1 neuron that fires in every step')
        return self._one

    def start(self) -> str:
        """A neuron that fires in step 0 only: from then on the one of every step holds it."""
        if not self._start:
            one = self.one()
            self._start = self._add_raw("first_step", 1, bias=1)
            self.network.connect(one, self._start, [0], [0], -1)
            self._report.helpers.append(f'"{self._start}": 1 neuron that fires in step 0 only')
        return self._start

    def connect(self, source: str, target: str, matrix: Matrix, delays: Array) -> None:
        """Synapses with delays [entries] in steps."""
        if not delays.size:
            return
        self.synapses += matrix.row.size
        self._longest[source] = max(self._longest.get(source, 0), int(delays.max()))
        self.network.connect(source, target, matrix.col, matrix.row, matrix.value,
                             delays[0] if np.all(delays == delays[0]) else delays)

    def lengthen(self) -> None:
        """Where a delay is longer than any chip's, the mapper may add relay neurons."""
        for source, longest in self._longest.items():
            if longest > DELAY_MAX:
                self.network.relays = True
                hops, sent = (longest - 1) // DELAY_MAX, self.most_spikes(source)
                each = f" for each of its {sent} spikes a step" if sent > 1 else ""
                self._report.helpers.append(f'delays of up to {longest} steps from "{source}": at most {hops} relay neurons and '
                                            f"synapses for each of its {self._size[source]} neurons{each}, where the chip's longest delay "
                                            f"is {DELAY_MAX} steps; the mapper adds them")

    def settle(self, cell: Cell, name: str, shift: int, place: Array | None) -> None:
        """Beginning and leak of neurons whose rest is not V = 0, and what a reset a step later needs."""
        cell = cell.numbered(place)
        if np.any(cell.drift):
            self._add_to_v(cell, name, self.one(), cell.drift * (1 - cell.a), shift, False, "leak")
        if np.any(cell.drift * cell.a):
            self._add_to_v(cell, name, self.start(), cell.drift * cell.a, shift, False, "first step of its leak")
        if np.any(cell.begin):
            self._add_to_v(cell, name, self.start(), cell.begin, shift, True, "beginning")
        if np.any(cell.after_spike):
            self._add_to_v(cell, name, name, cell.after_spike, 1, True, f'reset "{cell.reset}"')

    def _add_to_v(self, cell: Cell, name: str, source: str, amount: Array, delay: int, once: bool, why: str) -> None:
        """`amount` [size] comes to v `delay` steps after a spike of the source; `once`: i forgets it in the next step."""
        if np.any((cell.unit == 0) & (amount != 0)):
            raise refuse(cell.name, f"its {why} needs an input, but r or w_in is 0; use 0 for v_leak and v_reset there")
        weight = np.divide(amount, cell.unit, out=np.zeros_like(amount), where=cell.unit != 0)
        size, self_ = weight.size, source == name
        col = np.arange(size) if self_ else 0
        matrix = Matrix.of(size, size if self_ else 1, np.arange(size), col, weight)
        entries = [(matrix, delay)]
        if once and np.any(cell.a):
            entries.append((Matrix.of(size, matrix.cols, np.arange(size), col, -weight * cell.a), delay + 1))
        for part, steps in entries:
            kept = part.select(part.value != 0)
            self.connect(source, name, kept, np.full(kept.row.size, steps))
            self._report.helpers.append(f'{why} of "{cell.name}": {kept.row.size} synapses from "{source}", delay {steps}')


def numbered(values: Array, place: Array | None) -> Array:
    """[size] in NIR's order -> in the chip's."""
    if place is None:
        return values
    result = np.empty_like(values)
    result[place] = values
    return result
