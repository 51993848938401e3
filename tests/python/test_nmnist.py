# SPDX-License-Identifier: Apache-2.0
"""A trained convolutional network of Sinabs on recordings of an event camera: reference, model, and double precision.

    test_nmnist.py [RECORDINGS]     the first so many (20)
"""
import json
import os
import pathlib
import sys
import tempfile
import unittest
import warnings

import nir
import numpy as np

import nir_float
import spikemesh as sm

DATA = pathlib.Path(os.environ.get("SPIKEMESH_DATA", pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"))
STEPS, SHAPE = 300, (2, 34, 34)
COUNT = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 20


def recording(path):
    """[steps, polarity, y, x] of 0 and 1, in steps of 1 ms; 5 bytes an event: x, y, polarity and 23 bits of microseconds."""
    byte = np.fromfile(path, np.uint8).reshape(-1, 5).astype(np.int64)
    time = (byte[:, 2] & 127) << 16 | byte[:, 3] << 8 | byte[:, 4]
    kept = byte[time // 1000 < STEPS]
    steps = np.zeros((STEPS, *SHAPE), np.int64)
    steps[time[time // 1000 < STEPS] // 1000, kept[:, 2] >> 7, kept[:, 1], kept[:, 0]] = 1
    return steps


@unittest.skipUnless((DATA / "nmnist").is_dir(), "say with SPIKEMESH_DATA where the data lie")
class Nmnist(unittest.TestCase):
    def test_digits_are_read_and_spikes_are_those_of_floating_point(self):
        rows = [line.split() for line in (DATA / "nmnist" / "labels.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
        rows = rows[:COUNT]
        labels = np.array([int(label) for _, label in rows])
        inputs = np.array([recording(DATA / "nmnist" / f"{name}.bs2") for name, _ in rows])
        imported = sm.from_nir(DATA / "nir" / "cnn_sinabs.nir", 1, dt_ms=1, reset="subtract", threshold=">=", **OPTIONS)
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "mesh.json"
            config.write_text(json.dumps({"MeshW": 16, "MeshH": 16}), encoding="utf-8")
            outputs = {executor: imported.run(inputs, executor=executor, config=config)["output"] for executor in ("reference", "model")}
        np.testing.assert_array_equal(outputs["reference"], outputs["model"])
        right = np.count_nonzero(outputs["model"].sum(axis=1).argmax(axis=1) == labels)
        graph = nir.read(DATA / "nir" / "cnn_sinabs.nir")
        exact = np.array([nir_float.simulate(graph, {"input": each}, 1, reset="subtract", at_threshold=True).out["output"] for each in inputs])
        missing = np.count_nonzero((exact == 1) & (outputs["model"] == 0))
        print(f"{right} of {len(labels)} recordings right; {missing} of {exact.sum():.0f} output spikes are not where floating point has them")
        self.assertGreaterEqual(right, 0.95 * len(labels))
        self.assertLessEqual(missing, 0.01 * exact.sum())


OPTIONS = {"weight_bits": 20}

if __name__ == "__main__":
    warnings.simplefilter("ignore", sm.NirWarning)
    unittest.main()
