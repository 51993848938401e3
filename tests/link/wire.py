#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`spikemesh wire` between a real host process and an emulated chip: runs over a bad wire give the spikes of the
reference, a killed host leaves a chip that the next one can use, a second host is refused.

    wire.py SPIKEMESH NETWORK
"""
import contextlib
import csv
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

SPIKEMESH, NETWORK = sys.argv[1:]
SOURCE = ["--regular", "pixel=1", "--steps", "60"]


@contextlib.contextmanager
def server(*arguments):
    """A process of spikemesh that prints its port first; yields process and port."""
    process = subprocess.Popen([SPIKEMESH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().strip()
        assert port, f"{arguments} printed no port: {process.stderr.read()}"
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def run_command(out, *where):
    return [SPIKEMESH, "run", NETWORK, *SOURCE, "--out", str(out), *where]


def run(out, *where):
    subprocess.run(run_command(out, *where), check=True, stdout=subprocess.DEVNULL, timeout=60)
    with open(out / "spikes.csv") as file:
        return list(csv.reader(file))


def killed(out, port):
    """A host that dies with the upload half done."""
    host = subprocess.Popen(run_command(out, "--port", port), stdout=subprocess.DEVNULL)
    time.sleep(0.15)
    assert host.poll() is None, "the host was done before it could be killed"
    host.kill()
    host.wait()


def refused(folder, port):
    """A second host is refused while a first one runs, however long that takes to open the port."""
    for pause in (0.15, 0.5, 2, 8):
        first = subprocess.Popen([SPIKEMESH, "run", NETWORK, "--regular", "pixel=1", "--steps", "20000", "--out",
                                  str(folder / f"first{pause}"), "--port", port], stderr=subprocess.DEVNULL)
        time.sleep(pause)
        assert first.poll() is None, "the first host was done before the second one came"
        second = subprocess.run([SPIKEMESH, "info", "--port", port], capture_output=True, text=True, timeout=30)
        first.kill()
        first.wait()
        if second.returncode != 0:
            break
    assert second.returncode != 0 and "another program has this port open" in second.stderr, second.stderr


def main(folder):
    wanted = run(folder / "reference", "--executor", "reference")
    assert len(wanted) > 20, "the network is silent: nothing would be compared"
    bad = ["--flip", "1e-3", "--drop", "1e-3", "--insert", "5e-4", "--burst", "2e-4", "--break", "2e-4", "--lose", "5e-4",
           "--stale", "1e-3", "--delay", "5e-5", "--longest-delay-ms", "200", "--seed", "5"]
    with server("emulate") as (_, chip), server("wire", "--port", chip, *bad) as (wire, port):
        assert run(folder / "bad", "--port", port) == wanted
        killed(folder / "killed", port)
        assert run(folder / "again", "--port", port) == wanted
        refused(folder, port)
        assert run(folder / "last", "--port", port) == wanted
        wire.send_signal(signal.SIGTERM)
        report = wire.stderr.read()
    counts = dict(zip(report.split()[9::2], map(int, report.split()[10::2])))
    for fault in ("flip", "drop", "insert", "burst", "lose", "stale", "delay", "break"):
        assert counts[fault] > 0, f"no {fault}: {report}"
    with server("emulate") as (_, chip), server("wire", "--port", chip, "--pull", "0.3", "1.5") as (_, port):
        begin = time.monotonic()
        while time.monotonic() - begin < 2.5:
            assert run(folder / "pulled", "--port", port) == wanted
    with server("emulate") as (_, chip), server("wire", "--port", chip, "--silent", "0", "600") as (_, port):
        silent = subprocess.run([SPIKEMESH, "info", "--port", port, "--timeout", "2"], capture_output=True, text=True,
                                timeout=30)
        assert silent.returncode == 1 and "no answer from the chip" in silent.stderr, silent.stderr
    print(f"{len(wanted)} lines of spikes, equal over every wire; {report.strip()}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(pathlib.Path(name))
