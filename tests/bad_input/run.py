#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives the program what is wrong, one case after another, and holds it to what it must say (docs/bad-input.md).

    run.py PROGRAM CASES.json [PART OF A NAME]

What is said is put together from the place and the value that the case names and a wording of wording.json. A case fails when exit code or standard error differ from what is written, when something is printed as if all were
well, when the program is ended by a signal, takes longer than TIMEOUT or more memory than MEMORY, or leaves a folder.
"""
import copy
import ctypes
import io
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

import numpy

TIMEOUT = 20         # seconds
MEMORY = 4 << 30     # bytes of address space
COMMANDS = "completion", "emulate", "info", "map", "run", "sweep", "verify", "wire"
WORDING = json.loads(pathlib.Path(__file__).with_name("wording.json").read_text(encoding="utf-8"))
CAPABILITIES = 1, 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: with them root reads whatever it likes

# What the cases change; with nothing changed it is accepted, which is checked first.
GOOD = {
    "net.json": {"json": {
        "spikemesh_network": 1, "dt_ms": 1,
        "rules": [{"name": "hebb", "tau_pre_ms": 20, "tau_post_ms": 20, "a_plus": 0.01, "a_minus": -0.012,
                   "w_min": 0, "w_max": 1}],
        "populations": [
            {"name": "in", "size": 4, "input": {"max_spikes_per_step": 2}},
            {"name": "n", "size": 3, "record": True, "raw": {"theta": 100, "subtract": 1, "decay_v": 3900}},
            {"name": "lif", "size": 2, "record": True, "neuron": {"tau_m_ms": 20, "v_threshold": 1}}],
        "projections": [
            {"from": "in", "to": "n", "connect": "all_to_all", "weight": 60},
            {"from": "n", "to": "lif", "connect": "dense", "weight": [[0.5, 0], [0.25, 1], [0, 0.75]], "delay": 2},
            {"from": "in", "to": "lif", "connect": "sparse", "synapses": [[0, 0, 0.5, 1], [3, 1, 0.25, 2]],
             "rule": "hebb"}]}},
    "layers.json": {"json": {
        "spikemesh_network": 1, "dt_ms": 1,
        "populations": [
            {"name": "in", "shape": [2, 6, 6], "input": {}},
            {"name": "conv", "shape": [4, 6, 6], "record": True, "neuron": {"beta": 0.9, "v_threshold": 1}},
            {"name": "pool", "shape": [4, 3, 3], "record": True, "neuron": {"beta": 0.9, "v_threshold": 1}}],
        "projections": [
            {"from": "in", "to": "conv", "connect": "conv2d", "weight": {"npy": "kernel.npy"}, "padding": 1},
            {"from": "conv", "to": "pool", "connect": "pool2d", "kernel_size": 2, "weight": 0.25}]}},
    "kernel.npy": {"npy": {"dtype": "<f8", "values": [[[[0.5] * 3] * 3] * 2] * 4}},
    "in.csv": "sample,step,population,neuron,count\n0,0,in,0,1\n0,3,in,1,2\n1,2,in,3,1\n",
    "chip.json": {"json": {"MeshW": 2, "MeshH": 1, "Neurons": 64}},
    "sweep.json": {"json": {
        "spikemesh_sweep": 1, "network": "net.json", "config": "chip.json",
        "run": {"steps": 10, "input": "in.csv"},
        "space": [{"parameter": "Lanes", "values": [1, 2]}, {"parameter": "RouterDepth", "from": 1, "to": 2},
                  {"parameters": ["MeshW", "MeshH"], "values": [[2, 1], [1, 2]]}],
        "points": [{"CoreDepth": 2}], "constraints": [{"column": "cycles", "at_most": 1000000}]}},
}
GOOD_COMMANDS = (["map", "net.json", "--config", "chip.json"],
                 ["map", "layers.json"],
                 ["run", "net.json", "--input", "in.csv", "--steps", "10", "--out", "out"],
                 ["sweep", "sweep.json", "--out", "out"])


def edit(document, pointer, value):
    """Sets what a JSON pointer names; a value of {"remove": true} takes it away, "-" appends to an array."""
    *way, last = pointer.removeprefix("/").split("/")
    for key in way:
        document = document[int(key) if isinstance(document, list) else key]
    if isinstance(document, list) and last == "-":
        document.append(value)
    elif value == {"remove": True}:
        del document[last]
    else:
        document[int(last) if isinstance(document, list) else last] = value


def array_bytes(array):
    """The .npy file of {"dtype", "values", "fortran"?, "cut"? (bytes that are left), "more"? (bytes appended)}."""
    dtype = array["dtype"]
    values = [tuple(row) for row in array["values"]] if isinstance(dtype, list) else array["values"]
    dtype = [tuple(field) for field in dtype] if isinstance(dtype, list) else dtype
    out = io.BytesIO()
    numpy.save(out, numpy.array(values, dtype=dtype, order="F" if array.get("fortran") else "C"))
    return out.getvalue()[:array.get("cut")] + b"\0" * array.get("more", 0)


def write(path, content):
    """Text, or an object that says how the file is made."""
    if isinstance(content, str):
        content = {"text": content}
    if content.get("folder"):
        path.mkdir()
        return
    kind, value = next(iter(content.items()))
    path.write_bytes({"text": lambda: value.encode(),
                      "latin1": lambda: value.encode("latin-1"),  # any bytes
                      "json": lambda: json.dumps(value).encode(),
                      "npy": lambda: array_bytes(value),
                      "repeat": lambda: (value[0] * value[1]).encode()}[kind]())
    if content.get("unreadable"):
        path.chmod(0)


def load(path):
    """A table of cases; each says which file it edits."""
    table = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    for case in table["cases"]:
        case.setdefault("edits", table.get("edits", "net.json"))
    return table


def files_of(case):
    files = copy.deepcopy(GOOD)
    for pointer, value in case.get("edit", {}).items():
        edit(files[case.get("edits", "net.json")]["json"], pointer, value)
    return files | case.get("files", {})


def limit(room, memory):
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if room is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    if os.geteuid() == 0:
        for capability in CAPABILITIES:
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def spikemesh(program, argv, folder, room, memory):
    try:
        done = subprocess.run([program, *argv], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT, preexec_fn=lambda: limit(room, memory))
    except subprocess.TimeoutExpired:
        return None, "", f"still running after {TIMEOUT} s"
    return done.returncode, done.stdout.decode(errors="backslashreplace"), done.stderr.decode(errors="backslashreplace")


def run_case(program, case, argv):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name, content in files_of(case).items():
            write(folder / name, content)
        result = spikemesh(program, case.get("argv", argv), folder, case.get("room"), case.get("memory", MEMORY))
        return (*result, (folder / "out").exists())


def message(case, argv):
    """What must be said; of a wrong command line by the command, with where its help is."""
    text = WORDING[case.get("says", case["name"])]
    text = text.replace("{place}", case.get("place", "")).replace("{value}", case.get("value", ""))
    if case.get("code") != 2:
        return f"spikemesh: {text}\n"
    command = " ".join(["spikemesh", *(word for word in case.get("argv", argv) if word in COMMANDS)][:2])
    return f"{command}: {text}; see `{command} --help`\n"


def check(program, case, argv):
    """What is wrong, or nothing."""
    code, out, err, folder = run_case(program, case, argv)
    wanted = message(case, argv)
    if code != case.get("code", 1) or err != wanted:
        return f"exit {case.get('code', 1)} and\n    {wanted}  but it was exit {code} and\n    {err}"
    if out:
        return f"nothing on standard output, but there is {out[:200]}"
    if folder:
        return "no folder, but it leaves one"
    return None


def main():
    program, path, part = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], (sys.argv[3:] or [""])[0]
    table = load(path)
    for argv in GOOD_COMMANDS:
        code, _, err, _ = run_case(program, {}, argv)
        if code != 0:
            sys.exit(f"bad_input: what the cases change is refused itself: {argv}: exit {code}: {err}")
    names = [case["name"] for case in table["cases"]]
    if len(set(names)) != len(names):
        sys.exit(f"bad_input: {path}: a name stands twice")
    chosen = [case for case in table["cases"] if part in case["name"]]
    failed = 0
    for case in chosen:
        fault = check(program, case, table["argv"])
        if fault:
            failed += 1
            print(f"FAILED: {case['name']}: wanted\n  {fault}")
    print(f"{pathlib.Path(path).name}: {len(chosen)} cases, {failed} failed")
    sys.exit(1 if failed or not chosen else 0)


if __name__ == "__main__":
    main()
