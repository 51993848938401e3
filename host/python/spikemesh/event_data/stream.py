# SPDX-License-Identifier: Apache-2.0
"""Events at places and times, and the spikes of input neurons that they become."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._calls import helpful_class

if TYPE_CHECKING:
    import numpy.typing as npt

    _Array = npt.NDArray[Any]

POLARITIES = ("both", "merge", "on", "off")
ORDERS = ("yxp", "pyx")
#: Names of the columns in the arrays of other packages.
NAMES = {"t": ("t", "timestamp", "timestamps", "time", "ts"), "x": ("x",), "y": ("y",), "p": ("p", "polarity", "polarities", "on")}
_SPIKE = np.dtype([("sample", np.uint32), ("step", np.int64), ("neuron", np.uint32), ("count", np.uint32)])


def _whole(name: str, column: Any) -> _Array:
    array = np.atleast_1d(np.asarray(column))
    if array.ndim != 1 or (array.size and (array.dtype.kind not in "iubf" or not np.array_equal(array, np.rint(array)))):
        raise _core.InputError(f"events: {name} is {array.dtype} of shape {array.shape}, but whole numbers, one for each event, are needed")
    return array.astype(np.int64)


def find_columns(names: Sequence[str], place: str) -> dict[str, str]:
    """"t", "x", "y", "p" -> the name that stands for it; y and p may be missing."""
    found = {key: next((name for name in names if name.strip().lower() in known), None) for key, known in NAMES.items()}
    for key in ("t", "x"):
        if found[key] is None:
            raise _core.InputError(f"{place}: no column {key} among {', '.join(names) or 'none'}; name the columns t, x, y, p")
    return {key: name for key, name in found.items() if name is not None}


@helpful_class
@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class EventStream:
    """Events, sorted by time. t, x, y, p: arrays [n] of the time in microseconds, of the place, and of the polarity (0: off,
    1: on; -1 counts as off). size: (width, height) of the sensor. channels: 2 if the polarities have neurons of their own, else 1.

        stream = sm.read_event_stream("digit.bs2", size=(34, 34))
        machine.run_samples({"input": [stream.crop((0, 28), (0, 28)).downsample(2)]}, steps=300)

    Inputs of a run take streams, or a list of them (its samples), and bin them into steps of the network's dt_ms. `spikes` does
    that with options.
    """

    t: _Array
    x: _Array
    y: _Array
    p: _Array
    size: tuple[int, int]
    channels: int = 2

    def __post_init__(self) -> None:
        columns = {name: _whole(name, getattr(self, name)) for name in "txyp"}
        if len({len(column) for column in columns.values()}) > 1:
            raise _core.InputError("events: " + ", ".join(f"{len(column)} values of {name}" for name, column in columns.items())
                                   + "; each event needs one of each")
        size = tuple(int(extent) for extent in np.atleast_1d(self.size))
        if len(size) != 2 or min(size) < 1:
            raise _core.InputError(f"size: {self.size}, but (width, height) of at least 1 are needed; a row of sensors is (width, 1)")
        columns["p"] = np.where(columns["p"] == -1, 0, columns["p"])
        for name, most in (("x", size[0] - 1), ("y", size[1] - 1), ("p", 1), ("t", 2**53)):
            wrong = np.flatnonzero((columns[name] < 0) | (columns[name] > most))
            if wrong.size:
                raise _core.InputError(f"events: {name} of event {wrong[0]} is {columns[name][wrong[0]]}, but 0..{most} are allowed"
                                       + (f" on a sensor of {size[0]} x {size[1]}; give its size" if name in "xy" else ""))
        order = np.argsort(columns["t"], kind="stable")
        for name, column in columns.items():
            object.__setattr__(self, name, column[order])
        object.__setattr__(self, "size", size)

    @classmethod
    def of(cls, events: Any, size: tuple[int, int]) -> EventStream:
        """From a structured array with the fields t (microseconds), x, y, p, as tonic, faery and expelliarmus give it, or an
        array [n, 4] with the columns x, y, t, p. Without y, events lie in a row; without p, all are on."""
        array = np.asarray(events)
        if array.dtype.names is None:
            if array.ndim != 2 or array.shape[1] != 4:
                raise _core.InputError(f"events: an array of shape {array.shape}, but fields t, x, y, p or [n, 4] with the columns x, y, t, p "
                                       "are needed")
            columns = dict(zip("xytp", array.T))
        else:
            columns = {key: array[name] for key, name in find_columns(array.dtype.names, "events").items()}
        zero = np.zeros(len(array), np.int64)
        return cls(columns["t"], columns["x"], columns.get("y", zero), columns.get("p", zero + 1), size)

    @property
    def neurons(self) -> int:
        """Size of the input population: width * height * channels."""
        return self.size[0] * self.size[1] * self.channels

    @property
    def duration_us(self) -> int:
        """The time of the last event, counted from 0."""
        return int(self.t[-1]) if len(self.t) else 0

    def _chosen(self, keep: _Array, **changes: Any) -> EventStream:
        columns = {name: changes.pop(name, getattr(self, name))[keep] for name in "txyp"}
        return EventStream(**columns, size=changes.get("size", self.size), channels=changes.get("channels", self.channels))

    def between(self, begin_us: int, end_us: int | None = None) -> EventStream:
        """The events from begin_us on and before end_us; the time of begin_us becomes 0."""
        keep = (self.t >= begin_us) & (self.t < (np.inf if end_us is None else end_us))
        return self._chosen(keep, t=self.t - begin_us)

    def from_first(self) -> EventStream:
        """The same, with the time of the first event as 0. Cameras count from when they were switched on."""
        return self.between(int(self.t[0])) if len(self.t) else self

    def crop(self, x: tuple[int, int], y: tuple[int, int] = (0, 1)) -> EventStream:
        """The events at x[0] <= x < x[1] and y[0] <= y < y[1]; x[0], y[0] becomes 0, 0."""
        for name, span, extent in (("x", x, self.size[0]), ("y", y, self.size[1])):
            if not 0 <= span[0] < span[1] <= extent:
                raise _core.InputError(f"crop: {name} {span[0]}..{span[1]}, but the sensor has {name} 0..{extent}")
        keep = (self.x >= x[0]) & (self.x < x[1]) & (self.y >= y[0]) & (self.y < y[1])
        return self._chosen(keep, x=self.x - x[0], y=self.y - y[0], size=(x[1] - x[0], y[1] - y[0]))

    def downsample(self, factor: int) -> EventStream:
        """Squares of factor x factor places (in a row: `factor` places) become one."""
        if factor < 1:
            raise _core.InputError(f"downsample: {factor}, but at least 1 is needed")
        size = (-(-self.size[0] // factor), -(-self.size[1] // factor))
        return self._chosen(np.ones(len(self.t), bool), x=self.x // factor, y=self.y // factor, size=size)

    def polarity(self, kind: str) -> EventStream:
        """"on" and "off" keep the events of one polarity, "merge" those of both as one channel; "both" is the stream itself."""
        if kind not in POLARITIES:
            raise _core.InputError(f'polarity "{kind}"; known are {", ".join(POLARITIES)}')
        if kind == "both":
            return self
        keep = np.ones(len(self.t), bool) if kind == "merge" else self.p == (kind == "on")
        return self._chosen(keep, channels=1)

    def neuron(self, order: str = "yxp") -> _Array:
        """[n]: the input neuron of each event: (y * width + x) * channels + p with "yxp", as from_nir and layers number
        images, or (p * height + y) * width + x with "pyx", as arrays of frames do."""
        if order not in ORDERS:
            raise _core.InputError(f'order "{order}"; known are {", ".join(ORDERS)}')
        width, height = self.size
        p = self.p if self.channels == 2 else np.zeros_like(self.p)
        return np.asarray((self.y * width + self.x) * self.channels + p if order == "yxp" else (p * height + self.y) * width + self.x)

    def spikes(self, dt_ms: float, steps: int | None = None, *, order: str = "yxp", counts: bool = False, sample: int = 0) -> _Array:
        """Input spikes of a run, an array [m] with the fields sample, step, neuron, count, sorted. An event at t microseconds
        falls into step t // (1000 * dt_ms); those from `steps` on are left out. counts: how many events of a place fall into
        a step (the population then needs max_spikes_per_step); without it, one spike says that there were any."""
        tick_ns = round(dt_ms * 1e6)
        if tick_ns < 1:
            raise _core.InputError(f"dt_ms {dt_ms:g}, but a step of at least 1e-6 ms is needed")
        step, neuron = self.t * 1000 // tick_ns, self.neuron(order)
        if steps is not None:
            step, neuron = step[step < steps], neuron[step < steps]
        places, count = np.unique(step * self.neurons + neuron, return_counts=True)
        rows = np.zeros(len(places), _SPIKE)
        rows["sample"], rows["step"], rows["neuron"] = sample, places // self.neurons, places % self.neurons
        rows["count"] = count if counts else 1
        return rows

    def dense(self, dt_ms: float, steps: int, *, counts: bool = False) -> _Array:
        """[steps, channels, height, width]: the same as frames, as frameworks and Imported.run take them."""
        rows = self.spikes(dt_ms, steps, order="pyx", counts=counts)
        frames = np.zeros((steps, self.neurons), np.int64)
        frames[rows["step"], rows["neuron"]] = rows["count"]
        return frames.reshape(steps, self.channels, self.size[1], self.size[0])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a .npy file with the fields t, x, y, p, which read_event_stream, `spikemesh run --events` and numpy.load read."""
        rows = np.zeros(len(self.t), [("t", np.int64), ("x", np.int32), ("y", np.int32), ("p", np.int8)])
        for name in "txyp":
            rows[name] = getattr(self, name)
        with open(path, "wb") as file:
            np.save(file, rows)

    def __len__(self) -> int:
        return len(self.t)

    def __repr__(self) -> str:
        return (f"<EventStream: {len(self.t)} events in {self.duration_us / 1000:g} ms, {self.size[0]} x {self.size[1]}, "
                f"{self.channels} channel{'s' if self.channels > 1 else ''}>")


def streams_of(source: Any) -> list[EventStream] | None:
    """The streams of an input, one for each sample; None where it is no stream."""
    if isinstance(source, EventStream):
        return [source]
    if isinstance(source, (list, tuple)) and source and all(isinstance(each, EventStream) for each in source):
        return list(source)
    return None


def binned(inputs: Mapping[str, Any], sizes: Mapping[str, int], dt_ms: float, steps: int | None) -> dict[str, Any]:
    """The inputs of a run, with streams as the spikes that they become: a list of streams, one for each sample."""
    made = dict(inputs)
    for population, source in inputs.items():
        streams = streams_of(source)
        if streams is None:
            continue
        for stream in streams:
            if population in sizes and stream.neurons != sizes[population]:
                raise _core.InputError(f'inputs "{population}": {stream!r} has {stream.neurons} places and channels, but the population has '
                                       f"{sizes[population]} neurons; crop, downsample and polarity change the stream")
        made[population] = np.concatenate([stream.spikes(dt_ms, steps, sample=number) for number, stream in enumerate(streams)])
    return made
