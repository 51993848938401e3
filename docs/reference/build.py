#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the reference pages from the comments and docstrings of the source. Warnings are errors.

    build.py cpp INCLUDE SPEC OUT    OUT/cpp/index.html: the headers below INCLUDE, by Doxygen. SPEC is the
                                     folder of the generated spikemesh/spec.hpp
    build.py python OUT              OUT/python/spikemesh.html: the Python package, by pdoc; to be run by a
                                     Python that has both
    build.py index OUT               OUT/index.html: links to both
"""
import os
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SKIPPED = 77  # CTest shows this as a test that was skipped

INDEX = """<!doctype html><meta charset="utf-8"><title>SpikeMesh reference</title><h1>SpikeMesh reference</h1>
<ul><li><a href="cpp/index.html">C++ host library</a></li><li><a href="python/spikemesh.html">Python package</a></li></ul>
"""


def said(node):
    return any("".join(node.find(part).itertext()).strip() for part in ("briefdescription", "detaileddescription")
               if node.find(part) is not None)


def is_plain(member, owner):
    """Copies, moves, destructors and comparisons do what a reader expects of them."""
    name, arguments = member.findtext("name"), member.findtext("argsstring")
    special = name in (owner, "~" + owner, "operator=") and (arguments.startswith("()") or owner + " &" in arguments)
    return special or name.startswith("~")


def undocumented(xml):
    """Yields 'file:line: name' of each class, enumeration and function without a comment, and None for the others."""
    for file in sorted(xml.glob("*.xml")):
        for compound in ElementTree.parse(file).getroot().iter("compounddef"):
            name = compound.findtext("compoundname")
            if compound.get("kind") not in ("class", "struct", "namespace") or name.startswith("spikemesh::spec"):
                continue  # names of the specification have their comments in chip.json
            parts = [] if compound.get("kind") == "namespace" else [(compound, name)]
            for member in compound.iter("memberdef"):
                if member.get("kind") not in ("function", "enum") or member.get("prot") == "private":
                    continue
                if member.find("reimplements") is None and not is_plain(member, name.split("::")[-1]):
                    parts.append((member, f"{name}::{member.findtext('name')}{member.findtext('argsstring') or ''}"))
            for node, title in parts:
                place = node.find("location")
                yield None if said(node) else f"{place.get('file')}:{place.get('line')}: {title} has no comment"


def build_cpp(include, spec, out):
    if not shutil.which("doxygen"):
        print("SKIPPED: doxygen is not installed; apt-get install doxygen")
        sys.exit(SKIPPED)
    shutil.rmtree(out / "xml", ignore_errors=True)  # pages of classes that are gone
    shutil.rmtree(out / "cpp", ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SPIKEMESH_SOURCE": str(SOURCE), "SPIKEMESH_INCLUDE": include, "SPIKEMESH_SPEC": spec,
                   "SPIKEMESH_OUTPUT": str(out)}
    if subprocess.run(["doxygen", HERE / "Doxyfile"], env=environment, check=False).returncode:
        sys.exit("doxygen: the comments named above cannot be read; correct them (a backslash begins a command)")
    found = list(undocumented(out / "xml"))
    missing = [line for line in found if line]
    if missing:
        sys.exit("\n".join([*missing, f"{len(missing)} of {len(found)} have no comment; write what they do, with shapes, "
                            "units and errors, as `///` above each"]))
    if len(found) < 100:
        sys.exit(f"{out}: only {len(found)} classes and functions were found")
    print(f"{out}/cpp/index.html: {len(found)} classes and functions, each with a comment")


def build_python(out):
    pages = out / "python"
    # -W error makes a warning of pdoc, such as an annotation that it cannot read, a failure.
    subprocess.run([sys.executable, "-W", "error", "-m", "pdoc", "--no-show-source", "--docformat", "markdown",
                    "--output-directory", pages, "spikemesh"], check=True)
    text = (pages / "spikemesh.html").read_text(encoding="utf-8")
    import spikemesh  # pylint: disable=import-outside-toplevel
    modules = {page.stem for page in (pages / "spikemesh").glob("*.html")}  # which have pages of their own
    absent = [name for name in spikemesh.__all__ if f'id="{name}"' not in text and name not in modules]
    if absent:
        sys.exit(f"{pages}/spikemesh.html: no entry for {', '.join(absent)}")
    print(f"{pages}/spikemesh.html: {len(spikemesh.__all__)} names")


def main(what, *rest):
    out = pathlib.Path(rest[-1]).resolve()
    if what == "cpp":
        build_cpp(rest[0], rest[1], out)
    elif what == "python":
        build_python(out)
    else:
        out.mkdir(parents=True, exist_ok=True)
        (out / "index.html").write_text(INDEX, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
