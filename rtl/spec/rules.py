# SPDX-License-Identifier: Apache-2.0
"""What chip.json must keep to: known keys, words that fit, widths that agree, registers apart from each other."""
import hashlib
import json


class Misfit(Exception):
    """chip.json contradicts itself; the message names the path."""


def need(condition, path, message):
    if not condition:
        raise Misfit(f"chip.json: {path}: {message}")


KEYS = {"name", "version", "constants", "enums", "words", "structs", "host_space", "registers",
        "build", "builds", "cover_builds"}


def check(spec):
    need(set(spec) == KEYS, "/", f"keys {sorted(set(spec) ^ KEYS)} are unknown or missing")
    for name, enum in spec["enums"].items():
        codes = [value[0] for value in enum["values"].values()]
        need(len(codes) == len(set(codes)), f"/enums/{name}", f"a code stands twice in {codes}")
    for group in ("words", "structs"):
        for name, struct in spec[group].items():
            names = [field[0] for field in struct["fields"]]
            need(len(names) == len(set(names)), f"/{group}/{name}", "a field stands twice")
            if group == "words":
                need(width(struct) <= 32, f"/words/{name}", f"{width(struct)} bits do not fit a word of 32")
    check_widths(spec)
    check_registers(spec)
    check_builds(spec)


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
        ("/structs/flit/addr", field(structs, "flit", "addr"), const["TileAddrBits"]),
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
        ("/structs/retire_flit/flit", field(structs, "retire_flit", "flit"), width(structs["flit"])),
        ("/structs/retire_tile/write", field(structs, "retire_tile", "write"), width(structs["retire_write"])),
        ("/structs/retire_tile/acc0", field(structs, "retire_tile", "acc0"), width(structs["retire_acc"])),
        ("/structs/retire_tile/weight0", field(structs, "retire_tile", "weight0"), width(structs["retire_weight"])),
        ("/structs/retire_tile/fire", field(structs, "retire_tile", "fire"), width(structs["retire_fire"])),
        ("/structs/retire_host/bus", field(structs, "retire_host", "bus"), width(structs["retire_bus"])),
        ("/structs/retire_host/phase", field(structs, "retire_host", "phase"), width(structs["retire_phase"])),
    ]
    for path, got, wanted in equal:
        need(got == wanted, path, f"{got} bits, but {wanted} are said elsewhere")


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
        limit = 1 << spec["constants"]["IndexBits"][0]
        need((build["DelayMax"] + 1) * build["Neurons"] <= limit, f"{section}/{name}",
             f"(DelayMax + 1) * Neurons is above {limit}")


def width(struct):
    return sum(field[1] for field in struct["fields"])


def spec_hash(spec):
    """32 bits over all that two sides of the link must agree on; prose and named builds excluded."""
    def bare(node):
        if isinstance(node, dict):
            return {k: bare(v) for k, v in node.items() if k != "doc"}
        return node
    essence = {
        "version": spec["version"],
        "constants": {k: v[0] for k, v in spec["constants"].items()},
        "enums": {k: {n: v[0] for n, v in e["values"].items()} for k, e in spec["enums"].items()},
        "words": bare(spec["words"]), "structs": bare(spec["structs"]),
        "host_space": {k: v[0] for k, v in spec["host_space"].items() if k != "doc"},
        "registers": [r[:3] for r in spec["registers"]],
        "build": sorted(spec["build"]),
    }
    digest = hashlib.sha256(json.dumps(essence, sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:4], "little")
