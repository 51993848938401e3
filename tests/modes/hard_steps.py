#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hard steps at the shell (docs/exploration/hard-steps.md).

    hard_steps.py PROGRAM
"""
import json
import pathlib
import sys
import tempfile

SOURCE = pathlib.Path(__file__).absolute().parent
sys.path.insert(0, str(SOURCE.parent / "report"))
import runs  # noqa: E402
from runs import call  # noqa: E402

STEPS = 100


def check(condition, what):
    if not condition:
        sys.exit(f"hard_steps.py: {what}")


def stats(folder):
    return json.loads((folder / "stats.json").read_text(encoding="utf-8"))


def chain(program, folder):
    """Two neurons, one behind the other, on tiles far apart: what arrives after the step acts a step later, exactly."""
    raw = {"theta": 1, "decay_i": 0, "decay_v": 0}
    network = {"spikemesh_network": 1, "dt_ms": 1,
               "populations": [{"name": "in", "size": 1, "input": {}}, {"name": "a", "size": 1, "raw": raw, "record": True, "tiles": [[0, 0]]},
                               {"name": "b", "size": 1, "raw": raw, "record": True, "tiles": [[7, 7]]}],
               "projections": [{"from": "in", "to": "a", "connect": "all_to_all", "weight": 9},
                               {"from": "a", "to": "b", "connect": "all_to_all", "weight": 9}]}
    (folder / "chain.json").write_text(json.dumps(network), encoding="utf-8")
    (folder / "wide.json").write_text(json.dumps({"MeshW": 8, "MeshH": 8, "LinkLatency": 8, "Neurons": 16}), encoding="utf-8")
    arguments = ["run", folder / "chain.json", "--config", folder / "wide.json", "--executor", "model", "--regular", "in=10", "--steps", 60]
    fired = {}
    for period in (20, 70, 400):  # the way takes 14 links of 8 cycles
        call(program, *arguments, "--period", period, "--hard-steps", "--out", folder / "chain")
        rows = [line.split(",") for line in (folder / "chain" / "spikes.csv").read_text(encoding="utf-8").splitlines()[1:]]
        fired[period] = {name: [int(row[1]) for row in rows if row[2] == name] for name in "ab"}
        hard = stats(folder / "chain")["hard_steps"]
        most, latency = hard["late_steps"][-1][0], hard["latency_cycles"][-1][0]
        check(most in (latency // period, latency // period + 1), f"a way of {latency} cycles in steps of {period}: {hard}")
    # Spikes of `a` themselves reach the host later where the step is shorter than their way there.
    check(fired[400]["a"][0] == 1 and fired[400]["b"][0] == 2, f"with enough time: {fired[400]}")
    shift = [fired[period]["b"][0] - fired[400]["b"][0] for period in (70, 20)]
    check(0 < shift[0] < shift[1], f"shorter steps do not delay more: {fired}")


def long_enough(program, folder, arguments):
    """Steps that no packet outlasts: spikes and cycles are those of a run that waits."""
    call(program, *arguments, "--period", 4000, "--hard-steps", "--out", folder / "hard")
    call(program, *arguments, "--period", 4000, "--out", folder / "soft")
    hard, soft = stats(folder / "hard"), stats(folder / "soft")
    check((folder / "hard" / "spikes.csv").read_bytes() == (folder / "soft" / "spikes.csv").read_bytes(), "spikes differ")
    check(hard["cycles"] == soft["cycles"] and hard["counters"] == soft["counters"] and hard["tiles"] == soft["tiles"], "cycles or counters differ")
    seen = hard["hard_steps"]
    check(seen["late"] == seen["overtaken"] == seen["longer"] == 0 and seen["packets"] == hard["counters"]["packets"] > 1000, seen)
    check(all(each["missing"] == each["added"] == each["spike_disorder"] == 0 and each["spikes"] > 0 for each in seen["spikes"]), seen["spikes"])


def too_short(program, folder, arguments):
    late = []
    for period in (150, 60):
        call(program, *arguments, "--period", period, "--hard-steps", "--out", folder / "short")
        seen = stats(folder / "short")["hard_steps"]
        late.append(seen["late"] / seen["packets"])
        check(seen["steps"] >= STEPS and seen["packets"] == stats(folder / "short")["counters"]["packets"], seen)
        check(sum(count for _, count in seen["late_steps"]) == seen["packets"], seen)
        check(sum(each["missing"] for each in seen["spikes"]) > 0, seen)
    check(0 < late[0] < late[1], f"shorter steps do not make more packets late: {late}")
    call(program, *arguments, "--period", 60, "--hard-steps", "--out", folder / "again")
    check((folder / "again" / "spikes.csv").read_bytes() == (folder / "short" / "spikes.csv").read_bytes(), "the same command gives other spikes")
    call(program, "report", folder / "short")
    page = (folder / "short" / "report.html").read_text(encoding="utf-8")
    check("hard steps" in page and "Changed output" in page, "the page says nothing of hard steps")


def refused(program, folder, arguments):
    for more, said in ((["--period", 3, "--hard-steps"], "a step of this mesh takes 9 cycles at least"),
                       (["--period", 90, "--hard-steps", "--activity"], "only the model ends steps so"),
                       (["--period", 90, "--hard-steps", "--learning", "on"], "learning needs steps that wait")):
        found = call(program, *arguments[:-2], *more, "--out", folder / "none", code=1) if "on" in more \
            else call(program, *arguments, *more, "--out", folder / "none", code=1)
        check(said in found, f"{more}: {found}")


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        chain(program, folder)
        arguments = ["run", runs.SOURCE / "net.json", "--poisson", "in=60", "--steps", STEPS, "--samples", 2, "--executor", "model", "--min-tiles", 12,
                     "--learning", "off"]
        for each in (long_enough, too_short, refused):
            each(program, folder, arguments)


if __name__ == "__main__":
    main(sys.argv[1])
