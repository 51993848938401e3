# SPDX-License-Identifier: Apache-2.0
"""Sweeps: one network on many designs of the chip, a row of results for each (docs/exploration/sweep.md)."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core, _progress
from ._calls import helpful, whole
from ._optional import needed
from .inputs import Ground, Inputs, samples_of, split_inputs, steps_of
from .network import Network, load_network
from .views import PHYSICAL, RAW, RULE

if TYPE_CHECKING:
    import numpy.typing as npt  # noqa: F401  # Inputs is read with it where the reference pages are built

_FORMAT = "spikemesh_sweep"


@helpful
def sweep(network: _core.Network | str | os.PathLike[str] | None = None, space: Sequence[Mapping[str, Any]] = (), *,
          out: str | os.PathLike[str], traffic: str | os.PathLike[str] | None = None, inputs: Inputs | None = None, steps: int | None = None, samples: int | None = None,
          clear: str = "all", config: str | os.PathLike[str] = "default", points: Sequence[Mapping[str, Any]] = (),
          sample: Mapping[str, Any] | None = None, constraints: Sequence[Mapping[str, Any]] = (), part: str | None = None,
          seed: int = 1, repeats: int = 1, jobs: int | None = None, shard: tuple[int, int] = (1, 1),
          progress: bool | Callable[[str, int, int], object] | None = None) -> Any:
    """Runs the network on every design of `space` and returns a pandas.DataFrame with a row for each point, as
    `spikemesh sweep` does.

        frame = spikemesh.sweep(net, [{"parameter": "Lanes", "values": [1, 2, 4]}], inputs={"in": spikemesh.Poisson(50)},
                                steps=100, out="lanes")

    - network: a Network, or the path of a network file, or of a sweep file, which says all but out, jobs and shard
    - traffic: instead of a network, a file of packets that the nodes of a mesh send (docs/exploration/traffic.md); steps may
      be left out
    - space, points, sample, constraints, part, seed, repeats: the keys of a sweep file
    - inputs, steps, samples, clear: as Machine.run_samples takes them
    - config: the build that the points change, a name or a JSON file
    - out: the folder for sweep.sqlite and sweep.csv; also for sweep.json, network.json and inputs.csv, which are made of the
      arguments. A sweep that is there goes on
    - jobs: points that run at the same time, by default one for each core; shard: (k, n), as --shard k/n

    It is about designs of the chip. For a parameter of the network, change the network and run it in a loop
    (docs/python/python.md, "A parameter of the network").

    Needs pandas."""
    steps, samples = _whole(steps, "steps"), _whole(samples, "samples")
    seed, repeats, jobs = whole(seed, "seed"), whole(repeats, "repeats"), _whole(jobs, "jobs")
    _check_space(space)
    needed("pandas", "sweep")
    folder = pathlib.Path(out)
    if (network is None) == (traffic is None):
        raise _core.InputError("network, traffic: a sweep has one of them; " + ("give one" if network is None else "leave one out"))
    if traffic is not None and (inputs or samples is not None or clear != "all"):
        raise _core.InputError("traffic: packets have no inputs, samples or clear; leave them out")
    file = None if network is None or isinstance(network, _core.Network) else _sweep_file(network)
    if file is None:
        keys = {
            "config": _config(config), "space": list(space), "points": list(points), "sample": sample,
            "constraints": list(constraints), "part": part, "seed": seed, "repeats": repeats}
        if traffic is None:
            file = _write(folder, network, inputs or {}, steps, samples, clear, keys)
        else:
            run = {} if steps is None else {"run": {"steps": steps}}
            file = _place(folder, {"traffic": str(pathlib.Path(traffic).resolve()), **run, **keys})
    elif space or points or inputs or steps or sample or constraints:
        raise _core.InputError(f"{file}: it is a sweep file, which says all but out, jobs and shard; leave the other arguments out")
    bar = _progress.Bar() if (_progress.seen() if progress is None else progress is True) else None
    try:
        _core.sweep(file, folder, jobs or os.cpu_count() or 1, *shard, bar or (progress if callable(progress) else None))
    finally:
        if bar is not None:
            bar.end()
    return load_sweep(folder)


@helpful
def load_sweep(folder: str | os.PathLike[str]) -> Any:
    """The rows of a sweep's folder, also of one that is under way, as a pandas.DataFrame ordered by id. Needs pandas."""
    pandas = needed("pandas", "load_sweep")
    file = pathlib.Path(folder) / "sweep.sqlite"
    if not file.is_file():
        raise _core.InputError(f"{file}: there is no such file; name the folder of a sweep")
    import sqlite3  # with its library, which nothing else here takes
    with contextlib.closing(sqlite3.connect(file)) as database:
        try:
            return pandas.read_sql_query("SELECT * FROM points ORDER BY id", database)
        except Exception as error:  # pandas has an error of its own for what SQLite says
            raise _core.InputError(f"{file}: {error}; name the folder of a sweep") from None


