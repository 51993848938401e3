# SPDX-License-Identifier: Apache-2.0
"""The chip's side of a live loop: takes events, runs steps, sends spikes."""

from __future__ import annotations

import dataclasses
import select
import socket
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._calls import helpful_class
from ..machine import Machine
from .records import END, MOST_DATAGRAM, RECORD, Reader, parse_place, records

if TYPE_CHECKING:
    import numpy.typing as npt

_PIECE = 1 << 16  # bytes read at a time


@helpful_class
@dataclasses.dataclass
class LiveReport:
    """What a live loop did. steps: how many were run; events, spikes: how many came in and went out; refused: events that are no
    neuron of the inputs; late: steps that began later than the clock said, because the machine was not done; latency_ms: [n], for
    each step with events, from the arrival of its first event (with the client's clock: of the end of the step) until its spikes
    were sent."""

    steps: int = 0
    events: int = 0
    spikes: int = 0
    refused: int = 0
    late: int = 0
    seconds: float = 0.0
    latency_ms: npt.NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.zeros(0))

    def __str__(self) -> str:
        rate = self.steps / self.seconds if self.seconds > 0 else 0.0
        text = f"{self.steps} steps in {self.seconds:.3f} s ({rate:.0f}/s), {self.events} events in, {self.spikes} spikes out, {self.late} steps late"
        if self.refused:
            text += f", {self.refused} events refused: they are no neuron of the inputs"
        if len(self.latency_ms):
            half, most, worst = np.quantile(self.latency_ms, [0.5, 0.99, 1])
            text += f"; latency {half:.3f} ms (median), {most:.3f} ms (99 %), {worst:.3f} ms (most)"
        return text


