# SPDX-License-Identifier: Apache-2.0
"""Connectivity that people have: SONATA, edge lists, graphs (docs/data.md)."""

from .edges import Edges, read_edges
from .sonata import Sonata, read_sonata, read_sonata_spikes

__all__ = ["Edges", "Sonata", "read_edges", "read_sonata", "read_sonata_spikes"]
