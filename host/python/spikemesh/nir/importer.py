# SPDX-License-Identifier: Apache-2.0
"""from_nir: a NIR graph becomes a network of the chip."""

from __future__ import annotations

import dataclasses
import os
import re
import warnings
from typing import Any

import numpy as np

from .. import _core
from .exact import Exact
from .graph import ANALOG, SPIKING, FlatGraph, add_ends, flatten, infer_shapes, read_graph
from .helpers import Builder
from .imported import UNNAMEABLE, Imported, InputPort, OutputPart, OutputPort, Report, numbering
from .linear import Shape, broadcast, refuse
from .matrix import Array, Matrix
from .neurons import Cell, Conventions, cell_of, choose_offset
from .notes import NirWarning, note
from .schedule import Schedule, schedule
from .signals import ONE, Signal, Wiring, wire

DT = 1e-4
SYNAPSE_MAX = 2**15 - 1
SCALE = 2.0**19  # units of V in a threshold at most, with weight_bits
STATE_MAX = 2.0**23  # of V and of an accumulator
KEPT = 1e-9  # error of weights, which no unit keeps: the finest that the sums allow


def from_nir(source: str | os.PathLike[str] | Any, dt: float | None = None, *, dt_ms: float | None = None, input_shape: Any = None,
             reset: Any = None, threshold: Any = ">", input_step: str = "same", max_spikes_per_step: Any = None,
             integrator_steps: int = 1000, weight_bits: int = 16,
             head_room: Any = 64, integration: str = "euler") -> Imported:
    """A NIR graph (file, or nir.NIRGraph) as a network of the chip, by forward Euler. docs/nir.md explains the options.

    dt: step in the unit of the graph's time constants (1e-4). dt_ms: milliseconds of a step of the chip (1000 * dt).
    input_shape: of the Input nodes, or of each by name, where the graph does not say it. reset: "to_value" (if
    not given), "subtract", "to_value_later" or "subtract_later"; threshold: ">" or ">="; either may be a mapping from node names, "" for the
    others. input_step: "same", or "next" where an input acts one step after it came. max_spikes_per_step: of an input
    neuron (1). integrator_steps: how many steps of the largest input
    an I node holds. weight_bits: 16..20, of the strongest weight into a neuron; above 16 a strong weight takes several
    words; head_room: how many thresholds v may then be away from rest, one number or one for each neuron (or a mapping from
    node names). integration: how time constants become factors of a step, "euler" (1 - dt/tau) or "exponential"
    (exp(-dt/tau)). What is not given and to_nir noted in the graph is taken from there.

    Returns Imported. Raises InputError for what the chip cannot do, naming the node; warns (NirWarning) of what is not
    exact. Source of the equations: the documentation of NIR's primitives.
    """
    graph = read_graph(source)
    if dt is None:
        dt = note(graph, "dt_ms", 1000 * DT) / 1000
    if not dt > 0 or (dt_ms is not None and not dt_ms > 0):
        raise _core.InputError(f"dt {dt}, dt_ms {dt_ms}: both have to be above 0")
    if input_step not in ("same", "next"):
        raise _core.InputError(f'input_step "{input_step}"; known are same, next')
    if integration not in ("euler", "exponential"):
        raise _core.InputError(f'integration "{integration}"; known are euler, exponential')
    if not 16 <= weight_bits <= 20:
        raise _core.InputError(f"weight_bits {weight_bits}, but 16..20 are possible")
    report = Report()
    flat = flatten(graph)
    add_ends(flat)
    infer_shapes(flat, input_shape, dt, report.warnings.append)
    conventions = Conventions(dt, 1000 * dt if dt_ms is None else dt_ms, reset, threshold, integration)
    for option in ("reset", "threshold"):
        _check_names(option, getattr(conventions, option), flat)
    imported = _Importer(flat, conventions, report, input_step == "next", integrator_steps,
                         max_spikes_per_step, graph, weight_bits, head_room).run()
    for line in report.warnings:
        warnings.warn(line, NirWarning, stacklevel=2)
    return imported


