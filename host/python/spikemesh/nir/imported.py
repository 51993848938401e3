# SPDX-License-Identifier: Apache-2.0
"""What from_nir gives: the network, and how its inputs, outputs and steps belong to those of the NIR graph."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..machine import Machine
from ..network import Network
from ..spikes import Spikes
from .exact import Exact, HeadRoom
from .linear import Shape
from .matrix import Array, Matrix


#: What names of populations cannot hold.
UNNAMEABLE = r'[,"\r\n]'


def numbering(shape: Shape) -> Array | None:
    """[size]: number on the chip of each element in NIR's order; None: the same. Channels, first in NIR, are last here,
    so that neighbours in an image are neighbours on the chip and share its tiles' axons."""
    if len(shape) < 2:
        return None
    order = np.moveaxis(np.arange(np.prod(shape)).reshape(shape), 0, -1).ravel()
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return place


@dataclasses.dataclass(frozen=True)
class InputPort:
    """An Input node: its population, and the shape of its values."""

    population: str
    shape: Shape

    def encode(self, values: npt.ArrayLike) -> Array:
        """[steps, *shape] or [samples, steps, *shape] of spike counts -> the same with [size] in the chip's numbering."""
        array = np.asarray(values)
        axes = array.ndim - len(self.shape)
        if axes not in (1, 2) or array.shape[axes:] != self.shape:
            raise _core.InputError(f'input "{self.population}": shape {array.shape}, but [steps, *{self.shape}] or [samples, '
                                   f"steps, *{self.shape}] is needed")
        flat = array.reshape(*array.shape[:axes], -1)
        if not np.array_equal(flat, np.rint(flat)) or np.any(flat < 0):
            raise _core.InputError(f'input "{self.population}": values are spike counts: integers of at least 0')
        place = numbering(self.shape)
        if place is None:
            return flat
        coded = np.empty_like(flat)
        coded[..., place] = flat
        return coded


@dataclasses.dataclass(frozen=True)
class OutputPart:
    """A population that an Output node reads: the matrix to it (NIR's order), the population's shape and shift, and for
    potentials what V = 0 stands for ([size], NIR's order), and the units of v on the chip in one of the graph."""

    population: str
    matrix: Matrix
    shape: Shape
    shift: int
    offset: Array | None = None
    share: Any = 1.0


@dataclasses.dataclass(frozen=True)
class OutputPort:
    """An Output node. kind: "spikes" (counts) or "potential" (numbers in the unit of v). Its value is the sum of its
    parts and of `constant` ([size] from one element)."""

    kind: str
    shape: Shape
    parts: tuple[OutputPart, ...]
    constant: Matrix | None = None

    @property
    def shift(self) -> int:
        """Steps by which the chip is later than the original: step t of the graph is read in step t + shift."""
        return max((part.shift for part in self.parts), default=0)


@dataclasses.dataclass
class Report:
    """What the import did. notes: how the graph was read; helpers: neurons and synapses that are not in the graph, and
    what they cost; warnings: what the chip does not do exactly, and how far off it is."""

    notes: list[str] = dataclasses.field(default_factory=list)
    helpers: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        titles = (("", self.notes), ("helper: ", self.helpers), ("warning: ", self.warnings))
        return "\n".join(title + line for title, lines in titles for line in lines)


