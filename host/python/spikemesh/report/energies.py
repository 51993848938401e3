# SPDX-License-Identifier: Apache-2.0
"""Modelled energy of a run: coefficients from a file times the events of its activity (docs/exploration/report.md)."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import numpy as np

from .activity import Activity, ReportError, read_json

SCHEMA = "spikemesh-energy-1"
_FOLDER = pathlib.Path(__file__).absolute().parent / "coefficients"
#: Events that cost energy, and what is counted.
UNITS = {
    "synaptic_event": "synapses that delivered their weight",
    "weight_update": "plastic synapses that were depressed or potentiated",
    "neuron_update": "neurons that an Update visited",
    "neuron_inactive": "neurons of the network that were not visited in a step",
    "spike": "neurons that fired",
    "packet": "packets that a core handed to its router",
    "hop_x": "links in x direction, and to and from the host, that a spike crossed",
    "hop_y": "links in y direction that a spike crossed",
}
_KEYS = ("spikemesh_energy", "name", "doc", "pj", "leakage")


def coefficient_names() -> list[str]:
    """The files that come with SpikeMesh."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def _refuse(place: str, value: Any, wanted: str) -> ReportError:
    return ReportError(f"{place}: {json.dumps(value)}, but {wanted}")


def _number(place: str, value: Any, above: bool = False) -> float:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value) and (value > 0 if above else value >= 0)
    if not good:
        raise _refuse(place, value, "a number above 0 is needed" if above else "a number of at least 0 is needed")
    return float(value)


