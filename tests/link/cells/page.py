#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the table of docs/verification/link-faults.md equal to what link_cells prints.

    page.py LINK_CELLS PAGE [--update]
"""
import pathlib
import re
import subprocess
import sys

MARK = re.compile(r"(<!-- link_cells --page -->\n).*?(<!-- end -->)", re.S)


def main(program, page, update):
    table = subprocess.run([program, "--page"], check=True, capture_output=True, text=True).stdout
    table = "".join(line + "\n" for line in table.splitlines() if line.startswith("|"))
    text = pathlib.Path(page).read_text()
    if len(MARK.findall(text)) != 1:
        sys.exit(f"{page}: one table between marks was expected")
    fresh = MARK.sub(lambda match: match[1] + table + match[2], text)
    if update:
        pathlib.Path(page).write_text(fresh)
    elif fresh != text:
        sys.exit(f"{page}: the table is out of date; run tests/link/cells/page.py build/bin/link_cells {page} --update")
    print(f"{len(table.splitlines()) - 2} rows")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--update" in sys.argv[3:])
