# SPDX-License-Identifier: Apache-2.0
"""A machine in a Python process: threads, Ctrl-C, several machines, pickles, large arrays."""
import copy
import os
import pickle
import signal
import tempfile
import threading
import time
import unittest

import numpy as np

import spikemesh as sm

LONG = 10**12  # steps: longer than anybody waits


def network(size=16):
    net = sm.Network()
    net.add_input("in", 20)
    net.add_neurons("out", size, sm.RawNeurons(theta=100, subtract=1, decay_v=4000, bias=5), record=False)  # it never rests
    net.connect_fixed_probability("in", "out", probability=0.5, weight=20, seed=1)
    return net


def machine(executor, config="tiny"):
    loaded = sm.Machine(executor, config)
    loaded.load(network())
    return loaded


class Threads(unittest.TestCase):
    def test_ctrl_c_ends_a_run_and_a_load_mends_the_machine(self):
        for executor in ("reference", "model", "rtl"):
            with self.subTest(executor), machine(executor) as loaded:
                wanted = machine("reference").run({"in": sm.Regular(2)}, 30)
                threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
                began = time.monotonic()
                self.assertRaises(KeyboardInterrupt, loaded.run, None, LONG)
                self.assertLess(time.monotonic() - began, 30)
                self.assertRaisesRegex(sm.RunError, "load the network again", loaded.run)
                loaded.load(network())
                loaded.run({"in": sm.Regular(2)}, 30)
                again = machine("reference")
                again.run({"in": sm.Regular(2)}, 30)
                np.testing.assert_array_equal(loaded.v("out"), again.v("out"))
                self.assertEqual(wanted.total, 0)

    def test_a_run_that_is_ended_is_kept_with_the_steps_that_ran(self):
        net = sm.Network(dt_ms=0.5)
        net.add_input("in", 1)
        net.add_neurons("out", 2, sm.RawNeurons(theta=0, bias=1), record=True)  # fires in every step: 2,000 times a second
        for samples, executor in ((1, "reference"), (3, "model")):
            with self.subTest(executor), tempfile.TemporaryDirectory() as folder, sm.Machine(executor, "tiny") as loaded:
                loaded.load(net)
                loaded.run_samples({}, 10, samples)
                timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
                timer.start()
                self.assertRaisesRegex(KeyboardInterrupt, "ended by Ctrl-C", loaded.run_samples, {}, LONG // 10**5, samples, out=folder)
                saved = sm.load_run(folder)
                self.assertTrue(saved.ended_early)
                self.assertEqual(saved.stats["ended_by"], "KeyboardInterrupt: ended by Ctrl-C")
                self.assertIn("ended early", repr(saved))
                self.assertEqual((saved.steps, saved.samples), (saved.stats["steps"], 1))
                self.assertLess(saved.duration_ms, 10**12 / 10**5)
                np.testing.assert_allclose(saved.rates("out"), 2000, rtol=0.01)
        early = sm.Spikes({"out": ([0] * 10 + [1] * 4, [*range(10), *range(4)], [0] * 14)}, {"out": 1}, 10, 2, {"out": np.zeros(1, np.uint32)})
        early._left_out = 6  # as load_run makes it of a run that ended in its second sample
        np.testing.assert_allclose(early.rates("out"), [[1000], [1000]])
        np.testing.assert_allclose(early.rates("out", bin_ms=5)[:, :, 0], [[1000, 1000], [1000, np.nan]])
        self.assertNotEqual(early, early.select(samples=[0]))
        np.testing.assert_allclose(early.select(samples=[1], to_ms=2).rates("out"), [[1000]])

    def test_a_network_that_is_far_too_large_is_refused_at_once_and_ctrl_c_ends_a_mapping(self):
        net = sm.Network(dt_ms=0.5)
        for name, size in (("exc", 1200), ("inh", 300)):
            net.add_neurons(name, size, sm.PhysicalNeurons(tau_m_ms=20, tau_syn_ms=5, v_threshold=1))
        for pre, weight in (("exc", 0.1), ("inh", -0.4)):
            for post in ("exc", "inh"):
                net.connect_fixed_probability(pre, post, 0.1, weight)
        began = time.process_time()
        self.assertRaisesRegex(sm.InputError, "have no room on 4 x 4 tiles", sm.map_network, net)
        self.assertLess(time.process_time() - began, 10)  # 2 s on a quiet machine
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        began = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            while time.monotonic() - began < 60:
                self.assertRaises(sm.InputError, sm.map_network, net)
        self.assertLess(time.monotonic() - began, 10)

    def test_other_threads_run_during_a_run_and_beside_it(self):
        """A run in a thread: this one goes on, and so does a reference of its own, until the first is told to stop."""
        class Stop(Exception):
            pass

        for executor in ("reference", "model"):
            with self.subTest(executor):
                slow, ended = machine(executor), []
                steps = 200_000 if executor == "reference" else 20_000

                def run_slowly(slow=slow, steps=steps, ended=ended):
                    slow.run({"in": sm.Regular(1)}, steps)
                    ended.append(True)

                thread = threading.Thread(target=run_slowly)
                thread.start()
                beside = 0
                while not ended:
                    machine("reference").run({"in": sm.Regular(2)}, 20)
                    beside += not ended
                thread.join()
                self.assertGreater(beside, 2)

    def test_threads_share_a_machine(self):
        shared, errors = machine("model"), []

        def run():
            try:
                for _ in range(20):
                    shared.run({"in": sm.Regular(2)}, 5)
                    shared.v("out")
            except Exception as error:  # whatever it is, the test has to see it
                errors.append(error)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((errors, shared.step), ([], 400))

    def test_machines_of_threads_are_made_run_and_closed_at_a_time(self):
        errors, states = [], []

        def use(executor):
            try:
                for _ in range(3):
                    with machine(executor) as own:
                        own.run({"in": sm.Regular(2)}, 20)
                        states.append(own.v("out"))
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=use, args=(name,)) for name in ("reference", "model", "rtl", "lockstep") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((errors, len(states)), ([], 24))
        for state in states:
            np.testing.assert_array_equal(state, states[0])


