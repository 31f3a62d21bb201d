"""The browser's Python does what CPython does: the systems, pictures, texts, and long chains.

It needs Node.js and the npm package `pyodide`: in `node_modules` beside the tests' folder, or where
the environment variable PYODIDE says.
"""

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PYODIDE = Path(os.environ.get("PYODIDE", HERE.parent / "node_modules" / "pyodide"))

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js runs Pyodide here"),
    pytest.mark.skipif(not PYODIDE.is_dir(), reason="the npm package pyodide is not installed"),
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The package, as plain Python, and what it needs, in one archive."""
    archive = tmp_path_factory.mktemp("pyodide") / "packages.zip"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE.parent / "docs" / "playground"))
        import_module("build").pack(archive)
    return archive


@pytest.fixture(scope="module")
def run(packages):
    """Runs a program in Pyodide: what it prints."""

    def run(program):
        command = ["node", HERE / "pyodide" / "run.mjs", PYODIDE, packages, program]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", timeout=120
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    return run


def test_systems_pictures_and_texts_are_those_of_cpython(run, tmp_path):
    program = HERE / "pyodide" / "program.py"
    here = subprocess.run(
        [sys.executable, program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    expected, got = json.loads(here.stdout), json.loads(run(program).splitlines()[-1])
    assert len(expected["systems"]) == 6
    for kind, things in expected.items():
        for name, thing in things.items():
            assert got[kind][name] == thing, f"{kind}: {name}"
    assert all(status == 0 for status, _ in got["systems"].values())


def test_a_chain_of_a_million_nodes_is_freed(run, tmp_path):
    program = tmp_path / "chain.py"
    program.write_text(
        "from tinygrad_edu import Value\n"
        "y = Value(1.0)\n"
        "for _ in range(1_000_000):\n"
        "    y = y * 1.0\n"
        "del y\n"
        "print('freed')\n"
    )
    assert run(program).splitlines()[-1] == "freed"


def test_a_chain_of_a_million_operations_is_freed(run):
    assert run(HERE / "pyodide" / "deep.py").startswith("freed 487")
