# SPDX-License-Identifier: Apache-2.0
"""What is recorded during a run, as a mapping or as the probes of --record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union

import numpy as np

from . import _core
from ._calls import nearest

#: Probes of --record, or a mapping: quantity -> population, (population, neurons) or a list of them; for weights (from, to) or
#: (from, to, neurons); and "every", in steps, or "end". None: nothing.
Record = Union[str, Sequence[str], Mapping[str, Any], None]
_QUANTITIES = ("v", "i", "weight", "spikes")


def probes_of(record: Record) -> list[str]:
    """As the extension takes them."""
    if record is None:
        return []
    if isinstance(record, str):
        return [record]
    if not isinstance(record, Mapping):
        return list(record)
    every = record.get("every", 1)
    if isinstance(every, (float, np.floating)) and every == int(every):
        every = int(every)
    if every != "end" and not (isinstance(every, (int, np.integer)) and every >= 1):
        raise _core.InputError(f'record: every {every!r}, but a number of steps or "end" is needed')
    when = "" if every == 1 else f"@{every}"
    probes = []
    for quantity, wanted in record.items():
        if quantity == "every":
            continue
        if quantity not in _QUANTITIES:
            raise _core.InputError(f'record: no quantity "{quantity}"; {nearest(quantity, [*_QUANTITIES, "every"])}')
        for each in wanted if isinstance(wanted, list) else [wanted]:
            probes.append(f"{quantity}:{_place(quantity, each)}{'' if quantity == 'spikes' else when}")
    return probes


def _place(quantity: str, wanted: Any) -> str:
    parts = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    names = 2 if quantity == "weight" and not (len(parts) == 1 and "," in parts[0]) else 1
    if not names <= len(parts) <= names + 1 or not all(isinstance(part, str) for part in parts[:names]):
        form = '("FROM", "TO")' if quantity == "weight" else '"POPULATION"'
        raise _core.InputError(f"record: {quantity} {wanted!r}, but {form}, or {form[:-1] if quantity == 'weight' else '(' + form}, neurons) is needed")
    neurons = "" if len(parts) == names else f"[{','.join(str(int(each)) for each in np.atleast_1d(parts[names]))}]"
    return ",".join(parts[:names]) + neurons
