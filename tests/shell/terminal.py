# SPDX-License-Identifier: Apache-2.0
"""A command whose stderr is a terminal."""
import os
import pty
import subprocess


def on_terminal(command, timeout=500, **options):
    """(what the command says on the terminal, its exit code)"""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=theirs, **options) as process:
        os.close(theirs)
        said = b""
        try:
            while block := os.read(ours, 4096):
                said += block
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        return said.decode(), process.wait(timeout)
