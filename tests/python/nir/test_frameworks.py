# SPDX-License-Identifier: Apache-2.0
"""Networks that snnTorch, Norse and Sinabs exported fire as in their framework.

    test_frameworks.py [FOLDER]     of newly made files, which are compared with the kept ones as well (frameworks/remake.sh)
"""
import pathlib
import sys
import unittest
import warnings

import nir
import numpy as np

import spikemesh as sm

KEPT = pathlib.Path(__file__).resolve().parent / "frameworks" / "made"
FOLDER = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 and pathlib.Path(sys.argv[1]).is_dir() else KEPT
SNNTORCH = {"leaky_zero": "to_value", "leaky_subtract": "subtract_later", "synaptic_zero": "to_value_later", "synaptic_subtract": "subtract_later"}
# Bits of 480 that may differ on the chip, where decay factors have 12 bits.
CHIP = {"sinabs_lif_subtract": 8}


def options(name):
    """What docs/nir.md says of each framework."""
    framework, _, kind = name.partition("_")
    if framework == "snntorch":
        return {"dt": 1e-4, "reset": SNNTORCH[kind]}
    if framework == "norse":
        return {"dt": 1e-6, "dt_ms": 1}
    return {"dt": 1, "dt_ms": 1, "reset": "subtract" if kind.endswith("subtract") else "to_value", "threshold": ">=", "integration": "exponential"}


def read(path):
    graph = nir.read(path)
    if path.stem == "norse_lifcell":
        for node in graph.nodes.values():
            if isinstance(node, nir.CubaLIF):
                node.w_in = node.tau_syn / 1e-6
    return graph


class Frameworks(unittest.TestCase):
    def setUp(self):
        catch = warnings.catch_warnings()
        catch.__enter__()
        self.addCleanup(catch.__exit__, None, None, None)
        warnings.simplefilter("ignore", sm.NirWarning)
        warnings.simplefilter("ignore", sm.ConversionWarning)

    def test_exported_networks_fire_as_in_their_framework(self):
        names, spikes = sorted(path.stem for path in FOLDER.glob("*.nir")), 0
        self.assertEqual({name.split("_")[0] for name in names}, {"norse", "sinabs", "snntorch"})
        for name in names:
            with self.subTest(name):
                wanted = np.load(FOLDER / f"{name}.npz")
                imported = sm.from_nir(read(FOLDER / f"{name}.nir"), **options(name))
                np.testing.assert_array_equal(imported.exact(wanted["inputs"])["output"][0], wanted["output"])
                got = imported.run(wanted["inputs"])["output"][0]
                self.assertLessEqual(np.count_nonzero(got != wanted["output"]), CHIP.get(name, 0))
                spikes += int(wanted["output"].sum())
        print(f"{len(names)} networks, {spikes} output spikes")
        self.assertGreater(spikes, 500)

    def test_another_convention_gives_other_spikes(self):
        for name, changed in (("snntorch_leaky_subtract", {"reset": "subtract"}), ("snntorch_synaptic_zero", {"reset": "to_value"}),
                              ("sinabs_lif_zero", {"integration": "euler"}), ("sinabs_iaf_subtract", {"reset": "to_value"})):
            wanted = np.load(FOLDER / f"{name}.npz")
            imported = sm.from_nir(read(FOLDER / f"{name}.nir"), **{**options(name), **changed})
            self.assertGreater(np.count_nonzero(imported.exact(wanted["inputs"])["output"][0] != wanted["output"]), 0, name)

    @unittest.skipIf(FOLDER == KEPT, "compares newly made files: give their folder")
    def test_newly_made_spikes_are_the_kept_ones(self):
        for path in sorted(KEPT.glob("*.npz")):
            kept, made = np.load(path), np.load(FOLDER / path.name)
            for key in kept:
                np.testing.assert_array_equal(made[key], kept[key], f"{path.name} {key}")


if __name__ == "__main__":
    unittest.main()
