# SPDX-License-Identifier: Apache-2.0
"""What a run gives: recordings, folders that are saved and loaded, sources that go on, and nothing that was not recorded."""
import importlib.util
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

import spikemesh as sm

STEPS = 60
PROGRAM = os.environ.get("SPIKEMESH_PROGRAM", "spikemesh")


def network(record=True):
    net = sm.Network(dt_ms=1.0)
    net.add_input("in", 6)
    net.add_neurons("out", 5, sm.PhysicalNeurons(tau_m_ms=20, tau_syn_ms=5, v_threshold=1), record=record)
    net.add_rule("stdp", tau_pre_ms=12, tau_post_ms=20, a_plus=0.5, a_minus=-0.2, w_min=0, w_max=20)
    net.set_rule(net.connect_all_to_all("in", "out", weight=8), "stdp")
    return net


def machine(executor="reference", net=None):
    made = sm.Machine(executor, "tiny")
    made.load(net or network())
    return made


class Recordings(unittest.TestCase):
    def test_v_i_and_weights_come_back_the_same_from_every_executor(self):
        probes = ["v:out[1..2]@10", "i:out", "weight:in,out@end"]
        given = {}
        for executor in ("reference", "model"):
            with machine(executor) as made:
                spikes = made.run_samples({"in": sm.Regular(3)}, STEPS, 2, record=probes)
                given[executor] = spikes
                self.assertEqual(list(spikes.traces), probes)
                np.testing.assert_array_equal(spikes.traces["i:out"].values[-1, -1], made.i("out"))
                np.testing.assert_array_equal(spikes.traces[probes[2]].values[-1, 0], made.weights("in", "out").ravel())
        v, i, weight = (given["model"].traces[probe] for probe in probes)
        self.assertEqual((v.values.shape, i.values.shape, weight.values.shape), ((2, 6, 2), (2, STEPS, 5), (2, 1, 30)))
        self.assertEqual((v.neurons.tolist(), v.steps.tolist()), ([1, 2], [9, 19, 29, 39, 49, 59]))
        self.assertEqual(weight.synapses[:2].tolist(), [[0, 0, 1], [0, 1, 1]])
        self.assertTrue((weight.values != weight.begin).any())
        for probe in probes:
            np.testing.assert_array_equal(given["model"].traces[probe].values, given["reference"].traces[probe].values)

    def test_recording_changes_no_spike_and_goes_on_in_pieces(self):
        whole, pieces = machine(), machine()
        spikes = whole.run({"in": sm.Poisson(60)}, 40, record="v:out")
        parts = [pieces.run({"in": sm.Poisson(60)}, 10, record="v:out") for _ in range(4)]
        np.testing.assert_array_equal(np.concatenate([p.traces["v:out"].values for p in parts], axis=1), spikes.traces["v:out"].values)

    def test_a_trace_takes_no_cycle_of_the_model(self):
        traces = ["v:out", "i:out[0]@7"]
        given, cycles = {}, {}
        for name, probes, load in (("without", [], "direct"), ("runs on", traces, "direct"), ("stops", traces, "link"),
                                   ("weights run on", ["weight:in,out@5"], "direct"), ("weights stop", ["weight:in,out@5"], "link")):
            with sm.Machine("model", "tiny", load=load) as made:
                made.load(network())
                before = made.stats()["cycles"]
                given[name] = made.run_samples({"in": sm.Regular(3)}, STEPS, 1, record=probes)
                cycles[name] = made.stats()["cycles"] - before
        self.assertEqual(cycles["without"], cycles["runs on"])
        self.assertLess(cycles["runs on"], cycles["stops"])
        np.testing.assert_array_equal(given["without"]["out"], given["runs on"]["out"])
        for probe, runs_on, stops in (*((each, "runs on", "stops") for each in traces), ("weight:in,out@5", "weights run on", "weights stop")):
            np.testing.assert_array_equal(given[runs_on].traces[probe].values, given[stops].traces[probe].values)

    def test_what_cannot_be_recorded_is_said_before_the_run(self):
        made = machine(net=network(record=False))
        for probe, message in (("u:out", "record u:out: QUANTITY:POPULATION"), ("v:nowhere", 'no neurons "nowhere"'),
                               ("v:out@61", "record v:out@61: a sample ends after 60 steps"),
                               ("spikes:out", "record spikes:out: the network was loaded without recording neuron 0")):
            with self.subTest(probe):
                self.assertRaisesRegex(sm.InputError, message, made.run_samples, {}, STEPS, record=probe)
        self.assertEqual(made.step, 0)


