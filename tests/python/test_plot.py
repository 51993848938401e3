# SPDX-License-Identifier: Apache-2.0
"""Plots show what was measured, in milliseconds and in the author's units, and leave the axes to the author."""
import importlib.util
import pathlib
import tempfile
import unittest

import numpy as np

import spikemesh as sm

if importlib.util.find_spec("matplotlib") is None:
    raise unittest.SkipTest("matplotlib is not there")
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

plot = sm.plot
STEPS, DT = 120, 0.5


def network():
    net = sm.Network(dt_ms=DT)
    net.add_input("in", 6)
    neurons = sm.PhysicalNeurons(tau_m_ms=20, tau_syn_ms=5, v_threshold=-50, v_rest=-65, v_reset=-65)
    net.add_neurons("out", 5, neurons, record=True)
    net.add_neurons("more", 3, neurons, record=True)
    net.add_rule("stdp", tau_pre_ms=12, tau_post_ms=20, a_plus=5, a_minus=-2, w_min=0, w_max=200)
    net.set_rule(net.connect_all_to_all("in", "out", weight=80), "stdp")
    net.connect_all_to_all("in", "more", weight=90)
    return net


def run(samples=1):
    return sm.run(network(), {"in": sm.Poisson(120)}, STEPS, samples=samples,
                  record={"v": "out[0..2]", "weight": ("in", "out"), "every": 1})


