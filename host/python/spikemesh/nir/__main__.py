# SPDX-License-Identifier: Apache-2.0
"""python -m spikemesh.nir net.nir -o net.json: a NIR graph as a network file."""

from __future__ import annotations

import argparse
import sys
import warnings

from .. import _core
from .importer import DT, from_nir
from .neurons import RESETS, THRESHOLDS
from .notes import NirWarning


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(number) for number in text.split(","))
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1:
        raise argparse.ArgumentTypeError(f'"{text}", but integers of at least 1 with commas are needed, as in 2,34,34')
    return shape


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m spikemesh.nir", description="Turns a NIR graph into a network file, with "
                                     "NAME.ports.json beside it: populations, shapes and shifts of inputs and outputs.",
                                     epilog="docs/nir.md explains the options.")
    parser.add_argument("nir", help="NIR file (HDF5)")
    parser.add_argument("-o", "--output", required=True, help="network file to write (JSON)")
    parser.add_argument("--dt", type=float, help=f"step, in the unit of the graph's time constants ({DT:g})")
    parser.add_argument("--dt-ms", type=float, help="milliseconds of a step of the chip (1000 * dt)")
    parser.add_argument("--input-shape", type=_shape, help="of the Input nodes, as channels,height,width")
    parser.add_argument("--reset", choices=RESETS, help=f"what a spike does to v ({RESETS[0]})")
    parser.add_argument("--threshold", default=THRESHOLDS[0], choices=THRESHOLDS, help="when a neuron fires (%(default)s)")
    parser.add_argument("--integration", default="euler", choices=("euler", "exponential"), help="how time constants become factors (%(default)s)")
    parser.add_argument("--input-step", default="same", choices=("same", "next"), help="step in which an input acts (%(default)s)")
    parser.add_argument("--max-spikes-per-step", type=int, help="of an input neuron (1)")
    parser.add_argument("--weight-bits", type=int, default=16, help="16..20, of the strongest weight into a neuron; above 16 "
                        "it takes several synapses (%(default)s)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NirWarning)  # the report has them
            imported = from_nir(options.nir, options.dt, dt_ms=options.dt_ms, input_shape=options.input_shape,
                                reset=options.reset, threshold=options.threshold, input_step=options.input_step,
                                max_spikes_per_step=options.max_spikes_per_step, weight_bits=options.weight_bits,
                                integration=options.integration)
        imported.save(options.output)
    except (_core.Error, OSError) as error:
        print(f"spikemesh.nir: {error}", file=sys.stderr)
        return 1
    print(imported.report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
