#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh firmware` promises: a program is loaded, started, talked to, and ends, on an emulated chip.

    command.py PROGRAM FIRMWARE_FOLDER SHARE_FOLDER

77: the processor of the management core was not fetched.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

PROGRAM, FIRMWARE, SHARE = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
LONGEST = 50  # seconds
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"command.py: {what}")


class Chip:
    """An emulated chip, and what the program says of it."""

    def __init__(self, folder, *options):
        self.port = pathlib.Path(folder) / "chip"
        self.emulator = subprocess.Popen([PROGRAM, "emulate", "--config", "tiny", "--link", f"pty:{self.port}", *options],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        end = time.monotonic() + LONGEST
        while not self.port.exists():
            check(self.emulator.poll() is None and time.monotonic() < end, "the emulator made no port")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.emulator.terminate()
        self.emulator.wait()

    def firmware(self, *words, out="", error="", code=0):
        done = subprocess.run([PROGRAM, "firmware", *map(str, words), "--port", self.port, "--timeout", str(LONGEST)],
                              capture_output=True, text=True, timeout=2 * LONGEST)
        said = f"firmware {words}: ended with {done.returncode}: {done.stdout}{done.stderr}"
        check(done.returncode == code, said)
        check(out in done.stdout and (error in done.stderr if error else done.stderr == ""), said)
        return done.stdout


def with_core(folder, executor):
    with Chip(folder, "--executor", executor, "--management-core") as chip:
        chip.firmware("state", out="4096 words of program memory", error="the core was not started")
        chip.firmware("load", FIRMWARE / "hello.bin")
        chip.firmware("start")
        chip.firmware("start", error="the core runs already", code=1)
        chip.firmware("send", "--words", "20,22,0")
        said = chip.firmware("log", error="the program ended with code 42", code=1)
        check(said == "hello from the management core\nsum 42\n", said)
        # Anew, more words than the mailbox holds, and the end that is none.
        chip.firmware("start", "--own-run")
        chip.firmware("state", error="the core owns the run")
        chip.firmware("send", "--words", ",".join(["1"] * 100))
        chip.firmware("stop")
        chip.firmware("log", out="hello", error="the host stopped the core")
        chip.firmware("load", FIRMWARE / "probe.bin")
        chip.firmware("start")
        chip.firmware("send", "--words", "2,4")  # a store to a register that cannot be written
        chip.firmware("log", error="the access to byte address 0x00000004", code=1)
        images(chip, pathlib.Path(folder))
        chip.firmware("test", out="the chip is good: 2240 words and 2 links were tested\n")


def with_faults(folder, faults, *lines):
    """A chip of the model that is broken; the self-test says where, and nothing else."""
    with Chip(folder, "--management-core", *(word for fault in faults for word in ("--fault", fault))) as chip:
        said = chip.firmware("test", out="the chip has faults: ", code=1)
        check(said.splitlines()[:-1] == list(lines), said)


def images(chip, folder):
    """What is no image for this chip."""
    good = (FIRMWARE / "hello.bin").read_bytes()
    for name, data, error in (("short.bin", good[:100], "the bytes SMFW are not at byte 132"),
                              ("other.bin", good[:140] + b"\0\0\0\0" + good[144:], "was built for ABI 1 and hash 0x00000000"),
                              ("large.bin", good[:144] + b"\x20\x0b\0\0" + good[148:], "needs 2^32 words of program"),
                              ("hungry.bin", good[:145] + b"\x0c" + good[146:], "2^12 words of data memory")):
        (folder / name).write_bytes(data)
        chip.firmware("load", folder / name, error=error, code=1)
    chip.firmware("load", folder / "none.bin", error="none.bin", code=1)


def faults():
    """What is no fault of this chip."""
    for fault, error in (("tile=9,0 memory=synapse address=0 bit=0 stuck=1", "tile=9,0 is no tile X,Y of the build"),
                         ("tile=0,0 memory=counter address=0 bit=0 stuck=1", "is none that the build keeps"),
                         ("tile=0,0 memory=synapse address=0 bit=0", "stuck= is missing"),
                         ("link=0,0 direction=north never=ready", "no link leads from tile (0,0) to the north"),
                         ("link=host never=red", "never=red"),
                         ("link=host never=valid bit=3", "bit= does not belong there"),
                         ("broken", "'broken' is not NAME=VALUE")):
        done = subprocess.run([PROGRAM, "emulate", "--config", "tiny", "--fault", fault], capture_output=True, text=True,
                              timeout=LONGEST)
        check(done.returncode == 1 and error in done.stderr and "write it as in" in done.stderr, done.stderr)


def main():
    if not (SHARE / "ibex/fetched").exists():
        print("SKIPPED: the processor of the management core was not fetched (rtl/mgmt/ibex.py)")
        sys.exit(77)
    for executor in "rtl", "model":
        with tempfile.TemporaryDirectory() as folder:
            with_core(folder, executor)
    with tempfile.TemporaryDirectory() as folder:
        with_faults(folder, ["tile=0,0 memory=synapse address=12 bit=3 stuck=1", "tile=0,0 memory=axon address=5 bit=0 stuck=0"],
                    "tile (0,0), synapse word 12: bit 3 is always 1", "tile (0,0), axon word 5: bit 0 is always 0")
    with tempfile.TemporaryDirectory() as folder:
        with_faults(folder, ["link=0,0 direction=west never=ready"], "link from tile (0,0) to the host: it is never ready",
                    "tile (0,0): not tested, no whole way leads there and back")
    with tempfile.TemporaryDirectory() as folder, Chip(folder) as chip:
        chip.firmware("state", error="the chip has no management core", code=1)
        chip.firmware("test", error="the chip has no management core", code=1)
    faults()
    print(f"{checks} checks")


main()
