# SPDX-License-Identifier: Apache-2.0
"""Spikes know time: what is computed from them is what the author would compute by hand."""
import unittest
import unittest.mock

import numpy as np

import spikemesh as sm

DT = 0.5


def spikes(samples=2, steps=40, dt_ms=DT):
    """Relay neurons: 'out' fires one step after its input; 'other' is only partly recorded."""
    net = sm.Network(dt_ms=dt_ms)
    net.add_input("in", 3)
    net.add_neurons("out", 3, sm.RawNeurons(theta=5), record=True)
    net.add_neurons("other", 3, sm.RawNeurons(theta=5))
    net.record("other", [2])
    net.connect_one_to_one("in", "out", 10)
    net.connect_one_to_one("in", "other", 10)
    given = sm.events([0, 4, 10, 10, 6, 20], [0, 0, 0, 1, 2, 2], [0, 0, 0, 0, 1, 1])
    return sm.run(net, {"in": given}, steps, samples=samples)


def module(test, name):
    try:
        return __import__(name)
    except ImportError:
        test.skipTest(f"{name} is not there")


class Times(unittest.TestCase):
    def test_times_are_steps_times_dt(self):
        made = spikes()
        self.assertEqual((made.dt_ms, made.duration_ms), (DT, 20.0))
        np.testing.assert_array_equal(made.times_ms("out"), [0.5, 2.5, 5.5, 5.5, 3.5, 10.5])
        np.testing.assert_array_equal(made.times_ms("out", neurons=0), [0.5, 2.5, 5.5])
        np.testing.assert_array_equal(made.times_ms("out", sample=1), [3.5, 10.5])
        np.testing.assert_array_equal(made.times_ms("other", neurons=2), [3.5, 10.5])
        self.assertRaisesRegex(sm.UnrecordedError, "such as 0", made.times_ms, "other", 0)

    def test_counts_and_rates_keep_samples_apart(self):
        made = spikes()
        np.testing.assert_array_equal(made.counts("out"), [[3, 1, 0], [0, 0, 2]])
        np.testing.assert_allclose(made.rates("out"), made.counts("out") / 0.020)
        binned = made.counts("out", bin_ms=3)  # 6 steps: 6 bins and one of 4 steps
        self.assertEqual(binned.shape, (2, 7, 3))
        np.testing.assert_array_equal(binned.sum(axis=1), made.counts("out"))
        self.assertEqual(binned[0, :, 0].tolist(), [2, 1, 0, 0, 0, 0, 0])
        rates = made.rates("out", neurons=[2], bin_ms=3)
        np.testing.assert_allclose(rates[1, :, 0], np.array([0, 1, 0, 1, 0, 0, 0]) / 0.003)
        np.testing.assert_array_equal(made.bins_ms(3), [0, 3, 6, 9, 12, 15, 18])
        last = spikes(steps=22).rates("out", neurons=[2], bin_ms=3)
        self.assertAlmostEqual(last[1, 3, 0], 1 / 0.002)  # the bin that the end of the sample cuts short
        self.assertRaisesRegex(sm.InputError, "bin_ms 0.7, but a multiple of the 0.5 ms of a step is needed, such as 0.5", made.counts, "out", bin_ms=0.7)

    def test_intervals_cross_neither_neurons_nor_samples(self):
        made = spikes()
        np.testing.assert_array_equal(made.isi("out"), [2.0, 3.0, 7.0])
        np.testing.assert_array_equal(made.isi("out", neurons=[0]), [2.0, 3.0])
        self.assertEqual(made.isi("out", neurons=1).size, 0)

    def test_windows_hold_for_any_dt(self):
        for dt_ms in (0.1, 0.3, 1.0):
            made = spikes(dt_ms=dt_ms)
            part = made.select("out", from_ms=5 * dt_ms, to_ms=11 * dt_ms)
            self.assertEqual((part.first_step, part.steps, part["out"]["step"].tolist()), (5, 6, [5, 7]))
            self.assertAlmostEqual(part.rates("out")[0, 0], 1 / (6 * dt_ms / 1000))
            self.assertEqual(part.dense("out").shape, (2, 6, 3))
            self.assertEqual(part.dense("out").sum(), 2)


