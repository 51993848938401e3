# SPDX-License-Identifier: Apache-2.0
"""Lists of edges: CSV, GraphML and other files of networkx, sparse matrices of scipy."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._calls import helpful, helpful_class
from .._optional import needed

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..network import Network

    _Array = npt.NDArray[Any]

#: Names of columns in the files of other programs.
NAMES = {"pre": ("pre", "source", "src", "from", "i"), "post": ("post", "target", "tgt", "dst", "to", "j"),
         "weight": ("weight", "w", "syn_weight"), "delay": ("delay", "delay_steps"), "delay_ms": ("delay_ms",)}
_GRAPHS = {".graphml": "read_graphml", ".gml": "read_gml", ".gexf": "read_gexf"}


@helpful_class
@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Edges:
    """Synapses one by one: pre and post, arrays [n] of neurons, weight [n], and delay (in steps) or delay_ms [n], where they are
    known. names: what the neurons are called in the file, by number; empty where they are numbers there.

        edges = sm.read_edges("connectome.graphml")
        net.add_neurons("cells", edges.size, lif)
        edges.connect(net, "cells", "cells")
    """

    pre: _Array
    post: _Array
    weight: _Array
    delay: _Array | None = None
    delay_ms: _Array | None = None
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The neurons that the edges need: one more than the largest number, or as many as have names."""
        return max(len(self.names), *(int(ends.max()) + 1 if len(ends) else 0 for ends in (self.pre, self.post)))

    @classmethod
    def of_matrix(cls, matrix: Any) -> Edges:
        """From a weight matrix [pre, post] of scipy.sparse, of any format, or of numpy. Entries that are stored twice add up."""
        if hasattr(matrix, "tocsr"):
            entries = matrix.tocsr().tocoo()  # adds up what is stored twice
            pre, post, weight = entries.row, entries.col, entries.data
        else:
            dense = np.asarray(matrix)
            if dense.ndim != 2:
                raise _core.InputError(f"matrix: shape {dense.shape}, but [pre, post] is needed")
            pre, post = np.nonzero(dense)
            weight = dense[pre, post]
        kept = weight != 0
        return cls(np.asarray(pre[kept], np.int64), np.asarray(post[kept], np.int64), np.asarray(weight[kept], np.float64))

    @classmethod
    def of_graph(cls, graph: Any, weight: str = "weight", delay: str = "delay", delay_ms: str = "delay_ms") -> Edges:
        """From a graph of networkx. Nodes are numbered in the graph's order; edges of an undirected graph go both ways. weight,
        delay, delay_ms: names of edge attributes; an edge without a weight has 1."""
        graph = graph if graph.is_directed() else graph.to_directed()
        number = {node: i for i, node in enumerate(graph.nodes)}
        rows = list(graph.edges(data=True))
        ends = np.array([(number[a], number[b]) for a, b, _ in rows], np.int64).reshape(-1, 2)
        columns: dict[str, _Array] = {}
        for key, name in (("weight", weight), ("delay", delay), ("delay_ms", delay_ms)):
            held = [data.get(name) for _, _, data in rows]
            there = sum(value is not None for value in held)
            if key != "weight" and there == 0:
                continue
            if key != "weight" and there < len(rows):
                raise _core.InputError(f'graph: {len(rows) - there} of {len(rows)} edges have no "{name}"; give it to all, or to none')
            try:
                columns[key] = np.array([1.0 if value is None else value for value in held], np.float64)
            except (TypeError, ValueError):
                raise _core.InputError(f'graph: the attribute "{name}" of some edge is no number') from None
        return cls(ends[:, 0], ends[:, 1], names=tuple(map(str, number)), **columns)  # type: ignore[arg-type]

    def connect(self, network: Network, from_: str | int, to: str | int, scale: float = 1.0) -> int:
        """Adds them as a projection, weights times `scale`; returns its number."""
        return network.connect(from_, to, self.pre, self.post, scale * self.weight, delay=self.delay, delay_ms=self.delay_ms)

    def __len__(self) -> int:
        return len(self.pre)

    def __repr__(self) -> str:
        delays = "" if self.delay is None and self.delay_ms is None else ", delays"
        return f"<Edges: {len(self)} among {self.size} neurons, weights{delays}>"


