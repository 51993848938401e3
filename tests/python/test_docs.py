# SPDX-License-Identifier: Apache-2.0
"""What the pages for authors show runs: ours always, that of other simulators where they are installed."""
import importlib.util
import io
import os
import pathlib
import re
import tempfile
import unittest
import warnings
from contextlib import redirect_stdout

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

import spikemesh as sm

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "python"
BLOCK = re.compile(r"^```python(?: (\w+))?\n(.*?)^```", re.M | re.S)
ROW = re.compile(r"^\| `(.+)` \| `(.+)` \|$", re.M)
PEERS = {"Brian2": "brian2", "NEST": "nest", "snnTorch": "snntorch"}


def there(module):
    return importlib.util.find_spec(module) is not None


def run(code, namespace, where):
    """With what it prints."""
    said = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(said):
        warnings.simplefilter("ignore")
        exec(compile(code, where, "exec"), namespace)
    return said.getvalue()


def fresh():
    """Brian2's run() takes the objects of the module that calls it."""
    return {"__name__": "page"}


def use_numpy():
    """Brian2 then compiles nothing."""
    if there("brian2"):
        import brian2
        brian2.prefs.codegen.target = "numpy"
        brian2.BrianLogger.suppress_hierarchy("brian2")


class Pages(unittest.TestCase):
    def tearDown(self):
        pyplot.close("all")

    def test_the_networks_of_python_run(self):
        blocks = BLOCK.findall((DOCS / "python.md").read_text(encoding="utf-8"))
        self.assertEqual(len(blocks), 4)
        namespace = fresh()
        with tempfile.TemporaryDirectory() as folder:
            self.addCleanup(os.chdir, os.getcwd())
            os.chdir(folder)
            said = [run(code, namespace, "python.md") for _, code in blocks]
            self.assertEqual(sorted(os.listdir(folder)), ["learned.json", "v.png", "window.png"])
            os.chdir("/")
        self.assertIn("spikes/s of each neuron: [", said[0])
        self.assertIn('"exc": 5 neurons, recorded', said[1])

    def test_five_experiments_take_no_more_lines_than_beside(self):
        page = (DOCS / "experiments.md").read_text(encoding="utf-8")
        sections = re.split(r"^## ", page, flags=re.M)[1:]
        self.assertEqual(len(sections), 5)
        use_numpy()
        for section in sections:
            title, blocks = section.splitlines()[0], dict(BLOCK.findall(section))
            with self.subTest(title):
                lines = {name: sum(bool(line.strip()) for line in code.splitlines()) for name, code in blocks.items()}
                self.assertLessEqual(lines["spikemesh"], lines["brian2"], title)
                self.assertIn(f"| {title} | {lines['spikemesh']} | {lines['brian2']} |", page)
                said = run(blocks["spikemesh"], fresh(), title)
                self.assertTrue(pyplot.get_fignums() or int(re.search(r"(\d+)% right", said)[1]) >= 80, said)
                pyplot.close("all")
                if there("brian2"):
                    beside = run(blocks["brian2"], fresh(), title)
                    self.assertTrue(pyplot.get_fignums() or float(beside.split()[0]) > 0.8, beside)
                    pyplot.close("all")

    def test_every_line_of_the_phrase_book_runs(self):
        page = (DOCS / "phrase-book.md").read_text(encoding="utf-8")
        use_numpy()
        for title, module in PEERS.items():
            rows = ROW.findall(page.split(f"## {title}\n")[1].split("\n## ")[0])
            self.assertGreaterEqual(len(rows), 8)
            ours, theirs = fresh(), fresh()
            for other, own in rows:
                with self.subTest(f"{title}: {own}"):
                    run(own, ours, own)
                if there(module):
                    with self.subTest(f"{title}: {other}"):
                        run(other, theirs, other)
            if title == "Brian2" and there(module):
                rate = float(np.mean(theirs["spikes"].count)) / 0.5
                self.assertAlmostEqual(rate, ours["spikes"].rates("exc").mean(), delta=0.3 * rate)
            if title == "NEST" and there(module):
                rate = len(theirs["spikes"].events["times"]) / 80 / 0.5
                self.assertAlmostEqual(rate, ours["result"].rates("exc").mean(), delta=0.3 * rate)
            self.assertIsInstance(ours["net"], sm.Network)


if __name__ == "__main__":
    unittest.main()
