# SPDX-License-Identifier: Apache-2.0
"""A machine that runs networks: reference, model, RTL, both in lockstep, or a chip behind a port."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .inputs import Inputs, samples_of, split_inputs
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


class ConversionWarning(UserWarning):
    """Precision was lost where a network was turned into integers: which population or projection, what and how much.
    `warnings.simplefilter("error", spikemesh.ConversionWarning)` makes it an error."""


def _reported(text: str, keys: str) -> MapReport:
    report = MapReport(text, json.loads(keys))
    for line in report["conversion"]["warnings"]:
        warnings.warn(line, ConversionWarning, stacklevel=3)
    return report


def map_network(network: _core.Network, config: str | os.PathLike[str] = "default", *, seed: int = 1,
                min_tiles: int = 0) -> MapReport:
    """Maps onto the build `config` without a machine. Raises InputError for what does not fit."""
    return _reported(*_core.map_network(_own(network), os.fspath(config), seed, min_tiles))


def _own(network: _core.Network) -> _core.Network:
    """A copy, so that no other thread changes it while it is mapped."""
    if not isinstance(network, _core.Network):
        raise TypeError(f"network: a spikemesh.Network is needed, not {type(network).__name__}; load_network reads files")
    return network.copy()


class Machine:
    """A chip, or what stands in for one.

    executor: "reference" (no clock, fastest), "model" (exact cycles), "rtl" (Verilated; a build
    is compiled when it is first used, which takes Verilator and g++), "lockstep" (model and RTL, compared in every cycle). Or port: a serial port, pseudo-terminal or
    "tcp:HOST:PORT", with its baud rate. config: a build ("default", "tiny", ...) or a JSON file; of a port: what the
    chip has to be. waves: file for an FST of what the chip does. rtl_tile: "X,Y=FILE.sv", or a list of them: these tiles
    of the model are RTL, compared as strictly as compare says ("cycles", "order", "spikes"; docs/verify.md).

        with spikemesh.Machine("model") as machine:  # closed in the end: the port, or the simulated chip, is free

    Runs let other threads run; threads may share a machine, whose calls then come one after another. Machines
    run beside one another, each in a thread of its own if you like. Ctrl-C ends a run, after which the network has to
    be loaded again. Errors: InputError, TransportError, LinkError, SpecError; while it runs also RunError, VerifyError, Mismatch.
    """

    def __init__(self, executor: str = "reference", config: str | os.PathLike[str] | None = None, *,
                 port: str | None = None, baud: int = 115200, waves: str | os.PathLike[str] | None = None,
                 rtl_tile: str | Sequence[str] = (), compare: str = "cycles", seed: int = 1):
        tiles = [rtl_tile] if isinstance(rtl_tile, str) else list(rtl_tile)
        if port is not None and (executor != "reference" or waves is not None or tiles):
            raise _core.InputError("port: a chip is there already; leave executor and waves out, and rtl_tile")
        if tiles and executor not in ("reference", "model"):
            raise _core.InputError(f'rtl_tile: the rest of the chip is the model; leave executor "{executor}" out')
        config = None if config is None else os.fspath(config)
        waves = None if waves is None else os.fspath(waves)
        self._session = _core.Session(executor, config, port, baud, waves, tiles, compare, seed)
        self._name = port or ("model with RTL tiles" if tiles else executor)
        self._closed = False
        self._network: _core.Network | None = None

    def load(self, network: _core.Network, *, seed: int = 1, min_tiles: int = 0) -> MapReport:
        """Maps the network (placement by `seed`), resets the machine, uploads, reads back and compares.
        Later changes of `network` do not reach the machine."""
        own = _own(network)
        text, keys = self._session.load(own, seed, min_tiles)
        self._network = own
        return _reported(text, keys)

    def run(self, inputs: Inputs | None = None, steps: int = 1, *, record: str | Sequence[str] = (),
            out: str | os.PathLike[str] | None = None) -> Spikes:
        """Goes on for `steps` steps from where the machine stands. Steps of inputs and spikes count from here; sources go
        on where the last run ended. An input of step t acts in step t + delay.

        record, out: as in run_samples."""
        return self._run(inputs or {}, steps, 1, "none", True, record, out)

    def run_samples(self, inputs: Inputs, steps: int, samples: int | None = None, clear: str = "all", *,
                    record: str | Sequence[str] = (), out: str | os.PathLike[str] | None = None) -> Spikes:
        """Runs `steps` steps for each sample (without `samples`: as many as the inputs have), as `spikemesh run` does.
        Each begins with a clear: "all", "membrane" (adaptive thresholds stay), "none".

        record: a probe of V, I or weights, or several, as --record takes them: "v:out[0..9]@10", "weight:in,out@end"
        (docs/run.md); the result has their arrays as spikes.traces[probe]. out: folder that is left as `spikemesh run`
        leaves one, with the network and the inputs; load_run reads it, plot_run draws it."""
        count = samples_of(inputs) if samples is None else samples
        return self._run(inputs, steps, count, clear, False, record, out)

    @property
    def learning(self) -> bool:
        """Whether plastic synapses learn, from the next run on. After load: if the network has any."""
        return self._session.learning

    @learning.setter
    def learning(self, on: bool) -> None:
        self._session.learning = on

    def learned(self) -> _core.Network:
        """The network that was loaded, with the weights of its plastic synapses and the adaptive thresholds as they are
        now. Saved and loaded again it gives the same chip, bit for bit."""
        self._loaded()
        return self._session.learned()

    def v(self, population: str) -> npt.NDArray[np.int32]:
        """[size]: membrane potential V now, raw (docs/arithmetic.md; v_scale of the map report says the unit)."""
        return self._session.state(population, "v")

    def i(self, population: str) -> npt.NDArray[np.int32]:
        """[size]: synaptic current I now, raw."""
        return self._session.state(population, "i")

    def synapses(self, from_: str, to: str) -> npt.NDArray[Any]:
        """[n] with the fields pre, post, delay, weight: as the chip holds them now (raw, before gain), by pre, post,
        delay. Synapses whose weight became 0 are not on the chip."""
        return self._session.synapses(from_, to)

    def weights(self, from_: str, to: str) -> npt.NDArray[np.int32]:
        """[pre, post]: weights as the chip holds them now, raw; 0 where there is no synapse. Several synapses of one
        pair are added up: synapses() tells them apart."""
        rows, sizes = self.synapses(from_, to), self._sizes()
        array = np.zeros((sizes[from_], sizes[to]), np.int32)
        np.add.at(array, (rows["pre"], rows["post"]), rows["weight"])
        return array

    def stats(self) -> dict[str, Any]:
        """Counters since the network was loaded, by the names of stats.json: those of tiles summed up, and "tiles": those
        of each, with its x and y. Cycles are 0 without a clock."""
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
        """Gives back the port or the simulated chip, and completes waves. Nothing happens the second time;
        everything else raises RunError from then on."""
        self._session.close()
        self._closed = True

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _loaded(self) -> _core.Network:
        self._session.step  # noqa: B018  raises of a machine that was closed
        if self._network is None:
            raise _core.RunError("the machine holds no network: load one first")
        return self._network

    def _sizes(self) -> dict[str, int]:
        return dict(self._loaded().populations)

    def _run(self, inputs: Inputs, steps: int, samples: int, clear: str, go_on: bool, record: str | Sequence[str],
             out: str | os.PathLike[str] | None) -> Spikes:
        sizes = self._sizes()
        if steps < 1 or samples < 1:
            raise _core.InputError(f"steps {steps}, samples {samples}, but both are at least 1")
        arrays, sources = split_inputs(sizes, inputs)
        probes = [record] if isinstance(record, str) else list(record)
        folder = None if out is None else os.fspath(out)
        count, columns, recorded, traces = self._session.run(arrays, sources, steps, samples, clear, go_on, probes,
                                                             folder, self._name)
        dt_ms = self._loaded().dt_ms
        return Spikes(columns, sizes, steps, count, recorded,
                      {each["probe"]: Trace(**each, dt_ms=dt_ms) for each in traces}, dt_ms=dt_ms)

    def __repr__(self) -> str:
        if self._closed:
            return f"<Machine {self._name}, closed>"
        return f"<Machine {self._name}, step {self.step}{'' if self._network else ', no network'}>"


def run(network: _core.Network, inputs: Inputs, steps: int, *, samples: int | None = None, clear: str = "all",
        executor: str = "reference", config: str | os.PathLike[str] | None = None, port: str | None = None,
        baud: int = 115200, seed: int = 1, record: str | Sequence[str] = (),
        out: str | os.PathLike[str] | None = None) -> Spikes:
    """A machine, load, run_samples: the spikes of one run, as `spikemesh run` gives them."""
    with Machine(executor, config, port=port, baud=baud, seed=seed) as machine:
        machine.load(network, seed=seed)
        return machine.run_samples(inputs, steps, samples, clear, record=record, out=out)
