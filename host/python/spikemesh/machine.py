# SPDX-License-Identifier: Apache-2.0
"""A machine that runs networks: reference, model, RTL, both in lockstep, or a chip behind a port."""

from __future__ import annotations

import contextlib
import html
import json
import os
import warnings
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _builds, _core, _progress
from ._builds import Build
from ._calls import helpful, helpful_class, whole
from ._html import table
from .draws import Drawn, draw, is_drawn
from .early_exit import answers_of
from .event_data import binned
from .inputs import Ground, Inputs, samples_of, split_inputs, steps_of
from .network import Network
from .probes import Record, probes_of
from .spikes import Spikes, Trace

if TYPE_CHECKING:
    import numpy.typing as npt


class MapReport(dict[str, Any]):
    """Where everything went and how full each memory is: the keys of `spikemesh map --json`; str() is its table."""

    def __init__(self, text: str, keys: dict[str, Any]):
        super().__init__(keys)
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self._text)}</pre>"


class ConversionWarning(UserWarning):
    """Precision was lost where a network was turned into integers: which population or projection, what and how much.
    `warnings.simplefilter("error", spikemesh.ConversionWarning)` makes it an error."""


def _reported(text: str, keys: str) -> MapReport:
    report = MapReport(text, json.loads(keys))
    for line in report["conversion"]["warnings"]:
        warnings.warn(line, ConversionWarning, stacklevel=4)
    return report


@helpful
def map_network(network: _core.Network, config: Build = "default", *, seed: int = 1,
                min_tiles: int = 0, split_weights: float | None = None, relays: bool | None = None) -> MapReport:
    """Maps onto the build `config` (as Machine takes it) without a machine. Raises InputError for what does not fit.
    split_weights, relays: instead of the network's own."""
    with _builds.named(config) as build, _builds.remedies(config):
        return _reported(*_core.map_network(_own(network), build or "default", whole(seed, "seed"), whole(min_tiles, "min_tiles"), split_weights, relays))


def _own(network: _core.Network) -> _core.Network:
    """A copy, so that no other thread changes it while it is mapped."""
    if not isinstance(network, _core.Network):
        raise TypeError(f"network: a spikemesh.Network is needed, not {type(network).__name__}; load_network reads files")
    return network.copy()