class Parts(unittest.TestCase):
    def test_population_neurons_and_samples(self):
        made = spikes()
        part = made.select("out", neurons=[0, 2])
        self.assertEqual((list(part), part.recorded["out"].tolist()), (["out"], [0, 2]))
        np.testing.assert_array_equal(part.counts("out", neurons=[0, 2]), [[3, 0], [0, 2]])
        np.testing.assert_array_equal(part.counts("out"), [[3, 0], [0, 2]])  # of the neurons that are left
        np.testing.assert_allclose(part.rates("out", bin_ms=20)[:, 0], part.counts("out") / 0.020)
        self.assertEqual(part.select(to_ms=5).dense("out").shape, (2, 10, 2))
        self.assertRaisesRegex(sm.UnrecordedError, "such as 1", part.counts, "out", neurons=[1])
        self.assertRaisesRegex(sm.UnrecordedError, "not recorded", lambda: part["other"])
        second = made.select(samples=[1])
        self.assertEqual((second.samples, second["out"]["sample"].tolist()), (1, [0, 0]))
        self.assertEqual(made.select(), made)
        self.assertNotEqual(second, made)
        self.assertEqual(made.select(["out", "other"], to_ms=100), made)

    def test_what_is_not_there_is_said(self):
        made = spikes()
        self.assertRaisesRegex(sm.InputError, r"samples: \[2\], but there are 0\.\.1", made.select, samples=[2])
        self.assertRaisesRegex(sm.InputError, "from_ms 20, to_ms None, but the spikes cover 0 to 20 ms", made.select, from_ms=20)
        self.assertRaisesRegex(KeyError, "the network has in, out, other", made.select, "nobody")

    def test_equal_spikes_have_equal_times(self):
        self.assertEqual(spikes(), spikes())
        self.assertNotEqual(spikes(), spikes(dt_ms=1.0))


class Others(unittest.TestCase):
    def test_pandas_has_a_row_for_each_spike(self):
        module(self, "pandas")
        frame = spikes().to_pandas()
        self.assertEqual(list(frame), ["sample", "population", "neuron", "step", "time_ms"])
        self.assertEqual(len(frame), 8)
        self.assertEqual(frame.groupby("population", observed=True).size().to_dict(), {"out": 6, "other": 2})
        np.testing.assert_allclose(frame["time_ms"], frame["step"] * DT)

    def test_neo_has_a_segment_for_each_sample(self):
        module(self, "neo")
        net = sm.Network(dt_ms=DT)
        net.add_input("in", 2)
        net.add_neurons("out", 2, sm.RawNeurons(theta=5, decay_v=2048), record=True)
        net.connect_one_to_one("in", "out", 4)
        made = sm.run(net, {"in": sm.Regular(2)}, 20, samples=2, record="v:out@2")
        block = made.to_neo()
        self.assertEqual([len(segment.spiketrains) for segment in block.segments], [2, 2])
        train = block.segments[1].spiketrains[1]
        np.testing.assert_allclose(train.rescale("ms").magnitude, made.times_ms("out", neurons=1, sample=1))
        self.assertEqual((train.annotations["population"], float(train.t_stop)), ("out", 10.0))
        signal = block.segments[1].analogsignals[0]
        np.testing.assert_array_equal(signal.magnitude, made.traces["v:out@2"].values[1])
        np.testing.assert_allclose(signal.times.rescale("ms").magnitude, made.traces["v:out@2"].times_ms)

    def test_a_package_that_is_missing_is_named(self):
        with unittest.mock.patch.dict("sys.modules", {"neo": None, "pandas": None}):
            self.assertRaisesRegex(sm.InputError, "to_neo: .*pip install neo", spikes().to_neo)
            self.assertRaisesRegex(sm.InputError, "to_pandas: .*pip install pandas", spikes().to_pandas)


if __name__ == "__main__":
    unittest.main()
