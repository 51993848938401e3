# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire: records of 8 bytes, and events as faery sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core

if TYPE_CHECKING:
    import numpy.typing as npt

#: A spike: the neuron, and (from the chip) the step in which it fired. END as neuron: the step is over.
RECORD = np.dtype([("neuron", "<u4"), ("step", "<u4")])
END = 2**32 - 1
#: An event of a camera, as faery's `output udp` sends it (t64_x16_y16_on8).
EVENT = np.dtype([("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("on", "u1")])
MOST_DATAGRAM = 1400 // RECORD.itemsize  # records in a datagram that no network splits


def parse_place(place: str, default_host: str = "127.0.0.1") -> tuple[str, str, int]:
    """("tcp" or "udp", host, port) of "tcp:HOST:PORT" or "tcp:PORT"."""
    kind, _, rest = place.partition(":")
    host, _, port = rest.rpartition(":")
    if kind not in ("tcp", "udp") or not port.isdigit() or int(port) > 65535:
        raise _core.InputError(f'"{place}": tcp:HOST:PORT or udp:HOST:PORT is needed, such as tcp:127.0.0.1:5000; port 0 is any that is free')
    return kind, host or default_host, int(port)


class Reader:
    """Bytes of a stream, in pieces as they come, as neurons and ends of steps."""

    def __init__(self, size: tuple[int, int] | None):
        self._size, self._rest = size, b""
        self._kind = RECORD if size is None else EVENT

    def take(self, data: bytes, whole: bool = False) -> npt.NDArray[Any]:
        """[n] of neurons and ENDs. whole: a datagram, of which nothing is kept."""
        data = self._rest + data
        count = len(data) // self._kind.itemsize
        self._rest = b"" if whole else data[count * self._kind.itemsize:]
        rows = np.frombuffer(data, self._kind, count)
        if self._size is None:
            return rows["neuron"].astype(np.int64)
        x, y = rows["x"].astype(np.int64), rows["y"].astype(np.int64)
        place = (y * self._size[0] + x) * 2 + (rows["on"] != 0)
        return np.where((x < self._size[0]) & (y < self._size[1]), place, END - 1)  # beside the sensor: no neuron has this number


def records(neurons: Any, step: int, end: bool) -> bytes:
    """Spikes of a step, and that it is over."""
    rows = np.empty(len(neurons) + end, RECORD)
    rows["neuron"][:len(neurons)] = neurons
    rows["step"] = step % 2**32
    if end:
        rows["neuron"][-1] = END
    return rows.tobytes()
