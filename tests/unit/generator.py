#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A specification that contradicts itself stops the generator, which names the place.

    generator.py RTL_SPEC_DIR
"""
import copy
import json
import pathlib
import sys

source = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(source))
sys.dont_write_bytecode = True
import generate  # noqa: E402

GOOD = json.loads((source / "chip.json").read_text())


def broken(change):
    spec = copy.deepcopy(GOOD)
    change(spec)
    return spec


def clash(spec):
    spec["registers"][1][1] = spec["registers"][0][1]


def wide(spec):
    spec["words"]["synapse"]["fields"][0][1] = 17


def twice(spec):
    spec["enums"]["region"]["values"]["axon"][0] = 0


CASES = [
    ("/registers/SPEC_HASH", clash),
    ("/words/synapse", wide),
    ("/enums/region", twice),
    ("/builds/tiny/Neurons", lambda s: s["builds"]["tiny"].update(Neurons=17)),
    ("/builds/tiny/WeightBits", lambda s: s["builds"]["tiny"].update(WeightBits=3)),
    ("/builds/tiny", lambda s: s["builds"]["tiny"].update(Colour=1)),
    ("/cover_builds/cover0/Axons", lambda s: s["cover_builds"]["cover0"].update(Axons=3)),
    ("/cover_builds", lambda s: s["cover_builds"].update(tiny=s["builds"]["tiny"])),
    ("/structs/flit/x", lambda s: s["constants"]["CoordBits"].__setitem__(0, 7)),
    ("/host_space", lambda s: s["host_space"]["ring_out"].__setitem__(0, s["host_space"]["ring_in"][0] + 8)),
    ("/", lambda s: s.update(extra=1)),
]

generate.check(GOOD)
for place, change in CASES:
    try:
        generate.check(broken(change))
    except generate.Misfit as misfit:
        assert f"chip.json: {place}: " in str(misfit), f"{place} expected, but: {misfit}"
    else:
        sys.exit(f"{place}: a misfit was not found")

before = generate.spec_hash(GOOD)
assert before != generate.spec_hash(broken(lambda s: s["registers"][0].__setitem__(1, 200)))
assert before == generate.spec_hash(broken(lambda s: s["registers"][0].__setitem__(3, "other words")))
print(f"{len(CASES)} misfits were found and named")
