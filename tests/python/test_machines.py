# SPDX-License-Identifier: Apache-2.0
"""One network on every machine: spikes, V, I and weights come back as equal arrays."""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import spikemesh as sm

SEED = int(os.environ.get("SPIKEMESH_SEED", random.SystemRandom().randrange(2**32)))
STEPS = 40


def network(seed=SEED):
    """Inputs, recurrent neurons with arrays of weights and delays, for the 64 neurons of the build tiny or fewer."""
    draw = np.random.default_rng(seed)
    net = sm.Network(dt_ms=1.0)
    net.add_input("in", 6)
    net.add_neurons("a", 10, sm.RawNeurons(theta=draw.integers(200, 400, 10), subtract=1, decay_v=3900, decay_i=2000),
                    record=True)
    net.add_neurons("b", 4, sm.RawNeurons(theta=300, v_reset=-20, decay_v=4000, refractory=1), record=True)
    net.connect_dense("in", "a", draw.integers(40, 120, (6, 10)), delay=draw.integers(1, 4, (6, 10)))
    net.connect_fixed_in_degree("a", "b", in_degree=5, weight=70, seed=seed, delay=2)
    net.connect("b", "a", pre=[0, 1, 3], post=[9, 2, 2], weight=[-90, 35, 20], delay=[1, 2, 3])
    return net


