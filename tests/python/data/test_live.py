# SPDX-License-Identifier: Apache-2.0
"""A live loop over TCP or UDP gives the spikes of a run of the same inputs, and tells its rate and latency."""
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np

import spikemesh as sm
from spikemesh.live.records import END, EVENT, RECORD

SIZE = 50


def network(size=SIZE):
    """Input i makes neurons i and i + 1 fire two steps later, unless they have just fired."""
    net = sm.Network(dt_ms=1.0)
    net.add_input("in", size)
    net.add_neurons("out", size, sm.RawNeurons(theta=9, decay_v=2048, refractory=1), record=True)
    net.connect("in", "out", np.r_[:size, :size], np.r_[:size, (np.arange(size) + 1) % size], 10, 2)
    return net


def served(live, steps=None):
    """The thread that serves, and a list in which its report will be."""
    reports = []
    thread = threading.Thread(target=lambda: reports.append(live.serve(steps)), daemon=True)
    thread.start()
    return thread, reports


def closed_loop(place, steps):
    """What was sent and what came back in each step, of a client whose next inputs follow from the spikes."""
    sent, fired, now = [], [], np.array([3, 17, 40])
    with sm.LiveClient(place) as chip:
        for step in range(steps):
            sent.append(now)
            fired.append(chip.step(now))
            now = np.unique(np.r_[(fired[-1] * 7 + step) % SIZE, [step % SIZE] if step % 5 == 0 else []].astype(int))
    return sent, fired


class LiveLoop(unittest.TestCase):
    def expect_run(self, sent, fired):
        """The spikes are those of one run of the same inputs."""
        dense = np.zeros((len(sent), SIZE), int)
        for step, neurons in enumerate(sent):
            dense[step, neurons] = 1
        spikes = sm.run(network(), {"in": dense})["out"]
        self.assertGreater(len(spikes), len(sent) // 2)
        np.testing.assert_array_equal(np.repeat(np.arange(len(fired)), [len(each) for each in fired]), spikes["step"])
        np.testing.assert_array_equal(np.concatenate(fired), spikes["neuron"])

    def test_a_closed_loop_over_tcp_gives_the_spikes_of_a_run_and_tells_its_latency(self):
        with tempfile.TemporaryDirectory() as folder:
            network().save(f"{folder}/net.json")
            process = subprocess.Popen([sys.executable, "-m", "spikemesh.live", f"{folder}/net.json", "--executor", "model", "--clients", "1"],
                                       stdout=subprocess.PIPE, text=True)
            with process:
                sent, fired = closed_loop(process.stdout.readline().strip(), 1000)
                said = process.stdout.read()
        self.expect_run(sent, fired)
        told = re.fullmatch(r"1000 steps in ([\d.]+) s \((\d+)/s\), (\d+) events in, (\d+) spikes out, 0 steps late; "
                            r"latency ([\d.]+) ms \(median\), [\d.]+ ms \(99 %\), [\d.]+ ms \(most\)\n", said)
        self.assertIsNotNone(told, said)
        print(said, end="")
        self.assertEqual((int(told[3]), int(told[4])), (sum(map(len, sent)), sum(map(len, fired))))
        self.assertLess(float(told[5]), 20)

    def test_an_emulated_chip_behind_its_port_closes_the_loop(self):
        with sm.Emulator(config="tiny", link="tcp:0") as chip, sm.Machine(port=chip.port) as machine:
            net = sm.Network()
            net.add_input("in", 4)
            net.add_neurons("out", 4, sm.RawNeurons(theta=9), record=True)
            net.connect_one_to_one("in", "out", 10)
            machine.load(net)
            with sm.Live(machine, ["in"], ["out"]) as live:
                thread, reports = served(live)
                with sm.LiveClient(live.place) as client:
                    self.assertEqual([client.step(each).tolist() for each in ([], [1, 3], [0], [2, 2])], [[], [], [1, 3], [0]])
                thread.join(10)
        self.assertEqual((reports[0].steps, reports[0].events, reports[0].spikes), (4, 5, 3))

    def test_a_clock_of_its_own_runs_steps_whether_events_come_or_not(self):
        with sm.Machine() as machine:
            machine.load(network())
            with sm.Live(machine, ["in"], ["out"], step_ms=1) as live:
                thread, reports = served(live, 600)
                fired, last = [], -1
                with sm.LiveClient(live.place) as client:
                    client.send([5])
                    for number in range(600):
                        step, neurons = client.receive()
                        self.assertEqual(step, number)
                        fired += neurons.tolist()
                        if step == 20:
                            client.send([9, 9])
                thread.join(10)
        self.assertEqual(fired, [5, 6, 9, 10])
        self.assertGreater(reports[0].seconds, 0.59)
        self.assertEqual((reports[0].steps, len(reports[0].latency_ms)), (600, 2))
        self.assertRegex(str(reports[0]), r"600 steps in .* latency")

    def test_events_of_a_camera_come_over_udp_as_faery_sends_them(self):
        with sm.Machine() as machine:
            machine.load(network(24))
            with sm.Live(machine, ["in"], ["out"], listen="udp:0", step_ms=5, size=(4, 3)) as live:
                thread, reports = served(live, 12)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
                    camera.settimeout(5)
                    camera.connect(("127.0.0.1", int(live.place.rsplit(":", 1)[1])))
                    camera.send(np.array([(1, 2, 1, 1), (2, 4, 0, 1)], EVENT).tobytes())
                    rows = np.concatenate([np.frombuffer(camera.recv(1400), RECORD) for _ in range(12)])
                thread.join(10)
        self.assertEqual(rows["neuron"][rows["neuron"] != END].tolist(), [13, 14])  # (1 * 4 + 2) * 2 + 1, and the next
        self.assertEqual((reports[0].events, reports[0].refused), (2, 1))
        self.assertIn("1 events refused", str(reports[0]))

    def test_what_is_wrong_is_named_with_its_remedy(self):
        with sm.Machine() as machine:
            machine.load(network())
            for options, message in (({"listen": "tcp:x"}, "tcp:HOST:PORT or udp:HOST:PORT is needed"), ({"listen": "udp:0"}, "say how long a step"),
                                     ({"step_ms": 0}, "step_ms 0, but more than 0"), ({"size": (3, 3), "step_ms": 1}, "3 x 3 places with 2 polarities")):
                with self.subTest(message), self.assertRaisesRegex(sm.InputError, message):
                    sm.Live(machine, ["in"], ["out"], **options)
            for names, message in (((["in"], ["no"]), 'no population "no"; the network has in, out'), ((["out"], ["out"]), "fire on their own"),
                                   ((["in"], ["in"]), "are not recorded")):
                with self.subTest(message), self.assertRaisesRegex(sm.InputError, message):
                    sm.Live(machine, *names)
            with sm.Live(machine, ["in"], ["out"]) as live:
                with self.assertRaisesRegex(sm.InputError, "choose another port"):
                    sm.Live(machine, ["in"], ["out"], listen=live.place)
                place = live.place
            with self.assertRaisesRegex(sm.TransportError, "is the live server there"):
                sm.LiveClient(place)


if __name__ == "__main__":
    unittest.main()
