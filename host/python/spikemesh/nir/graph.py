# SPDX-License-Identifier: Apache-2.0
"""NIR graphs without sub-graphs, with the shape of every node."""

from __future__ import annotations

import dataclasses
import importlib
import math
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .. import _core
from .linear import LinearMap, Shape, linear_map, refuse

SPIKING = ("IF", "LIF", "CubaLIF", "Threshold")
ANALOG = ("I", "LI", "CubaLI")
NEURONS = SPIKING + ANALOG
LINEAR = ("Affine", "AvgPool2d", "Conv1d", "Conv2d", "Delay", "Flatten", "Linear", "Pass", "Scale", "SumPool2d")
SIZED_BY = {"I": "r", "IF": "v_threshold", "LI": "v_leak", "LIF": "v_threshold", "CubaLI": "v_leak",
            "CubaLIF": "v_threshold", "Threshold": "threshold", "Scale": "scale", "Delay": "delay"}


class Pass:
    """Input or Output of a sub-graph: what comes in goes out."""


def import_nir() -> Any:
    """The library nir, or an error with the command that installs it."""
    try:
        return importlib.import_module("nir")
    except ImportError as error:
        raise _core.Error(f"NIR files need the Python package nir, which does not load here ({error}): "
                          'pip install "nir==1.0.8", or install this package as spikemesh[nir]') from None


def read_graph(source: Any) -> Any:
    """A NIR graph from a path, or the graph that it is."""
    if not isinstance(source, (str, os.PathLike)):
        if not (hasattr(source, "nodes") and hasattr(source, "edges")):
            raise TypeError(f"from_nir: a path or a nir.NIRGraph is needed, not {type(source).__name__}")
        return source
    nir, path = import_nir(), os.fspath(source)
    if not os.path.isfile(path):
        raise _core.InputError(f"{path}: no such file")
    try:
        graph = nir.read(path, type_check=False)
    except OSError as error:
        raise _core.InputError(f"{path}: it is no NIR file (HDF5): {error}") from None
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _core.InputError(f"{path}: the library nir {nir.version} cannot read it: {error!r}") from None
    if not hasattr(graph, "nodes"):
        raise _core.InputError(f"{path}: it holds one node of type {type(graph).__name__}, but a graph is needed")
    return graph


@dataclasses.dataclass
class FlatGraph:
    """Nodes by name ("a.b" is b of the sub-graph a), edges, the shape of what comes in and goes out of each node, and
    what the linear ones do."""

    nodes: dict[str, Any]
    edges: list[tuple[str, str]]
    shape_in: dict[str, Shape] = dataclasses.field(default_factory=dict)
    shape_out: dict[str, Shape] = dataclasses.field(default_factory=dict)
    maps: dict[str, LinearMap] = dataclasses.field(default_factory=dict)

    def kind(self, name: str) -> str:
        """The type of a node, as NIR calls it; Pass for the ends of sub-graphs."""
        return str(type(self.nodes[name]).__name__)

    def of_kind(self, *kinds: str) -> list[str]:
        return [name for name in self.nodes if self.kind(name) in kinds]

    def before(self, name: str) -> list[str]:
        return [a for a, b in self.edges if b == name]

    def size(self, name: str) -> int:
        """Elements of what goes out."""
        return math.prod(self.shape_out[name])


def _one_end(name: str, graph: Any, kind: str) -> str:
    ends = [key for key, node in graph.nodes.items() if type(node).__name__ == kind]
    if len(ends) != 1:
        raise refuse(name, f"a sub-graph with {len(ends)} {kind} nodes, but an edge to or from it means one; "
                           "NIR has no way to say which: give it one, or move its nodes into the graph around it")
    return str(ends[0])


def flatten(graph: Any) -> FlatGraph:
    """The graph with the nodes of its sub-graphs in the place of these; names are joined by dots."""
    flat = FlatGraph({}, [])
    first: dict[str, str] = {}  # sub-graph -> node that its incoming edges go to
    last: dict[str, str] = {}
    for name, node in graph.nodes.items():
        if not hasattr(node, "nodes"):
            if type(node).__name__ not in NEURONS + LINEAR + ("Input", "Output"):
                raise refuse(name, f"its type {type(node).__name__} is not known; known are "
                                   f"{', '.join(sorted(NEURONS + LINEAR[:-3]))} and more of nir 1.0.8")
            flat.nodes[name] = node
            continue
        first[name], last[name] = (f"{name}.{_one_end(name, node, kind)}" for kind in ("Input", "Output"))
        inner = flatten(node)
        for key, child in inner.nodes.items():
            flat.nodes[f"{name}.{key}"] = Pass() if inner.kind(key) in ("Input", "Output") else child
        flat.edges += [(f"{name}.{a}", f"{name}.{b}") for a, b in inner.edges]
    for a, b in graph.edges:
        for end in (a, b):
            if end not in graph.nodes:
                raise _core.InputError(f'NIR edge "{a}" -> "{b}": there is no node "{end}"; the graph has '
                                       f"{', '.join(graph.nodes)}")
        flat.edges.append((last.get(a, a), first.get(b, b)))
    flat.edges = list(dict.fromkeys(flat.edges))
    return flat


