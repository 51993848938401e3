# SPDX-License-Identifier: Apache-2.0
"""What goes into a run: sources, arrays of spike counts, spikes one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _core

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclasses.dataclass(frozen=True)
class Poisson:
    """Each neuron fires in a step with probability 1 - exp(-rate_hz * dt); the same seed, the same spikes
    as `spikemesh run --poisson POPULATION=RATE_HZ,SEED`. A run in pieces has the spikes of the whole; a second source of
    one population and seed draws numbers of its own."""

    rate_hz: float
    seed: int = 1


@dataclasses.dataclass(frozen=True)
class Regular:
    """All neurons fire in the steps phase, phase + interval, phase + 2 * interval ... of a sample."""

    interval: int
    phase: int = 0


Source = Union[Poisson, Regular, "npt.ArrayLike"]
#: Population -> source, or a list of sources whose spikes add up. An array is [steps, size] or [samples, steps, size] of
#: spike counts (a list of arrays: its samples), or has the fields of `events`.
Inputs = Mapping[str, Union[Source, Sequence[Source]]]
_Columns = tuple[str, Any, Any, Any, Any]
_Made = tuple[str, str, float, int, int, Union[int, None]]


def _columns_of_array(population: str, size: int | None, source: npt.ArrayLike) -> _Columns:
    try:
        array = np.asarray(source)
    except ValueError:
        raise _core.InputError(f'inputs "{population}": the samples have different shapes; give each as many steps') from None
    if array.dtype.names is not None:
        missing = {"step", "neuron"} - set(array.dtype.names)
        if missing:
            raise _core.InputError(f'inputs "{population}": no field {", ".join(sorted(missing))}; events() makes them')
        zero, one = np.zeros(len(array), np.uint32), np.ones(len(array), np.uint32)
        return (population, array["sample"] if "sample" in array.dtype.names else zero, array["step"],
                array["neuron"], array["count"] if "count" in array.dtype.names else one)
    shape = array.shape
    if array.ndim == 2:
        array = array[np.newaxis]
    if array.ndim != 3 or array.dtype.kind not in "biuf":
        raise _core.InputError(f'inputs "{population}": numbers of shape [steps, size] or [samples, steps, size] are '
                               f"needed, not {array.dtype} of shape {shape}")
    if size is not None and array.shape[2] != size:
        raise _core.InputError(f'inputs "{population}": shape {shape}, but the last axis is its {size} neurons')
    sample, step, neuron = np.nonzero(array)
    return population, sample, step, neuron, array[sample, step, neuron]


def _adds_up(source: Any) -> bool:
    """Whether an array holds spikes one by one, which say themselves of which sample they are."""
    return isinstance(source, (Poisson, Regular)) or getattr(getattr(source, "dtype", None), "names", None) is not None


def _sources(source: Any) -> list[Any]:
    """A list that holds a source or events holds several; any other is an array, or one of samples."""
    several = isinstance(source, (list, tuple)) and any(_adds_up(each) for each in source)
    return list(source) if several else [source]


def _samples_of(source: Any) -> int:
    if isinstance(source, (Poisson, Regular)):
        return 1
    try:
        array = np.asarray(source)
    except ValueError:
        return 1  # _columns_of_array says what is wrong
    if array.dtype.names is not None:
        return int(array["sample"].max()) + 1 if "sample" in array.dtype.names and len(array) else 1
    return array.shape[0] if array.ndim == 3 else 1


def samples_of(inputs: Inputs) -> int:
    """As many as the arrays have, at least 1."""
    return max([1, *(_samples_of(s) for source in inputs.values() for s in _sources(source))])


def _made(population: str, source: Poisson | Regular) -> _Made:
    if isinstance(source, Poisson):
        if not (source.rate_hz >= 0 and np.isfinite(source.rate_hz)):
            raise _core.InputError(f'inputs "{population}": rate_hz {source.rate_hz}, but a rate of 0 or more is needed')
        return "poisson", population, source.rate_hz, 1, 0, source.seed
    if source.interval < 1 or source.phase < 0:
        raise _core.InputError(f'inputs "{population}": {source}, but an interval of at least 1 and a phase of at '
                               "least 0 are needed")
    return "regular", population, 0.0, source.interval, source.phase, None


def split_inputs(sizes: Mapping[str, int], inputs: Inputs) -> tuple[list[_Columns], list[_Made]]:
    """Arrays and sources as the extension takes them."""
    arrays: list[_Columns] = []
    sources: list[_Made] = []
    for population, each in inputs.items():
        if population not in sizes:
            raise _core.InputError(f'inputs: no input population "{population}"; the network has {", ".join(sizes)}')
        for source in _sources(each):
            if isinstance(source, (Poisson, Regular)):
                sources.append(_made(population, source))
            else:
                arrays.append(_columns_of_array(population, sizes.get(population), source))
    return arrays, sources