def _check_names(option: str, value: Any, flat: FlatGraph) -> None:
    spiking = flat.of_kind(*SPIKING)
    if isinstance(value, dict) and (unknown := set(value) - set(spiking) - {""}):
        raise _core.InputError(f"{option}: no spiking node {', '.join(sorted(unknown))}; the graph has {', '.join(spiking)}")


def population_name(name: str) -> str:
    """Names of populations are without commas, quotes and line ends."""
    return re.sub(UNNAMEABLE, "_", name)


class _Importer:
    def __init__(self, flat: FlatGraph, conventions: Conventions, report: Report, late_input: bool,
                 integrator_steps: int, max_spikes: Any, graph: Any,
                 weight_bits: int, head_room: Any):
        self.flat, self.conventions, self.report = flat, conventions, report
        self.late_input, self.integrator_steps, self.max_spikes = late_input, integrator_steps, max_spikes
        self.wiring: Wiring = wire(flat)
        self.names = {name: population_name(name) for name in flat.nodes}
        if len(set(self.names.values())) < len(self.names):
            raise _core.InputError("NIR: node names that differ in commas or quotes only; rename them")
        self.builder = Builder(conventions.dt_ms, report, graph)
        self.readouts: dict[str, Signal] = {}
        self.weight_bits, self.head_room = weight_bits, head_room
        self.recorded: dict[str, set[int]] = {}

    def run(self) -> Imported:
        flat, into = self.flat, self.wiring.into
        cells = {name: self._cell(name) for name in into if flat.kind(name) != "Output"}
        signals = {name: into[name] for name in cells}
        ports = {name: self._split(name, into[name]) for name in flat.of_kind("Output")}
        for name, signal in self.readouts.items():
            cells[name] = _readout(name, flat.shape_in[name])
            signals[name] = signal
        inputs = flat.of_kind("Input")
        late = {name for name, cell in cells.items() if np.any(cell.drift) or np.any(cell.begin)}
        slow = {name for name in signals if self.late_input and name not in self.readouts
                and (flat.kind(name) != "Threshold" or name in self.wiring.unreset)}
        plan = schedule(inputs, signals, late, slow)
        exact = Exact({name: dataclasses.replace(cell) for name, cell in cells.items()}, signals, plan)
        if self.weight_bits > 16:
            signals = {name: self._refine(name, cells[name], signal) for name, signal in signals.items()}
            self.builder.network.v_scale, self.builder.network.split_weights = SCALE, KEPT
        for name, cell in cells.items():
            cell.raw = cell.raw and all(_integers(m, cell.unit if source == ONE else None)
                                        for source, m in signals[name].items())
        self._populate(inputs, cells, signals, plan)
        for name in cells:
            for source, matrix in signals[name].items():
                self._join(source, name, matrix, plan)
            self.builder.settle(cells[name], self.names[name], plan.shifts[name], _place(flat, name))
        self.builder.lengthen()
        outputs = {name: self._port(name, *ports[name], cells, plan) for name in ports}
        self._tell(cells, plan)
        return Imported(self.builder.network, {n: InputPort(self.names[n], flat.shape_out[n]) for n in inputs}, outputs,
                        {self.names[name]: plan.shifts[name] for name in cells}, self.report, exact,
                        {name: self.flat.shape_in[name] for name in cells})

    def _cell(self, name: str) -> Cell:
        model = self.wiring.unreset.get(name)
        node, shape = self.flat.nodes[model or name], self.flat.shape_in[name]
        return cell_of(name, node, shape, self.conventions, self.flat.nodes[name].threshold if model else None)

    def _split(self, name: str, signal: Signal) -> tuple[dict[str, Matrix], Matrix | None]:
        """What an Output node reads of populations, and its constant; a readout population where weights are needed."""
        kinds = {source: self.flat.kind(source) for source in signal if source != ONE}
        analog = {s: signal[s] for s, kind in kinds.items() if kind in ANALOG}
        rest = {s: m for s, m in signal.items() if s not in analog}
        if not rest.keys() - {ONE} and analog:
            return analog, rest.get(ONE)
        if not analog and all(kinds.get(s) in SPIKING and _selects(m) for s, m in rest.items()):
            return rest, None
        if not rest:
            raise refuse(name, "nothing arrives at this Output node")
        self.readouts[name] = rest
        return {**analog, name: Matrix.identity(self.flat.size(name))}, None

    def _populate(self, inputs: list[str], cells: dict[str, Cell], signals: dict[str, Signal], plan: Schedule) -> None:
        for name in inputs:
            most = self.max_spikes.get(name) if isinstance(self.max_spikes, dict) else self.max_spikes
            most = note(self.flat.nodes[name], "max_spikes_per_step", 1) if most is None else most
            self.builder.add_input(self.names[name], self.flat.size(name), most)
        for name in sorted(cells, key=lambda name: plan.shifts[name]):
            largest, bias = self._largest(cells[name], signals[name]), np.zeros(cells[name].b.size)
            if ONE in signals[name]:
                constant = signals[name][ONE]
                now = plan.delays(ONE, name, constant) == 0
                np.add.at(bias, constant.row[now], constant.value[now])
            self.builder.add_cell(self.names[name], cells[name], largest, bias, self.conventions, _place(self.flat, name))

    def _largest(self, cell: Cell, signal: Signal) -> Array:
        """[size]: what v - offset of analog neurons cannot pass, whatever spikes arrive."""
        if cell.spiking:
            return np.zeros(cell.b.size)
        sums = np.zeros((2, cell.b.size))
        most = np.zeros(cell.b.size)
        for source, matrix in signal.items():
            hits = self.builder.most_spikes(self.names.get(source, ""))
            for side, value in zip(sums, (matrix.value, -matrix.value)):
                np.add.at(side, matrix.row, np.maximum(value, 0) * hits)
            np.maximum.at(most, matrix.row, np.abs(matrix.value))
        steps = np.where(cell.b < 1, 1 / np.maximum(1 - cell.b, 1e-300), self.integrator_steps)
        reach = (np.max(sums, axis=0) * 1.01 + most) * np.abs(cell.unit) / (1 - cell.a) * steps
        if np.any(cell.b == 1):
            self.report.warnings.append(
                f'"{cell.name}" (I): its potential has no bound; it is held up to {reach.max():.6g}, which '
                f"{self.integrator_steps} steps of the largest input reach (integrator_steps=), and is wrong beyond")
        return np.where(reach > 0, reach, 1.0)

    def _refine(self, name: str, cell: Cell, signal: Signal) -> Signal:
        """V in whole shares of the threshold, as many as weight_bits, head_room and the accumulators allow, and weights
        that are whole numbers of them. The mapper splits the strong weights over several words."""
        if cell.raw:
            return signal
        cell.v_scale = None  # that of the graph is of other units
        if not cell.spiking:
            cell.share = STATE_MAX / 2 / SCALE / self._largest(cell, signal)
            return signal
        strongest, sums = np.zeros(cell.b.size), np.zeros((2, cell.b.size))
        for source, matrix in signal.items():
            values = matrix.value * cell.unit[matrix.row]
            np.maximum.at(strongest, matrix.row, np.abs(values))
            for side, value in zip(sums, (values, -values)):
                np.add.at(side, matrix.row, np.maximum(value, 0) * self.builder.most_spikes(self.names.get(source, "")))
        room = self.head_room.get(name, self.head_room.get("", 64)) if isinstance(self.head_room, dict) else self.head_room
        room = broadcast(name, "head_room", room, self.flat.shape_in[name])
        above = np.asarray(cell.fires_above)
        bits = np.where(strongest > 0, SYNAPSE_MAX * 2.0**(self.weight_bits - 16) * above / np.maximum(strongest, 1e-300), SCALE)
        held = np.where(np.max(sums, axis=0) > 0, 0.999 * STATE_MAX * above / np.maximum(np.max(sums, axis=0), 1e-300), SCALE)
        units = np.floor(np.maximum(np.min([STATE_MAX / room, bits, held, np.full(above.size, SCALE)], axis=0), 1))
        if cell.at_threshold:  # one unit of V
            cell.tie = 1 / units
            choose_offset(cell)
        cell.share = units / SCALE / cell.fires_above
        self.report.helpers.append(f'weights into "{cell.name}" in units of its threshold / {units.min():.0f} .. {units.max():.0f}; '
                                   f"v is held within {STATE_MAX / units.max():.3g} thresholds of rest")
        one = cell.fires_above / units / np.where(cell.unit != 0, np.abs(cell.unit), 1)
        return {source: matrix.rounded(one) for source, matrix in signal.items()}

    def _join(self, source: str, target: str, matrix: Matrix, plan: Schedule) -> None:
        delays = plan.delays(source, target, matrix)
        if source == ONE:  # what begins in step 0 is a bias of the chip
            matrix, delays = matrix.select(delays > 0), delays[delays > 0]
            if not delays.size:
                return
        from_ = self.builder.one() if source == ONE else self.names[source]
        moved = matrix.numbered(_place(self.flat, target), None if source == ONE else _place(self.flat, source))
        self.builder.connect(from_, self.names[target], moved, delays)
        if source == ONE:
            self.report.helpers.append(f'bias of "{target}": {matrix.row.size} synapses from a neuron that fires in every step, '
                                       f"from step {delays.min()} on, as in the graph")

    def _port(self, name: str, parts: dict[str, Matrix], constant: Matrix | None, cells: dict[str, Cell],
              plan: Schedule) -> OutputPort:
        made = []
        for source, matrix in parts.items():
            cell = cells[source]
            if cell.spiking:
                self._record(source, np.unique(matrix.col))
            shape: Shape = self.flat.shape_in[source]
            made.append(OutputPart(self.names[source], matrix, shape, plan.shifts[source],
                                   None if cell.spiking else cell.offset, cell.share))
        spikes = all(cells[source].spiking for source in parts)
        return OutputPort("spikes" if spikes else "potential", self.flat.shape_in[name], tuple(made), constant)

    def _record(self, name: str, neurons: Array) -> None:
        """The spikes of these elements come back (and those that another Output node reads)."""
        seen = self.recorded.setdefault(name, set())
        seen.update(neurons.tolist())
        place, chosen = _place(self.flat, name), np.array(sorted(seen))
        self.builder.network.record(self.names[name], chosen if place is None else np.sort(place[chosen]))

    def _tell(self, cells: dict[str, Cell], plan: Schedule) -> None:
        for name, cell in cells.items():
            if cell.at_threshold:
                self.report.notes.append(f'"{name}" fires at its threshold as well: on the chip from {np.max(cell.tie):.2g} of it below on')
        neurons = sum(cell.b.size for cell in cells.values())
        self.report.notes.append(f"{len(cells)} populations of {neurons} neurons, {self.builder.synapses} synapses, steps of "
                                 f"{self.conventions.dt:g}")
        late = ", ".join(f"{name} {plan.shifts[name]}" for name in sorted(cells, key=lambda n: plan.shifts[n]))
        self.report.notes.append(f"steps later than in the graph: {late}")


def _integers(matrix: Matrix, unit: Array | None) -> bool:
    """Whether raw neurons can take the values: times `unit`, for a bias."""
    values = matrix.value if unit is None else matrix.value * unit[matrix.row]
    return np.array_equal(values, np.rint(values))


def _selects(matrix: Matrix) -> bool:
    """Each element of the output is one of the input, perhaps later."""
    return bool(np.all(matrix.value == 1)) and np.array_equal(np.sort(matrix.row), np.arange(matrix.rows))


def _readout(name: str, shape: Shape) -> Cell:
    """Neurons that add up what arrives in a step and never fire."""
    size = int(np.prod(shape))
    zero, one = np.zeros(size), np.ones(size)
    return Cell(name, False, zero, zero, one, one, zero, zero, zero, "to_value", False, offset=zero)


def _place(flat: FlatGraph, name: str) -> Array | None:
    return numbering(flat.shape_in[name])
