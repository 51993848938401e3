# SPDX-License-Identifier: Apache-2.0
"""python -m spikemesh.live NETWORK --listen tcp:PORT: a chip, or an emulated one, in a live loop."""

from __future__ import annotations

import argparse
import sys

from .. import _core
from ..machine import Machine
from ..network import load_network
from . import Live


def main(arguments: list[str] | None = None) -> int:
    """Serves one client after another until it is interrupted; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m spikemesh.live", description="events into a running chip, spikes out (docs/data.md)")
    parser.add_argument("network", help="network file")
    parser.add_argument("--listen", default="tcp:127.0.0.1:0", help="tcp:HOST:PORT or udp:HOST:PORT; port 0: any that is free (%(default)s)")
    parser.add_argument("--input", action="append", help="input population; repeatable (all)")
    parser.add_argument("--output", action="append", help="recorded population; repeatable (all)")
    parser.add_argument("--step-ms", type=float, help="wall time of a step (the client ends each step)")
    parser.add_argument("--size", help="WIDTHxHEIGHT: events come as faery's UDP output sends them")
    parser.add_argument("--executor", default="reference", help="reference, model, rtl or lockstep (%(default)s)")
    parser.add_argument("--config", help="build, or a JSON file")
    parser.add_argument("--port", help="port of a chip, instead of an executor")
    parser.add_argument("--baud", type=int, default=115200)
    parser.add_argument("--clients", type=int, help="ends after so many clients")
    options = parser.parse_args(arguments)
    try:
        size = None if options.size is None else tuple(map(int, options.size.split("x")))
        if size is not None and len(size) != 2:
            raise ValueError
    except ValueError:
        parser.error(f"--size {options.size}: WIDTHxHEIGHT is needed, such as 34x34")
    try:
        _serve(options, size)
    except KeyboardInterrupt:
        return 130
    except _core.Error as error:
        print(f"python -m spikemesh.live: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(options: argparse.Namespace, size: tuple[int, ...] | None) -> None:
    network = load_network(options.network)
    kinds = {each.name: each for each in network}
    inputs = options.input or [name for name, each in kinds.items() if each.neurons is None]
    outputs = options.output or [name for name, each in kinds.items() if each.neurons is not None and len(each.recorded)]
    with Machine(options.executor, options.config, port=options.port, baud=options.baud) as machine:
        machine.load(network)
        with Live(machine, inputs, outputs, listen=options.listen, step_ms=options.step_ms, size=size) as live:  # type: ignore[arg-type]
            print(live.place, flush=True)
            served = 0
            while options.clients is None or served < options.clients:
                print(live.serve(), flush=True)
                served += 1


if __name__ == "__main__":
    sys.exit(main())
