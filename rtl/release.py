#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the chip as a folder that other tools take: sources, the generated package, and lists of files.

    release.py OUTPUT_DIR [--version 0.1.0]

rtl/ holds every module, flat, with sm_pkg.sv; sm_chip.f and sm_boards.f are lists for `-f`, relative to the folder;
spikemesh.core is for FuseSoC, Bender.yml for Bender. The order is that of chip.f.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
GENERATED = ("sm_pkg.sv", "sm_build_check.sv", "sm_region_words.sv")
SPDX = "SPDX-License-Identifier: Apache-2.0"
TOPS = {"chip": "sm_chip", "axi": "sm_chip_axi"}


def listed(name):
    """Paths below rtl/ of a list."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("//")]


def copy(paths, folder):
    """Returns the names of the copies, relative to the release."""
    for path in paths:
        shutil.copyfile(HERE / path, folder / pathlib.Path(path).name)
    return [f"rtl/{pathlib.Path(path).name}" for path in paths]


def core_file(files, version):
    """FuseSoC, CAPI2."""
    rows = "".join(f"      - {name}\n" for name in files)
    targets = "".join(f"  {name}:\n    filesets: [rtl]\n    toplevel: {top}\n" for name, top in TOPS.items())
    return (f"CAPI=2:\n# {SPDX}\nname: spikemesh::spikemesh:{version}\ndescription: SpikeMesh, a spiking-neural-network chip\n\n"
            f"filesets:\n  rtl:\n    files:\n{rows}    file_type: systemVerilogSource\n\ntargets:\n  default:\n    filesets: [rtl]\n"
            f"{targets}  lint:\n    default_tool: verilator\n    filesets: [rtl]\n    toplevel: sm_chip_axi\n    tools:\n      verilator:\n"
            "        mode: lint-only\n        verilator_options: [--no-timing]\n")


def bender(files):
    return f"# {SPDX}\npackage:\n  name: spikemesh\n\nsources:\n" + "".join(f"  - {name}\n" for name in files)


def file_list(files):
    return f"// {SPDX}\n" + "".join(f"{name}\n" for name in files)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--version", default="0.0.0")
    options = parser.parse_args()
    out, rtl = options.output, options.output / "rtl"
    rtl.mkdir(parents=True, exist_ok=True)
    generated = out / "generated"
    subprocess.run([sys.executable, "-B", HERE / "spec" / "generate.py", HERE / "spec" / "chip.json", generated], check=True)
    for name in GENERATED:
        shutil.copyfile(generated / name, rtl / name)
    shutil.rmtree(generated)
    chip = [f"rtl/{name}" for name in GENERATED] + copy(listed("chip.f"), rtl)
    boards = copy(listed("boards/boards.f"), rtl)
    shutil.copyfile(HERE.parent / "LICENSE", out / "LICENSE")
    for name, text in (("sm_chip.f", file_list(chip)), ("sm_boards.f", file_list(boards)), ("Bender.yml", bender(chip)),
                       ("spikemesh.core", core_file(chip, options.version))):
        (out / name).write_text(text, encoding="utf-8")
    print(f"{out}: {len(chip)} files of the chip, {len(boards)} of boards")


if __name__ == "__main__":
    main()
