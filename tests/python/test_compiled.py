# SPDX-License-Identifier: Apache-2.0
"""RTL of a build that nobody compiled before, by the program that the wheel brings."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import spikemesh as sm

NET = {"spikemesh_network": 1, "dt_ms": 1,
       "populations": [{"name": "source", "size": 4, "input": {}},
                       {"name": "cell", "size": 4, "record": True, "raw": {"theta": 100}}],
       "projections": [{"from": "source", "to": "cell", "connect": "one_to_one", "weight": 150}]}
MINE = {"MeshW": 2, "MeshH": 1, "Neurons": 16, "Axons": 32, "Synapses": 64, "Lanes": 1}


class Compiled(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = pathlib.Path(sys.prefix) / "bin" / "spikemesh"
        (self.folder / "mine.json").write_text(json.dumps(MINE), encoding="utf-8")
        (self.folder / "net.json").write_text(json.dumps(NET), encoding="utf-8")
        (self.folder / "in.csv").write_text("sample,step,population,neuron\n0,1,source,2\n", encoding="utf-8")

    def run_program(self, executor, path):
        command = [self.program, "run", "net.json", "--input", "in.csv", "--steps", "4", "--config", "mine.json",
                   "--executor", executor, "--out", executor]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=280,
                              env={**os.environ, "SPIKEMESH_CACHE": str(self.folder / "cache"), "PATH": path})

    def test_program_and_package_compile_a_new_build(self):
        done = self.run_program("rtl", os.environ["PATH"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0,2,cell,2", (self.folder / "rtl/spikes.csv").read_text(encoding="utf-8"))
        os.environ["SPIKEMESH_CACHE"] = str(self.folder / "cache")
        network = sm.load_network(self.folder / "net.json")
        with sm.Machine("rtl", self.folder / "mine.json") as machine:
            machine.load(network)
            spikes = machine.run(sm.read_spikes(self.folder / "in.csv"), 4)
        self.assertEqual((list(spikes["cell"]["step"]), list(spikes["cell"]["neuron"])), ([2], [2]))

    @unittest.skipUnless(shutil.which("riscv64-unknown-elf-gcc"), "the compiler for the management core is not installed")
    def test_program_of_the_management_core_is_compiled_with_the_library_of_the_wheel(self):
        (self.folder / "mine.c").write_text('#include "spikemesh.h"\nint main(void) { return (int)sm_mail_take(); }\n', encoding="utf-8")
        done = subprocess.run([self.program, "firmware", "build", "mine.c"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "mine.bin").read_bytes()[132:136], b"SMFW")
        share = pathlib.Path(sys.prefix) / "share/spikemesh/firmware"
        self.assertGreater((share / "early-exit.bin").stat().st_size, 500)

    def test_missing_verilator_is_named_with_the_remedy(self):
        tools = self.folder / "tools"
        tools.mkdir()
        for name in ("sh", "g++", "python3", "make"):
            if shutil.which(name):
                (tools / name).symlink_to(shutil.which(name))
        done = self.run_program("rtl", str(tools))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("apt install verilator", done.stderr)


if __name__ == "__main__":
    unittest.main()
