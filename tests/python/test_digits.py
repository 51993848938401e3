# SPDX-License-Identifier: Apache-2.0
"""The digits example, from the wheel, against the program of the main build (SPIKEMESH_PROGRAM)."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "host" / "examples" / "digits"
sys.path.insert(0, str(DIGITS))
import coding  # noqa: E402


class Digits(unittest.TestCase):
    def test_script_has_under_25_lines(self):
        self.assertLess(len((DIGITS / "digits.py").read_text(encoding="utf-8").splitlines()), 25)

    def test_reference_gives_the_spikes_of_the_program(self):
        said, spikes = self.compare("reference", 594)
        right = int(said.split(" of 594 digits right", maxsplit=1)[0])
        self.assertGreaterEqual(right, 0.97 * 594)
        self.assertGreater(spikes, 10_000)

    def test_model_gives_the_spikes_of_the_program(self):
        _, spikes = self.compare("model", 20)
        self.assertGreater(spikes, 300)

    def compare(self, executor, images):
        """Both write spikes.csv, byte for byte the same; what the script said, and the number of spikes."""
        with tempfile.TemporaryDirectory() as folder:
            python, program = pathlib.Path(folder) / "python.csv", pathlib.Path(folder) / "program"
            said = self.call(sys.executable, DIGITS / "digits.py", executor, images, python)
            self.call(sys.executable, DIGITS / "inputs.py", "--count", images, f"{folder}/in.csv", f"{folder}/labels.csv")
            self.call(os.environ["SPIKEMESH_PROGRAM"], "run", DIGITS / "network.json", "--input", f"{folder}/in.csv",
                      "--steps", coding.STEPS, "--executor", executor, "--out", program)
            text = python.read_bytes()
            self.assertEqual(text, (program / "spikes.csv").read_bytes())
            return said, text.count(b"\n") - 1

    def call(self, *command):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout


if __name__ == "__main__":
    unittest.main()
