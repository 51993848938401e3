# SPDX-License-Identifier: Apache-2.0
"""Runs a network on what stands in for the chip: network file in, spikes and learned network file out."""
import json
import pathlib
import resource
import subprocess

import numpy as np

TOP = pathlib.Path(__file__).resolve().parents[3]


class Chip:
    """`spikemesh run` with one executor; files go to `folder`."""

    def __init__(self, folder, executor="model", config="default", program=TOP / "build/bin/spikemesh"):
        self.folder, self.executor, self.config, self.program = pathlib.Path(folder), executor, config, program
        if not pathlib.Path(program).is_file():
            raise SystemExit(f"{program}: no such file; ./bootstrap build makes it, or say with --program where it is")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.seconds = 0.0  # of processor time, everything that the program did
        self.cycles = 0

    def run(self, network, inputs, steps, learn=False):
        """`network`: keys of a network file, arrays in place of .npy files. `inputs`: population -> [images, steps,
        neurons] of 0 and 1. Each image starts from V = 0, with the adaptive thresholds that it finds.
        Returns rows sample, step, neuron of population `exc`, and the network as it is after the run."""
        self._write(network, self.folder / "network.json")
        images = _write_inputs(self.folder / "inputs.csv", inputs)
        command = [self.program, "run", self.folder / "network.json", "--input", self.folder / "inputs.csv",
                   "--steps", steps, "--samples", images, "--clear", "membrane", "--executor", self.executor,
                   "--config", self.config, "--learning", "on" if learn else "off",
                   "--save-network", self.folder / "learned.json", "--out", self.folder / "run"]
        before = _processor_seconds()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{done.stdout}{done.stderr}learn.py: spikemesh ended with {done.returncode}")
        stats = json.loads((self.folder / "run/stats.json").read_text(encoding="utf-8"))
        self.seconds += _processor_seconds() - before
        self.cycles += stats["cycles"]
        return _read_spikes(self.folder / "run/spikes.csv"), self._read(self.folder / "learned.json")

    @staticmethod
    def _write(network, path):
        """Arrays of projections go to .npy files beside the network file."""
        written = dict(network, projections=[dict(p) for p in network["projections"]])
        for number, projection in enumerate(written["projections"]):
            if isinstance(projection["weight"], np.ndarray):
                name = f"{path.stem}.{number}.npy"
                np.save(path.parent / name, projection["weight"])
                projection["weight"] = {"npy": name}
        path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def _read(path):
        network = json.loads(path.read_text(encoding="utf-8"))
        for part in network["projections"] + network["populations"]:
            for key, value in part.items():
                if isinstance(value, dict) and "npy" in value:
                    part[key] = np.load(path.parent / value["npy"])
        for population in network["populations"]:
            if isinstance(population.get("adapt"), np.ndarray):
                population["adapt"] = population["adapt"].tolist()
        return network


def _processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _write_inputs(path, inputs):
    with open(path, "w", encoding="utf-8") as file:
        file.write("sample,step,population,neuron\n")
        for population, spikes in inputs.items():
            file.writelines(f"{s},{t},{population},{n}\n" for s, t, n in np.argwhere(spikes).tolist())
    return len(spikes)


def _read_spikes(path):
    with open(path, encoding="utf-8") as file:
        next(file)
        rows = [line.split(",") for line in file]
    return np.array([(int(sample), int(step), int(neuron)) for sample, step, _, neuron in rows], int).reshape(-1, 3)
