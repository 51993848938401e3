# SPDX-License-Identifier: Apache-2.0
"""The other side of a live loop: a robot, a camera or a simulation of one."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._calls import helpful_class
from .records import END, RECORD, parse_place, records

if TYPE_CHECKING:
    import numpy.typing as npt


@helpful_class
class LiveClient:
    """Sends events to a Live and receives spikes.

        with sm.LiveClient("tcp:127.0.0.1:5000") as chip:
            fired = chip.step([3, 17])   # with the client's clock: the step in which 3 and 17 fire, and who fired in it

    place: "tcp:HOST:PORT" or "udp:HOST:PORT"; timeout_s: how long to wait for the chip.
    """

    def __init__(self, place: str, *, timeout_s: float = 10.0):
        kind, host, port = parse_place(place)
        self._stream = kind == "tcp"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if self._stream else socket.SOCK_DGRAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect((host, port))
        except OSError as error:
            self._socket.close()
            raise _core.TransportError(f"{place}: {error}; is the live server there?") from None
        if self._stream:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def send(self, neurons: npt.ArrayLike, end: bool = False) -> None:
        """Makes input neurons fire, an array [n]; end: and the step is over (with the client's clock)."""
        data = records(np.asarray(neurons, np.int64), 0, end)
        if data:
            self._socket.sendall(data)

    def receive(self) -> tuple[int, npt.NDArray[Any]]:
        """The next step that is over, and the neurons [n] that fired in it."""
        while True:
            rows = np.frombuffer(self._rest, RECORD, len(self._rest) // RECORD.itemsize)
            ends = np.flatnonzero(rows["neuron"] == END)
            if ends.size:
                self._rest = self._rest[(ends[0] + 1) * RECORD.itemsize:]
                return int(rows["step"][ends[0]]), rows["neuron"][:ends[0]].astype(np.int64)
            try:
                data = self._socket.recv(1 << 16)
            except (TimeoutError, ConnectionError) as error:
                raise _core.TransportError(f"no step came from the chip: {error}; is the live server still there?") from None
            if not data:
                raise _core.TransportError("the live server has closed the connection")
            self._rest += data

    def step(self, neurons: npt.ArrayLike = ()) -> npt.NDArray[Any]:
        """Ends a step in which these input neurons fire, and returns those that fired in it, an array [n]."""
        self.send(neurons, end=True)
        return self.receive()[1]

    def close(self) -> None:
        """Leaves. A second call does nothing."""
        self._socket.close()

    def __enter__(self) -> LiveClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
