#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synthesises the chip with Yosys and holds the result against a budget.

    synth.py --family ecp5|ice40 --build ecp5 --generics='-GMeshW=2 ...' --budget budget.json --out FOLDER
             [--top sm_chip] [--flatten] FILE.sv ...

Without --flatten modules stay apart: each is mapped once however often it stands in the mesh, which is quick, and
the table shows what each costs, with all below it. With --flatten constants cross module borders, as for a board.

Fails on a latch, a net without or with two drivers, a memory (sm_ram_1r1w of at least MEMORY_BITS) that did not
become block RAM alone, and on a line of the budget that is exceeded. Writes netlist.json (for place and route),
table.md and yosys.log. Ends with 77 (skipped) without Yosys.
"""
import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

MEMORY_BITS = 2048
MEMORY_LUTS = 2  # an enable may need an inverter
SKIPPED = 77

# What a cell counts as. A carry cell of ECP5 holds two LUT4, a distributed RAM four (and a write port beside).
CELLS = {
    "ecp5": {"LUT4": {"lut": 1}, "CCU2C": {"lut": 2}, "TRELLIS_DPR16X4": {"lut": 4}, "TRELLIS_FF": {"ff": 1},
             "DP16KD": {"ram": 1}, "MULT18X18D": {"dsp": 1}},
    "ice40": {"SB_LUT4": {"lut": 1}, "SB_DFF*": {"ff": 1}, "SB_RAM40_4K*": {"ram": 1}, "SB_MAC16": {"dsp": 1}},
}
COLUMNS = ("lut", "ff", "dsp", "ram")
# Multiplexers of the slice are not used to build wide LUTs: on a flat tile that costs 1.4 times the LUT4.
OPTIONS = {"ecp5": "-nowidelut", "ice40": ""}
LATCHES = "t:$dlatch t:$adlatch t:$dlatchsr"


class Broken(Exception):
    """What the synthesis shows to be wrong; the message says where."""


def parameters(arguments, generics):
    """Options of chparam for those generics that the top has."""
    source = next((f for f in arguments.files if pathlib.Path(f).stem == arguments.top), None)
    if source is None:
        raise Broken(f"no file {arguments.top}.sv among the inputs: name it, or choose another --top")
    declared = re.findall(r"^ *parameter +int unsigned +(\w+)", pathlib.Path(source).read_text(encoding="utf-8"), re.M)
    return " ".join(f"-set {name} {value}" for name, value in generics.items() if name in declared)


def mapped(family, top, json_file, flatten=True):
    """The Yosys commands that map a design. Its own order gives each register with a reset that is active low an
    inverter of its own (as the mapper has them where logic ends): equal ones are made one."""
    synth = f"synth_{family} -top {top} {'' if flatten else '-noflatten'} {OPTIONS[family]}"
    return [f"{synth} -run begin:map_cells", "opt_merge", f"{synth} -run map_cells: -json {json_file}"]


def script(arguments, generics):
    """The Yosys commands. `check` runs before mapping, where nets still have their names."""
    return "\n".join([
        f"read_verilog -sv -DSYNTHESIS {' '.join(arguments.files)}",
        f"chparam {parameters(arguments, generics)} {arguments.top}",
        f"hierarchy -check -top {arguments.top}",
        "chformal -remove",
        "proc",
        f"select -assert-none {LATCHES}",
        "check -noinit -assert",
        *mapped(arguments.family, arguments.top, arguments.out / "netlist.json", arguments.flatten),
        f"select -assert-none {LATCHES}",
    ])


def run_yosys(arguments, generics):
    commands = arguments.out / "synth.ys"
    commands.write_text(script(arguments, generics) + "\n", encoding="utf-8")
    log = arguments.out / "yosys.log"
    with open(log, "w", encoding="utf-8") as out:
        code = subprocess.run([arguments.yosys, "-s", commands], stdout=out, stderr=subprocess.STDOUT).returncode
    if code:
        tail = log.read_text(encoding="utf-8").splitlines()[-15:]
        raise Broken("Yosys stopped (" + str(log) + "):\n  " + "\n  ".join(tail))


def weight(family, cell):
    for pattern, counts in CELLS[family].items():
        if cell == pattern or (pattern.endswith("*") and cell.startswith(pattern[:-1])):
            return counts
    return {}


class Netlist:
    """The mapped design: what every module holds, alone and with all below it."""

    def __init__(self, path, family):
        self.modules = json.loads(path.read_text(encoding="utf-8"))["modules"]
        self.family = family
        self.totals = {}

    def children(self, name):
        """{module: how often} below a module."""
        cells = collections.Counter(c["type"] for c in self.modules[name]["cells"].values())
        return {kind: n for kind, n in cells.items()
                if kind in self.modules and not int(self.modules[kind]["attributes"].get("blackbox", "0"), 2)}

    def total(self, name):
        if name not in self.totals:
            total = collections.Counter()
            below = self.children(name)
            for cell in self.modules[name]["cells"].values():
                counts = self.total(cell["type"]) if cell["type"] in below else weight(self.family, cell["type"])
                total.update(counts)
            self.totals[name] = total
        return self.totals[name]

    def plain_name(self, name):
        """The module's name in the source."""
        return self.modules[name]["attributes"].get("hdlname", name).split(" ")[-1].lstrip("\\")

    def parameter(self, name, key):
        return int(self.modules[name]["parameter_default_values"][key], 2)

    def named(self, plain):
        """Modules of one source module, largest first."""
        found = [m for m in self.modules if self.plain_name(m) == plain]
        return sorted(found, key=lambda m: -self.total(m)["lut"])

    def rows(self, name, depth=0, count=1):
        yield depth, self.plain_name(name), count, self.total(name)
        below = collections.Counter()
        for child, n in self.children(name).items():
            below[child] += n
        for child, n in sorted(below.items(), key=lambda item: -self.total(item[0])["lut"]):
            yield from self.rows(child, depth + 1, n)


