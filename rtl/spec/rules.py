# SPDX-License-Identifier: Apache-2.0
"""What chip.json must keep to: known keys, words that fit, widths that agree, registers apart from each other."""
import hashlib
import json

from expressions import names, parse, parse_rule, value
from misfit import Misfit


def need(condition, path, message):
    if not condition:
        raise Misfit(f"chip.json: {path}: {message}")


def check(spec):
    """The specification with all that derive.py adds."""
    for name, enum in spec["enums"].items():
        codes = [value[0] for value in enum["values"].values()]
        need(len(codes) == len(set(codes)), f"/enums/{name}", f"a code stands twice in {codes}")
        need(max(codes) < 1 << enum_bits(enum), f"/enums/{name}/bits", f"{max(codes)} does not fit")
    for group in ("words", "structs"):
        for name, struct in spec[group].items():
            names = [field[0] for field in struct["fields"]]
            need(len(names) == len(set(names)), f"/{group}/{name}", "a field stands twice")
            for field in struct["fields"]:
                check_kind(spec, field, f"/{group}/{name}/{field[0]}")
            if group == "words":
                need(width(struct) <= 32, f"/words/{name}", f"{width(struct)} bits do not fit a word of 32")
    check_widths(spec)
    check_registers(spec)
    check_byte_map(spec)
    check_mgmt(spec)
    check_expressions(spec)
    check_builds(spec)


def enum_bits(enum):
    return enum.get("bits", max(1, max(value[0] for value in enum["values"].values()).bit_length()))


def check_kind(spec, field, path):
    """The third item of a field: signed, mask, raw, or the enum, word or struct that it holds, which must be as wide."""
    if len(field) == 2 or field[2] in ("signed", "mask", "raw"):
        return
    kind = field[2]
    known = {**{name: enum_bits(enum) for name, enum in spec["enums"].items()},
             **{name: width(struct) for group in ("words", "structs") for name, struct in spec[group].items()}}
    need(kind in known, path, f"{kind} is neither signed, mask or raw nor the name of an enum, word or struct")
    need(field[1] == known[kind], path, f"{field[1]} bits, but {kind} has {known[kind]}")


def check_widths(spec):
    """Widths that are said in two places must agree."""
    const = {name: value[0] for name, value in spec["constants"].items()}
    words, structs = spec["words"], spec["structs"]

    def field(group, name, wanted):
        return next(f[1] for f in group[name]["fields"] if f[0] == wanted)

    equal = [
        ("/words/fanin/axon", field(words, "fanin", "axon"), const["AxonBits"]),
        ("/words/factor/factor", field(words, "factor", "factor"), const["FactorOne"].bit_length()),
        ("/words/axon/rule", 1 << field(words, "axon", "rule"), const["Rules"]),
        ("/words/fanin/rule", 1 << field(words, "fanin", "rule"), const["Rules"]),
        ("/words/learn/rule", 1 << field(words, "learn", "rule"), const["Rules"]),
        ("/structs/flit/x", field(structs, "flit", "x"), const["CoordBits"]),
        ("/words/fanout/axon", field(words, "fanout", "axon"), const["AxonBits"]),
        ("/words/fanout/x", field(words, "fanout", "x"), const["CoordBits"]),
        ("/words/tile_addr/region", field(words, "tile_addr", "region"), const["RegionBits"]),
        ("/words/tile_addr/index", field(words, "tile_addr", "index"), const["IndexBits"]),
        ("/constants/TileAddrBits", const["TileAddrBits"], const["RegionBits"] + const["IndexBits"]),
        ("/constants/LabelBits", const["LabelBits"], const["AxonBits"] + 2 * const["CoordBits"]),
        ("/words/state0/v", field(words, "state0", "v"), const["StateBits"]),
        ("/words/state1/i", field(words, "state1", "i"), const["StateBits"]),
        ("/words/accumulator/value", field(words, "accumulator", "value"), const["AccBits"]),
        ("/words/state3/adapt_high", field(words, "state3", "adapt_high") + 32, const["AdaptBits"]),
        ("/events/acc/value", field(structs, "retire_acc", "value"), const["AccBits"]),
        ("/events/fire/lanes", field(structs, "retire_fire", "lanes"), const["LanesMax"]),
        ("/events/bus/addr", field(structs, "retire_bus", "addr"), const["AddrBits"]),
        ("/structs/bus_request/addr", field(structs, "bus_request", "addr"), const["AddrBits"]),
        ("/events/phase/step", field(structs, "retire_phase", "step"), const["StepBits"]),
        ("/structs/request", width(structs["request"]), 8 * const["FrameHeader"]),
        ("/structs/reply", width(structs["reply"]), 8 * const["ReplyHeader"]),
        ("/words/spike_payload", width(words["spike_payload"]), const["LabelBits"]),
        ("/constants/Ports", const["Ports"], len(spec["enums"]["port"]["values"])),
    ]
    for path, got, wanted in equal:
        need(got == wanted, path, f"{got}, but {wanted} is said elsewhere")


