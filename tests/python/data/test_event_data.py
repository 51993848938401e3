# SPDX-License-Identifier: Apache-2.0
"""Files of events of each format give the right events, and from Python and the command line the same spikes."""
import contextlib
import io
import itertools
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import h5py
import numpy as np

import spikemesh as sm
from spikemesh.event_data.__main__ import main as convert

PROGRAM = os.environ["SPIKEMESH_PROGRAM"]
WIDTH, HEIGHT = 40, 30


def drawn(events=400, most_us=40_000_000, seed=1):
    """Sorted by time; long enough for every format's clock to begin again."""
    draw = np.random.default_rng(seed)
    return {"t": np.sort(draw.integers(0, most_us, events)), "x": draw.integers(0, WIDTH, events), "y": draw.integers(0, HEIGHT, events),
            "p": draw.integers(0, 2, events)}


def rows(events):
    return list(zip(*(events[name].tolist() for name in "txyp")))


def nmnist_bytes(events):
    return b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for t, x, y, p in rows(events))


def dat_bytes(events):
    """Prophesee's DAT 2: the time, then 14 bits of x, 14 of y, the polarity."""
    head = f"% Data file containing CD events.\n% Version 2\n% Width {WIDTH}\n% Height {HEIGHT}\n".encode() + bytes([12, 8])
    return head + b"".join(struct.pack("<II", t, x | y << 14 | p << 28) for t, x, y, p in rows(events))


def evt2_bytes(events):
    """Prophesee's RAW, EVT 2: words of 28 high bits of the time, and of an event with 6 low bits."""
    words, high = [], None
    for t, x, y, p in rows(events):
        if t >> 6 != high:
            high = t >> 6
            words.append(8 << 28 | high)
        words.append(p << 28 | (t & 63) << 22 | x << 11 | y)
    return f"% evt 2.0\n% format EVT2;height={HEIGHT};width={WIDTH}\n% end\n".encode() + struct.pack(f"<{len(words)}I", *words)


def evt3_bytes(events):
    """Prophesee's RAW, EVT 3: words for 12 high and 12 low bits of the time, y, and x with polarity. The high bits are sent
    whenever they change, as cameras do."""
    words, high = [], -1
    for t, x, y, p in rows(events):
        while high < t >> 12:
            high += 1
            words.append(8 << 12 | high & 4095)
        words += [6 << 12 | t & 4095, y, 2 << 12 | p << 11 | x]
    return f"% evt 3.0\n% format EVT3;height={HEIGHT};width={WIDTH}\n% end\n".encode() + struct.pack(f"<{len(words)}H", *words)


