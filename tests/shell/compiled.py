#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""RTL that the program compiles when it is asked for (docs/verification/verify.md).

    compiled.py PROGRAM any_build | missing_tools
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from terminal import on_terminal

# Small, and no named build.
BUILD = {"MeshW": 2, "MeshH": 1, "Neurons": 16, "Synapses": 128, "Axons": 32, "Fanouts": 32, "Plastics": 16, "RingIn": 16,
         "RingOut": 16, "RxBuffer": 128, "FrameWords": 16}
NETWORK = {"spikemesh_network": 1, "dt_ms": 1,
           "populations": [{"name": "in", "size": 4, "input": {"max_spikes_per_step": 4}},
                           {"name": "out", "size": 20, "record": True, "raw": {"theta": 100}}],
           "projections": [{"from": "in", "to": "out", "connect": "all_to_all", "weight": 150}]}
SPIKES = "sample,step,population,neuron,count\n" + "".join(f"0,{step},in,{step % 4},1\n" for step in range(10))


def check(condition, what):
    if not condition:
        sys.exit(f"compiled.py: {what}")


def run(program, folder, executor, **options):
    return subprocess.run([program, "run", "net.json", "--input", "in.csv", "--steps", "12", "--config", "mine.json",
                           "--executor", executor, "--out", executor], cwd=folder, text=True, timeout=500, check=False, **options)


def any_build(program, folder, environment):
    reference = run(program, folder, "reference", capture_output=True)
    check(reference.returncode == 0, f"reference: {reference.stderr}")
    # Two at a time, of one chip that nobody compiled before.
    twice = [subprocess.Popen([program, "run", "net.json", "--input", "in.csv", "--steps", "12", "--config", "mine.json",
                               "--executor", "rtl", "--out", f"rtl{number}"], cwd=folder, env=environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for number in range(2)]
    said = [process.communicate(timeout=500)[1] for process in twice]
    check([process.returncode for process in twice] == [0, 0], f"two at a time: {said}")
    check(sum("compiling a chip of 2 x 1 tiles" in text for text in said) == 1, f"one compiles: {said}")
    wanted = (folder / "reference/spikes.csv").read_text()
    check(wanted.count("\n") > 10, "the network is silent")
    for number in range(2):
        check((folder / f"rtl{number}/spikes.csv").read_text() == wanted, "RTL and reference differ")
    said, code = on_terminal([program, "run", "net.json", "--input", "in.csv", "--steps", "12", "--config", "mine.json",
                              "--executor", "lockstep", "--out", "lockstep"], cwd=folder, env=environment)
    check(code == 0, f"lockstep: {said}")
    check(": 1 s" in said, f"a terminal is not shown how long it takes: {said!r}")
    check((folder / "lockstep/spikes.csv").read_text() == wanted, "lockstep and reference differ")
    again = run(program, folder, "lockstep", env=environment, capture_output=True)
    check(again.returncode == 0 and "compiling" not in again.stderr, f"compiled again: {again.stderr}")
    left = sorted(path.suffix for path in (folder / "cache").iterdir())
    check(left == [".so", ".so"], f"left in the cache: {left}")


def missing_tools(program, folder, environment):
    tools = folder / "tools"
    tools.mkdir()
    environment["PATH"] = str(tools)
    environment.pop("CXX", None)
    for name in ("sh", "sed"):
        (tools / name).symlink_to(f"/bin/{name}")
    said = run(program, folder, "rtl", env=environment, capture_output=True)
    check(said.returncode == 1 and "Verilator is not on PATH; install it (apt install verilator g++ zlib1g-dev)" in said.stderr,
          f"without Verilator: {said.stderr}")
    verilator = tools / "verilator"
    verilator.write_text("#!/bin/sh\necho 'Verilator 4.038 2020-07-11 rev v4.036'\n")
    verilator.chmod(0o755)
    said = run(program, folder, "rtl", env=environment, capture_output=True)
    check(said.returncode == 1 and "Verilator 4.038" in said.stderr and "too old" in said.stderr, f"old Verilator: {said.stderr}")
    verilator.write_text("#!/bin/sh\necho 'Verilator 5.006 2023-01-22'\n")
    said = run(program, folder, "rtl", env=environment, capture_output=True)
    check(said.returncode == 1 and "there is no C++ compiler" in said.stderr, f"without a compiler: {said.stderr}")
    for name, text in (("c++", "echo 'c++ (Mine) 12'"), ("verilator", "[ $1 = --version ] && echo 'Verilator 5.006 mine' || "
                                                                      "{ echo '%Error: cannot'; exit 1; }")):
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    for name in ("rm", "mkdir"):
        (tools / name).symlink_to(f"/bin/{name}")
    said = run(program, folder, "rtl", env=environment, capture_output=True)
    check(said.returncode == 1 and "does not compile" in said.stderr and "%Error: cannot" in said.stderr,
          f"a compiler that fails: {said.stderr}")
    left = [path.name for path in (folder / "cache").iterdir() if path.suffix != ".lock"]
    check(not left, f"left in the cache: {left}")


def main(program, what):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file, text in (("mine.json", json.dumps(BUILD)), ("net.json", json.dumps(NETWORK)), ("in.csv", SPIKES)):
            (folder / file).write_text(text, encoding="utf-8")
        environment = dict(os.environ, SPIKEMESH_CACHE=str(folder / "cache"))
        {"any_build": any_build, "missing_tools": missing_tools}[what](program, folder, environment)
    print("compiled.py: all as promised")


main(*sys.argv[1:])
