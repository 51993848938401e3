# SPDX-License-Identifier: Apache-2.0
"""to_nir: a network of the chip as a NIR graph.

What NIR has no word for goes into the metadata of nodes, where from_nir finds it; other readers ignore it.
"""

from __future__ import annotations

import json
import pathlib
import tempfile
import warnings
from typing import Any

import numpy as np

from .. import _core
from .graph import import_nir
from .matrix import Array, Matrix, total
from .notes import NirWarning, noted


def to_nir(network: _core.Network) -> Any:
    """The network as a nir.NIRGraph, to be written with nir.write(path, graph). Time constants and delays are in seconds.

    Each projection becomes a Linear (or Scale) node and a Delay node; recorded neurons lead to Output nodes. Raw neurons
    become CubaLIF, LIF or IF nodes in raw units. Raises InputError, with the population or projection, for what NIR cannot
    say: learning, adaptive thresholds, currents or potentials that never leak beside ones that do. Warns (NirWarning) of
    what it says in metadata only.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.json"
        network.save(path)
        root = json.loads(path.read_text(encoding="utf-8"))
        exporter = _Exporter(root, pathlib.Path(folder), network)
        return exporter.run()


class _Exporter:
    def __init__(self, root: dict[str, Any], folder: pathlib.Path, network: _core.Network):
        self.root, self.folder, self.network, self.nir = root, folder, network, import_nir()
        self.dt = root["dt_ms"] / 1000
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []
        self.sizes = {p["name"]: p["size"] for p in root["populations"]}

    def run(self) -> Any:
        for population in self.root["populations"]:
            self._population(population)
        for number, projection in enumerate(self.root["projections"]):
            self._projection(projection, number)
        kept = {key: self.root[key] for key in ("dt_ms", "decay_bits", "v_scale", "split_weights", "adapt_period", "relays", "integration")
                if key in self.root}
        return self.nir.NIRGraph(self.nodes, self.edges, metadata=noted(**kept), type_check=False)

    def _array(self, value: Any) -> Any:
        return np.load(self.folder / value["npy"]) if isinstance(value, dict) else np.asarray(value)

    def _population(self, population: dict[str, Any]) -> None:
        name, size = population["name"], population["size"]
        if "/" in name:
            raise _core.InputError(f'population "{name}": NIR files are HDF5, in which a name cannot hold "/"; rename it')
        if "input" in population:
            most = self._array(population["input"]["max_spikes_per_step"])
            self.nodes[name] = self.nir.Input(np.array([size]))
            self.nodes[name].metadata = noted(max_spikes_per_step=most)
            return
        if "v" in population or "i" in population:
            raise _core.InputError(f'population "{name}": NIR has no potentials and currents to begin with; export the network without v and i')
        if "adapt" in population:
            raise _core.InputError(f'population "{name}": NIR has no adaptive thresholds; export the network without adapt')
        raw = "raw" in population
        each = {key: np.broadcast_to(self._array(value), size).astype(float)
                for key, value in population["raw" if raw else "neuron"].items() if key != "reset"}
        if np.any(each.get("adapt_step", 0)):
            raise _core.InputError(f'population "{name}": NIR has no adaptive thresholds; use adapt_step 0')
        values, bias, notes = (self._raw(name, each) if raw
                               else self._physical(name, each, population["neuron"]["reset"] == "subtract"))
        if "v_scale" in population:
            notes["v_scale"] = self._array(population["v_scale"])
        self._neurons(name, size, values, bias, notes)
        self._record(name, size, population.get("record", False))

    def _raw(self, name: str, each: dict[str, Array]) -> tuple[dict[str, Array], Array, dict[str, Any]]:
        one = 2.0 ** self.root["decay_bits"]
        zero = np.zeros(self.sizes[name])
        subtract = each.get("subtract", zero)
        if np.any(subtract != subtract[0]):
            raise _core.InputError(f'population "{name}": some of its neurons subtract and others do not; make two populations')
        values = {"a": each.get("decay_i", zero) / one, "b": each.get("decay_v", zero) / one, "gv": zero + 1,
                  "gi": 2 ** each.get("gain", zero), "v_threshold": each.get("theta", zero),
                  "v_reset": zero if subtract[0] else each.get("v_reset", zero), "v_leak": zero}
        notes = {"raw": 1, "reset": "subtract" if subtract[0] else "to_value"}
        return values, each.get("bias", zero) / values["gi"], self._refractory(name, each.get("refractory", zero), notes)

    def _physical(self, name: str, each: dict[str, Array], subtract: bool) -> tuple[dict[str, Array], Array, dict[str, Any]]:
        zero = np.zeros(self.sizes[name])
        a, gi = self._leak(each, "tau_syn_ms", "alpha", each.get("w_in", zero + 1))
        b, gv = self._leak(each, "tau_m_ms", "beta", each.get("r", zero + 1))
        rest = each.get("v_rest", zero)
        values = {"a": a, "b": b, "gi": gi, "gv": gv, "v_threshold": each["v_threshold"], "v_leak": rest,
                  "v_reset": rest if subtract else each.get("v_reset", rest)}
        steps = each.get("t_refractory_ms", zero) / self.root["dt_ms"]
        notes = {"reset": "subtract" if subtract else "to_value", "alpha": int("tau_syn_ms" not in each),
                 "beta": int("tau_m_ms" not in each)}
        return values, each.get("bias", zero), self._refractory(name, np.rint(steps), notes)

    def _leak(self, each: dict[str, Array], tau: str, factor: str, gain: Array) -> tuple[Array, Array]:
        """Factor a step, and the gain of what comes in."""
        if tau not in each:
            return each.get(factor, np.zeros(gain.size)), gain
        ratio = self.root["dt_ms"] / each[tau]
        left = np.exp(-ratio) if self.root["integration"] == "exponential" else 1 - ratio
        return left, gain * (1 - left)

    def _refractory(self, name: str, steps: Array, notes: dict[str, Any]) -> dict[str, Any]:
        if not np.any(steps):
            return notes
        warnings.warn(f'population "{name}": NIR has no refractory time; it is in metadata, which other readers ignore',
                      NirWarning, stacklevel=6)
        return {**notes, "refractory": steps}

    def _neurons(self, name: str, size: int, values: dict[str, Array], bias: Array, notes: dict[str, Any]) -> None:
        a, b, gi, gv = (values[key] for key in ("a", "b", "gi", "gv"))
        dt, fires = self.dt, {key: values[key] for key in ("v_threshold", "v_reset")}
        never = [key for key, factor in (("potential", b), ("current", a)) if np.any(factor == 1)]
        if never and not (np.all(b == 1) and not np.any(a)):
            raise _core.InputError(f'population "{name}": the {never[0]} of some neurons never leaks; NIR can say this of '
                                   "the potential of whole populations without a synaptic time constant only")
        if never:
            node = self.nir.IF(r=gi * gv / dt, **fires)
        elif not np.any(a):
            node = self.nir.LIF(tau=dt / (1 - b), r=gi * gv / (1 - b), v_leak=values["v_leak"], **fires)
        else:
            node = self.nir.CubaLIF(tau_syn=dt / (1 - a), tau_mem=dt / (1 - b), r=gv / (1 - b), v_leak=values["v_leak"],
                                    w_in=gi / (1 - a), **fires)
        node.metadata = noted(**notes)
        self.nodes[name] = node
        if np.any(bias):  # a constant comes out of Affine nodes only: one that multiplies by 0
            self._add(f"{name}.bias", self.nir.Affine(np.zeros((size, size)), bias), name, name)

    def _add(self, name: str, node: Any, source: str, target: str | None) -> str:
        self.nodes[name] = node
        self.edges.append((source, name))
        if target is not None:
            self.edges.append((name, target))
        return name

    def _record(self, name: str, size: int, recorded: Any) -> None:
        if recorded is False:
            return
        source = name
        if recorded is not True:
            chosen = np.asarray(recorded)
            weight = np.zeros((chosen.size, size))
            weight[np.arange(chosen.size), chosen] = 1
            source, size = self._add(f"{name}.recorded", self.nir.Linear(weight), name, None), chosen.size
        self._add(f"{name}.output", self.nir.Output(np.array([size])), source, None)

    def _projection(self, projection: dict[str, Any], number: int) -> None:
        source, target = projection["from"], projection["to"]
        where = f'projection from "{source}" to "{target}"'
        if "rule" in projection:
            raise _core.InputError(f"{where}: NIR has no learning; export what was learned, without rules")
        matrix = self._matrix(projection, number)
        for delay in np.unique(matrix.delay):
            part = matrix.select(matrix.delay == delay)
            merged = total([Matrix.of(part.rows, part.cols, part.row, part.col, part.value)]).merged()
            node = self._linear(merged, where)
            key = f"projection{number}.{delay}"
            self._add(key, node, source, None)
            self._add(f"{key}.delay", self.nir.Delay(np.full(part.rows, delay * self.dt)), key, target)

    def _linear(self, matrix: Matrix, where: str) -> Any:
        if matrix.rows == matrix.cols == matrix.row.size and np.array_equal(matrix.row, matrix.col):
            scale = np.empty(matrix.rows)
            scale[matrix.row] = matrix.value
            return self.nir.Scale(scale)
        if matrix.rows * matrix.cols > 10**9:
            raise _core.InputError(f"{where}: NIR has dense matrices only, and {matrix.rows} x {matrix.cols} are more than "
                                   "1e9 elements; split the populations")
        weight = np.zeros((matrix.rows, matrix.cols))
        weight[matrix.row, matrix.col] = matrix.value
        return self.nir.Linear(weight)

    def _matrix(self, projection: dict[str, Any], number: int) -> Matrix:
        """Rows receive, columns send; delays in steps."""
        source, target = projection["from"], projection["to"]
        cols, rows = self.sizes[source], self.sizes[target]
        weight, delay = (self._array(projection[key]) for key in ("weight", "delay"))
        kind = projection["connect"]
        if kind in ("conv2d", "pool2d"):  # synapse by synapse
            held = self.network._projection(number)
            row, col, weight, delay = (held[key] for key in ("post", "pre", "weight", "delay"))
        elif kind == "sparse":
            row, col = self._array(projection["post"]), self._array(projection["pre"])
        elif kind == "one_to_one":
            row = col = np.arange(rows)
        else:
            col, row = np.arange(cols)[:, None], np.arange(rows)[None, :]
        matrix = Matrix.of(rows, cols, row, col, weight * projection.get("weight_scale", 1), delay)
        if projection.get("allow_self") is False and source == target:
            matrix = matrix.select(matrix.row != matrix.col)
        return matrix.select(matrix.value != 0)
