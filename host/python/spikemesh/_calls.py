# SPDX-License-Identifier: Apache-2.0
"""Calls that do not fit raise a TypeError that names the argument: not the binding's signatures, and the nearest name of one
that does not exist."""

from __future__ import annotations

import ast
import difflib
import functools
import inspect
import re
from collections.abc import Iterable
from typing import Any, Callable, TypeVar

import numpy as np

from ._core import InputError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Class = TypeVar("_Class", bound=type)

_FOREIGN = ("incompatible function arguments", "incompatible constructor arguments")
_SIGNATURE = re.compile(r"^(?:\d+\. )?\w+\((.*)\)(?: -> .*)?$")
_PARAMETER = re.compile(r"(\w+): ((?:[^,\[]|\[[^\]]*\])+?)(?: = (.*?))?(?:, |$)")
#: What other simulators call it.
_ALSO = {"v_th": "v_threshold", "v_thresh": "v_threshold", "V_th": "v_threshold", "theta_v": "v_threshold", "threshold": "v_threshold",
         "E_L": "v_rest", "V_reset": "v_reset", "tau_m": "tau_m_ms", "tau": "tau_m_ms", "tau_mem": "tau_m_ms", "tau_syn": "tau_syn_ms",
         "tau_syn_ex": "tau_syn_ms", "t_ref": "t_refractory_ms", "tau_refrac": "t_refractory_ms", "refractory": "t_refractory_ms",
         "I_e": "bias", "i_offset": "bias", "tau_plus": "tau_pre_ms", "tau_minus": "tau_post_ms", "tau_pre": "tau_pre_ms",
         "tau_post": "tau_post_ms", "taupre": "tau_pre_ms", "taupost": "tau_post_ms", "A_plus": "a_plus", "A_minus": "a_minus",
         "Apre": "a_plus", "Apost": "a_minus", "wmax": "w_max", "Wmax": "w_max", "wmin": "w_min", "rate": "rate_hz", "rates": "rate_hz",
         "weights": "weight", "w": "weight", "delays": "delay", "p": "probability"}
_PLAIN: dict[str, Any] = {"str": str, "bool": bool, "int": int, "float": (int, float)}


def nearest(unknown: str, names: Iterable[str]) -> str:
    """What may have been meant, or what there is."""
    listed = list(names)
    near = [_ALSO[unknown]] if _ALSO.get(unknown) in listed else difflib.get_close_matches(unknown, listed, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(listed) or 'none'}"


def whole(value: Any, name: str, remedy: str = "round it") -> int:
    """A whole number of any type, such as 1e3 or 100 / 0.5, as an int."""
    if isinstance(value, (int, np.integer)):
        return int(value)
    given = np.asarray(value)
    if given.ndim == 0 and given.dtype.kind in "iuf" and np.isfinite(given) and given == np.rint(given):
        return int(given)
    raise InputError(f"{name} {value!r}, but a whole number is needed; {remedy}")


def helpful(function: _Function) -> _Function:
    """A function of Python whose TypeError names the nearest argument."""
    names = [name for name, each in inspect.signature(function).parameters.items()
             if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY) and name != "self"]

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for unknown in kwargs.keys() - names:
            raise TypeError(f"{function.__qualname__.removesuffix('.__init__')}: no argument {unknown}; {nearest(unknown, names)}")
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]


def helpful_class(cls: _Class) -> _Class:
    """The same for a class: its constructor and its public methods."""
    for name, member in list(vars(cls).items()):
        if inspect.isfunction(member) and (name == "__init__" or not name.startswith("_")):
            setattr(cls, name, helpful(member))
    return cls


def make_clear(*classes: type) -> None:
    """Wraps the methods and constructors of these classes of the extension, and gives them signatures: notebooks then complete
    the names of arguments."""
    for each in classes:
        for name, member in list(vars(each).items()):
            if callable(member) and (name == "__init__" or not name.startswith("_")):
                setattr(each, name, _clear(member, each.__name__ if name == "__init__" else f"{each.__name__}.{name}"))


def _clear(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if not any(part in str(error) for part in _FOREIGN):
                raise
            message = f"{name}: {_what_is_wrong(function.__doc__ or '', args[1:], kwargs)}"
        raise TypeError(message)

    signature = _signature(function.__doc__ or "")
    if signature is not None:
        call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def _parameters(line: str) -> tuple[dict[str, tuple[str, bool]], int]:
    """Name -> (type, whether it may be left out) of a signature without self, and how many go by position."""
    match = _SIGNATURE.match(line)
    text = match[1] if match else ""
    positional = text.split("*, ")[0] if "*, " in text else text
    found = {each[1]: (each[2], each[3] is not None) for each in _PARAMETER.finditer(text.replace("*, ", ""))}
    found.pop("self", None)
    return found, sum(each[1] != "self" for each in _PARAMETER.finditer(positional))


def _signature(doc: str) -> inspect.Signature | None:
    """Of a docstring of the binding: the first signature, with the types of all."""
    lines = [line for line in doc.splitlines() if _SIGNATURE.match(line) and "*args" not in line]
    if not lines:
        return None
    kinds: dict[str, dict[str, None]] = {}
    for line in lines:
        for name, (type_, _) in _parameters(line)[0].items():
            kinds.setdefault(name, {})[type_.rsplit(".", 1)[-1]] = None
    text = _SIGNATURE.match(lines[0])[1]  # type: ignore[index]
    keywords = text.find("*, ")
    given = []
    for each in _PARAMETER.finditer(text.replace("*, ", "   ", 1)):
        kind = inspect.Parameter.KEYWORD_ONLY if 0 <= keywords < each.start() else inspect.Parameter.POSITIONAL_OR_KEYWORD
        types = [name for name in kinds.get(each[1], {}) if name != "object"]
        given.append(inspect.Parameter(each[1], kind, default=inspect.Parameter.empty if each[3] is None else _default(each[3]),
                                       annotation=_Written(" | ".join(types)) if types else inspect.Parameter.empty))
    return inspect.Signature(given)


def _default(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _Written(text)


class _Written(str):
    """Stands in a signature as it is."""

    def __repr__(self) -> str:
        return str(self)


def _what_is_wrong(doc: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    signatures = [_parameters(line) for line in doc.splitlines() if _SIGNATURE.match(line) and "*args" not in line]
    names = {name for parameters, _ in signatures for name in parameters}
    for unknown in kwargs.keys() - names:
        return f"no argument {unknown}; {nearest(unknown, sorted(names))}"
    parameters, positional = signatures[0]
    if len(args) > positional:
        return f"{len(args)} arguments by position, but it takes {positional}; name the others: {', '.join(list(parameters)[positional:])}"
    given = dict(zip(parameters, args))
    for name in kwargs.keys() & given.keys():
        return f"{name} is given twice; remove one"
    given.update(kwargs)
    missing = [name for name, (_, optional) in parameters.items() if not optional and name not in given]
    if missing:
        return f"the argument {missing[0]} is missing"
    for name, value in given.items():
        wanted = [each[name][0].rsplit(".", 1)[-1] for each, _ in signatures if name in each]
        if not any(kind == "object" or type(value).__name__ == kind or isinstance(value, _PLAIN.get(kind, ())) for kind in wanted):
            return f"{name} is {_article(type(value).__name__)}, but {' or '.join(map(_article, dict.fromkeys(wanted)))} is needed"
    return "these arguments do not go together; help() shows what it takes"


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
