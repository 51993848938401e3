# SPDX-License-Identifier: Apache-2.0
"""The study of docs/exploration/study.md, on its smallest network."""
import csv
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "host" / "examples" / "study" / "study.py"


class Study(unittest.TestCase):
    def test_rows_have_one_knee_and_more_cores_shorten_a_step_until_it(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, SCRIPT, "braille", "--out", folder], capture_output=True, text=True, timeout=250)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(pathlib.Path(folder) / "study.csv", newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self.assertTrue((pathlib.Path(folder) / "study.png").is_file())
        self.assertGreaterEqual(len(rows), 5)
        knees = [number for number, row in enumerate(rows) if row["knee"] == "1"]
        self.assertEqual(len(knees), 1)
        cycles = [int(row["cycles_median"]) for row in rows[:knees[0] + 1]]
        self.assertEqual(cycles, sorted(cycles, reverse=True))
        self.assertTrue(all(float(row["nj_a_step"]) > 0 and int(row["block_rams"]) > 0 for row in rows))

    def test_unknown_network_is_named(self):
        done = subprocess.run([sys.executable, SCRIPT, "none"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("none: there are digits, braille, events", done.stderr)


if __name__ == "__main__":
    unittest.main()
