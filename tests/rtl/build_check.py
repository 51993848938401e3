#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A build that breaks a rule of chip.json is refused at elaboration, by Verilator and by Yosys, and named.

    build_check.py SPEC_DIR VERILATOR FILE.sv ...

sm_build_check refuses every rule broken on either side; the modules that a user may take as a top refuse every
parameter that they have; Yosys, where it is installed, refuses one of each kind.
"""
import pathlib
import re
import shutil
import subprocess
import sys

SPEC_DIR, VERILATOR, *FILES = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path.insert(0, SPEC_DIR)
from derive import load  # noqa: E402

SPEC = load(pathlib.Path(SPEC_DIR) / "chip.json")


def broken():
    """(changed parameters, what the message says) of builds that break one rule each."""
    for key, rule in SPEC["build"].items():
        yield {key: rule["max"] + 1}, f"{key} must be {rule['min']}..{rule['max']}"
        yield {key: rule["min"] - 1}, f"{key} must be {rule['min']}..{rule['max']}"
        if rule["power_of_two"]:
            yield {key: 3 * rule["min"] if rule["min"] > 1 else 3}, f"{key} must be a power of two"
        if rule.get("one_less_than_power_of_two"):
            yield {key: rule["max"] - 1}, f"{key} must be one less than a power of two"
    yield {"Neurons": 4, "Lanes": 2}, "4 * Lanes <= Neurons must hold"


def parameters(top):
    """Those of a build that the module has."""
    text = pathlib.Path(next(file for file in FILES if pathlib.Path(file).stem == top)).read_text(encoding="utf-8")
    return [key for key in re.findall(r"parameter\s+int unsigned (\w+)", text) if key in SPEC["build"]]


def refused(command, messages):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    for message in messages:
        if message not in said:
            sys.exit(f"not refused with \"{message}\": {' '.join(command[:6])} ...\n{said[-2000:]}")
    if done.returncode == 0:
        sys.exit(f"\"{messages[0]}\" is said, and the exit code is 0: {' '.join(command[:6])} ...")


def verilator(top, changed, files):
    values = [f"-G{key}={value}" for key, value in changed.items()]
    return [VERILATOR, "--lint-only", "--no-timing", "--top-module", top, *values, *files]


def main():
    count = 0
    check = [file for file in FILES if pathlib.Path(file).stem == "sm_build_check"]
    for change, text in broken():
        refused(verilator("sm_build_check", change, check), [text])
        count += 1
    for top in ("sm_chip", "sm_tile", "sm_tile_port"):
        # A mesh of 65 x 65 tiles takes long to elaborate.
        keys = [key for key in parameters(top) if key not in ("MeshW", "MeshH")]
        refused(verilator(top, {key: SPEC["build"][key]["max"] + 1 for key in keys}, FILES),
                [f"{key} must be " for key in keys])
        count += len(keys)
    tools = "Verilator"
    if shutil.which("yosys"):
        tools += " and Yosys"
        for change, text in (({"Neurons": 100}, "Neurons must be a power of two"), ({"Axons": 8192}, "Axons must be 4..4096"),
                             ({"DelayMax": 6}, "DelayMax must be one less"), ({"Neurons": 4, "Lanes": 2}, "4 * Lanes <= Neurons")):
            values = " ".join(f"-set {key} {value}" for key, value in change.items())
            refused(["yosys", "-q", "-p", f"read_verilog -sv -DSYNTHESIS {' '.join(FILES)}; chparam {values} sm_tile; "
                     "hierarchy -check -top sm_tile"], [text])
    print(f"{count} broken parameters and rules are refused by {tools}")


main()
