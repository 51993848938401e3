# SPDX-License-Identifier: Apache-2.0
"""NIR graphs on the reference against the same graphs in double precision; there and back; what is refused."""
import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings

import nir
import numpy as np

import nir_float
import nir_graphs
import spikemesh as sm
from spikemesh.nir.imported import numbering

GRAPHS = int(os.environ.get("SPIKEMESH_CASES", 200))
FIRST = int(os.environ.get("SPIKEMESH_SEED", 1))
# What conversion tells of 16-bit weights, 12-bit decay factors and V: a spike may differ where v is nearer to the threshold.
TOLD = 0.01
KINDS = {"Affine", "AvgPool2d", "Conv1d", "Conv2d", "CubaLI", "CubaLIF", "Delay", "Flatten", "I", "IF", "Input", "LI", "LIF",
         "Linear", "Output", "Scale", "SumPool2d", "Threshold"}


def chain(*nodes):
    """Input, the nodes one after another, Output."""
    names = ["input", *(f"n{i}" for i in range(len(nodes) - 2)), "output"]
    return nir.NIRGraph(dict(zip(names, nodes)), list(zip(names, names[1:])), type_check=False)


def neurons(kind, size, dt, v_threshold=1.0, v_reset=0.0, v_leak=0.0):
    one = np.ones(size)
    made = {"IF": lambda: nir.IF(one / dt, v_threshold * one, v_reset * one),
            "LIF": lambda: nir.LIF(2 * dt * one, 2 * one, v_leak * one, v_threshold * one, v_reset * one),
            "CubaLIF": lambda: nir.CubaLIF(4 * dt * one, 2 * dt * one, 2 * one, v_leak * one, v_threshold * one, v_reset * one, 2 * one),
            "Threshold": lambda: nir.Threshold(v_threshold * one)}
    return made[kind]()


class Compared:
    """One graph, run and simulated: all neurons that fire, step by step."""

    def __init__(self, case):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sm.NirWarning)
            imported = sm.from_nir(case.graph, nir_graphs.DT, **case.options)
        steps = len(next(iter(case.inputs.values())))
        self.exact = nir_float.simulate(case.graph, case.inputs, nir_graphs.DT, case.recurrent, case.options["reset"],
                                        late=case.options["input_step"] == "next")
        self.outputs = imported.run(case.inputs)
        self.ports = imported.outputs
        self.in_double = imported.exact(case.inputs)
        fires = [name for name, margin in self.exact.margin.items() if name in imported.shifts and margin[0] is not None]
        for name in fires:
            imported.network.record(name)
        spikes = sm.run(imported.network, imported.encode(case.inputs), steps + max(imported.shifts.values()))
        self.bits, self.spikes, self.differ, self.excused = 0, 0, 0, True
        first = []  # (step, how far from the threshold) of what differs
        for name in fires:
            wanted, shift = self.exact.out[name], imported.shifts[name]
            dense = spikes.dense(name)[0, shift:shift + steps]
            place = numbering(wanted.shape[1:])
            got = (dense if place is None else dense[:, place]).reshape(wanted.shape)
            self.bits, self.spikes = self.bits + wanted.size, self.spikes + int(wanted.sum())
            self.differ += np.count_nonzero(got != wanted)
            margin, reach = np.abs(self.exact.margin[name]), 1 + np.abs(self.exact.v[name]).max()
            first += [(at[0], margin[tuple(at)] / reach) for at in np.argwhere(got != wanted)]
        if first:  # what comes after the first difference follows from it
            step = min(first)[0]
            self.nearest = min(margin for at, margin in first if at == step)
            self.excused = self.nearest < TOLD

    def potentials(self):
        """(name, largest error, largest magnitude) of the outputs that are potentials."""
        for name, port in self.ports.items():
            if port.kind == "potential":
                wanted = self.exact.out[name]
                yield name, np.abs(self.outputs[name][0] - wanted).max(), np.abs(wanted).max()


class Room(unittest.TestCase):
    def test_measured_room_is_the_least_that_keeps_the_spikes(self):
        one = np.ones(3)
        graph = chain(nir.Input(np.array([2])), nir.Linear(np.array([[1.1, -5.0], [1.1, -5.0], [1.1, 0.0]])), nir.IF(one, one, 0 * one),
                      nir.Output(np.array([3])))
        imported = sm.from_nir(graph, 1, reset="subtract")
        back, gone = np.zeros((2, 40, 2), int)
        back[:4, 1] = gone[:4, 1] = 1  # v falls to -20
        back[4:, 0] = 1  # and comes back, or does not
        self.assertEqual(imported.measure_head_room(back, margin=1)["n1"].tolist(), [32, 32, 2])
        self.assertEqual(imported.measure_head_room(np.array([gone, gone]), margin=1.5)["n1"].tolist(), [3, 3, 3])
        np.testing.assert_array_equal(imported.exact(back)["output"], imported.run(back)["output"])
        with self.assertRaisesRegex(sm.InputError, "margin 0.5, but at least 1"):
            imported.measure_head_room(back, margin=0.5)


