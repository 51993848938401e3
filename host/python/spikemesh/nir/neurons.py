# SPDX-License-Identifier: Apache-2.0
"""Neuron nodes of NIR as neurons of the chip, by the conventions of the framework that they come from.

Forward Euler with the step dt (with integration "exponential", exp(-dt/tau) for 1 - dt/tau), for a spike count or signal x:

    i = a i + gi x          a = 1 - dt/tau_syn, gi = w_in dt/tau_syn;   without tau_syn: i = x
    v = b v + (1 - b) v_leak + gv i    b = 1 - dt/tau, gv = r dt/tau;   without tau: b = 1, gv = r dt
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import _core
from .graph import ANALOG
from .linear import Shape, broadcast, refuse
from .matrix import Array
from .notes import note

#: ">=": how far below the threshold a neuron fires already, as a share of the way to it; without a leak, with one
TIE, TIE_LEAKY = 2.0**-14, 2.0**-12
RESETS = ("to_value", "subtract", "to_value_later", "subtract_later")
THRESHOLDS = (">", ">=")


@dataclasses.dataclass(frozen=True)
class Conventions:
    """What NIR leaves open; each one value for all nodes, or a mapping from node names with "" for the others."""

    dt: float
    dt_ms: float
    reset: Any = None
    threshold: Any = ">"
    integration: str = "euler"

    def of(self, option: str, name: str, otherwise: str) -> str:
        """The choice for one node."""
        value = getattr(self, option)
        if isinstance(value, Mapping):
            value = value.get(name, value.get(""))
        if value is None:
            value = otherwise
        known = RESETS if option == "reset" else THRESHOLDS
        if value not in known:
            raise _core.InputError(f'{option} "{value}" of node "{name}"; known are {", ".join(known)}')
        return str(value)


@dataclasses.dataclass
class Cell:
    """Neurons of one node, arrays [size]. The chip's V stands for v - offset, so that V = 0 is silent and, where the
    node allows it, at rest."""

    name: str
    spiking: bool
    a: Array  # factors a step
    b: Array
    gi: Array  # of what comes in
    gv: Array  # of i
    leak: Array  # where v goes without input; where b = 1: where it begins
    threshold: Array  # of spiking ones
    v_reset: Array
    reset: str
    at_threshold: bool  # fires at v = threshold as well
    refractory: Array = dataclasses.field(default_factory=lambda: np.zeros(0))  # steps
    raw: bool = False  # to_nir noted: integers of the chip
    alpha: bool = False  # to_nir noted: factors were given, not time constants
    beta: bool = False
    v_scale: Any = None  # to_nir noted: raw V units in one unit of v, one or [size]
    tie: Any = TIE  # one, or [size]
    share: Any = 1.0  # units of v on the chip in one unit of v: [size], or one
    offset: Array = dataclasses.field(default_factory=lambda: np.zeros(0))

    @property
    def unit(self) -> Array:
        """What a weight of 1 adds to v in the step in which its spike arrives."""
        return np.asarray(self.gi * self.gv)

    @property
    def drift(self) -> Array:
        """What v - offset gets in every step from its leak."""
        return np.asarray((1 - self.b) * (self.leak - self.offset))

    @property
    def begin(self) -> Array:
        """What v - offset gets in the first step from where v begins, which is at `leak`."""
        return np.asarray(self.b * (self.leak - self.offset))

    @property
    def fires_above(self) -> Array:
        """The chip's threshold, above the offset. With ">=" it is `tie` lower, where the offset is not."""
        theta = np.asarray(self.threshold - self.offset)
        if not self.at_threshold:
            return theta
        return np.asarray(theta / (1 + self.tie) if self.lowered else theta * (1 - self.tie))

    @property
    def lowered(self) -> bool:
        """The offset is lower by `tie` instead: without a leak that is exact, in what is subtracted and in the scale."""
        return self.at_threshold and bool(np.all(self.b == 1))

    @property
    def after_spike(self) -> Array:
        """What v - offset gets one step after a spike, to be as the convention says: the chip subtracted `fires_above`
        before the leak."""
        if self.reset == "subtract_later":
            return np.asarray(self.b * self.fires_above - (self.threshold - self.v_reset))
        if self.reset == "none":
            return np.asarray(self.b * self.fires_above)
        return np.zeros(self.b.size)

    def numbered(self, place: Array | None) -> Cell:
        """The same with element i at place[i]."""
        if place is None:
            return self
        order = np.argsort(place)
        return dataclasses.replace(self, **{field.name: getattr(self, field.name)[order] for field in dataclasses.fields(self)
                                            if isinstance(getattr(self, field.name), np.ndarray)})

    @property
    def subtracts(self) -> bool:
        return self.reset in ("subtract", "subtract_later", "none")


