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
PLANTED = "badly_laid_out.cpp"  # must be found


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
            if path.suffix in (".cpp", ".hpp") and "build" not in path.relative_to(root).parts and path.name != PLANTED:
                yield path


def differing(tool, files):
    """The files that clang-format would change; one process looks at all of them."""
    done = subprocess.run([tool, "--dry-run", "--Werror", *files], capture_output=True, text=True)
    found = set(re.findall(r"^(.*?):\d+:\d+: error: code should be clang-formatted", done.stderr, re.M))
    if bool(done.returncode) != bool(found):
        sys.exit(f"{tool} ended with {done.returncode}: {done.stderr}")
    return [path for path in files if str(path) in found]


def main(root, update):
    tool = formatter()
    if tool is None:
        print(f"SKIPPED: clang-format {VERSION} is needed; ./bootstrap installs it")
        sys.exit(77)
    files = list(sources(root))
    if len(files) < 100:
        sys.exit(f"{root}: {len(files)} C++ sources; is this the project?")
    wrong = differing(tool, files)
    if not differing(tool, [pathlib.Path(__file__).parent / PLANTED]):
        sys.exit(f"{tool} finds nothing in {PLANTED}")
    if wrong and update:
        subprocess.run([tool, "-i", *wrong], check=True)
    if wrong and not update:
        sys.exit(f"not formatted: {', '.join(str(path.relative_to(root)) for path in wrong)}; run tests/lint/format.py . --update")
    print(f"{len(files)} C++ sources, {len(wrong)} {'formatted' if update else 'differ'}")


main(pathlib.Path(sys.argv[1]), "--update" in sys.argv[2:])
