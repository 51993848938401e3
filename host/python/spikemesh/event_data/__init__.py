# SPDX-License-Identifier: Apache-2.0
"""Events of cameras and other sensors: reading, cropping, down-sampling, binning (docs/data.md)."""

from .files import read_event_stream
from .spoken import SpokenDigits
from .stream import EventStream, binned

__all__ = ["EventStream", "SpokenDigits", "binned", "read_event_stream"]