def _factor(name: str, key: str, tau: Array, conventions: Conventions) -> Array:
    dt = conventions.dt
    if conventions.integration == "exponential" and np.all(tau > 0):
        return np.asarray(np.exp(-dt / tau))
    if np.any(tau <= 0) or np.any(tau < dt * (1 - 1e-9)):
        raise refuse(name, f"{key} is {tau.min():g}, but forward Euler with a step of dt = {dt:g} needs time constants of at "
                           "least dt; give a smaller dt")
    return np.maximum(0.0, 1 - dt / tau)


def cell_of(name: str, node: Any, shape: Shape, conventions: Conventions, threshold: Any = None) -> Cell:
    """The neurons of a node. `threshold`: of a Threshold node that reads this analog node; v is then never reset."""
    kind, dt = type(node).__name__, conventions.dt
    size = int(np.prod(shape))
    zero, one = np.zeros(size), np.ones(size)

    def value(key: str) -> Array:
        return broadcast(name, key, getattr(node, key), shape)

    cell = Cell(name, kind not in ANALOG, zero, one, one, one, zero, zero, zero, "to_value", False)
    if kind in ("I", "IF"):
        cell.gv = value("r") * dt
    if kind in ("LI", "LIF", "CubaLI", "CubaLIF"):
        tau = value("tau" if kind in ("LI", "LIF") else "tau_mem")
        cell.b = _factor(name, "tau", tau, conventions)
        cell.gv, cell.leak = value("r") * (1 - cell.b), value("v_leak")
    if kind in ("CubaLI", "CubaLIF"):
        tau_syn = value("tau_syn")
        cell.a = _factor(name, "tau_syn", tau_syn, conventions)
        cell.gi = value("w_in") * (1 - cell.a)
    if kind in ("IF", "LIF", "CubaLIF"):
        cell.threshold, cell.v_reset = value("v_threshold"), value("v_reset")
        cell.reset = conventions.of("reset", name, note(node, "reset", "to_value"))
    if kind == "Threshold":
        cell.b, cell.threshold = zero, value("threshold")
    if threshold is not None:
        cell.spiking, cell.reset = True, "none"
        cell.threshold = broadcast(name, "threshold", threshold, shape)
        cell.v_reset = np.minimum(cell.leak, cell.threshold - _span(cell))
    cell.refractory = zero + note(node, "refractory", 0.0)
    if cell.reset == "to_value_later":
        cell.refractory = np.maximum(cell.refractory, 1)
    cell.raw = bool(note(node, "raw", 0)) and threshold is None
    cell.v_scale = note(node, "v_scale", None)
    cell.alpha, cell.beta = bool(note(node, "alpha", 0)), bool(note(node, "beta", 0))
    if cell.spiking:
        cell.at_threshold = conventions.of("threshold", name, ">") == ">="
        cell.tie = TIE if np.all(cell.b == 1) else TIE_LEAKY
    choose_offset(cell)
    return cell


