#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A run of `spikemesh verify --cycles` that was ended goes on, and ends as if it had not been.

    resume.py SPIKEMESH
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
CYCLES = 3_000_000


def command(state, *more):
    return [PROGRAM, "verify", "--executor", "model", "--cycles", str(CYCLES), "--seed", "5", "--jobs", "2",
            "--config", "tiny", "--config", "cover1", "--state", str(state), *more]


def refused(arguments, *words):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert result.returncode != 0, f"{arguments} was not refused"
    for word in words:
        assert word in result.stderr, f"'{word}' is not in: {result.stderr}"


def end_in_the_middle(state):
    """Kills the run once it has done some cases; says how many its state knows."""
    process = subprocess.Popen(command(state), stdout=subprocess.DEVNULL, start_new_session=True)
    give_up = time.monotonic() + 60
    while not (state.exists() and json.loads(state.read_text())["next_case"] >= 2):
        assert process.poll() is None and time.monotonic() < give_up, "no state was written"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return json.loads(state.read_text())["next_case"]


with tempfile.TemporaryDirectory() as folder:
    whole, ended = pathlib.Path(folder) / "whole.json", pathlib.Path(folder) / "ended.json"
    subprocess.run(command(whole), check=True, stdout=subprocess.DEVNULL, timeout=200)
    done = end_in_the_middle(ended)
    result = subprocess.run(command(ended), check=True, capture_output=True, text=True, timeout=200)
    assert f"from case {done} on" in result.stdout, result.stdout[:200]
    one, other = (json.loads(path.read_text()) for path in (whole, ended))
    assert done < one["next_case"], f"it was not ended in the middle: {done} of {one['next_case']} cases"
    # Which cases still began when the last cycles were reached depends on when others ended.
    fewest = min(one["next_case"], other["next_case"])
    assert abs(one["next_case"] - other["next_case"]) <= 2, f"{one['next_case']} and {other['next_case']} cases"
    if one["next_case"] == other["next_case"]:
        assert one == other, "the totals differ"
    refused(command(ended, "--config", "odd"), "/schedule", "another run")
    refused(command(ended)[:-2] + ["--state", folder], folder)
    refused([PROGRAM, "verify", "--random", "3", "--state", str(ended)], "--cycles")
    ended.write_text("{}")
    refused(command(ended), str(ended), "not a state of verify")
    ended.write_text("not json")
    refused(command(ended), str(ended), "not a state of verify")
    print(f"ended after {done} cases, gone on to {fewest}, with equal totals")