class Plots(unittest.TestCase):
    def tearDown(self):
        pyplot.close("all")

    def test_a_raster_has_a_mark_for_each_spike_at_its_time(self):
        spikes = run(2)
        axes = plot.raster(spikes)
        marks = [line.get_xydata() for line in axes.lines if line.get_marker() in "|."]
        self.assertEqual([len(each) for each in marks], [len(spikes["out"]), len(spikes["more"])])
        rows = spikes["more"]
        np.testing.assert_allclose(marks[1][:, 0], (rows["sample"] * STEPS + rows["step"]) * DT)
        np.testing.assert_array_equal(marks[1][:, 1], 5 + rows["neuron"])
        self.assertEqual([tick.get_text() for tick in axes.get_yticklabels()], ["out", "more"])
        self.assertEqual(axes.get_xlabel(), "time (ms), 2 samples of 60 ms one after another")

    def test_long_runs_have_their_place_in_time(self):
        spikes = sm.Spikes({"a": ([3], [5], [0])}, {"a": 1}, 2**31, 4, {"a": np.zeros(1, np.uint32)})
        marks = [line.get_xydata() for line in plot.raster(spikes).lines if line.get_marker() in "|."]
        np.testing.assert_array_equal(marks[0], [[3 * 2**31 + 5, 0]])

    def test_size_dpi_title_and_axes_are_the_authors(self):
        axes = plot.raster(run(), "out", size=(5, 2), dpi=77, title="mine")
        self.assertEqual((tuple(axes.figure.get_size_inches()), axes.figure.dpi, axes.get_title(loc="left")), ((5, 2), 77, "mine"))
        _, own = pyplot.subplots()
        self.assertIs(plot.rates(run(), ax=own), own)
        self.assertEqual(tuple(plot.v(run().trace("v")).figure.get_size_inches()), plot.COLUMN)

    def test_v_is_drawn_in_units_with_threshold_and_spikes(self):
        spikes = run()
        trace = spikes.trace("v")
        axes = plot.v(trace, [1], spikes=spikes, unit="mV")
        np.testing.assert_allclose(axes.lines[0].get_ydata(), trace.in_units[0, :, 1])
        np.testing.assert_allclose(axes.lines[0].get_xdata(), trace.times_ms)
        self.assertEqual((list(axes.lines[1].get_ydata()), axes.get_ylabel()), ([-50, -50], "V (mV)"))
        strokes = axes.collections[0].get_segments()
        np.testing.assert_allclose([stroke[0][0] for stroke in strokes], spikes.times_ms("out", neurons=1) + DT)
        self.assertGreater(len(strokes), 0)

    def test_rates_and_histograms_count_what_there_is(self):
        spikes = run(2)
        steps = plot.rates(spikes, "out", bin_ms=5).patches[0].get_data()
        np.testing.assert_allclose(steps.values, spikes.rates("out", bin_ms=5).mean(axis=(0, 2)))
        np.testing.assert_allclose(steps.edges, np.arange(0, 61, 5))
        self.assertEqual(plot.rate_histogram(spikes, "out").patches[0].get_data().values.sum(), 5)
        self.assertEqual(plot.isi_histogram(spikes, "out", to_ms=60).patches[0].get_data().values.sum(), len(spikes.isi("out")))
        shown = plot.isi_histogram(spikes, "out", to_ms=3)
        beyond = len(spikes.isi("out")) - shown.patches[0].get_data().values.sum()
        self.assertEqual(shown.texts[0].get_text(), f"{beyond} longer than 3")

    def test_weights_are_a_matrix_or_a_course(self):
        spikes = run()
        matrix = np.array([[0, 2.0], [-1, 3]])
        image = plot.weights(matrix, unit="mV").images[0]
        np.testing.assert_array_equal(image.get_array(), matrix)
        self.assertEqual(image.get_clim(), (-3, 3))
        trace = spikes.trace("weight")
        mean = plot.weights(trace).lines[0]
        np.testing.assert_allclose(mean.get_ydata(), np.append(80, trace.in_units[0].mean(axis=1)), atol=0.1)
        np.testing.assert_allclose(mean.get_xdata(), np.append(0, trace.times_ms))

    def test_curves_windows_and_meshes(self):
        axes = plot.f_i([1, 2, 3], np.array([[0, 2], [10, 12], [20, 22]]), unit="nA", label="a")
        np.testing.assert_array_equal(axes.containers[0].lines[0].get_ydata(), [1, 11, 21])
        rule = network().rules["stdp"]
        before, after = plot.stdp_window(rule, measured=([5], [1])).lines[:2]
        self.assertAlmostEqual(before.get_ydata()[-1], -2)
        self.assertAlmostEqual(after.get_ydata()[0], 5)
        np.testing.assert_allclose(np.interp(12, after.get_xdata(), after.get_ydata()), 5 / np.e, rtol=1e-3)
        with sm.Machine("model", "odd") as machine:
            machine.load(network(), min_tiles=2)
            machine.run({"in": sm.Poisson(120)}, 20)
            stats = machine.stats()
        image = plot.mesh(stats, "synapse_events").images[0]
        self.assertEqual(image.get_array().sum(), stats["synapse_events"])
        self.assertRaisesRegex(ValueError, "counter spiks: there are ", plot.mesh, stats, "spiks")

    def test_a_whole_run_is_drawn(self):
        spikes = run(2)
        titles = [axes.get_title(loc="left") for axes in plot.run(spikes)]
        self.assertEqual(titles, [f"spikes of out: {len(spikes['out'])} (all neurons)", f"spikes of more: {len(spikes['more'])} (all neurons)",
                                  "V of out, every step", "learning: 30 weights from in to out"])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "run.svg"
            plot.save(spikes, path, "mine")
            self.assertIn(">mine<", path.read_text(encoding="utf-8"))
            self.assertEqual([each.name for each in pathlib.Path(folder).iterdir()], ["run.svg"])
        nothing = sm.Network()
        nothing.add_input("in", 1)
        nothing.add_neurons("out", 1, sm.RawNeurons(theta=1))
        for draw, wanted in ((plot.v, "v"), (plot.weights, "weight")):
            self.assertRaisesRegex(TypeError, f'a Trace is needed, not Spikes: spikes.trace\\("{wanted}"\\)', draw, spikes)
        self.assertRaisesRegex(ValueError, "nothing was recorded", plot.run, sm.run(nothing, {}, 3))


if __name__ == "__main__":
    unittest.main()
