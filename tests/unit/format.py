#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C++ source is as clang-format 14 (Debian 12) lays it out; other versions lay out differently.

    format.py SOURCE_DIR [--update]

--update formats what differs. Ends with 77 (skipped) where clang-format 14 is not installed.
"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOMS = ("firmware", "host", "model", "rtl", "sim", "tests")
VERSION = 14


def formatter():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout
            found = re.search(r"version (\d+)", said)
            if found and int(found[1]) == VERSION:
                return name
    return None


def sources(root):
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".cpp", ".hpp") and "build" not in path.relative_to(root).parts:
                yield path


def main(root, update):
    tool = formatter()
    if tool is None:
        print(f"SKIPPED: clang-format {VERSION} is needed; ./bootstrap installs it")
        sys.exit(77)
    files = list(sources(root))
    if len(files) < 100:
        sys.exit(f"{root}: {len(files)} C++ sources; is this the project?")
    wrong = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        laid_out = subprocess.run([tool, f"--assume-filename={path}"], input=text, capture_output=True, text=True, check=True).stdout
        if laid_out != text:
            wrong.append(str(path.relative_to(root)))
            if update:
                path.write_text(laid_out, encoding="utf-8")
    if wrong and not update:
        sys.exit(f"not formatted: {', '.join(wrong)}; run tests/unit/format.py . --update")
    print(f"{len(files)} C++ sources, {len(wrong)} {'formatted' if update else 'differ'}")


main(pathlib.Path(sys.argv[1]), "--update" in sys.argv[2:])
