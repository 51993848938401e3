# SPDX-License-Identifier: Apache-2.0
"""Runs that `spikemesh run` or `out=` has written to a folder."""

from __future__ import annotations

import json
import os
import pathlib

import numpy as np

from . import _core
from ._optional import needed
from .early_exit import read_answers
from .spikes import Spikes, Trace


def load_run(folder: str | os.PathLike[str]) -> Spikes:
    """Reads the spikes and recordings of a run folder. The attributes config and stats hold its config.json and
    stats.json. If a run ended early (ended_early, stats["ended_by"] gives the reason), the result covers the steps that ran."""
    saved = _core.read_run_folder(folder)
    config, stats = json.loads(saved["config"]), json.loads(saved["stats"])
    sizes: dict[str, int] = {}
    recorded = {}
    for each in stats["recorded"]:
        sizes[each["population"]] = each["of"]
        recorded[each["population"]] = np.asarray(each.get("indices", range(each["of"])), np.uint32)
    steps, samples, left_out = config["steps"], config["samples"], 0
    answers = read_answers(pathlib.Path(folder) / "answers.csv")
    if not stats["complete"] and answers is not None:
        samples = max(1, len(answers))
    elif not stats["complete"]:
        whole, rest = divmod(stats["steps"], steps)
        samples = max(1, whole + (rest > 0))
        if whole == 0:
            steps = max(1, rest)
        else:
            left_out = steps - rest if rest else 0
    spikes = Spikes(saved["spikes"], sizes, steps, samples, recorded,
                    {each["probe"]: Trace(**each, dt_ms=config["dt_ms"]) for each in saved["traces"]}, config, stats,
                    dt_ms=config["dt_ms"], answers=answers)
    spikes._left_out = left_out
    return spikes


def plot_run(folder: str | os.PathLike[str], file: str | os.PathLike[str]) -> None:
    """Draws a run folder: spikes, V and I, weights as they learn (docs/run.md). The ending of the file says the format:
    .png, .svg or .pdf. Needs matplotlib."""
    target = pathlib.Path(file)
    if target.suffix not in (".png", ".svg", ".pdf"):
        raise _core.InputError(f"{target}: the extension selects the format: one of .png, .svg, .pdf")
    plot = needed("spikemesh.plot", "plot_run")
    run = load_run(folder)
    assert run.config is not None
    title = f"{pathlib.Path(run.config['network']).name} on {run.config['executor']}"
    try:
        plot.save(run, target, title)
    except ValueError as error:
        raise _core.InputError(f"{folder}: {error}") from None
