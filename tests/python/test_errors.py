# SPDX-License-Identifier: Apache-2.0
"""What is wrong is an exception that names place, value and remedy; nothing crashes."""
import os
import pathlib
import subprocess
import sys
import unittest

import numpy as np

import spikemesh as sm


def network():
    net = sm.Network()
    net.add_input("in", 3)
    net.add_neurons("out", 2, sm.RawNeurons(theta=10), record=True)
    net.connect_all_to_all("in", "out", weight=12)
    return net


def machine():
    loaded = sm.Machine("reference", "tiny")
    loaded.load(network())
    return loaded


class Importing(unittest.TestCase):
    def test_an_extension_that_does_not_know_this_numpy_refuses_it(self):
        tree = pathlib.Path(os.environ["SPIKEMESH_PROGRAM"]).resolve().parents[1] / "python"
        script = """
import numpy as np
import spikemesh as sm
net = sm.Network()
net.add_neurons("n", 3, sm.RawNeurons(theta=np.array([1, 2, 3])))
print(net["n"].theta)
"""
        done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True,
                              text=True, timeout=60, check=False)
        if done.returncode == 0:
            self.assertEqual(done.stdout.strip(), "[1 2 3]")
        else:  # built for another version of Python, or with a pybind11 that is older than this NumPy
            self.assertRegex(done.stderr, "knows NumPy 1 only.*pip install|No module named 'spikemesh")


class Building(unittest.TestCase):
    def test_networks(self):
        raw = sm.RawNeurons(theta=10)
        cases = [
            (lambda n: n.add_input("more", -1), r"size: -1, but an integer of 0 to 4294967295 is needed"),
            (lambda n: n.add_input("more", 2.5), r"size: 2\.5, but non-negative integers are needed"),
            (lambda n: n.add_input("more", "many"), r"size: numbers are needed, not 'many'"),
            (lambda n: n.add_input("more", None), r"size: numbers are needed"),
            (lambda n: n.add_input("in", 3), r'"in"'),
            (lambda n: n.add_neurons("more", 2**40, raw), r"size: 1099511627776, but an integer of 0 to 4294967295"),
            (lambda n: n.connect_all_to_all("in", "nowhere", 1), r'/populations: no "nowhere"; the network has in, out'),
            (lambda n: n.connect_all_to_all("in", 7, 1), r"7"),
            (lambda n: n.connect_all_to_all("in", "out", 1, delay=-2), r"delay: -2, but an integer"),
            (lambda n: n.connect_all_to_all("in", "out", "5"), r"weight: numbers are needed, not '5'"),
            (lambda n: n.connect_all_to_all("in", "out", float("nan")), r"weight"),
            (lambda n: n.connect_dense("in", "out", np.ones((2, 3))), r"shape \(2, 3\), but \[pre, post\] is \(3, 2\); transpose"),
            (lambda n: n.connect_dense("in", "out", np.ones(6)), r"weight: an array of 1 dimensions, but 2 are needed"),
            (lambda n: n.connect_dense("in", "out", [[1, 2], [3]]), r"weight: numbers are needed"),
            (lambda n: n.connect_dense("in", "out", np.ones((3, 2), complex)), r"weight: numbers are needed"),
            (lambda n: n.connect("in", "out", [0, 1], [0], [1, 1]), r"post"),
            (lambda n: n.connect("in", "out", [0, 9], [0, 1], 1), r"9"),
            (lambda n: n.connect("in", "out", [0.5], [0], 1), r"pre: 0\.5, but non-negative integers are needed"),
            (lambda n: n.connect_fixed_probability("in", "out", 1.5, 1, seed=1), r"1\.5"),
            (lambda n: n.connect_fixed_in_degree("in", "out", 4, 1, seed=1), r"4"),
            (lambda n: n.connect_fixed_in_degree("in", "out", 1, 1, seed=-1), r"seed: -1, but an integer of 0 to 18446744073709551615"),
            (lambda n: n.record("out", [2]), r"2"),
            (lambda n: n.connect_all_to_all("in", "out", weight=[[1, 2]] * 2), r"shape \(2, 2\), but \[pre, post\] is \(3, 2\)"),
            (lambda n: n.set_rule("in", "stdp"), r"projection: 'in', but the number that a connect function returned is needed; net\.projections"),
            (lambda n: sm.RawNeurons(theta="ten"), r"theta: numbers are needed, not 'ten'"),
            (lambda n: sm.map_network(n, {"Axons": 100}), r"config: /Axons"),
            (lambda n: sm.map_network(n, {"Axon": 128}), r"config: /Axon"),
            (lambda n: sm.load_network("/nowhere/net.json"), r"/nowhere/net\.json"),
            (lambda n: sm.parse_network('{"spikemesh_network": 1, "colour": 2}', "x.json"), r"x\.json: /colour"),
            (lambda n: sm.map_network(n, "huge"), r"huge"),
        ]
        for call, message in cases:
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, call, network())
        self.assertTrue(issubclass(sm.InputError, ValueError))
        self.assertTrue(issubclass(sm.LinkError, OSError))

    def test_what_is_of_another_type_is_a_type_error(self):
        for call in (lambda: network().add_neurons("more", 2, {"theta": 10}), lambda: sm.RawNeurons(thetta=10),
                     lambda: network().add_input(5, 2), lambda: machine().load("net.json"), lambda: sm.map_network(None)):
            self.assertRaises(TypeError, call)

    def test_a_bad_call_changes_nothing(self):
        net, same = network(), network()
        self.assertRaises(sm.InputError, net.connect_dense, "in", "out", np.ones((9, 9)))
        self.assertEqual(net, same)
        self.assertFalse(net == 5 or net is None)


