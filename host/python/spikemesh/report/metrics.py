# SPDX-License-Identifier: Apache-2.0
"""The workload metrics of NeuroBench of a run, by the definitions of its authors (docs/exploration/report.md)."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from .activity import ReportError, read_json

_WORD_BYTES = 4
_NEURON_WORDS = 12  # 8 parameters and 4 of state


def _networks_file(folder: pathlib.Path, config: dict[str, Any], network: str | os.PathLike[str] | None) -> Any:
    path = pathlib.Path(network or config["network"])
    if network is None and (folder / path).is_file():
        path = folder / path  # a run of Python has its network in its folder
    table = read_json(path, "give the network file that was run as `network`")
    if "populations" not in table or "projections" not in table:
        raise ReportError(f"{path}: it is no network file; give the network file that was run as `network`")
    return table


def _footprint(tiles: list[dict[str, Any]]) -> int:
    """Bytes of the words that the network takes up in the memories of the tiles."""
    words = {"neurons": _NEURON_WORDS, "synapses": 1, "axons": 1, "fanouts": 1, "plastics": 1}
    return _WORD_BYTES * sum(count * tile[name]["used"] for tile in tiles for name, count in words.items())


def neurobench(folder: str | os.PathLike[str], network: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """Metrics of a run folder, with the names of NeuroBench.

    footprint: bytes of the network's words in the memories of the chip
    connection_sparsity: share of the weights of the dense matrices between connected populations that are no synapse
    activation_sparsity: share of neurons and steps without a spike
    synaptic_operations: for each sample, Effective_ACs (additions of weights that a spike caused), Effective_MACs (0: spikes are
      binary), and Dense (additions that dense matrices would need in each step)
    """
    folder = pathlib.Path(folder)
    remedy = "name a folder that spikemesh run wrote"
    config, stats, mapped = (read_json(folder / name, remedy) for name in ("config.json", "stats.json", "map.json"))
    if stats["counters"] is None:
        raise ReportError(f"{folder}/stats.json: the run has no counters, which may have wrapped; run fewer steps")
    table = _networks_file(folder, config, network)
    sizes = {each["name"]: int(each["size"]) for each in table["populations"]}
    neurons = sum(int(each["size"]) for each in table["populations"] if "input" not in each)
    pairs = {(each["from"], each["to"]) for each in table["projections"]}
    dense = sum(sizes[source] * sizes[target] for source, target in pairs)
    counters, steps, samples = stats["counters"], stats["steps"], stats["samples"]
    if not dense or not neurons or not steps:
        raise ReportError(f"{folder}: the network has no neuron or no synapse, or no step was run; there is nothing to measure")
    return {"footprint": _footprint(mapped["tiles"]), "connection_sparsity": 1 - mapped["synapses"] / dense,
            "activation_sparsity": 1 - counters["spikes"] / (neurons * steps),
            "synaptic_operations": {"Effective_MACs": 0.0, "Effective_ACs": counters["synapse_events"] / samples, "Dense": dense * steps / samples}}
