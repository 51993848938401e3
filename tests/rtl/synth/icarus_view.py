#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rewrites the chip's SystemVerilog into what Icarus 11 reads, one file, without touching behaviour.

    icarus_view.py OUTPUT.sv sm_pkg.sv FILE.sv ...

Icarus 11 ends on `package::type`; it refuses `int unsigned` parameters, `signed'()`, and an enum assigned from a
port; an `always_comb` that assigns a variable twice may wake itself for ever. So: names of the package get the prefix
`sm_pkg_` and stand outside any module; enums become localparams of the same values over a plain vector; `int unsigned`
becomes `int` (no parameter reaches 2^31); `always_comb` becomes `always @*`; a failing assertion says its line
instead of stopping, and so does a parameter that is refused at elaboration.
"""
import pathlib
import re
import sys

PACKAGE = "sm_pkg"
ENUM = re.compile(r"typedef enum (logic \[\d+:0\]) \{(.*?)\}\s*(\w+);", re.S)


def package(text):
    """The package's declarations, each name prefixed."""
    names = set(re.findall(r"^  localparam [^=]*?(\w+) =", text, re.M))
    names |= set(re.findall(r"\}\s*(\w+);", text))
    for _, body, _ in ENUM.findall(text):
        names |= {label.split("=")[0].strip() for label in body.split(",")}
    text = re.sub(rf"^(package {PACKAGE};|endpackage.*)$", "", text, flags=re.M)
    return re.sub(r"\b(" + "|".join(sorted(names, key=len, reverse=True)) + r")\b", rf"{PACKAGE}_\1", text)


def plain_enum(match):
    vector, body, name = match.groups()
    labels, value = [], 0
    for label in re.sub(r"//[^\n]*", "", body).split(","):
        key, _, given = (part.strip() for part in label.partition("="))
        if given:
            value = int(given.split("'d")[-1])
        labels.append(f"{key} = {value}")
        value += 1
    return f"localparam {vector} {', '.join(labels)}; typedef {vector} {name};"


def view(paths):
    texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in paths]
    text = "\n".join([package(texts[0])] + [t.replace(f"{PACKAGE}::", f"{PACKAGE}_") for t in texts[1:]])
    text = ENUM.sub(plain_enum, text)
    text = re.sub(r"\bint unsigned\b", "int", text)
    text = text.replace("else $stop;", "else $error;")
    text = re.sub(r"\balways_comb\b", "always @*", text)
    text = re.sub(r"^( *)(\$error\(\".*\"\);)$", r"\1initial \2", text, flags=re.M)
    return re.sub(r"\b((?:un)?signed)'\(", r"$\1(", text)


def main():
    output, *paths = sys.argv[1:]
    if not paths or pathlib.Path(paths[0]).name != f"{PACKAGE}.sv":
        raise SystemExit(f"{__doc__}\nThe first input must be {PACKAGE}.sv, which the others name.")
    pathlib.Path(output).write_text(view(paths), encoding="utf-8")


if __name__ == "__main__":
    main()
