# SPDX-License-Identifier: Apache-2.0
"""SpikeMesh from Python: build a network, run it on reference, model, RTL or a chip behind a port.

    import spikemesh as sm

    net = sm.Network(dt_ms=1.0)
    net.add_input("in", 20)
    net.add_neurons("out", 10, sm.PhysicalNeurons(tau_m_ms=20, v_threshold=1), record=True)
    net.connect_fixed_probability("in", "out", probability=0.5, weight=4.0, seed=1)
    machine = sm.Machine("model")
    print(machine.load(net))
    spikes = machine.run({"in": sm.Poisson(rate_hz=50)}, steps=200)
    spikes["out"]["step"], spikes["out"]["neuron"], machine.v("out")

Names are those of the C++ library and of network files (docs/network.md, docs/python.md).
"""

import copyreg
import sys
from typing import Callable

from . import _calls
from ._core import (
    ChipError,
    Error,
    InputError,
    LinkError,
    Mismatch,
    Network,
    PhysicalNeurons,
    RawNeurons,
    RunError,
    SpecError,
    TransportError,
    VerifyError,
    __version__,
    load_network,
    parse_network,
    spec_hash,
)
from .emulator import Emulator
from .inputs import Inputs, Poisson, Regular
from .machine import ConversionWarning, Machine, MapReport, map_network, run
from .nir import Imported, NirWarning, from_nir, to_nir
from .saved import load_run, plot_run
from .spikes import Spikes, Trace, UnrecordedError, events, read_spikes

__all__ = [
    "ChipError", "ConversionWarning", "Emulator", "Error", "Imported", "InputError", "Inputs", "LinkError", "Machine",
    "MapReport", "Mismatch",
    "Network", "NirWarning", "PhysicalNeurons", "Poisson", "RawNeurons", "Regular", "RunError", "SpecError", "Spikes",
    "Trace", "TransportError", "UnrecordedError", "VerifyError", "__version__", "events", "from_nir", "load_network",
    "load_run", "map_network", "parse_network", "plot_run", "read_spikes", "run", "spec_hash", "to_nir",
]

_calls.make_clear(Network, PhysicalNeurons, RawNeurons)


def _reduce(network: Network) -> tuple[Callable[[str], Network], tuple[str]]:
    """pickle and copy carry a network as the text of its file."""
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.json"
        network.save(path, inline_limit=sys.maxsize)
        return _restore, (path.read_text(encoding="utf-8"),)


def _restore(text: str) -> Network:
    return parse_network(text)


copyreg.pickle(Network, _reduce)
