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

DATA = pathlib.Path(os.environ.get("SPIKEMESH_DATA", pathlib.Path(__file__).resolve().parents[4] / "shared" / "data"))
STEPS = 300  # of 1 ms
# Share of output spikes that may be in another step than in double precision, by weight_bits (docs/nir.md, "Measured").
BOUNDS = {16: 0.06, 20: 0.01}
COUNT = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 20
ON_MODEL = 2


@unittest.skipUnless((DATA / "nmnist").is_dir(), "say with SPIKEMESH_DATA where the data lie")
class Nmnist(unittest.TestCase):
    def test_digits_are_read_and_spikes_are_those_of_floating_point(self):
        rows = [line.split() for line in (DATA / "nmnist" / "labels.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"][:COUNT]
        labels = np.array([int(label) for _, label in rows])
        inputs = np.array([sm.read_event_stream(DATA / "nmnist" / f"{name}.bs2", (34, 34)).dense(1.0, STEPS) for name, _ in rows])
        graph = nir.read(DATA / "nir" / "cnn_sinabs.nir")
        exact = np.array([nir_float.simulate(graph, {"input": each}, 1, reset="subtract", at_threshold=True).out["output"] for each in inputs])
        room = None
        for bits, most in BOUNDS.items():
            imported = sm.from_nir(graph, 1, dt_ms=1, reset="subtract", threshold=">=", weight_bits=bits, **({"head_room": room} if room else {}))
            room = room or imported.measure_head_room(inputs)
            got = self.outputs(imported, inputs)
            right = np.count_nonzero(got.sum(axis=1).argmax(axis=1) == labels)
            missing, extra = (np.count_nonzero((a == 1) & (b == 0)) for a, b in ((exact, got), (got, exact)))
            print(f"{bits} bits: {right} of {len(labels)} recordings right; of {exact.sum():.0f} output spikes {missing} are missing where double "
                  f"precision has them, and {extra} are where it has none")
            self.assertGreaterEqual(right, 0.95 * len(labels))
            self.assertLessEqual(max(missing, extra), most * exact.sum())

    def outputs(self, imported, inputs):
        """[recordings, steps, digits] of the reference, the first of them the same on the model."""
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "mesh.json"
            config.write_text(json.dumps({"MeshW": 20, "MeshH": 20}), encoding="utf-8")
            output = imported.run(inputs, executor="reference", config=config)["output"]
            np.testing.assert_array_equal(imported.run(inputs[:ON_MODEL], executor="model", config=config)["output"], output[:ON_MODEL])
        return output


if __name__ == "__main__":
    warnings.simplefilter("ignore", sm.NirWarning)
    warnings.simplefilter("ignore", sm.ConversionWarning)
    unittest.main()
