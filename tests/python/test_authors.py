# SPDX-License-Identifier: Apache-2.0
"""What authors say in their own units comes back in them; what networks hold can be read and changed."""
import copy
import inspect
import json
import pickle
import unittest
import warnings

import numpy as np

import spikemesh as sm


def lif(**more):
    return sm.PhysicalNeurons(**{"tau_m_ms": 20, "tau_syn_ms": 5, "v_threshold": -50, "v_rest": -65, "v_reset": -65, "t_refractory_ms": 2, **more})


def network(dt_ms=0.5, weight=60.0):
    net = sm.Network(dt_ms=dt_ms)
    net.add_input("in", 8)
    net.add_neurons("out", 4, lif(), record=True)
    net.connect_all_to_all("in", "out", weight=weight)
    return net


def loaded(net, executor="reference"):
    machine = sm.Machine(executor, "tiny")
    machine.load(net)
    return machine


class Units(unittest.TestCase):
    def test_v_and_i_follow_the_equations_in_the_authors_units(self):
        net = network()
        net["out"].v_threshold = -20
        machine = loaded(net)
        one = np.zeros((30, 8), int)
        one[0, :3] = 1
        trace = machine.run({"in": one}, record={"v": "out[0]", "i": "out[0]"})
        v, i = trace.trace("v").in_units[0, :, 0], trace.trace("i").in_units[0, :, 0]
        held = machine.parameters("out")
        a, b = held["decay_i"][0] / 4096, held["decay_v"][0] / 4096
        self.assertAlmostEqual(a, 1 - 0.5 / 5, places=3)
        want_i = np.concatenate([[0], (1 - a) * 180 * a ** np.arange(29)])
        want_v = np.full(30, -65.0)
        for t in range(1, 30):
            want_v[t] = b * want_v[t - 1] + (1 - b) * -65 + (1 - b) * want_i[t]
        np.testing.assert_allclose(i, want_i, atol=2e-2)
        np.testing.assert_allclose(v, want_v, atol=2e-2)
        self.assertAlmostEqual(machine.v("out", unit=True)[0], v[-1])
        self.assertAlmostEqual(machine.i("out", unit=True)[0], i[-1])
        np.testing.assert_allclose(trace.trace("v").v_threshold, -20)
        np.testing.assert_array_equal(trace.trace("v").times_ms, 0.5 * np.arange(1, 31))

    def test_weights_come_back_in_the_authors_unit(self):
        draw = np.random.default_rng(3)
        net = sm.Network()
        net.add_input("in", 6)
        net.add_neurons("out", 5, lif(tau_m_ms=draw.uniform(8, 30, 5), r=draw.uniform(0.5, 2, 5), w_in=draw.uniform(0.5, 2, 5)))
        given = draw.uniform(-40, 90, (6, 5))
        net.connect_dense("in", "out", given)
        net.add_rule("stdp", tau_pre_ms=20, tau_post_ms=20, a_plus=1, a_minus=-1, w_min=0, w_max=50)
        plastic = draw.uniform(0, 50, (5, 5))
        net.set_rule(net.connect_dense("out", "out", plastic), "stdp")
        machine = loaded(net)
        np.testing.assert_allclose(machine.weights("in", "out", unit=True), given, atol=0.02)
        np.testing.assert_allclose(machine.weights("out", "out", unit=True), plastic, atol=0.02)
        trace = machine.run({}, 5, record={"weight": ("out", "out"), "every": "end"}).trace("weight")
        np.testing.assert_allclose(trace.begin_in_units, plastic.ravel(), atol=0.02)
        np.testing.assert_allclose(trace.in_units[0, 0], plastic.ravel(), atol=0.02)

    def test_theta_holds_what_adaptation_added(self):
        net = network(weight=400.0)
        net["out"].adapt_step, net["out"].tau_adapt_ms = 1.5, 1e4
        machine = loaded(net)
        np.testing.assert_allclose(machine.theta("out", unit=True), -50)
        spikes = machine.run({"in": sm.Regular(8)}, 60)
        fired = spikes.counts("out")[0, 0]
        self.assertGreater(fired, 2)
        np.testing.assert_allclose(machine.theta("out", unit=True)[0], -50 + 1.5 * fired, rtol=0.02)

    def test_initial_states_are_numbers_arrays_or_drawn(self):
        for executor in ("reference", "model"):
            with loaded(network(), executor) as machine:
                machine.set_v("out", -55, unit=True)
                np.testing.assert_allclose(machine.v("out", unit=True), -55, atol=1e-3)
                machine.set_v("out", [-60, -59, -58, -57], unit=True)
                np.testing.assert_allclose(machine.v("out", unit=True), [-60, -59, -58, -57], atol=1e-3)
                drawn = sm.Uniform(-65, -50, seed=4)
                machine.set_v("out", drawn, unit=True)
                first = machine.v("out", unit=True)
                self.assertTrue(len(set(first)) == 4 and first.min() >= -65 and first.max() <= -50)
                machine.set_v("out", drawn, unit=True)
                np.testing.assert_array_equal(machine.v("out", unit=True), first)
                machine.set_v("out", -51, unit=True)
                machine.set_i("out", 100, unit=True)
                self.assertEqual(machine.run({}, 3).counts("out").tolist(), [[1] * 4])
                self.assertRaisesRegex(sm.InputError, r"v of \"out\": shape \(9,\), but one number or \[4\]", machine.set_v, "out", np.zeros(9))
                self.assertRaisesRegex(sm.InputError, "8388608 of neuron 0, .*holds -8388608 to 8388607", machine.set_v, "out", 2**23)

    def test_units_of_raw_neurons_are_those_of_the_chip(self):
        net = sm.Network()
        net.add_input("in", 2)
        net.add_neurons("out", 2, sm.RawNeurons(theta=100, decay_v=4096))
        net.connect_one_to_one("in", "out", [3, 5])
        machine = loaded(net)
        trace = machine.run({"in": sm.Regular(1)}, 3, record={"v": "out"}).trace("v")
        self.assertFalse(trace.has_units)
        np.testing.assert_array_equal(trace.in_units, trace.values)
        np.testing.assert_array_equal(trace.v_threshold, 100)
        np.testing.assert_array_equal(machine.weights("in", "out", unit=True), [[3, 0], [0, 5]])
        np.testing.assert_array_equal(machine.theta("out"), 100)


