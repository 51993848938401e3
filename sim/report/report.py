#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reports of run and sweep folders (docs/exploration/report.md).

    report.py page FOLDER FILE.html [--coefficients FILE]
    report.py timeline FOLDER FILE.json [--clock-mhz MHZ]
    report.py figures FOLDER FILE.png
    report.py energy FOLDER --coefficients FILE [--json]

`spikemesh report` and `spikemesh energy` call it. It uses the packages spikemesh.report and spikemesh.plot, which lie beside this file.
"""
import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent))  # also where this file is a link
import spikemesh_report as report  # noqa: E402


def page(given):
    if report.is_sweep(given.folder):
        if given.coefficients:
            raise report.ReportError(f"--coefficients: {given.folder} is a sweep; its points have no activity; leave it out")
        report.write_sweep_page(given.folder, given.file)
    else:
        report.write_page(given.folder, given.file, given.coefficients)
    print(f"{given.file}: {os.path.getsize(given.file):,} bytes")


def timeline(given):
    report.write_timeline(given.folder, given.file, given.clock_mhz)
    print(f"{given.file}: {os.path.getsize(given.file):,} bytes")


def figures(given):
    if given.file.suffix not in (".png", ".svg", ".pdf"):
        raise report.ReportError(f"{given.file}: the extension selects the format: one of .png, .svg, .pdf")
    import plot
    activity = report.load_activity(given.folder)
    plot.save_activity(activity, given.file, report.title_of(given.folder, activity))
    print(f"{given.file}: {os.path.getsize(given.file):,} bytes")


def energy(given):
    result = report.energy(given.folder, given.coefficients)
    print(result.to_json() if given.json else result.table())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for call in (page, timeline, figures, energy):
        command = commands.add_parser(call.__name__)
        command.set_defaults(call=call)
        command.add_argument("folder", type=pathlib.Path)
        if call is not energy:
            command.add_argument("file", type=pathlib.Path)
        if call in (page, energy):
            command.add_argument("--coefficients", required=call is energy)
    commands.choices["timeline"].add_argument("--clock-mhz", type=float)
    commands.choices["energy"].add_argument("--json", action="store_true")
    given = parser.parse_args()
    try:
        given.call(given)
    except report.ReportError as error:
        sys.exit(f"spikemesh: {error}")


if __name__ == "__main__":
    main()
