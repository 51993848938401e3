#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Steps with more input spikes than the spike-in ring holds, over a port and in one process: the spikes are those of the
reference, a host that is killed in a step that is held leaves a chip that the next host frees, and the speed of the host
changes no cycle.

    hold.py SPIKEMESH
"""
import contextlib
import csv
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

SPIKEMESH = sys.argv[1]
HITS = 40  # most spikes of an input in a step: 320 in all, of a ring of 64
NETWORK = {"spikemesh_network": 1, "dt_ms": 1,
           "populations": [{"name": "in", "size": 8, "input": {"max_spikes_per_step": HITS}},
                           {"name": "out", "size": 16, "neuron": {"tau_m_ms": 10, "v_threshold": 1}, "record": True}],
           "projections": [{"from": "in", "to": "out", "connect": "all_to_all", "weight": 0.4}]}


def write_inputs(path, steps):
    with open(path, "w", encoding="utf-8") as file:
        file.write("step,population,neuron,count\n")
        for step in range(steps):
            file.writelines(f"{step},in,{neuron},{1 + (7 * step + 5 * neuron) % HITS}\n" for neuron in range(8))


class Place:
    """A folder with the network, and runs in it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "net.json").write_text(json.dumps(NETWORK), encoding="utf-8")
        for name, steps in (("short", 60), ("long", 2000)):
            write_inputs(self.folder / f"{name}.csv", steps)

    def start(self, inputs, steps, out, *where):
        words = [SPIKEMESH, "run", "net.json", "--input", f"{inputs}.csv", "--steps", str(steps), "--out", out, *where]
        return subprocess.Popen(words, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def run(self, inputs, steps, out, *where):
        process = self.start(inputs, steps, out, *where)
        return self.end(process, out)

    def end(self, process, out):
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0 and error == "", f"{out}: {process.returncode}, {error}"
        with open(self.folder / out / "spikes.csv", encoding="utf-8") as file:
            return list(csv.reader(file))

    def cycles(self, out):
        return json.loads((self.folder / out / "stats.json").read_text(encoding="utf-8"))["cycles"]

    @contextlib.contextmanager
    def emulator(self, executor):
        """Yields its port; at the end the cycles are checked, which did not run away while a host was away."""
        process = subprocess.Popen([SPIKEMESH, "emulate", "--config", "tiny", "--executor", executor, "--link", "tcp:0"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            out, error = process.communicate(timeout=60)
        cycles = int(re.search(r"(\d+) cycles", out + error)[1])
        assert 100_000 < cycles < 1_000_000_000, f"{executor}: {cycles} cycles of a chip whose hosts were slow"


def away(process, times):
    """Stops a host again and again, so that it delivers late."""
    for _ in range(times):
        time.sleep(0.03)
        if process.poll() is not None:
            return
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.2)
        os.kill(process.pid, signal.SIGCONT)


def registers(port):
    words = subprocess.run([SPIKEMESH, "info", "--port", port, "--json"], check=True, capture_output=True, text=True)
    return json.loads(words.stdout)["registers"]


def kill_in_a_step(place, executor, port):
    """Kills a host once its chip runs, however long the upload takes: the chip then does not leave its step."""
    pause = 0.5
    for attempt in range(20):
        host = place.start("long", 2000, f"{executor}-killed{attempt}", "--port", port)
        time.sleep(pause)
        assert host.poll() is None, "the host was done before it could be killed"
        host.kill()
        host.communicate()
        first, second = registers(port), registers(port)
        assert first["STEP_LO"] == second["STEP_LO"], f"the chip went on: {first}, {second}"
        if second["RING_IN_READ"] == 0:
            pause *= 2  # it was still loading
        elif second["STATUS"] & 1:
            assert first["STATUS"] & 1, f"the chip began a step: {first}, {second}"
            return
        else:
            pause += 0.013  # it was killed between two steps
    raise AssertionError("no host was killed in a step of its run")


def over_port(place, executor, wanted):
    with place.emulator(executor) as port:
        where = ("--port", port)
        assert place.run("short", 60, f"{executor}-whole", *where) == wanted["short"]
        kill_in_a_step(place, executor, port)
        assert place.run("short", 60, f"{executor}-freed", *where) == wanted["short"]
        name, steps = ("long", 2000) if executor == "model" else ("short", 60)
        slow = place.start(name, steps, f"{executor}-slow", *where)
        away(slow, 5)
        assert place.end(slow, f"{executor}-slow") == wanted[name]


def in_one_process(place, wanted):
    """The same run twice, with a host that is stopped now and then: the chip's cycles are the same."""
    for load in ("direct", "link"):
        where = ("--config", "tiny", "--executor", "model", "--load", load)
        assert place.run("long", 2000, f"{load}-fast", *where) == wanted["long"]
        slow = place.start("long", 2000, f"{load}-slow", *where)
        away(slow, 5)
        assert place.end(slow, f"{load}-slow") == wanted["long"]
        fast, slow = place.cycles(f"{load}-fast"), place.cycles(f"{load}-slow")
        assert fast == slow > 0, f"--load {load}: {fast} cycles, and {slow} with a slow host"


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        wanted = {name: place.run(name, steps, f"reference-{name}", "--config", "tiny", "--executor", "reference")
                  for name, steps in (("short", 60), ("long", 2000))}
        assert all(len(rows) > 100 for rows in wanted.values()), wanted
        in_one_process(place, wanted)
        over_port(place, "model", wanted)
        over_port(place, "lockstep", wanted)


if __name__ == "__main__":
    main()
