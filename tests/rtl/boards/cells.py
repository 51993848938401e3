#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the models of ecp5_cells.sv against what they stand for (cells_tb.sv).

    cells.py --rtl FOLDER --out FOLDER

Yosys maps memories and products to ECP5 cells; Verilator runs them beside their source, and the clock of the
boards. Ends with 77 (skipped) without Yosys.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MEMORIES = ((1, 16384), (2, 8192), (4, 4096), (9, 2048), (18, 1024), (36, 512), (25, 1024))


def run(command, what):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"cells.py: {what} failed:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-15:]))
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rtl", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    if not shutil.which("yosys"):
        print("cells.py: SKIPPED: yosys is not installed")
        sys.exit(77)
    options.out.mkdir(parents=True, exist_ok=True)
    ram = options.rtl / "prim" / "sm_ram_1r1w.sv"
    files = []
    for width, depth in MEMORIES:
        files.append(options.out / f"ram_{width}_{depth}.v")
        run(["yosys", "-q", "-p", f"read_verilog -sv -DSYNTHESIS {ram}; chparam -set Width {width} -set Depth {depth} sm_ram_1r1w; "
             f"synth_ecp5 -top sm_ram_1r1w; select -assert-any t:DP16KD; rename -top ram_{width}_{depth}; "
             f"write_verilog -noattr {files[-1]}"], f"a memory of {depth} x {width} bits")
    for top in ("mul_signed", "mul_unsigned"):
        files.append(options.out / f"{top}.v")
        run(["yosys", "-q", "-p", f"read_verilog {HERE / 'mul.v'}; synth_ecp5 -top {top}; select -assert-count 1 t:MULT18X18D; "
             f"write_verilog -noattr {files[-1]}"], top)
    build = options.out / "verilated"
    run(["verilator", "--binary", "--timing", "-Wno-fatal", "-Wno-lint", "-O3", "--top-module", "cells_tb", "--Mdir", build, "-CFLAGS", "-O0",
         "-o", "cells_tb", HERE / "ecp5_cells.sv", ram, options.rtl / "boards" / "sm_ecp5_clock.sv", *files,
         HERE / "cells_tb.sv", "-j", "2"], "Verilator")
    print(run([build / "cells_tb"], "the comparison"), end="")


if __name__ == "__main__":
    main()