class RandomGraphs(unittest.TestCase):
    def test_random_graphs_do_what_their_equations_say(self):
        kinds, bits, spikes, equal, potentials = collections.Counter(), 0, 0, 0, 0
        for seed in range(FIRST, FIRST + GRAPHS):
            with self.subTest(seed=seed, rerun=f"SPIKEMESH_SEED={seed} SPIKEMESH_CASES=1"):
                case = nir_graphs.random_case(seed)
                compared = Compared(case)
                self.assertTrue(compared.excused, f"{compared.differ} of {compared.bits} bits differ, the first where v is "
                                                  f"{getattr(compared, 'nearest', 0):.3g} of its size from the threshold")
                kinds.update(type(node).__name__ for node in nir_float.flat(case.graph)[0].values())
                bits, spikes, equal = bits + compared.bits, spikes + compared.spikes, equal + (compared.differ == 0)
                for name, got in compared.in_double.items():
                    np.testing.assert_allclose(got[0], compared.exact.out[name], atol=1e-9, err_msg=name)
                for name, error, size in compared.potentials() if compared.differ == 0 else ():
                    potentials += 1
                    self.assertLess(error, TOLD * max(size, 1), name)
        print(f"{GRAPHS} graphs, {equal} of them equal in all their spikes: {bits} bits, {spikes} spikes, {potentials} potentials; "
              f"nodes {dict(sorted(kinds.items()))}")
        self.assertGreater(spikes, 10 * GRAPHS)
        if GRAPHS >= 100:
            self.assertEqual(set(kinds), KINDS)
            self.assertGreater(potentials, 20)

    def test_lif_of_norse(self):
        """One neuron and its trace; the file is no part of the repository."""
        folder = pathlib.Path(os.environ.get("SPIKEMESH_DATA", pathlib.Path(__file__).resolve().parents[4] / "shared" / "data"))
        if not (folder / "nir" / "lif.nir").is_file():
            self.skipTest("say with SPIKEMESH_DATA where the data lie")
        trace = np.loadtxt(folder / "nir" / "lif.norse.csv", delimiter=",")
        imported = sm.from_nir(folder / "nir" / "lif.nir", 1e-4)
        got = imported.run(trace[:, :1].astype(int))["output"][0, :, 0]
        self.assertGreater(trace[:, 2].sum(), 3)
        np.testing.assert_array_equal(got, trace[:, 2])