def _object(place: str, value: Any, keys: tuple[str, ...], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(place, value, f"an object with {', '.join(keys)} is needed")
    for key in value:
        if key not in keys:
            raise ReportError(f"{place}/{key}: no such key; there are {', '.join(keys)}")
    for key in needed:
        if key not in value:
            raise ReportError(f"{place}/{key}: it is missing")
    return value


def _entry(place: str, value: Any, more: tuple[str, ...] = ()) -> float:
    """A value with its source, which is what makes it worth anything."""
    entry = _object(place, value, ("value", "source", *more), ("value", "source", *more))
    if not isinstance(entry["source"], str) or not entry["source"]:
        raise _refuse(f"{place}/source", entry["source"], "a text is needed: where the value stands")
    return _number(f"{place}/value", entry["value"])


class Coefficients:
    """pJ of each unit, and the leakage of a tile in uW at a clock in MHz, read from a file or by the name of one that comes with SpikeMesh."""

    def __init__(self, given: str | os.PathLike[str]):
        named = _FOLDER / f"{given}.json"
        path = named if str(given) in coefficient_names() else pathlib.Path(given)
        self.path = path
        table = read_json(path, f"name a file, or one of {', '.join(coefficient_names())}")
        place = f"{path}: "
        table = _object(place, table, _KEYS, ("spikemesh_energy", "name", "pj"))
        if table["spikemesh_energy"] != 1:
            raise _refuse(f"{place}/spikemesh_energy", table["spikemesh_energy"], "1 is the version that this program reads")
        if not isinstance(table["name"], str):
            raise _refuse(f"{place}/name", table["name"], "a text is needed")
        self.table, self.name, self.doc = table, table["name"], table.get("doc", "")
        units = _object(f"{place}/pj", table["pj"], tuple(UNITS))
        self.pj = {unit: _entry(f"{place}/pj/{unit}", units[unit]) for unit in units}
        if not self.pj:
            raise ReportError(f"{place}/pj: it is empty; give at least one of {', '.join(UNITS)}")
        self.leakage_uw, self.clock_mhz = 0.0, 1.0
        if "leakage" in table:
            self.leakage_uw = _entry(f"{place}/leakage", table["leakage"], ("clock_mhz",))
            self.clock_mhz = _number(f"{place}/leakage/clock_mhz", table["leakage"]["clock_mhz"], above=True)


class Energy:
    """Modelled energy. units: pJ by unit; windows: pJ [unit, window]; counts: events by unit; total_pj is the sum of the units."""

    def __init__(self, coefficients: Coefficients, counts: dict[str, Any], activity: Activity):
        pj = dict(coefficients.pj)
        if coefficients.leakage_uw:  # uW for a cycle at 1 MHz is pJ
            counts = {**counts, "leakage": activity.window("cycles") * activity.tiles}
            pj["leakage"] = coefficients.leakage_uw / coefficients.clock_mhz
        self.coefficients, self.activity, self.per_event = coefficients, activity, pj
        self.counts = {unit: int(counts[unit].sum()) for unit in pj}
        self.windows = np.array([counts[unit] * pj[unit] for unit in pj])
        self.units = {unit: self.counts[unit] * pj[unit] for unit in pj}

    @property
    def total_pj(self) -> float:
        return sum(self.units.values())

    @property
    def pj_a_step(self) -> float:
        return self.total_pj / max(1, self.activity.steps)

    def to_json(self) -> str:
        rows = {unit: {"events": self.counts[unit], "pj_an_event": self.per_event[unit], "pj": self.units[unit]} for unit in self.units}
        return json.dumps({"schema": SCHEMA, "modelled": True, "coefficients": self.coefficients.name, "file": str(self.coefficients.path),
                           "steps": self.activity.steps, "units": rows, "total_pj": self.total_pj, "pj_a_step": self.pj_a_step}, indent=2)

    def table(self) -> str:
        lines = [f"modelled energy with the coefficients of {self.coefficients.name} ({self.coefficients.path.name})", "",
                 f"{'unit':<16} {'events':>16} {'pJ an event':>12} {'nJ':>14} {'share':>7}"]
        for unit, pj in self.units.items():
            part = 100 * pj / self.total_pj if self.total_pj else 0
            lines.append(f"{unit:<16} {self.counts[unit]:>16,} {self.per_event[unit]:>12.4g} {pj / 1e3:>14,.3f} {part:>6.1f}%")
        lines.append(f"{'total':<16} {'':>16} {'':>12} {self.total_pj / 1e3:>14,.3f}   100%" if self.total_pj else "total 0 nJ")
        lines.append(f"{self.pj_a_step / 1e3:,.3f} nJ a step, {self.activity.steps:,} steps")
        return "\n".join(lines)


def _neurons(activity: Activity) -> Any:
    """Neurons of the network in each tile."""
    neurons = np.zeros(activity.tiles, np.int64)
    for tile in read_json(activity.folder / "map.json", "name a folder that spikemesh run wrote")["tiles"]:
        neurons[tile["y"] * activity.mesh_w + tile["x"]] = tile["neurons"]["used"]
    return neurons


def event_counts(activity: Activity) -> dict[str, Any]:
    """Events of each unit by window."""
    visited = activity.core("neuron_updates")
    held = activity.window("steps")[:, None] * _neurons(activity)[None, :]
    ports = activity.links.sum(axis=1)
    return {"synaptic_event": activity.core("synapse_events").sum(axis=1), "weight_update": activity.core("weight_updates").sum(axis=1),
            "neuron_update": visited.sum(axis=1), "neuron_inactive": np.maximum(held - visited, 0).sum(axis=1),
            "spike": activity.core("spikes").sum(axis=1), "packet": activity.core("emitted").sum(axis=1),
            "hop_x": ports[:, 2] + ports[:, 4] + activity.window("to_host"), "hop_y": ports[:, 1] + ports[:, 3]}


def energy(folder: str | os.PathLike[str], coefficients: str | os.PathLike[str] | Coefficients) -> Energy:
    """The modelled energy of a run folder. coefficients: a file, or the name of one of coefficient_names(). Raises ReportError."""
    if not isinstance(coefficients, Coefficients):
        coefficients = Coefficients(coefficients)
    activity = Activity(folder)
    return Energy(coefficients, event_counts(activity), activity)