@helpful
def save_parquet(folder: str | os.PathLike[str], file: str | os.PathLike[str] | None = None) -> pathlib.Path:
    """Writes the rows of a sweep's folder as Parquet, where columns keep their types, and returns the file: by default
    sweep.parquet in the folder. Columns are integers, floats or texts as in the folder, and what is not known is null. Needs pandas
    and pyarrow."""
    needed("pyarrow", "save_parquet")
    folder = pathlib.Path(folder)
    target = folder / "sweep.parquet" if file is None else pathlib.Path(file)
    frame = load_sweep(folder)
    types = {"INTEGER": "Int64", "REAL": "Float64", "TEXT": "string"}
    frame = frame.astype({name: types[kind] for name, kind in _columns(folder).items()})
    try:
        frame.to_parquet(target, engine="pyarrow", index=False)
    except OSError as error:
        raise _core.InputError(f"{target}: {error}; choose a file that can be written") from None
    return target


def _columns(folder: pathlib.Path) -> dict[str, str]:
    """The type of each column, as SQLite declares it."""
    import sqlite3
    with contextlib.closing(sqlite3.connect(folder / "sweep.sqlite")) as database:
        return {name: kind for _, name, kind, *_ in database.execute("PRAGMA table_info(points)")}


def _whole(value: int | None, name: str) -> int | None:
    return None if value is None else whole(value, name)


def _check_space(space: Sequence[Mapping[str, Any]]) -> None:
    """What is no parameter of a chip is said before anything else, and what varies parameters of networks."""
    for each in space:
        names = [each.get("parameter"), *(each.get("parameters") or ())] if isinstance(each, Mapping) else []
        for name in names:
            if isinstance(name, str) and name.rsplit(".", 1)[-1] in (*PHYSICAL, *RAW, *RULE, "weight", "delay", "delay_ms", "rate_hz", "dt_ms"):
                raise _core.InputError(f'space: "{name}" is a parameter of a network, but a sweep varies the design of the chip; change it in '
                                       'the network (net["..."]), and run that in a loop')


def _sweep_file(path: str | os.PathLike[str]) -> pathlib.Path | None:
    """The path, if it is one of a sweep file."""
    try:
        found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # load_network says what is wrong
    return pathlib.Path(path) if isinstance(found, dict) and _FORMAT in found else None


def _config(config: str | os.PathLike[str]) -> str:
    path = pathlib.Path(config)
    return str(path.resolve()) if path.is_file() else os.fspath(config)


def _write(folder: pathlib.Path, network: Any, inputs: Inputs, steps: int | None, samples: int | None, clear: str,
           keys: dict[str, Any]) -> pathlib.Path:
    """Leaves the arguments in the folder as files, and returns the sweep file."""
    net = network if isinstance(network, _core.Network) else load_network(network)
    net = Network._of(net.copy())
    count = samples_of(inputs) if samples is None else samples
    steps = steps_of(inputs) if steps is None else steps
    if steps is None:
        raise _core.InputError("steps: how many? No array among the inputs says how long a sample is")
    sizes = {each.name: each.size for each in net if each.neurons is None}
    arrays, sources = split_inputs(sizes, inputs, Ground(net, steps, count, 0, 0))
    run: dict[str, Any] = {"steps": steps, "samples": count, "clear": clear}
    if arrays:
        run["input"] = "inputs.csv"
    for kind, population, rate_hz, interval, phase, source_seed in sources:
        text = f"{population}={rate_hz},{source_seed}" if kind == "poisson" else f"{population}={interval},{phase}"
        run.setdefault(kind, []).append(text)

    def beside(made: pathlib.Path) -> None:
        net.save(made / "network.json")
        if arrays:
            _write_inputs(made / "inputs.csv", arrays)

    return _place(folder, {"network": "network.json", "run": run, **keys}, beside)


def _place(folder: pathlib.Path, keys: dict[str, Any], beside: Callable[[pathlib.Path], None] | None = None) -> pathlib.Path:
    """Leaves a sweep file in the folder, and what `beside` writes."""
    given = {key: value for key, value in keys.items() if value not in (None, [])}
    text = json.dumps({_FORMAT: 1, **given}, indent=1, default=_plain)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as made:
        if beside is not None:
            beside(pathlib.Path(made))
        (pathlib.Path(made) / "sweep.json").write_text(text, encoding="utf-8")
        _take(pathlib.Path(made), folder)
    return folder / "sweep.json"


def _take(made: pathlib.Path, folder: pathlib.Path) -> None:
    """Moves the files into the folder; those of a sweep that is there have to be the same."""
    there = (folder / "sweep.sqlite").exists()
    for file in sorted(made.iterdir()):
        held = folder / file.name
        if there and (not held.is_file() or held.read_bytes() != file.read_bytes()):
            raise _core.InputError(f"{folder}: it holds another sweep: {file.name} differs; choose another folder, or remove this one")
        file.replace(held)


def _write_inputs(file: pathlib.Path, arrays: Sequence[tuple[str, Any, Any, Any, Any]]) -> None:
    with open(file, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("sample", "step", "population", "neuron", "count"))
        for population, sample, step, neuron, count in arrays:
            for row in zip(np.asarray(sample), np.asarray(step), np.asarray(neuron), np.asarray(count)):
                writer.writerow((int(row[0]), int(row[1]), population, int(row[2]), int(row[3])))


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy, as JSON has them."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} of type {type(value).__name__} is nothing that JSON holds; give numbers, texts, lists or dictionaries")