@dataclasses.dataclass
class Imported:
    """A NIR graph on the chip. network: what to load or save. inputs, outputs: ports by the names of the Input and Output
    nodes. shifts: steps by which each population is later than in the graph. report: what was done."""

    network: Network
    inputs: dict[str, InputPort]
    outputs: dict[str, OutputPort]
    shifts: dict[str, int]
    report: Report
    _exact: Exact = dataclasses.field(repr=False)
    _shapes: dict[str, Shape] = dataclasses.field(repr=False)

    @property
    def shift(self) -> int:
        """Steps to run beyond those of the input to see all outputs."""
        return max((port.shift for port in self.outputs.values()), default=0)

    def encode(self, inputs: Mapping[str, npt.ArrayLike] | npt.ArrayLike) -> dict[str, Array]:
        """Inputs of a run by population, from spike counts by Input node (or of the only one):
        [steps, *shape] or [samples, steps, *shape]."""
        if not isinstance(inputs, Mapping):
            if len(self.inputs) != 1:
                raise _core.InputError(f"inputs: give one array for each of {', '.join(self.inputs)}")
            inputs = {next(iter(self.inputs)): inputs}
        if unknown := set(inputs) - set(self.inputs):
            raise _core.InputError(f"inputs: no Input node {', '.join(sorted(unknown))}; the graph has "
                                   f"{', '.join(self.inputs)}")
        return {self.inputs[name].population: self.inputs[name].encode(array) for name, array in inputs.items()}

    def decode(self, spikes: Spikes, steps: int | None = None) -> dict[str, Array]:
        """{Output node: [samples, steps, *shape]} of spike counts, each in its step of the graph, from the spikes of a run
        of at least `steps` + shift steps. Outputs that are potentials are left out: run() has them."""
        steps = spikes.steps - self.shift if steps is None else steps
        if not 0 < steps <= spikes.steps - self.shift:
            raise _core.InputError(f"decode: {steps} steps of a run of {spikes.steps}; run {self.shift} steps more than are "
                                   "wanted, for layers are later on the chip")
        traces = {name: spikes.dense(name) for name in self._read("spikes")}
        return {name: self._value(port, traces, steps) for name, port in self.outputs.items() if port.kind == "spikes"}

    def run(self, inputs: Mapping[str, npt.ArrayLike] | npt.ArrayLike, *, executor: str = "reference",
            config: Any = None, port: str | None = None, baud: int = 115200, seed: int = 1) -> dict[str, Array]:
        """{Output node: [samples, steps, *shape]} for spike counts [steps, *shape] or [samples, steps, *shape] of the
        Input nodes: each sample from rest, each output in its step of the graph. For what executor, config, port, baud
        and seed are see Machine."""
        coded = {name: array[np.newaxis] if array.ndim == 2 else array for name, array in self.encode(inputs).items()}
        samples, steps = next(iter(coded.values())).shape[:2]
        for name, array in coded.items():
            if array.shape[:2] != (samples, steps):
                raise _core.InputError(f'input "{name}": {array.shape[:2]} samples and steps, but others have {(samples, steps)}')
        with Machine(executor, config, port=port, baud=baud, seed=seed) as machine:
            report = machine.load(self.network, seed=seed)
            watched = self._read("potential")
            if not watched:
                return self.decode(machine.run_samples(coded, steps + self.shift, samples), steps)
            traces = _traces(machine, coded, samples, steps + self.shift, watched, self._read("spikes"))
        for name in watched:
            traces[name] = traces[name] / _scale(report, name)
        return {name: self._value(port_, traces, steps) for name, port_ in self.outputs.items()}

    def exact(self, inputs: Mapping[str, npt.ArrayLike] | npt.ArrayLike) -> dict[str, Array]:
        """What run() would give if the chip computed in double precision: {Output node: [samples, steps, *shape]}."""
        samples = [self._exact.run(sample) for sample in self._samples(inputs)]
        steps = len(next(iter(samples[0].values())))
        made = {}
        for name, port in self.outputs.items():
            parts = tuple(dataclasses.replace(part, shift=0, offset=np.zeros(1), share=1.0) for part in port.parts)
            traces = {part.population: np.array([_placed(sample[self._node(part.population)], part.shape) for sample in samples]) for part in parts}
            made[name] = self._value(dataclasses.replace(port, parts=parts), traces, steps)
        return made

    def measure_head_room(self, inputs: Mapping[str, npt.ArrayLike] | npt.ArrayLike, margin: float = 2.0) -> dict[str, Array]:
        """{node: [*shape]}: within how many thresholds from rest v of each neuron may be held, for from_nir(head_room=): the
        smallest power of 2 at which these inputs give the same spikes in double precision, times `margin`."""
        if not margin >= 1:
            raise _core.InputError(f"margin {margin}, but at least 1 is needed")
        measured = HeadRoom(self._exact)
        for sample in self._samples(inputs):
            measured.see(sample)
        return {name: margin * room.reshape(self._shapes[name]) for name, room in measured.room.items()}

    def _samples(self, inputs: Mapping[str, npt.ArrayLike] | npt.ArrayLike) -> list[dict[str, Array]]:
        """Of each sample, {Input node: [steps, size]} in NIR's order."""
        coded = self.encode(inputs)
        made = {}
        for name, port in self.inputs.items():
            if port.population not in coded:
                raise _core.InputError(f'inputs: an array for "{name}" is needed as well')
            array = np.asarray(coded[port.population], float)
            place = numbering(port.shape)
            array = array if place is None else array[..., place]
            made[name] = array if array.ndim == 3 else array[np.newaxis]
        if len({array.shape[:2] for array in made.values()}) > 1:
            raise _core.InputError(f"inputs: samples and steps differ: {', '.join(f'{name} {array.shape[:2]}' for name, array in made.items())}")
        return [{name: array[number] for name, array in made.items()} for number in range(len(next(iter(made.values()))))]

    def _node(self, population: str) -> str:
        """The node of the graph that a population stands for."""
        return next(name for name in self._shapes if re.sub(UNNAMEABLE, "_", name) == population)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the network file, and beside it NAME.ports.json: populations, shapes and shifts of inputs and outputs,
        for readers of spikes.csv. Neurons are numbered y, x, channel where NIR has the shape (channel, y, x)."""
        path = pathlib.Path(path)
        self.network.save(path)
        ports = {
            "inputs": {name: {"population": port.population, "shape": port.shape} for name, port in self.inputs.items()},
            "outputs": {name: {"kind": port.kind, "shape": port.shape, "populations": [
                {"population": part.population, "shape": part.shape, "shift": part.shift} for part in port.parts]}
                for name, port in self.outputs.items()},
            "shifts": self.shifts, "report": str(self.report).splitlines()}
        path.with_suffix(".ports.json").write_text(json.dumps(ports, indent=1) + "\n", encoding="utf-8")

    def _read(self, kind: str) -> list[str]:
        return list(dict.fromkeys(part.population for port in self.outputs.values() if port.kind == kind
                                  for part in port.parts))

    def _value(self, port: OutputPort, traces: Mapping[str, Array], steps: int) -> Array:
        """traces: population -> [samples, chip steps, size], of spikes or of v - offset."""
        total: Any = 0
        for part in port.parts:
            trace = traces[part.population][:, part.shift:part.shift + steps]
            place = numbering(part.shape)
            trace = trace if place is None else trace[..., place]
            total = total + part.matrix.apply(trace if part.offset is None else trace / part.share + part.offset)
        if port.constant is not None:
            total = total + port.constant.apply(np.ones((1, steps, 1)))
        if port.kind == "spikes":
            total = np.rint(total).astype(np.int64)
        return np.asarray(total).reshape(*total.shape[:2], *port.shape)

    def __repr__(self) -> str:
        outputs = ", ".join(f"{name} {port.kind} {port.shape} {port.shift} steps later" for name, port in self.outputs.items())
        return f"<Imported {self.network!r}; outputs {outputs}>"


def _placed(values: Array, shape: Shape) -> Array:
    """[steps, size] in the chip's numbering."""
    place = numbering(shape)
    if place is None:
        return values
    moved = np.empty_like(values)
    moved[..., place] = values
    return moved


def _scale(report: Mapping[str, Any], population: str) -> Any:
    """Raw units of V in one unit of v, one for all neurons or one for each, from the report of Machine.load."""
    return np.asarray(report["conversion"]["v_scale"][population])


def _traces(machine: Machine, inputs: Mapping[str, Array], samples: int, steps: int, watched: list[str],
            spiking: list[str]) -> dict[str, Array]:
    """Step by step: V of the watched populations, spikes of the others. Each sample begins with a clear."""
    traces: dict[str, list[list[Array]]] = {name: [] for name in watched + spiking}
    for sample in range(samples):
        for rows in traces.values():
            rows.append([])
        for step in range(steps):
            now = {name: array[sample, step:step + 1] for name, array in inputs.items() if step < array.shape[1]}
            spikes = machine.run_samples(now, 1, 1) if step == 0 else machine.run(now, 1)
            for name in watched:
                traces[name][sample].append(machine.v(name).astype(np.float64))
            for name in spiking:
                traces[name][sample].append(spikes.dense(name)[0, 0])
    return {name: np.array(rows) for name, rows in traces.items()}