def check_expressions(spec):
    """Sizes and rules use known names; every region of the largest build can be addressed."""
    known = {**{name: value[0] for name, value in spec["constants"].items()}, **{key: 0 for key in spec["build"]}}
    trees = [(f"/regions/{name}/entries", parse(region["entries"], f"/regions/{name}/entries"))
             for name, region in spec["regions"]["values"].items()]
    for number, (text, _) in enumerate(spec["build_rules"]):
        _, left, _, right = parse_rule(text, f"/build_rules/{number}")
        trees += [(f"/build_rules/{number}", left), (f"/build_rules/{number}", right)]
    for path, tree in trees:
        for name in names(tree):
            need(name in known, path, f"{name} is neither a parameter of a build nor a constant")
    known.update({key: rule["max"] for key, rule in spec["build"].items()})
    for name, region in spec["regions"]["values"].items():
        words = region["stride"] * value(parse(region["entries"], f"/regions/{name}/entries"), known)
        need(words <= 1 << spec["constants"]["IndexBits"][0], f"/regions/{name}",
             f"the index of a tile address does not reach the {words} words of the largest build")


def check_registers(spec):
    names, addresses = set(), {}
    for name, address, access, _ in spec["registers"]:
        path = f"/registers/{name}"
        need(name not in names, path, "stands twice")
        need(address not in addresses, path, f"address {address} is taken by {addresses.get(address)}")
        need(access in ("ro", "rw"), path, f"access {access}, but it is ro or rw")
        names.add(name)
        addresses[address] = name
    spaces = sorted(v[0] for k, v in spec["host_space"].items() if k != "doc")
    need(max(addresses) < spaces[1], "/registers", "registers reach into the rings")
    ring = 2 * max(spec["build"][k]["max"] for k in ("RingIn", "RingOut"))
    for low, high in zip(spaces[1:], spaces[2:] + [1 << spec["constants"]["AddrBits"][0]]):
        need(low + ring <= high, "/host_space", "rings overlap")


def check_byte_map(spec):
    """Places whose number of bytes is a power of two, at a multiple of it, apart from each other."""
    end, const = {}, spec["constants"]
    places = {name: place for name, place in spec["byte_map"].items() if name != "doc"}
    for name, place in sorted(places.items(), key=lambda item: item[1]["first"]):
        path, first, size = f"/byte_map/{name}", place["first"], place["bytes"]
        need(set(place) == {"first", "bytes", "access", "doc"}, path, "first, bytes, access and doc are its keys")
        need(place["access"] in ("ro", "rw"), path, f"access {place['access']}, but it is ro or rw")
        need(size >= 4 and size & (size - 1) == 0, path, f"{size} bytes, but it is a power of two and at least 4")
        need(first % size == 0, path, f"begins at {first}, which is no multiple of its {size} bytes")
        need(first + size <= 1 << 32, path, "does not fit 32 bits")
        need(first >= max(end, default=0), path, f"overlaps {end.get(max(end, default=0))}")
        end[first + size] = name
    for name, bits in (("host", "AddrBits"), ("tile", "TileAddrBits")):
        need(places[name]["bytes"] == 4 << const[bits][0], f"/byte_map/{name}/bytes",
             f"{places[name]['bytes']}, but 2^{bits} words have {4 << const[bits][0]}")


