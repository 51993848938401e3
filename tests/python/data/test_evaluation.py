# SPDX-License-Identifier: Apache-2.0
"""evaluate says how many samples are right, which are taken for which, and what NeuroBench measures."""
import tempfile
import unittest
import warnings

import nir
import numpy as np

import spikemesh as sm


def classifier(weights=None):
    """Class k counts the spikes of input k."""
    net = sm.Network(dt_ms=1.0)
    net.add_input("in", 3)
    net.add_neurons("class", 3, sm.RawNeurons(theta=9, decay_v=0), record=True)
    net.connect_dense("in", "class", np.diag([10, 10, 10]) if weights is None else weights)
    return net


def samples(labels, steps=6):
    """Of class k: three spikes of input k, and one of the next."""
    made = np.zeros((len(labels), steps, 3), int)
    for number, label in enumerate(labels):
        made[number, [0, 2, 4], label] = 1
        made[number, 1, (label + 1) % 3] = 1
    return made


class Evaluated(unittest.TestCase):
    def test_accuracy_and_confusion_are_those_of_the_counts(self):
        labels = np.array([0, 1, 2, 1, 2])
        result = sm.evaluate(classifier(), (samples([0, 1, 2, 0, 2]), labels), executor="model", batch=2)
        self.assertEqual((result.accuracy, result.predictions.tolist(), result.undecided), (0.8, [0, 1, 2, 0, 2], 0))
        self.assertEqual(result.confusion.tolist(), [[1, 0, 0], [1, 1, 0], [0, 0, 2]])
        self.assertEqual(result.scores[0].tolist(), [3, 1, 0])
        self.assertRegex(str(result), r"4 of 5 right \(80\.00 %\), 0 undecided; 6 steps each(.|\n)*    1 \|    1    1    0")

    def test_metrics_are_those_of_one_run_of_all_samples(self):
        given, labels = samples([0, 1, 2, 0, 2]), [0, 1, 2, 0, 2]
        with tempfile.TemporaryDirectory() as folder, sm.Machine() as machine:
            machine.load(classifier())
            machine.run_samples({"in": given}, out=f"{folder}/out")
            wanted = sm.neurobench(f"{folder}/out")
        for batch in (5, 2):
            got = sm.evaluate(classifier(), (given, labels), batch=batch).metrics
            self.assertEqual(got["footprint"], wanted["footprint"])
            self.assertAlmostEqual(got["activation_sparsity"], wanted["activation_sparsity"])
            self.assertEqual(got["synaptic_operations"], wanted["synaptic_operations"])
        self.assertEqual(wanted["synaptic_operations"]["Effective_ACs"], 4)

    def test_streams_spikes_and_mappings_are_inputs_like_arrays(self):
        given, labels = samples([0, 1, 2]), [0, 1, 2]
        streams = [sm.EventStream(step * 1000 + 7, neuron, 0 * step, 0 * step, (3, 1), channels=1) for step, neuron in map(np.nonzero, given)]
        spikes = [sm.events(*np.nonzero(each)) for each in given]
        wanted = sm.evaluate(classifier(), (given, labels)).scores
        for kind in (list(zip(given, labels)), list(zip(streams, labels)), list(zip(spikes, labels)), [({"in": each}, label) for each, label in zip(given, labels)]):
            np.testing.assert_array_equal(sm.evaluate(classifier(), kind, steps=6).scores, wanted)
        self.assertEqual(sm.evaluate(classifier(), list(zip(streams, labels))).steps, 5)

    def test_score_decides_by_what_it_is_told(self):
        data = (samples([0, 1], steps=6), [0, 1])
        np.testing.assert_array_equal(sm.evaluate(classifier(), data, score="max").scores, [[1, 1, 0], [0, 1, 1]])
        first = sm.evaluate(classifier(), data, score=lambda outputs: -np.where(outputs.any(axis=1), outputs.argmax(axis=1), 99))
        self.assertEqual(first.predictions.tolist(), [0, 1])

    def test_imported_graphs_are_evaluated_by_spikes_or_potentials(self):
        eye, one = np.eye(3), np.ones(3)
        data = (samples([0, 1, 2]), [0, 1, 2])
        for node in (nir.IF(one, 0.5 * one, 0 * one), nir.LI(20e-4 * one, one, 0 * one)):
            graph = nir.NIRGraph({"input": nir.Input(np.array([3])), "w": nir.Linear(eye), "n": node, "output": nir.Output(np.array([3]))},
                                 [("input", "w"), ("w", "n"), ("n", "output")])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                imported = sm.from_nir(graph, 1e-4 if isinstance(node, nir.LI) else 1)
                result = sm.evaluate(imported, data)
                value = imported.run(data[0])["output"].sum(axis=1)
            self.assertEqual(result.accuracy, 1)
            np.testing.assert_allclose(result.scores, value)

    def test_features_without_time_become_spikes_by_rates(self):
        labels = np.array([0, 1, 2, 1, 0])
        rates = [sm.Poisson(np.where(np.arange(3) == label, 200.0, 10.0)) for label in labels]
        one, other = (sm.evaluate(classifier(), (rates, labels), steps=100, batch=batch) for batch in (5, 2))
        self.assertEqual((one.accuracy, one.scores.tolist()), (1.0, other.scores.tolist()))
        self.assertNotEqual(one.scores[1].tolist(), one.scores[3].tolist())  # each sample draws its own
        self.assertIn("<table>", one._repr_html_())
        self.assertIn("<table>", rates[0]._repr_html_())
        same = sm.evaluate(classifier(), ([{"in": rate} for rate in rates], labels), steps=100)
        self.assertEqual(same.scores.tolist(), one.scores.tolist())
        silent = classifier()
        silent["class"].recorded = []
        for net, dataset, more, message in (
                (classifier(), (np.ones((5, 3)), labels), {"steps": 100}, r"an input of shape \(3,\), but \[steps, size\] is needed.*sm\.Poisson"),
                (classifier(), (rates, labels), {}, "so evaluate needs steps="),
                (classifier(), (samples(labels), np.eye(3)[labels]), {}, r"labels of shape \(5, 3\), but \[n\] is needed.*argmax"),
                (classifier(), (samples(labels), labels), {"steps": 2.5}, r"steps 2\.5, but a whole number"),
                (silent, (samples(labels), labels), {}, "output: no population is recorded as a whole.*record=True")):
            with self.subTest(message):
                self.assertRaisesRegex(sm.InputError, message, sm.evaluate, net, dataset, **more)

    def test_what_is_wrong_is_named_with_its_remedy(self):
        given = samples([0, 1])
        two = classifier()
        two.add_neurons("more", 2, sm.RawNeurons(theta=9), record=True)
        two.connect("in", "more", [0], [0], 1)
        for action, message in ((lambda: sm.evaluate(classifier(), (given, [0])), "2 inputs, but 1 labels"),
                                (lambda: sm.evaluate(classifier(), (given, [0, 3])), "labels 0 to 3, but there are 3 classes"),
                                (lambda: sm.evaluate(classifier(), (given, [0.5, 3])), "labels of float64"),
                                (lambda: sm.evaluate(classifier(), [1, 2]), "pairs"), (lambda: sm.evaluate(classifier(), []), "0 samples"),
                                (lambda: sm.evaluate(two, (given, [0, 1])), "output: several could be meant; give output= one of class, more"),
                                (lambda: sm.evaluate(classifier(), (given, [0, 1]), input="x"), 'input: no "x"'),
                                (lambda: sm.evaluate(classifier(), (given, [0, 1]), score="most"), "known are sum, max, last")):
            with self.subTest(message), self.assertRaisesRegex(sm.InputError, message):
                action()


if __name__ == "__main__":
    unittest.main()