class _Tcp:
    """One client, who connects."""

    def __init__(self, host: str, port: int):
        self._listener = socket.create_server((host, port))
        self.host, self.port = self._listener.getsockname()[:2]
        self._client: socket.socket | None = None

    def receive(self, wait_s: float | None) -> bytes | None:
        """What is there, at most after wait_s; None: the client has gone."""
        if self._client is None:
            self._client = self._accepted(wait_s)
            return b""
        if not select.select([self._client], [], [], wait_s)[0]:
            return b""
        try:
            return self._client.recv(_PIECE) or None
        except ConnectionError:
            return None

    def _accepted(self, wait_s: float | None) -> socket.socket | None:
        if not select.select([self._listener], [], [], wait_s)[0]:
            return None
        client = self._listener.accept()[0]
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def ready(self) -> bool:
        """Whether somebody is there."""
        return self._client is not None

    def send(self, data: bytes) -> bool:
        """Whether the client is still there."""
        try:
            if self._client is not None:
                self._client.sendall(data)
            return True
        except ConnectionError:
            return False

    def leave(self) -> None:
        """The client has gone; another may come."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def close(self) -> None:
        self.leave()
        self._listener.close()


class _Udp:
    """Spikes go to whoever sent the last datagram."""

    def __init__(self, host: str, port: int):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self.host, self.port = self._socket.getsockname()
        self._peer: Any = None

    def receive(self, wait_s: float | None) -> bytes | None:
        if not select.select([self._socket], [], [], wait_s)[0]:
            return b""
        data, self._peer = self._socket.recvfrom(_PIECE)
        return data

    def ready(self) -> bool:
        return self._peer is not None

    def send(self, data: bytes) -> bool:
        size = MOST_DATAGRAM * RECORD.itemsize
        for begin in range(0, len(data) if self._peer is not None else 0, size):
            try:
                self._socket.sendto(data[begin:begin + size], self._peer)
            except ConnectionError:
                pass  # nobody listens there now
        return True

    def leave(self) -> None:
        self._peer = None

    def close(self) -> None:
        self._socket.close()


@helpful_class
class Live:
    """A machine with a loaded network, into which events come over TCP or UDP, and whose spikes go out the same way.

        with sm.Live(machine, ["in"], ["out"], listen="tcp:127.0.0.1:5000", step_ms=1.0) as live:
            print(live.place)       # where a client reaches it
            print(live.serve())     # until the client has gone; then what was done, and the latency

    - inputs, outputs: populations. Neurons are numbered through them, in this order
    - listen: "tcp:HOST:PORT" or "udp:HOST:PORT"; with port 0, `place` says which one was free
    - step_ms: how long a step lasts, in wall time. Events that arrive during a step are its inputs, and its spikes are sent when
      it is over. None: the client's clock, a step is run when its end arrives (TCP only, so that none gets lost)
    - size: (width, height), if events come as faery's UDP output sends them; else records of 8 bytes (docs/data.md)

    A place fires once in a step, however many events it had. An input of step t acts in step t + 1 or later, as in each run.
    """

    def __init__(self, machine: Machine, inputs: Sequence[str], outputs: Sequence[str], *, listen: str = "tcp:127.0.0.1:0",
                 step_ms: float | None = None, size: tuple[int, int] | None = None):
        kind, host, port = parse_place(listen)
        if step_ms is None and (kind == "udp" or size is not None):
            raise _core.InputError("step_ms: datagrams and events of cameras have no end of a step; say how long a step lasts")
        if step_ms is not None and not step_ms > 0:
            raise _core.InputError(f"step_ms {step_ms}, but more than 0 is needed")
        self._machine, self._step_ms, self._size = machine, step_ms, size
        sizes = machine._sizes()
        for name in [*inputs, *outputs]:
            if name not in sizes:
                raise _core.InputError(f'no population "{name}"; the network has {", ".join(sizes)}')
        self._inputs = {name: sizes[name] for name in inputs}
        self._outputs = {name: sizes[name] for name in outputs}
        self._neurons = sum(self._inputs.values())
        for name in outputs:
            if not len(machine._loaded()[name].recorded):
                raise _core.InputError(f'outputs: the spikes of "{name}" are not recorded; net.record("{name}")')
        for name in inputs:
            if machine._loaded()[name].neurons is not None:
                raise _core.InputError(f'inputs: "{name}" are neurons, which fire on their own; name a population of add_input')
        if size is not None and 2 * size[0] * size[1] != self._neurons:
            raise _core.InputError(f"size: {size[0]} x {size[1]} places with 2 polarities, but the inputs have {self._neurons} neurons")
        try:
            self._wire = _Tcp(host, port) if kind == "tcp" else _Udp(host, port)
        except OSError as error:
            raise _core.InputError(f"{listen}: {error}; choose another port, or 0 for any that is free") from None
        self.place = f"{kind}:{self._wire.host}:{self._wire.port}"

    def serve(self, steps: int | None = None) -> LiveReport:
        """Runs steps until the client has gone, or `steps` of them. The clock begins when somebody is there."""
        report, latency = LiveReport(), []  # type: tuple[LiveReport, list[float]]
        reader, waiting = Reader(self._size), np.zeros(0, np.int64)
        while not self._wire.ready():
            first = self._wire.receive(0.2)
            waiting = np.r_[waiting, reader.take(first or b"", self._whole())]
        begin = time.perf_counter()
        due, arrived = begin, begin if len(waiting) else 0.0
        while steps is None or report.steps < steps:
            if self._step_ms is None:
                now, waiting, arrived, gone = self._until_end(reader, waiting)
            else:
                due = max(due, time.perf_counter() - self._step_ms / 1000) + self._step_ms / 1000
                now, came, gone = self._until(reader, waiting, due)
                arrived = arrived or came
                report.late += time.perf_counter() > due + self._step_ms / 1000
                waiting = waiting[:0]
            if gone:
                break
            if not self._wire.send(self._step(now, report)):
                break
            if arrived:
                latency.append(time.perf_counter() - arrived)
            arrived = 0.0
        report.seconds = time.perf_counter() - begin
        report.latency_ms = np.array(latency, np.float64) * 1000.0
        self._wire.leave()
        return report

    def _whole(self) -> bool:
        return isinstance(self._wire, _Udp)

    def _until_end(self, reader: Reader, waiting: Any) -> tuple[Any, Any, float, bool]:
        """What came before the end of a step, what came behind it, and when."""
        arrived = time.perf_counter()
        while not np.any(waiting == END):
            data = self._wire.receive(None)
            arrived = time.perf_counter()
            if data is None:
                return waiting, waiting[:0], 0.0, True
            waiting = np.r_[waiting, reader.take(data)]
        at = int(np.argmax(waiting == END))
        return waiting[:at], waiting[at + 1:], arrived, False

    def _until(self, reader: Reader, waiting: Any, due: float) -> tuple[Any, float, bool]:
        """What comes until then, and when the first of it came."""
        parts, came = [waiting], 0.0
        while (rest := due - time.perf_counter()) > 0:
            data = self._wire.receive(rest)
            if data is None:
                return waiting, came, True
            if data:
                came = came or time.perf_counter()
                parts.append(reader.take(data, self._whole()))
        return np.concatenate(parts), came, False

    def _step(self, numbers: Any, report: LiveReport) -> bytes:
        """Runs a step with these events; what is to be sent."""
        numbers = numbers[numbers != END]
        good = np.unique(numbers[numbers < self._neurons])
        report.events += len(numbers)
        report.refused += int(np.count_nonzero(numbers >= self._neurons))
        inputs, begin = {}, 0
        for name, size in self._inputs.items():
            here = good[(good >= begin) & (good < begin + size)] - begin
            if len(here):
                rows = np.zeros(len(here), [("step", np.int64), ("neuron", np.uint32)])
                rows["neuron"] = here
                inputs[name] = rows
            begin += size
        at = self._machine.step
        spikes = self._machine.run(inputs, 1)
        fired, begin = [], 0
        for name, size in self._outputs.items():
            fired.append(spikes[name]["neuron"].astype(np.int64) + begin)
            begin += size
        out = np.concatenate(fired) if fired else np.zeros(0, np.int64)
        report.steps += 1
        report.spikes += len(out)
        return records(out, at, True)

    def close(self) -> None:
        """Frees the port. A second call does nothing."""
        self._wire.close()

    def __enter__(self) -> Live:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
