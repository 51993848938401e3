# SPDX-License-Identifier: Apache-2.0
"""An emulated chip in a separate process, whose UART pins are on a pseudo-terminal."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
from types import TracebackType

from . import _builds, _core
from ._builds import Build
from ._calls import helpful_class


def _program() -> str:
    """The program of the package: in it, in the build tree, or else on PATH."""
    package = pathlib.Path(_core.__file__).parent
    places = (package / "bin", package.parents[1] / "bin")
    found = [str(place / "spikemesh") for place in places if (place / "spikemesh").is_file()]
    program = found[0] if found else shutil.which("spikemesh")
    if program is None:
        raise _core.Error(f"the program spikemesh is neither in {places[0]} nor on PATH: pip install the package")
    return program


@helpful_class
class Emulator:
    """An emulated chip: a process `spikemesh emulate`, which ends with the `with` block.

        with spikemesh.Emulator() as chip:
            machine = spikemesh.Machine(port=chip.port)

    - executor: "model", "rtl" or "lockstep"
    - config: the name of a build, a JSON file, or its contents as a dictionary
    - management_core: whether the chip has one (docs/firmware.md)
    - link: where its UART is reached: "pty", or "tcp:PORT" (0: any port that is free)

    `port` is the place of its UART, as Machine(port=...) takes it. If the program does not start, Error has the program's message.
    """

    def __init__(self, executor: str = "model", config: Build = "default", *,
                 link: str = "pty", management_core: bool = False):
        program = _program()
        with _builds.named(config) as build:
            self._process = subprocess.Popen(
                [program, "emulate", "--executor", executor, "--config", build or "default", "--link", link,
                 *(["--management-core"] if management_core else [])],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            assert self._process.stdout is not None and self._process.stderr is not None
            self.port = self._process.stdout.readline().strip()
            if not self.port:
                said = self._process.stderr.read().strip()
                self.close()
                raise _core.Error(said or f"{program} emulate ended without a word")

    def close(self) -> None:
        """Ends the emulator. A second call does nothing."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()