def add_ends(flat: FlatGraph) -> None:
    """Input and Output nodes where a graph begins or ends without, as the library nir adds them."""
    sources, targets = {a for a, _ in flat.edges}, {b for _, b in flat.edges}
    for name in list(flat.nodes):
        kind = flat.kind(name)
        if name not in targets and kind != "Input":
            flat.nodes[f"input_{name}"] = type("Input", (), {"input_type": {"input": None}})()
            flat.edges.append((f"input_{name}", name))
        if name not in sources and kind != "Output":
            flat.nodes[f"output_{name}"] = type("Output", (), {"output_type": {"output": None}})()
            flat.edges.append((name, f"output_{name}"))


def _shape_of(value: Any) -> Shape | None:
    return None if value is None else tuple(int(n) for n in np.ravel(value))


def _declared(flat: FlatGraph, name: str, given: Any) -> Shape | None:
    """The input shape that a node says itself; None: it depends on what comes in."""
    node, kind = flat.nodes[name], flat.kind(name)
    if kind == "Input":
        chosen = given.get(name) if isinstance(given, Mapping) else given
        return _shape_of(chosen if chosen is not None else node.input_type["input"])
    if kind in SIZED_BY:
        return np.shape(getattr(node, SIZED_BY[kind]))
    if kind in ("Affine", "Linear"):
        shape = np.shape(node.weight)
        return (*shape[:-2], shape[-1])
    if kind in ("Conv1d", "Conv2d") and node.input_shape is not None:
        return (int(np.shape(node.weight)[1] * np.asarray(node.groups).item()), *np.ravel(node.input_shape).astype(int).tolist())
    if kind == "Flatten":
        return _shape_of((node.input_type or {}).get("input"))
    return None


def infer_shapes(flat: FlatGraph, given: Any, dt: float, told: Callable[[str], None]) -> None:
    """Fills in shapes and linear maps, from the inputs on. `given`: shape of the inputs, or of each by name."""
    if isinstance(given, Mapping) and (unknown := set(given) - set(flat.of_kind("Input"))):
        raise _core.InputError(f"input_shape: no Input node {', '.join(sorted(unknown))}; the graph has "
                               f"{', '.join(flat.of_kind('Input'))}")
    waiting = list(flat.nodes)
    while waiting:
        ready = [name for name in waiting if flat.kind(name) == "Input" and _declared(flat, name, given) is not None
                 or any(a in flat.shape_out for a in flat.before(name))]
        if not ready:
            ready = [name for name in waiting if _declared(flat, name, given) is not None][:1]
        if not ready:
            raise refuse(waiting[0], "its shape is said nowhere; give input_shape=(channels, height, width), or "
                                     "input_shape={input node: shape}")
        for name in ready:
            waiting.remove(name)
            known = [flat.shape_out[a] for a in flat.before(name) if a in flat.shape_out]
            shape = known[0] if known else _declared(flat, name, given)
            assert shape is not None
            _set_shape(flat, name, shape, dt, told)
    for a, b in flat.edges:
        if flat.shape_out[a] != flat.shape_in[b]:
            raise _core.InputError(f'NIR edge "{a}" -> "{b}": {flat.shape_out[a]} goes out of the one, but '
                                   f"{flat.shape_in[b]} into the other (is a Flatten node missing?)")


def _set_shape(flat: FlatGraph, name: str, shape: Shape, dt: float, told: Callable[[str], None]) -> None:
    if not shape or any(n < 1 for n in shape):
        if math.prod(shape) != 1:
            raise refuse(name, f"its input has the shape {shape}, but every axis is at least 1")
        shape = (1,)
    flat.shape_in[name] = flat.shape_out[name] = shape
    mapped = linear_map(name, flat.nodes[name], shape, dt, told)
    if mapped is not None:
        flat.maps[name] = mapped
        flat.shape_out[name] = mapped.shape
