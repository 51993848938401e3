# SPDX-License-Identifier: Apache-2.0
"""Layers are the convolutions of scipy, stay kernels in files, and relays carry spikes over long delays unseen."""
import itertools
import json
import pathlib
import pickle
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from scipy.signal import correlate2d

import spikemesh as sm

NEURONS = sm.PhysicalNeurons(beta=0.9, v_threshold=1)


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def convolved(image, kernel, stride=1, padding=0, dilation=1, groups=1):
    """[out, height, width] in double: torch's conv2d, made of scipy's correlation in two dimensions."""
    stride, padding, dilation = pair(stride), pair(padding), pair(dilation)
    padded = np.pad(image, ((0, 0), *((side, side) for side in padding)))
    wide = np.zeros((*kernel.shape[:2], *((n - 1) * d + 1 for n, d in zip(kernel.shape[2:], dilation))))
    wide[:, :, ::dilation[0], ::dilation[1]] = kernel
    seen, sharers = kernel.shape[1], kernel.shape[0] // groups
    return np.array([sum(correlate2d(padded[o // sharers * seen + c], wide[o, c], "valid") for c in range(seen))
                     [::stride[0], ::stride[1]] for o in range(kernel.shape[0])])


def gathered(net, projection, image):
    """What its synapses add up, in the shape of the population."""
    view = net.projections[projection]
    result = np.zeros(net[view.to].size)
    np.add.at(result, view.post, view.weight * image.ravel()[view.pre])
    return result.reshape(net[view.to].shape)


class Convolutions(unittest.TestCase):
    def test_synapses_add_up_what_scipy_does_for_every_stride_padding_dilation_and_group(self):
        random = np.random.default_rng(1)
        compared = 0
        for stride, padding, dilation, groups, size in itertools.product(
                (1, 2, (3, 1)), (0, 1, (2, 0)), (1, 2, (1, 3)), (1, 2, 4), ((1, 1), (3, 2), (2, 3))):
            with self.subTest(stride=stride, padding=padding, dilation=dilation, groups=groups, size=size):
                image = random.normal(size=(4, 7, 9))
                kernel = random.normal(size=(8, 4 // groups, *size))
                net = sm.Network()
                net.add_input("in", image.shape)
                sm.layers.conv2d(net, "out", "in", kernel, NEURONS, stride=stride, padding=padding, dilation=dilation, groups=groups)
                wanted = convolved(image, kernel, stride, padding, dilation, groups)
                self.assertEqual(net["out"].shape, wanted.shape)
                np.testing.assert_allclose(gathered(net, 0, image), wanted, rtol=0, atol=1e-12)
                compared += wanted.size
        self.assertGreater(compared, 20_000)

    def test_a_machine_adds_up_the_same_integers(self):
        random = np.random.default_rng(2)
        for stride, padding, dilation, groups in ((1, 1, 1, 1), (2, 0, 2, 2), ((1, 2), (2, 1), (2, 1), 1)):
            kernel = random.integers(-50, 50, size=(4, 2 // groups, 3, 3))
            net = sm.Network()
            net.add_input("in", (2, 10, 9))
            sm.layers.conv2d(net, "out", "in", kernel, sm.RawNeurons(theta=2**23 - 1), stride=stride, padding=padding,
                             dilation=dilation, groups=groups)
            images = random.integers(0, 2, size=(5, 2, 10, 9))
            machine = sm.Machine("model")
            machine.load(net)
            for image in images:
                machine.run({"in": image.reshape(1, -1)})
                machine.run(steps=1)
                np.testing.assert_array_equal(machine.v("out").reshape(net["out"].shape), convolved(image, kernel, stride, padding, dilation, groups))

    def test_pools_average_and_sum(self):
        image = np.arange(2 * 6 * 5.0).reshape(2, 6, 5)
        net = sm.Network()
        net.add_input("in", image.shape)
        sm.layers.pool2d(net, "mean", "in", 2, NEURONS)
        sm.layers.pool2d(net, "sum", "in", (3, 2), NEURONS, weight=1, stride=1, padding=(1, 0))
        mean = image[:, :, :4].reshape(2, 3, 2, 2, 2).mean(axis=(2, 4))
        np.testing.assert_allclose(gathered(net, 0, image), mean, atol=1e-12)
        ones = np.ones((2, 1, 3, 2))
        np.testing.assert_allclose(gathered(net, 1, image), convolved(image, ones, padding=(1, 0), groups=2), atol=1e-12)

    def test_a_dense_layer_takes_torchs_matrix_and_biases_go_by_channel(self):
        net = sm.Network()
        net.add_input("in", (2, 2, 3))
        sm.layers.conv2d(net, "conv", "in", np.ones((3, 2, 1, 1)), NEURONS, bias=[0.1, 0.2, 0.3])
        matrix = np.arange(36.0).reshape(2, 18)
        sm.layers.dense(net, "out", "conv", matrix, NEURONS, bias=[1, 2], record=True)
        np.testing.assert_array_equal(net["conv"].bias, np.repeat([0.1, 0.2, 0.3], 6))
        np.testing.assert_array_equal(net["out"].bias, [1, 2])
        x = np.linspace(0, 1, 18).reshape(3, 2, 3)
        np.testing.assert_allclose(gathered(net, 1, x), matrix @ x.ravel())
        self.assertIsNone(NEURONS.bias)

    def test_what_does_not_fit_is_refused_and_leaves_the_network_as_it_was(self):
        net = sm.Network()
        net.add_input("in", (2, 6, 6))
        net.add_input("flat", 72)
        before = net.copy()
        kernel = np.ones((4, 2, 3, 3))
        for message, call in (
                (r"kernel: shape \(3, 3\), but \[channels out", lambda: sm.layers.conv2d(net, "c", "in", np.ones((3, 3)), NEURONS)),
                (r'"flat": shape \(72,\), but \(channels', lambda: sm.layers.conv2d(net, "c", "flat", kernel, NEURONS)),
                (r"a kernel of the shape \(4, 3, 3, 3\), but \(4, 2, height",
                 lambda: sm.layers.conv2d(net, "c", "in", np.ones((4, 3, 3, 3)), NEURONS)),
                (r"groups: 3, but it must divide", lambda: sm.layers.conv2d(net, "c", "in", kernel, NEURONS, groups=3)),
                (r"stride: -1, but", lambda: sm.layers.conv2d(net, "c", "in", kernel, NEURONS, stride=-1)),
                (r"stride: \(0, 0\), but both are at least 1", lambda: sm.layers.conv2d(net, "c", "in", kernel, NEURONS, stride=0)),
                (r"padding: 3 numbers, but one or", lambda: sm.layers.conv2d(net, "c", "in", kernel, NEURONS, padding=(1, 1, 1))),
                (r"kernel is larger than", lambda: sm.layers.conv2d(net, "c", "in", kernel, NEURONS, dilation=6)),
                (r"nan, but a finite number", lambda: sm.layers.conv2d(net, "c", "in", kernel * np.nan, NEURONS)),
                (r"delay: one number or an array of the shape of the kernel",
                 lambda: sm.layers.conv2d(net, "c", "in", kernel, NEURONS, delay=[1, 2])),
                (r"bias: shape \(3,\), but one number for each of the 4", lambda: sm.layers.conv2d(net, "c", "in", kernel, NEURONS, bias=[1, 2, 3])),
                (r"weight: shape \(2, 3\), but \[out, in\]", lambda: sm.layers.dense(net, "c", "in", np.ones((2, 3)), NEURONS))):
            with self.assertRaisesRegex(sm.InputError, message):
                call()
            self.assertEqual(net, before)
        with self.assertRaisesRegex(TypeError, "did you mean padding"):
            sm.layers.conv2d(net, "c", "in", kernel, NEURONS, pading=1)


class Files(unittest.TestCase):
    def network(self):
        random = np.random.default_rng(3)
        net = sm.Network()
        net.add_input("in", (2, 34, 34))
        sm.layers.conv2d(net, "c1", "in", random.normal(size=(6, 2, 5, 5)), NEURONS, padding=2, delay_ms=2)
        sm.layers.conv2d(net, "c2", "c1", random.normal(size=(8, 6, 3, 3)), NEURONS, stride=2,
                         delay=random.integers(1, 9, size=(8, 6, 3, 3)))
        sm.layers.pool2d(net, "p", "c2", 2, NEURONS)
        return net

    def test_a_kernel_is_kept_as_one_and_costs_its_file_once(self):
        net = self.network()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "net.json"
            net.save(path)
            self.assertEqual(sm.load_network(path), net)
            kernels = np.load(path.parent / "net.projection1.weight.npy")
            self.assertEqual(kernels.shape, (8, 6, 3, 3))
            self.assertLess(sum(each.stat().st_size for each in path.parent.iterdir()), 12_000)
        self.assertEqual(pickle.loads(pickle.dumps(net)), net)
        self.assertEqual([each.connect for each in net.projections], ["conv2d", "conv2d", "pool2d"])

    def test_a_change_of_a_part_keeps_all_that_a_network_says(self):
        net = self.network()
        settings = {"v_scale": 4096.0, "adapt_period": 4, "decay_bits": 13, "min_tiles": 7, "split_weights": 0.02, "relays": True,
                    "integration": "exponential"}
        for name, value in settings.items():
            setattr(net, name, value)
        net["p"].v, net["p"].i = 0.25, np.linspace(-1, 1, net["p"].size)
        net["c1"].v_threshold = 1.5
        net.projections[2].delay = 4
        for name, value in settings.items():
            self.assertEqual(getattr(net, name), value)
        self.assertEqual((net["p"].v, net["p"].i[0], net["p"].shape), (0.25, -1, (8, 8, 8)))
        self.assertEqual(net.projections[2].connect, "pool2d")

    def test_initial_v_and_i_are_in_the_network(self):
        net = sm.Network()
        net.add_neurons("n", 3, sm.PhysicalNeurons(tau_m_ms=20, tau_syn_ms=5, v_threshold=-50, v_rest=-65))
        net["n"].v, net["n"].i = [-65, -60, -55], 2.0
        machine = sm.Machine("model", "tiny")
        machine.load(net)
        np.testing.assert_allclose(machine.v("n", unit=True), [-65, -60, -55], atol=1e-3)
        np.testing.assert_allclose(machine.i("n", unit=True), [2, 2, 2], atol=1e-3)
        other = sm.Machine("model", "tiny")
        plain = net.copy()
        plain["n"].v = plain["n"].i = None
        other.load(plain)
        other.set_v("n", machine.v("n"))
        other.set_i("n", machine.i("n"))
        machine.run(steps=30)
        other.run(steps=30)
        np.testing.assert_array_equal(machine.v("n"), other.v("n"))
        with self.assertRaisesRegex(sm.InputError, 'clear "all": /populations/0/v gives potentials or currents .* use clear "none"'):
            machine.run_samples({}, 3, 1)


    def test_a_plastic_layer_learns_each_synapse_on_its_own(self):
        net = sm.Network()
        net.add_input("in", (1, 5, 5))
        sm.layers.conv2d(net, "out", "in", np.full((2, 1, 3, 3), 40), sm.RawNeurons(theta=150, decay_v=3800), padding=1)
        net.set_rule(0, net.add_rule("stdp", tau_pre_ms=20, tau_post_ms=20, a_plus=5, a_minus=-4, w_min=0, w_max=100))
        machine = sm.Machine("model")
        machine.load(net)
        machine.run({"in": sm.Poisson(rate_hz=100, seed=1)}, 100)
        learned = machine.learned().projections[0]
        self.assertEqual((learned.connect, len(learned)), ("sparse", 2 * (5 * 3 - 2) ** 2))
        matrix = np.zeros((25, 50))
        matrix[learned.pre, learned.post] = learned.weight
        np.testing.assert_array_equal(matrix, machine.weights("in", "out"))
        self.assertGreater(len(np.unique(learned.weight)), 20)

    def test_the_example_of_9000_neurons_maps_loads_and_runs(self):
        example = pathlib.Path(__file__).parents[2] / "host/examples/convolution.py"
        done = subprocess.run([sys.executable, example, "small"], capture_output=True, text=True, check=True)
        self.assertRegex(done.stdout, r"\n9018 neurons, 7445\d\d synapses on \d+ tiles; \d{5,6} bytes of files; \d+ spikes of out")


class Relays(unittest.TestCase):
    def network(self):
        net = sm.Network()
        net.add_input("in", 6, max_spikes_per_step=2)
        net.add_neurons("n", 5, sm.RawNeurons(theta=100, decay_v=3800), record=True)
        net.connect_dense("in", "n", np.arange(30).reshape(6, 5) * 3, delay=np.arange(30).reshape(6, 5) + 1)
        net.connect_all_to_all("n", "n", 20, delay=40, allow_self=False)
        return net

    def test_long_delays_are_refused_until_relays_are_wanted(self):
        net = self.network()
        self.assertRaisesRegex(sm.InputError, r"delay/3/0: 16, but this chip allows 1\.\.15; .*relays, --relays", sm.map_network, net)
        report = sm.map_network(net, relays=True)
        self.assertEqual(report["conversion"]["relays"], 2 * 3 + 5 * 2)
        self.assertIn("Relay neurons: 16 pass on the spikes of 8 inputs and neurons for delays beyond 15 steps", str(report))
        net.relays = True
        self.assertEqual(str(sm.map_network(net)), str(report))

    def test_nothing_that_a_machine_shows_has_relays(self):
        net = self.network()
        random = np.random.default_rng(4)
        inputs = random.integers(0, 3, size=(120, 6)) * (random.random((120, 6)) < 0.2)
        found = {}
        for executor in ("reference", "model"):
            machine = sm.Machine(executor)
            machine.load(net, relays=True)
            rows = machine.synapses("in", "n")
            self.assertEqual(sorted(zip(rows["pre"], rows["post"], rows["delay"], rows["weight"])),
                             [(i // 5, i % 5, i + 1, 3 * i) for i in range(1, 30)])
            self.assertEqual(set(machine.synapses("n", "n")["delay"]), {40})
            with tempfile.TemporaryDirectory() as folder:
                spikes = machine.run_samples({"in": inputs}, 200, out=folder, record={"v": "n", "every": 10})
                saved = json.loads((pathlib.Path(folder) / "config.json").read_text(encoding="utf-8"))
            self.assertIs(saved["relays"], True)
            self.assertEqual(spikes.trace("v").values.shape[2], 5)
            self.assertEqual([name for name in spikes], ["n"])
            found[executor] = spikes
            learned = machine.learned()
            self.assertEqual(learned.populations, net.populations)
            self.assertTrue(learned.relays)
        self.assertEqual(found["reference"], found["model"])
        self.assertGreater(len(found["model"]["n"]["step"]), 50)

    def test_an_input_through_relays_is_the_same_input_later(self):
        spikes = []
        for delay, later in ((1, 99), (100, 0)):
            net = sm.Network(relays=True)
            net.add_input("in", 4, max_spikes_per_step=3)
            net.add_neurons("n", 4, sm.RawNeurons(theta=60, decay_i=1500, decay_v=3800), record=True)
            net.connect_dense("in", "n", 10.0 * np.arange(16).reshape(4, 4), delay=delay)
            inputs = np.zeros((260, 4), int)
            inputs[later:later + 150] = np.random.default_rng(5).integers(0, 4, size=(150, 4))
            spikes.append(sm.run(net, {"in": inputs}))
        self.assertEqual(spikes[0], spikes[1])
        self.assertGreater(len(spikes[0]["n"]["step"]), 100)


if __name__ == "__main__":
    unittest.main()