class Conventions(unittest.TestCase):
    def test_each_reset_and_threshold_is_told_from_the_others(self):
        """Weights in quarters, so that v meets the threshold exactly."""
        dt, draw, told = 1e-3, np.random.default_rng(5), 0
        for kind in ("IF", "LIF", "Threshold"):
            weight, x = draw.integers(-2, 5, (3, 4)) / 4, (draw.random((30, 4)) < 0.4).astype(int)
            graph = chain(nir.Input(np.array([4])), nir.Linear(weight), neurons(kind, 3, dt), nir.Output(np.array([3])))
            for reset in ("to_value", "subtract", "to_value_later", "subtract_later"):
                seen = []
                for threshold in (">", ">="):
                    with self.subTest(kind=kind, reset=reset, threshold=threshold):
                        wanted = nir_float.simulate(graph, {"input": x}, dt, reset=reset, at_threshold=threshold == ">=").out["n1"]
                        got = sm.from_nir(graph, dt, reset=reset, threshold=threshold).run(x)["output"][0]
                        np.testing.assert_array_equal(got, wanted)
                        seen.append(wanted)
                told += not np.array_equal(*seen)
        self.assertGreater(told, 6)

    def test_reset_and_threshold_can_be_said_of_one_node(self):
        draw = np.random.default_rng(2)
        x = (draw.random((40, 4)) < 0.5).astype(int)
        graph = chain(nir.Input(np.array([4])), nir.Linear(draw.integers(1, 4, (3, 4)) / 4), neurons("IF", 3, 1), nir.Linear(np.eye(3)),
                      neurons("IF", 3, 1, 0.5), nir.Output(np.array([3])))
        mixed = sm.from_nir(graph, 1, reset={"n1": "subtract", "": "to_value"}).run(x)["output"]
        others = [sm.from_nir(graph, 1, reset=reset).run(x)["output"] for reset in ("subtract", "to_value")]
        self.assertFalse(any(np.array_equal(mixed, other) for other in others[1:]))
        self.assertRaisesRegex(sm.InputError, "reset: no spiking node n9; the graph has n1, n3", sm.from_nir, graph, 1, reset={"n9": "subtract"})

    def test_finer_weights_cost_synapses_and_are_nearer_to_floating_point(self):
        draw = np.random.default_rng(7)
        x = (draw.random((400, 30)) < 0.3).astype(int)
        graph = chain(nir.Input(np.array([30])), nir.Linear(draw.normal(0.03, 0.4, (40, 30))), neurons("IF", 40, 1), nir.Output(np.array([40])))
        wanted = nir_float.simulate(graph, {"input": x}, 1, reset="subtract").out["n1"]
        differ, words = {}, {}
        for bits in (16, 20):
            imported = sm.from_nir(graph, 1, reset="subtract", weight_bits=bits)
            differ[bits] = np.count_nonzero(imported.run(x)["output"][0] != wanted)
            report = sm.map_network(imported.network)
            words[bits] = report["synapses"] + report["conversion"]["split_words"] - report["conversion"]["split"]
        self.assertGreater(wanted.sum(), 500)
        self.assertLess(differ[20], differ[16] / 2, differ)
        self.assertTrue(1.2 * words[16] < words[20] < 8 * words[16], words)
        self.assertRaisesRegex(sm.InputError, "weight_bits 21, but 16..20", sm.from_nir, graph, 1, weight_bits=21)

    def test_finer_weights_are_rounded_so_that_sums_over_neighbours_keep(self):
        draw = np.random.default_rng(1)
        weight = draw.normal(0, 0.3, (6, 50))
        graph = chain(nir.Input(np.array([50])), nir.Linear(weight), neurons("IF", 6, 1), nir.Output(np.array([6])))
        imported = sm.from_nir(graph, 1, reset="subtract", weight_bits=20, head_room=2048)
        units = 2.0**23 / 2048  # in a threshold of 1
        projection = next(p for p in imported.network.projections if p.to == "n1" and len(p.pre) == weight.size)
        rounded = np.zeros_like(weight)
        rounded[projection.post, projection.pre] = np.asarray(projection.weight) * units
        error = rounded - weight * units
        self.assertLess(np.abs(rounded - np.rint(rounded)).max(), 1e-6)
        self.assertLess(np.abs(error).max(), 1)
        self.assertLess(np.abs(np.cumsum(error, axis=1)).max(), 0.500001)

    def test_delays_beyond_the_chips_go_through_relays(self):
        draw = np.random.default_rng(3)
        x = (draw.random((80, 2)) < 0.3).astype(int)
        graph = chain(nir.Input(np.array([2])), nir.Delay(np.array([40.0, 3.0])), neurons("Threshold", 2, 1, 0.5), nir.Output(np.array([2])))
        imported = sm.from_nir(graph, 1)
        got = imported.run(x)["output"][0]
        self.assertEqual(got[40:, 0].tolist(), x[:40, 0].tolist())
        self.assertEqual(got[3:, 1].tolist(), x[:77, 1].tolist())
        self.assertEqual(sum("relay" in line for line in imported.report.helpers), 1)
        self.assertEqual(sm.map_network(imported.network)["conversion"]["relays"], 2)
        self.assertTrue(sm.from_nir(sm.to_nir(imported.network)).network.relays)

    def test_every_spike_of_an_input_is_late_by_a_long_delay(self):
        draw = np.random.default_rng(5)
        x = draw.integers(0, 4, (100, 3))
        graph = chain(nir.Input(np.array([3])), nir.Delay(np.array([33.0, 16.0, 1.0])), neurons("IF", 3, 1, 4.0), nir.Output(np.array([3])))
        imported = sm.from_nir(graph, 1, reset="subtract", max_spikes_per_step=3)
        got = imported.run(x)["output"][0]
        self.assertGreater(got.sum(), 50)
        self.assertEqual(got.tolist(), imported.exact(x)["output"][0].tolist())


