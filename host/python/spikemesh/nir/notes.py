# SPDX-License-Identifier: Apache-2.0
"""What to_nir notes in the metadata of nodes and from_nir reads there."""

from __future__ import annotations

from typing import Any

import numpy as np

KEY = "spikemesh"


class NirWarning(UserWarning):
    """The network does not do exactly what the NIR graph says, or the graph not what the network does; the message tells
    how far off it is."""


def noted(**notes: Any) -> dict[str, Any]:
    """Metadata of a node. nir writes arrays of at least one axis, and plain numbers."""
    return {KEY: {key: value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
                  for key, value in notes.items()}}


def note(node: Any, key: str, otherwise: Any) -> Any:
    """What metadata say under a key: numbers as they are, text as str."""
    notes = (getattr(node, "metadata", None) or {}).get(KEY, {})
    value = notes.get(key, otherwise) if isinstance(notes, dict) else otherwise
    if isinstance(value, bytes):
        value = value.decode()
    return value.item() if isinstance(value, np.generic) else value
