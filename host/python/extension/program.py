#!python
# SPDX-License-Identifier: Apache-2.0
# bin/spikemesh of a Python environment: the program lies in the package.
import importlib.util
import os
import sys

package = importlib.util.find_spec("spikemesh")
if package is None or not package.submodule_search_locations:
    sys.exit("spikemesh: this Python has no package spikemesh; install it again (pip install)")
program = os.path.join(package.submodule_search_locations[0], "bin", "spikemesh")
os.execv(program, [program, *sys.argv[1:]])
