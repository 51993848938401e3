# SPDX-License-Identifier: Apache-2.0
"""Spikes as arrays: what goes into a run, and what comes out."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from . import _core

Events = npt.NDArray[Any]
#: One spike a row: sample, step (of its sample), neuron (of its population).
DTYPE = np.dtype([("sample", np.uint32), ("step", np.uint64), ("neuron", np.uint32)])


@dataclasses.dataclass(frozen=True)
class Poisson:
    """Each neuron fires in a step with probability 1 - exp(-rate_hz * dt); the same seed, the same spikes
    as `spikemesh run --poisson POPULATION=RATE_HZ --source-seed SEED`."""

    rate_hz: float
    seed: int = 1


@dataclasses.dataclass(frozen=True)
class Regular:
    """All neurons fire in the steps phase, phase + interval, phase + 2 * interval ..."""

    interval: int
    phase: int = 0


Source = Union[Poisson, Regular, npt.ArrayLike]
#: Population -> source, or several whose spikes add up. An array is
#: [steps, size] or [samples, steps, size] of spike counts, or has the fields of `events`.
Inputs = Mapping[str, Union[Source, Sequence[Union[Poisson, Regular]]]]
_Columns = tuple[str, Any, Any, Any, Any]


def events(step: npt.ArrayLike, neuron: npt.ArrayLike, sample: npt.ArrayLike = 0) -> Events:
    """Spikes one by one, [n] with the fields sample, step, neuron: input of a run, and what Spikes[...] gives."""
    columns = {"sample": sample, "step": step, "neuron": neuron}
    arrays = {}
    for name, column in columns.items():
        array = np.asarray(column)
        if array.size and (array.dtype.kind not in "iub" or array.min() < 0):
            raise _core.InputError(f"{name}: non-negative integers are needed")
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


def _columns_of_array(population: str, size: int | None, source: npt.ArrayLike) -> _Columns:
    array = np.asarray(source)
    if array.dtype.names is not None:
        missing = {"step", "neuron"} - set(array.dtype.names)
        if missing:
            raise _core.InputError(f'inputs "{population}": no field {", ".join(sorted(missing))}; events() makes them')
        zero, one = np.zeros(len(array), np.uint32), np.ones(len(array), np.uint32)
        return (population, array["sample"] if "sample" in array.dtype.names else zero, array["step"],
                array["neuron"], array["count"] if "count" in array.dtype.names else one)
    if array.ndim == 2:
        array = array[np.newaxis]
    if array.ndim != 3 or array.dtype.kind not in "biuf":
        raise _core.InputError(f'inputs "{population}": numbers of shape [steps, size] or [samples, steps, size] are '
                               f"needed, not {array.dtype} of shape {np.shape(source)}")
    if size is not None and array.shape[2] != size:
        raise _core.InputError(f'inputs "{population}": shape {np.shape(source)}, but the last axis is its {size} neurons')
    sample, step, neuron = np.nonzero(array)
    return population, sample, step, neuron, array[sample, step, neuron]


def _samples_of(source: Any) -> int:
    if isinstance(source, (Poisson, Regular)):
        return 1
    array = np.asarray(source)
    if array.dtype.names is not None:
        return int(array["sample"].max()) + 1 if "sample" in array.dtype.names and len(array) else 1
    return array.shape[0] if array.ndim == 3 else 1


def _sources(source: Any) -> list[Any]:
    several = isinstance(source, (list, tuple)) and source and all(isinstance(s, (Poisson, Regular, np.ndarray))
                                                                     for s in source)
    return list(source) if several else [source]


def samples_of(inputs: Inputs) -> int:
    """As many as the arrays have, at least 1."""
    return max([1, *(_samples_of(s) for source in inputs.values() for s in _sources(source))])


def input_columns(network: _core.Network, inputs: Inputs, steps: int, samples: int) -> list[_Columns]:
    """Inputs as the extension takes them."""
    sizes = dict(network.populations)
    columns: list[_Columns] = []
    for population, each in inputs.items():
        if population not in sizes:
            raise _core.InputError(f'inputs: no input population "{population}"; the network has {", ".join(sizes)}')
        for source in _sources(each):
            if isinstance(source, (Poisson, Regular)):
                columns += _made(network, population, source, steps, samples)
            else:
                columns.append(_columns_of_array(population, sizes.get(population), source))
    return columns


def _made(network: _core.Network, population: str, source: Poisson | Regular, steps: int, samples: int) -> list[_Columns]:
    if isinstance(source, Poisson):
        if not (source.rate_hz > 0 and np.isfinite(source.rate_hz)):
            raise _core.InputError(f'inputs "{population}": rate_hz {source.rate_hz}, but a rate above 0 is needed')
        made = _core.make_spikes(network, population, source.rate_hz, 1, 0, steps, samples, source.seed)
    else:
        if source.interval < 1 or source.phase < 0:
            raise _core.InputError(f'inputs "{population}": {source}, but an interval of at least 1 and a phase of at '
                                   "least 0 are needed")
        made = _core.make_spikes(network, population, 0, source.interval, source.phase, steps, samples, 0)
    return [(name, sample, step, neuron, np.ones(len(step))) for name, (sample, step, neuron) in made.items()]


def _events_of(columns: Mapping[str, tuple[Any, Any, Any]]) -> dict[str, Events]:
    return {name: events(step, neuron, sample) for name, (sample, step, neuron) in columns.items()}


def read_spikes(path: str | os.PathLike[str]) -> dict[str, Events]:
    """Population -> events, [n] with the fields sample, step, neuron, of a CSV with the columns step, population, neuron
    and, if wanted, sample, count."""
    return _events_of(_core.read_spikes(path))


class Spikes(Mapping[str, Events]):
    """What the recorded neurons of a run did: population -> events, [n] with the fields sample, step, neuron,
    ordered by sample, step, neuron. Steps count from the begin of the sample (of `Machine.run`: of the run)."""

    def __init__(self, columns: Mapping[str, tuple[Any, Any, Any]], sizes: Mapping[str, int], steps: int, samples: int):
        self.steps, self.samples, self.sizes = steps, samples, dict(sizes)
        self._events = {**{name: np.zeros(0, DTYPE) for name in sizes}, **_events_of(columns)}

    def __getitem__(self, population: str) -> Events:
        if population not in self._events:
            raise KeyError(f'"{population}": the network has {", ".join(self._events)}')
        return self._events[population]

    def __iter__(self) -> Any:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    @property
    def total(self) -> int:
        """Spikes of all populations."""
        return sum(len(rows) for rows in self._events.values())

    def dense(self, population: str) -> npt.NDArray[np.uint8]:
        """[samples, steps, size]: 1 where the neuron fired."""
        rows = self[population]
        array = np.zeros((self.samples, self.steps, self.sizes[population]), np.uint8)
        array[rows["sample"], rows["step"].astype(np.int64), rows["neuron"]] = 1
        return array

    def counts(self, population: str) -> npt.NDArray[np.int64]:
        """[samples, size]: spikes of each neuron."""
        rows = self[population]
        array = np.zeros((self.samples, self.sizes[population]), np.int64)
        np.add.at(array, (rows["sample"], rows["neuron"]), 1)
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
