#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the tables between marks in docs/ equal to what the generator writes.

    generated_docs.py DOCS_DIR GENERATED_DIR [--update]

A marked table:  <!-- generated: NAME.md --> ... <!-- end -->, NAME.md being a file of GENERATED_DIR.
"""
import pathlib
import re
import sys

MARK = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.S)


def main(docs, generated, update):
    marks, stale = 0, []
    for page in sorted(pathlib.Path(docs).rglob("*.md")):
        text = page.read_text()

        def fill(match):
            return match[1] + (pathlib.Path(generated) / match[2]).read_text() + match[3]

        marks += len(MARK.findall(text))
        fresh = MARK.sub(fill, text)
        if fresh != text:
            stale.append(str(page))
            if update:
                page.write_text(fresh)
    if marks == 0:
        sys.exit(f"{docs}: no generated table was found; is this the docs folder?")
    if stale and not update:
        sys.exit(f"out of date: {', '.join(stale)}; run this script with --update")
    print(f"{marks} generated tables, {len(stale)} {'updated' if update else 'out of date'}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--update" in sys.argv[3:])
