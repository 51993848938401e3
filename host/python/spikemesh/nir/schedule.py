# SPDX-License-Identifier: Apache-2.0
"""When the chip does what the original does: shifts of time and delays of projections.

Populations of the chip are one step or more apart, where frameworks pass through all layers within one step. So each
population has a shift s: what it does in step t of the original it does in step t + s of the chip. An edge that takes
k steps in the original (0 through layers, 1 around a loop, more by Delay nodes) has the delay s_to - s_from + k here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from .. import _core
from .matrix import Array, Matrix
from .signals import ONE, Signal


@dataclasses.dataclass
class Schedule:
    """Shifts in steps by population, which edges (from, to) close a loop, and which populations notice a step later what
    arrived."""

    shifts: dict[str, int]
    loops: set[tuple[str, str]]
    slow: set[str]

    def steps(self, source: str, target: str, matrix: Matrix) -> Array:
        """[n]: steps that the entries take in the original."""
        least = 1 if (source, target) in self.loops else 0
        return np.asarray(np.maximum(matrix.delay, least) + (target in self.slow))

    def delays(self, source: str, target: str, matrix: Matrix) -> Array:
        """[n]: steps that they take on the chip."""
        return np.asarray(self.shifts[target] - self.shifts.get(source, 0) + self.steps(source, target, matrix))


def _distances(inputs: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """Edges from the nearest input or, where there is none, from the first population of what is left."""
    targets: dict[str, list[str]] = {}
    for a, b in edges:
        targets.setdefault(a, []).append(b)
    distance = {name: 0 for name in inputs}
    nodes = list(dict.fromkeys(name for edge in edges for name in edge))
    front = list(inputs)
    while front or len(distance) < len(set(nodes) | set(inputs)):
        if not front:
            front = [next(name for name in nodes if name not in distance)]
            distance[front[0]] = 0
        reached = [b for a in front for b in targets.get(a, ()) if b not in distance]
        for b in reached:
            distance[b] = min(distance[a] + 1 for a in front if b in targets.get(a, ()))
        front = list(dict.fromkeys(reached))
    return distance


def _reachable(edges: list[tuple[str, str]]) -> dict[str, set[str]]:
    """What can be reached from each node by at least one edge."""
    targets: dict[str, set[str]] = {}
    for a, b in edges:
        targets.setdefault(a, set()).add(b)
    reach: dict[str, set[str]] = {}
    for name in targets:
        seen: set[str] = set()
        front = set(targets[name])
        while front:
            seen |= front
            front = {c for b in front for c in targets.get(b, ())} - seen
        reach[name] = seen
    return reach


def schedule(inputs: list[str], into: Mapping[str, Signal], late: set[str], slow: set[str]) -> Schedule:
    """Smallest shifts with which every delay is at least 1 (shifts of `late` are, too). Raises InputError where there
    are none."""
    edges = [(source, target) for target, signal in into.items() for source in signal if source != ONE]
    distance, reach = _distances(inputs, edges), _reachable(edges)
    loops = {(a, b) for a, b in edges if a in reach.get(b, ()) and distance[b] <= distance[a]}
    loops |= {(a, b) for a, b in edges if a == b}
    result = Schedule({name: 0 for name in inputs}, loops, slow)
    result.shifts.update({name: int(name in late) for name in into})
    least = {(a, b): int(result.steps(a, b, into[b][a]).min()) for a, b in edges}
    for _ in range(len(result.shifts) + 1):
        moved = False
        for (a, b), steps in least.items():
            needed = result.shifts[a] + 1 - steps
            if needed > result.shifts[b]:
                result.shifts[b], moved = needed, True
        if not moved:
            return result
    raise _core.InputError(
        "NIR: a loop through several populations takes fewer steps than it has populations, which the chip cannot do: "
        f"every spike takes a step. The edges that close loops are {', '.join(f'{a} -> {b}' for a, b in sorted(loops))}; "
        'give these Delay nodes of more steps, or use input_step="next" if in the original every edge takes a step')
