# SPDX-License-Identifier: Apache-2.0
"""Public names have docstrings; the stub of the extension says what the extension has."""
import ast
import importlib.resources
import inspect
import os
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import spikemesh as sm
from spikemesh import _core

CONSTANTS = {"__version__", "spec_hash", "Inputs"}  # no docstrings are theirs: a str, an int, a type alias
SIGNATURE = re.compile(r"^(\d+\. )?\w+\(.*\)( -> .*)?$")


def said(item):
    """The docstring without the signatures that pybind11 puts first."""
    lines = (inspect.getdoc(item) or "").splitlines()
    return "\n".join(line for line in lines if not SIGNATURE.match(line) and line != "Overloaded function.").strip()


def public_names():
    for name in sm.__all__:
        item = getattr(sm, name)
        yield name, item
        if inspect.isclass(item):
            for member, value in vars(item).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                    yield f"{name}.{member}", value


class Names(unittest.TestCase):
    def setUp(self):
        """mypy writes its cache where the test ran, unless it is told another place."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = unittest.mock.patch.dict(os.environ, MYPY_CACHE_DIR=folder.name)
        patch.start()
        self.addCleanup(patch.stop)

    def test_every_public_name_has_a_docstring(self):
        silent = [name for name, item in public_names() if name not in CONSTANTS and len(said(item)) < 20]
        self.assertEqual(silent, [])
        self.assertGreater(len(list(public_names())), 60)

    def test_arrays_say_shapes(self):
        for item in (sm.Machine.v, sm.Machine.i, sm.Machine.weights, sm.Machine.synapses, sm.Spikes, sm.Spikes.dense,
                     sm.Spikes.counts, sm.events, sm.read_spikes, sm.Network.connect_dense, sm.Network.connect,
                     sm.RawNeurons, sm.PhysicalNeurons):
            self.assertRegex(said(item), r"\[\w+(, \w+)*\]", item)

    def test_stub_has_the_arguments_of_the_extension(self):
        text = importlib.resources.files(sm).joinpath("_core.pyi").read_text(encoding="utf-8")
        compared = 0
        for scope, node in functions(ast.parse(text)):
            item = getattr(_core, node.name) if scope is None else inspect.getattr_static(getattr(_core, scope), node.name)
            item = item.__func__ if isinstance(item, staticmethod) else item
            if isinstance(item, property):
                continue
            for line in (item.__doc__ or "").splitlines():
                arguments = re.match(r"^(?:\d+\. )?\w+\((.*)\)(?: -> .*)?$", line)
                if arguments and "*args" not in line:
                    compared += 1
                    with self.subTest(f"{scope}.{node.name}"):
                        self.assertEqual(stub_arguments(node), extension_arguments(arguments[1]))
        self.assertGreater(compared, 25)

    def test_mypy_finds_stubs_and_package_the_same(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as allowed:  # pybind11's metaclass; what is not ours
            allowed.write(r"spikemesh(\.\w+)*\.(CoreLink|Network|PhysicalNeurons|RawNeurons|Session)" "\n"
                          r"spikemesh(\.\w+)+\.(Callable|Iterable|Iterator|Mapping|NamedTuple|Sequence|TypeVar)(\..*)?" "\n")
            allowed.write(r"spikemesh\.(plot(\..*)?|__getattr__)" "\n")  # imported when it is used: it needs matplotlib
            allowed.flush()
            done = subprocess.run([sys.executable, "-m", "mypy.stubtest", "spikemesh", "--concise", "--allowlist", allowed.name],
                                  capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        script = "import spikemesh as sm\nnet = sm.Network()\nnet.add_input('in', 'x')\nnet.connect_densely('in')\n"
        done = subprocess.run([sys.executable, "-m", "mypy", "-c", script], capture_output=True, text=True)
        self.assertRegex(done.stdout, r'"str"; expected "(Union\[int, Sequence\[int\]\]|int \| Sequence\[int\])"(.|\n)*no attribute "connect_densely"(.|\n)*Found 2 errors')


def functions(tree):
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield None, node
        if isinstance(node, ast.ClassDef):
            yield from ((node.name, item) for item in node.body if isinstance(item, ast.FunctionDef))


def stub_arguments(node):
    """name=default of each argument of a stub"""
    listed = node.args.posonlyargs + node.args.args
    defaults = [None] * (len(listed) - len(node.args.defaults)) + node.args.defaults
    pairs = list(zip(listed, defaults)) + list(zip(node.args.kwonlyargs, node.args.kw_defaults))
    return [f"{argument.arg}={ast.literal_eval(default)!r}" if default else argument.arg for argument, default in pairs]


def extension_arguments(text):
    """The same of a signature as pybind11 writes it."""
    tree = ast.parse(f"def f({text}): pass").body[0]
    return [name.replace("arg0", "self") for name in stub_arguments(tree)]


if __name__ == "__main__":
    unittest.main()
