#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches Ibex, the processor of the management core, from PyPI: one wheel, pinned by version and hash.

    ibex.py FOLDER [--must]

The SystemVerilog that sm_mgmt_cpu needs goes to FOLDER, with Ibex' licence and a list of the files (ibex.f). CHANGES
says what is changed in it. Nothing is done when it is there already. SPIKEMESH_IBEX_WHEEL names a wheel that was fetched before, for machines without a
network. Where it cannot be fetched, the exit code is 77, or 1 with --must.
"""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGE, VERSION = "pythondata-cpu-ibex", "0.0.post2937"
WHEEL = f"pythondata_cpu_ibex-{VERSION}-py3-none-any.whl"
SHA256 = "bcb32ffccc75097248a11b3e52031eca92d21c6c6161a29151c8c79d6157e1c9"

ROOT = "pythondata_cpu_ibex/system_verilog/"
PRIM = "vendor/lowrisc_ip/ip/prim/rtl/"
GENERIC = "vendor/lowrisc_ip/ip/prim_generic/rtl/"
WRAPPED = "dv/uvm/core_ibex/common/prim/"
# In the order of compilation: packages, then modules.
SOURCES = (
    [WRAPPED + "prim_pkg.sv", PRIM + "prim_ram_1p_pkg.sv", PRIM + "prim_secded_pkg.sv", PRIM + "prim_cipher_pkg.sv", "rtl/ibex_pkg.sv"]
    + [GENERIC + f"prim_generic_{name}.sv" for name in ("buf", "flop", "clock_gating")]
    + [WRAPPED + f"prim_{name}.sv" for name in ("buf", "flop", "clock_gating")]
    # dummy_instr and pmp are not built, but the coverage of Ibex' own test bench looks into them.
    + [PRIM + "prim_lfsr.sv"]
    + [f"rtl/ibex_{name}.sv" for name in
       ("dummy_instr", "pmp", "alu", "branch_predict", "compressed_decoder", "controller", "counter", "csr", "cs_registers", "decoder", "ex_block",
        "fetch_fifo", "id_stage", "if_stage", "load_store_unit", "multdiv_fast", "multdiv_slow", "prefetch_buffer",
        "register_file_fpga", "wb_stage", "core", "top")])
# What the sources include, and what they may be shared under.
BESIDE = [PRIM + name for name in ("prim_assert.sv", "prim_assert_dummy_macros.svh", "prim_assert_sec_cm.svh", "prim_flop_macros.sv")] + [
    "vendor/lowrisc_ip/dv/sv/dv_utils/dv_fcov_macros.svh", "LICENSE", "NOTICE"]

# File, what stands there once, and what stands there instead. Nobody asks this processor to debug, and it has no way of
# its own into debug mode; no tool finds out by itself that the registers of this mode keep their values (125 LUT4 and
# 108 registers of an ECP5). The last change is for Yosys, which refuses a declaration with a value that is not constant.
CHANGES = [
    ("ibex_controller.sv", "debug_mode_q            <= debug_mode_d;", "debug_mode_q            <= 1'b0;"),
    *(("ibex_cs_registers.sv", f".wr_en_i   ({name}_en)", ".wr_en_i   (1'b0)") for name in ("dcsr", "depc", "dscratch0", "dscratch1")),
    ("ibex_top.sv", "logic unused_scramble_inputs = ", "logic unused_scramble_inputs;\n    assign unused_scramble_inputs = ")]
NOTICE = "// Changed by SpikeMesh: CHANGES in rtl/mgmt/ibex.py says what.\n"
STAMP = SHA256 + " " + hashlib.sha256(repr(CHANGES).encode()).hexdigest()


class Unreachable(Exception):
    """The wheel cannot be had; the message says why and what to do."""


def pip(folder):
    """A pip: of this Python, or of a virtual environment made for it."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return [sys.executable, "-m", "pip"]
    made = subprocess.run([sys.executable, "-m", "venv", folder / "venv"], capture_output=True)
    if made.returncode != 0:
        raise Unreachable(f"{sys.executable} has no pip; install it (apt install python3-venv)")
    return [folder / "venv/bin/python", "-m", "pip"]


def download(folder, package, version, sha256, variable, *platform):
    """The path of a wheel in `folder`. `variable` of the environment names one where there is no network; `platform`
    are options of pip for a wheel that is not for every machine."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{package}=={version} --hash=sha256:{sha256}\n")
    done = subprocess.run([*pip(folder), "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--retries", "1",
                           "--timeout", "10", *platform, "--require-hashes", "-r", wanted, "-d", folder], capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip says nothing"])[-1]
        raise Unreachable(f"pip cannot download {package} {version}: {last}\nWhere there is no network: fetch its wheel from "
                          f"https://pypi.org/project/{package}/{version}/ elsewhere, and set {variable} to its path")
    return next(folder.glob("*.whl"))


def download_ibex(folder):
    return download(folder, PACKAGE, VERSION, SHA256, "SPIKEMESH_IBEX_WHEEL")


def changed(name, source):
    """The source of one file, with what CHANGES has for it."""
    mine = [change[1:] for change in CHANGES if change[0] == name]
    for old, new in mine:
        if source.count(old) != 1:
            sys.exit(f"ibex.py: {name} has '{old}' {source.count(old)} times, not once; look at what this version of Ibex has instead")
        source = source.replace(old, new)
    return NOTICE + source if mine else source


def unpack(wheel, target):
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"ibex.py: {wheel} has the SHA-256 {found}, but {WHEEL} has {SHA256}; fetch it anew")
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as held:
        for name in SOURCES + BESIDE:
            file = fresh / pathlib.Path(name).name
            file.write_text(changed(file.name, held.read(ROOT + name).decode()), encoding="utf-8")
    (fresh / "ibex.f").write_text("".join(pathlib.Path(name).name + "\n" for name in SOURCES))
    (fresh / "fetched").write_text(STAMP + "\n")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def is_there(target):
    stamp = target / "fetched"
    return stamp.exists() and stamp.read_text().strip() == STAMP


def main(target, must):
    if is_there(target):
        return
    named = os.environ.get("SPIKEMESH_IBEX_WHEEL")
    if named and not pathlib.Path(named).is_file():
        sys.exit(f"ibex.py: SPIKEMESH_IBEX_WHEEL names {named}, which is no file; unset it or correct it")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two chips that are compiled at once fetch it once: the second waits, and finds it.
    with open(target.with_name(target.name + ".lock"), "w", encoding="utf-8") as lock, tempfile.TemporaryDirectory() as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_there(target):
            return
        try:
            unpack(pathlib.Path(named) if named else download_ibex(pathlib.Path(folder)), target)
        except Unreachable as error:
            print(f"ibex.py: {'' if must else 'SKIPPED: '}the processor of the management core is not there. {error}", file=sys.stderr)
            sys.exit(1 if must else 77)
    print(f"{PACKAGE} {VERSION} is in {target}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), "--must" in sys.argv[2:])
