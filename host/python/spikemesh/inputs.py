# SPDX-License-Identifier: Apache-2.0
"""Inputs of a run: sources, arrays of spike counts, and single spikes."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _core
from ._calls import helpful_class, nearest, whole
from ._html import table
from .event_data.stream import streams_of
from .views import shown

if TYPE_CHECKING:
    import numpy.typing as npt


@helpful_class
@dataclasses.dataclass(frozen=True)
class Poisson:
    """Each neuron fires in each step with the probability 1 - exp(-rate_hz * dt). The same seed gives the same spikes as
    `spikemesh run --poisson POPULATION=RATE_HZ,SEED`. A run in pieces gives the same spikes as one run; a second source
    with the same population and seed draws other numbers.

    rate_hz is one number, an array [size] (of each neuron), [steps, 1] or [steps, size] (of each step of the run or sample),
    or a function of the time: rate_hz(t_ms) gets the array [steps] of times from the begin of the sample, and gives [steps] or
    [steps, size]."""

    rate_hz: float | npt.ArrayLike | Callable[[Any], npt.ArrayLike]
    seed: int = 1

    def _repr_html_(self) -> str:
        rate = getattr(self.rate_hz, "__name__", "a function of the time") if callable(self.rate_hz) else shown(self.rate_hz)
        return table(["Poisson", ""], [["rate_hz", rate], ["seed", str(self.seed)]])


@helpful_class
@dataclasses.dataclass(frozen=True)
class Regular:
    """All neurons fire in the steps phase, phase + interval, phase + 2 * interval ... of a sample."""

    interval: int
    phase: int = 0


@helpful_class
@dataclasses.dataclass(frozen=True)
class Current:
    """What a current source (`Network.add_current`) gives in each step, in the unit of `bias`: an array [steps] or
    [samples, steps], one number for all steps, or a function of the time, values(t_ms), which gets the array [steps] of times from
    the begin of the sample. An array has a value for each step of the run. The value of step t acts in step t + 1, rounded to the
    resolution of the source. Noise is an array of drawn numbers."""

    values: npt.ArrayLike | Callable[[Any], npt.ArrayLike]


@dataclasses.dataclass(frozen=True)
class Ground:
    """What a run happens on: what arrays are checked against, and where sources go on."""

    network: Any
    steps: int
    samples: int
    first_sample: int
    first_step: int

    def times_ms(self) -> npt.NDArray[np.float64]:
        """Of the steps, from the begin of their sample."""
        return np.asarray((self.first_step + np.arange(self.steps)) * self.network.dt_ms)


Source = Union[Poisson, Regular, Current, "npt.ArrayLike"]
#: Population -> source, or a list of sources whose spikes add up. An array is [steps, size] or [samples, steps, size] of
#: spike counts (a list of arrays: its samples), or has the fields of `events`. An EventStream, or a list of them (its
#: samples), becomes spikes.
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
    return isinstance(source, (Poisson, Regular, Current)) or getattr(getattr(source, "dtype", None), "names", None) is not None


def _sources(source: Any) -> list[Any]:
    """A list that holds a source or events holds several; any other is an array, or one of samples."""
    several = isinstance(source, (list, tuple)) and any(_adds_up(each) for each in source)
    return list(source) if several else [source]


def _samples_of(source: Any) -> int:
    if isinstance(source, Current):
        return len(np.asarray(source.values)) if not callable(source.values) and np.ndim(source.values) == 2 else 1
    if isinstance(source, (Poisson, Regular)):
        return 1
    if (streams := streams_of(source)) is not None:
        return len(streams)
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


def steps_of(inputs: Inputs) -> int | None:
    """As many as the longest array has; None: no array says it."""
    longest: list[int] = []
    for each in inputs.values():
        for source in _sources(each):
            if isinstance(source, Regular) or (isinstance(source, Poisson) and (callable(source.rate_hz) or np.ndim(source.rate_hz) != 2)):
                continue
            if isinstance(source, (Poisson, Current)):
                array = np.asarray(source.rate_hz if isinstance(source, Poisson) else source.values)
                longest += [] if array.dtype == object or array.ndim == 0 else [array.shape[-1 if isinstance(source, Current) else 0]]
                continue
            try:
                array = np.asarray(source)
            except ValueError:
                continue  # _columns_of_array says what is wrong
            longest += [int(array["step"].max()) + 1] if array.dtype.names and len(array) else [array.shape[-2]] if array.ndim in (2, 3) else []
    return max(longest, default=None)


def _made(population: str, source: Poisson | Regular) -> _Made:
    if isinstance(source, Poisson):
        rate = float(source.rate_hz)  # type: ignore[arg-type]
        if not (rate >= 0 and np.isfinite(rate)):
            raise _core.InputError(f'inputs "{population}": rate_hz {source.rate_hz!r}, but a rate of 0 or more is needed')
        return "poisson", population, rate, 1, 0, whole(source.seed, f'inputs "{population}": seed')
    interval, phase = whole(source.interval, f'inputs "{population}": interval'), whole(source.phase, f'inputs "{population}": phase')
    if interval < 1 or phase < 0:
        raise _core.InputError(f'inputs "{population}": {source}, but an interval of at least 1 and a phase of at '
                               "least 0 are needed")
    return "regular", population, 0.0, interval, phase, None


_BLOCK = 1 << 20  # numbers that are drawn at a time


def _rates(population: str, size: int, source: Poisson, ground: Ground) -> npt.NDArray[np.float64]:
    """[steps or 1, size or 1]"""
    given = source.rate_hz(ground.times_ms()) if callable(source.rate_hz) else source.rate_hz
    rate = np.asarray(given, float)
    if rate.ndim == 1:
        rate = rate[:, np.newaxis] if callable(source.rate_hz) else rate[np.newaxis]
    if rate.ndim != 2 or rate.shape[0] not in (1, ground.steps) or rate.shape[1] not in (1, size):
        raise _core.InputError(f'inputs "{population}": rates of shape {np.shape(given)}, but [{size}] (of each neuron), [{ground.steps}, 1] or '
                               f"[{ground.steps}, {size}] (of each step) are needed; a function gives [steps] or [steps, {size}]")
    if not np.all(np.isfinite(rate)) or np.any(rate < 0):
        raise _core.InputError(f'inputs "{population}": rate_hz from {np.min(rate):g} on, but rates of 0 or more are needed')
    return rate


def _drawn(population: str, size: int, source: Poisson, turn: int, ground: Ground) -> Iterator[_Columns]:
    """Spikes at rates that change. What is drawn for a neuron and a step depends on seed, population, sample and step alone, so
    a run in pieces is the run. turn: tells several sources of one population and seed apart."""
    probability = -np.expm1(-_rates(population, size, source, ground) * ground.network.dt_ms / 1000)
    width = -(-size // 4) * 4  # a counter of Philox gives four numbers
    for sample in range(ground.samples):
        key = np.random.SeedSequence([whole(source.seed, f'inputs "{population}": seed'), zlib.crc32(population.encode()), turn, ground.first_sample + sample]).generate_state(2, np.uint64)
        block = max(1, _BLOCK // width)
        for first in range(0, ground.steps, block):
            count = min(block, ground.steps - first)
            bits = np.random.Philox(key=key, counter=(ground.first_step + first) * width // 4)
            drawn = (bits.random_raw(count * width) >> np.uint64(11)).reshape(count, width)[:, :size] * 2.0**-53
            part = probability if len(probability) == 1 else probability[first:first + count]
            step, neuron = np.nonzero(drawn < part)
            yield population, np.full(len(step), sample), step + first, neuron, np.ones(len(step), np.uint32)


def _encoded(population: str, source: Current, ground: Ground) -> Iterator[_Columns]:
    view = ground.network[population]
    most, bits = view.most_current, view.size
    if most is None:
        raise _core.InputError(f'inputs "{population}": no current source; net.add_current("{population}", ...) makes one')
    values = np.asarray(source.values(ground.times_ms()) if callable(source.values) else source.values, float)
    if values.ndim == 0:
        values = np.full(ground.steps, values)
    if values.ndim not in (1, 2) or values.shape[-1] != ground.steps or (values.ndim == 2 and len(values) != ground.samples):
        raise _core.InputError(f'inputs "{population}": a current of shape {values.shape}, but one number, [{ground.steps}] (of each step) or '
                               f"[{ground.samples}, {ground.steps}] (of each sample) is needed; a source gives all its neurons the same: "
                               "where they differ, add_current for each (neurons=[i]), or use Poisson inputs")
    unit = most / 2 ** (bits - 1)
    number = np.rint(values / unit)
    if not np.all(np.isfinite(values)) or np.any(number < -(2 ** (bits - 1))) or np.any(number >= 2 ** (bits - 1)):
        raise _core.InputError(f'inputs "{population}": currents of {np.min(values):g} to {np.max(values):g}, but the source gives '
                               f"{-most:g} to {most - unit:g}; add_current with a larger `most`")
    each = np.broadcast_to(number.astype(np.int64), (ground.samples, values.shape[-1])) if values.ndim == 1 else number.astype(np.int64)
    fires = (each[..., np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1
    sample, step, neuron = np.nonzero(fires)
    yield population, sample, step, neuron, np.ones(len(step), np.uint32)


def split_inputs(sizes: Mapping[str, int], inputs: Inputs, ground: Ground) -> tuple[list[_Columns], list[_Made]]:
    """Arrays and sources as the extension takes them."""
    arrays: list[_Columns] = []
    sources: list[_Made] = []
    for population, each in inputs.items():
        if population not in sizes:
            names = [each.name for each in ground.network if each.neurons is None]
            raise _core.InputError(f'inputs: no input population "{population}"; {nearest(population, names)}')
        if ground.network[population].neurons is not None:
            raise _core.InputError(f'inputs: "{population}" are neurons, which fire on their own; spikes are for populations of add_input')
        current = ground.network[population].most_current
        for turn, source in enumerate(_sources(each)):
            if current is not None and isinstance(source, (Poisson, Regular)):
                raise _core.InputError(f'inputs "{population}": {type(source).__name__}, but it is a current source, whose inputs are the digits '
                                       "of a number; give Current(values), or add an input population for spikes")
            if isinstance(source, Current):
                arrays += _encoded(population, source, ground)
            elif isinstance(source, Poisson) and (callable(source.rate_hz) or np.ndim(source.rate_hz) > 0):
                arrays += _drawn(population, sizes[population], source, turn, ground)
            elif isinstance(source, (Poisson, Regular)):
                sources.append(_made(population, source))
            else:
                arrays.append(_columns_of_array(population, sizes.get(population), source))
    return arrays, sources
