# SPDX-License-Identifier: Apache-2.0
"""Edge lists, graphs, sparse matrices and SONATA files become the synapses that they hold, a million of them in seconds."""
import json
import pathlib
import resource
import sys
import tempfile
import time
import unittest
import unittest.mock

import h5py
import networkx
import numpy as np
import scipy.sparse

import spikemesh as sm

PARAMETERS = {"C_m": 200.0, "tau_m": 20.0, "E_L": -65.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 3.0, "tau_syn_ex": 5.0, "tau_syn_in": 5.0,
              "I_e": 170.0}


def synapses(network, number=0):
    held = network.projections[number]
    return sorted(zip(held.pre.tolist(), held.post.tolist(), held.weight.tolist(), held.delay.tolist()))


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def text(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def net(self, size=4):
        net = sm.Network(dt_ms=0.5)
        net.add_neurons("a", size, sm.PhysicalNeurons(tau_m_ms=20, v_threshold=1), record=True)
        return net


class EdgeLists(InFolder):
    def test_tables_graphs_and_matrices_hold_the_same_synapses(self):
        wanted = [(0, 1, 0.5, 2), (1, 3, -1.0, 1), (3, 0, 2.25, 15)]
        rows = "\n".join(f"{pre},x,{weight},{post},{delay}" for pre, post, weight, delay in wanted)
        graph = networkx.DiGraph()
        graph.add_nodes_from("abcd")
        for pre, post, weight, delay in wanted:
            graph.add_edge("abcd"[pre], "abcd"[post], weight=weight, delay=delay)
        networkx.write_graphml(graph, self.folder / "a.graphml")
        tabbed = "\n".join(f"{pre}\t{post}\t{weight}\t{delay / 2}" for pre, post, weight, delay in wanted)
        for path in (self.text("a.csv", "source,kind,weight,target,delay\n" + rows), self.folder / "a.graphml",
                     self.text("a.tsv", "pre\tpost\tw\tdelay_ms\n" + tabbed)):
            with self.subTest(path.name):
                edges, net = sm.read_edges(path), self.net()
                self.assertEqual((len(edges), edges.size), (3, 4))
                edges.connect(net, "a", "a")
                self.assertEqual(synapses(net), wanted)
        self.assertEqual(sm.read_edges(self.folder / "a.graphml").names, tuple("abcd"))

    def test_matrices_give_their_entries_once(self):
        matrix = scipy.sparse.coo_matrix(([1.0, 2.0, 3.0, 0.0], ([0, 0, 2, 3], [1, 1, 0, 3])), shape=(4, 4))
        scipy.sparse.save_npz(self.folder / "m.npz", matrix.tocsc())
        for edges in (sm.Edges.of_matrix(matrix), sm.Edges.of_matrix(matrix.tocsr()), sm.Edges.of_matrix(matrix.toarray()),
                      sm.read_edges(self.folder / "m.npz")):
            net = self.net()
            edges.connect(net, "a", "a", scale=2)
            self.assertEqual(synapses(net), [(0, 1, 6.0, 1), (2, 0, 6.0, 1)])

    def test_undirected_edges_go_both_ways_with_a_weight_of_1(self):
        graph = networkx.path_graph(3)
        edges = sm.Edges.of_graph(graph)
        self.assertEqual(sorted(zip(edges.pre, edges.post, edges.weight)), [(0, 1, 1), (1, 0, 1), (1, 2, 1), (2, 1, 1)])

    def test_a_million_edges_take_seconds(self):
        draw = np.random.default_rng(1)
        table = np.stack([draw.integers(0, 10_000, 1_000_000), draw.integers(0, 10_000, 1_000_000), draw.integers(1, 16, 1_000_000)], axis=1)
        path = self.folder / "edges.csv"
        path.write_text("pre,post,delay\n" + "\n".join(map("{},{},{}".format, *table.T.tolist())), encoding="utf-8")
        before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        edges = sm.read_edges(path)
        read = time.perf_counter()
        net = self.net(10_000)
        edges.connect(net, "a", "a")
        joined = time.perf_counter()
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"a million edges: read in {read - begin:.2f} s, connected in {joined - read:.2f} s, {memory:.0f} MB more")
        self.assertEqual(net.projections[0].pre.tolist()[::1000], table[::1000, 0].tolist())
        self.assertLess(joined - begin, 20)

    def test_what_is_wrong_is_named_with_its_remedy(self):
        graph = networkx.DiGraph([(0, 1, {"delay": 1}), (1, 2)])
        for action, message in (
                (lambda: sm.read_edges(self.text("a.csv", "a,b\n1,2\n")), "no column pre .* among a, b"),
                (lambda: sm.read_edges(self.text("b.csv", "pre,post\n1,2\n1.5,2\n")), "b.csv:3: pre is 1.5"),
                (lambda: sm.read_edges(self.text("c.csv", "pre,post\n1,x\n")), "neurons are numbers"),
                (lambda: sm.read_edges(self.text("d.csv", "pre,post,delay,delay_ms\n")), "keep one of them"),
                (lambda: sm.read_edges(self.text("a.graphml", "<x>")), "networkx cannot read it"),
                (lambda: sm.read_edges(self.text("a.npz", "x")), "scipy.sparse.save_npz"),
                (lambda: sm.read_edges("a.doc"), "known are .csv"), (lambda: sm.read_edges("no.csv"), "no such file"),
                (lambda: sm.Edges.of_graph(graph), '1 of 2 edges have no "delay"'), (lambda: sm.Edges.of_matrix([1, 2]), r"\[pre, post\] is needed")):
            with self.subTest(message), self.assertRaisesRegex(sm.InputError, message):
                action()
        with unittest.mock.patch.dict(sys.modules, {"networkx": None}), self.assertRaisesRegex(sm.InputError, "pip install networkx"):
            sm.read_edges(self.folder / "a.graphml")