def _columns(path: pathlib.Path, names: list[str]) -> Mapping[str, int]:
    found = {key: next((i for i, name in enumerate(names) if name.lower() in known), None) for key, known in NAMES.items()}
    for key in ("pre", "post"):
        if found[key] is None:
            raise _core.InputError(f"{path}:1: no column {key} (or {', '.join(NAMES[key][1:])}) among {', '.join(names)}; "
                                   "begin the file with a header such as pre,post,weight,delay")
    if found["delay"] is not None and found["delay_ms"] is not None:
        raise _core.InputError(f"{path}:1: delay and delay_ms are the same in steps and in ms; keep one of them")
    return {key: place for key, place in found.items() if place is not None}


def _read_table(path: pathlib.Path) -> Edges:
    with open(path, encoding="utf-8-sig") as file:
        header = file.readline().strip()
        between = next((each for each in (",", "\t", ";") if each in header), None)
        names = [name.strip().strip('"') for name in header.split(between)]
        places = _columns(path, names)
        begin = file.tell()
        if not file.readline():
            empty = np.zeros(0, np.int64)
            return Edges(empty, empty, np.zeros(0))
        file.seek(begin)
        try:
            rows = np.loadtxt(file, delimiter=between, usecols=list(places.values()), ndmin=2)
        except ValueError as error:
            raise _core.InputError(f"{path}: {error} (below the header); neurons are numbers from 0 on, other columns are not read") from None
    held = dict(zip(places, rows.T))
    for key in [key for key in ("pre", "post", "delay") if key in held]:
        wrong = np.flatnonzero((held[key] < 0) | (held[key] != np.rint(held[key])))
        if len(wrong):
            raise _core.InputError(f"{path}:{wrong[0] + 2}: {key} is {held[key][wrong[0]]:g}, but a whole number that is not negative is needed")
    delay = held["delay"].astype(np.int64) if "delay" in held else None
    return Edges(held["pre"].astype(np.int64), held["post"].astype(np.int64), held.get("weight", np.ones(len(rows))), delay, held.get("delay_ms"))


@helpful
def read_edges(path: str | os.PathLike[str]) -> Edges:
    """Reads edges of a .csv, .tsv or .txt file with a header (pre, post or source, target; weight, delay, delay_ms if wanted), of a
    .graphml, .gml or .gexf file by `networkx`, or of an .npz file of scipy.sparse, a matrix [pre, post] of weights."""
    path = pathlib.Path(path)
    known = [".csv", ".tsv", ".txt", *_GRAPHS, ".npz"]
    if path.suffix.lower() not in known:
        raise _core.InputError(f"{path}: the extension says of which format edges are; known are {', '.join(known)}")
    if not path.is_file():
        raise _core.InputError(f"{path}: there is no such file; name one of edges")
    extension = path.suffix.lower()
    if extension in _GRAPHS:
        networkx = needed("networkx", "read_edges")
        try:
            return Edges.of_graph(getattr(networkx, _GRAPHS[extension])(path))
        except _core.InputError as error:
            raise _core.InputError(f"{path}: {error}") from None
        except Exception as error:  # of its parsers, of many kinds
            raise _core.InputError(f"{path}: {error}; networkx cannot read it, write it again") from None
    if extension == ".npz":
        sparse = needed("scipy.sparse", "read_edges")
        try:
            return Edges.of_matrix(sparse.load_npz(path))
        except (ValueError, OSError, KeyError) as error:
            raise _core.InputError(f"{path}: {error}; write it with scipy.sparse.save_npz") from None
    return _read_table(path)
