#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every pair of values of two build parameters occurs in one of the covering builds.

    cover_builds.py RTL_SPEC_DIR

The values of a parameter are those that the covering builds themselves take; CLASSES says how many
there have to be, and which ends of the allowed range. Mesh is one parameter: {MeshW, MeshH}.
"""
import itertools
import json
import pathlib
import sys

SPEC = json.loads((pathlib.Path(sys.argv[1]) / "chip.json").read_text())
MOST = 12

# parameter: values that must occur
CLASSES = {
    "Mesh": [(1, 1), (1, 3), (2, 2)], "Neurons": [16, 32], "Synapses": [128, 512], "Axons": [16, 64],
    "Fanouts": [32, 128], "Plastics": [16, 64], "Lanes": [1, 2, 4], "WeightBits": [4, 8, 16], "DecayBits": [12, 16],
    "DelayMax": [1, 3, 7, 15], "RouterDepth": [1, 3], "LinkLatency": [1, 3], "RouterLatency": [1, 3],
    "TreeFanIn": [2, 3], "TreeLatency": [1, 2], "CoreDepth": [1, 3],
    "RingIn": [4, 32], "RingOut": [4, 32], "RxBuffer": [128, 512], "FrameWords": [4, 16],
    "UartDivisor": [4, 7]}


def rows(builds):
    for build in builds.values():
        row = {"Mesh": (build["MeshW"], build["MeshH"])}
        row.update((key, value) for key, value in build.items() if not key.startswith("Mesh"))
        yield row


def missing(builds):
    """Pairs of values that no build has."""
    table = list(rows(builds))
    for one, other in itertools.combinations(CLASSES, 2):
        have = {(row[one], row[other]) for row in table}
        for pair in itertools.product(CLASSES[one], CLASSES[other]):
            if pair not in have:
                yield f"{one}={pair[0]} with {other}={pair[1]}"


def main():
    builds = SPEC["cover_builds"]
    assert 0 < len(builds) <= MOST, f"{len(builds)} covering builds, at most {MOST} are allowed"
    assert set(CLASSES) == set(next(rows(builds))), "CLASSES and the build parameters differ"
    for name, row in zip(builds, rows(builds)):
        for key, value in row.items():
            assert value in CLASSES[key], f"{name}: {key} is {value}, but its classes are {CLASSES[key]}"
    gaps = list(missing(builds))
    assert not gaps, f"{len(gaps)} pairs are in no covering build: {', '.join(gaps[:10])}"
    # A check that cannot fail is none: without any one of them, some pair is missing.
    for name in builds:
        fewer = {other: build for other, build in builds.items() if other != name}
        assert list(missing(fewer)), f"{name} is not needed; remove it"
    pairs = sum(len(a) * len(b) for a, b in itertools.combinations(CLASSES.values(), 2))
    print(f"{len(builds)} builds cover {pairs} pairs of values")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"chip.json: /cover_builds: {error}")
