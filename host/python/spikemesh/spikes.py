# SPDX-License-Identifier: Apache-2.0
"""Spikes and recordings as arrays: what a run gives."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core

if TYPE_CHECKING:
    import numpy.typing as npt

    _Events = npt.NDArray[Any]

#: One spike a row: sample, step (of its sample), neuron (of its population).
DTYPE = np.dtype([("sample", np.uint32), ("step", np.int64), ("neuron", np.uint32)])
_LIMITS = {"sample": 2**32 - 1, "step": 2**62, "neuron": 2**32 - 1}


class UnrecordedError(_core.InputError, KeyError):
    """Spikes were asked for that nobody recorded."""

    def __str__(self) -> str:
        return str(self.args[0])


def events(step: npt.ArrayLike, neuron: npt.ArrayLike, sample: npt.ArrayLike = 0) -> _Events:
    """Spikes one by one, [n] with the fields sample, step, neuron: input of a run, and what Spikes[...] gives."""
    columns = {"sample": sample, "step": step, "neuron": neuron}
    arrays = {}
    for name, column in columns.items():
        array = np.asarray(column)
        if array.size and (array.dtype.kind not in "iub" or array.min() < 0):
            raise _core.InputError(f"{name}: non-negative integers are needed")
        if array.size and array.max() > _LIMITS[name]:
            raise _core.InputError(f"{name}: {array.max()}, but at most {_LIMITS[name]} is allowed")
        arrays[name] = array
    try:
        shaped = np.broadcast_arrays(*(np.atleast_1d(a) for a in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise _core.InputError(f"events: columns of different lengths: {shapes}") from None
    rows = np.zeros(shaped[0].shape, DTYPE)
    for name, column in zip(columns, shaped):
        rows[name] = column
    return rows


def _events_of(columns: Mapping[str, tuple[Any, Any, Any]]) -> dict[str, _Events]:
    return {name: events(step, neuron, sample) for name, (sample, step, neuron) in columns.items()}


def read_spikes(path: str | os.PathLike[str]) -> dict[str, _Events]:
    """Population -> events, [n] with the fields sample, step, neuron, of a CSV with the columns step, population, neuron
    and, if wanted, sample, count."""
    return _events_of(_core.read_spikes(path))


@dataclasses.dataclass(frozen=True, eq=False)
class Trace:
    """What one probe of V, I or weights recorded (docs/run.md)."""

    probe: str  #: as it was asked for
    quantity: str  #: "v", "i" or "weight"
    population: str
    values: npt.NDArray[np.int32]  #: [samples, rows, columns], raw
    steps: npt.NDArray[np.int64]  #: [rows]: the steps of a sample at whose end they were read
    neurons: npt.NDArray[np.uint32] | None = None  #: [columns] of v and i
    v_scale: npt.NDArray[np.float64] | None = None  #: [columns]: raw units in one unit of v, where neurons were given in it
    from_: str | None = None  #: weight: the population that sends
    synapses: npt.NDArray[np.uint32] | None = None  #: weight: [columns, 3] of pre, post, delay
    begin: npt.NDArray[np.int32] | None = None  #: weight: [columns], before the first step


class Spikes(Mapping[str, "_Events"]):
    """What the recorded neurons of a run did: population -> events, [n] with the fields sample, step, neuron,
    ordered by sample, step, neuron. Steps count from the begin of the sample (of `Machine.run`: of the run).

    traces: probe -> Trace, of what `record=` asked for besides spikes. config, stats: of a run that was saved and loaded,
    the contents of config.json and stats.json. A population whose spikes nobody recorded raises UnrecordedError.
    """

    def __init__(self, columns: Mapping[str, tuple[Any, Any, Any]], sizes: Mapping[str, int], steps: int, samples: int,
                 recorded: Mapping[str, npt.NDArray[np.uint32]], traces: Mapping[str, Trace] | None = None,
                 config: dict[str, Any] | None = None, stats: dict[str, Any] | None = None):
        self.steps, self.samples, self.sizes = steps, samples, dict(sizes)
        #: population -> its neurons whose spikes came back
        self.recorded = dict(recorded)
        self.traces = dict(traces or {})
        self.config, self.stats = config, stats
        self._events = {**{name: np.zeros(0, DTYPE) for name in self.recorded}, **_events_of(columns)}

    def __getitem__(self, population: str) -> _Events:
        if population not in self._events:
            if population in self.sizes:
                raise UnrecordedError(f'"{population}": its spikes were not recorded: add its neurons with record=True, or call '
                                      f'net.record("{population}"), before the network is loaded (inputs have none to record)')
            raise KeyError(f'"{population}": the network has {", ".join(self.sizes)}')
        return self._events[population]

    def __iter__(self) -> Iterator[str]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spikes):
            return NotImplemented
        return ((self.steps, self.samples, self.sizes, set(self)) == (other.steps, other.samples, other.sizes, set(other))
                and all(np.array_equal(self.recorded[name], other.recorded[name])
                        and np.array_equal(self[name], other[name]) for name in self))

    __hash__ = None  # type: ignore[assignment]

    @property
    def total(self) -> int:
        """Spikes of all recorded populations."""
        return sum(len(rows) for rows in self._events.values())

    def _of(self, population: str, neurons: npt.ArrayLike | None) -> tuple[_Events, npt.NDArray[np.int64]]:
        """Spikes, and the column of each neuron of the population (-1: none)."""
        rows, size = self[population], self.sizes[population]
        wanted = np.arange(size) if neurons is None else np.atleast_1d(neurons)
        missing = np.setdiff1d(wanted, self.recorded[population])
        if missing.size:
            raise UnrecordedError(
                f'"{population}": the spikes of {missing.size} of these neurons, such as {missing[0]}, were not recorded: '
                f'record them, or ask for neurons=spikes.recorded["{population}"]')
        column = np.full(size, -1)
        column[wanted] = np.arange(len(wanted))
        return rows[column[rows["neuron"]] >= 0], column

    def dense(self, population: str, neurons: npt.ArrayLike | None = None) -> npt.NDArray[np.uint8]:
        """[samples, steps, size]: 1 where the neuron fired; or [samples, steps, n] of these neurons."""
        rows, column = self._of(population, neurons)
        array = np.zeros((self.samples, self.steps, np.count_nonzero(column >= 0)), np.uint8)
        array[rows["sample"], rows["step"], column[rows["neuron"]]] = 1
        return array

    def counts(self, population: str, neurons: npt.ArrayLike | None = None) -> npt.NDArray[np.int64]:
        """[samples, size]: spikes of each neuron; or [samples, n] of these neurons."""
        rows, column = self._of(population, neurons)
        array = np.zeros((self.samples, np.count_nonzero(column >= 0)), np.int64)
        np.add.at(array, (rows["sample"], column[rows["neuron"]]), 1)
        return array

    def write(self, path: str | os.PathLike[str]) -> None:
        """spikes.csv as `spikemesh run` writes it: sample,step,population,neuron."""
        order = {name: i for i, name in enumerate(self.sizes)}
        rows = sorted((int(r["sample"]), int(r["step"]), order[name], int(r["neuron"]), name)
                      for name, events_ in self._events.items() for r in events_)
        with open(path, "w", encoding="utf-8") as file:
            file.write("sample,step,population,neuron\n")
            file.writelines(f"{sample},{step},{name},{neuron}\n" for sample, step, _, neuron, name in rows)

    def __repr__(self) -> str:
        each = ", ".join(f"{name} {len(rows)}" for name, rows in self._events.items() if len(rows))
        return f"<Spikes: {self.total} in {self.samples} x {self.steps} steps{': ' + each if each else ''}>"
