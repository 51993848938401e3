# SPDX-License-Identifier: Apache-2.0
"""Samples that end as soon as their answer is sure (docs/firmware.md): what a network says of it, and what a run answers."""

from __future__ import annotations

import csv
import pathlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

#: A sample: its answer (-1: no neuron sent a spike), the steps that were run, and the spikes that the answer was ahead.
ANSWERS = np.dtype([("sample", np.uint32), ("neuron", np.int64), ("steps", np.uint32), ("margin", np.uint32)])


class EarlyExit(NamedTuple):
    """Settings of the program early-exit, which runs the samples of a network (docs/firmware.md).

        net.early_exit = spikemesh.EarlyExit("digit", [(1, 6)])

    - population: its neurons are the answers; all of them are recorded
    - margins: pairs (steps, margin), ascending in steps: after so many steps of a sample or more, an answer is sure when its
      neuron has sent so many spikes more than any other
    """

    population: str
    margins: list[tuple[int, int]]


def answers_of(rows: Iterable[tuple[int, int, int, int]]) -> npt.NDArray[Any]:
    """[n] with the fields sample, neuron, steps, margin."""
    return np.array(list(rows), ANSWERS)


def read_answers(file: pathlib.Path) -> npt.NDArray[Any] | None:
    """answers.csv of a run folder; None: no program ran the samples."""
    if not file.exists():
        return None
    with open(file, newline="", encoding="utf-8") as rows:
        return answers_of((int(row["sample"]), int(row["neuron"] or -1), int(row["steps"]), int(row["margin"])) for row in csv.DictReader(rows))
