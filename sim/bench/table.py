#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of `./bootstrap bench`: every row of spikemesh_bench beside the committed figure, and Brian2 on CUBA where it
is installed (docs/bench.md).

usage: table.py SPIKEMESH_BENCH [--filter REGEX] [--commit]

Times are user CPU time. A ratio above 1 is faster than the committed figure; it means something on the machine that the
committed figures come from. --commit writes the figures of this run to committed.json.
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
COMMITTED = HERE / "committed.json"
BRIAN2 = "cuba/brian2"
STEPS = 20_000
UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


def machine():
    """Processor, number of cores, operating system."""
    info = pathlib.Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")] \
        if info.exists() else []
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def commit():
    done = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def measured(program, pattern):
    """{row: {time_ms, figures}} of the benchmark program."""
    done = subprocess.run([program, f"--benchmark_filter={pattern}", "--benchmark_format=json"], stdout=subprocess.PIPE, text=True)
    if done.returncode or not done.stdout:
        sys.exit(f"table.py: {program} ended with {done.returncode}")
    usual = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index",
             "threads", "iterations", "real_time", "cpu_time", "time_unit"}
    rows = {}
    for row in json.loads(done.stdout)["benchmarks"]:
        if "error_message" in row:
            sys.exit(f"table.py: {row['name']}: {row['error_message']}")
        rows[row["name"]] = {"time_ms": row["cpu_time"] * UNITS[row["time_unit"]],
                             **{name: value for name, value in row.items() if name not in usual and isinstance(value, (int, float))}}
    return rows


def user_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def brian2():
    """CUBA in Brian2's C++ standalone mode, one thread: a run of 20,000 steps less one of 1,000."""
    script = HERE / "cuba_brian2.py"
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for steps in (1_000, STEPS + 1_000):
            place = pathlib.Path(folder) / str(steps)
            subprocess.run([sys.executable, script, str(steps), place], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times.append(min(user_seconds([place / "main"]) for _ in range(3)))
    return {BRIAN2: {"time_ms": 1e3 * (times[1] - times[0])}}


def has_brian2():
    return subprocess.run([sys.executable, "-c", "import brian2"], stderr=subprocess.DEVNULL).returncode == 0


def shown(value):
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= factor:
            return f"{value / factor:.3g} {unit}"
    return f"{value:.3g}"


def print_table(rows, committed):
    print(f"{'row':38} {'time':>11} {'committed':>11} {'ratio':>6}  figures")
    for name, row in rows.items():
        figures = ", ".join(f"{key} {shown(value)}" for key, value in row.items() if key != "time_ms")
        before = committed.get(name, {}).get("time_ms")
        ratio = f"{before / row['time_ms']:6.2f}" if before and row["time_ms"] else f"{'-':>6}"
        then = f"{before:8.1f} ms" if before else f"{'-':>11}"
        print(f"{name:38} {row['time_ms']:8.1f} ms {then} {ratio}  {figures}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--filter", default=".")
    parser.add_argument("--commit", action="store_true")
    arguments = parser.parse_args()
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    print(f"this run:  {machine()}; commit {commit()}\ncommitted: {committed['machine']}; commit {committed['commit']}", flush=True)
    rows = measured(arguments.program, arguments.filter)
    if has_brian2():
        rows |= brian2()
        for name in rows:
            if name.startswith("cuba") and name != BRIAN2:
                rows[name]["times_brian2"] = rows[name]["time_ms"] / rows[BRIAN2]["time_ms"]
    else:
        print(f"{BRIAN2} is left out: `pip install brian2` for {sys.executable} brings it")
    print_table(rows, committed["rows"])
    if arguments.commit:
        committed = {"machine": machine(), "commit": commit(), "rows": {**committed["rows"], **rows}}
        COMMITTED.write_text(json.dumps(committed, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
