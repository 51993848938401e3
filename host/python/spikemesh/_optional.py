# SPDX-License-Identifier: Apache-2.0
"""Packages that SpikeMesh uses where they are installed."""

from __future__ import annotations

import importlib
from typing import Any

from . import _core


def needed(package: str, caller: str) -> Any:
    """The module, or an error that says who needs it and how to install it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise _core.InputError(f"{caller}: {error}; install it: pip install {error.name or package}") from None
