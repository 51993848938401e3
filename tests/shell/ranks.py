#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`spikemesh run --mpi`: the processes of mpirun give what one gives (docs/run.md, "Threads").

    ranks.py PROGRAM
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import mpirun

NETWORK = {
    "spikemesh_network": 1, "dt_ms": 1, "adapt_period": 2, "min_tiles": 7,
    "rules": [{"name": "hebb", "tau_pre_ms": 20, "tau_post_ms": 20, "a_plus": 4, "a_minus": -1, "w_min": 0, "w_max": 200}],
    "populations": [
        {"name": "in", "size": 40, "input": {"max_spikes_per_step": 2}},
        {"name": "n", "size": 60, "record": True,
         "raw": {"theta": 900, "decay_i": 3000, "decay_v": 3900, "adapt_step": 60 << 16, "decay_adapt": 4000}},
        {"name": "out", "size": 20, "record": True, "raw": {"theta": 100, "decay_v": 3000}}],
    "projections": [{"from": "in", "to": "n", "connect": "all_to_all", "weight": 30, "rule": "hebb"},
                    {"from": "n", "to": "out", "connect": "all_to_all", "weight": 9, "delay": 3},
                    {"from": "out", "to": "n", "connect": "all_to_all", "weight": -25}]}
COMMAND = ("run", "net.json", "--executor", "reference", "--steps", "200", "--samples", "2", "--clear", "membrane",
           "--poisson", "in=80", "--record", "v:n", "--record", "weight:in,n@50")


def check(condition, what):
    if not condition:
        sys.exit(f"ranks.py: {what}")


def results(folder):
    """All that a run wrote, but for what differs from run to run."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "config.json"}
    stats = json.loads(files.pop("stats.json"))
    for key in [key for key in stats if key.endswith("_s")]:
        del stats[key]
    return files, stats


def main(program):
    mpi = mpirun.found()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def start(*parts, **keys):
            """Each part: how many processes, and more of their command."""
            words = [word for number, *more in parts for word in (":", "-n", str(number), program, *more)][1:]
            return subprocess.Popen([mpi, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **keys)

        def run(*parts, code=0):
            process = start(*parts)
            said, wrong = process.communicate(timeout=120)
            check((process.returncode == 0) == (code == 0), f"{parts}: ended with {process.returncode}: {said}{wrong}")
            return said, wrong

        (folder / "net.json").write_text(json.dumps(NETWORK), encoding="utf-8")
        subprocess.run([program, *COMMAND, "--out", "alone", "--save-network", "alone.json"], cwd=folder, check=True,
                       capture_output=True, timeout=120)
        files, stats = results(folder / "alone")
        check(len(files["spikes.csv"].splitlines()) > 1000 and len(files) >= 5, f"a run that shows little: {sorted(files)}")
        for ranks, threads in ((2, 1), (3, 1), (2, 3)):
            out = f"{ranks}x{threads}"
            said, _ = run((ranks, *COMMAND, "--out", out, "--save-network", f"{out}.json", "--threads", str(threads), "--mpi"))
            check(said.count("recorded spikes") == 1, f"{out}: one process has to speak: {said}")
            check(results(folder / out) == (files, stats), f"{out}: other results than those of one process")
            for saved in folder.glob("alone*"):
                if saved.is_file():
                    other = folder / saved.name.replace("alone", out)
                    check(other.read_text(encoding="latin-1").replace(out, "alone") == saved.read_text(encoding="latin-1"),
                          f"{other.name} is not what one process saves")

        _, wrong = run((1, *COMMAND, "--out", "one", "--mpi"), code=1)
        check("this is the only process" in wrong, wrong)
        _, wrong = run((2, "run", "net.json", "--executor", "model", "--steps", "9", "--out", "one", "--mpi"), code=1)
        check("--mpi: only the reference" in wrong, wrong)
        (folder / "other.json").write_text(json.dumps({**NETWORK, "adapt_period": 2, "min_tiles": 8}), encoding="utf-8")
        _, wrong = run((1, *COMMAND, "--out", "one", "--mpi"), (1, "run", "other.json", *COMMAND[2:], "--out", "one", "--mpi"), code=1)
        check("have different networks" in wrong, wrong)
        _, wrong = run((1, *COMMAND, "--out", "one", "--mpi"), (1, *COMMAND, "--out", "one", "--source-seed", "2", "--mpi"), code=1)
        check("have different inputs, steps or recordings" in wrong, wrong)

        process = start((2, *COMMAND[:4], "--steps", str(1 << 40), "--poisson", "in=80", "--out", "ended", "--mpi"))
        while not (folder / "ended").exists():
            time.sleep(0.01)
            check(process.poll() is None, "a run ended before it began")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        check(process.returncode != 0, "a run that was told to end says that all went well")


if __name__ == "__main__":
    main(*sys.argv[1:])
