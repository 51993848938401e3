# SPDX-License-Identifier: Apache-2.0
"""Events into a running chip and its spikes out, over TCP or UDP (docs/data.md)."""

from .client import LiveClient
from .server import Live, LiveReport

__all__ = ["Live", "LiveClient", "LiveReport"]
