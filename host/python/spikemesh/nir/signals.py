# SPDX-License-Identifier: Apache-2.0
"""What arrives at each population: one sparse matrix for each population, input or constant that it comes from."""

from __future__ import annotations

import dataclasses

from .graph import ANALOG, NEURONS, FlatGraph
from .linear import refuse
from .matrix import Matrix, total

ONE = ""  #: the source that is 1 in every step: where biases come from
Signal = dict[str, Matrix]  # source -> matrix


@dataclasses.dataclass
class Wiring:
    """Signals into neuron nodes and Output nodes, by the name of the node. `unreset`: Threshold nodes that read an
    analog node, whose potential then is the neuron's: name of that node."""

    into: dict[str, Signal]
    unreset: dict[str, str]


def _sum(signals: list[Signal]) -> Signal:
    sources = dict.fromkeys(source for signal in signals for source in signal)
    return {source: total([signal[source] for signal in signals if source in signal]) for source in sources}


class _Composer:
    def __init__(self, flat: FlatGraph):
        self.flat = flat
        self._known: dict[str, Signal] = {}
        self._open: list[str] = []

    def into(self, name: str) -> Signal:
        """The sum of what arrives at a node."""
        return _sum([self.out_of(before) for before in self.flat.before(name)])

    def out_of(self, name: str) -> Signal:
        """What leaves a node, composed of what leaves neurons, inputs and the constant 1."""
        if name not in self._known:
            if name in self._open:
                raise refuse(name, f"a loop without a neuron in it: {' -> '.join([*self._open, name])}")
            self._open.append(name)
            self._known[name] = self._made(name)
            self._open.pop()
        return self._known[name]

    def _made(self, name: str) -> Signal:
        if self.flat.kind(name) in NEURONS + ("Input",):
            return {name: Matrix.identity(self.flat.size(name))}
        if self.flat.kind(name) == "Output":
            raise refuse(name, "an edge goes out of an Output node of the outermost graph")
        mapped = self.flat.maps[name]
        signals: list[Signal] = [{source: mapped.matrix.after(matrix) for source, matrix in self.into(name).items()}]
        if mapped.bias is not None and mapped.bias.any():
            signals.append({ONE: Matrix.constant(mapped.bias)})
        return {source: matrix for source, matrix in _sum(signals).items() if matrix.row.size}


def wire(flat: FlatGraph) -> Wiring:
    """Composes chains of linear nodes. Raises InputError where an analog value would have to travel between neurons."""
    composer = _Composer(flat)
    into = {name: composer.into(name) for name in flat.of_kind(*NEURONS, "Output")}
    wiring = Wiring(into, {})
    for name, signal in into.items():
        analog = [source for source in signal if source != ONE and flat.kind(source) in ANALOG]
        if not analog or flat.kind(name) == "Output":
            continue
        if flat.kind(name) == "Threshold" and len(signal) == 1 and signal[analog[0]].is_identity:
            wiring.unreset[name] = analog[0]
            continue
        raise refuse(name, f'it gets the potential of {flat.kind(analog[0])} "{analog[0]}", but only spikes travel between '
                           "neurons of the chip. A Threshold node may follow an analog node directly; Output nodes may "
                           "follow it through linear nodes")
    for name, source in wiring.unreset.items():
        wiring.into[name] = into[source]
    read = {source for name in flat.of_kind("Output") for source in into[name]}
    for name in flat.of_kind(*ANALOG):
        if name not in read:  # nobody reads it, or a Threshold node alone
            del wiring.into[name]
    return wiring
