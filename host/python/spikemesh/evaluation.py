# SPDX-License-Identifier: Apache-2.0
"""How good a network is on labelled data, and what that costs: accuracy, confusion, NeuroBench's metrics (docs/data.md)."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _core
from ._builds import Build
from ._calls import helpful, whole
from ._html import table
from .event_data import EventStream
from .inputs import Ground, Poisson, split_inputs
from .machine import Machine
from .network import Network
from .nir import Imported
from .report import neurobench

if TYPE_CHECKING:
    import numpy.typing as npt

    _Array = npt.NDArray[Any]
    #: "sum", "max" or "last" over the steps, or a function of outputs [samples, steps, classes] that gives scores [samples, classes].
    _Score = Union[str, Callable[[_Array], npt.ArrayLike]]

_SCORES: dict[str, Callable[[Any], Any]] = {"sum": lambda outputs: outputs.sum(axis=1), "max": lambda outputs: outputs.max(axis=1),
                                            "last": lambda outputs: outputs[:, -1]}


@dataclasses.dataclass(frozen=True, repr=False)
class Evaluation:
    """What evaluate gives. labels, predictions: arrays [samples]. scores: [samples, classes]; the class of the highest score is
    predicted, of equal ones the lowest. metrics: by the names of NeuroBench, as `neurobench` gives them, averaged over the samples.
    seconds: of the runs, with the load of the network."""

    labels: _Array
    predictions: _Array
    scores: _Array
    metrics: dict[str, Any]
    steps: int
    seconds: float

    @property
    def accuracy(self) -> float:
        """Share of the samples that are right."""
        return float(np.mean(self.labels == self.predictions))

    @property
    def confusion(self) -> _Array:
        """[classes, classes]: how many samples of each class (row) were taken for each class (column)."""
        classes = self.scores.shape[1]
        return np.bincount(self.labels * classes + self.predictions, minlength=classes**2).reshape(classes, classes)

    @property
    def undecided(self) -> int:
        """Samples in which all classes had the same score, such as those in which nothing fired."""
        return int(np.count_nonzero(np.ptp(self.scores, axis=1) == 0))

    def __str__(self) -> str:
        operations = self.metrics["synaptic_operations"]
        head = [f"{np.count_nonzero(self.labels == self.predictions)} of {len(self.labels)} right ({100 * self.accuracy:.2f} %), {self.undecided} undecided; "
                f"{self.steps} steps each, {self.seconds:.2f} s",
                f"footprint {self.metrics['footprint']} bytes, connection sparsity {self.metrics['connection_sparsity']:.4f}, activation sparsity "
                f"{self.metrics['activation_sparsity']:.4f}, {operations['Effective_ACs']:.0f} synaptic operations a sample (dense: "
                f"{operations['Dense']:.0f})"]
        width = max(5, len(str(self.confusion.max())) + 1)
        rows = [f"{label:5d} |" + "".join(f"{count:{width}d}" for count in row) for label, row in enumerate(self.confusion)]
        return "\n".join([*head, "class | taken for", "      |" + "".join(f"{label:{width}d}" for label in range(len(rows))), *rows])

    def __repr__(self) -> str:
        return f"<Evaluation: {100 * self.accuracy:.2f} % of {len(self.labels)} samples>"

    def _repr_html_(self) -> str:
        rows = [[str(label), *map(str, row)] for label, row in enumerate(self.confusion)]
        return (f"<b>Evaluation</b>: {100 * self.accuracy:.2f} % of {len(self.labels)} samples right, {self.undecided} undecided"
                + table(["class", *(f"taken for {label}" for label in range(len(rows)))], rows))


def _pairs(dataset: Any) -> tuple[list[Any], _Array]:
    """Inputs and labels of (inputs, labels), or of pairs."""
    together = isinstance(dataset, tuple) and len(dataset) == 2 and np.ndim(dataset[1]) == 1
    if isinstance(dataset, tuple) and len(dataset) == 2 and isinstance(dataset[1], np.ndarray) and not together:
        raise _core.InputError(f"dataset: labels of shape {np.shape(dataset[1])}, but [n] is needed, the number of the class of each sample"
                               + ("; labels.argmax(axis=1) makes them of one-hot rows" if np.ndim(dataset[1]) == 2 else ""))
    if together and len(dataset[0]) != len(dataset[1]):
        raise _core.InputError(f"dataset: {len(dataset[0])} inputs, but {len(dataset[1])} labels")
    try:
        pairs = list(zip(*dataset)) if together else [(given, label) for given, label in dataset]
    except (TypeError, ValueError):
        raise _core.InputError("dataset: pairs (input, label) are needed, or a tuple (inputs, labels)") from None
    labels = np.array([label for _, label in pairs])
    if not pairs or labels.ndim != 1 or labels.dtype.kind not in "iub":
        raise _core.InputError(f"dataset: {len(pairs)} samples with labels of {labels.dtype}, but a sample or more with whole numbers are needed")
    return [given for given, _ in pairs], labels.astype(np.int64)


class _OfNetwork:
    """A network, whose classes are the neurons of one population."""

    def __init__(self, network: Network, input: str | None, output: str | None):
        self.network = network
        inputs = [each.name for each in network if each.neurons is None]
        outputs = [each.name for each in network if each.neurons is not None and len(each.recorded) == each.size]
        self.input, self.output = _only("input", input, inputs), _only("output", output, outputs)
        self.record: tuple[str, ...] = ()
        self.shift = self.first = 0

    def inputs(self, samples: list[Any], steps: int) -> dict[str, Any]:
        """samples: from number `first` of the data set on."""
        if isinstance(samples[0], Mapping):
            return {name: self._joined([sample[name] for sample in samples], steps, name) for name in samples[0]}
        return {self.input: self._joined(samples, steps)}

    def _joined(self, samples: list[Any], steps: int, name: str | None = None) -> Any:
        if isinstance(samples[0], EventStream):
            return samples
        arrays = [self._drawn(sample, steps, number, name or self.input) if isinstance(sample, Poisson) else np.asarray(sample)
                  for number, sample in enumerate(samples)]
        for array in arrays:
            if array.dtype.names is None and array.ndim < 2:
                raise _core.InputError(f"dataset: an input of shape {array.shape}, but [steps, size] is needed: spike counts of each step; what "
                                       "is constant, such as features, becomes spikes by sm.Poisson(rates) or by repeating it over the steps")
        if arrays[0].dtype.names is None:
            return [array[:steps] if len(array) >= steps else np.concatenate([array, np.zeros((steps - len(array), *array.shape[1:]), array.dtype)])
                    for array in arrays]
        for number, array in enumerate(arrays):
            names = array.dtype.names or ()
            array = arrays[number] = array[array["step"] < steps].copy()
            if "sample" not in names:
                raise _core.InputError("dataset: spikes without the field sample; events() and EventStream.spikes make it")
            array["sample"] = number
        return np.concatenate(arrays)

    def _drawn(self, source: Poisson, steps: int, number: int, name: str) -> _Array:
        """[steps, size]: other numbers for each sample of the data set, whatever the batches are."""
        size = self.network[name].size
        rate = source.rate_hz if callable(source.rate_hz) or np.ndim(source.rate_hz) else np.full(size, source.rate_hz)
        arrays, _ = split_inputs({name: size}, {name: Poisson(rate, source.seed)}, Ground(self.network, steps, 1, self.first + number, 0))
        spikes = np.zeros((steps, size), np.uint8)
        for _, _, step, neuron, count in arrays:
            spikes[step, neuron] = count
        return spikes

    def outputs(self, spikes: Any, report: Any) -> _Array:
        return np.asarray(spikes.dense(self.output))


class _OfImported(_OfNetwork):
    """An import, whose classes are the elements of one Output node."""

    def __init__(self, imported: Imported, input: str | None, output: str | None):
        self.imported, self.network, self.shift, self.first = imported, imported.network, imported.shift, 0
        self.input, self.output = _only("input", input, list(imported.inputs)), _only("output", output, list(imported.outputs))
        self.port = imported.outputs[self.output]
        self.watched = [part.population for part in self.port.parts] if self.port.kind == "potential" else []
        self.record = tuple(f"v:{population}" for population in self.watched)

    def inputs(self, samples: list[Any], steps: int) -> dict[str, Any]:
        if any(isinstance(sample, Poisson) for sample in samples):
            raise _core.InputError("dataset: Poisson, but what from_nir gave takes arrays [steps, *shape]; draw them first")
        dense = [sample.dense(self.network.dt_ms, steps) if isinstance(sample, EventStream) else sample for sample in samples]
        return self.imported.encode({self.input: np.array(super()._joined(dense, steps))})

    def outputs(self, spikes: Any, report: Any) -> _Array:
        steps = spikes.steps - self.shift
        if self.watched:
            scales = report["conversion"]["v_scale"]
            traces = {name: spikes.trace("v", name).values / np.asarray(scales[name]) for name in self.watched}
        else:
            traces = {part.population: spikes.dense(part.population) for part in self.port.parts}
        value = self.imported._value(self.port, traces, steps)
        return np.asarray(value.reshape(*value.shape[:2], -1))


def _only(what: str, given: str | None, names: list[str]) -> str:
    if given is None and len(names) == 1:
        return names[0]
    if given not in names:
        if not names:
            raise _core.InputError(f"{what}: the network has no input population; add_input makes one" if what == "input" else
                                   f"{what}: no population is recorded as a whole, so nothing says the class; add the output neurons with record=True")
        wanted = "several could be meant" if given is None else f'no "{given}"'
        raise _core.InputError(f"{what}: {wanted}; give {what}= one of {', '.join(names)}")
    return given


def _steps_of(samples: list[Any], dt_ms: float) -> int:
    """As many as the longest sample has."""
    def of(sample: Any) -> int:
        if isinstance(sample, EventStream):
            return int(sample.duration_us * 1000 // round(dt_ms * 1e6)) + 1
        if isinstance(sample, Mapping):
            return max(map(of, sample.values()))
        if isinstance(sample, Poisson):
            if callable(sample.rate_hz) or np.ndim(sample.rate_hz) != 2:
                raise _core.InputError("steps: how many? A Poisson source goes on for as long as a sample, so evaluate needs steps=")
            return len(np.asarray(sample.rate_hz))
        array = np.asarray(sample)
        if array.ndim == 0:
            raise _core.InputError(f"dataset: {sample!r} as an input, but an array [steps, size], spikes, an EventStream or Poisson is needed")
        return int(array["step"].max(initial=-1)) + 1 if array.dtype.names else array.shape[0]
    return max([1, *map(of, samples)])


def _averaged(all_metrics: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """Over the batches, by their samples."""
    weights = [count for count, _ in all_metrics]

    def mean(values: list[Any]) -> Any:
        if isinstance(values[0], dict):
            return {key: mean([value[key] for value in values]) for key in values[0]}
        return values[0] if all(value == values[0] for value in values) else float(np.average(values, weights=weights))

    return dict(mean([metrics for _, metrics in all_metrics]))


@helpful
def evaluate(network: Network | Imported, dataset: Any, *, input: str | None = None, output: str | None = None, steps: int | None = None,
             score: _Score = "sum", executor: str = "reference", config: Build | None = None, port: str | None = None,
             batch: int = 100, seed: int = 1) -> Evaluation:
    """Runs a network, or what from_nir gave, on labelled samples, each from rest.

    dataset: pairs (input, label), such as a data set of tonic or SpokenDigits, or a tuple (inputs, labels). An input is an
    EventStream, an array [steps, size] of spike counts (of from_nir: [steps, *shape]), spikes as `events` makes them, a Poisson
    source (with steps; each sample draws numbers of its own; not for from_nir), or a mapping of populations to these. Labels are
    the numbers of the classes, [n].
    input, output: the input population (or Input node), and the recorded population (or Output node) whose neurons are the
    classes; they may be left out where there is only one.
    steps: of each sample; without it, as many as the longest has. score: what decides, "sum" (of spikes, or of potentials), "max"
    or "last" over the steps, or a function that gives scores [samples, classes] for outputs [samples, steps, classes].
    batch: samples that are run, and held in memory, at a time. For executor, config, port and seed see Machine.
    """
    if not callable(score) and score not in _SCORES:
        raise _core.InputError(f'score "{score}"; known are {", ".join(_SCORES)}, or give a function')
    samples, labels = _pairs(dataset)
    subject = _OfImported(network, input, output) if isinstance(network, Imported) else _OfNetwork(network, input, output)
    steps = _steps_of(samples, subject.network.dt_ms) if steps is None else whole(steps, "steps")
    batch = whole(batch, "batch")
    if steps < 1 or batch < 1:
        raise _core.InputError(f"steps {steps}, batch {batch}, but both are at least 1")
    decide = score if callable(score) else _SCORES[score]
    scores, metrics, begin = [], [], time.perf_counter()
    with Machine(executor, config, port=port, seed=seed) as machine, tempfile.TemporaryDirectory() as folder:
        report = machine.load(subject.network, seed=seed)
        for number, first in enumerate(range(0, len(samples), batch)):
            part, subject.first = samples[first:first + batch], first
            out = pathlib.Path(folder) / str(number)
            spikes = machine.run_samples(subject.inputs(part, steps), steps + subject.shift, len(part), record=subject.record, out=out)
            scores.append(np.asarray(decide(subject.outputs(spikes, report))))
            metrics.append((len(part), neurobench(out)))
    all_scores = np.concatenate(scores)
    if all_scores.ndim != 2 or len(all_scores) != len(labels):
        raise _core.InputError(f"score: shape {all_scores.shape}, but [{len(labels)}, classes] is needed")
    if labels.min() < 0 or labels.max() >= all_scores.shape[1]:
        raise _core.InputError(f"dataset: labels {labels.min()} to {labels.max()}, but there are {all_scores.shape[1]} classes, from 0 on")
    return Evaluation(labels, all_scores.argmax(axis=1), all_scores, _averaged(metrics), steps, time.perf_counter() - begin)
