#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh run --record` promises: files, their shapes, and the same values from every executor.

    recording.py PROGRAM
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

STEPS, SAMPLES = 12, 3
NETWORK = {
    "spikemesh_network": 1, "dt_ms": 1,
    "rules": [{"name": "hebb", "tau_pre_ms": 20, "tau_post_ms": 20, "a_plus": 4, "a_minus": -1, "w_min": 0, "w_max": 200}],
    "populations": [
        {"name": "in/put", "size": 4, "input": {}},
        {"name": "n", "size": 5, "record": [0], "raw": {"theta": 100, "decay_i": 3000, "decay_v": 3900}}],
    "projections": [{"from": "in/put", "to": "n", "connect": "all_to_all", "weight": 30, "rule": "hebb"},
                    {"from": "n", "to": "n", "connect": "all_to_all", "weight": -5, "delay": 2, "allow_self": False}]}
PROBES = ["v:n[1..2,4]@3", "i:n", "weight:in/put,n@end", "weight:n,n[3]@6"]

checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"recording.py: {what}")


class Runs:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        (folder / "net.json").write_text(json.dumps(NETWORK), encoding="utf-8")

    def run(self, out, *probes, more=(), code=0):
        options = [each for probe in probes for each in ("--record", probe)]
        command = [self.program, "run", *options, "net.json", "--regular", "in/put=2,1", "--steps", STEPS, "--samples", SAMPLES, "--out", out, *more]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=self.folder, timeout=120)
        check(done.returncode == code, f"{command}: ended with {done.returncode}, not {code}: {done.stdout}{done.stderr}")
        return done.stderr

    def spikes(self, out):
        return (self.folder / out / "spikes.csv").read_text(encoding="utf-8")

    def traces(self, out):
        index = json.loads((self.folder / out / "record.json").read_text(encoding="utf-8"))
        check(index["schema"] == "spikemesh-record-1", index)
        return [(each, numpy.load(self.folder / out / each["file"])) for each in index["traces"]]


def check_shapes(runs, traces):
    check([each["probe"] for each, _ in traces] == PROBES, "traces stand in the order of the command line")
    (v, v_values), (i, i_values), (learned, weights), (_, fixed) = traces
    check(v_values.shape == (SAMPLES, 4, 3) and v["neurons"] == [1, 2, 4] and (v["first_step"], v["every_steps"]) == (2, 3), v)
    check(i_values.shape == (SAMPLES, STEPS, 5) and i_values.dtype == numpy.int32 and i_values.any(), i)
    check(weights.shape == (SAMPLES, 1, 20) and learned["first_step"] == STEPS - 1 and learned["every_steps"] == 0, learned)
    synapses = numpy.load(runs.folder / "reference" / learned["synapses"])
    check(synapses.tolist() == [[pre, post, 1] for pre in range(4) for post in range(5)], f"columns of weights: {synapses}")
    begin = numpy.load(runs.folder / "reference" / learned["begin"])
    check((begin == 30).all() and (weights[-1, 0] > 30).all(), f"weights before the run, and after it: {begin}, {weights[-1, 0]}")
    check(fixed.shape == (SAMPLES, 2, 4) and (fixed == -5).all(), f"weights that do not learn stay: {fixed}")


def main(program, folder):
    runs = Runs(program, folder)
    runs.run("plain")
    runs.run("reference", *PROBES)
    check(runs.spikes("plain").count("\n") > 5 and runs.spikes("plain") == runs.spikes("reference"), "recording changes no spike")
    traces = runs.traces("reference")
    check_shapes(runs, traces)
    for out, more in (("model", ["--executor", "model"]), ("spread", ["--executor", "model", "--min-tiles", 5])):
        runs.run(out, *PROBES, more=more)
        for (entry, values), (_, wanted) in zip(runs.traces(out), traces, strict=True):
            check((values == wanted).all(), f"{out}: {entry['probe']} as the reference gives it")
    runs.run("more", "spikes:n[4]")
    check(",n,4\n" in runs.spikes("more") and ",n,4\n" not in runs.spikes("plain"), "a probe of spikes adds to what the network records")
    runs.run("reference")
    check(not (folder / "reference" / "record.json").exists(), "a run without --record leaves none of an earlier one")
    for probe, message in (
            ("u:n", "--record u:n: QUANTITY:POPULATION[NEURONS]@EVERY is needed"),
            ("v:m", 'recording v:m: the network has no neurons "m"; it has n'),
            ("v:n[5]", 'recording v:n: neuron 5, but the neurons of "n" are 0..4'),
            ("v:n@13", "--record v:n@13: a sample ends after 12 steps, so nothing would be read; choose a shorter interval, or @end")):
        error = runs.run("bad", probe, code=1)
        check(error.startswith("spikemesh: ") and message in error, f"{probe}: {error}")
    check(not (folder / "bad").exists(), "a run that was refused leaves no folder")
    print(f"{checks} checks passed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(temporary))
