#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds that what the pages point at is there.

    docs_paths.py links SOURCE_DIR    every relative link of a page leads to a file, and to a heading of it
    docs_paths.py paths SOURCE_DIR    every path of the repository that a page names exists; so does every page
                                      that a source file names

A path is text in backticks that begins with a folder of the top level; `*` is allowed. A file name alone is
looked for in the folders of the top level if its form is one that only a file of this repository has.
"""
import pathlib
import re
import sys
import tempfile

ROOMS = ("docs", "rtl", "model", "host", "sim", "tests", "firmware")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.S | re.M)
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?<![\w/.$-])(?:\.\./)*(?:{'|'.join(ROOMS)})/[\w./*-]*[\w/*]")
NAME = re.compile(r"(?<![\w/.-])(?:sm_\w+\.sv|[\w-]+\.(?:hpp|md))(?![\w.])")
PLACEHOLDERS = ("NAME", "FILE")
ELSEWHERE = {"README.md", "spec.hpp", "sm_pkg.sv"}  # names that no folder of the top level holds
SOURCES = (".sv", ".hpp", ".cpp", ".py", ".inc", ".cmake", ".txt", ".toml", ".sh")


def pages(root):
    yield root / "README.md"
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.md"))


def anchors(page):
    """The fragments by which a reader on the web reaches the headings of a page."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for heading in re.findall(r"^#+ +(.*)$", text, re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken_links(root):
    for page in pages(root):
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            there = file.exists() and (not anchor or anchor in anchors(file))
            yield page, target, there


def named_paths(page, root, names):
    for code in CODE.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        for path in PATH.findall(code):
            bare = re.sub(r"^(\.\./)+", "", path)
            if any(part in PLACEHOLDERS for part in bare.split("/")):
                continue
            yield path, any(root.glob(bare)) or (root / bare).exists()
        for name in NAME.findall(code):
            yield name, name in names or name.startswith("my_")


def broken_paths(root):
    names = {file.name for room in ROOMS for file in (root / room).rglob("*")} | ELSEWHERE
    for page in pages(root):
        for path, there in named_paths(page, root, names):
            yield page, path, there
    for room in ROOMS:
        for source in (root / room).rglob("*"):
            if source.suffix in SOURCES:
                text = source.read_text(encoding="utf-8", errors="replace")
                for page in re.findall(r"(?<![\w/.-])docs/[\w/-]+\.md", text):
                    yield source, page, (root / page).exists()


def finds_planted(check, planted):
    """The check, checked: of two references of a page, the one that leads nowhere is found."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        (root / "docs" / "page.md").write_text("")
        (root / "README.md").write_text(planted)
        return [there for _, _, there in check(root)] == [True, False]


CHECKS = {
    "links": (broken_links, "# A heading\n[good](#a-heading), [bad](#none)\n"),
    "paths": (broken_paths, "# Paths\n`docs/*.md` and `rtl/none/*`\n"),
}


def main(which, root):
    check, planted = CHECKS[which]
    if not finds_planted(check, planted):
        sys.exit(f"{which}: a reference that leads nowhere was not found")
    found = list(check(root))
    broken = [f"{page.relative_to(root)}: {target} does not exist" for page, target, there in found if not there]
    print("\n".join(broken))
    if broken:
        sys.exit(f"{len(broken)} of {len(found)} references lead nowhere; correct the page, or the name of the file")
    if len(found) < 60:
        sys.exit(f"{root}: only {len(found)} references were found; is this the source folder?")
    print(f"{len(found)} references, each leads to something")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve())
