#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A tile whose RTL never comes to an end is ended and named, in a bounded time; cases of verify die with verify, however
that ends.

    hangs.py SPIKEMESH ROUTER BUILD
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

SPIKEMESH, ROUTER, BUILD = pathlib.Path(sys.argv[1]).resolve(), *sys.argv[2:]
LOOP = "  always @(posedge clk_i) if (valid_i != 0) begin int i; for (i = 0; i >= 0; i = i & 1) begin end end\nendmodule"


def hung_tile(folder):
    path = folder / "hung.sv"
    path.write_text(pathlib.Path(ROUTER).read_text(encoding="utf-8").replace("endmodule", LOOP, 1), encoding="utf-8")
    begin = time.monotonic()
    done = subprocess.run([SPIKEMESH, "verify", "--random", "1", "--config", BUILD, "--rtl-tile", f"0,0={path}",
                           "--compare", "order"], capture_output=True, text=True, timeout=500, cwd=folder)
    assert done.returncode == 1, done
    assert re.search(r"RTL is wrong: cycle \d+, tile \(0,0\)", done.stderr) and "It hangs: " in done.stderr, done
    assert "1 of 1 cases FAILED" in done.stdout, done
    print(f"a tile that hangs was ended after {time.monotonic() - begin:.0f} s, compilation included")


def children(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def lives(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def killed_verify(how):
    verify = subprocess.Popen([SPIKEMESH, "verify", "--random", "100000", "--executor", "model", "--config", BUILD,
                               "--jobs", "3"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until, cases = time.monotonic() + 20, []
    while len(cases) < 2:
        assert time.monotonic() < until and verify.poll() is None, "verify started no cases"
        time.sleep(0.01)
        cases = children(verify.pid)
    verify.send_signal(how)
    verify.wait(10)
    until = time.monotonic() + 5
    while any(lives(case) for case in cases):
        assert time.monotonic() < until, f"a case outlived verify, which was ended by {how.name}"
        time.sleep(0.01)
    print(f"{len(cases)} cases ended with verify, {how.name}")


def main():
    os.environ["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1"
    for how in signal.SIGKILL, signal.SIGTERM:
        killed_verify(how)
    with tempfile.TemporaryDirectory() as name:
        hung_tile(pathlib.Path(name))


if __name__ == "__main__":
    main()