class Conversion(unittest.TestCase):
    def neurons(self, **more):
        net = sm.Network(dt_ms=1.0)
        net.add_input("in", 1)
        net.add_neurons("n", 2, sm.PhysicalNeurons(beta=1, v_threshold=1, **more), record=True)
        net.connect_all_to_all("in", "n", weight=0.25)
        return net

    def test_the_scale_of_v_can_be_given_to_a_population(self):
        net = self.neurons()
        net["n"].v_scale = [4096, 8192]
        with machine(net=net) as made:
            made.load(net)
            spikes = made.run({"in": sm.Regular(1)}, 3, record="v:n@1")
            self.assertEqual(made.v("n").tolist(), [2048, 4096])
            self.assertEqual(spikes.traces["v:n@1"].v_scale.tolist(), [4096, 8192])
            self.assertEqual(sm.map_network(made.learned())["conversion"]["v_scale"]["n"], [4096, 8192])
        net["n"].v_scale = 100
        self.assertEqual(sm.map_network(net)["conversion"]["v_scale"]["n"], 100)
        net["n"].v_scale = None
        self.assertEqual(sm.map_network(net)["conversion"]["v_scale"]["n"], 2**18)
        self.assertRaisesRegex(sm.InputError, "/populations/1/v_scale: 3 values for 2 neurons", setattr, net["n"], "v_scale", [1, 2, 3])
        self.assertRaisesRegex(sm.InputError, "/populations/0/v_scale: only \"neuron\" populations are scaled", setattr, net["in"], "v_scale", 1)

    def test_thresholds_that_adapted_stay_where_no_spike_raises_them(self):
        net = self.neurons(adapt_step=0)
        net["n"].adapt = [0.5, 0]
        net["n"].v_scale = [300, 1000]
        with machine(net=net) as made:
            spikes = made.run({"in": sm.Regular(1)}, 12)
            self.assertEqual([spikes["n"]["step"][spikes["n"]["neuron"] == i].min() for i in (0, 1)], [7, 5])
            learned = made.learned()
        with tempfile.TemporaryDirectory() as folder:
            learned.save(f"{folder}/net.json")
            saved = json.loads(pathlib.Path(f"{folder}/net.json").read_text(encoding="utf-8"))["populations"][1]
            self.assertEqual((saved["adapt"], saved["v_scale"]), ([0.5, 0], [300, 1000]))
            again = sm.run(sm.load_network(f"{folder}/net.json"), {"in": sm.Regular(1)}, 12, clear="membrane")
        np.testing.assert_array_equal(spikes["n"], again["n"])
        self.assertEqual(sm.map_network(net)["conversion"]["populations"][0]["adapt"]["count"], 1)
        net["n"].v_scale = 1e-6
        with self.assertWarnsRegex(sm.ConversionWarning, "1 of 1 initial adaptation values became 0"):
            sm.map_network(net)
        net["n"].adapt = None
        self.assertEqual(sm.map_network(self.neurons())["conversion"]["populations"][0]["adapt"]["count"], 0)

    def test_strong_weights_take_several_words_where_that_is_asked_for(self):
        net = self.neurons()
        net.connect("in", "n", pre=[0] * 4, post=[0, 1] * 2, weight=[200, 200, 0.0107, 0.0107], delay=9)
        for asked in ({"split_weights": 1e-3}, {}):
            report = sm.map_network(net, **asked)
            self.assertEqual(report["conversion"]["split_weights"], asked.get("split_weights", 0))
            self.assertEqual(report["conversion"]["split"], 2 if asked else 0)
        net.split_weights = 1e-3
        self.assertEqual(str(sm.map_network(net)), str(sm.map_network(net, split_weights=1e-3)))
        with machine(net=net) as made:
            made.load(net, split_weights=0)
            self.assertEqual(made.learned().split_weights, 0)
        self.assertRaisesRegex(sm.InputError, "split_weights: 1, but", sm.map_network, net, split_weights=1)
        for asked, remedy in ((0, r"let it take several words \(split_weights\)"), (0.3, "lower split_weights, which is 0.3")):
            with self.assertWarnsRegex(sm.ConversionWarning, f"weaken that, or {remedy}"):
                sm.map_network(net, split_weights=asked)


