# SPDX-License-Identifier: Apache-2.0
"""The examples of the gallery run, and make the pictures that the page shows."""
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "host/examples/gallery.py"


class Gallery(unittest.TestCase):
    @unittest.skipUnless(importlib.util.find_spec("matplotlib") and importlib.util.find_spec("sklearn"), "matplotlib or scikit-learn is not there")
    def test_ten_examples_make_the_pictures_of_the_page(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            made = {path.name: path for path in pathlib.Path(folder).iterdir()}
            page = (ROOT / "docs/python/gallery.md").read_text(encoding="utf-8")
            self.assertEqual(sorted(made), sorted(re.findall(r"\(gallery/(\w+\.png)\)", page)))
            self.assertEqual(len(made), 10)
            for name, path in made.items():
                with self.subTest(name):
                    self.assertEqual(path.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
                    self.assertGreater(path.stat().st_size, 10_000)
                    self.assertTrue((ROOT / "docs/python/gallery" / name).is_file())

    def test_an_example_that_is_not_there_is_named(self):
        done = subprocess.run([sys.executable, SCRIPT, "nowhere", "none"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no example none; there are balanced, f_i", done.stderr)


if __name__ == "__main__":
    unittest.main()
