# SPDX-License-Identifier: Apache-2.0
"""mpirun, for tests of commands that several processes do together."""
import os
import shutil
import subprocess
import sys

SKIPPED = 77


def found():
    """The path of mpirun; ends the test as skipped where it starts no process."""
    mpirun = shutil.which("mpirun")
    if mpirun is None:
        print("SKIPPED: mpirun is not installed (apt install openmpi-bin libopenmpi-dev)")
        sys.exit(SKIPPED)
    for name in ("ALLOW_RUN_AS_ROOT", "ALLOW_RUN_AS_ROOT_CONFIRM", "MCA_rmaps_base_oversubscribe"):
        os.environ[f"OMPI_{name}"] = "1"
    probe = subprocess.run([mpirun, "-n", "2", "true"], capture_output=True, text=True, timeout=60, check=False)
    if probe.returncode != 0:
        print(f"SKIPPED: mpirun starts no process on this machine: {probe.stderr}")
        sys.exit(SKIPPED)
    return mpirun