class Machines(unittest.TestCase):
    def setUp(self):
        self.net = network()
        self.inputs = {"in": np.random.default_rng(SEED).integers(0, 2, (2, STEPS, 6))}

    def results(self, machine):
        machine.load(self.net)
        spikes = machine.run_samples(self.inputs, STEPS)
        return {"a": spikes["a"], "b": spikes["b"], "v": machine.v("a"), "i": machine.i("a"), "v of b": machine.v("b"),
                "synapses": machine.synapses("b", "a"), "weights": machine.weights("in", "a")}

    def assertSame(self, one, other, what):
        for key, array in one.items():
            np.testing.assert_array_equal(array, other[key], f"{what}: {key}; rerun with SPIKEMESH_SEED={SEED}")

    def test_reference_model_rtl_lockstep_and_port_are_equal(self):
        with sm.Machine("reference", "tiny") as machine:
            wanted = self.results(machine)
        self.assertGreater(len(wanted["a"]), 50)
        self.assertGreater(len(wanted["b"]), 5)
        self.assertTrue(wanted["v"].any() and wanted["i"].any())
        for executor in ("model", "rtl", "lockstep"):
            with sm.Machine(executor, "tiny") as machine:
                self.assertSame(wanted, self.results(machine), executor)
        with sm.Emulator("rtl", "tiny") as chip, sm.Machine(port=chip.port) as machine:
            self.assertSame(wanted, self.results(machine), "port")

    def test_weights_are_those_that_were_given(self):
        given = np.random.default_rng(3).integers(-50, 50, (6, 10))
        net = sm.Network()
        net.add_input("in", 6)
        net.add_neurons("a", 10, sm.RawNeurons(theta=2000), record=True)
        net.connect_dense("in", "a", given)
        with sm.Machine("rtl", "tiny") as machine:
            machine.load(net)
            np.testing.assert_array_equal(machine.weights("in", "a"), given)
            rows = machine.synapses("in", "a")
        self.assertEqual(len(rows), np.count_nonzero(given))
        np.testing.assert_array_equal(given[rows["pre"], rows["post"]], rows["weight"])

    def test_hard_steps_are_those_of_the_command_and_say_what_they_changed(self):
        net = network(5)
        counts = np.random.default_rng(5).integers(0, 2, (2, STEPS, 6))
        told = {"inputs": {"in": counts}, "steps": STEPS, "executor": "model", "config": "tiny", "hard_steps": True}
        ideal = sm.run(net, {"in": counts}, STEPS)
        self.assertIsNone(ideal.hard_steps)
        long = sm.run(net, period=3000, **told)
        self.assertEqual(long, ideal)
        self.assertEqual((long.hard_steps["late"], long.hard_steps["period"]), (0, 3000))
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            short = sm.run(net, period=30, out=place / "python", **told)
            self.assertGreater(short.hard_steps["late"], 0)
            self.assertNotEqual(short, ideal)
            self.assertEqual(sm.load_run(place / "python").hard_steps, short.hard_steps)
            subprocess.run([os.environ["SPIKEMESH_PROGRAM"], "run", place / "python" / "network.json", "--input", place / "python" / "inputs.csv",
                            "--steps", str(STEPS), "--samples", "2", "--executor", "model", "--config", "tiny", "--period", "30", "--hard-steps",
                            "--out", place / "shell"], check=True, capture_output=True)
            self.assertEqual(sm.load_run(place / "shell"), short)
            self.assertEqual(sm.load_run(place / "shell").hard_steps, short.hard_steps)
            self.assertTrue(json.loads((place / "python" / "config.json").read_text(encoding="utf-8"))["hard_steps"])
        self.assertRaisesRegex(sm.InputError, "hard_steps: period is 0, but a step of this mesh takes", sm.run, net, **told)
        self.assertRaisesRegex(sm.InputError, "hard_steps: only the model ends steps so; use executor model", sm.Machine, hard_steps=True)

    def test_run_goes_on_where_it_stood(self):
        dense = self.inputs["in"][0]
        with sm.Machine("model", "tiny") as whole, sm.Machine("model", "tiny") as parts:
            whole.load(self.net)
            parts.load(self.net)
            wanted = whole.run({"in": dense}, STEPS).dense("a")
            first = parts.run({"in": dense[:15]}, 15).dense("a")
            second = parts.run({"in": dense[15:]}, STEPS - 15).dense("a")
            self.assertEqual(parts.step, STEPS)
        self.assertGreater(wanted.sum(), 20)
        np.testing.assert_array_equal(np.concatenate([first, second], axis=1), wanted)

    def test_learning_is_that_of_the_program(self):
        """A plastic network: weights from reference, model and RTL, and the file that `run --save-network` writes."""
        text = json.dumps({
            "spikemesh_network": 1, "dt_ms": 1, "adapt_period": 0,
            "rules": [{"name": "pair", "tau_pre_ms": 20, "tau_post_ms": 20, "a_plus": 4, "a_minus": -3, "w_min": 0, "w_max": 200}],
            "populations": [{"name": "in", "size": 4, "input": {}},
                            {"name": "out", "size": 3, "record": True, "raw": {"theta": 150, "decay_v": 3800}}],
            "projections": [{"from": "in", "to": "out", "connect": "all_to_all", "weight": 90, "rule": "pair"}]})
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "net.json"
            path.write_text(text, encoding="utf-8")
            net = sm.load_network(path)
            subprocess.run([os.environ["SPIKEMESH_PROGRAM"], "run", path, "--config", "tiny", "--poisson", "in=100", "--steps", "60",
                            "--out", f"{folder}/out", "--save-network", f"{folder}/learned.json"], check=True, stdout=subprocess.DEVNULL)
            saved = sm.load_network(f"{folder}/learned.json")
            csv = pathlib.Path(f"{folder}/out/spikes.csv").read_bytes()
            for executor in ("reference", "model", "rtl"):
                with self.subTest(executor), sm.Machine(executor, "tiny") as machine:
                    machine.load(net)
                    machine.run_samples({"in": sm.Poisson(100)}, 60).write(path)
                    self.assertEqual(path.read_bytes(), csv)
                    self.assertEqual(machine.learned(), saved)
                    self.assertGreater(np.unique(machine.weights("in", "out")).size, 3)
        adapted = sm.parse_network(text.replace('3800}', '3800, "adapt_step": 5, "decay_adapt": 4000}, "adapt": 7'))
        with sm.Machine() as machine:
            machine.load(adapted)
            self.assertRaisesRegex(sm.InputError, 'clear "all": /populations/1/adapt gives', machine.run_samples, {}, 3)

    def test_first_network_of_the_page_runs(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "python" / "python.md").read_text(encoding="utf-8")
        script = page.split("```python\n")[1].split("```")[0]
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"1 of 16 tiles(.|\n)*spikes/s of each neuron: \[ *\d+(.|\n)*V now: \[")

    def test_network_file_holds_the_network(self):
        with tempfile.TemporaryDirectory() as folder:
            self.net.save(pathlib.Path(folder) / "net.json")
            self.assertEqual(sm.load_network(f"{folder}/net.json"), self.net)
            self.assertNotEqual(self.net, network(SEED + 1))


if __name__ == "__main__":
    unittest.main()
