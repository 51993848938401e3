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

Names are those of the C++ library and of network files (docs/network.md, docs/python/python.md).
"""

from typing import Any

from . import _calls, _core, layers, report, views
from ._core import (
    ChipError,
    Error,
    InputError,
    LinkError,
    Mismatch,
    PhysicalNeurons,
    RawNeurons,
    RunError,
    SpecError,
    TransportError,
    VerifyError,
    __version__,
    spec_hash,
)
from ._optional import needed
from .connectivity import Edges, Sonata, read_edges, read_sonata, read_sonata_spikes
from .draws import LogNormal, Normal, Uniform
from .early_exit import EarlyExit
from .emulator import Emulator
from .evaluation import Evaluation, evaluate
from .event_data import EventStream, SpokenDigits, read_event_stream
from .inputs import Current, Inputs, Poisson, Regular
from .live import Live, LiveClient, LiveReport
from .machine import ConversionWarning, Machine, MapReport, map_network, run
from .management_core import CoreState, ManagementCore, Message
from .network import Network, grid, load_network, parse_network
from .nir import Imported, NirWarning, from_nir, to_nir
from .packets import traffic
from .report import energy, load_activity, neurobench
from .saved import load_run, plot_run
from .spikes import Spikes, Trace, UnrecordedError, events, read_spikes
from .sweeps import load_sweep, save_parquet, sweep

__all__ = [
    "ChipError", "ConversionWarning", "CoreState", "Current", "EarlyExit", "Edges", "Emulator", "Error", "Evaluation", "EventStream",
    "Imported", "InputError", "Inputs", "LinkError", "Live", "LiveClient", "LiveReport", "LogNormal", "Machine", "ManagementCore",
    "MapReport", "Message", "Mismatch", "Network", "NirWarning", "Normal", "PhysicalNeurons", "Poisson", "RawNeurons", "Regular", "RunError", "Sonata", "SpecError",
    "Spikes", "SpokenDigits", "Trace", "TransportError", "Uniform", "UnrecordedError", "VerifyError", "__version__", "energy",
    "evaluate", "events", "from_nir", "grid", "layers", "load_activity", "load_network", "load_run", "load_sweep", "map_network",
    "neurobench", "parse_network", "plot_run", "read_edges", "read_event_stream", "read_sonata", "read_sonata_spikes",
    "read_spikes", "run", "save_parquet", "spec_hash", "sweep", "to_nir", "traffic",
]

_calls.make_clear(_core.Network, PhysicalNeurons, RawNeurons)
for _each in (PhysicalNeurons, RawNeurons):
    _each.__repr__ = views.neurons_repr  # type: ignore[assignment]
    _each._repr_html_ = views.neurons_html  # type: ignore[union-attr]
    views.accept_drawn(_each)
del _each


def __dir__() -> list[str]:
    """What the package has for its users."""
    return [*__all__, "plot", "report"]


def __getattr__(name: str) -> Any:
    """spikemesh.plot is imported when it is used: it needs matplotlib."""
    if name == "plot":
        return needed("spikemesh.plot", "spikemesh.plot")
    raise AttributeError(f"module spikemesh has no {name}; {_calls.nearest(name, __dir__())}")
