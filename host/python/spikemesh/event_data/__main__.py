# SPDX-License-Identifier: Apache-2.0
"""python -m spikemesh.event_data FILE -o EVENTS.npy: what `spikemesh run --events` takes."""

from __future__ import annotations

import argparse
import sys

from .. import _core
from . import read_event_stream


def main(arguments: list[str] | None = None) -> int:
    """Converts a file of events; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m spikemesh.event_data", description="converts a file of events to .npy (docs/data.md)")
    parser.add_argument("file", help=".raw, .dat, .aedat4, .es, .h5, .hdf5, .bs2, .bin, .csv or .npy")
    parser.add_argument("-o", "--out", required=True, help=".npy file to write: the fields t (microseconds), x, y, p")
    parser.add_argument("--size", help="WIDTHxHEIGHT of the sensor, where the file does not say it")
    parser.add_argument("--recording", type=int, default=0, help="which recording of an HDF5 file")
    parser.add_argument("--from-first", action="store_true", help="the time of the first event becomes 0")
    options = parser.parse_args(arguments)
    try:
        size = None if options.size is None else tuple(map(int, options.size.lower().split("x")))
        if size is not None and len(size) != 2:
            raise ValueError
    except ValueError:
        parser.error(f"--size {options.size}: WIDTHxHEIGHT is needed, such as 34x34")
    try:
        stream = read_event_stream(options.file, size, recording=options.recording)
        stream = stream.from_first() if options.from_first else stream
        stream.save(options.out)
    except (_core.InputError, OSError) as error:
        print(f"python -m spikemesh.event_data: {error}", file=sys.stderr)
        return 1
    print(f"{options.out}: {stream!r}, layout size={stream.size[0]}x{stream.size[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