class SonataFiles(InFolder):
    def write(self, count=6, edges=None, template="nest:iaf_psc_exp", ids=None, parameters=PARAMETERS, **types):
        """A simulation of `count` cells with 3 virtual inputs."""
        pre, post, weight, delay = np.array([(0, 1, 300.0, 1.0), (1, 2, 150.0, 2.4), (2, 5, -80.0, 0.1)] if edges is None else edges).T
        with h5py.File(self.folder / "nodes.h5", "w") as file:
            for name, size, kind in (("cells", count, 100), ("ext", 3, 200)):
                file[f"nodes/{name}/node_type_id"] = np.full(size, kind)
                file[f"nodes/{name}/node_group_id"] = np.zeros(size, int)
                file[f"nodes/{name}/node_group_index"] = np.arange(size)
                file[f"nodes/{name}/node_id"] = np.arange(size) if ids is None or name == "ext" else ids
        with h5py.File(self.folder / "edges.h5", "w") as file:
            for name, source, ends in (("cells_cells", "cells", (pre, post)), ("ext_cells", "ext", ([0, 1, 2], [0, 0, 3]))):
                group = file.create_group(f"edges/{name}")
                for end, population, values in (("source", source, ends[0]), ("target", "cells", ends[1])):
                    held = np.asarray(values).astype(int)
                    group[f"{end}_node_id"] = held if ids is None or population == "ext" else np.asarray(ids)[held]
                    group[f"{end}_node_id"].attrs["node_population"] = population
                size = len(ends[0])
                group["edge_type_id"] = np.full(size, 7 if source == "cells" else 8)
                group["edge_group_id"], group["edge_group_index"] = np.zeros(size, int), np.arange(size)[::-1]
                if source == "cells":  # stored backwards: the index says where
                    group["0/syn_weight"], group["0/delay"] = weight[::-1], delay[::-1]
                else:
                    group["0/nsyns"] = np.array([1, 2, 3])[::-1]
        with h5py.File(self.folder / "spikes.h5", "w") as file:
            file["spikes/ext/timestamps"], file["spikes/ext/node_ids"] = [0.5, 3.0, 3.2, 9.99], [0, 2, 2, 1]
        self.text("node_types.csv", "node_type_id model_type model_template dynamics_params\n"
                                    f'100 point_neuron {template} cell.json\n200 virtual NULL NULL\n')
        self.text("edge_types.csv", "edge_type_id syn_weight delay weight_function\n7 NULL NULL NULL\n"
                                    f"8 900.0 1.0 {types.get('function', 'NULL')}\n")
        self.text("cell.json", json.dumps(parameters))
        self.text("circuit.json", json.dumps({"manifest": {"$DIR": "."}, "components": {"point_neuron_models_dir": "$DIR"}, "networks": {
            "nodes": [{"nodes_file": "$DIR/nodes.h5", "node_types_file": "${DIR}/node_types.csv"}],
            "edges": [{"edges_file": "$DIR/edges.h5", "edge_types_file": "$DIR/edge_types.csv"}]}}))
        return self.text("simulation.json", json.dumps({"network": "circuit.json", "run": {"tstop": 100.0, "dt": 0.5}, "inputs": {
            "ext": {"input_type": "spikes", "module": "h5", "input_file": "spikes.h5", "node_set": "ext"}}}))

    def test_nodes_edges_types_and_spikes_are_those_of_the_files(self):
        sonata = sm.read_sonata(self.write())
        net = sonata.network
        self.assertEqual((net.populations, net.dt_ms, sonata.steps), ([("cells", 6), ("ext", 3)], 0.5, 200))
        self.assertEqual(synapses(net, 0), [(0, 1, 300.0, 2), (1, 2, 150.0, 5), (2, 5, -80.0, 1)])
        self.assertEqual(synapses(net, 1), [(0, 0, 900.0, 2), (1, 0, 1800.0, 2), (2, 3, 2700.0, 2)])
        self.assertAlmostEqual(sonata.delay_error_ms, 0.4)
        self.assertEqual(sonata.inputs["ext"][["step", "neuron"]].tolist(), [(1, 0), (6, 2), (19, 1)])

    def test_node_ids_that_do_not_count_from_0_find_their_nodes(self):
        plain, moved = (sm.read_sonata(self.write(ids=ids)).network for ids in (None, [9, 4, 8, 1, 0, 77]))
        self.assertEqual(synapses(plain), synapses(moved))

    def test_neurons_do_what_their_equations_say(self):
        sonata = sm.read_sonata(self.write())
        spikes = sm.run(sonata.network, sonata.inputs, sonata.steps)
        v, i, wait = np.full(6, -65.0), np.zeros(6), np.zeros(6)
        a, b, resistance = np.exp(-0.5 / 5), np.exp(-0.5 / 20), 20.0 / 200
        arriving = np.zeros((260, 6))
        for number, population in ((1, "ext"), (0, "cells")):
            for step, neuron in sonata.inputs["ext"][["step", "neuron"]].tolist() if population == "ext" else ():
                for pre, post, weight, delay in synapses(sonata.network, number):
                    arriving[step + delay, post] += weight * (pre == neuron)
        wanted = []
        for step in range(sonata.steps):
            i = a * i + arriving[step] + 170 * (1 - a)
            v = np.where(wait > 0, v, b * v + (1 - b) * (-65 + resistance * i))
            fired = (v > -50) & (wait == 0)
            wait = np.where(fired, 6, np.maximum(wait - 1, 0))
            v = np.where(fired, -60, v)
            for neuron in np.flatnonzero(fired):
                wanted.append((step, neuron))
                for pre, post, weight, delay in synapses(sonata.network):
                    arriving[step + delay, post] += weight * (pre == neuron)
        self.assertGreater(len(wanted), 15)
        self.assertEqual(list(zip(spikes["cells"]["step"], spikes["cells"]["neuron"])), wanted)

    def test_a_million_edges_take_seconds(self):
        draw = np.random.default_rng(2)
        edges = np.stack([draw.integers(0, 5000, 1_000_000), draw.integers(0, 5000, 1_000_000), draw.normal(size=1_000_000),
                          draw.uniform(0.5, 7, 1_000_000)], axis=1)
        config = self.write(5000, edges)
        begin = time.perf_counter()
        net = sm.read_sonata(config).network
        took = time.perf_counter() - begin
        print(f"SONATA, a million edges: read in {took:.2f} s")
        self.assertEqual(len(net.projections[0]), 1_000_000)
        self.assertLess(took, 20)

    def test_what_is_wrong_is_named_with_its_remedy(self):
        for options, message in (({"template": "nrn:Biophys1"}, 'model_template "nrn:Biophys1" is not on the chip; .*read_sonata\\(neurons='),
                                 ({"parameters": {"tau_syn_in": 3}}, "tau_syn_in 3, but a neuron"), ({"parameters": {"tau_minus": 3}}, "tau_minus of iaf_psc_exp"),
                                 ({"function": "gaussianLL"}, 'weight_function "gaussianLL"')):
            with self.subTest(message), self.assertRaisesRegex(sm.InputError, message):
                sm.read_sonata(self.write(**options))
        config = self.write(template="nrn:Biophys1")
        own = sm.read_sonata(config, neurons={"cells": sm.PhysicalNeurons(tau_m_ms=9, v_threshold=1)})
        self.assertEqual(own.network["cells"].neurons, sm.PhysicalNeurons(tau_m_ms=9, v_threshold=1))
        for action, message in ((lambda: sm.read_sonata("no.json"), "a SONATA configuration"), (lambda: sm.read_sonata({}), "names no file with nodes"),
                                (lambda: sm.read_sonata(config, neurons={"x": 1, "cells": sm.RawNeurons()}), "no node population x; there are cells, ext"),
                                (lambda: sm.read_sonata_spikes(self.folder / "spikes.h5", "x", 1), "no /spikes/x .* there are ext")):
            with self.subTest(message), self.assertRaisesRegex(sm.InputError, message):
                action()


if __name__ == "__main__":
    unittest.main()
