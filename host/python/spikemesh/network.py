# SPDX-License-Identifier: Apache-2.0
"""The network as its author says it: made of populations, projections and rules, which can be read and changed."""

from __future__ import annotations

import copyreg
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _core
from ._calls import helpful_class, nearest, whole
from .draws import Drawn, draw, is_drawn
from .early_exit import EarlyExit
from .views import PopulationView, ProjectionView, RuleView, drawn_for

if TYPE_CHECKING:
    import numpy.typing as npt

    _Population = Union[str, int]
    #: One number, or (vertical, horizontal).
    _Pair = Union[int, tuple[int, int]]
    #: One number for all synapses, one for each, a distribution, or a function of the indices (pre, post).
    _Weight = Union[npt.ArrayLike, Drawn, Callable[[Any, Any], npt.ArrayLike]]


@helpful_class
class Network(_core.Network):
    """A network as its author describes it, independent of a chip (docs/network.md). Arguments that are populations take a
    name or a number; wrong arguments raise InputError, which names their path as in a network file.

    - dt_ms: duration of a step in milliseconds
    - integration: how time constants become factors of a step, "euler" (1 - dt/tau) or "exponential" (exp(-dt/tau))
    - v_scale: raw V units in one unit of v; None: it is chosen for each neuron
    - adapt_period: p: adaptive thresholds decay every 2**p steps; None: it is chosen
    - decay_bits: number of fraction bits of raw decay factors
    - min_tiles: smallest number of tiles to use
    - split_weights: largest error of a weight, relative to itself, for which stronger static synapses into the same neuron
      take several words; 0: each synapse takes one
    - relays: whether relay neurons are added for delays beyond the chip's; without them such delays are refused

    Every connect function returns the number of its projection. A weight is one number, an array with one for each
    synapse, a distribution (`Normal`, `LogNormal`, `Uniform`), or a function weight(pre, post) of arrays of indices; so is a
    delay, which is given either as `delay` in steps (default 1) or as `delay_ms`. Numbers and arrays of delay_ms have to be
    multiples of dt_ms; what a distribution or a function gives is rounded to whole steps of at least 1. seed: 1 unless given; each
    projection draws numbers of its own.

    `network["exc"]` is a population, `network.projections[0]` a projection, `network.rules["stdp"]` a rule: their
    parameters can be read, changed and printed. `network.early_exit` lets samples end as soon as their answer is sure.
    """

    def __init__(self, dt_ms: float = 1.0, *, integration: str = "euler", v_scale: float | None = None,
                 adapt_period: int | None = None, decay_bits: int = 12, min_tiles: int = 1,
                 split_weights: float = 0.0, relays: bool = False):
        super().__init__(dt_ms)
        self.integration, self.v_scale, self.adapt_period = integration, v_scale, adapt_period
        self.decay_bits, self.min_tiles, self.split_weights = decay_bits, min_tiles, split_weights
        self.relays = relays

    @classmethod
    def _of(cls, core: _core.Network) -> Network:
        network = cls(core.dt_ms)
        network._assign(core)
        return network

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("adapt_period", "decay_bits", "min_tiles") and value is not None:
            value = whole(value, name)
        super().__setattr__(name, value)

    def copy(self) -> Network:
        """Returns an independent copy."""
        return Network._of(self)

    # What it holds

    def __getitem__(self, population: _Population) -> PopulationView:
        return PopulationView(self, self._number(population))

    def __iter__(self) -> Iterator[PopulationView]:
        return (PopulationView(self, number) for number in range(len(self.populations)))

    def __contains__(self, population: object) -> bool:
        return any(name == population for name, _ in self.populations)

    @property
    def projections(self) -> list[ProjectionView]:
        """Each projection, by number: what it joins, its synapses, weights, delays and rule."""
        return [ProjectionView(self, number) for number in range(self._projections)]

    @property
    def rules(self) -> dict[str, RuleView]:
        """Each learning rule, by name."""
        views = [RuleView(self, number) for number in range(len(self._rules))]
        return {view.name: view for view in views}

    @property
    def early_exit(self) -> EarlyExit | None:
        """Settings of the program of the management core that runs the samples (docs/firmware.md); None: none does."""
        held = self._early_exit
        return None if held is None else EarlyExit(*held)

    @early_exit.setter
    def early_exit(self, settings: EarlyExit | None) -> None:
        if settings is not None and not isinstance(settings, EarlyExit):
            raise TypeError(f"early_exit: a spikemesh.EarlyExit or None is needed, not {type(settings).__name__}")
        self._set_early_exit(*(("", []) if settings is None else settings), settings is not None)

    def _number(self, population: _Population) -> int:
        if isinstance(population, str):
            names = [name for name, _ in self.populations]
            if population not in names:
                raise _core.InputError(f'no population "{population}"; {nearest(population, names)}')
            return names.index(population)
        return int(population)

    # Populations

    def add_neurons(self, name: str, size: int | Sequence[int], neurons: _core.RawNeurons | _core.PhysicalNeurons,
                    record: bool = False) -> int:
        """Adds `size` neurons (a number, or a shape such as (16, 8, 8)). Parameters that are distributions are drawn here, for
        each population anew. With record=True, a run returns the spikes of all of them. Returns the number of the population."""
        if getattr(neurons, "_drawn", None):
            neurons = drawn_for(neurons, name, int(np.prod(size)))
        return super().add_neurons(name, size, neurons, record)

    # Synapses

    def connect_all_to_all(self, from_: _Population, to: _Population, weight: _Weight, delay: _Weight | None = None,
                           allow_self: bool = True, *, delay_ms: _Weight | None = None) -> int:
        """Connects every neuron to every neuron; allow_self=False leaves out the synapse of a neuron to itself. An array of
        weights or delays is [pre, post]."""
        if not _varies(weight) and not _varies(delay, delay_ms):
            return self._plain("all_to_all", from_, to, weight, delay, delay_ms, allow_self)
        shape = self._shape(from_, to)
        keep = np.ones(shape, bool)
        if not allow_self and self._number(from_) == self._number(to):
            np.fill_diagonal(keep, False)
        pre, post = np.nonzero(keep)
        return self._listed(from_, to, pre, post, weight, delay, delay_ms, keep)

    def connect_one_to_one(self, from_: _Population, to: _Population, weight: _Weight, delay: _Weight | None = None, *,
                           delay_ms: _Weight | None = None) -> int:
        """Connects neuron i to neuron i. Arrays of weights or delays are [size]."""
        each = np.arange(self._shape(from_, to)[0])
        purpose = self._purpose(from_, to)
        return self._plain("one_to_one", from_, to, _values(weight, each, each, f"{purpose} weight"),
                           *self._delays(delay, delay_ms, each, each, purpose), True)

    def connect_dense(self, from_: _Population, to: _Population, weight: npt.ArrayLike, delay: _Weight | None = None, *,
                      delay_ms: _Weight | None = None) -> int:
        """Connects with a weight matrix [pre, post], in which 0 means no synapse. An array of delays is [pre, post]."""
        if not (_drawn(delay) or _drawn(delay_ms)):
            if delay_ms is None:
                return super().connect_dense(from_, to, weight, 1 if delay is None else delay)
            if np.ndim(weight) == 2 and np.shape(weight) == self._shape(from_, to):
                return self._plain("dense", from_, to, np.ravel(weight), None, _flat(delay_ms), True)
            return super().connect_dense(from_, to, weight)  # says what is wrong
        matrix = np.asarray(weight, float)
        if matrix.shape != self._shape(from_, to):
            return super().connect_dense(from_, to, weight)
        pre, post = np.nonzero(matrix)
        return self._listed(from_, to, pre, post, matrix[pre, post], delay, delay_ms)

    def connect(self, from_: _Population, to: _Population, pre: npt.ArrayLike | Callable[[Any, Any], npt.ArrayLike],
                post: npt.ArrayLike | None = None, weight: _Weight = 1.0, delay: _Weight | None = None, *,
                delay_ms: _Weight | None = None, seed: int = 1) -> int:
        """Connects neuron pre[k] to neuron post[k]: both are arrays [n] of indices, and so are arrays of weights or delays.

        Or, with a function instead: pre(i, j) gets the indices of all pairs as arrays and says which are joined (bool), or
        with what probability (float; drawn from `seed`):

            net.connect("exc", "exc", lambda i, j: abs(i - j) == 1, weight=0.5)
        """
        if callable(pre):
            if post is not None:
                raise _core.InputError("post: the function says which pairs are joined; leave post out")
            return self._chosen(from_, to, pre, weight, delay, delay_ms, seed)
        if post is None:
            raise _core.InputError("post: indices of the neurons that receive are needed")
        if not (_drawn(weight) or _drawn(delay) or _drawn(delay_ms) or delay_ms is not None):
            return super().connect(from_, to, pre, post, weight, 1 if delay is None else delay)
        return self._listed(from_, to, np.asarray(pre), np.asarray(post), weight, delay, delay_ms)

    def connect_fixed_probability(self, from_: _Population, to: _Population, probability: float, weight: _Weight, seed: int = 1,
                                  delay: _Weight | None = None, allow_self: bool = True, *, delay_ms: _Weight | None = None) -> int:
        """Connects each pair independently with `probability` (0..1). The same seed gives the same synapses on every
        computer."""
        pairs = self._draw(self._number(from_), self._number(to), probability, None, seed, allow_self)
        return self._listed(from_, to, *pairs, weight, delay, delay_ms)

    def connect_fixed_in_degree(self, from_: _Population, to: _Population, in_degree: int, weight: _Weight, seed: int = 1,
                                delay: _Weight | None = None, allow_self: bool = True, *, delay_ms: _Weight | None = None) -> int:
        """Connects in_degree different neurons of `from_` to each neuron of `to`. The same seed gives the same synapses on
        every computer."""
        pairs = self._draw(self._number(from_), self._number(to), None, in_degree, seed, allow_self)
        return self._listed(from_, to, *pairs, weight, delay, delay_ms)

    def connect_conv2d(self, from_: _Population, to: _Population, kernel: npt.ArrayLike, stride: _Pair = 1, padding: _Pair = 0,
                       dilation: _Pair = 1, groups: int = 1, delay: npt.ArrayLike | None = None, *,
                       delay_ms: npt.ArrayLike | None = None) -> int:
        """Slides a kernel [channels out, channels in / groups, height, width] over `from_`. Both populations have shapes
        (channels, height, width). It is what torch calls conv2d: the weight from a place is not flipped, and 0 is no synapse.
        stride, padding and dilation are one number, or (vertical, horizontal). delay is one number, or an array of the shape of
        the kernel. `sm.layers.conv2d` adds the population as well."""
        return self._layer("conv2d", from_, to, kernel, 1, stride, padding, dilation, groups, delay, delay_ms)

    def connect_pool2d(self, from_: _Population, to: _Population, kernel_size: _Pair, weight: float, stride: _Pair | None = None,
                       padding: _Pair = 0, dilation: _Pair = 1, delay: int | None = None, *, delay_ms: float | None = None) -> int:
        """Slides a window of kernel_size over each channel of `from_`; all its synapses have one weight. Without a stride,
        windows touch."""
        return self._layer("pool2d", from_, to, weight, kernel_size, stride, padding, dilation, 1, delay, delay_ms)

    def connect_by_distance(self, from_: _Population, to: _Population, from_positions: npt.ArrayLike, to_positions: npt.ArrayLike,
                            probability: Callable[[Any], npt.ArrayLike], weight: _Weight, seed: int = 1, delay: _Weight | None = None, *,
                            delay_ms: _Weight | None = None, allow_self: bool = True, period: npt.ArrayLike | None = None) -> int:
        """Connects each pair with probability(distance) of its neurons; a function of bool joins or does not.

        Positions are arrays [size] or [size, axes], such as `grid` gives. weight and delay may be functions of the distance,
        an array [n], as well. period: space is a ring or torus of this length (of each axis)."""
        distance = _distances(from_positions, to_positions, self._shape(from_, to), period)

        def of_pairs(value: Any) -> Any:
            return (lambda i, j: value(distance[i, j])) if callable(value) else value

        def chosen(i: Any, j: Any) -> Any:
            joined = np.asarray(probability(distance))
            if not allow_self and self._number(from_) == self._number(to):
                joined = joined & (i != j) if joined.dtype == bool else joined * (i != j)
            return joined

        return self._chosen(from_, to, chosen, of_pairs(weight), of_pairs(delay), of_pairs(delay_ms), seed)

    def add_current(self, name: str, to: _Population, most: float, *, bits: int = 12, neurons: npt.ArrayLike | None = None) -> int:
        """Adds a current source: what `Current` gives it in a run acts on these neurons of `to` (without `neurons`, on all) as
        a bias that changes from step to step, in the unit of `bias` and of weights.

        It is an input population of `bits` neurons, whose weights are most / 2, most / 4, ... and, for the sign, -most: a
        current from -most on and below most is the sum of those that fire, rounded to most / 2**(bits - 1). A value of step t
        acts in step t + 1, as every input does. Returns the number of the input population."""
        bits = whole(bits, "add_current: bits")
        if not (most > 0 and np.isfinite(most) and 2 <= bits <= 24):
            raise _core.InputError(f"add_current: most {most}, bits {bits}, but a current above 0 and 2 to 24 bits are needed")
        targets = np.arange(self.populations[self._number(to)][1]) if neurons is None else np.atleast_1d(neurons)
        weights = most * 2.0 ** -np.arange(bits)
        weights[0] = -most
        number = self.add_input(name, bits)
        self.connect(name, to, np.repeat(np.arange(bits), len(targets)), np.tile(targets, bits), np.repeat(weights, len(targets)))
        return number

    # How they are added

    def _layer(self, connect: str, from_: _Population, to: _Population, kernel: Any, kernel_size: _Pair, stride: _Pair | None,
               padding: _Pair, dilation: _Pair, groups: int, delay: Any, delay_ms: Any) -> int:
        if delay is not None and delay_ms is not None:
            raise _core.InputError("delay, delay_ms: the same in steps and in ms; give one of them")
        return self._add_layer(self._number(from_), self._number(to), connect, kernel, kernel_size, stride, padding, dilation, groups,
                               self._steps(delay, delay_ms), delay_ms is not None)

    def _shape(self, from_: _Population, to: _Population) -> tuple[int, int]:
        sizes = self.populations
        for each in (self._number(from_), self._number(to)):
            if not 0 <= each < len(sizes):
                raise _core.InputError(f"population {each}, but there are {len(sizes)}")
        return sizes[self._number(from_)][1], sizes[self._number(to)][1]

    def _purpose(self, from_: _Population, to: _Population) -> str:
        return f"{self.populations[self._number(from_)][0]} {self.populations[self._number(to)][0]} {self._projections}"

    def _delays(self, delay: Any, delay_ms: Any, pre: Any, post: Any, purpose: str) -> tuple[Any, Any]:
        """As numbers: one of the two."""
        if delay is not None and delay_ms is not None:
            raise _core.InputError("delay, delay_ms: the same in steps and in ms; give one of them")
        if delay_ms is not None:
            if _drawn(delay_ms):
                steps = np.rint(np.asarray(_values(delay_ms, pre, post, f"{purpose} delay")) / self.dt_ms)
                return None, np.maximum(steps, 1) * self.dt_ms
            return None, delay_ms
        if _drawn(delay):
            return np.maximum(np.rint(_values(delay, pre, post, f"{purpose} delay")), 1), None
        return delay, None

    def _steps(self, delay: Any, delay_ms: Any, projection: int | None = None) -> Any:
        if delay_ms is None:
            return 1 if delay is None else delay
        steps = np.asarray(delay_ms, float) / self.dt_ms
        odd = np.abs(steps - np.rint(steps)) > 1e-6 * np.maximum(steps, 1)
        if np.any(odd) or np.any(steps < 0.5):
            wrong = np.asarray(delay_ms, float)[odd | (steps < 0.5)].flat[0]
            raise _core.InputError(f"/projections/{self._projections if projection is None else projection}/delay_ms: {wrong:g}, but a multiple of dt_ms ({self.dt_ms:g}) is "
                                   f"needed, such as {max(1, round(wrong / self.dt_ms)) * self.dt_ms:g}")
        return np.rint(steps)

    def _plain(self, connect: str, from_: _Population, to: _Population, weight: Any, delay: Any, delay_ms: Any, allow_self: bool) -> int:
        if delay is not None and delay_ms is not None:
            raise _core.InputError("delay, delay_ms: the same in steps and in ms; give one of them")
        if connect == "all_to_all" and delay_ms is None:
            return super().connect_all_to_all(from_, to, weight, 1 if delay is None else delay, allow_self)
        if connect == "one_to_one" and delay_ms is None:
            return super().connect_one_to_one(from_, to, weight, 1 if delay is None else delay)
        return self._add_projection(self._number(from_), self._number(to), connect, None, None, weight,
                                    self._steps(delay, delay_ms), allow_self, delay_ms is not None)

    def _listed(self, from_: _Population, to: _Population, pre: Any, post: Any, weight: Any, delay: Any, delay_ms: Any,
                matrix: Any = None) -> int:
        """Pairs one by one. matrix: arrays are [pre, post], and these of them count."""
        def of_pairs(value: Any) -> Any:
            if matrix is None or _drawn(value) or np.ndim(value) == 0:
                return value
            if np.shape(value) != matrix.shape:
                raise _core.InputError(f"weight, delay: shape {np.shape(value)}, but [pre, post] is {matrix.shape}")
            return np.asarray(value)[matrix]

        purpose = self._purpose(from_, to)
        weights = _values(of_pairs(weight), pre, post, f"{purpose} weight")
        delays = self._delays(of_pairs(delay), of_pairs(delay_ms), pre, post, purpose)
        return self._add_projection(self._number(from_), self._number(to), "sparse", pre, post, weights, self._steps(*delays), True,
                                    delay_ms is not None)

    def _chosen(self, from_: _Population, to: _Population, choose: Callable[[Any, Any], npt.ArrayLike], weight: Any, delay: Any,
                delay_ms: Any, seed: int) -> int:
        shape = self._shape(from_, to)
        i, j = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
        joined = np.asarray(choose(i, j))
        if joined.shape != shape:
            joined = np.broadcast_to(joined, shape) if joined.ndim == 0 else joined
        if joined.shape != shape or joined.dtype.kind not in "bf":
            raise _core.InputError(f"the function says {joined.dtype} of shape {joined.shape}, but bool or probabilities of shape "
                                   f"{shape} are needed")
        if joined.dtype.kind == "f":
            if not (np.all(joined >= 0) and np.all(joined <= 1)):
                raise _core.InputError(f"the function says {joined.min():g} to {joined.max():g}, but probabilities are 0 to 1")
            joined = np.random.default_rng(whole(seed, "seed")).random(shape) < joined
        pre, post = np.nonzero(joined)
        return self._listed(from_, to, pre, post, weight, delay, delay_ms)

    def __repr__(self) -> str:
        return "\n".join([f"Network: dt {self.dt_ms:g} ms, {self.integration}", *(f"  {each!r}" for each in self),
                          *(f"  {each!r}" for each in self.projections), *(f"  {each!r}" for each in self.rules.values())])

    def _repr_html_(self) -> str:
        from ._html import table
        sections = [table(["population", "size", "kind", "parameters"], [each._row() for each in self])]
        if self._projections:
            sections.append(table(["projection", "from", "to", "synapses", "weight", "delay (ms)", "rule"],
                                  [each._row() for each in self.projections]))
        if self.rules:
            sections.append(table(["rule", "parameters"], [each._row() for each in self.rules.values()]))
        return f"<b>Network</b>, dt {self.dt_ms:g} ms, {self.integration}" + "".join(sections)