class Recording(unittest.TestCase):
    def test_a_mapping_is_the_probes(self):
        probes = sm.probes.probes_of
        self.assertEqual(probes({"v": "exc[0..9]", "weight": ("in", "exc"), "every": 10}), ["v:exc[0..9]@10", "weight:in,exc@10"])
        self.assertEqual(probes({"i": [("exc", [1, 2]), "inh"], "spikes": "exc"}), ["i:exc[1,2]", "i:inh", "spikes:exc"])
        self.assertEqual(probes({"weight": ("in", "exc", range(2)), "every": "end"}), ["weight:in,exc[0,1]@end"])
        for record, message in (({"u": "exc"}, 'no quantity "u"'), ({"weigth": ("a", "b")}, "did you mean weight"),
                                ({"v": "exc", "every": 0}, "every 0, but a number of steps"), ({"weight": ("a",)}, '"FROM", "TO"')):
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, probes, record)

    def test_steps_are_those_of_the_arrays(self):
        machine = loaded(network())
        self.assertEqual(machine.run({"in": np.ones((7, 8), int)}).steps, 7)
        self.assertEqual(machine.run().steps, 1)
        self.assertEqual(machine.run_samples({"in": np.ones((2, 5, 8), int)}).steps, 5)
        self.assertRaisesRegex(sm.InputError, "steps: how many", machine.run, {"in": sm.Poisson(10)})

    def test_whole_floats_are_whole_numbers(self):
        net = sm.Network(dt_ms=0.5, decay_bits=12.0, min_tiles=1.0)
        net.add_input("in", 8.0)
        net.add_neurons("out", 1e1, lif(), record=True)
        net.connect("in", "out", lambda i, j: 0.5 + 0 * i, weight=60, delay=2.0, seed=3.0)
        net.connect_fixed_probability("in", "out", 0.5, 60, seed=4.0)
        net.add_current("drive", "out", most=4, bits=8.0)
        machine = sm.Machine(seed=1.0, threads=1.0)
        machine.load(net, seed=1.0, min_tiles=np.float64(1))
        first = machine.run({"in": sm.Regular(4.0)}, 100 / 0.5, record={"v": "out", "every": 10.0})
        self.assertEqual((first.steps, first.trace("v").values.shape), (200, (1, 20, 10)))
        self.assertEqual(machine.run_samples({"in": sm.Poisson(9, seed=2.0)}, 1e1, np.float32(3)).samples, 3)
        self.assertEqual(sm.run(net, steps=9).steps, 9)


