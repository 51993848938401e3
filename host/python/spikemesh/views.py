# SPDX-License-Identifier: Apache-2.0
"""Parts of a network, for reading, changing and printing: a change is made in the network, after every check."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._calls import nearest
from .draws import draw, is_drawn
from ._html import table

if TYPE_CHECKING:
    import numpy.typing as npt

    from .network import Network as _Network

RAW = ("theta", "v_reset", "subtract", "bias", "decay_i", "decay_v", "gain", "refractory", "adapt_step", "decay_adapt")
PHYSICAL = ("tau_m_ms", "beta", "tau_syn_ms", "alpha", "v_threshold", "v_rest", "v_reset", "r", "w_in", "bias", "t_refractory_ms",
            "adapt_step", "tau_adapt_ms", "reset")
_SETTINGS = ("shape", "adapt", "v_scale", "v", "i")  # of a population, beside the parameters of its neurons
RULE = ("tau_pre_ms", "tau_post_ms", "a_plus", "a_minus", "w_min", "w_max", "x_target", "bounds", "pre_max", "post_max")


def shown(value: Any) -> str:
    """A parameter in a few characters: a number, or what an array holds."""
    if np.ndim(value) == 0:
        return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else repr(value)
    array = np.asarray(value)
    return f"{array.min():g}..{array.max():g} [{array.size}]" if array.size else "[]"


def parameters(neurons: Any) -> dict[str, Any]:
    """Those that were given."""
    names = RAW if isinstance(neurons, _core.RawNeurons) else PHYSICAL
    given = {name: getattr(neurons, name) for name in names} | getattr(neurons, "_drawn", {})
    return {name: value for name, value in given.items() if value is not None and (name, value if name == "reset" else "") != ("reset", "to_value")}


def accept_drawn(cls: type) -> None:
    """Lets the parameters of neurons be distributions, which are drawn where neurons get them: only then is it known how many."""
    plain = cls.__init__  # type: ignore[misc]

    @functools.wraps(plain)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        drawn = {name: value for name, value in kwargs.items() if is_drawn(value)}
        plain(self, *args, **{name: value for name, value in kwargs.items() if name not in drawn})
        self._drawn = drawn

    cls.__init__ = init  # type: ignore[misc]


def drawn_for(neurons: Any, population: str, size: int) -> Any:
    """The same neurons, with numbers for the distributions among their parameters."""
    raw = isinstance(neurons, _core.RawNeurons)
    given = {name: getattr(neurons, name) for name in (RAW if raw else PHYSICAL)}
    for name, value in getattr(neurons, "_drawn", {}).items():
        numbers = draw(value, f"{population} {name}", size)
        given[name] = np.rint(numbers) if raw else numbers
    return type(neurons)(**given)


def neurons_repr(neurons: Any) -> str:
    """As it would be written."""
    return f"{type(neurons).__name__}({', '.join(f'{name}={shown(value)}' for name, value in parameters(neurons).items())})"


def neurons_html(neurons: Any) -> str:
    """As a table, for notebooks."""
    return table([type(neurons).__name__, ""], [[name, shown(value)] for name, value in parameters(neurons).items()])


class PopulationView:
    """A population of a network: `network["exc"]`. Parameters of its neurons are attributes, which can be changed:
    `network["exc"].v_threshold = 1.2`."""

    _network: _Network
    _id: int

    def __init__(self, network: _Network, number: int):
        object.__setattr__(self, "_network", network)
        object.__setattr__(self, "_id", number)
        self._held()

    def _held(self) -> dict[str, Any]:
        return self._network._population(self._id)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._held()["name"])

    @property
    def size(self) -> int:
        """Number of neurons."""
        return int(self._held()["size"])

    @property
    def neurons(self) -> _core.RawNeurons | _core.PhysicalNeurons | None:
        """A copy of the parameters; assign to change all of them. None: an input population."""
        return self._held()["neurons"]  # type: ignore[no-any-return]

    @property
    def recorded(self) -> npt.NDArray[np.uint32]:
        """[n]: the neurons whose spikes come back."""
        return self._held()["recorded"]  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        held = self._held()
        if name in (*_SETTINGS, "tiles", "max_spikes_per_step"):
            return held[name]
        if name not in dir(held["neurons"]) or held["neurons"] is None:
            raise AttributeError(self._unknown(name, held["neurons"]))
        return getattr(held["neurons"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        held = self._held()
        if name == "neurons" and getattr(value, "_drawn", None):
            value = drawn_for(value, self.name, self.size)
        if is_drawn(value):
            value = draw(value, f"{self.name} {name}", self.size)
            value = np.rint(value) if isinstance(held["neurons"], _core.RawNeurons) and name in RAW else value
        if name == "neurons" or (name == "max_spikes_per_step" and held["neurons"] is None):
            self._network._change_population(self._id, "neurons", value)
        elif name in ("recorded", *_SETTINGS):
            self._network._change_population(self._id, name, value)
        elif held["neurons"] is not None and name in (RAW if isinstance(held["neurons"], _core.RawNeurons) else PHYSICAL):
            setattr(held["neurons"], name, value)
            self._network._change_population(self._id, "neurons", held["neurons"])
        else:
            raise AttributeError(self._unknown(name, held["neurons"]))

    def _unknown(self, name: str, neurons: Any) -> str:
        names = RAW if isinstance(neurons, _core.RawNeurons) else PHYSICAL if neurons is not None else ()
        return f'population "{self.name}": no {name}; {nearest(name, [*names, "name", "size", "neurons", "recorded", *_SETTINGS])}'

    def __dir__(self) -> list[str]:
        neurons = self.neurons
        names = RAW if isinstance(neurons, _core.RawNeurons) else PHYSICAL if neurons is not None else ("max_spikes_per_step",)
        return ["name", "size", "neurons", "recorded", "tiles", "most_current", *_SETTINGS, *names]

    @property
    def most_current(self) -> float | None:
        """The largest current of a current source (`add_current`); None: it is none."""
        most = self._network._most_current(self._id)
        return most if most > 0 else None

    def _kind(self) -> str:
        neurons = self.neurons
        if neurons is None and self.most_current is not None:
            return "inputs as a current source"
        return "input" if neurons is None else "raw neurons" if isinstance(neurons, _core.RawNeurons) else "neurons"

    def _row(self) -> list[str]:
        neurons = self.neurons
        given = f"max_spikes_per_step={shown(self.max_spikes_per_step)}" if neurons is None else ", ".join(
            f"{name}={shown(value)}" for name, value in {**parameters(neurons), **self._settings()}.items())
        if neurons is None and (most := self.most_current) is not None:
            given = f"{-most:g} to {most:g} in steps of {most / 2 ** (self.size - 1):g}"
        return [self.name, " x ".join(map(str, self.shape)), self._kind(), given]

    def _settings(self) -> dict[str, Any]:
        """What was given besides the parameters of its neurons."""
        held = self._held()
        return {name: held[name] for name in ("adapt", "v_scale", "v", "i") if held[name] is not None}

    def __repr__(self) -> str:
        name, size, kind, given = self._row()
        recorded = len(self.recorded)
        what = "" if recorded == 0 else ", recorded" if recorded == self.size else f", {recorded} recorded"
        return f'"{name}": {size} {kind}{what}, {given}'

    def _repr_html_(self) -> str:
        neurons = self.neurons
        given = {"max_spikes_per_step": self.max_spikes_per_step} if neurons is None else {**parameters(neurons), **self._settings()}
        return table([self.name, self._kind()], [["size", str(self.size)], ["recorded", str(len(self.recorded))],
                                                 *([name, shown(value)] for name, value in given.items())])


class ProjectionView:
    """A projection of a network: `network.projections[0]`. weight, delay, delay_ms and rule can be changed."""

    def __init__(self, network: _Network, number: int):
        self._network, self._id = network, number

    def _held(self) -> dict[str, Any]:
        return self._network._projection(self._id)

    @property
    def number(self) -> int:
        """What the connect function returned."""
        return self._id

    @property
    def from_(self) -> str:
        """The population that sends."""
        return str(self._held()["from_"])

    @property
    def to(self) -> str:
        """The population that receives."""
        return str(self._held()["to"])

    @property
    def connect(self) -> str:
        """How its synapses are listed, as in a network file: all_to_all, one_to_one, dense, sparse, conv2d or pool2d."""
        return str(self._held()["connect"])

    @property
    def pre(self) -> npt.NDArray[np.uint32]:
        """[n]: the neuron that sends, of each synapse."""
        return self._held()["pre"]  # type: ignore[no-any-return]

    @property
    def post(self) -> npt.NDArray[np.uint32]:
        """[n]: the neuron that receives, of each synapse."""
        return self._held()["post"]  # type: ignore[no-any-return]

    @property
    def weight(self) -> npt.NDArray[np.float64]:
        """[n]: of each synapse; assign one number, or [n]."""
        return self._held()["weight"]  # type: ignore[no-any-return]

    @weight.setter
    def weight(self, value: npt.ArrayLike) -> None:
        self._network._change_projection(self._id, value, None, False)

    @property
    def delay(self) -> npt.NDArray[np.uint32]:
        """[n]: in steps, of each synapse; assign one number, or [n]."""
        return self._held()["delay"]  # type: ignore[no-any-return]

    @delay.setter
    def delay(self, value: npt.ArrayLike) -> None:
        self._network._change_projection(self._id, None, value, False)

    @property
    def delay_ms(self) -> npt.NDArray[np.float64]:
        """[n]: in milliseconds, of each synapse; assign one number, or [n]."""
        return np.asarray(self.delay * self._network.dt_ms)

    @delay_ms.setter
    def delay_ms(self, value: npt.ArrayLike) -> None:
        self._network._change_projection(self._id, None, self._network._steps(None, value, self._id), True)

    @property
    def rule(self) -> str | None:
        """The name of its learning rule; assign the name of another, or None."""
        return self._held()["rule"]  # type: ignore[no-any-return]

    @rule.setter
    def rule(self, name: str | None) -> None:
        if name is None:
            self._network._forget_rule(self._id)
        else:
            self._network.set_rule(self._id, name)

    def __len__(self) -> int:
        return len(self.pre)

    def _row(self) -> list[str]:
        held = self._held()
        weight, delay = held["weight"], held["delay"] * self._network.dt_ms
        each = [f"{v.min():g}" if len(v) and v.min() == v.max() else f"{v.min():g}..{v.max():g}" if len(v) else "" for v in (weight, delay)]
        return [str(self._id), held["from_"], held["to"], str(len(weight)), each[0], each[1], held["rule"] or ""]

    def __repr__(self) -> str:
        number, from_, to, count, weight, delay, rule = self._row()
        return f"{number}: {from_} -> {to}, {count} synapses, weight {weight}, delay {delay} ms{f', rule {rule}' if rule else ''}"

    def _repr_html_(self) -> str:
        return table(["", "from", "to", "synapses", "weight", "delay (ms)", "rule"], [self._row()])


class RuleView:
    """A learning rule of a network: `network.rules["stdp"]`. Its parameters, named as in add_rule, can be changed."""

    _network: _Network
    _id: int

    def __init__(self, network: _Network, number: int):
        object.__setattr__(self, "_network", network)
        object.__setattr__(self, "_id", number)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._network._rule(self._id)["name"])

    @property
    def number(self) -> int:
        """What add_rule returned."""
        return self._id

    def __getattr__(self, name: str) -> Any:
        if name not in RULE:
            raise AttributeError(self._unknown(name))
        return self._network._rule(self._id)[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in RULE:
            raise AttributeError(self._unknown(name))
        changed = {**self._network._rule(self._id), name: value}
        own = changed.pop("name")
        trial = self._network.copy()
        trial.add_rule(f"{own} changed", **changed)
        trial._replace_rule(self._id)
        self._network._assign(trial)

    def _unknown(self, name: str) -> str:
        return f'no {name} in a rule; {nearest(name, RULE)}'

    def __dir__(self) -> list[str]:
        return ["name", "number", *RULE]

    def _row(self) -> list[str]:
        held = self._network._rule(self._id)
        return [held["name"], ", ".join(f"{name}={shown(held[name])}" for name in RULE if held[name] is not None)]

    def __repr__(self) -> str:
        name, given = self._row()
        return f'rule "{name}": {given}'

    def _repr_html_(self) -> str:
        held = self._network._rule(self._id)
        return table([held["name"], "rule"], [[name, shown(held[name])] for name in RULE if held[name] is not None])