class Tiles(unittest.TestCase):
    def test_a_router_of_the_user_in_the_model_gives_the_spikes_of_the_reference(self):
        router = pathlib.Path(__file__).resolve().parents[1] / "rtl_tile" / "lru_router.sv"
        wanted = sm.run(network(), {"in": sm.Regular(3)}, STEPS, config="odd", record="v:out")
        with sm.Machine(config="odd", rtl_tile=f"1,0={router}", compare="order") as made:
            made.load(network(), min_tiles=3)
            spikes = made.run_samples({"in": sm.Regular(3)}, STEPS, record="v:out")
            self.assertGreater(made.stats()["cycles"], STEPS)
        self.assertEqual(spikes, wanted)
        np.testing.assert_array_equal(spikes.traces["v:out"].values, wanted.traces["v:out"].values)
        for more, message in (({"rtl_tile": "1"}, "rtl_tile: '1' is not X,Y=FILE.sv"), ({"rtl_tile": f"9,9={router}"}, "9"),
                              ({"compare": "much"}, 'compare: "much", but it is cycles, order or spikes'),
                              ({"executor": "rtl", "rtl_tile": f"0,0={router}"}, "the rest of the chip is the model")):
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, sm.Machine, config="odd", **more)


class Folders(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)

    def test_a_run_is_saved_and_loaded(self):
        out = self.folder / "run"
        inputs = {"in": [sm.Poisson(50, seed=3), sm.events([5, 5], [0, 1])]}
        net = network()
        net.add_input("more", 2)
        with machine("model") as made:
            made.load(net)
            spikes = made.run_samples({**inputs, "more": [np.ones((STEPS, 2), int)] * 2}, STEPS, record=["v:out", "weight:in,out@end"], out=out)
            stats = made.stats()
        self.assertEqual(spikes.samples, 2)
        loaded = sm.load_run(out)
        np.testing.assert_array_equal(loaded["out"], spikes["out"])
        self.assertGreater(loaded.total, 10)
        for probe, trace in spikes.traces.items():
            for name in ("values", "steps", "neurons", "synapses", "begin"):
                np.testing.assert_array_equal(getattr(loaded.traces[probe], name), getattr(trace, name), f"{probe} {name}")
        self.assertEqual(loaded.stats["counters"], {name: stats[name] for name in loaded.stats["counters"]})
        self.assertEqual(loaded.stats["host"], {name: stats[name] for name in loaded.stats["host"]})
        self.assertEqual(loaded.stats["tiles"], stats["tiles"])
        self.assertTrue(loaded.stats["complete"])
        self.assertTrue(loaded == spikes and spikes == loaded)
        self.assertFalse(loaded.ended_early)

    def test_a_folder_tells_how_the_network_was_mapped(self):
        with sm.Machine(config="odd") as made:
            made.load(network(), min_tiles=3, split_weights=0.25, seed=9)
            made.run({}, 2, out=self.folder / "run")
        config = sm.load_run(self.folder / "run").config
        self.assertEqual([config[key] for key in ("min_tiles", "split_weights", "seed")], [3, 0.25, 9])

    def test_the_program_runs_what_a_folder_holds(self):
        out, again = self.folder / "run", self.folder / "again"
        with machine() as made:
            made.run_samples({"in": [sm.Poisson(50, seed=3), np.eye(6, dtype=int)]}, STEPS, out=out)
        config = sm.load_run(out).config
        subprocess.run([PROGRAM, "run", config["network"], "--input", config["input"], "--poisson", *config["poisson"], "--steps",
                        str(STEPS), "--config", "tiny", "--out", again], cwd=out, check=True, stdout=subprocess.DEVNULL)
        self.assertEqual((out / "spikes.csv").read_bytes(), (again / "spikes.csv").read_bytes())

    def test_a_folder_that_cannot_be_written_is_said_before_the_run(self):
        (self.folder / "file").write_text("")
        with machine() as made:
            self.assertRaisesRegex(sm.InputError, "out .*file: Not a directory", made.run, {}, 5, out=self.folder / "file")
            self.assertEqual(made.step, 0)
        self.assertRaisesRegex(sm.InputError, "config.json", sm.load_run, self.folder)

    def test_a_run_folder_is_drawn(self):
        matplotlib = importlib.util.find_spec("matplotlib")
        if matplotlib is None:
            self.skipTest("matplotlib is not there")
        with machine() as made:
            made.run({"in": sm.Regular(3)}, STEPS, record="v:out", out=self.folder / "run")
        sm.plot_run(self.folder / "run", self.folder / "run.svg")
        self.assertIn(">V of out, every step<", (self.folder / "run.svg").read_text())
        self.assertRaisesRegex(sm.InputError, "the extension selects the format", sm.plot_run, self.folder / "run", "run.gif")