class Contents(unittest.TestCase):
    def test_parameters_are_read_changed_and_printed(self):
        net = network()
        self.assertEqual((net["out"].v_threshold, net["out"].neurons.tau_m_ms, net["out"].neurons.reset), (-50, 20, "to_value"))
        net["out"].v_threshold = [-50, -49, -48, -47]
        np.testing.assert_array_equal(net["out"].neurons.v_threshold, [-50, -49, -48, -47])
        self.assertIn('"out": 4 neurons, recorded', repr(net))
        self.assertIn("v_threshold=-50..-47 [4]", repr(net["out"]))
        self.assertIn("<table>", net._repr_html_())
        self.assertEqual(repr(sm.PhysicalNeurons(tau_m_ms=20, v_threshold=1, reset="subtract")),
                         "PhysicalNeurons(tau_m_ms=20, v_threshold=1, reset='subtract')")
        net["out"].v = -60
        self.assertIn("v=-60", repr(net))
        self.assertIn("v=-60", repr(net["out"]))
        for other, own in (("v_th", "v_threshold"), ("tau_m", "tau_m_ms"), ("E_L", "v_rest"), ("t_ref", "t_refractory_ms")):
            self.assertRaisesRegex(AttributeError, f"did you mean {own}\\?", getattr, net["out"], other)
        self.assertRaisesRegex(TypeError, "no argument tau_plus; did you mean tau_pre_ms", net.add_rule, "r", tau_plus=3)
        same = network()
        with self.assertRaisesRegex(AttributeError, 'population "out": no v_treshold; did you mean v_threshold'):
            same["out"].v_treshold = 1
        with self.assertRaisesRegex(sm.InputError, "v_threshold"):
            same["out"].v_threshold = [1, 2]
        self.assertEqual(same, network())
        self.assertRaisesRegex(sm.InputError, 'no population "otu"; did you mean out', lambda: net["otu"])

    def test_notebooks_show_tables_and_complete_the_names_of_arguments(self):
        net = network()
        net.add_rule("stdp", tau_pre_ms=20, tau_post_ms=20, a_plus=1, a_minus=-1, w_min=0, w_max=100)
        machine = loaded(net)
        spikes = machine.run({"in": np.ones((3, 8), int)}, record={"v": "out"})
        for shown in (net, net["in"], net["out"], net.projections[0], net.rules["stdp"], lif(), machine, spikes, spikes.trace("v")):
            self.assertIn("<table>", shown._repr_html_(), shown)
        for owner in (sm.Network, sm.Machine, sm.Spikes, sm.PhysicalNeurons, sm.RawNeurons, sm.Emulator):
            for name in ["__init__", *(each for each in dir(owner) if not each.startswith("_"))]:
                if callable(getattr(owner, name)):
                    kinds = {each.kind for each in inspect.signature(getattr(owner, name)).parameters.values()}
                    self.assertFalse(kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}, f"{owner.__name__}.{name}")
        self.assertEqual(inspect.signature(net.add_rule).parameters["bounds"].default, "hard")

    def test_projections_are_read_and_changed(self):
        net = network()
        all_to_all = net.projections[0]
        self.assertEqual((all_to_all.from_, all_to_all.to, all_to_all.connect, len(all_to_all)), ("in", "out", "all_to_all", 32))
        all_to_all.weight = 3
        all_to_all.delay_ms = 2.0
        self.assertEqual((all_to_all.connect, all_to_all.delay[0], all_to_all.weight[0]), ("all_to_all", 4, 3))
        all_to_all.weight = np.arange(32)
        np.testing.assert_array_equal(net.projections[0].weight, np.arange(32))
        self.assertEqual(all_to_all.connect, "sparse")
        net.connect_dense("out", "out", np.eye(4))
        net.projections[1].weight *= 2
        self.assertEqual((len(net.projections[1]), net.projections[1].weight.tolist()), (4, [2.0] * 4))
        with self.assertRaisesRegex(sm.InputError, "/projections/0/delay_ms: 0.7, but a multiple of dt_ms"):
            all_to_all.delay_ms = 0.7
        self.assertIn("0: in -> out, 32 synapses, weight 0..31, delay 2 ms", repr(net))

    def test_parameters_and_states_are_drawn(self):
        net = sm.Network()
        neurons = lif(tau_m_ms=sm.Normal(20, 2), v_threshold=sm.Uniform(-50, -45))
        self.assertIn("tau_m_ms=Normal(mean=20, sd=2", repr(neurons))
        net.add_neurons("a", 50, neurons)
        net.add_neurons("b", (5, 10), neurons)
        net["b"].v, net["b"].r = sm.Uniform(-65, -60), sm.Uniform(1, 2)
        self.assertAlmostEqual(net["a"].tau_m_ms.mean(), 20, delta=1)
        self.assertFalse(np.array_equal(net["a"].tau_m_ms, net["b"].tau_m_ms))  # each population draws its own
        self.assertTrue(np.all((net["b"].v >= -65) & (net["b"].v <= -60)) and net["b"].r.size == 50)
        net["a"].neurons = lif(tau_m_ms=sm.Normal(30, 2))
        self.assertAlmostEqual(net["a"].tau_m_ms.mean(), 30, delta=1)
        net.add_neurons("raw", 9, sm.RawNeurons(theta=sm.Normal(1000, 50)))
        net["raw"].bias = sm.Uniform(3, 9)
        self.assertEqual(net["raw"].theta.dtype.kind, "i")
        sm.map_network(net)

    def test_rules_are_read_and_changed(self):
        net = network()
        net.add_rule("stdp", tau_pre_ms=20, tau_post_ms=20, a_plus=1, a_minus=-1, w_min=0, w_max=100, bounds="soft")
        rule = net.rules["stdp"]
        self.assertEqual((rule.a_plus, rule.bounds, rule.pre_max), (1, "soft", None))
        net.projections[0].rule = "stdp"
        rule.a_plus = 2
        rule.bounds = "hard"
        self.assertEqual((net.rules["stdp"].a_plus, list(net.rules), net.projections[0].rule), (2, ["stdp"], "stdp"))
        with self.assertRaisesRegex(sm.InputError, "keeps weights in"):
            rule.w_max = 10
        self.assertEqual(rule.w_max, 100)
        with self.assertRaisesRegex(AttributeError, "no a_plsu in a rule; did you mean a_plus"):
            rule.a_plsu = 1
        net.projections[0].rule = None
        self.assertIsNone(net.projections[0].rule)

    def test_names_are_those_of_network_files(self):
        for call, message in ((lambda: sm.PhysicalNeurons(v_threshold=1, beta=1, reset="minus"), "reset: \"minus\", but it is to_value or subtract"),
                              (lambda: sm.Network(integration="rk4"), "integration: \"rk4\", but it is euler or exponential"),
                              (lambda: network().add_rule("r", tau_pre_ms=1, tau_post_ms=1, a_plus=1, a_minus=1, w_min=0, w_max=1, bounds="no"),
                               "bounds: \"no\", but it is hard or soft")):
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, call)
        net = sm.Network(integration="exponential")
        self.assertEqual((net.integration, copy.deepcopy(net), pickle.loads(pickle.dumps(net))), ("exponential", net, net))

    def test_delays_in_ms_are_those_in_steps(self):
        def made(**delay):
            net = network()
            net.connect_all_to_all("in", "out", 5, **delay)
            net.connect_one_to_one("out", "out", 5, **delay)
            net.connect_dense("in", "out", np.ones((8, 4)), **delay)
            net.connect("in", "out", [1, 2], [0, 3], 5, **delay)
            net.connect_fixed_probability("in", "out", 0.5, 5, seed=1, **delay)
            net.connect_fixed_in_degree("in", "out", 2, 5, seed=1, **delay)
            return net

        self.assertEqual(made(delay=3), made(delay_ms=1.5))
        self.assertRaisesRegex(sm.InputError, "/projections/1/delay_ms: 1.7, but a multiple of dt_ms \\(0.5\\) is needed, such as 1.5", made, delay_ms=1.7)
        self.assertRaisesRegex(sm.InputError, "delay, delay_ms: the same", made, delay=1, delay_ms=0.5)
        net = network()
        net.connect_all_to_all("in", "out", 5, delay_ms=20)
        self.assertRaisesRegex(sm.InputError, "/projections/1/delay_ms", sm.map_network, net)