class Objects(unittest.TestCase):
    def test_machines_are_closed_in_any_order(self):
        for executor in ("model", "rtl", "lockstep"):
            first, second = machine(executor), machine(executor)
            second.close()
            third = machine(executor)
            first.run({"in": sm.Regular(2)}, 20)
            third.run({"in": sm.Regular(2)}, 20)
            np.testing.assert_array_equal(first.v("out"), third.v("out"))
            first.close()
            third.close()

    def test_a_hundred_simulated_chips_live_at_a_time(self):
        machines = [machine("model") for _ in range(100)]
        for each in machines:
            each.run({"in": sm.Regular(2)}, 20)
        wanted = machines[0].v("out")
        for each in machines:
            np.testing.assert_array_equal(each.v("out"), wanted)
            each.close()

    def test_networks_are_copied_and_pickled(self):
        net = network()
        for other in (pickle.loads(pickle.dumps(net)), copy.copy(net), copy.deepcopy(net), net.copy()):
            self.assertEqual(other, net)
            other.add_input("more", 1)
            self.assertNotEqual(other, net)

    def test_results_are_pickled(self):
        net = network()
        net.record("out")
        with sm.Machine("reference", "tiny") as loaded:
            report = loaded.load(net)
            spikes = loaded.run({"in": sm.Poisson(500)}, 50)
            self.assertRaises(TypeError, pickle.dumps, loaded)
        self.assertGreater(spikes.total, 20)
        again = pickle.loads(pickle.dumps(spikes))
        np.testing.assert_array_equal(again.dense("out"), spikes.dense("out"))
        self.assertEqual(pickle.loads(pickle.dumps(report)), report)
        self.assertEqual(str(pickle.loads(pickle.dumps(report))), str(report))
        self.assertRaises(sm.InputError, lambda: (_ for _ in ()).throw(pickle.loads(pickle.dumps(sm.InputError("x")))))

    def test_arrays_of_a_million(self):
        net = sm.Network()
        net.add_input("in", 250)
        net.add_neurons("out", 10, sm.RawNeurons(theta=2**20), record=True)
        net.connect_all_to_all("in", "out", weight=1)
        dense = np.ones((4000, 250), bool)
        with sm.Machine("reference") as loaded:
            loaded.load(net)
            spikes = loaded.run({"in": dense}, len(dense) + 1)
            np.testing.assert_array_equal(loaded.stats()["synapse_events"], dense.sum() * 10)
        self.assertEqual(spikes.total, 0)

    def test_arrays_of_any_layout_and_type(self):
        weight = np.arange(12).reshape(3, 4)
        nets = []
        for array in (weight, weight.astype(np.float32), np.asfortranarray(weight), weight.tolist(),
                      np.repeat(weight, 2, axis=1)[:, ::2], weight.astype(">i2")):
            net = sm.Network()
            net.add_input("in", 3)
            net.add_neurons("out", np.int8(4), sm.RawNeurons(theta=np.float32(9)))
            net.connect_dense("in", "out", array, delay=np.uint64(2))
            nets.append(net)
        self.assertTrue(all(net == nets[0] for net in nets))

    def test_the_caller_may_change_arrays_and_networks_afterwards(self):
        weight = np.full((20, 12), 5)
        net = sm.Network()
        net.add_input("in", 20)
        net.add_neurons("out", 12, sm.RawNeurons(theta=100), record=True)
        net.connect_dense("in", "out", weight)
        weight[:] = 0
        with sm.Machine("reference", "tiny") as loaded:
            loaded.load(net)
            net.add_input("more", 2)
            self.assertTrue((loaded.weights("in", "out") == 5).all())
            self.assertRaisesRegex(sm.InputError, "more", loaded.run, {"more": sm.Regular(1)})


if __name__ == "__main__":
    unittest.main()
