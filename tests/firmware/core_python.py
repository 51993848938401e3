#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python promises of the management core: what `spikemesh firmware` does, and samples that end early.

    core_python.py FIRMWARE_FOLDER SHARE_FOLDER      with the package on PYTHONPATH

77: the processor of the management core was not fetched.
"""
import pathlib
import sys
import tempfile
import unittest

import numpy as np

FIRMWARE, SHARE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
LONGEST = 50.0  # seconds


class Core(unittest.TestCase):
    def test_programs_are_loaded_started_talked_to_and_stopped(self):
        with sm.Emulator("model", "tiny", management_core=True) as chip, sm.ManagementCore(chip.port, timeout=LONGEST) as core:
            self.assertEqual((core.program_words, core.data_words), (4096, 2048))
            core.load(FIRMWARE / "hello.bin")
            core.start()
            self.assertRaisesRegex(sm.RunError, "the core runs already; stop it first", core.start)
            core.send([20, 22, 0])
            self.assertEqual(core.log(timeout=LONGEST), "hello from the management core\nsum 42\n")
            self.assertEqual((core.state.running, core.state.cause, core.state.status), (False, "exit", 42))
            self.assertIn("the program ended with code 42", repr(core))
            core.start(own_run=True)
            self.assertEqual(core.state.owner, "core")
            self.assertRaisesRegex(sm.InputError, "words", core.send, [-1])
            core.send(range(1, 101))  # more than the mailbox holds
            core.stop()
            self.assertEqual(core.state.cause, "host")
            self.assertRaisesRegex(sm.InputError, "no program image", core.load, __file__)
            self.assertRaisesRegex(sm.InputError, "none.bin", core.load, "none.bin")
            core.load("early-exit")
            core.start()
            core.send([77])  # no command: REFUSED {UNKNOWN, 77}
            while not (said := core.receive()):
                self.assertTrue(core.state.running)
            self.assertEqual(said, [sm.Message(4, [0, 77])])
            self.assertEqual(core.log(wait=False), "")
            core.close()
            core.close()
            self.assertRaisesRegex(sm.RunError, "the port was closed", lambda: core.state)

    def test_samples_end_when_their_answer_is_sure(self):
        net = sm.Network(dt_ms=1)
        net.add_input("in", 2)
        net.add_neurons("out", 2, sm.RawNeurons(theta=10, subtract=1, decay_v=4096), record=True)
        net.connect_one_to_one("in", "out", 11)
        samples = np.zeros((4, 12, 2), int)
        samples[0, :10, 1] = samples[1, :10] = samples[2, :2, 0] = samples[2, 2, 1] = 1
        whole = sm.run(net, {"in": samples}, config="tiny")
        self.assertIsNone(whole.answers)
        self.assertIsNone(net.early_exit)
        net.early_exit = sm.EarlyExit("out", [(1, 3), (9, 1)])
        self.assertEqual(net.copy().early_exit, net.early_exit)
        with tempfile.TemporaryDirectory() as folder:
            spikes = sm.run(net, {"in": samples}, executor="model", config="tiny", out=folder)
            again = sm.load_run(folder)
            self.assertEqual(sm.load_network(pathlib.Path(folder) / "network.json").early_exit, net.early_exit)
            self.assertIs(again.config["firmware"], True)
            sm.run(net, {"in": samples}, executor="model", config="tiny", firmware=False, out=folder)
            self.assertIsNone(sm.load_run(folder).answers)
        for run in spikes, again:
            self.assertEqual([tuple(row) for row in run.answers], [(0, 1, 4, 3), (1, 0, 12, 0), (2, 0, 9, 1), (3, -1, 12, 0)])
        self.assertEqual(spikes, again)
        on_reference = sm.run(net, {"in": samples}, executor="reference", config="tiny")
        self.assertEqual(on_reference, spikes)
        self.assertEqual(list(on_reference.answers), list(spikes.answers))
        for sample, steps in enumerate(spikes.answers["steps"]):
            of_whole = [row for row in whole["out"] if row["sample"] == sample and row["step"] < steps]
            self.assertEqual([row for row in spikes["out"] if row["sample"] == sample], of_whole)
        for executor in "lockstep", "reference":
            with sm.Machine(executor, "tiny", management_core=True) as machine:  # it stays a machine as any other
                machine.load(net)
                first = machine.run_samples({"in": samples})
                self.assertEqual(list(first.answers), list(spikes.answers))
                machine.firmware = False
                self.assertEqual(machine.run_samples({"in": samples}), whole)
                machine.firmware = True
                self.assertEqual(machine.run_samples({"in": samples}), spikes)

    def test_what_cannot_end_early_is_refused(self):
        net = sm.Network(dt_ms=1)
        net.add_input("in", 2)
        net.add_neurons("out", 2, sm.RawNeurons(theta=10), record=True)
        net.connect_one_to_one("in", "out", 11)
        self.assertRaisesRegex(TypeError, "early_exit: a spikemesh.EarlyExit or None is needed", setattr, net, "early_exit", ("out", []))
        for margins, error in (([(1, 0)], "margins/0: a margin of 0"), ([(4, 3), (4, 2)], "margins/1: from 4 steps on, but the steps ascend"),
                               ([(1, -3)], "-3"), ([(1,)], "1 values, but a pair")):
            def ends_early(margins=margins):
                net.early_exit = sm.EarlyExit("out", margins)
                with sm.Machine("model", "tiny", management_core=True) as machine:
                    machine.load(net)
                    machine.run_samples(steps=3)
            self.assertRaisesRegex(sm.InputError, error, ends_early)
        net.early_exit = sm.EarlyExit("out", [(1, 2)])
        for executor in "model", "reference":
            with sm.Machine(executor, "tiny") as machine:
                machine.load(net)
                self.assertRaisesRegex(sm.InputError, "make it with management_core", machine.run_samples, steps=3)
        with sm.Machine("model", "tiny", management_core=True) as machine:
            machine.load(net)
            self.assertRaisesRegex(sm.InputError, "use run_samples", machine.run, steps=3)

    def test_what_cannot_be_is_refused(self):
        with sm.Emulator("model", "tiny") as chip:
            self.assertRaisesRegex(sm.SpecError, "no management core", sm.ManagementCore, chip.port)
            self.assertRaisesRegex(sm.InputError, "timeout -1", sm.ManagementCore, chip.port, timeout=-1)


if __name__ == "__main__":
    if not (SHARE / "ibex/fetched").exists():
        print("SKIPPED: the processor of the management core was not fetched (rtl/mgmt/ibex.py)")
        sys.exit(77)
    import spikemesh as sm
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
