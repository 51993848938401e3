# SPDX-License-Identifier: Apache-2.0
"""The braille network: what its example prints, and the network file of `python -m spikemesh.nir` on the RTL."""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import spikemesh as sm

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "host" / "examples" / "braille"
RIGHT = "0 of 9728 hidden spike bits differ"


class Braille(unittest.TestCase):
    def test_example_finds_no_difference(self):
        for executor in ("reference", "model"):
            with self.subTest(executor):
                done = subprocess.run([sys.executable, EXAMPLE / "braille.py", executor], capture_output=True, text=True, timeout=100)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assertIn(RIGHT, done.stdout)

    def test_network_file_gives_the_same_on_rtl(self):
        reading = np.load(EXAMPLE / "data" / "braille_sample0_input.npy")
        published = np.load(EXAMPLE / "data" / "braille_bias_zero.snntorch_activity.npy")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            subprocess.run([sys.executable, "-m", "spikemesh.nir", EXAMPLE / "data" / "braille_bias_zero.nir", "-o", folder / "net.json"],
                           check=True, stdout=subprocess.DEVNULL)
            ports = json.loads((folder / "net.ports.json").read_text(encoding="utf-8"))
            network = sm.load_network(folder / "net.json")
            network.record("lif1.lif")
            network.save(folder / "net.json")
            with open(folder / "inputs.csv", "w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file)
                rows.writerow(("step", "population", "neuron"))
                rows.writerows((step, ports["inputs"]["input"]["population"], channel) for step, channel in np.argwhere(reading))
            subprocess.run([os.environ["SPIKEMESH_PROGRAM"], "run", folder / "net.json", "--input", folder / "inputs.csv", "--steps", "258",
                            "--executor", "rtl", "--out", folder / "out"], check=True, stdout=subprocess.DEVNULL)
            hidden = sm.read_spikes(folder / "out" / "spikes.csv")["lif1.lif"]
        activity = np.zeros(published.shape)
        hidden = hidden[hidden["step"] <= 256]
        activity[hidden["step"].astype(int) - ports["shifts"]["lif1.lif"], hidden["neuron"]] = 1
        self.assertEqual(activity.sum(), 119)
        np.testing.assert_array_equal(activity, published)


if __name__ == "__main__":
    unittest.main()
