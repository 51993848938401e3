# SPDX-License-Identifier: Apache-2.0
"""Shows how far a load or a run is: in a terminal or a notebook, where tqdm or rich is installed."""

from __future__ import annotations

import sys
import time
from typing import Any

_SHOWN_AFTER = 0.7  # seconds: what ends before needs no bar


def _notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


def seen() -> bool:
    """Whether somebody looks."""
    return sys.stderr is not None and (sys.stderr.isatty() or _notebook())


class Bar:
    """What the extension tells: unit ("words", "steps"), done, in all."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._unit, self._begin = "", time.monotonic()

    def __call__(self, unit: str, done: int, all_: int) -> None:
        if unit != self._unit or (self._bar is None and done == 0):
            self.end()
            self._unit, self._begin = unit, time.monotonic()
        if self._bar is None and done < all_ and time.monotonic() - self._begin > _SHOWN_AFTER:
            self._bar = _bar(unit, all_)
        if self._bar is not None:
            self._bar(done)

    def end(self) -> None:
        """Removes the bar, if there is one."""
        if self._bar is not None:
            self._bar(None)
            self._bar = None


def _bar(unit: str, all_: int) -> Any:
    """A function of what is done; None ends it."""
    try:
        from tqdm.auto import tqdm  # type: ignore
        bar = tqdm(total=all_, unit=f" {unit}", unit_scale=True, leave=False)
        return lambda done: bar.close() if done is None else bar.update(done - bar.n)
    except ImportError:
        pass
    try:
        from rich.progress import Progress  # type: ignore
    except ImportError:
        return lambda done: None
    progress = Progress(transient=True)
    task = progress.add_task(unit, total=all_)
    progress.start()
    return lambda done: progress.stop() if done is None else progress.update(task, completed=done)
