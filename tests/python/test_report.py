# SPDX-License-Identifier: Apache-2.0
"""Activity, energy and NeuroBench's metrics of a run say what the machine did."""
import importlib.util
import json
import pathlib
import tempfile
import unittest

import numpy as np

import spikemesh as sm

STEPS, SAMPLES = 40, 3


def network():
    net = sm.Network(dt_ms=1)
    net.add_input("in", 6)
    net.add_neurons("out", 5, sm.PhysicalNeurons(tau_m_ms=20, v_threshold=1), record=True)
    net.add_neurons("last", 4, sm.PhysicalNeurons(tau_m_ms=20, v_threshold=1))
    net.connect_all_to_all("in", "out", weight=12)
    net.connect("out", "last", [0, 2, 4], [1, 3, 0], weight=30)
    return net


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.place.name) / "run"
        with sm.Machine("model", "tiny", activity=True) as machine:
            machine.load(network())
            machine.run_samples({"in": sm.Poisson(80)}, STEPS, samples=SAMPLES, out=cls.folder)
        cls.stats = json.loads((cls.folder / "stats.json").read_text())

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def test_the_activity_is_that_of_the_run(self):
        activity = sm.load_activity(self.folder)
        self.assertEqual(activity.steps, STEPS * SAMPLES)
        for name in ("spikes", "packets", "synapse_events", "emitted"):
            self.assertEqual(activity.core(name).sum(), self.stats["counters"][name])
        self.assertGreater(activity.core("spikes").sum(), 0)
        self.assertRaisesRegex(sm.report.ReportError, "a core has no 'spike'; it has update", activity.core, "spike")

    def test_other_machines_have_no_activity(self):
        self.assertRaisesRegex(sm.InputError, "activity: only the model records it; use executor model", sm.Machine, activity=True)

    def test_energy_adds_up(self):
        energy = sm.energy(self.folder, "loihi")
        self.assertAlmostEqual(sum(energy.units.values()), energy.total_pj)
        self.assertEqual(energy.units["synaptic_event"], 23.6 * self.stats["counters"]["synapse_events"])

    def test_the_metrics_of_neurobench_are_those_of_a_network_counted_by_hand(self):
        found = sm.neurobench(self.folder)
        counters = self.stats["counters"]
        self.assertAlmostEqual(found["connection_sparsity"], 1 - (6 * 5 + 3) / (6 * 5 + 5 * 4))
        self.assertAlmostEqual(found["activation_sparsity"], 1 - counters["spikes"] / (9 * STEPS * SAMPLES))
        self.assertEqual(found["synaptic_operations"]["Effective_ACs"], counters["synapse_events"] / SAMPLES)
        self.assertEqual(found["synaptic_operations"]["Effective_MACs"], 0)
        self.assertEqual(found["synaptic_operations"]["Dense"], (6 * 5 + 5 * 4) * STEPS)
        self.assertGreaterEqual(found["footprint"], 4 * (12 * 9 + 33))

    @unittest.skipIf(importlib.util.find_spec("matplotlib") is None, "matplotlib is not there")
    def test_charts_show_the_activity(self):
        import matplotlib
        matplotlib.use("Agg")
        activity = sm.load_activity(self.folder)
        axes = sm.plot.activity(activity)
        self.assertEqual(set(axes), {"steps", "links", "load", "buffers", "time", "critical", "latency"})
        np.testing.assert_array_equal(axes["steps"].lines[0].get_ydata(), activity.window("cycles"))
        widths = [bar.get_width() for bar in axes["time"].patches]
        self.assertAlmostEqual(sum(widths), 100 * activity.tiles)
        self.assertEqual(axes["links"].collections[0].get_array().max(), activity.links.sum(axis=0).max())
        bars = sm.plot.energy(sm.energy(self.folder, "loihi")).get_legend_handles_labels()[1]
        self.assertIn("synaptic event", bars)


if __name__ == "__main__":
    unittest.main()
