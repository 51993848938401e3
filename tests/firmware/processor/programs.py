# SPDX-License-Identifier: Apache-2.0
"""Assembles programs for the management core, and runs them on its test bench (bench.cpp)."""
import dataclasses
import os
import pathlib
import re
import resource
import subprocess
import sys

PROGRAM, DATA = 0x00D00000, 0x00E00000  # byte addresses; the sizes are those of bench.sv
PROGRAM_BYTES, DATA_BYTES = 4 * 16384, 4 * 4096
COMPILER = "riscv64-unknown-elf-"
OPTIONS = ["-march=rv32imc_zicsr_zifencei", "-mabi=ilp32", "-nostdlib", "-nostartfiles", "-Wl,-N,--no-warn-rwx-segments"]
LINK = f"""
OUTPUT_ARCH(riscv)
ENTRY(_start)
SECTIONS {{
  . = {PROGRAM};
  .text : {{ *(.text.init) *(.text .text.*) }}
  . = {DATA};
  .data : {{ *(.data .data.*) *(.rodata .rodata.*) *(.bss .bss.*) . = ALIGN(4); }}
  /DISCARD/ : {{ *(.riscv.attributes .comment .note.* .eh_frame) }}
}}
"""


class Failed(Exception):
    """A tool or the bench failed; the message is what it said."""


def bounded():
    """No program of a test runs away with the disk or the processor."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))


def run(command, code=0):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, preexec_fn=bounded)
    if done.returncode != code:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclasses.dataclass
class Program:
    """An ELF file, the two memories' first bytes, and its symbols."""
    elf: pathlib.Path
    text: pathlib.Path
    data: pathlib.Path
    symbols: dict


def symbols(elf):
    """{name: address}"""
    lines = (line.split() for line in run([COMPILER + "nm", elf]).splitlines())
    return {words[2]: int(words[0], 16) for words in lines if len(words) == 3}


def link(source, folder, *options):
    """Assembles and links one source to a Program in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "link.ld").write_text(LINK)
    name = pathlib.Path(source).stem
    elf = folder / f"{name}.elf"
    run([COMPILER + "gcc", *OPTIONS, *options, "-T", folder / "link.ld", "-o", elf, source])
    parts = {}
    for part in ("text", "data"):
        parts[part] = folder / f"{name}.{part}"
        run([COMPILER + "objcopy", "-O", "binary", "--only-section", "." + part, elf, parts[part]])
        parts[part].touch()
    if parts["text"].stat().st_size > PROGRAM_BYTES or parts["data"].stat().st_size > DATA_BYTES * 3 // 4:
        raise Failed(f"{source}: too large for the memories of bench.sv")
    return Program(elf, parts["text"], parts["data"], symbols(elf))


def bench(path, program, end, cycles, seed, *more, log=True):
    """Runs the program; returns (how it stopped, the lines of what it retired, with `log`)."""
    retired = program.elf.with_suffix(".retired") if log else pathlib.Path(os.devnull)
    said = run([path, program.text, program.data, end, cycles, seed, retired, *more])
    words = said.splitlines()[-1].split()  # Ibex itself tells of illegal instructions before
    stop = {key: int(value, 16 if key in ("pc", "address") else 10) for key, value in zip(words[::2], words[1::2])}
    return stop, retired.read_text(encoding="ascii").splitlines()


LINE = re.compile(r"(.)(\d) (\w+) (\w+) x(\d+) (\w+) l(\w) s(\w) (\w+) (\w+)")


def need(*paths):
    """Ends the test as skipped where a fixture could not be had, and says which."""
    for path in paths:
        if not path.exists():
            print(f"SKIPPED: {path} is not there")
            sys.exit(77)