class Running(unittest.TestCase):
    def test_inputs(self):
        cases = [
            ({"nowhere": sm.Poisson(5)}, {}, r'no input population "nowhere"; there are in'),
            ({"out": sm.Poisson(5)}, {}, r"out"),
            ({"in": np.ones((4, 2))}, {"steps": 4}, r'inputs "in": shape \(4, 2\), but the last axis is its 3 neurons'),
            ({"in": np.ones(3)}, {}, r"\[steps, size\] or \[samples, steps, size\] are needed"),
            ({"in": np.ones((9, 3))}, {"steps": 4}, r"step 4"),
            ({"in": 0.5 * np.ones((4, 3))}, {"steps": 4}, r"count: 0\.5"),
            ({"in": -np.ones((4, 3))}, {"steps": 4}, r"count: -1"),
            ({"in": 2 * np.ones((4, 3))}, {"steps": 4}, r"max_spikes_per_step"),
            ({"in": sm.events([0], [3])}, {}, r"3"),
            ({"in": sm.Poisson(-1)}, {}, r"rate_hz -1, but a rate of 0 or more"),
            ({"in": sm.Regular(0)}, {}, r"an interval of at least 1"),
            ({}, {"steps": 10.5}, r"steps 10\.5, but a whole number is needed; a run of T ms is round\(T / 1\) steps"),
            ({}, {"steps": "10"}, r"steps '10', but a whole number is needed"),
            ({"in": sm.Regular(2.5)}, {"steps": 3}, r'inputs "in": interval 2\.5, but a whole number'),
            ({}, {"steps": 0}, r"steps 0, samples 1, but both are at least 1"),
        ]
        for inputs, more, message in cases:
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, machine().run, inputs, **more)
        self.assertRaisesRegex(sm.InputError, "events: columns of different lengths", sm.events, [1, 2], [1, 2, 3])
        self.assertRaisesRegex(sm.InputError, 'clear: "some"', machine().run_samples, {}, 3, clear="some")

    def test_a_bad_run_changes_nothing(self):
        one, other = machine(), machine()
        self.assertRaises(sm.InputError, one.run, {"in": np.ones((9, 3))}, 4)
        drive = {"in": np.ones((4, 3), int)}
        np.testing.assert_array_equal(one.run(drive, 4)["out"], other.run(drive, 4)["out"])
        self.assertEqual(one.step, 4)

    def test_machines(self):
        for arguments, message in ((["quick"], 'executor: "quick", but it is reference, model, rtl or lockstep'),
                                   (["rtl", "huge"], "huge")):
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, sm.Machine, *arguments)
        self.assertRaisesRegex(sm.TransportError, "/dev/nowhere", sm.Machine, port="/dev/nowhere")
        self.assertRaisesRegex(sm.InputError, "reference has no signals", sm.Machine, waves="waves.fst")
        self.assertRaisesRegex(sm.InputError, "leave executor and waves out", sm.Machine, "model", port="/dev/nowhere")
        self.assertRaisesRegex(sm.Error, "executor", sm.Emulator, "quick")

    def test_without_a_network(self):
        empty = sm.Machine()
        for call in (empty.run, lambda: empty.run_samples({}, 3), lambda: empty.v("out"),
                     lambda: empty.weights("in", "out"), lambda: empty.synapses("in", "out")):
            self.assertRaisesRegex(sm.RunError, "holds no network: load one first", call)

    def test_a_network_that_does_not_fit_leaves_the_old_one(self):
        loaded = machine()
        big = sm.Network()
        big.add_neurons("many", 100, sm.RawNeurons(theta=10), record=True)
        self.assertRaisesRegex(sm.InputError, 'have no room.*; in Python: sm.Machine\\(config=', loaded.load, big)
        self.assertEqual(len(loaded.run({"in": np.ones((3, 3), int)}, 3)["out"]), 4)

    def test_states_that_do_not_fit(self):
        loaded = machine()
        for values, message in (([1, 2, 3], r'v of "out": shape \(3,\), but one number or \[2\] is needed'), (1e9, r'v of "out": 1000000000 of neuron 0, but it holds'),
                                ([0, np.nan], r'v of "out": nan, but finite'), ("high", r"v of \"out\": 'high', but one number")):
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, loaded.set_v, "out", values)
        self.assertRaisesRegex(sm.InputError, r'i of "out": -1000000000 of neuron 1', loaded.set_i, "out", [0, -1e9])

    def test_populations_that_have_no_state(self):
        loaded = machine()
        self.assertRaisesRegex(sm.InputError, "population of neurons", loaded.v, "in")
        self.assertRaisesRegex(sm.InputError, 'no population "nowhere"', loaded.synapses, "nowhere", "out")
        self.assertRaisesRegex(sm.InputError, "population of neurons", loaded.weights, "in", "in")
        with self.assertRaisesRegex(KeyError, "the network has in, out"):
            loaded.run()["nowhere"]

    def test_a_closed_machine(self):
        closed = machine()
        closed.close()
        closed.close()
        for call in (closed.run, lambda: closed.v("out"), lambda: closed.step, lambda: closed.build, closed.stats,
                     lambda: closed.load(network()), lambda: closed.run_samples({}, 3), lambda: closed.weights("in", "out")):
            self.assertRaisesRegex(sm.RunError, "the machine was closed: make a new one", call)
        self.assertEqual(repr(closed), "<Machine reference, closed>")

    def test_a_port_whose_chip_is_gone(self):
        with sm.Emulator("model", "tiny") as chip, sm.Machine(port=chip.port) as board:
            board.load(network())
            chip.close()
            self.assertRaises((sm.LinkError, sm.TransportError), board.run)


if __name__ == "__main__":
    unittest.main()
