#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the program says while it works and when it is done: progress on a terminal, nothing in a pipe, JSON for programs.

    progress.py PROGRAM
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from terminal import on_terminal

NETWORK = {"spikemesh_network": 1, "dt_ms": 1,
           "populations": [{"name": "in", "size": 2, "input": {}},
                           {"name": "n", "size": 9, "record": [0], "raw": {"theta": 5000, "decay_v": 4000, "bias": 1}},
                           {"name": "busy", "size": 100, "raw": {"theta": 9000, "decay_v": 4096, "bias": 1}}],  # no step is skipped
           "projections": [{"from": "in", "to": "n", "connect": "all_to_all", "weight": 30}]}
LINE = re.compile(r"(\d+) of (\d+) steps \((\d+) %\), (\d+) steps/s, (\d+):\d\d left")
SECONDS = 2  # that a run should take

checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"progress.py: {what}")


class Program:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        (folder / "net.json").write_text(json.dumps(NETWORK), encoding="utf-8")

    def call(self, *arguments, code=0):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder, timeout=120)
        check(done.returncode == code, f"{arguments}: ended with {done.returncode}, not {code}: {done.stdout}{done.stderr}")
        return done

    def json(self, *arguments, code=0):
        return json.loads(self.call(*arguments, "--json", code=code).stdout)

    def on_terminal(self, *arguments):
        """What it says on a terminal that is its stderr."""
        said, code = on_terminal([self.program, *arguments], cwd=self.folder)
        check(code == 0, f"{arguments}: {said}")
        return said


def run(out, steps, *more):
    return ["run", "net.json", "--regular", "in=10", "--steps", steps, "--out", out, *more]


def steps_of(program, *more):
    """So many that a run takes SECONDS or more."""
    steps = 2000
    while True:
        begin = time.monotonic()
        done = program.call(*run("pipe", steps, *more))
        seconds = time.monotonic() - begin
        check(done.stderr == "", f"in a pipe it is quiet: {done.stderr}")
        if seconds > 0.5:
            return round(steps * SECONDS / seconds)
        steps = round(steps * min(10, 1 / seconds))


def check_lines(program, *more):
    steps = steps_of(program, *more)
    said = program.on_terminal(*run("terminal", steps, *more))
    lines = [each for each in said.split("\r") if each.strip()]
    found = [LINE.fullmatch(each.strip()) for each in lines]
    check(len(found) >= 2 and all(found), f"{more}: lines of progress: {said!r}")
    done = [int(each[1]) for each in found]
    check(done == sorted(set(done)) and done[-1] <= steps and {int(each[2]) for each in found} == {steps}, f"{more}: progress goes on: {lines}")
    check(all(abs(100 * int(each[1]) / steps - int(each[3])) <= 1 for each in found), f"percent: {lines}")
    check(re.search(r"\r +\r$", said), f"the line is wiped in the end: {said[-200:]!r}")
    short = program.on_terminal(*run("short", 10, *more))
    check(short == "", f"what is over at once says nothing: {short!r}")


def main(program, folder):
    program = Program(program, folder)
    check_lines(program)
    check_lines(program, "--executor", "model")

    stats = program.json(*run("json", 40))
    check(stats == {**json.loads((folder / "json" / "stats.json").read_text(encoding="utf-8")), "folder": "json"}, f"run --json: {stats}")
    check(stats["steps"] == 40 and stats["recorded"] == [{"population": "n", "neurons": 1, "of": 9, "indices": [0]}], stats)
    wrong = program.call(*run("json", 40, "--config", "huge", "--json"), code=1)
    check(wrong.stdout == "" and "huge" in wrong.stderr, f"an error leaves stdout alone: {wrong}")
    verified = program.json("verify", "--random", 2, "--config", "tiny", "--seed", 1, "--jobs", 1)
    check(verified["schema"] == "spikemesh-verify-1" and verified["equal"] and verified["failed"] == [], verified)
    check(verified["builds"]["tiny"]["cases"] == 2 and verified["all"]["cycles"] > 1000 and verified["all"]["events"]["flit"] > 0, verified)
    check("ok  tiny" in program.call("verify", "--random", 1, "--config", "tiny", "--seed", 3, "--json").stderr, "what people read goes to stderr")
    print(f"{checks} checks passed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(temporary))
