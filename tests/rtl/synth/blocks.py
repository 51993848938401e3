#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures blocks of the chip one by one: each stands alone between registers on an ECP5-85.

    blocks.py --build ecp5 --generics='-GMeshW=2 ...' --out FOLDER [--block sm_switch ...] [--seeds 1 2 3]
              [--speed 6] [--at-least MHZ] [--yosys ...] [--nextpnr ...] FILE.sv ...

Every port of a block, but the clock, gets a register, so that the clock is that of the block's own paths and of those
from and to its neighbours' registers. The registers are not counted. Prints a row for each block: the clock after
routing with each seed, what the block holds, and the longest path of the slowest seed. Ends with 77 (skipped)
without Yosys or nextpnr-ecp5, and with an error if the median of a block's seeds is below --at-least.
"""
import argparse
import collections
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

import place
import synth

CLOCK = "clk_i"
BLOCKS = ("sm_switch", "sm_ring_in", "sm_ring_out", "sm_host_regs", "sm_bridge", "sm_frame_rx", "sm_tile_port")


def run_yosys(arguments, folder, name, commands):
    """Runs Yosys inside `folder`, by names without path: the WebAssembly build sees nothing else."""
    (folder / f"{name}.ys").write_text("\n".join(commands) + "\n", encoding="utf-8")
    log = folder / f"{name}.log"
    with open(log, "w", encoding="utf-8") as out:
        code = subprocess.run([arguments.yosys, "-s", f"{name}.ys"], stdout=out, stderr=subprocess.STDOUT, cwd=folder,
                              check=False).returncode
    if code:
        tail = log.read_text(encoding="utf-8").splitlines()[-10:]
        raise synth.Broken(f"Yosys stopped ({log}):\n  " + "\n  ".join(tail))


def ports(netlist, block):
    """[(name, direction, width)] of the block with its parameters set."""
    modules = json.loads(netlist.read_text(encoding="utf-8"))["modules"]
    top = next(m for name, m in modules.items() if int(m["attributes"].get("top", "0"), 2))
    found = [(name, port["direction"], len(port["bits"])) for name, port in top["ports"].items()]
    if (CLOCK, "input", 1) not in found:
        raise synth.Broken(f"{block} has no input {CLOCK}: a block without a clock has no clock rate")
    return [port for port in found if port[0] != CLOCK]


def wrapper(block, settings, found):
    """A module that puts a register at each port of the block."""
    heads, wires, moves, pins = [f"input wire {CLOCK}"], [], [], [f".{CLOCK}({CLOCK})"]
    for name, direction, width in found:
        heads.append(f"{direction} {'reg' if direction == 'output' else 'wire'} [{width - 1}:0] {name}")
        wires.append(f"{'reg' if direction == 'input' else 'wire'} [{width - 1}:0] {name}_q;")
        moves.append(f"{name}_q <= {name};" if direction == "input" else f"{name} <= {name}_q;")
        pins.append(f".{name}({name}_q)")
    join = ",\n  "
    return (f"module between_registers ({join.join(heads)});\n  " + "\n  ".join(wires)
            + f"\n  {block} #({settings}) u_block ({join.join(pins)});\n  always @(posedge {CLOCK}) begin\n    "
            + "\n    ".join(moves) + "\n  end\nendmodule\n")


def synthesise(arguments, folder, block, generics):
    """Writes netlist.json of the block between registers. Returns what the block alone holds."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in arguments.files:
        shutil.copy(source, folder)
    names = [pathlib.Path(source).name for source in arguments.files]
    read = f"read_verilog -sv -DSYNTHESIS {' '.join(names)}"
    own = argparse.Namespace(files=arguments.files, top=block)
    chparam = f"chparam {synth.parameters(own, generics)} {block}"
    run_yosys(arguments, folder, "ports", [read, chparam, f"hierarchy -check -top {block}", "proc",
                                           "write_json ports.json"])
    found = ports(folder / "ports.json", block)
    words = synth.parameters(own, generics).replace("-set", "").split()
    settings = ", ".join(f".{name}({value})" for name, value in zip(words[::2], words[1::2]))
    (folder / "between_registers.v").write_text(wrapper(block, settings, found), encoding="utf-8")
    run_yosys(arguments, folder, "synth", [read, "read_verilog between_registers.v", "chformal -remove",
                                           *synth.mapped("ecp5", "between_registers", "netlist.json")])
    total = collections.Counter(synth.Netlist(folder / "netlist.json", "ecp5").total("between_registers"))
    total["ff"] -= sum(width for _, _, width in found)
    return total


def measure(arguments, block, generics):
    """Routes the block with each seed. Returns its row of the table and its median clock."""
    folder = arguments.out / block
    total = synthesise(arguments, folder, block, generics)
    reports = {seed: place.route(arguments.nextpnr, folder / "netlist.json", seed, ["--out-of-context"],
                                 arguments.speed) for seed in arguments.seeds}
    clocks = {seed: place.clock(report) for seed, report in reports.items()}
    median = statistics.median(clocks.values())
    each = " / ".join(f"{clocks[seed]:.0f}" for seed in arguments.seeds)
    print(f"| {block} | {median:.0f} ({each}) | " + " | ".join(str(total[c]) for c in synth.COLUMNS) + " |")
    slowest = min(clocks, key=clocks.get)
    print(*place.path_nets(reports[slowest]), sep="\n", flush=True)
    return median


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yosys", default="yosys")
    parser.add_argument("--nextpnr", help=f"default: the first of {', '.join(place.TOOLS)} on PATH")
    parser.add_argument("--build", required=True)
    parser.add_argument("--generics", required=True)
    parser.add_argument("--block", nargs="+", default=BLOCKS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--speed", choices=("6", "7", "8"), default="6", help="speed grade")
    parser.add_argument("--at-least", type=float, default=0.0, help="MHz, of the median of the seeds")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    arguments.nextpnr = place.tool(arguments.nextpnr)
    if not arguments.nextpnr or not shutil.which(arguments.yosys):
        print(f"blocks.py: SKIPPED: needs {arguments.yosys} and {place.HINT}")
        sys.exit(synth.SKIPPED)
    generics = dict(word.removeprefix("-G").split("=") for word in arguments.generics.split())
    print(f"{arguments.build}, ECP5-85, speed grade {arguments.speed}, seeds {arguments.seeds}\n")
    print("| block | MHz, median (each seed) | LUT4 | FF | DSP | block RAM |\n| --- | --- | --- | --- | --- | --- |")
    try:
        clocks = {block: measure(arguments, block, generics) for block in arguments.block}
    except (synth.Broken, place.Failed) as error:
        sys.exit(f"blocks.py: {error}")
    slow = [f"{block} reaches {mhz:.1f} MHz" for block, mhz in clocks.items() if mhz < arguments.at_least]
    if slow:
        sys.exit(f"blocks.py: {'; '.join(slow)}, {arguments.at_least:g} are wanted: the nets above are where to add a "
                 "register")


if __name__ == "__main__":
    main()
