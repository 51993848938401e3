# SPDX-License-Identifier: Apache-2.0
"""Numbers that are drawn: weights, delays and initial states from distributions, each with its seed."""

from __future__ import annotations

import dataclasses
import zlib
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _core
from ._calls import helpful_class, whole

if TYPE_CHECKING:
    import numpy.typing as npt


@helpful_class
@dataclasses.dataclass(frozen=True)
class Normal:
    """Drawn from a normal distribution with this mean and standard deviation. Values outside least..most are drawn again.
    Each projection and each population draws numbers of its own, so one seed may serve a whole network."""

    mean: float
    sd: float
    least: float = -np.inf
    most: float = np.inf
    seed: int = 1

    def _draw(self, generator: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
        if not (self.sd >= 0 and self.least <= self.mean <= self.most):
            raise _core.InputError(f"{self}, but an sd of at least 0 and least <= mean <= most are needed")
        values = generator.normal(self.mean, self.sd, count)
        while (outside := np.flatnonzero((values < self.least) | (values > self.most))).size:
            values[outside] = generator.normal(self.mean, self.sd, outside.size)
        return values


@helpful_class
@dataclasses.dataclass(frozen=True)
class LogNormal:
    """Drawn from a lognormal distribution with this mean and standard deviation of the values themselves (not of their
    logarithms); otherwise like Normal."""

    mean: float
    sd: float
    seed: int = 1

    def _draw(self, generator: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
        if not (self.mean > 0 and self.sd >= 0):
            raise _core.InputError(f"{self}, but a mean above 0 and an sd of at least 0 are needed")
        variance = np.log1p((self.sd / self.mean) ** 2)
        return generator.lognormal(np.log(self.mean) - variance / 2, np.sqrt(variance), count)


@helpful_class
@dataclasses.dataclass(frozen=True)
class Uniform:
    """Drawn evenly from low..high; otherwise like Normal."""

    low: float
    high: float
    seed: int = 1

    def _draw(self, generator: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
        if not self.low <= self.high:
            raise _core.InputError(f"{self}, but low <= high is needed")
        return generator.uniform(self.low, self.high, count)


Drawn = Union[Normal, LogNormal, Uniform]


def draw(drawn: Drawn, purpose: str, count: int) -> npt.NDArray[np.float64]:
    """The same numbers for the same seed and purpose."""
    return drawn._draw(np.random.default_rng([whole(drawn.seed, "seed"), zlib.crc32(purpose.encode())]), count)


def is_drawn(value: Any) -> bool:
    """Whether this is a distribution."""
    return isinstance(value, (Normal, LogNormal, Uniform))
