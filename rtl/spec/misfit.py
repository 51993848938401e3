# SPDX-License-Identifier: Apache-2.0
"""What stops the generator."""


class Misfit(Exception):
    """chip.json contradicts itself; the message names the path."""
