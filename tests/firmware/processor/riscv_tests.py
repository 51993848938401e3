#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The management core passes RISC-V's own tests rv32ui, rv32um and rv32uc, as Ibex' package has them.

    riscv_tests.py BENCH TESTS FOLDER

BENCH is the program of bench.cpp, TESTS the folder `isa` of riscv-tests (fetch.py).
"""
import pathlib
import re
import sys

import programs

HERE = pathlib.Path(__file__).resolve().parent
# It stores instructions into its own program, which this core refuses (docs/blocks/management_core.md).
LEFT_OUT = {"fence_i"}
# rvc stores to two words amid its program as well. They go to the data memory.
WORDS = re.compile(r"data: \\\n((?:\s+\.dword \w+; \\\n)+)")


def with_words_in_data(tests, source, folder):
    """The source of rvc, in `folder`, with its words elsewhere."""
    text, count = WORDS.subn(lambda found: ".pushsection .data; data: \\\n" + found[1] + "  .popsection; \\\n",
                             (tests / "rv64uc" / source.name).read_text(encoding="utf-8"))
    if count != 1:
        sys.exit(f"riscv_tests.py: {source} has not the words that it had")
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / source.name
    made.write_text(text.replace("RVTEST_RV64U", "RVTEST_RV32U"))
    return made


def one(bench, tests, source, folder):
    """None, or what is wrong."""
    if source.stem == "rvc":
        source = with_words_in_data(tests, source, folder)
    program = programs.link(source, folder, "-I", HERE, "-I", tests / "macros/scalar")
    _, lines = programs.bench(bench, program, program.symbols["end"], 200_000, 1)
    # The last write of gp, the register x3.
    value = next((found[6] for line in reversed(lines) if (found := programs.LINE.fullmatch(line)) and found[5] == "3"), "0")
    if int(value, 16) == 1:
        return None
    return f"case {int(value, 16) >> 1} failed" if int(value, 16) != 1337 else "an exception"


def main():
    bench, tests, folder = map(pathlib.Path, sys.argv[1:4])
    programs.need(bench, tests)
    passed, wrong = 0, []
    for group in ("rv32ui", "rv32um", "rv32uc"):
        for source in sorted((tests / group).glob("*.S")):
            if source.stem in LEFT_OUT:
                continue
            fault = one(bench, tests, source, folder / group)
            passed += fault is None
            if fault:
                wrong.append(f"{group}/{source.stem}: {fault}")
    print("\n".join(wrong + [f"{passed} passed, {len(wrong)} failed"]))
    sys.exit(1 if wrong or passed < 40 else 0)


main()
