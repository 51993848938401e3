# SPDX-License-Identifier: Apache-2.0
"""The activity of a run (`spikemesh run --activity`), read from its folder."""

from __future__ import annotations

import json
import os
import pathlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

SCHEMA = "spikemesh-activity-1"
PORTS = ("local", "north", "east", "south", "west")
#: Where the cycles of a core go, in the order in which one goes before another.
CLASSES = ("update", "learn", "integrate", "stalled", "emit", "waiting")


class ReportError(ValueError):
    """A folder or a file that is not what it should be; the message says what to do."""


def read_json(path: pathlib.Path, remedy: str) -> Any:
    """A JSON file of a folder that the program wrote."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"{path}: it is not there; {remedy}") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: it cannot be read ({error}); {remedy}") from None


class Histogram:
    """How often each value occurs. Quantiles are values that occur."""

    def __init__(self, rows: list[list[int]]):
        table = np.asarray(rows, np.int64).reshape(-1, 2)
        self.values, self.counts = table[:, 0], table[:, 1]

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def quantile(self, part: float) -> int | None:
        """The smallest value that at least this part of all does not exceed."""
        if not self.total:
            return None
        place = np.searchsorted(np.cumsum(self.counts), max(1, int(np.ceil(part * self.total))))
        return int(self.values[place])

    @property
    def mean(self) -> float | None:
        return float((self.values * self.counts).sum() / self.total) if self.total else None

    def summary(self) -> dict[str, float | None]:
        return {"median": self.quantile(0.5), "p99": self.quantile(0.99), "worst": self.quantile(1.0), "mean": self.mean}


class Activity:
    """What cores and links did, by windows of steps.

    mesh_w, mesh_h: tiles, which are numbered y * mesh_w + x
    window(name): a column of the windows: first_step, steps, cycles, shortest, longest, to_host, host_held
    core(name): a quantity of the cores, [window, tile]; names are `quantities`
    links: spikes that entered a router by each port of PORTS, [window, tile, port]
    buffers: most flits in the buffers of the ports and of the core, [window, tile, buffer]
    step_cycles, latency_cycles: Histogram
    spans: rows {tile (-1: a step), kind, from, to} of the first spanned_steps steps
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = pathlib.Path(folder)
        remedy = f"run the network again with --executor model --activity --out {self.folder}"
        self.index: dict[str, Any] = read_json(self.folder / "activity.json", remedy)
        if self.index.get("schema") != SCHEMA:
            raise ReportError(f"{self.folder}/activity.json: schema {self.index.get('schema')!r}, but {SCHEMA!r} is needed; {remedy}")
        self.mesh_w, self.mesh_h = int(self.index["mesh_w"]), int(self.index["mesh_h"])
        self.quantities = tuple(self.index["cores"]["columns"])
        self._steps, self._cores = self._array("steps", remedy), self._array("cores", remedy)
        self.links, self.buffers = self._array("links", remedy), self._array("buffers", remedy)
        self.step_cycles, self.latency_cycles = Histogram(self.index["step_cycles"]), Histogram(self.index["latency_cycles"])
        self._remedy = remedy

    def _array(self, name: str, remedy: str) -> npt.NDArray[Any]:
        path = self.folder / self.index[name]["file"]
        try:
            return np.load(path)
        except (OSError, ValueError) as error:
            raise ReportError(f"{path}: it cannot be read ({error}); {remedy}") from None

    @property
    def tiles(self) -> int:
        return self.mesh_w * self.mesh_h

    @property
    def windows(self) -> int:
        return len(self._steps)

    @property
    def window_steps(self) -> int:
        """Steps of each window but the last, which may have fewer."""
        return int(self.index["window_steps"])

    @property
    def steps(self) -> int:
        return int(self.window("steps").sum())

    @property
    def cycles(self) -> int:
        """Cycles of all steps, without what lies between them."""
        return int(self.window("cycles").sum())

    def window(self, name: str) -> npt.NDArray[np.int64]:
        return self._steps[:, self.index["steps"]["columns"].index(name)]

    def core(self, name: str) -> npt.NDArray[np.int64]:
        if name not in self.quantities:
            raise ReportError(f"a core has no {name!r}; it has {', '.join(self.quantities)}")
        return self._cores[:, :, self.quantities.index(name)]

    @property
    def hops(self) -> npt.NDArray[np.int64]:
        """Links that spikes crossed in each window: between tiles, and to and from the host."""
        return self.links[:, :, 1:].sum(axis=(1, 2)) + self.window("to_host")

    @property
    def spans(self) -> npt.NDArray[np.int64]:
        return self._array("spans", self._remedy)

    @property
    def spanned_steps(self) -> int:
        return int(self.index["spans"]["complete_steps"])

    @property
    def span_kinds(self) -> list[str]:
        return list(self.index["spans"]["kinds"])

    def merged(self, windows: int) -> Merged:
        """At most so many windows, each of equally many of these."""
        return Merged(self, max(1, -(-self.windows // max(1, windows))))


class Merged:
    """Neighbouring windows of an activity taken together."""

    def __init__(self, activity: Activity, together: int):
        self._starts = np.arange(0, activity.windows, together)
        self.activity, self.together = activity, together

    def sums(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.add.reduceat(values, self._starts, axis=0)

    def most(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.maximum.reduceat(values, self._starts, axis=0)

    def first(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values[self._starts]


def load_activity(folder: str | os.PathLike[str]) -> Activity:
    """The activity in a run folder. Raises ReportError, a ValueError, where there is none."""
    return Activity(folder)