class EventData(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def expect(self, stream, events, size=(WIDTH, HEIGHT)):
        self.assertEqual(stream.size, size)
        for name in "txyp":
            np.testing.assert_array_equal(getattr(stream, name), events[name], name)

    def test_formats_of_cameras_give_the_events_that_were_encoded(self):
        events = drawn()
        for name, data in (("a.dat", dat_bytes(events)), ("a.raw", evt2_bytes(events)), ("b.raw", evt3_bytes(events))):
            with self.subTest(name):
                self.expect(sm.read_event_stream(self.file(name, data)), events)

    def test_aedat4_gives_the_events_that_were_written(self):
        import faery
        events = drawn()
        array = np.zeros(len(events["t"]), faery.EVENTS_DTYPE)
        for name in "txyp":
            array[name] = events[name]
        faery.events_stream_from_array(array, dimensions=(WIDTH, HEIGHT)).to_file(self.folder / "a.aedat4")
        self.expect(sm.read_event_stream(self.folder / "a.aedat4"), events)

    def test_nmnist_csv_npy_and_arrays_of_other_packages_give_the_same_events(self):
        events = drawn(most_us=1 << 23)
        size = (WIDTH, HEIGHT)
        table = np.stack([events[name] for name in "xytp"], axis=1)
        structured = np.zeros(len(table), [("x", int), ("y", int), ("t", int), ("p", int)])  # tonic's order
        for name in "txyp":
            structured[name] = events[name]
        np.save(self.folder / "table.npy", table)
        np.save(self.folder / "fields.npy", structured)
        lines = "\n".join(f"{p},{y},{x},{t}" for t, x, y, p in rows(events))
        self.file("a.csv", "polarity,y,x,timestamp\n" + lines + "\n")
        for path in (self.file("a.bs2", nmnist_bytes(events)), self.folder / "a.csv", self.folder / "table.npy", self.folder / "fields.npy"):
            with self.subTest(path.name):
                self.expect(sm.read_event_stream(path, size), events)
        self.expect(sm.EventStream.of(structured, size), events)
        sm.read_event_stream(self.folder / "a.csv", size).save(self.folder / "saved.npy")
        self.expect(sm.read_event_stream(self.folder / "saved.npy", size), events)

    def test_spoken_digits_are_recordings_with_labels(self):
        path = self.folder / "shd.h5"
        times, units = [[0.0, 0.5, 0.25], [0.001]], [[3, 699, 7], [5]]
        with h5py.File(path, "w") as file:
            for name, values, kind in (("times", times, np.float32), ("units", units, np.uint16)):
                held = file.create_dataset(f"spikes/{name}", 2, h5py.vlen_dtype(kind))
                for number, each in enumerate(values):
                    held[number] = np.array(each, kind)
            file["labels"] = np.array([4, 19])
        spoken = sm.SpokenDigits(path)
        self.assertEqual([label for _, label in spoken], [4, 19])
        stream = sm.read_event_stream(path)
        self.assertEqual((stream.neurons, stream.t.tolist(), stream.x.tolist()), (700, [0, 250_000, 500_000], [3, 7, 699]))
        self.assertEqual(sm.read_event_stream(path, recording=1).spikes(1.0)["step"].tolist(), [1])

    def test_spikes_are_in_their_steps_once_or_as_often_as_there_were_events(self):
        stream = sm.EventStream([0, 999, 1000, 5000, 5001], [1, 1, 1, 2, 2], [0, 0, 0, 1, 1], [1, 1, 0, -1, 0], (3, 2))
        got = stream.spikes(1.0, 6)
        self.assertEqual(got[["step", "neuron", "count"]].tolist(), [(0, 3, 1), (1, 2, 1), (5, 10, 1)])
        self.assertEqual(stream.spikes(1.0, 6, counts=True)["count"].tolist(), [2, 1, 2])
        self.assertEqual(stream.spikes(0.5, 6)["step"].tolist(), [0, 1, 2])
        np.testing.assert_array_equal(np.argwhere(stream.dense(1.0, 6)), [(0, 1, 0, 1), (1, 0, 0, 1), (5, 0, 1, 2)])
        self.assertEqual(stream.between(1000, 5001).t.tolist(), [0, 4000])

    def test_a_run_takes_streams_and_the_command_line_gives_its_spikes(self):
        events = drawn(most_us=60_000, seed=2)
        events["t"] += 700
        files = [self.file("a.bs2", nmnist_bytes(events)), self.folder / "b.npy", self.folder / "c.csv"]
        shifted = sm.EventStream(**{name: np.roll(events[name], 5) for name in "xyp"}, t=events["t"], size=(WIDTH, HEIGHT))
        shifted.save(files[1])
        files[2].write_text("t,x,y,p\n" + "\n".join(",".join(map(str, row)) for row in rows(events)[::3]), encoding="utf-8")
        compared = 0
        for crop, factor, polarity, order, counts, start in (
                (None, 1, "both", "yxp", 0, 0), (None, 3, "merge", "pyx", 1, 0), (((4, 35), (2, 29)), 2, "both", "pyx", 1, 1500),
                (((0, 40), (5, 6)), 1, "on", "yxp", 0, "first"), (((7, 8), (0, 30)), 4, "off", "yxp", 1, "first")):
            layout = f"size={WIDTH}x{HEIGHT},downsample={factor},polarity={polarity},order={order},counts={counts},start={start}"
            layout += f",crop={crop[0][0]}..{crop[0][1]}x{crop[1][0]}..{crop[1][1]}" if crop else ""
            streams = [sm.read_event_stream(path, (WIDTH, HEIGHT)) for path in files]
            streams = [stream.from_first() if start == "first" else stream.between(start) for stream in streams]
            streams = [(stream.crop(*crop) if crop else stream).downsample(factor).polarity(polarity) for stream in streams]
            net = sm.Network(dt_ms=0.7)
            net.add_input("in", streams[0].neurons, max_spikes_per_step=20)
            net.add_neurons("out", streams[0].neurons, sm.RawNeurons(theta=9, decay_v=4000, subtract=1), record=True)
            net.connect_one_to_one("in", "out", 10)
            net.save(self.folder / "net.json")
            chip = self.file("chip.json", '{"MeshW": 8, "MeshH": 8}')
            argument = np.concatenate([stream.spikes(0.7, 50, order=order, counts=bool(counts), sample=i) for i, stream in enumerate(streams)])
            spikes = sm.run(net, {"in": argument}, 50, samples=3, config=chip)
            if order == "yxp" and not counts:
                np.testing.assert_array_equal(sm.run(net, {"in": streams}, 50, config=chip)["out"], spikes["out"])
            done = subprocess.run([PROGRAM, "run", self.folder / "net.json", "--steps", "50", "--config", chip, "--out", self.folder / "out", "--event-layout",
                                   layout, *itertools.chain(*(("--events", f"in={path}") for path in files))], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, r"a.bs2: \d+ events come after step 49 and are left out")
            with self.subTest(layout):
                np.testing.assert_array_equal(sm.read_spikes(self.folder / "out" / "spikes.csv").get("out", spikes["out"][:0]), spikes["out"])
            compared += len(spikes["out"])
        self.assertGreater(compared, 500)

    def test_what_python_alone_reads_is_converted_by_the_command_that_the_program_names(self):
        events = drawn(most_us=20_000)
        path = self.file("a.dat", dat_bytes(events))
        net = sm.Network()
        net.add_input("in", 2 * WIDTH * HEIGHT)
        net.add_neurons("out", 1, sm.RawNeurons(theta=9), record=True)
        net.connect("in", "out", [0], [0], 10)
        net.save(self.folder / "net.json")
        command = [PROGRAM, "run", self.folder / "net.json", "--steps", "9", "--out", self.folder / "out", "--event-layout", f"size={WIDTH}x{HEIGHT}"]
        done = subprocess.run([*command, "--events", f"in={path}"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        remedy = done.stderr.split("convert it: python3 -m spikemesh.event_data ")[1].split()
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(convert([word.strip("'") for word in remedy]), 0)
        self.expect(sm.read_event_stream(path.with_suffix(".npy"), (WIDTH, HEIGHT)), events)
        files = [path.with_suffix(".npy"), self.file("empty.csv", "t,x,y,p\n")]
        done = subprocess.run([*command, *itertools.chain(*(("--events", f"in={each}") for each in files))], capture_output=True, text=True)
        self.assertRegex(done.stdout, "^2 samples, 18 steps")

    def test_a_missing_library_is_named_with_its_command(self):
        path = self.file("a.dat", b"")
        for library, of in (("faery", path), ("h5py", self.file("a.h5", b""))):
            with unittest.mock.patch.dict(sys.modules, {library: None}):
                with self.assertRaisesRegex(sm.InputError, f"pip install {library}"):
                    sm.read_event_stream(of)

    def test_what_is_wrong_is_named_with_its_remedy(self):
        size = (WIDTH, HEIGHT)
        for name, data, message in (("a.mp4", "", "known are .bs2"), ("a.bs2", "1234", "4 bytes, but 5 bytes an event"),
                                    ("b.bs2", b"\x50\x01\x00\x00\x01", r"x of event 0 is 80, but 0\.\.39 are allowed on a sensor of 40 x 30"),
                                    ("a.csv", "1,2,3\n", "no column t among 1, 2, 3"), ("b.csv", "t,x\n1\n", "1 cells, but the header has 2"),
                                    ("c.csv", "t,x\n1,a\n", "each row needs 2 numbers"), ("a.npy", "x", "write it with numpy.save"),
                                    ("a.h5", "x", "spikes/times and spikes/units"), ("a.aedat4", "x", "faery cannot read it")):
            with self.subTest(name), self.assertRaisesRegex(sm.InputError, message):
                sm.read_event_stream(self.file(name, data), size)
        stream = sm.EventStream([1], [2], [3], [1], size)
        for action, message in ((lambda: stream.crop((0, 50), (0, 3)), "the sensor has x 0..40"), (lambda: stream.polarity("up"), "known are both"),
                                (lambda: stream.spikes(1, order="xyp"), "known are yxp, pyx"), (lambda: stream.downsample(0), "at least 1"),
                                (lambda: sm.EventStream([1], [2, 3], [3], [1], size), "2 values of x"),
                                (lambda: sm.EventStream([1.5], [2], [3], [1], size), "t is float64"),
                                (lambda: sm.read_event_stream(self.folder / "no.csv"), "no such file"),
                                (lambda: sm.read_event_stream(self.file("d.csv", "t,x\n")), r"give size=\(width, height\)")):
            with self.subTest(message), self.assertRaisesRegex(sm.InputError, message):
                action()
        net = sm.Network()
        net.add_input("in", 5)
        net.add_neurons("out", 5, sm.RawNeurons(theta=9))
        net.connect_one_to_one("in", "out", 1)
        with self.assertRaisesRegex(sm.InputError, "2400 places and channels, but the population has 5 neurons"):
            sm.run(net, {"in": stream}, 3)


if __name__ == "__main__":
    unittest.main()
