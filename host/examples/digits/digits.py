# SPDX-License-Identifier: Apache-2.0
"""The digits network from Python: digits.py [EXECUTOR [IMAGES [spikes.csv]]]; prints how many are right."""
import pathlib
import sys

import numpy as np

import coding
import spikemesh

executor, images, out = (sys.argv[1:] + ["reference", "594", ""][len(sys.argv) - 1:])[:3]
_, _, test_x, test_y = coding.split()
test_x, test_y = test_x[:int(images)], test_y[:int(images)]

network = spikemesh.load_network(pathlib.Path(__file__).with_name("network.json"))
spikes = spikemesh.run(network, {"pixel": coding.spikes(test_x)}, coding.STEPS, executor=executor)

answers = coding.label(spikes.counts("digit"))
print(f"{np.sum(answers == test_y)} of {len(test_y)} digits right; {spikes} on {executor}")
if out:
    spikes.write(out)