def _span(cell: Cell) -> Array:
    """Some voltage of the size of the neuron's own."""
    span = np.maximum(np.abs(cell.threshold - cell.leak), np.abs(cell.threshold - cell.v_reset))
    return np.where(span > 0, span, 1.0)


def choose_offset(cell: Cell) -> None:
    """V = 0 has to be silent, for layers begin one after another; what is subtracted is the threshold above it."""
    if cell.raw:
        cell.offset = np.zeros(cell.b.size)
    elif not cell.spiking:
        cell.offset = cell.leak
    elif cell.subtracts:
        cell.offset = cell.v_reset
        if np.any(cell.threshold <= cell.v_reset):
            i = int(np.argmin(cell.threshold - cell.v_reset))
            raise refuse(cell.name, f"reset by subtraction, but v_threshold {cell.threshold[i]:g} is not above v_reset "
                                    f'{cell.v_reset[i]:g} (element {i}); use reset="to_value" there')
    else:
        below = cell.threshold - (_span(cell) if cell.at_threshold else 0)
        silent = cell.threshold > cell.leak if cell.at_threshold else cell.threshold >= cell.leak
        cell.offset = np.where(silent, cell.leak, below)
    if cell.spiking and cell.lowered:
        cell.offset = cell.offset - cell.tie * (cell.threshold - cell.offset)


def raw(cell: Cell, decay_bits: int, bias: Array) -> _core.RawNeurons:
    """The neurons that to_nir read, as integers again."""
    one = 2.0**decay_bits
    keys = {"decay_v": cell.b * one, "decay_i": cell.a * one, "gain": np.log2(cell.gi * cell.gv), "theta": cell.threshold,
            "v_reset": 0 * cell.b if cell.subtracts else cell.v_reset, "subtract": 0 * cell.b + cell.subtracts,
            "bias": bias * cell.unit, "refractory": cell.refractory}
    integers = {key: np.rint(value).astype(np.int64) for key, value in keys.items()}
    return _core.RawNeurons(**{key: value for key, value in integers.items() if np.any(value)})


def physical(cell: Cell, conventions: Conventions, largest: Array, bias: Array) -> _core.PhysicalNeurons:
    """The neurons of the network. `largest` [size]: what v - offset of analog ones cannot pass. `bias` [size]: comes in
    in every step from 0 on."""
    dt_ms = conventions.dt_ms
    keys: dict[str, Any] = {"v_rest": 0.0}
    if np.all(cell.b < 1) and np.all(cell.b > 0) and not cell.beta:
        keys["tau_m_ms"] = dt_ms / (1 - cell.b)
        keys["r"] = cell.share * cell.gv / (1 - cell.b)
    else:
        keys["beta"], keys["r"] = cell.b, cell.share * cell.gv
    if cell.alpha:
        keys["alpha"], keys["w_in"] = cell.a, cell.gi
    elif np.any(cell.a > 0):
        keys["tau_syn_ms"] = dt_ms / (1 - cell.a)
        keys["w_in"] = cell.gi / (1 - cell.a)
    else:
        keys["w_in"] = cell.gi
    if cell.spiking:
        keys["v_threshold"] = cell.share * cell.fires_above
        if cell.subtracts:
            keys["reset"] = "subtract"
        if not cell.subtracts:
            keys["v_reset"] = cell.share * (cell.v_reset - cell.offset)
        if np.any(cell.refractory):
            keys["t_refractory_ms"] = cell.refractory * dt_ms
    else:
        keys["v_threshold"], keys["v_reset"] = cell.share * largest, 0.0
    if np.any(bias):
        keys["bias"] = bias
    return _core.PhysicalNeurons(**{key: value if isinstance(value, str) else _one_or_each(value)
                                    for key, value in keys.items()})


def _one_or_each(value: Any) -> Any:
    """One number where all are equal: a short network file."""
    array = np.asarray(value, np.float64)
    return float(array.flat[0]) if array.size and np.all(array == array.flat[0]) else array