class Connecting(unittest.TestCase):
    def test_random_synapses_are_those_of_network_files(self):
        net, file = network(), sm.parse_network("""{"spikemesh_network": 1, "dt_ms": 0.5, "populations": [{"name": "in", "size": 8, "input": {}},
            {"name": "out", "size": 4, "raw": {"theta": 1}}], "projections": [{"from": "in", "to": "out", "connect": "fixed_probability",
            "probability": 0.4, "weight": 2, "seed": 9}]}""")
        net.connect_fixed_probability("in", "out", 0.4, weight=2, seed=9)
        np.testing.assert_array_equal(net.projections[1].pre, file.projections[0].pre)
        np.testing.assert_array_equal(net.projections[1].post, file.projections[0].post)

    def test_weights_and_delays_are_drawn(self):
        def made(seed):
            net = sm.Network(dt_ms=0.5)
            net.add_input("in", 40)
            net.add_neurons("out", 50, lif())
            weight, delay = sm.Normal(3, 0.5, least=2, seed=seed), sm.Uniform(1, 4, seed=seed)
            net.connect_all_to_all("in", "out", weight, delay_ms=delay)
            net.connect_all_to_all("in", "out", weight)
            net.connect_fixed_in_degree("in", "out", 10, sm.LogNormal(2, 1, seed=seed), seed=1, delay=sm.Uniform(1, 8))
            net.connect_one_to_one("out", "out", weight)
            return net

        net = made(1)
        self.assertEqual(net, made(1))
        self.assertNotEqual(net, made(2))
        first, second, sparse, _ = net.projections
        self.assertAlmostEqual(first.weight.mean(), 3.03, delta=0.05)
        self.assertGreaterEqual(first.weight.min(), 2)
        self.assertFalse(np.array_equal(first.weight, second.weight))
        self.assertEqual((first.delay_ms.min(), first.delay_ms.max()), (1, 4))
        self.assertAlmostEqual(sparse.weight.mean(), 2, delta=0.2)
        self.assertAlmostEqual(sparse.weight.std(), 1, delta=0.2)
        self.assertTrue(set(sparse.delay.tolist()) == set(range(1, 9)))

    def test_a_function_says_which_pairs_are_joined(self):
        net = sm.Network()
        net.add_neurons("ring", 10, sm.RawNeurons(theta=5))
        net.connect("ring", "ring", lambda i, j: (j - i) % 10 == 1, weight=lambda i, j: i + 1, delay=2)
        one = net.projections[0]
        self.assertEqual((one.pre.tolist(), one.post.tolist()), (list(range(10)), [*range(1, 10), 0]))
        self.assertEqual((one.weight.tolist(), set(one.delay)), (list(range(1, 11)), {2}))
        net.connect("ring", "ring", lambda i, j: 0.5 * (i < 5), weight=1, seed=4)
        self.assertTrue(10 < len(net.projections[1]) < 40 and net.projections[1].pre.max() == 4)
        self.assertRaisesRegex(sm.InputError, "the function says int64", net.connect, "ring", "ring", lambda i, j: i + j)

    def test_distance_decides_probability_weight_and_delay(self):
        places = sm.grid(6, 6)
        net = sm.Network()
        net.add_neurons("sheet", 36, sm.RawNeurons(theta=5))
        net.connect_by_distance("sheet", "sheet", places, places, lambda d: d <= 1, weight=lambda d: 1 + d, seed=1,
                                delay=lambda d: 1 + 2 * d, allow_self=False)
        one = net.projections[0]
        self.assertEqual((len(one), set(one.weight), set(one.delay)), (2 * 2 * 6 * 5, {2.0}, {3}))
        net.connect_by_distance("sheet", "sheet", places, places, lambda d: d <= 1, weight=1, seed=1, allow_self=False, period=6)
        self.assertEqual(len(net.projections[1]), 36 * 4)
        net.connect_by_distance("sheet", "sheet", places, places, lambda d: np.exp(-d), weight=1, seed=1)
        self.assertTrue(150 < len(net.projections[2]) < 300)
        self.assertRaisesRegex(sm.InputError, "positions: shapes", net.connect_by_distance, "sheet", "sheet", places[:5], places, lambda d: d < 1, 1, 1)


