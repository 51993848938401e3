# SPDX-License-Identifier: Apache-2.0
"""An imported graph in double precision: what the chip's integers stand for, and how much room each neuron needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from .matrix import Array, Matrix
from .neurons import Cell
from .schedule import Schedule
from .signals import ONE, Signal

#: Thresholds away from rest at which V may be held: what is tried.
ROOMS = 2.0 ** np.arange(1, 11)


class _Columns:
    """Entries of a matrix that take so many steps, by column, so that a step costs what its spikes reach."""

    def __init__(self, matrix: Matrix, steps: int):
        order = np.argsort(matrix.col, kind="stable")
        self.rows, self.steps = matrix.rows, steps
        self.row, self.col, self.value = matrix.row[order], matrix.col[order], matrix.value[order]
        self.begin = np.searchsorted(self.col, np.arange(matrix.cols + 1))

    def apply(self, given: Array) -> Array:
        """[cols] -> [rows]"""
        active = np.flatnonzero(given)
        count = self.begin[active + 1] - self.begin[active]
        ahead = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        entry = np.repeat(self.begin[active], count) + ahead
        return np.bincount(self.row[entry], self.value[entry] * given[self.col[entry]], minlength=self.rows)


@dataclasses.dataclass
class _State:
    """One population in one sample: i, v, steps for which it is still refractory, and whether it fired."""

    cell: Cell
    i: Array
    v: Array
    wait: Array
    fired: Array

    @classmethod
    def at_rest(cls, cell: Cell) -> _State:
        zero = np.zeros(cell.b.size)
        return cls(cell, zero, cell.leak + zero, zero, zero > 0)

    def step(self, x: Array) -> tuple[Array, Array]:
        """Spikes (of analog neurons: v), and what v got in this step from i and leak, before the reset."""
        cell = self.cell
        self.i = cell.a * self.i + cell.gi * x
        drive = (1 - cell.b) * cell.leak + cell.gv * self.i
        if cell.reset == "subtract_later":
            drive = drive - self.fired * (cell.threshold - cell.v_reset)
        held = self.wait > 0
        self.v = np.where(held, self.v, cell.b * self.v + drive)
        if not cell.spiking:
            return self.v, drive
        self.fired = fires(cell, self.v) & ~held
        self.wait = np.where(self.fired, cell.refractory, np.maximum(self.wait - 1, 0))
        self.v = after_spike(cell, self.v, self.fired)
        return self.fired.astype(float), np.where(held, 0.0, drive)


def fires(cell: Cell, v: Array) -> Array:
    """By the convention of the original: > or >=."""
    return np.asarray(v >= cell.threshold if cell.at_threshold else v > cell.threshold)


def after_spike(cell: Cell, v: Array, fired: Array) -> Array:
    """v where its reset is at once."""
    if cell.reset == "subtract":
        return np.asarray(v - fired * (cell.threshold - cell.v_reset))
    return np.where(fired, cell.v_reset, v) if cell.reset in ("to_value", "to_value_later") else v


Watch = Callable[[str, int, Array, Array, Array], None]


class Exact:
    """Cells and signals of an import before they were rounded, in the steps of the graph."""

    def __init__(self, cells: Mapping[str, Cell], signals: Mapping[str, Signal], plan: Schedule):
        self.cells = {name: cells[name] for name in sorted(cells, key=lambda name: plan.shifts[name])}
        self.parts: dict[str, list[tuple[str, _Columns]]] = {name: [] for name in cells}
        for name in cells:
            for source, matrix in signals[name].items():
                steps = plan.steps(source, name, matrix)
                for each in np.unique(steps):
                    self.parts[name].append((source, _Columns(matrix.select(steps == each), int(each))))

    def run(self, inputs: Mapping[str, Array], watch: Watch | None = None) -> dict[str, Array]:
        """{population: [steps, size]} of spikes, or v of analog ones, of one sample; inputs: [steps, size] of each Input node.
        watch is called with the population, the step, what v got, the spikes, and the refractory steps before."""
        steps = len(next(iter(inputs.values())))
        out = {**inputs, **{name: np.zeros((steps, cell.b.size)) for name, cell in self.cells.items()}}
        out[ONE] = np.ones((steps, 1))
        states = {name: _State.at_rest(cell) for name, cell in self.cells.items()}
        for t in range(steps):
            for name, state in states.items():
                x = np.zeros(state.v.size)
                for source, part in self.parts[name]:
                    if t >= part.steps:
                        x = x + part.apply(out[source][t - part.steps])
                waited = state.wait
                out[name][t], drive = state.step(x)
                if watch is not None:
                    watch(name, t, drive, out[name][t] > 0, waited)
        return out


class HeadRoom:
    """The fewest thresholds away from rest at which V may be held without another spike: all ROOMS are tried at once."""

    def __init__(self, exact: Exact):
        self._exact = exact
        self._cells = {name: cell for name, cell in exact.cells.items() if cell.spiking}
        self.room = {name: np.full(cell.b.size, ROOMS[0]) for name, cell in self._cells.items()}

    def see(self, inputs: Mapping[str, Array]) -> None:
        """One sample."""
        self._held = {name: np.tile(cell.leak, (len(ROOMS), 1)) for name, cell in self._cells.items()}
        self._equal = {name: np.ones((len(ROOMS), cell.b.size), bool) for name, cell in self._cells.items()}
        self._exact.run(inputs, self._watch)
        for name, equal in self._equal.items():
            wrong = np.where(equal.all(axis=0), -1, len(ROOMS) - 1 - np.argmax(~equal[::-1], axis=0))
            self.room[name] = np.maximum(self.room[name], ROOMS[np.minimum(wrong + 1, len(ROOMS) - 1)])

    def _watch(self, name: str, step: int, drive: Array, spikes: Array, waited: Array) -> None:
        cell = self._cells.get(name)
        if cell is None:
            return
        above = cell.threshold - cell.offset
        limit = ROOMS[:, np.newaxis] * above
        held = self._held[name]
        moved = np.clip(cell.b * held + drive, cell.offset - limit, cell.offset + limit)
        fired = fires(cell, moved) & (waited == 0)
        self._equal[name] &= fired == spikes
        self._held[name] = np.where(waited > 0, held, after_spike(cell, moved, fired))