def check_mgmt(spec):
    """Places that are powers of two, behind the rings and apart from each other; registers, words and enums that fit."""
    mgmt, path = spec["mgmt"], "/mgmt"
    keys = {"doc", "abi", "constants", "space", "enums", "words", "registers"}
    need(set(mgmt) == keys, path, f"keys {sorted(set(mgmt) ^ keys)} are unknown or missing")
    end = spec["host_space"]["ring_out"][0] + 2 * spec["build"]["RingOut"]["max"]
    for name, place in sorted(mgmt["space"].items(), key=lambda item: item[1]["first"]):
        first, words = place["first"], place["words"]
        need(words & (words - 1) == 0, f"{path}/space/{name}", f"{words} words, but it is a power of two")
        need(first % words == 0, f"{path}/space/{name}", f"begins at {first}, which is no multiple of its {words} words")
        need(first >= end, f"{path}/space/{name}", f"begins at {first}, but what is before it ends at {end}")
        end = first + words
    need(end <= 1 << spec["constants"]["AddrBits"][0], f"{path}/space", "does not fit the addresses of the link")
    for number, (name, address, access, _) in enumerate(mgmt["registers"]):
        need(address == number, f"{path}/registers/{name}", f"address {address}, but registers are numbered from 0 on, without a gap")
        need(access in ("ro", "rw"), f"{path}/registers/{name}", f"access {access}, but it is ro or rw")
    need(len(mgmt["registers"]) <= mgmt["space"]["registers"]["words"], f"{path}/registers", "more than their place holds")
    for name, enum in mgmt["enums"].items():
        codes = [code[0] for code in enum["values"].values()]
        need(codes == list(range(len(codes))), f"{path}/enums/{name}", f"{codes}, but codes are numbered from 0 on")
    for name, struct in mgmt["words"].items():
        need(width(struct) <= 32, f"{path}/words/{name}", f"{width(struct)} bits do not fit a word of 32")
    need(0 < mgmt["abi"] < 256, f"{path}/abi", f"{mgmt['abi']} does not fit the header of an image")


def all_builds(spec):
    """(JSON path of its section, name, parameters) of every build that gets a name."""
    for section in ("builds", "cover_builds"):
        for name, build in spec[section].items():
            yield f"/{section}", name, build


def check_builds(spec):
    names = [name for _, name, _ in all_builds(spec)]
    need(len(names) == len(set(names)), "/cover_builds", f"a name stands twice in {names}")
    for section, name, build in all_builds(spec):
        need(set(build) == set(spec["build"]), f"{section}/{name}",
             f"parameters {sorted(set(build) ^ set(spec['build']))} are unknown or missing")
        for key, value in build.items():
            rule, path = spec["build"][key], f"{section}/{name}/{key}"
            need(rule["min"] <= value <= rule["max"], path,
                 f"{value}, but {rule['min']}..{rule['max']} are allowed")
            need(not rule["power_of_two"] or value & (value - 1) == 0, path, f"{value} is no power of two")
            need(not rule.get("one_less_than_power_of_two") or (value + 1) & value == 0, path,
                 f"{value} is not one less than a power of two")
        check_relations(spec, build, f"{section}/{name}")


def check_relations(spec, build, path):
    known = {**{name: value[0] for name, value in spec["constants"].items()}, **build}
    for number, (text, why) in enumerate(spec["build_rules"]):
        _, left, _, right = parse_rule(text, f"/build_rules/{number}")
        need(value(left, known) <= value(right, known), path, f"{text} must hold ({why}), but {value(left, known)} is above {value(right, known)}")


def width(struct):
    return sum(field[1] for field in struct["fields"])


def bare(node):
    """Without prose."""
    if isinstance(node, dict):
        return {k: bare(v) for k, v in node.items() if k != "doc"}
    return node


def hashed(essence):
    digest = hashlib.sha256(json.dumps(essence, sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:4], "little")


def spec_hash(spec):
    """32 bits over all that two sides of the link must agree on; prose and named builds excluded."""
    essence = {
        "version": spec["version"],
        "constants": {k: v[0] for k, v in spec["constants"].items()},
        "enums": {k: {n: v[0] for n, v in e["values"].items()} for k, e in spec["enums"].items()},
        "words": bare(spec["words"]), "structs": bare(spec["structs"]),
        "regions": bare(spec["regions"]["values"]), "build_rules": [rule for rule, _ in spec["build_rules"]],
        "host_space": {k: v[0] for k, v in spec["host_space"].items() if k != "doc"},
        "byte_map": bare({k: v for k, v in spec["byte_map"].items() if k != "doc"}),
        "registers": [r[:3] for r in spec["registers"]],
        "build": sorted(spec["build"]),
    }
    return hashed(essence)


def mgmt_hash(spec):
    """32 bits over all that a program of the management core and its chip must agree on."""
    mgmt = spec["mgmt"]
    return hashed({
        "spec": spec_hash(spec), "abi": mgmt["abi"], "space": bare(mgmt["space"]), "words": bare(mgmt["words"]),
        "constants": {name: value[0] for name, value in mgmt["constants"].items()},
        "enums": {name: {key: code[0] for key, code in enum["values"].items()} for name, enum in mgmt["enums"].items()},
        "registers": [register[:3] for register in mgmt["registers"]]})
