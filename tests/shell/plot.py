#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh run --plot` promises: each spike and each recording is drawn, and what it needs is said before the run.

    plot.py PROGRAM
"""
import os
import pathlib
import re
import sys
import tempfile

import matplotlib.image
import recording

STEPS, SAMPLES = recording.STEPS, recording.SAMPLES
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"plot.py: {what}")


def colours(path):
    """How many points of the picture have the first two colours of lines."""
    picture = (255 * matplotlib.image.imread(path)).round().astype(int)
    return [int((abs(picture[:, :, :3] - colour).sum(axis=2) < 30).sum()) for colour in ((0, 114, 178), (213, 94, 0))]


def main(program, folder):
    runs = recording.Runs(program, folder)
    said = runs.run("plain", "spikes:n", more=["--plot", "plain.svg"])
    check("for a learning curve add --record 'weight:in/put,n@end'" in said, f"what a learning curve takes is said: {said}")
    svg = (folder / "plain.svg").read_text(encoding="utf-8")
    spikes = runs.spikes("plain").count("\n") - 1
    check(spikes > 20 and f">spikes of n: {spikes} (all neurons)<" in svg, "the title counts the spikes")
    check(f">time (ms), {SAMPLES} samples of {STEPS} ms one after another<" in svg, "time has a unit")
    raster = svg[svg.index('<g id="line2d_'):]
    marks = max(len(re.findall("<use", group)) for group in re.split(r'<g id="line2d_\d+">', raster))
    check(marks == spikes, f"{spikes} spikes, but {marks} marks")

    said = runs.run("whole", *recording.PROBES, more=["--plot", "whole.svg"])
    check(said == "", f"with weights there is nothing to say: {said}")
    svg = (folder / "whole.svg").read_text(encoding="utf-8")
    for text in (">spikes of n: ", "(1 of 5 neurons recorded)<", ">V of n, every 3 steps<", ">V (raw)<", ">I of n, every step<", ">I (raw)<",
                 ">learning: 20 weights from in/put to n<", ">mean weight<", ">weight (raw)<", ">net.json on reference<"):
        check(text in svg, f"the picture says {text}")

    runs.run("png", more=["--plot", "png.png"])
    runs.run("learned", recording.PROBES[2], more=["--plot", "learned.png"])
    blue, orange = colours(folder / "png.png")
    more_blue, more_orange = colours(folder / "learned.png")
    check(blue > 20 and orange == 0 and more_blue > blue and more_orange > 100, f"spikes, then a curve: {blue} {orange} {more_blue} {more_orange}")

    (folder / "folder.png").mkdir()

    (folder / "none").mkdir()
    (folder / "none" / "matplotlib.py").write_text("raise ImportError\n", encoding="utf-8")
    for file, path, message in (
            ("a.gif", "", "--plot a.gif: the extension selects the format: one of .png, .svg, .pdf"),
            ("no/a.png", "", "--plot no/a.png: there is no folder no; make it, or name another"),
            ("folder.png", "", "folder.png: this is a folder; name a file in it"),
            ("a.png", "none", "can import matplotlib; install it (apt install python3-matplotlib), or run without --plot")):
        os.environ["PYTHONPATH"] = path and str(folder / path)
        error = runs.run("bad", more=["--plot", file], code=1)
        check(error.startswith("spikemesh: ") and message in error, f"{file}: {error}")
        check(not (folder / "bad").exists(), "what cannot be drawn is said before the run")
    other = folder / "none" / "python3"
    other.write_text(f'#!/bin/sh\nexec env -u PYTHONPATH {sys.executable} "$@"\n', encoding="utf-8")
    other.chmod(0o755)
    os.environ["PATH"] = f"{other.parent}:{os.environ['PATH']}"
    runs.run("other", more=["--plot", "other.png"])
    check((folder / "other.png").stat().st_size > 10_000, "the python3 on PATH draws where that of the system cannot")
    print(f"{checks} checks passed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(temporary))
