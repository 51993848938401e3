#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the project with sanitizers and coverage into a folder of its own, runs tests there, says what they reached.

    run.py SOURCE BUILD [--short] [--build]

--build: builds, and runs none.
--short: unit tests of arithmetic, reference and model alone; what the host reads is fuzzed with sanitizers (tests/fuzz).
Otherwise those of the host library and random chips, too: model and RTL in lockstep, of builds that are small enough to
be Verilated with coverage. Fails when a test fails (a finding of AddressSanitizer or UndefinedBehaviorSanitizer fails
it), when fewer than the least share of lines was reached, or when a line of RTL that none reached is not explained in
unreached.json, or one is explained that was reached. docs/verification/coverage.md.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILDS, CASES = ("tiny", "odd", "cover8"), 60
SHORT = ("unit_model",)
WHOLE = ("unit_model", "unit_link", "unit_bridge", "unit_host_tile", "unit_activity", "test_npy", "test_network", "test_network_json",
         "test_spikes_csv", "test_events", "test_sources", "test_convert", "test_mapper", "test_reference_machine")
LEAST_RTL, LEAST_CPP = 95.0, 50.0


def run(command, **options):
    print("+", " ".join(map(str, command))[:200], flush=True)
    done = subprocess.run([str(word) for word in command], **options)
    if done.returncode:
        sys.exit(f"instrumented: failed with {done.returncode}: {' '.join(map(str, command))}")


def build(source, folder, short):
    run(["cmake", "-G", "Ninja", "-S", source, "-B", folder, "-DSPIKEMESH_INSTRUMENT=ON"], stdout=subprocess.DEVNULL)
    targets = subprocess.run(["ninja", "-C", folder, "-t", "targets", "all"], capture_output=True, text=True, check=True).stdout
    wanted = SHORT if short else WHOLE
    known = [name for name in wanted if f"bin/{name}:" in targets]
    if len(known) < len(wanted):
        sys.exit(f"instrumented: no program {' '.join(sorted(set(wanted) - set(known)))}")
    run(["ninja", "-C", folder, *known, *([] if short else ["spikemesh"])], stdout=subprocess.DEVNULL)
    return known


def tests(folder, short, programs, data):
    environment = dict(os.environ, SPIKEMESH_COVERAGE_DIR=str(data),
                       ASAN_OPTIONS="detect_leaks=0", UBSAN_OPTIONS="print_stacktrace=1")  # SystemC frees nothing
    for program in programs:
        run([folder / "bin" / program], env=environment)
    if not short:
        run([folder / "bin/spikemesh", "verify", "--random", CASES, "--seed", "1",
             *[word for build in BUILDS for word in ("--config", build)]], env=environment)


def cpp_lines(source, folder):
    """{file: {line: count}} of our C++, from gcov."""
    reached = {}
    notes = [str(path) for path in folder.rglob("*.gcda")]
    for at in range(0, len(notes), 50):
        out = subprocess.run(["gcov", "--json-format", "--stdout", *notes[at:at + 50]], capture_output=True, text=True,
                             cwd=folder, check=True).stdout
        for text in out.splitlines():
            for file in json.loads(text)["files"]:
                path = (folder / file["file"]).resolve()
                name = str(path.relative_to(source)) if path.is_relative_to(source) else ""
                if not re.match(r"(host|model|sim)/", name):
                    continue
                lines = reached.setdefault(name, {})
                for line in file["lines"]:
                    lines[line["line_number"]] = lines.get(line["line_number"], 0) + line["count"]
    return reached


def rtl_points(source, data):
    """{(kind, file, line, what): count} of our RTL, over all instances, from Verilator's files."""
    points = {}
    for path in data.glob("*.dat"):
        for line in path.read_text(errors="replace").splitlines():
            found = re.match(r"C '(.*)' (\d+)$", line)
            if not found:
                continue
            fields = dict(part.split("\x02", 1) for part in found[1].split("\x01") if "\x02" in part)
            file = pathlib.Path(fields["f"]).resolve()
            if not file.is_relative_to(source / "rtl"):
                continue
            kind = "toggle" if fields["page"].startswith("v_toggle") else "line"
            key = (kind, str(file.relative_to(source)), int(fields["l"]), fields.get("o", ""))
            points[key] = points.get(key, 0) + int(found[2])
    return points


def table(title, rows):
    """Prints {file: (reached, all)} and returns the share of all."""
    print(f"\n{title}")
    for name, (hit, whole) in sorted(rows.items()):
        print(f"  {name:44}{hit:7} of {whole:6}{100 * hit / whole:8.1f} %")
    hit, whole = (sum(row[at] for row in rows.values()) for at in (0, 1))
    if not whole:
        sys.exit(f"instrumented: {title}: nothing was counted")
    print(f"  {'all':44}{hit:7} of {whole:6}{100 * hit / whole:8.1f} %")
    return 100 * hit / whole


def by_file(points, kind):
    rows = {}
    for (this, file, _, _), count in points.items():
        if this == kind:
            hit, whole = rows.get(file, (0, 0))
            rows[file] = (hit + (count > 0), whole + 1)
    return rows


def check_rtl(source, data):
    points = rtl_points(source, data)
    share = table("RTL, blocks of lines", by_file(points, "line"))
    table("RTL, toggles (0 to 1 or back, each bit)", by_file(points, "toggle"))
    explained = json.loads((HERE / "unreached.json").read_text(encoding="utf-8"))
    faults, used = [], set()
    for (kind, file, line, _), count in sorted(points.items()):
        if kind != "line" or count:
            continue
        text = (source / file).read_text(encoding="utf-8").splitlines()[line - 1].strip()
        reason = next((at for at, entry in enumerate(explained) if entry["file"] == file and entry["line"] in text), None)
        if reason is None:
            faults.append(f"{file}:{line}: never reached: {text}")
        used.add(reason)
    faults += [f"unreached.json: {entry['file']}: '{entry['line']}' was reached; remove it"
               for at, entry in enumerate(explained) if at not in used]
    if share < LEAST_RTL:
        faults.append(f"{share:.1f} % of the RTL's lines, fewer than {LEAST_RTL} %")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--build", action="store_true", help="build the programs, and run none", dest="build_only")
    arguments = parser.parse_args()
    source, folder = arguments.source.resolve(), arguments.build.resolve()
    if arguments.build_only:
        build(source, folder, arguments.short)
        return
    data = folder / "coverage"
    shutil.rmtree(data, ignore_errors=True)
    for old in folder.rglob("*.gcda"):
        old.unlink()
    programs = build(source, folder, arguments.short)
    data.mkdir(parents=True, exist_ok=True)
    for old in folder.rglob("*.gcda"):  # of programs that the build started
        old.unlink()
    tests(folder, arguments.short, programs, data)
    lines = cpp_lines(source, folder)
    if arguments.short:
        lines = {name: counts for name, counts in lines.items() if not name.startswith("sim/")}
    share = table("C++, lines", {name: (sum(count > 0 for count in counts.values()), len(counts))
                                 for name, counts in lines.items() if counts})
    faults = [f"{share:.1f} % of the lines of C++, fewer than {LEAST_CPP} %"] if share < LEAST_CPP else []
    if not arguments.short:
        faults += check_rtl(source, data)
    for fault in faults:
        print(f"instrumented: {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