@helpful_class
class Machine:
    """A chip, or a simulation of one, that runs networks.

    - executor: "reference" is the fastest and has no clock; "model" is exact in every cycle; "rtl" simulates the
      SystemVerilog, which is compiled when a build is first used and takes Verilator and g++; "lockstep" runs model and
      RTL and compares them in every cycle
    - config: a build ("default", "tiny", ...), a JSON file, or the same as a dictionary: {"Axons": 2048}; what it leaves out
      is as in "default" (docs/registers.md lists the parameters). With a port, the chip must have these parameters
    - port, baud: a chip behind a serial port, a pseudo-terminal or "tcp:HOST:PORT", instead of an executor
    - waves: a file to which an FST of the chip's activity is written
    - rtl_tile, compare: "X,Y=FILE.sv", or a list of these. These tiles of the model are simulated as RTL, and
      compare ("cycles", "order" or "spikes") says what they must keep (docs/verification/verify.md)
    - load: "direct" lets the model take the words of an image at once; "link" always sends them over its UART
      (docs/run.md, "Loading")
    - threads: how many threads share the work of the reference. Its results do not depend on them
    - activity: whether runs of the model with `out=` write what each core and link did (docs/exploration/report.md)
    - hard_steps: whether steps of the model end after `period` cycles, whatever is under way, so that packets can be late
      (docs/exploration/hard-steps.md). `hard_steps` of the spikes that a run returns says how many were, and what it changed
    - management_core: whether the chip has one, which each executor can have; it runs the samples of a network with
      `early_exit`, and the spikes that a run returns hold its `answers` (docs/firmware.md). A chip behind a port has one or not
    - progress: whether long loads and runs show a bar (by tqdm or rich, where one is installed), or a function that is
      called with the unit, what is done and how much there is. By default a bar is shown in terminals and notebooks

        with spikemesh.Machine("model") as machine:  # the with block closes the port or the simulated chip

    While a run is under way, other threads of Python continue. Threads may share a machine; their calls are then
    executed one after another. Several machines can run at the same time, each in its own thread. Ctrl-C ends a run,
    and the network has to be loaded again after it.

    `period` is the fewest cycles of a step, for runs in real time (docs/run.md, "Real time"). It is 0 at first: a step
    begins as soon as it can. With `firmware` False, a network with `early_exit` runs as if it had none.

    Raises InputError, TransportError, LinkError and SpecError; a run can also raise RunError, VerifyError and Mismatch.
    """

    period: int = 0
    firmware: bool = True

    def __init__(self, executor: str = "reference", config: Build | None = None, *,
                 port: str | None = None, baud: int = 115200, waves: str | os.PathLike[str] | None = None,
                 rtl_tile: str | Sequence[str] = (), compare: str = "cycles", load: str = "direct",
                 threads: int = 1, activity: bool = False, hard_steps: bool = False, management_core: bool = False, seed: int = 1,
                 progress: bool | Callable[[str, int, int], object] | None = None):
        tiles = [rtl_tile] if isinstance(rtl_tile, str) else list(rtl_tile)
        if port is not None and (executor != "reference" or waves is not None or tiles):
            raise _core.InputError("port: a chip is there already; leave executor and waves out, and rtl_tile")
        if tiles and executor not in ("reference", "model"):
            raise _core.InputError(f'rtl_tile: the rest of the chip is the model; leave executor "{executor}" out')
        waves = None if waves is None else os.fspath(waves)
        shown = _progress.seen() if progress is None else progress
        self._bar = _progress.Bar() if shown is True else None
        with _builds.named(config) as build:
            self._session = _core.Session(executor, build, port, whole(baud, "baud"), waves, tiles, compare, load, whole(threads, "threads"),
                                          activity, hard_steps, management_core, whole(seed, "seed"), self._bar or (shown if callable(shown) else None))
        self._config, self._port = config, port
        self._name = port or ("model with RTL tiles" if tiles else executor)
        self._closed = False
        self._network: Network | None = None

    def load(self, network: _core.Network, *, seed: int = 1, min_tiles: int = 0,
             split_weights: float | None = None, relays: bool | None = None) -> MapReport:
        """Maps the network, resets the machine, uploads the image, reads it back and compares it. The placement depends
        on `seed`. The machine keeps a copy: later changes of `network` do not reach it.
        split_weights, relays: instead of the network's own."""
        own = Network._of(_own(network))
        seed, min_tiles = whole(seed, "seed"), whole(min_tiles, "min_tiles")
        try:
            with contextlib.nullcontext() if self._port is not None else _builds.remedies(self._config):
                text, keys = self._session.load(own, seed, min_tiles, split_weights, relays)
        finally:
            self._end_bar()
        self._network = own
        return _reported(text, keys)

    def run(self, inputs: Inputs | None = None, steps: int | None = None, *, record: Record = (),
            out: str | os.PathLike[str] | None = None) -> Spikes:
        """Runs `steps` more steps without a clear; without `steps`, as many as the arrays of the inputs have, and without
        inputs one step. Steps of inputs and spikes are counted from the first of them; sources continue where the last run
        ended. An input of step t acts in step t + delay.

        steps is a whole number, also as a float: 1e3, 100 / 0.5. record and out are as in run_samples."""
        return self._run(inputs or {}, steps, 1, "none", True, record, out)

    def run_samples(self, inputs: Inputs | None = None, steps: int | None = None, samples: int | None = None, clear: str = "all", *,
                    record: Record = (), out: str | os.PathLike[str] | None = None) -> Spikes:
        """Runs `steps` steps for each sample, as `spikemesh run` does. Without `steps`, a sample has as many as the arrays of
        the inputs; without `samples`, there are as many as the inputs have. Each sample begins with a clear: "all",
        "membrane" (which keeps adaptive thresholds) or "none".

        record says which V, I, weights and spikes are recorded during the run (docs/run.md). It is a mapping

            record={"v": "exc[0..9]", "weight": ("in", "exc"), "every": 10}

        or one of the probes of --record, "v:exc[0..9]@10", or several of them. The result has a Trace of each:
        spikes.trace("v"). out is a folder to which the run is written as `spikemesh run` writes it, with the network and
        the inputs; load_run reads such a folder, and plot_run draws it. A run that is there already is replaced."""
        count = samples_of(inputs or {}) if samples is None else samples
        return self._run(inputs or {}, steps, count, clear, False, record, out)

    @property
    def learning(self) -> bool:
        """Whether plastic synapses learn, from the next run on. load() sets it if the network has plastic synapses."""
        return self._session.learning

    @learning.setter
    def learning(self, on: bool) -> None:
        self._session.learning = on

    def learned(self) -> Network:
        """The network that was loaded, with the present weights of its plastic synapses and the present adaptive
        thresholds. If you save it and load it again, the chip is the same in every bit."""
        self._loaded()
        return Network._of(self._session.learned())

    def units(self, population: str) -> dict[str, npt.NDArray[np.float64]]:
        """What the author's units are on the chip, [size] of each: v_scale (raw V in one unit of v, counted from v_rest),
        v_rest and v_threshold (unit of v), i_scale (raw I in one unit of i), weight_scale (raw weight in one unit of the weights
        into the neuron). Raw neurons have scales of 1."""
        return self._session.units(population)

    def parameters(self, population: str) -> dict[str, npt.NDArray[np.int64]]:
        """Parameters as the chip holds them (docs/arithmetic.md), [size] of each: theta, v_reset, bias, refractory, gain,
        subtract, decay_i, decay_v, adapt_step, decay_adapt."""
        return self._session.parameters(population)

    def v(self, population: str, unit: bool = False) -> npt.NDArray[Any]:
        """[size]: membrane potential V now, raw (docs/arithmetic.md), or with unit=True in the author's unit, v_rest added."""
        raw = self._session.state(population, "v")
        if not unit:
            return raw
        units = self.units(population)
        return np.asarray(raw / units["v_scale"] + units["v_rest"])

    def i(self, population: str, unit: bool = False) -> npt.NDArray[Any]:
        """[size]: synaptic current I now, raw, or with unit=True in the author's unit (i of docs/network.md)."""
        raw = self._session.state(population, "i")
        return np.asarray(raw / self.units(population)["i_scale"]) if unit else raw

    def theta(self, population: str, unit: bool = False) -> npt.NDArray[Any]:
        """[size]: what V has to exceed now, the adaptive threshold included: raw, or with unit=True in the author's unit."""
        held = self._loaded()[population]
        if held.neurons is None:
            raise _core.InputError(f'"{population}" is no population of neurons')
        adapt = self.learned()[population].adapt  # in the unit of v; of raw neurons with 16 fraction bits
        raised = np.zeros(held.size) if adapt is None else np.broadcast_to(np.asarray(adapt, float), held.size)
        if isinstance(held.neurons, _core.RawNeurons):
            return np.asarray(self.parameters(population)["theta"] + raised / 2**16)
        units = self.units(population)
        threshold = units["v_threshold"] + raised
        return np.asarray(threshold if unit else (threshold - units["v_rest"]) * units["v_scale"])

    def set_v(self, population: str, values: npt.ArrayLike | Drawn, unit: bool = False) -> None:
        """Gives the neurons another membrane potential between two runs: one number for all, [size], or a distribution
        (`Uniform`, `Normal`); raw, or with unit=True in the author's unit. A sample that begins with a clear begins at V = 0,
        so initial values are for `run`, or for run_samples with clear="none"."""
        self._set(population, values, "v", unit)

    def set_i(self, population: str, values: npt.ArrayLike | Drawn, unit: bool = False) -> None:
        """Gives the neurons another synaptic current between two runs, like set_v."""
        self._set(population, values, "i", unit)

    def _each(self, population: str, values: Any, quantity: str) -> npt.NDArray[np.float64]:
        size = self._loaded()[population].size
        if is_drawn(values):
            return draw(values, f"{population} {quantity}", size)
        try:
            given = np.asarray(values, float)
        except (TypeError, ValueError):
            raise _core.InputError(f'{quantity} of "{population}": {values!r}, but one number, [{size}] or a distribution is needed') from None
        if given.shape not in ((), (size,)):
            raise _core.InputError(f'{quantity} of "{population}": shape {given.shape}, but one number or [{size}] is needed')
        if not np.all(np.isfinite(given)):
            raise _core.InputError(f'{quantity} of "{population}": {given[~np.isfinite(given)].flat[0]:g}, but finite numbers are needed')
        return np.array(np.broadcast_to(given, (size,)))

    def _set(self, population: str, values: Any, quantity: str, unit: bool) -> None:
        given = self._each(population, values, quantity)
        raw, scale, rest = given, np.ones(len(given)), np.zeros(len(given))
        if unit:
            units = self.units(population)
            scale, rest = units[f"{quantity}_scale"], units["v_rest"] if quantity == "v" else rest
            raw = np.rint((given - rest) * scale)
        outside = np.flatnonzero((raw < -2**23) | (raw > 2**23 - 1))
        if outside.size:
            at = outside[0]
            least, most = ((bound / scale[at] + rest[at] if scale[at] else bound) for bound in (-2**23, 2**23 - 1))
            raise _core.InputError(f'{quantity} of "{population}": {given[at]:.10g} of neuron {at}, but it holds {least:.10g} to {most:.10g}'
                                   f"{'' if unit else ' (raw; unit=True takes the unit of the network)'}")
        self._session.set_state(population, quantity, raw)

    def synapses(self, from_: str, to: str) -> npt.NDArray[Any]:
        """The synapses as the chip holds them now: a structured array [n] with the fields pre, post, delay and weight
        (raw, before gain), sorted by pre, post and delay. Synapses whose weight became 0 are not on the chip."""
        return self._session.synapses(from_, to)

    def weights(self, from_: str, to: str, unit: bool = False) -> npt.NDArray[Any]:
        """The weights as the chip holds them now, [pre, post], raw, or with unit=True in the author's unit; 0 where there is
        no synapse. The weights of several synapses between the same two neurons are added; synapses() lists them one by
        one."""
        rows, sizes = self.synapses(from_, to), self._sizes()
        array: npt.NDArray[Any] = np.zeros((sizes[from_], sizes[to]), np.float64 if unit else np.int32)
        np.add.at(array, (rows["pre"], rows["post"]), rows["weight"])
        return np.asarray(array / self.units(to)["weight_scale"]) if unit else array

    def stats(self) -> dict[str, Any]:
        """The counters since the network was loaded, with the names of stats.json. Counters of tiles are summed; "tiles"
        lists those of each tile with its x and y. Without a clock, cycles are 0."""
        return self._session.stats()

    @property
    def step(self) -> int:
        """The next step to be run."""
        return self._session.step

    @property
    def build(self) -> dict[str, Any]:
        """Parameters of the chip, as in a --config file."""
        return dict(json.loads(self._session.build))

    def close(self) -> None:
        """Frees the port or the simulated chip, and completes the waves. A second call does nothing. All other methods
        raise RunError afterwards."""
        self._session.close()
        self._closed = True

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _loaded(self) -> Network:
        self._session.step  # noqa: B018  raises of a machine that was closed
        if self._network is None:
            raise _core.RunError("the machine holds no network: load one first")
        return self._network

    def _sizes(self) -> dict[str, int]:
        return dict(self._loaded().populations)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.end()

    def _run(self, inputs: Inputs, steps: int | None, samples: int, clear: str, go_on: bool, record: Record,
             out: str | os.PathLike[str] | None) -> Spikes:
        network, sizes = self._loaded(), self._sizes()
        samples = whole(samples, "samples")
        if steps is not None:
            steps = whole(steps, "steps", f"a run of T ms is round(T / {network.dt_ms:g}) steps, with the dt_ms of the network")
        inputs = binned(inputs, sizes, network.dt_ms, steps)
        place = self._session.place
        begin = place if go_on else (place[0] + (place[1] > 0), 0)
        if steps is None:
            steps = steps_of(inputs) if inputs else 1
        if steps is None:
            split_inputs(sizes, inputs, Ground(network, 1, samples, *begin))  # what is wrong besides comes first
            raise _core.InputError("steps: how many? A source goes on for as long as the run, and no array among the inputs says how long")
        if steps < 1 or samples < 1:
            raise _core.InputError(f"steps {steps}, samples {samples}, but both are at least 1")
        arrays, sources = split_inputs(sizes, inputs, Ground(network, steps, samples, *begin))
        folder = None if out is None else os.fspath(out)
        try:
            count, columns, recorded, traces, hard, answers = self._session.run(
                arrays, sources, steps, samples, clear, go_on, probes_of(record), whole(self.period, "period"), bool(self.firmware),
                folder, self._name)
        finally:
            self._end_bar()
        return Spikes(columns, sizes, steps, count, recorded,
                      {each["probe"]: Trace(**each, dt_ms=network.dt_ms) for each in traces}, dt_ms=network.dt_ms,
                      hard_steps=None if hard is None else json.loads(hard),
                      answers=None if answers is None else answers_of(answers))

    def __repr__(self) -> str:
        if self._closed:
            return f"<Machine {self._name}, closed>"
        what = "no network" if self._network is None else ", ".join(f"{name} {size}" for name, size in self._network.populations)
        return f"<Machine {self._name}, step {self.step}, {what}>"

    def _repr_html_(self) -> str:
        if self._closed or self._network is None:
            return html.escape(repr(self))
        return table([f"Machine {self._name}, step {self.step}", "neurons"], [[name, str(size)] for name, size in self._network.populations])


@helpful
def run(network: _core.Network, inputs: Inputs | None = None, steps: int | None = None, *, samples: int | None = None, clear: str = "all",
        executor: str = "reference", config: Build | None = None, port: str | None = None,
        baud: int = 115200, seed: int = 1, record: Record = (), period: int = 0, hard_steps: bool = False,
        firmware: bool = True, out: str | os.PathLike[str] | None = None) -> Spikes:
    """Makes a machine, loads the network and runs the samples, as `spikemesh run` does. Returns the spikes. A network with
    initial values of v or i needs clear="none", since a clear sets them to rest. period, hard_steps and firmware are as
    Machine has them; a simulated chip has the management core that a network with `early_exit` needs."""
    with_core = firmware and port is None and Network._of(_own(network)).early_exit is not None
    with Machine(executor, config, port=port, baud=baud, hard_steps=hard_steps, management_core=with_core, seed=seed) as machine:
        machine.period, machine.firmware = period, firmware
        machine.load(network, seed=seed)
        return machine.run_samples(inputs or {}, 1 if steps is None and not inputs else steps, samples, clear, record=record, out=out)
