#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every subcommand and option of the program that the pages name exists, and every option of CMake.

    docs_options.py PROGRAM SOURCE_DIR

Asked is `PROGRAM SUBCOMMAND --help`, for each piece of code in the pages that holds `spikemesh SUBCOMMAND`. Options of
CMake are those that this project declares; docs/install.md lists all that cmake/options.cmake declares.
"""
import pathlib
import re
import subprocess
import sys

PAGES = ("README.md", "docs/**/*.md", "host/**/*.md", "rtl/**/*.md", "tests/**/*.md")
FENCE = re.compile(r"^```.*?^```", re.S | re.M)
CALL = re.compile(r"(?<!import )\bspikemesh ([a-z]+(?: \| [a-z]+)*)(?![\w/.])([^`\n#]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
CMAKE_OPTION = re.compile(r"(?:option\(|\bset\((?=\w+ \"[^\"]*\" CACHE))(\w+)")


def code_of(text):
    """Lines of blocks, a continued one with what follows it, and code inside paragraphs."""
    for block in FENCE.findall(text):
        yield from re.sub(r"\\?\n\s+(?=[-\[|])", " ", block).splitlines()
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def calls(text):
    """(subcommand, options) of each call of the program in a page."""
    for code in code_of(text):
        for names, rest in CALL.findall(code):
            for name in names.split(" | "):
                yield name, OPTION.findall(rest)


def declared(program):
    """Subcommand -> its options, as the program lists them."""
    def ask(*words):
        return subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True).stdout
    commands = re.findall(r"^  ([a-z]+) ", ask().split("Subcommands:")[1], re.M)
    return {name: set(OPTION.findall(ask(name))) for name in commands}


def compared(known, text):
    """(subcommand or option, whether it exists) of each that a page names."""
    for name, options in calls(text):
        yield f"spikemesh {name}", name in known
        for option in options:
            yield f"spikemesh {name} {option}", name in known and option in known[name]


def undeclared(root, text):
    """Options of CMake that a page sets and no file declares."""
    files = [root / "CMakeLists.txt", *root.glob("cmake/*.cmake"), *root.glob("tests/**/CMakeLists.txt")]
    declared_there = set(CMAKE_OPTION.findall("\n".join(path.read_text(encoding="utf-8") for path in files)))
    return sorted({name for name in re.findall(r"-D((?:SPIKEMESH|NEXTPNR)_\w+)", text)} - declared_there)


def unlisted(root):
    """Options of CMake that a user may set, and docs/install.md does not list."""
    names = CMAKE_OPTION.findall((root / "cmake/options.cmake").read_text(encoding="utf-8"))
    table = (root / "docs/install.md").read_text(encoding="utf-8")
    return [name for name in names if f"| `{name}` |" not in table]


def main(program, root):
    known = declared(program)
    planted = "`spikemesh run net.json --steps 5` and `spikemesh ran --steps 5`"
    if [there for _, there in compared(known, planted)] != [True, True, False, False]:
        sys.exit("an option that does not exist was not found")
    if undeclared(root, "-DSPIKEMESH_TESTS=ON -DSPIKEMESH_TEST=ON") != ["SPIKEMESH_TEST"]:
        sys.exit("an option of CMake that does not exist was not found")
    count, wrong = 0, [f"docs/install.md does not list {name}, which cmake/options.cmake declares" for name in unlisted(root)]
    for pattern in PAGES:
        for page in sorted(root.glob(pattern)):
            text = page.read_text(encoding="utf-8")
            wrong += [f"{page.relative_to(root)}: -D{name}: no file of CMake declares it" for name in undeclared(root, text)]
            for what, there in compared(known, text):
                count += 1
                if not there:
                    wrong.append(f"{page.relative_to(root)}: {what}: the program does not have it")
    print("\n".join(wrong))
    if wrong:
        sys.exit(f"{len(wrong)} of {count} are wrong; correct the page")
    if count < 40:
        sys.exit(f"{root}: only {count} were found; is this the source folder?")
    print(f"{count} subcommands and options, each known to the program")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve())
