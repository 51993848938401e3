# SPDX-License-Identifier: Apache-2.0
"""SONATA networks: nodes and edges in HDF5, their types in CSV, and a configuration in JSON."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import pathlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._calls import helpful
from .._optional import needed
from ..network import Network
from . import models

if TYPE_CHECKING:
    import numpy.typing as npt

    _Array = npt.NDArray[Any]
    _Types = dict[int, dict[str, str]]


@dataclasses.dataclass(frozen=True, repr=False)
class Sonata:
    """What read_sonata gives. network: the network. steps: what the configuration runs, or None. inputs: populations -> events
    of the spike files of the configuration, for Machine.run. delay_error_ms: how far delays were moved to whole steps, at most."""

    network: Network
    steps: int | None
    inputs: dict[str, _Array]
    delay_error_ms: float

    def __repr__(self) -> str:
        return f"<Sonata: {self.network!r}; delays off by at most {self.delay_error_ms:g} ms>"


def _read_json(path: pathlib.Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise _core.InputError(f"{path}: {error}; a SONATA configuration (JSON) is needed") from None


def _read_config(path: pathlib.Path) -> dict[str, Any]:
    """With its variables replaced, and the circuit that it names."""
    config = _read_json(path)
    variables = {key.lstrip("$"): value for key, value in config.get("manifest", {}).items()}

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(each) for key, each in value.items()}
        if isinstance(value, list):
            return [replaced(each) for each in value]
        if not isinstance(value, str):
            return value
        for _ in range(len(variables) + 1):
            value = re.sub(r"\$\{?(\w+)\}?", lambda match: str(variables.get(match[1], match[0])), value)
        return value

    config = replaced({key: value for key, value in config.items() if key != "manifest"})
    if "networks" not in config and "network" in config:
        circuit = _read_config(path.parent / config["network"])
        config = {**circuit, **config, "base": circuit["base"]}
    return {"base": path.parent, **config}


def _read_types(path: pathlib.Path | None, key: str) -> _Types:
    """Type -> its columns; SONATA separates them by spaces."""
    if path is None:
        return {}
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=" ", skipinitialspace=True))
    if rows and key not in rows[0]:
        raise _core.InputError(f"{path}: no column {key}; SONATA's types are columns between spaces")
    return {int(row[key]): {name: value for name, value in row.items() if value not in (None, "", "NULL")} for row in rows}


def _open(path: pathlib.Path) -> Any:
    h5py = needed("h5py", "read_sonata")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise _core.InputError(f"{path}: {error}; an HDF5 file of SONATA is needed") from None


class _Table:
    """Nodes or edges of one population: attributes of each, from its group or else from its type."""

    def __init__(self, group: Any, kind: str, types: _Types, place: str):
        self.group, self.types, self.place = group, types, place
        if f"{kind}_type_id" not in group:
            raise _core.InputError(f"{place}: no {kind}_type_id; SONATA's {kind}s have one each")
        self.type_id: _Array = group[f"{kind}_type_id"][:]
        self.count = len(self.type_id)
        ids = group[f"{kind}_group_id"][:] if f"{kind}_group_id" in group else np.zeros(self.count, np.int64)
        self._groups = [(str(each), np.flatnonzero(ids == each)) for each in np.unique(ids)]
        name = f"{kind}_group_index"
        self._index: _Array = group[name][:] if name in group else np.arange(self.count)
        unknown = set(np.unique(self.type_id).tolist()) - set(types)
        if unknown and types:
            raise _core.InputError(f"{place}: {kind}_type_id {min(unknown)} is not among the {kind} types; add it to their CSV")

    def each(self, name: str, otherwise: float | None = None) -> _Array | None:
        """[count] of one attribute; None: nobody has it."""
        values = np.full(self.count, np.nan)
        for type_id in np.unique(self.type_id).tolist():
            if name in self.types.get(type_id, {}):
                try:
                    values[self.type_id == type_id] = float(self.types[type_id][name])
                except ValueError:
                    raise _core.InputError(f"{self.place}: {name} of type {type_id} is {self.types[type_id][name]!r}, but a number is needed") from None
        for group, rows in self._groups:
            if f"{group}/{name}" in self.group:
                values[rows] = self.group[f"{group}/{name}"][:][self._index[rows]]
        missing = np.isnan(values)
        if missing.all() and otherwise is None:
            return None
        if missing.any():
            if otherwise is None:
                raise _core.InputError(f"{self.place}: {np.count_nonzero(missing)} of {self.count} have no {name}; give it to all, or to none")
            values[missing] = otherwise
        return values

    def text(self, type_id: int, name: str, otherwise: str = "") -> str:
        return str(self.types.get(type_id, {}).get(name, otherwise))


class _Reader:
    def __init__(self, config: Mapping[str, Any], dt_ms: float, neurons: Mapping[str, Any], record: bool):
        self.base, self.config, self.dt_ms, self.given, self.record = pathlib.Path(config["base"]), config, dt_ms, neurons, record
        self.network = Network(dt_ms, integration="exponential")
        self.ids: dict[str, _Array] = {}  # population -> node_id of each of its neurons, where they do not count from 0
        self.delay_error = 0.0

    def path(self, name: Any) -> pathlib.Path | None:
        return None if not name or name == "NULL" else self.base / str(name)

    def files(self, kind: str) -> list[tuple[Any, _Types]]:
        listed = self.config.get("networks", {}).get(kind + "s", [])
        return [(_open(self.base / each[f"{kind}s_file"]), _read_types(self.path(each.get(f"{kind}_types_file")), f"{kind}_type_id")) for each in listed]

    def read_nodes(self) -> None:
        for file, types in self.files("node"):
            with file:
                for name, group in file.get("nodes", {}).items():
                    self._population(name, _Table(group, "node", types, f"{file.filename}:/nodes/{name}"))

    def _population(self, name: str, table: _Table) -> None:
        kinds = {table.text(each, "model_type", "virtual") for each in np.unique(table.type_id).tolist()}
        if "node_id" in table.group and not np.array_equal(table.group["node_id"][:], np.arange(table.count)):
            self.ids[name] = table.group["node_id"][:]
        if kinds == {"virtual"} and name not in self.given:
            self.network.add_input(name, table.count)
            return
        if "virtual" in kinds:
            raise _core.InputError(f"{table.place}: virtual and other nodes in one population; put them into two")
        neurons = self.given.get(name)
        self.network.add_neurons(name, table.count, self._neurons(table) if neurons is None else neurons, record=self.record)

    def _neurons(self, table: _Table) -> _core.PhysicalNeurons:
        each_type: dict[int, dict[str, float]] = {}
        for type_id in np.unique(table.type_id).tolist():
            parameters = {}
            if file := table.text(type_id, "dynamics_params"):
                folder = self.config.get("components", {}).get("point_neuron_models_dir", ".")
                parameters = _read_json(self.base / folder / file)
            each_type[type_id] = models.of_type(table.text(type_id, "model_template"), parameters, self.dt_ms, f"{table.place}, type {type_id}")
        keys = {key for values in each_type.values() for key in values}
        if len({frozenset(values) for values in each_type.values()}) > 1:
            raise _core.InputError(f"{table.place}: models with and without a synaptic current in one population; put them into two")
        columns: dict[str, Any] = {}
        for key in keys:
            column = np.zeros(table.count)
            for type_id, values in each_type.items():
                column[table.type_id == type_id] = values[key]
            columns[key] = column if np.ptp(column) else float(column[0])
        return _core.PhysicalNeurons(**columns)

    def read_edges(self) -> None:
        for file, types in self.files("edge"):
            with file:
                for name, group in file.get("edges", {}).items():
                    self._projection(group, _Table(group, "edge", types, f"{file.filename}:/edges/{name}"))

    def _projection(self, group: Any, table: _Table) -> None:
        ends = {}
        for end in ("source", "target"):
            held = group[f"{end}_node_id"]
            population = held.attrs.get("node_population", "")
            population = population.decode() if isinstance(population, bytes) else str(population)
            if population not in self.network:
                raise _core.InputError(f'{table.place}: {end}_node_id is of the node population "{population}", which no nodes file has')
            ends[end] = population, self._numbers(population, held[:], f"{table.place}: {end}_node_id")
        for type_id in np.unique(table.type_id).tolist():
            function = table.text(type_id, "weight_function")
            if function:
                raise _core.InputError(f'{table.place}: weight_function "{function}" of type {type_id} computes weights; store them as syn_weight')
        weight = table.each("syn_weight", 1.0)
        synapses = table.each("nsyns", 1.0)
        if weight is None or synapses is None or not table.count:
            return
        delay = table.each("delay")
        steps = np.ones(table.count) if delay is None else np.maximum(np.rint(delay / self.dt_ms), 1)
        if delay is not None:
            self.delay_error = max(self.delay_error, float(np.abs(steps * self.dt_ms - delay).max()))
        self.network.connect(ends["source"][0], ends["target"][0], ends["source"][1], ends["target"][1], weight * synapses, steps.astype(np.int64))

    def _numbers(self, population: str, ids: _Array, place: str) -> _Array:
        """Neurons of these node_ids."""
        held = self.ids.get(population)
        if held is None:
            return np.asarray(ids, np.int64)
        order = np.argsort(held)
        at = np.minimum(np.searchsorted(held, ids, sorter=order), len(held) - 1)
        if np.any(held[order[at]] != ids):
            raise _core.InputError(f'{place}: {ids[held[order[at]] != ids][0]} is no node_id of "{population}"')
        return np.asarray(order[at], np.int64)

    def read_inputs(self) -> dict[str, _Array]:
        made = {}
        for name, each in self.config.get("inputs", {}).items():
            if each.get("input_type") != "spikes" or each.get("module") not in ("h5", "sonata"):
                raise _core.InputError(f'{self.base}: input "{name}" is {each.get("input_type")} of module {each.get("module")}, but spikes of HDF5 files '
                                       "are read; leave it out and give inputs to the run")
            population = str(each["node_set"])
            made[population] = read_sonata_spikes(self.base / str(each["input_file"]), population, self.dt_ms)
            held = self.ids.get(population)
            if held is not None:
                made[population]["neuron"] = self._numbers(population, made[population]["neuron"], name)
        return made


@helpful
def read_sonata(config: str | os.PathLike[str] | Mapping[str, Any], *, dt_ms: float | None = None,
                neurons: Mapping[str, Any] | None = None, record: bool = True) -> Sonata:
    """Reads a SONATA network by `h5py`: a configuration (of a circuit or a simulation), or a mapping such as

        {"networks": {"nodes": [{"nodes_file": "nodes.h5", "node_types_file": "node_types.csv"}],
                      "edges": [{"edges_file": "edges.h5", "edge_types_file": "edge_types.csv"}]}}

    Node populations become populations of the same name: virtual ones inputs; point neurons neurons, if their model_template is
    nest:iaf_psc_exp or nest:iaf_psc_delta. neurons: {population: PhysicalNeurons or RawNeurons} instead of the file's. dt_ms: a
    step; without it the configuration's, or 1. Weights are syn_weight times nsyns; delays are rounded to steps of at least 1.
    record: whether spikes of all neurons come back."""
    held = {"base": ".", **config} if isinstance(config, Mapping) else _read_config(pathlib.Path(config))
    run = held.get("run", {})
    dt = float(run.get("dt", 1.0)) if dt_ms is None else dt_ms
    reader = _Reader(held, dt, neurons or {}, record)
    reader.read_nodes()
    if not reader.network.populations:
        raise _core.InputError(f"{config}: networks/nodes names no file with nodes; a circuit configuration of SONATA has it")
    if unknown := set(neurons or {}) - {name for name, _ in reader.network.populations}:
        raise _core.InputError(f"neurons: no node population {', '.join(sorted(unknown))}; there are "
                               f"{', '.join(name for name, _ in reader.network.populations)}")
    reader.read_edges()
    steps = round(float(run["tstop"]) / dt) if "tstop" in run else None
    return Sonata(reader.network, steps, reader.read_inputs(), reader.delay_error)


@helpful
def read_sonata_spikes(path: str | os.PathLike[str], population: str, dt_ms: float) -> npt.NDArray[Any]:
    """Spikes of a SONATA file, an array [n] with the fields step and neuron (its node_ids): /spikes/POPULATION of timestamps in
    milliseconds. Two spikes of a neuron in a step are one."""
    with _open(pathlib.Path(path)) as file:
        spikes = file.get("spikes", {})
        group = spikes if "timestamps" in spikes else spikes.get(population)
        if group is None or "node_ids" not in group:
            raise _core.InputError(f"{path}: no /spikes/{population} with timestamps and node_ids; there are {', '.join(spikes) or 'none'}")
        step = np.floor(np.asarray(group["timestamps"][:], np.float64) / dt_ms + 1e-9).astype(np.int64)
        places = np.unique(np.stack([step, np.asarray(group["node_ids"][:], np.int64)]), axis=1)
    rows = np.zeros(places.shape[1], [("step", np.int64), ("neuron", np.uint32)])
    rows["step"], rows["neuron"] = places
    return rows
