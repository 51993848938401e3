# SPDX-License-Identifier: Apache-2.0
"""The HDF5 files of the Heidelberg Digits and Commands (SHD, SSC): spikes of 700 channels of a cochlea, and what was said."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import _core
from .._calls import helpful_class
from .._optional import needed
from .stream import EventStream

CHANNELS = 700


@helpful_class
class SpokenDigits:
    """The recordings of an SHD or SSC file, each with its label: a data set for `evaluate`.

        for stream, label in sm.SpokenDigits("shd_test.h5"):  # stream.size is (700, 1), with one channel
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise _core.InputError(f"{self.path}: there is no such file; name an HDF5 file of SHD or SSC")
        h5py = needed("h5py", "SpokenDigits")
        try:
            self._file: Any = h5py.File(self.path, "r")
            self._times, self._units = self._file["spikes/times"], self._file["spikes/units"]
            self.labels = np.asarray(self._file["labels"]) if "labels" in self._file else np.full(len(self._times), -1)
        except (OSError, KeyError) as error:
            raise _core.InputError(f"{self.path}: {error}; spikes/times and spikes/units, as SHD has them, are needed") from None

    def __len__(self) -> int:
        return len(self._times)

    def __getitem__(self, number: int) -> tuple[EventStream, int]:
        if not 0 <= number < len(self):
            raise IndexError(f"recording {number}, but {self.path} holds {len(self)}")
        times = np.rint(np.asarray(self._times[number], np.float64) * 1e6)
        units = np.asarray(self._units[number])
        zero = np.zeros(len(times), np.int64)
        return EventStream(times, units, zero, zero + 1, (CHANNELS, 1), channels=1), int(self.labels[number])

    def __iter__(self) -> Iterator[tuple[EventStream, int]]:
        return (self[number] for number in range(len(self)))


def read_spoken(path: pathlib.Path, recording: int) -> EventStream:
    """One recording of such a file."""
    try:
        return SpokenDigits(path)[recording][0]
    except IndexError as error:
        raise _core.InputError(f"{error}; give a smaller recording") from None
