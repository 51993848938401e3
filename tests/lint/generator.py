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
from derive import derive  # noqa: E402
from misfit import Misfit  # noqa: E402
from rules import mgmt_hash, spec_hash  # noqa: E402

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
    spec["regions"]["values"]["axon"]["number"] = 0


CASES = [
    ("/registers/SPEC_HASH", clash),
    ("/words/synapse", wide),
    ("/enums/region", twice),
    ("/builds/tiny/Neurons", lambda s: s["builds"]["tiny"].update(Neurons=17)),
    ("/builds/tiny/WeightBits", lambda s: s["builds"]["tiny"].update(WeightBits=3)),
    ("/builds/tiny", lambda s: s["builds"]["tiny"].update(Colour=1)),
    ("/cover_builds/cover0/Axons", lambda s: s["cover_builds"]["cover0"].update(Axons=3)),
    ("/cover_builds", lambda s: s["cover_builds"].update(tiny=s["builds"]["tiny"])),
    ("/builds/odd", lambda s: s["builds"]["odd"].update(Neurons=4)),
    ("/regions/accumulator", lambda s: s["build"]["Neurons"].update(max=8192)),
    ("/build_rules/0", lambda s: s["build_rules"].insert(0, ["Neurons <= Rooms", "rooms"])),
    ("/build_rules/0", lambda s: s["build_rules"].insert(0, ["Neurons < 4", "few"])),
    ("/build_rules/0", lambda s: s["build_rules"].insert(0, ["Neurons // 2 <= 4", "few"])),
    ("/regions/axon/entries", lambda s: s["regions"]["values"]["axon"].update(entries="Axons * Rooms")),
    ("/regions/axon/words", lambda s: s["regions"]["values"]["axon"].update(words=["dendrite"])),
    ("/regions/axon", lambda s: s["regions"]["values"]["axon"].update(colour=1)),
    ("/enums/counter", lambda s: s["enums"]["counter"]["values"]["updates"].__setitem__(0, 20)),
    ("/enums/counter/spikes", lambda s: s["enums"]["counter"]["values"]["spikes"].append("slow")),
    ("/enums/status/bits", lambda s: s["enums"]["status"].update(bits=3)),
    ("/events/fire", lambda s: s["events"]["values"]["fire"].update(tile=False)),
    ("/events/acc/value", lambda s: s["events"]["values"]["acc"]["fields"][0].__setitem__(1, 23)),
    ("/events/phase", lambda s: s["events"]["values"]["phase"]["fields"].append(["more", 64])),
    ("/structs/retire_bus/status", lambda s: s["events"]["values"]["bus"]["fields"][4].__setitem__(1, 5)),
    ("/words/entry/kind", lambda s: s["words"]["entry"]["fields"][2].__setitem__(2, "kinds")),
    ("/structs/flit/x", lambda s: s["constants"]["CoordBits"].__setitem__(0, 7)),
    ("/host_space", lambda s: s["host_space"]["ring_out"].__setitem__(0, s["host_space"]["ring_in"][0] + 8)),
    ("/byte_map/fence", lambda s: s["byte_map"]["fence"].__setitem__("first", s["byte_map"]["window"]["first"])),
    ("/byte_map/tile", lambda s: s["byte_map"]["tile"].__setitem__("first", 4)),
    ("/byte_map/tile/bytes", lambda s: s["byte_map"]["tile"].__setitem__("bytes", 1 << 20)),
    ("/byte_map/fault", lambda s: s["byte_map"]["fault"].__setitem__("bytes", 6)),
    ("/mgmt/space/data", lambda s: s["mgmt"]["space"]["data"].update(first=s["mgmt"]["space"]["program"]["first"])),
    ("/mgmt/space/program", lambda s: s["mgmt"]["space"]["program"].update(words=1000)),
    ("/mgmt/space/registers", lambda s: s["mgmt"]["space"]["registers"].update(first=s["host_space"]["ring_out"][0])),
    ("/mgmt/registers/OWNER", lambda s: s["mgmt"]["registers"][7].__setitem__(1, 8)),
    ("/mgmt/enums/mgmt_stop", lambda s: s["mgmt"]["enums"]["mgmt_stop"]["values"]["bus"].__setitem__(0, 9)),
    ("/mgmt/words/mgmt_image", lambda s: s["mgmt"]["words"]["mgmt_image"]["fields"][0].__setitem__(1, 30)),
    ("/mgmt", lambda s: s["mgmt"].pop("abi")),
    ("/", lambda s: s.update(extra=1)),
]

derive(GOOD)
for place, change in CASES:
    try:
        derive(broken(change))
    except Misfit as misfit:
        assert f"chip.json: {place}: " in str(misfit), f"{place} expected, but: {misfit}"
    else:
        sys.exit(f"{place}: a misfit was not found")



def hashed(spec):
    return spec_hash(derive(spec))


before = hashed(GOOD)
assert before != hashed(broken(lambda s: s["registers"][0].__setitem__(1, 200)))
assert before != hashed(broken(lambda s: s["regions"]["values"]["table"].update(entries="4 * Rules * TraceSteps")))
assert before == hashed(broken(lambda s: s["registers"][0].__setitem__(3, "other words")))
moved = broken(lambda s: s["mgmt"]["registers"][8].__setitem__(0, "CAUSE"))
assert before == hashed(moved)
assert mgmt_hash(derive(GOOD)) != mgmt_hash(derive(moved))
assert mgmt_hash(derive(GOOD)) != mgmt_hash(derive(broken(lambda s: s["registers"][0].__setitem__(1, 200))))
print(f"{len(CASES)} misfits were found and named")
