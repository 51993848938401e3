#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Simulates the netlist of a board at its pins: a network is uploaded through the UART and its spikes compared.

    netlist.py --netlist FOLDER/netlist.json --top sm_colorlight_i9 --run board_netlist --out FOLDER
               (--digits host/examples/digits | --network FILE --inputs FILE --steps N)

Cells are those of Yosys (cells_sim.v) and the three that it does not have (ecp5_cells.sv). Verilator makes a library,
with the pins of the board, which the program board_netlist opens. --digits takes the first image of the test set.
Ends with 77 (skipped) where a tool is missing.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# Clock, from the host, to the host, reset and the value at which it rests.
PINS = {"sm_ulx3s": ("clk_25mhz_i", "ftdi_txd_i", "ftdi_rxd_o", "btn_fire2_i", 0),
        "sm_colorlight_i9": ("clk25_i", "uart_rx_i", "uart_tx_o", "reset_button_ni", 1)}
IMAGE_STEPS = 26


def run(command, what, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode:
        sys.exit(f"netlist.py: {what} failed:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-15:]))
    return done.stdout


def cells(path):
    """The cells that Yosys models, for Verilator: without delays, with a short LUT4, without the black box of ours."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\bspecify\b.*?\bendspecify\b", "", text, flags=re.S)
    text = re.sub(r"^`include.*$", "", text, flags=re.M)
    text = re.sub(r"\(\* blackbox \*\)\s*module DP16KD.*?endmodule", "", text, flags=re.S)
    short = """module LUT4(input A, B, C, D, output Z);
    parameter [15:0] INIT = 16'h0000;
    assign Z = INIT[{D, C, B, A}];
endmodule"""
    text, count = re.subn(r"module LUT4\b.*?endmodule", lambda _: short, text, count=1, flags=re.S)
    if count != 1:
        sys.exit(f"netlist.py: {path} has no LUT4: it is of another Yosys; mend cells()")
    return text


def library(options):
    """Compiles the netlist. Returns the library."""
    out = options.out
    source = pathlib.Path(shutil.which("yosys")).resolve().parents[1] / "share/yosys/ecp5/cells_sim.v"
    (out / "cells.v").write_text(cells(source), encoding="utf-8")
    # Each net alone, so that the simulator sees no loops through vectors.
    run(["yosys", "-q", "-p", f"read_json {options.netlist}; splitnets -format __; write_verilog -noattr {out / 'board.v'}"], "Yosys")
    build = out / "verilated"
    run(["verilator", "--cc", "--timing", "--prefix", "Vboard", "--top-module", options.top, "--Mdir", build, "-O3", "-Wno-fatal", "-Wno-lint",
         "--x-assign", "fast", "--x-initial", "fast", "--noassert", "--output-split", "20000", HERE / "ecp5_cells.sv", out / "cells.v",
         out / "board.v"], "Verilator")
    root = pathlib.Path(run(["verilator", "--getenv", "VERILATOR_ROOT"], "Verilator").strip()) / "include"
    clock, receive, send, reset, off = PINS[options.top]
    flags = ["-std=c++20", "-fcoroutines", "-fPIC", "-w", "-I", build, "-I", root, "-I", root / "vltstd", f"-DBOARD_CLK={clock}",
             f"-DBOARD_RX={receive}", f"-DBOARD_TX={send}", f"-DBOARD_RESET={reset}", f"-DBOARD_RESET_OFF={off}", "-DVM_TRACE=0"]
    slow = [file for file in build.glob("*.cpp") if "__Slow" in file.name or "__Syms" in file.name]
    fast = [file for file in build.glob("*.cpp") if file not in slow]
    fast += [HERE / "board_shim.cpp", *(root / f"verilated{part}.cpp" for part in ("", "_threads", "_timing"))]
    objects = []
    for level, files in (("-O0", slow), ("-O1", fast)):
        for file in files:
            objects.append(build / (file.stem + ".o"))
            run(["c++", *flags, level, "-c", file, "-o", objects[-1]], f"the compiler, of {file.name}")
    made = out / "board.so"
    run(["c++", "-shared", *objects, "-pthread", "-o", made], "the linker")
    return made


def digits(options):
    """The network without the tiles that it is spread over, and an image as input spikes."""
    out = options.out
    for file in options.digits.glob("network.*.npy"):
        shutil.copy(file, out)
    lines = (options.digits / "network.json").read_text(encoding="utf-8").splitlines(True)
    (out / "network.json").write_text("".join(line for line in lines if '"min_tiles"' not in line), encoding="utf-8")
    run([sys.executable, "-B", options.digits / "inputs.py", "--count", "1", out / "inputs.csv", out / "labels.csv"], "inputs.py")
    return out / "network.json", out / "inputs.csv", IMAGE_STEPS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--netlist", type=pathlib.Path, required=True)
    parser.add_argument("--top", choices=PINS, required=True)
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--digits", type=pathlib.Path)
    parser.add_argument("--network", type=pathlib.Path)
    parser.add_argument("--inputs", type=pathlib.Path)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--baud", type=int, default=12_000_000, help="to which the host goes")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    for tool in ("yosys", "verilator"):
        if not shutil.which(tool):
            print(f"netlist.py: SKIPPED: {tool} is not installed")
            sys.exit(77)
    if not options.netlist.is_file():
        sys.exit(f"netlist.py: {options.netlist} is not there: bitstream.py makes it")
    options.out.mkdir(parents=True, exist_ok=True)
    made = library(options)
    network, inputs, steps = digits(options) if options.digits else (options.network, options.inputs, options.steps)
    done = subprocess.run([options.run, made, network, inputs, str(steps), str(options.baud)], check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
