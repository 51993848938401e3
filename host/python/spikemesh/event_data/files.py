# SPDX-License-Identifier: Apache-2.0
"""Files of events: what each format is, and the library that reads it."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _core
from .._calls import helpful
from .._optional import needed
from .spoken import read_spoken
from .stream import EventStream, find_columns


def _sized(path: pathlib.Path, size: Any, known: Any = None) -> tuple[int, int]:
    if size is None and known is None:
        raise _core.InputError(f"{path}: the file does not say how large the sensor is; give size=(width, height)")
    return tuple(known if size is None else size)


def _read_nmnist(path: pathlib.Path, size: Any) -> EventStream:
    """5 bytes an event: x, y, the polarity and 23 bits of microseconds, the highest first. When the time is full, an event at
    y = 240 says that it begins again."""
    data = np.fromfile(path, np.uint8)
    if len(data) % 5:
        raise _core.InputError(f"{path}: {len(data)} bytes, but 5 bytes an event are needed; it is cut short or of another format")
    byte = data.reshape(-1, 5).astype(np.int64)
    full = byte[:, 1] == 240
    time = (byte[:, 2] & 127) << 16 | byte[:, 3] << 8 | byte[:, 4]
    time = time + (np.cumsum(full) << 13)
    kept = ~full
    return EventStream(time[kept], byte[kept, 0], byte[kept, 1], byte[kept, 2] >> 7, _sized(path, size))


def _read_csv(path: pathlib.Path, size: Any) -> EventStream:
    """A header with t, x, y, p in any order, and numbers below it."""
    with open(path, encoding="utf-8-sig") as file:
        names = [name.strip() for name in file.readline().strip().split(",")]
        columns = find_columns(names, f"{path}:1")
        try:
            lines = file.readlines()
            table = np.loadtxt(lines, delimiter=",", ndmin=2, dtype=np.float64) if lines else np.zeros((0, len(names)))
        except ValueError as error:
            raise _core.InputError(f"{path}: {error} (below the header); each row needs {len(names)} numbers") from None
    if table.size and table.shape[1] != len(names):
        raise _core.InputError(f"{path}:2: {table.shape[1]} cells, but the header has {len(names)}; give each row one cell a column")
    table = table.reshape(-1, len(names))
    rows = np.zeros(len(table), [(key, np.float64) for key in columns])
    for key, name in columns.items():
        rows[key] = table[:, names.index(name)]
    return EventStream.of(rows, _sized(path, size))


def _read_npy(path: pathlib.Path, size: Any) -> EventStream:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _core.InputError(f"{path}: {error}; write it with numpy.save or EventStream.save") from None
    return EventStream.of(array, _sized(path, size))


def _read_camera(path: pathlib.Path, size: Any) -> EventStream:
    """Prophesee's RAW (EVT 2, 2.1, 3) and DAT, iniVation's AEDAT4, and ES, by faery."""
    faery = needed("faery", "read_event_stream")
    try:
        stream = faery.events_stream_from_file(path)
        events, known = stream.to_array(), stream.dimensions()
    except (RuntimeError, OSError, ValueError) as error:
        raise _core.InputError(f"{path}: {error}; faery cannot read it, record it again or convert it to .npy") from None
    return EventStream.of(events, _sized(path, size, known))


_Reader = Callable[[pathlib.Path, Any], EventStream]
READERS: dict[str, _Reader] = {
    ".bs2": _read_nmnist, ".bin": _read_nmnist, ".csv": _read_csv, ".npy": _read_npy,
    ".raw": _read_camera, ".dat": _read_camera, ".aedat4": _read_camera, ".es": _read_camera,
}
HDF5 = (".h5", ".hdf5")


@helpful
def read_event_stream(path: str | os.PathLike[str], size: tuple[int, int] | None = None, *, recording: int = 0) -> EventStream:
    """Reads a file of events; its extension says of which format (docs/data.md): .bs2 and .bin (N-MNIST, 5 bytes an event), .csv,
    .npy, .raw and .dat (Prophesee), .aedat4 (iniVation) and .es by `faery`, .h5 and .hdf5 (SHD) by `h5py`.

    size: (width, height) of the sensor, where the file does not say it. recording: which one, in a file of several (SHD).
    Raises InputError, which says what is wrong and what to do."""
    path = pathlib.Path(path)
    extension = path.suffix.lower()
    if extension not in READERS and extension not in HDF5:
        raise _core.InputError(f"{path}: the extension says of which format events are; known are {', '.join([*READERS, *HDF5])}")
    if not path.is_file():
        raise _core.InputError(f"{path}: there is no such file; name one of events")
    if extension in HDF5:
        return read_spoken(path, recording)
    if recording:
        raise _core.InputError(f"recording {recording}: {path} holds one recording; leave recording out")
    return READERS[extension](path, size)
