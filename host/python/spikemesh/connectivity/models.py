# SPDX-License-Identifier: Apache-2.0
"""Point neurons of SONATA's node types as neurons of the chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import _core

#: Models whose equations the chip computes, after their simulator's prefix.
EXPONENTIAL = ("iaf_psc_exp",)
DELTA = ("iaf_psc_delta",)
_DEFAULTS = {"C_m": 250.0, "tau_m": 10.0, "E_L": -70.0, "V_th": -55.0, "V_reset": -70.0, "t_ref": 2.0, "tau_syn_ex": 2.0, "tau_syn_in": 2.0,
             "I_e": 0.0}  # NEST's


def of_type(template: str, parameters: Mapping[str, Any], dt_ms: float, place: str) -> dict[str, float]:
    """Keys of PhysicalNeurons, in mV, ms and pA, of one node type."""
    name = template.split(":")[-1]
    if name not in EXPONENTIAL + DELTA:
        raise _core.InputError(f'{place}: model_template "{template}" is not on the chip; {", ".join(EXPONENTIAL + DELTA)} are, and '
                               "read_sonata(neurons=...) takes neurons instead of it")
    unknown = set(parameters) - set(_DEFAULTS) - {"V_m"}
    if unknown:
        raise _core.InputError(f"{place}: {', '.join(sorted(unknown))} of {name} cannot be taken over; known are {', '.join(_DEFAULTS)}")
    value = {**_DEFAULTS, **{key: float(each) for key, each in parameters.items()}}
    resistance = value["tau_m"] / value["C_m"]  # GOhm: mV for each pA
    keys = {"tau_m_ms": value["tau_m"], "v_rest": value["E_L"], "v_threshold": value["V_th"], "v_reset": value["V_reset"],
            "t_refractory_ms": value["t_ref"]}
    b = np.exp(-dt_ms / value["tau_m"])
    if name in DELTA:  # a spike moves v by its weight, in mV
        return {**keys, "r": 1.0, "w_in": 1 / (1 - b), "bias": resistance * value["I_e"] * (1 - b)}
    if value["tau_syn_ex"] != value["tau_syn_in"]:
        raise _core.InputError(f"{place}: tau_syn_ex {value['tau_syn_ex']:g} and tau_syn_in {value['tau_syn_in']:g}, but a neuron of the chip has one "
                               "time constant for both; make them equal, or give neurons=")
    a = np.exp(-dt_ms / value["tau_syn_ex"])  # a spike adds its weight, in pA, to the current at once
    return {**keys, "tau_syn_ms": value["tau_syn_ex"], "r": resistance, "w_in": 1 / (1 - a), "bias": value["I_e"] * (1 - a)}
