# SPDX-License-Identifier: Apache-2.0
"""Spikes and recordings as arrays, in steps and in time: what a run gives."""

from __future__ import annotations

import dataclasses
import html
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._calls import helpful_class
from ._html import table
from ._optional import needed

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


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """What one probe of V, I or weights recorded (docs/run.md): raw in `values`, in the author's units in `in_units`."""

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
    v_rest: npt.NDArray[np.float64] | None = None  #: v: [columns], in the unit of v
    v_threshold: npt.NDArray[np.float64] | None = None  #: v: [columns], in the unit of v, without adaptation; else raw
    i_scale: npt.NDArray[np.float64] | None = None  #: i: [columns]: raw units in one unit of i
    weight_scale: npt.NDArray[np.float64] | None = None  #: weight: [columns]: raw units in one unit of weight
    dt_ms: float = 1.0  #: duration of a step

    @property
    def has_units(self) -> bool:
        """Whether the author gave the neurons in units of their own; else in_units is raw."""
        return any(scale is not None for scale in (self.v_scale, self.i_scale, self.weight_scale))

    @property
    def in_units(self) -> npt.NDArray[np.float64]:
        """[samples, rows, columns]: the values in the author's units; v_rest is added to V."""
        return self._in_units(self.values)

    @property
    def begin_in_units(self) -> npt.NDArray[np.float64]:
        """weight: [columns], before the first step, in the author's unit."""
        if self.begin is None:
            raise _core.InputError(f"{self.probe}: only weights are read before the first step")
        return self._in_units(self.begin)

    def _in_units(self, values: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        scale = {"v": self.v_scale, "i": self.i_scale, "weight": self.weight_scale}[self.quantity]
        made = values.astype(float) if scale is None else values / scale
        return made if self.v_rest is None else made + self.v_rest

    @property
    def times_ms(self) -> npt.NDArray[np.float64]:
        """[rows]: the time of each row from the begin of the sample. What holds at the end of step t is at (t + 1) * dt_ms."""
        return np.asarray((self.steps + 1) * self.dt_ms)

    def _to_neo(self, neo: Any, sample: int) -> Any:
        quantities = needed("quantities", "to_neo")
        every = self.steps[1] - self.steps[0] if len(self.steps) > 1 else self.steps[0] + 1
        return neo.AnalogSignal(self.in_units[sample], units="dimensionless", t_start=self.times_ms[0] * quantities.ms,
                                sampling_period=every * self.dt_ms * quantities.ms, name=self.probe)

    def __repr__(self) -> str:
        samples, rows, columns = self.values.shape
        return f"<Trace {self.probe}: {samples} samples, {rows} rows, {columns} columns{'' if self.has_units else ', raw'}>"

    def _repr_html_(self) -> str:
        samples, rows, columns = self.values.shape
        held = self.in_units if self.has_units else self.values
        span = f"{held.min():g} to {held.max():g}{'' if self.has_units else ' (raw)'}" if held.size else ""
        return table([f"Trace {self.probe}", ""], [["samples", str(samples)], ["rows", str(rows)], ["columns", str(columns)], ["values", span]])


@helpful_class
class Spikes(Mapping[str, "_Events"]):
    """What the recorded neurons of a run did: population -> events, [n] with the fields sample, step, neuron,
    ordered by sample, step, neuron. Steps count from the begin of the sample (of `Machine.run`: of the run).

    dt_ms: duration of a step; a spike of step t is at the time t * dt_ms. first_step, steps: the window of each sample that
    this covers, the whole sample unless select() took a part. traces: probe -> Trace, of what `record=` asked for besides
    spikes. config, stats: of a run that was saved and loaded, the contents of config.json and stats.json. hard_steps: of a run with
    hard steps, what they did (docs/exploration/hard-steps.md), else None. answers: of a run whose samples ended early
    (docs/firmware.md), [samples] with the fields sample, neuron (-1: none), steps and margin, else None. A population whose spikes nobody recorded raises UnrecordedError. == compares the spikes of two runs, whether they were saved or not; traces are
    not compared.
    """

    def __init__(self, columns: Mapping[str, tuple[Any, Any, Any]], sizes: Mapping[str, int], steps: int, samples: int,
                 recorded: Mapping[str, npt.NDArray[np.uint32]], traces: Mapping[str, Trace] | None = None,
                 config: dict[str, Any] | None = None, stats: dict[str, Any] | None = None, *, dt_ms: float = 1.0,
                 hard_steps: dict[str, Any] | None = None, answers: npt.NDArray[Any] | None = None):
        self.steps, self.samples, self.sizes, self.dt_ms, self.first_step = steps, samples, dict(sizes), dt_ms, 0
        #: population -> its neurons whose spikes came back
        self.recorded = dict(recorded)
        self.traces = dict(traces or {})
        self.config, self.stats = config, stats
        self.hard_steps = (stats or {}).get("hard_steps") if hard_steps is None else hard_steps
        self.answers = answers
        self._left_out = 0  # steps that the last sample has less than the others: the run ended early
        self._chosen: dict[str, npt.NDArray[np.uint32]] = {}  # by select: what stands for the whole population
        self._events = {**{name: np.zeros(0, DTYPE) for name in self.recorded}, **_events_of(columns)}

    def __getitem__(self, population: str) -> _Events:
        if population not in self._events:
            if population in self.sizes:
                raise UnrecordedError(f'"{population}": its spikes were not recorded: add its neurons with record=True, or call '
                                      f'net.record("{population}"), before the network is loaded (inputs have none to record)')
            raise KeyError(f'"{population}": the network has {", ".join(self.sizes)}')
        return self._events[population]

    def trace(self, quantity: str, population: str | None = None) -> Trace:
        """The recording of "v", "i" or "weight" (of this population, if there are several)."""
        found = [each for each in self.traces.values() if each.quantity == quantity and population in (None, each.population)]
        if len(found) != 1:
            raise _core.InputError(f'trace("{quantity}"{"" if population is None else f", {chr(34)}{population}{chr(34)}"}): {len(found)} recordings; '
                                   f"there are {', '.join(self.traces) or 'none'}")
        return found[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spikes):
            return NotImplemented
        mine, theirs = ((each.steps, each.samples, each._left_out, each.dt_ms, each.first_step, {name: each.sizes[name] for name in each})
                        for each in (self, other))
        return mine == theirs and all(np.array_equal(self.recorded[name], other.recorded[name])
                                      and np.array_equal(self[name], other[name]) for name in self)

    __hash__ = None  # type: ignore[assignment]

    @property
    def total(self) -> int:
        """Spikes of all recorded populations."""
        return sum(len(rows) for rows in self._events.values())

    @property
    def duration_ms(self) -> float:
        """Time that is covered of each sample (of a run that ended early: of those before the last)."""
        return self.steps * self.dt_ms

    @property
    def ended_early(self) -> bool:
        """Whether a saved run was ended before its last step, by Ctrl-C or an error: then the last sample has fewer steps than
        the others, and rates are those of the time that ran."""
        return self.stats is not None and not self.stats.get("complete", True)

    def _lengths(self) -> npt.NDArray[np.int64]:
        """[samples]: steps of each."""
        lengths = np.full(self.samples, self.steps)
        lengths[-1:] -= self._left_out
        return lengths

    def select(self, population: str | Sequence[str] | None = None, neurons: npt.ArrayLike | None = None, *,
               from_ms: float | None = None, to_ms: float | None = None, samples: npt.ArrayLike | None = None) -> Spikes:
        """A part of these spikes, as Spikes: of one population or several, of some of its neurons, of the time from from_ms
        on and before to_ms in each sample, of some samples. Steps, times and numbers of neurons stay what they were; the samples
        that are left are numbered anew. counts, rates and dense of the part are of the neurons that are left, as `recorded`
        lists them. Traces are not selected: the result has none."""
        names = list(self) if population is None else [population] if isinstance(population, str) else list(population)
        first, last = self._window(from_ms, to_ms)
        kept = np.arange(self.samples) if samples is None else np.unique(samples)
        if kept.size == 0 or kept.min() < 0 or kept.max() >= self.samples:
            raise _core.InputError(f"samples: {samples!r}, but there are 0..{self.samples - 1}")
        rows = {name: self._of(name, neurons)[0] if neurons is not None else self[name] for name in names}
        number = np.full(self.samples, -1)
        number[kept] = np.arange(len(kept))
        part = Spikes({}, self.sizes, last - first, len(kept), {
            name: self.recorded[name] if neurons is None else np.unique(np.asarray(neurons)).astype(np.uint32) for name in names},
            dt_ms=self.dt_ms)
        part.first_step = first
        part._chosen = {name: part.recorded[name] if neurons is not None else self._chosen[name] for name in names
                        if neurons is not None or name in self._chosen}
        part._left_out = int(last - first - np.clip(self._lengths()[kept[-1]] - (first - self.first_step), 0, last - first))
        for name, each in rows.items():
            inside = each[(each["step"] >= first) & (each["step"] < last) & (number[each["sample"]] >= 0)].copy()
            inside["sample"] = number[inside["sample"]]
            part._events[name] = inside
        return part

    def _window(self, from_ms: float | None, to_ms: float | None) -> tuple[int, int]:
        """The steps whose times lie from from_ms on and before to_ms."""
        begin, end = self.first_step, self.first_step + self.steps
        first = begin if from_ms is None else max(begin, _steps_before(from_ms, self.dt_ms))
        last = end if to_ms is None else min(end, _steps_before(to_ms, self.dt_ms))
        if first >= last:
            raise _core.InputError(f"from_ms {from_ms}, to_ms {to_ms}, but the spikes cover {begin * self.dt_ms:g} to "
                                   f"{end * self.dt_ms:g} ms, and a window holds at least one step of {self.dt_ms:g} ms")
        return first, last

    def _of(self, population: str, neurons: npt.ArrayLike | None) -> tuple[_Events, npt.NDArray[np.int64]]:
        """Spikes, and the column of each neuron of the population (-1: none)."""
        rows, size = self[population], self.sizes[population]
        wanted = self._chosen.get(population, np.arange(size)) if neurons is None else np.atleast_1d(neurons)
        missing = np.setdiff1d(wanted, self.recorded[population])
        if missing.size:
            raise UnrecordedError(
                f'"{population}": the spikes of {missing.size} of these neurons, such as {missing[0]}, were not recorded: '
                f'record them, or ask for neurons=spikes.recorded["{population}"]')
        column = np.full(size, -1)
        column[wanted] = np.arange(len(wanted))
        return rows[column[rows["neuron"]] >= 0], column

    def times_ms(self, population: str, neurons: npt.ArrayLike | None = None, sample: int | None = None) -> npt.NDArray[np.float64]:
        """[n]: time of each spike from the begin of its sample, in the order of the events; of these neurons (one number or
        several) and of one sample, if they are given."""
        rows = self[population] if neurons is None else self._of(population, neurons)[0]
        if sample is not None:
            rows = rows[rows["sample"] == sample]
        return np.asarray(rows["step"] * self.dt_ms)

    def dense(self, population: str, neurons: npt.ArrayLike | None = None) -> npt.NDArray[np.uint8]:
        """[samples, steps, size]: 1 where the neuron fired; or [samples, steps, n] of these neurons."""
        rows, column = self._of(population, neurons)
        array = np.zeros((self.samples, self.steps, np.count_nonzero(column >= 0)), np.uint8)
        array[rows["sample"], rows["step"] - self.first_step, column[rows["neuron"]]] = 1
        return array

    def counts(self, population: str, neurons: npt.ArrayLike | None = None, *, bin_ms: float | None = None) -> npt.NDArray[np.int64]:
        """[samples, size]: spikes of each neuron; or [samples, n] of these neurons. With bin_ms [samples, bins, size]: those
        in each bin of this duration; the last bin ends with the sample, if need be earlier than the others."""
        rows, column = self._of(population, neurons)
        size = np.count_nonzero(column >= 0)
        if bin_ms is None:
            array = np.zeros((self.samples, size), np.int64)
            np.add.at(array, (rows["sample"], column[rows["neuron"]]), 1)
            return array
        width = self._bin(bin_ms)
        array = np.zeros((self.samples, -(-self.steps // width), size), np.int64)
        np.add.at(array, (rows["sample"], (rows["step"] - self.first_step) // width, column[rows["neuron"]]), 1)
        return array

    def _bin(self, bin_ms: float) -> int:
        """Steps of a bin."""
        width = round(bin_ms / self.dt_ms)
        if width < 1 or abs(width * self.dt_ms - bin_ms) > 1e-6 * bin_ms:
            raise _core.InputError(f"bin_ms {bin_ms:g}, but a multiple of the {self.dt_ms:g} ms of a step is needed, such as "
                                   f"{max(1, width) * self.dt_ms:g}")
        return width

    def bins_ms(self, bin_ms: float) -> npt.NDArray[np.float64]:
        """[bins]: where each bin of counts and rates begins, from the begin of the sample."""
        width = self._bin(bin_ms)
        return np.asarray((self.first_step + width * np.arange(-(-self.steps // width))) * self.dt_ms)

    def rates(self, population: str, neurons: npt.ArrayLike | None = None, *, bin_ms: float | None = None) -> npt.NDArray[np.float64]:
        """[samples, size]: spikes per second of each neuron; or [samples, n] of these neurons. With bin_ms
        [samples, bins, size]: those in each bin. The rate of a population is the mean over the last axis."""
        counts = self.counts(population, neurons, bin_ms=bin_ms)
        lengths = self._lengths()[:, np.newaxis]
        if bin_ms is None:
            return counts / (lengths * self.dt_ms / 1000)
        width = self._bin(bin_ms)
        ends = np.minimum(width * np.arange(1, counts.shape[1] + 1), lengths)
        durations = np.diff(ends, prepend=0, axis=1)[:, :, np.newaxis] * self.dt_ms / 1000
        return np.divide(counts, durations, out=np.full(counts.shape, np.nan), where=durations > 0)  # nan: what did not run

    def isi(self, population: str, neurons: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
        """[n]: the times between one spike of a neuron and its next in the same sample, in ms, sample by sample and neuron by
        neuron. Their coefficient of variation is isi.std() / isi.mean()."""
        rows = self[population] if neurons is None else self._of(population, neurons)[0]
        rows = rows[np.lexsort((rows["step"], rows["neuron"], rows["sample"]))]
        same = (rows["neuron"][1:] == rows["neuron"][:-1]) & (rows["sample"][1:] == rows["sample"][:-1])
        return np.asarray(np.diff(rows["step"])[same] * self.dt_ms)

    def to_pandas(self) -> Any:
        """A pandas.DataFrame with one row a spike and the columns sample, population, neuron, step, time_ms. Needs pandas."""
        pandas = needed("pandas", "to_pandas")
        parts = [pandas.DataFrame({"sample": rows["sample"], "population": name, "neuron": rows["neuron"], "step": rows["step"],
                                   "time_ms": rows["step"] * self.dt_ms}) for name, rows in self._events.items()]
        if not parts:
            parts = [pandas.DataFrame({name: [] for name in ("sample", "population", "neuron", "step", "time_ms")})]
        frame = pandas.concat(parts, ignore_index=True)
        return frame.astype({"population": pandas.CategoricalDtype(list(self._events))})

    def to_neo(self) -> Any:
        """A neo.Block: a Segment for each sample, a SpikeTrain for each recorded neuron (annotated with its population and
        number), and an AnalogSignal for each trace of V or I that was read at every step or every n steps. Needs neo."""
        neo = needed("neo", "to_neo")
        begin, end = self.first_step * self.dt_ms, (self.first_step + self.steps) * self.dt_ms
        block = neo.Block(name="SpikeMesh")
        for sample in range(self.samples):
            segment = neo.Segment(name=f"sample {sample}", index=sample)
            for name, neurons in self.recorded.items():
                rows = self[name][self[name]["sample"] == sample]
                for neuron in neurons:
                    segment.spiketrains.append(neo.SpikeTrain(
                        rows["step"][rows["neuron"] == neuron] * self.dt_ms, units="ms", t_start=begin, t_stop=end,
                        name=f"{name}[{neuron}]", population=name, neuron=int(neuron)))
            for trace in self.traces.values():
                if trace.quantity != "weight":
                    segment.analogsignals.append(trace._to_neo(neo, sample))
            block.segments.append(segment)
        return block

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
        window = f" from step {self.first_step} on" if self.first_step else ""
        return f"<Spikes: {self.total} in {self.samples} x {self.steps} steps{window}{self._early()}{': ' + each if each else ''}>"

    def _early(self) -> str:
        if not self.ended_early:
            return ""
        assert self.stats is not None
        last = f", the last sample after {self.steps - self._left_out}" if self._left_out else ""
        return f" (ended early{last}: {self.stats.get('ended_by', 'no reason is known')})"

    def _repr_html_(self) -> str:
        rows = [[name, f"{len(self.recorded[name])} of {self.sizes[name]}", str(len(rows)),
                 f"{len(rows) / max(1, len(self.recorded[name])) / (self._lengths().sum() * self.dt_ms / 1000):.3g}"] for name, rows in self._events.items()]
        return (f"<b>Spikes</b> in {self.samples} x {self.duration_ms:g} ms{html.escape(self._early())}"
                + table(["population", "recorded", "spikes", "spikes/s of a neuron"], rows))


def _steps_before(time_ms: float, dt_ms: float) -> int:
    """How many steps begin before a time; a time on the border of a step is that border, whatever the last bit says."""
    steps = time_ms / dt_ms
    return round(steps) if abs(steps - round(steps)) < 1e-6 else int(np.ceil(steps))