class ThereAndBack(unittest.TestCase):
    def network(self, seed, raw):
        draw = np.random.default_rng(seed)
        net = sm.Network(0.5)
        net.add_input("in", 6, max_spikes_per_step=2)
        if raw:
            net.add_neurons("a", 10, sm.RawNeurons(theta=draw.integers(200, 400, 10), subtract=seed % 2, decay_v=3900, decay_i=2000,
                                                   bias=draw.integers(-5, 20, 10), gain=seed % 3), record=True)
            net.add_neurons("b", 4, sm.RawNeurons(theta=300, v_reset=-20, decay_v=4000, refractory=1))
        else:
            reset = {"reset": "subtract"} if seed % 2 else {"v_reset": -0.2}
            net.add_neurons("a", 10, sm.PhysicalNeurons(tau_m_ms=draw.uniform(5, 20, 10), tau_syn_ms=draw.uniform(2, 5, 10), v_threshold=0.7,
                                                        v_rest=-0.1, r=200, bias=0.001, t_refractory_ms=1, **reset), record=True)
            net.add_neurons("b", 4, sm.PhysicalNeurons(beta=0.9, alpha=0.5, v_threshold=100))
            net.integration = "exponential" if seed % 3 == 0 else "euler"
        net.record("b", [0, 2, 3])
        net.connect_dense("in", "a", draw.integers(40, 120, (6, 10)) // (1 if raw else 30), delay=draw.integers(1, 4, (6, 10)))
        net.connect_fixed_in_degree("a", "b", in_degree=5, weight=70, seed=seed, delay=2)
        net.connect("b", "a", pre=[0, 1, 3], post=[9, 2, 2], weight=[-9, 3, 2], delay=[1, 2, 3])
        return net

    def test_a_network_written_as_nir_gives_the_same_spikes(self):
        for seed in range(6):
            for raw in (True, False):
                with self.subTest(seed=seed, raw=raw), tempfile.TemporaryDirectory() as folder:
                    net = self.network(seed, raw)
                    with self.assertWarnsRegex(sm.NirWarning, "no refractory time"):
                        nir.write(f"{folder}/net.nir", sm.to_nir(net))
                    imported = sm.from_nir(f"{folder}/net.nir")
                    imported.save(f"{folder}/net.json")
                    back = sm.load_network(f"{folder}/net.json")
                    inputs = {"in": np.random.default_rng(seed).integers(0, 3, (60, 6))}
                    wanted, got = (sm.run(each, inputs, 60) for each in (net, back))
                    self.assertGreater(len(wanted["a"]), 20)
                    self.assertGreater(len(wanted["b"]), 5)
                    for name in ("a", "b"):
                        np.testing.assert_array_equal(wanted[name], got[name])
                    self.assertEqual(imported.report.helpers, [])

    def test_scales_of_v_come_back_with_a_network(self):
        for scales in ([1000.0] * 10, list(np.linspace(40, 4000, 10)), None):
            with self.subTest(scales=scales), tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
                warnings.simplefilter("ignore", sm.NirWarning)
                warnings.simplefilter("ignore", sm.ConversionWarning)
                net = self.network(1, False)
                net.split_weights = 0.001
                if scales is None:
                    net.v_scale = 300.0
                else:
                    net["a"].v_scale = scales[0] if len(set(scales)) == 1 else scales
                nir.write(f"{folder}/net.nir", sm.to_nir(net))
                back = sm.from_nir(f"{folder}/net.nir").network
                before, after = (sm.map_network(each)["conversion"] for each in (net, back))
                for key in ("v_scale", "split_weights"):
                    self.assertEqual(before[key], after[key])
                inputs = {"in": np.random.default_rng(1).integers(0, 3, (60, 6))}
                wanted, got = (sm.run(each, inputs, 60) for each in (net, back))
                self.assertGreater(len(wanted["a"]), 20)
                for name in ("a", "b"):
                    np.testing.assert_array_equal(wanted[name], got[name])

    def test_what_nir_cannot_say_is_refused_by_name(self):
        net = sm.Network(1)
        net.add_input("in", 2)
        net.add_neurons("a", 2, sm.RawNeurons(theta=5, adapt_step=3))
        self.assertRaisesRegex(sm.InputError, 'population "a": NIR has no adaptive thresholds', sm.to_nir, net)
        net = sm.Network(1)
        net.add_neurons("a/b", 2, sm.RawNeurons(theta=5))
        self.assertRaisesRegex(sm.InputError, 'population "a/b": .*rename it', sm.to_nir, net)
        net = sm.Network(1)
        net.add_neurons("a", 2, sm.RawNeurons(theta=5, decay_i=4096))
        self.assertRaisesRegex(sm.InputError, 'population "a": the current of some neurons never leaks', sm.to_nir, net)


class Refused(unittest.TestCase):
    def check(self, graph, said, **options):
        with self.assertRaisesRegex(sm.InputError, said):
            sm.from_nir(graph, 1e-3, **options)

    def test_what_the_chip_cannot_do_is_refused_with_the_node(self):
        one, two = np.ones(2), np.array([2])
        lif, io = neurons("LIF", 2, 1e-3), (nir.Input(two), nir.Output(two))
        li = nir.LI(one * 0.01, one, one * 0)
        self.check(chain(io[0], li, lif, io[1]), 'NIR node "n1": it gets the potential of LI "n0", but only spikes travel')
        self.check(chain(io[0], nir.LIF(one * 1e-4, one, one, one), io[1]), 'NIR node "n0": tau is 0.0001, but forward Euler')
        self.check(chain(io[0], nir.LIF(one * np.inf, one, one, one), io[1]), 'NIR node "n0": tau holds inf')
        self.check(chain(io[0], neurons("LIF", 2, 1e-3, -1), io[1]), "not above v_reset 0", reset="subtract")
        self.check(chain(io[0], nir.Linear(np.ones((3, 4))), io[1]), 'NIR node "n0": weight has the shape')
        self.check(chain(io[0], lif, nir.Delay(-one), io[1]), 'NIR node "n1": delay -1 is below 0')
        self.check(chain(nir.Input(None), nir.Flatten(None), io[1]), "its shape is said nowhere; give input_shape=")
        self.check(chain(io[0], lif, io[1]), 'reset "zero" of node "n0"; known are to_value', reset="zero")
        self.check(chain(io[0], lif, io[1]), 'input_shape: no Input node x; the graph has input', input_shape={"x": (2,)})
        loop = nir.NIRGraph({"input": io[0], "a": nir.Linear(np.eye(2)), "b": nir.Linear(np.eye(2)), "output": io[1]},
                            [("input", "a"), ("a", "b"), ("b", "a"), ("b", "output")], type_check=False)
        self.check(loop, "a loop without a neuron in it: .*a -> b -> a|b -> a -> b")
        two_loop = nir.NIRGraph({"input": io[0], "a": lif, "b": neurons("LIF", 2, 1e-3), "output": io[1]},
                                [("input", "a"), ("a", "b"), ("b", "a"), ("b", "output")], type_check=False)
        self.check(two_loop, "fewer steps than it has populations.*b -> a; give these Delay nodes")
        self.assertEqual(sm.from_nir(two_loop, 1e-3, input_step="next").shifts, {"a": 0, "b": 0})
        self.check(nir.NIRGraph({"input": io[0], "output": io[1]}, [("input", "x")], type_check=False), 'there is no node "x"')

    def test_files_that_are_none_are_named(self):
        with tempfile.TemporaryDirectory() as folder:
            text = pathlib.Path(folder) / "text.nir"
            text.write_text("no HDF5", encoding="utf-8")
            self.assertRaisesRegex(sm.InputError, "text.nir: it is no NIR file", sm.from_nir, text)
            self.assertRaisesRegex(sm.InputError, "none.nir: no such file", sm.from_nir, text.with_name("none.nir"))
            done = subprocess.run([sys.executable, "-m", "spikemesh.nir", text, "-o", text], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, "^spikemesh.nir: .*text.nir: it is no NIR file")
        self.assertRaisesRegex(TypeError, "a path or a nir.NIRGraph is needed, not int", sm.from_nir, 3)

    def test_without_the_library_the_command_that_installs_it_is_told(self):
        script = "import sys; sys.modules['nir'] = None; import spikemesh as sm; sm.from_nir('x.nir')"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        self.assertRegex(done.stderr, 'pip install "nir==1.0.8"')

    def test_what_is_not_exact_is_told(self):
        graph = chain(nir.Input(np.array([1])), nir.Delay(np.array([0.0024])), neurons("IF", 1, 1e-3), nir.Output(np.array([1])))
        with self.assertWarnsRegex(sm.NirWarning, 'Delay "n0": 1 of 1 delays are rounded .*by 0.4 steps at most'):
            sm.from_nir(graph, 1e-3)
        graph = chain(nir.Input(np.array([1])), nir.I(np.ones(1)), nir.Output(np.array([1])))
        with self.assertWarnsRegex(sm.NirWarning, r'"n0" \(I\): its potential has no bound; it is held up to 2\.01'):
            sm.from_nir(graph, 1e-3)


if __name__ == "__main__":
    unittest.main()