class Sources(unittest.TestCase):
    def test_a_run_in_pieces_is_the_run(self):
        for source in (sm.Poisson(50), sm.Regular(7, 3), [sm.Poisson(20), sm.Poisson(20)]):
            net = network()
            net.add_input("two", 3, max_spikes_per_step=2)
            net.connect_all_to_all("two", "out", 9)
            whole = machine(net=net).run({"two": source}, 400)["out"]["step"]
            for piece in (200, 50, 10, 4, 1):
                made = machine(net=net)
                steps = [made.run({"two": source}, piece)["out"]["step"] + first for first in range(0, 400, piece)]
                np.testing.assert_array_equal(np.concatenate(steps), whole, f"{source} in pieces of {piece}")
            self.assertGreater(len(whole), 5)

    def test_samples_in_pieces_are_the_samples(self):
        drive = {"in": sm.Poisson(60)}
        whole = machine().run_samples(drive, STEPS, 4)
        made = machine()
        parts = [made.run_samples(drive, STEPS, 2) for _ in range(2)]
        for sample in range(4):
            part = parts[sample // 2]["out"]
            np.testing.assert_array_equal(part["step"][part["sample"] == sample % 2],
                                          whole["out"]["step"][whole["out"]["sample"] == sample])

    def test_two_sources_are_independent_and_a_rate_may_be_0(self):
        net = sm.Network()
        net.add_input("in", 16, max_spikes_per_step=2)
        net.add_neurons("out", 16, sm.RawNeurons(theta=5), record=True)
        net.connect_one_to_one("in", "out", 10)
        made = machine(net=net)
        once = made.run({"in": sm.Poisson(100)}, 100).total
        made.load(net)
        twice = made.run({"in": [sm.Poisson(100), sm.Poisson(100)]}, 100).total
        self.assertGreater(twice, 1.6 * once)  # not the same spikes once more
        made.load(net)
        self.assertEqual(made.run({"in": sm.Poisson(0)}, 100).total, 0)

    def test_a_list_of_arrays_is_its_samples(self):
        first, second = np.zeros((5, 6), int), np.zeros((5, 6), int)
        first[0] = second[1] = 1
        made = machine()
        stacked = made.run_samples({"in": np.stack([first, second])}, 5)
        for samples in ([first, second], (first, second), [first.tolist(), second.tolist()]):
            made.load(network())
            self.assertEqual(made.run_samples({"in": samples}, 5), stacked)
        self.assertEqual(stacked.samples, 2)
        self.assertRaisesRegex(sm.InputError, "samples have different shapes", made.run_samples, {"in": [first, second[:3]]}, 5)


class Spikes(unittest.TestCase):
    def test_what_was_not_recorded_is_not_zero(self):
        spikes = machine(net=network(record=False)).run({"in": sm.Regular(2)}, STEPS)
        for ask in (lambda: spikes["out"], lambda: spikes.counts("out"), lambda: spikes.dense("out"), lambda: spikes["in"]):
            self.assertRaisesRegex(sm.UnrecordedError, 'net.record\\("(out|in)"\\)', ask)
        self.assertEqual(list(spikes), [])

    def test_neurons_that_were_not_recorded_are_not_zero(self):
        net = network(record=False)
        net.record("out", [1, 3])
        spikes = machine(net=net).run({"in": sm.Regular(2)}, STEPS)
        self.assertRaisesRegex(sm.UnrecordedError, "the spikes of 3 of these neurons, such as 0", spikes.counts, "out")
        self.assertEqual(spikes.recorded["out"].tolist(), [1, 3])
        whole = machine().run({"in": sm.Regular(2)}, STEPS)
        np.testing.assert_array_equal(spikes.counts("out", neurons=[3, 1]), whole.counts("out")[:, [3, 1]])
        np.testing.assert_array_equal(spikes.dense("out", neurons=[1]), whole.dense("out")[:, :, [1]])

    def test_spikes_compare(self):
        one, other = (machine().run({"in": sm.Poisson(90)}, STEPS) for _ in range(2))
        self.assertTrue(one == other and not one != other)
        self.assertFalse(one == machine().run({"in": sm.Poisson(90, seed=2)}, STEPS))
        self.assertFalse(one == 5)

    def test_steps_before_0_are_negative(self):
        rows = machine().run({"in": sm.Regular(2)}, STEPS)["out"]
        self.assertEqual(rows["step"].dtype, np.int64)
        self.assertTrue((rows["step"] - 1000 < 0).all())

    def test_events_that_do_not_fit_are_refused(self):
        self.assertRaisesRegex(sm.InputError, "neuron: 4294967297, but at most 4294967295", sm.events, [1], [2**32 + 1])
        self.assertRaisesRegex(sm.InputError, "sample: 4294967296, but", sm.events, [1], [0], 2**32)

    def test_runs_that_nobody_waits_for_are_refused(self):
        self.assertRaisesRegex(sm.InputError, "steps 1099511627777, but at most 1099511627776", machine().run, {}, 2**40 + 1)


class Statistics(unittest.TestCase):
    def test_counters_have_64_bits_and_the_names_of_stats_json(self):
        net = sm.Network()
        net.add_input("in", 15)
        net.add_neurons("out", 2048, sm.RawNeurons(theta=8_000_000))
        net.connect_all_to_all("in", "out", 1)
        build = {"MeshW": 1, "MeshH": 1, "Neurons": 2048, "Synapses": 65536, "Axons": 64, "Fanouts": 2048, "Plastics": 16, "Lanes": 4}
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "big.json"
            config.write_text(json.dumps(build))
            with sm.Machine("reference", config) as made:
                made.load(net)
                made.run({"in": sm.Regular(1)}, 140_000)
                stats = made.stats()
        self.assertEqual(stats["synapse_events"], 15 * 2048 * 140_000)
        self.assertEqual(stats["tiles"][0]["synapse_events"], 15 * 2048 * 140_000)
        self.assertEqual((stats["steps"], stats["tiles"][0]["x"], stats["inject_stalls"]), (140_000, 0, 0))


class Calls(unittest.TestCase):
    def test_a_wrong_call_names_the_argument(self):
        net = network()
        for call, message in (
                (lambda: sm.RawNeurons(thetta=10), "RawNeurons: no argument thetta; did you mean theta\\?"),
                (lambda: net.connect_all_to_all("in", "out", wieght=1), "no argument wieght; did you mean weight\\?"),
                (lambda: net.add_input("x"), "Network.add_input: the argument size is missing"),
                (lambda: net.add_neurons("x", 2, {"theta": 1}), "neurons is a dict, but a RawNeurons or a PhysicalNeurons is needed"),
                (lambda: net.add_input(5, 2), "name is an int, but a str is needed"),
                (lambda: net.add_input("x", 2, 1, 1), "4 arguments by position, but it takes 3"),
                (lambda: net.add_rule("r", 20), "2 arguments by position, but it takes 1; name the others: tau_pre_ms")):
            with self.subTest(message), self.assertRaisesRegex(TypeError, message) as caught:
                call()
            self.assertNotRegex(str(caught.exception), r"_core|0x[0-9a-f]+|incompatible|Invoked")


if __name__ == "__main__":
    unittest.main()