def _flat(value: Any) -> Any:
    return np.ravel(value) if np.ndim(value) else value


def _drawn(value: Any) -> bool:
    return is_drawn(value) or callable(value)


def _varies(*values: Any) -> bool:
    return any(_drawn(value) or (value is not None and np.ndim(value) > 0) for value in values)


def _values(value: Any, pre: Any, post: Any, purpose: str) -> Any:
    """Numbers: one for all or one for each pair."""
    if is_drawn(value):
        return draw(value, purpose, len(pre))
    if callable(value):
        return np.array(np.broadcast_to(np.asarray(value(pre, post), float), len(pre)))
    return value


def _distances(from_positions: Any, to_positions: Any, shape: tuple[int, int], period: Any) -> npt.NDArray[np.float64]:
    placed = [np.asarray(each, float) for each in (from_positions, to_positions)]
    placed = [each[:, np.newaxis] if each.ndim == 1 else each for each in placed]
    if (len(placed[0]), len(placed[1])) != shape or placed[0].shape[1:] != placed[1].shape[1:]:
        raise _core.InputError(f"positions: shapes {placed[0].shape} and {placed[1].shape}, but [{shape[0]}, axes] and [{shape[1]}, axes] "
                               "are needed")
    apart = np.abs(placed[0][:, np.newaxis] - placed[1][np.newaxis])
    if period is not None:
        apart = np.minimum(apart % np.asarray(period), -apart % np.asarray(period))
    return np.asarray(np.sqrt((apart**2).sum(axis=2)))


def grid(*sizes: int, spacing: float = 1.0) -> npt.NDArray[np.float64]:
    """[n, axes]: positions on a line, in a rectangle, ... of so many places along each axis, the last axis fastest."""
    return spacing * np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes)).astype(float)


def load_network(path: str | os.PathLike[str]) -> Network:
    """Reads a network file (JSON, with .npy files beside it)."""
    return Network._of(_core.load_network(path))


def parse_network(text: str, source: str = "", directory: str | os.PathLike[str] = ".") -> Network:
    """Reads a network from text. Errors call it `source`; .npy files lie in `directory`."""
    return Network._of(_core.parse_network(text, source, directory))


def _reduce(network: Network) -> tuple[Callable[[str], Network], tuple[str]]:
    """pickle and copy carry a network as the text of its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.json"
        network.save(path, inline_limit=sys.maxsize)
        return parse_network, (path.read_text(encoding="utf-8"),)


copyreg.pickle(Network, _reduce)
