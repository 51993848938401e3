# SPDX-License-Identifier: Apache-2.0
"""What a network learns is the same on every machine, can be switched off, and comes back as a network."""
import pathlib
import tempfile
import unittest

import numpy as np

import spikemesh as sm

STEPS = 60


def network():
    draw = np.random.default_rng(5)
    net = sm.Network()
    net.add_input("in", 6)
    net.add_neurons("out", 8, sm.RawNeurons(theta=200, decay_v=3900, refractory=1), record=True)
    net.add_rule("stdp", tau_pre_ms=12, tau_post_ms=20, a_plus=6, a_minus=-5, w_min=-20, w_max=120)
    net.set_rule(net.connect_dense("in", "out", draw.integers(40, 110, (6, 8))), "stdp")
    return net


class Learning(unittest.TestCase):
    def setUp(self):
        self.inputs = {"in": np.random.default_rng(6).integers(0, 2, (STEPS, 6))}

    def learned(self, machine):
        machine.load(network())
        before = machine.weights("in", "out")
        spikes = machine.run(self.inputs, STEPS)
        after = machine.weights("in", "out")
        self.assertTrue((before != after).any())
        return spikes["out"], after

    def test_every_machine_learns_the_same(self):
        with sm.Machine("reference", "tiny") as machine:
            spikes, weights = self.learned(machine)
        self.assertGreater(len(spikes), 20)
        for executor in ("model", "rtl"):
            with sm.Machine(executor, "tiny") as machine:
                other, same = self.learned(machine)
                self.assertGreater(machine.stats()["weight_updates"], 100)
            np.testing.assert_array_equal(spikes, other, executor)
            np.testing.assert_array_equal(weights, same, executor)

    def test_learning_is_switched_off_and_on_between_runs(self):
        with sm.Machine("model", "tiny") as machine:
            machine.load(network())
            self.assertTrue(machine.learning)
            machine.learning = False
            before = machine.weights("in", "out")
            machine.run(self.inputs, STEPS)
            np.testing.assert_array_equal(before, machine.weights("in", "out"))
            machine.learning = True
            machine.run_samples({"in": np.stack([self.inputs["in"]] * 2)}, STEPS, clear="membrane")
            self.assertTrue((before != machine.weights("in", "out")).any())

    def test_what_was_learned_is_a_network_that_loads_again(self):
        with sm.Machine("reference", "tiny") as machine, tempfile.TemporaryDirectory() as folder:
            _, weights = self.learned(machine)
            path = pathlib.Path(folder) / "learned.json"
            machine.learned().save(path)
            machine.load(sm.load_network(path))
            np.testing.assert_array_equal(weights, machine.weights("in", "out"))

    def test_wrong_rules_are_named(self):
        net = network()
        self.assertEqual(list(net.rules), ["stdp"])
        with self.assertRaisesRegex(sm.InputError, "no rule \"other\""):
            net.set_rule(0, "other")
        with self.assertRaisesRegex(sm.InputError, "projection: 7, but there are 1"):
            net.set_rule(7, "stdp")
        with self.assertRaisesRegex(sm.InputError, "keeps weights in -20..120"):
            net.set_rule(net.connect_all_to_all("in", "out", 300), "stdp")
        static = sm.Network()
        static.add_input("in", 1)
        static.add_neurons("out", 1, sm.RawNeurons(theta=1))
        static.connect_one_to_one("in", "out", 5)
        with sm.Machine("reference", "tiny") as machine:
            machine.load(static)
            self.assertFalse(machine.learning)
            with self.assertRaisesRegex(sm.InputError, "give one a rule"):
                machine.learning = True


if __name__ == "__main__":
    unittest.main()