class Changing(unittest.TestCase):
    """Sources whose rate changes, and currents."""

    def relay(self, size=40):
        net = sm.Network(dt_ms=0.5)
        net.add_input("in", size)
        net.add_neurons("out", size, sm.RawNeurons(theta=5), record=True)
        net.connect_one_to_one("in", "out", 10)
        return loaded(net) if size <= 16 else self.large(net)

    @staticmethod
    def large(net):
        machine = sm.Machine("reference")
        machine.load(net)
        return machine

    def test_rates_of_each_neuron_and_in_time(self):
        machine = self.relay()
        each = machine.run({"in": sm.Poisson(np.linspace(0, 200, 40))}, 4000).rates("out")[0]
        np.testing.assert_allclose(each, np.linspace(0, 195, 40), atol=35)
        self.assertEqual(each[0], 0)
        steps = np.where(np.arange(4000) < 2000, 20.0, 100.0)[:, np.newaxis]
        timed = machine.run({"in": sm.Poisson(steps)}).rates("out", bin_ms=1000).mean(axis=2)[0]
        np.testing.assert_allclose(timed, [20, 98], atol=4)
        wave = machine.run({"in": sm.Poisson(lambda t: 50 + 50 * np.sin(2 * np.pi * t / 1000))}, 2000).rates("out", bin_ms=500)
        self.assertGreater(abs(wave[0, 0].mean() - wave[0, 1].mean()), 40)
        self.assertRaisesRegex(sm.InputError, r"rates of shape \(3,\), but \[40\]", machine.run, {"in": sm.Poisson([1, 2, 3])}, 10)

    def test_a_run_in_pieces_is_the_run(self):
        rate = lambda t: 40 + t / 10  # noqa: E731
        whole = self.relay().run({"in": sm.Poisson(rate)}, 400)
        machine, steps = self.relay(), []
        for first in range(0, 400, 50):
            steps.append(machine.run({"in": sm.Poisson(rate)}, 50)["out"]["step"] + first)
        np.testing.assert_array_equal(np.concatenate(steps), whole["out"]["step"])
        twice = self.relay(16).run_samples({"in": sm.Poisson(np.full(16, 100.0))}, 400, 2)
        self.assertFalse(np.array_equal(twice.dense("out")[0], twice.dense("out")[1]))

    def test_a_current_is_a_bias_that_changes(self):
        def made():
            net = sm.Network()
            net.add_neurons("out", 3, lif(v_threshold=-20))
            net.add_current("drive", "out", most=32.0, bits=10)
            return net

        steps = 80
        ramp = np.linspace(-10, 20, steps)
        machine = loaded(made())
        current = machine.run({"drive": sm.Current(ramp)}, record={"i": "out"}).trace("i").in_units[0]
        a, want = machine.parameters("out")["decay_i"][0] / 4096, np.zeros(steps)
        for t in range(1, steps):
            want[t] = a * want[t - 1] + (1 - a) * ramp[t - 1]
        np.testing.assert_allclose(current, np.repeat(want[:, np.newaxis], 3, axis=1), atol=0.1)
        constant = sm.Network()
        constant.add_neurons("out", 3, lif(v_threshold=-20, bias=12))
        by_bias = loaded(constant).run({}, 40, record={"v": "out"}).trace("v").in_units[0, :-1]
        by_current = loaded(made()).run({"drive": sm.Current(lambda t: np.full(len(t), 12.0))}, 40, record={"v": "out"}).trace("v").in_units[0, 1:]
        np.testing.assert_allclose(by_current, by_bias, atol=0.05)
        self.assertRaisesRegex(sm.InputError, "currents of 32 to 32, but the source gives -32 to 31.9", machine.run, {"drive": sm.Current([32.0])})
        for odd, message in ((sm.Poisson(10), "Poisson, but it is a current source"), (sm.Regular(2), "Regular, but it is a current source"),
                             (sm.Current(np.ones(5)), r"a current of shape \(5,\), but one number, \[10\]"),
                             (sm.Current(np.ones((10, 2))), r"a current of shape \(10, 2\).*add_current for each \(neurons=\[i\]\), or use Poisson")):
            self.assertRaisesRegex(sm.InputError, message, machine.run, {"drive": odd}, 10)
        self.assertIn('"drive": 10 inputs as a current source, -32 to 32 in steps of 0.0625', repr(made()))
        same = [loaded(made()).run({"drive": sm.Current(c)}, 40, record={"v": "out"}).trace("v").values for c in (12, lambda t: np.full(len(t), 12.0))]
        np.testing.assert_array_equal(*same)
        default = made()
        default.add_current("fine", "out", most=40)  # whose smallest weights the chip cannot hold: a matter of resolution
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            report = sm.map_network(default)
        self.assertEqual(report["conversion"]["warnings"], [])
        other = loaded(network())
        self.assertRaisesRegex(sm.InputError, 'no current source; net.add_current\\("in"', other.run, {"in": sm.Current([1.0])})