def memories(netlist):
    """Checks that each large memory is block RAM and nothing else. Returns how many kinds were looked at."""
    looked = 0
    for name in netlist.named("sm_ram_1r1w"):
        width, depth = netlist.parameter(name, "Width"), netlist.parameter(name, "Depth")
        if width * depth < MEMORY_BITS:
            continue
        looked += 1
        total = netlist.total(name)
        if total["ram"] == 0 or total["lut"] > MEMORY_LUTS or total["ff"]:
            raise Broken(f"a memory of {depth} words of {width} bits became {dict(total)}, not block RAM alone: keep one "
                         "write port, one read port and a registered read (rtl/prim/sm_ram_1r1w.sv)")
    if looked == 0:
        raise Broken("no memory was found to look at: sm_ram_1r1w has another name, or the design was flattened")
    return looked


def table(netlist, top, tiles, neurons):
    """Markdown; the last column divides by the neurons that a module serves."""
    lines = ["| module | copies | LUT4 | FF | DSP | block RAM |", "| --- | --- | --- | --- | --- | --- |"]
    for depth, name, count, total in netlist.rows(top):
        if total["lut"] or total["ff"] or total["ram"]:
            indent = "&nbsp;&nbsp;" * depth
            lines.append(f"| {indent}{name} | {count} | " + " | ".join(str(total[c]) for c in COLUMNS) + " |")
    total = netlist.total(top)
    lines.append("")
    if netlist.plain_name(top) != "sm_tile":
        lines.append(f"LUT4 a neuron, chip ({tiles * neurons} neurons): {total['lut'] / (tiles * neurons):.1f}")
    for name in netlist.named("sm_tile")[:1]:
        lines.append(f"LUT4 a neuron, tile ({neurons} neurons): {netlist.total(name)['lut'] / neurons:.1f}")
    return "\n".join(lines) + "\n"


def held(netlist, top, budget, neurons):
    """Yields (what, got, limit) for each line of the budget: {module: {column or "lut a neuron": most}}."""
    for plain, limits in budget.items():
        names = [top] if plain == netlist.plain_name(top) else netlist.named(plain)
        if not names:
            raise Broken(f"the budget names {plain}, but there is no such module in the netlist")
        total = netlist.total(names[0])
        for column, limit in limits.items():
            got = total["lut"] / neurons if column == "lut a neuron" else total[column]
            yield f"{plain}: {column}", got, limit


def check_budget(arguments, netlist, neurons):
    key = f"{arguments.family} {arguments.build} {arguments.top}{' flat' if arguments.flatten else ''}"
    budget = json.loads(arguments.budget.read_text(encoding="utf-8"))
    if key not in budget:
        raise Broken(f"{arguments.budget}: no budget for {key!r}; there is one for {', '.join(budget)}")
    lines = list(held(netlist, arguments.top, budget[key], neurons))
    for what, got, limit in lines:
        print(f"{what}: {got:.4g} of {limit}")
    over = [f"{what} is {got:.4g}, the budget is {limit}" for what, got, limit in lines if got > limit]
    if over:
        raise Broken("; ".join(over) + f" ({arguments.budget}: shrink the design, or argue for a larger budget there)")
    if not lines:
        raise Broken(f"{arguments.budget}: the budget for {key!r} is empty")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yosys", default="yosys")
    parser.add_argument("--family", choices=CELLS, required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--generics", required=True)
    parser.add_argument("--top", default="sm_chip")
    parser.add_argument("--flatten", action="store_true")
    parser.add_argument("--budget", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    if not shutil.which(arguments.yosys):
        print(f"synth.py: SKIPPED: {arguments.yosys} is not installed (apt-get install yosys)")
        sys.exit(SKIPPED)
    generics = dict(word.removeprefix("-G").split("=") for word in arguments.generics.split())
    tiles = int(generics["MeshW"]) * int(generics["MeshH"])
    neurons = int(generics["Neurons"])
    arguments.out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        run_yosys(arguments, {**generics, "Retire": 0, "LookAhead": 1})
        netlist = Netlist(arguments.out / "netlist.json", arguments.family)
        text = table(netlist, arguments.top, tiles, neurons)
        (arguments.out / "table.md").write_text(text, encoding="utf-8")
        print(text)
        if not arguments.flatten:
            print(f"{memories(netlist)} kinds of memory of at least {MEMORY_BITS} bits are block RAM alone")
        check_budget(arguments, netlist, neurons)
    except Broken as error:
        sys.exit(f"synth.py: {error}")
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
