# SPDX-License-Identifier: Apache-2.0
"""The management core of a chip: loads programs, starts and stops them, and exchanges words with them (docs/firmware.md)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple

from . import _core
from ._calls import helpful_class, whole

_TEXT = 1  # kind of a message that is text


class CoreState(NamedTuple):
    """What the core does, or why it stands still: the registers of docs/blocks/management_core.md, and `text`, a sentence."""

    running: bool
    asleep: bool
    owner: str
    cause: str
    pc: int
    address: int
    status: int
    text: str


class Message(NamedTuple):
    """What a program said at once."""

    kind: int
    words: list[int]


@helpful_class
class ManagementCore:
    """The management core of the chip at a port, which is a board or emulated.

        with spikemesh.Emulator("rtl", "tiny", management_core=True) as chip, spikemesh.ManagementCore(chip.port) as core:
            core.load("hello.bin")
            core.start()
            core.send([20, 22, 0])
            print(core.log())

    - port, baud: as of Machine
    - timeout: how many seconds to wait for the chip, and for a program that takes no words

    `divide`, `program_words` and `data_words` are the sizes of the core. Raises InputError for an image that is none or does
    not fit, RunError, VerifyError, and the errors of a port.
    """

    def __init__(self, port: str, *, baud: int = 115200, timeout: float = 10.0):
        self._link = _core.CoreLink(port, whole(baud, "baud"), timeout)
        self.divide, self.program_words, self.data_words = self._link.info()
        self._messages: list[Message] = []
        self._text = ""

    @property
    def state(self) -> CoreState:
        """What the core does now."""
        return CoreState(**self._link.state())

    def load(self, program: str | os.PathLike[str]) -> None:
        """Stops the core, writes a program, a .bin file or the name of one that comes with SpikeMesh ("monitor", "early-exit"),
        and compares it."""
        name = os.fspath(program)
        self._link.load(_core.program_image(name) if name in ("monitor", "early-exit") else name)
        self._messages, self._text = [], ""

    def start(self, *, own_run: bool = False) -> None:
        """Starts the program that was loaded. own_run: it owns the run."""
        self._link.start(own_run)

    def stop(self) -> None:
        """Stops the core, whatever it does."""
        self._link.stop()

    def send(self, words: Iterable[int]) -> None:
        """Puts words into the mailbox to the core, waiting while it is full."""
        self._link.send(list(words))

    def receive(self) -> list[Message]:
        """What the program has said since the last call, but no text."""
        self._take()
        messages, self._messages = self._messages, []
        return messages

    def log(self, *, wait: bool = True, timeout: float | None = None) -> str:
        """The text that the program has said since the last call. wait: all of it, until the program stops, but at most for
        `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        running = True
        while running:
            running = wait and self.state.running  # first: what it said before it stopped is there
            self._take()
            if end is not None and time.monotonic() > end:
                break
        text, self._text = self._text, ""
        return text

    def close(self) -> None:
        """Gives the port back; the program goes on. A second call does nothing."""
        self._link.close()

    def _take(self) -> None:
        for kind, words in self._link.receive():
            if kind == _TEXT:
                self._text += b"".join(word.to_bytes(4, "little") for word in words).replace(b"\0", b"").decode(errors="replace")
            else:
                self._messages.append(Message(kind, words))

    def __enter__(self) -> ManagementCore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ManagementCore: {self.state.text}>"