class Feel(unittest.TestCase):
    def test_dir_has_what_the_package_has_for_its_users(self):
        self.assertEqual(sorted(dir(sm)), sorted([*sm.__all__, "plot", "report"]))
        self.assertRaisesRegex(AttributeError, "no Machnie; did you mean Machine", lambda: sm.Machnie)
        for name in sm.__all__:
            getattr(sm, name)

    def test_a_build_is_a_dictionary_too_and_the_remedy_of_a_refusal_works(self):
        net = sm.Network()
        net.add_input("in", 1100)
        net.add_neurons("out", 1, sm.RawNeurons(theta=5))
        net.connect_all_to_all("in", "out", 1)
        with self.assertRaisesRegex(sm.InputError, "needs 1100 axons") as refused:
            sm.map_network(net)
        config = json.loads(str(refused.exception).split("sm.Machine(config=")[1].rstrip(")"))
        self.assertEqual(config, {"Axons": 2048})
        with sm.Machine(config=config) as machine:
            machine.load(net)
            self.assertEqual((machine.build["Axons"], machine.build["Neurons"]), (2048, 256))
        with sm.Emulator(config={**config, "MeshW": 2, "MeshH": 1}) as chip, sm.Machine(port=chip.port) as machine:
            self.assertEqual((machine.build["Axons"], machine.build["MeshW"]), (2048, 2))
        self.assertEqual(sm.map_network(net, config)["build"]["Axons"], 2048)
        self.assertRaisesRegex(sm.InputError, r'config=\{\*\*sm\.Machine\(config="ecp5"\)\.build, "Axons": 2048\}', sm.map_network, net, "ecp5")

    def test_an_argument_that_is_not_there_names_the_nearest(self):
        machine = loaded(network())
        for call, message in ((lambda: machine.run({}, stpes=5), "Machine.run: no argument stpes; did you mean steps"),
                              (lambda: sm.Poisson(rate=5), "Poisson: no argument rate; did you mean rate_hz"),
                              (lambda: network().connect_all_to_all("in", "out", wieght=5), "no argument wieght; did you mean weight"),
                              (lambda: sm.Machine(exector="model"), "Machine: no argument exector; did you mean executor"),
                              (lambda: sm.run(network(), {}, 5, sampels=2), "run: no argument sampels; did you mean samples"),
                              (lambda: machine.run({}, 5).rates("out", bin=5), "Spikes.rates: no argument bin; did you mean bin_ms")):
            with self.subTest(message):
                self.assertRaisesRegex(TypeError, message, call)

    def test_progress_is_told(self):
        told = []
        with sm.Machine("reference", "tiny", progress=lambda *each: told.append(each)) as machine:
            machine.load(network())
            machine.run({"in": sm.Poisson(50)}, 20_000)
        self.assertTrue(any(unit == "steps" and done <= all_ for unit, done, all_ in told), told[:5])

    def test_a_chip_is_reached_over_tcp(self):
        with sm.Emulator("model", "tiny", link="tcp:0") as chip, sm.Machine(port=chip.port) as machine:
            self.assertTrue(chip.port.startswith("tcp:"), chip.port)
            machine.load(network())
            self.assertEqual(machine.run({"in": sm.Regular(3)}, 20), loaded(network()).run({"in": sm.Regular(3)}, 20))


if __name__ == "__main__":
    unittest.main()
