"""What mypy and pyright tell the author of a program that uses the package."""

from __future__ import annotations

import ast
import os
import shutil
import site
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu import OPS

PACKAGE = Path(tinygrad_edu.__file__).parent
PROGRAM = Path(__file__).with_name("typed_program.py")

MISTAKES = """\
from tinygrad_edu import Value

v = Value(1.0)
v + "x"
"x" * v
v ** [1]
v - 1j
v.tahn()
v.maximum("y")
v.data.backward()
"""


@pytest.fixture(params=["mypy", "pyright"])
def check(request, tmp_path):
    """Runs a type checker, strictly, over a file: whether it is content, and what it says."""
    if request.param == "mypy":
        if find_spec("mypy") is None:
            pytest.skip("mypy is not installed")
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    else:
        pyright = shutil.which("pyright")
        if pyright is None:
            pytest.skip("pyright is not installed")
        command = [pyright, "--pythonpath", sys.executable]
    home = str(PACKAGE.parent)
    paths = {"PYTHONPATH": home}
    if home not in site.getsitepackages():  # a checkout, which mypy looks for only where it is told
        paths["MYPYPATH"] = home

    def run(path: Path) -> tuple[bool, str]:
        done = subprocess.run(
            [*command, str(path)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | paths,
        )
        return done.returncode == 0, done.stdout + done.stderr

    return run


def test_a_users_program_is_well_typed(check):
    content, said = check(PROGRAM)
    assert content, said


def test_a_users_program_runs():
    subprocess.run(
        [sys.executable, str(PROGRAM)], check=True, env=os.environ | {"PYTHONPATH": PACKAGE.parent}
    )


def test_every_mistake_is_flagged_in_its_line(check, tmp_path):
    path = tmp_path / "mistakes.py"
    path.write_text(MISTAKES)
    content, said = check(path)
    errors = [line for line in said.splitlines() if "mistakes.py:" in line and "error" in line]
    flagged = {int(line.partition("mistakes.py:")[2].split(":")[0]) for line in errors}
    assert not content
    assert flagged == {4, 5, 6, 7, 8, 9, 10}, said


def test_every_function_is_declared_as_the_method_that_it_becomes():
    module = ast.parse((PACKAGE / "declarations.py").read_text(encoding="utf-8"))
    [methods] = [n for n in module.body if isinstance(n, ast.ClassDef)]
    declared = {
        node.target.id: ast.unparse(node.annotation)
        for node in methods.body
        if isinstance(node, ast.AnnAssign) and node.value is None
    }
    kinds = {(1, 1): "Unary", (2, 2): "Binary"}  # by arguments, and how many may be Values
    wanted = {}
    for name, op in OPS.items():
        if op.is_function and name in (*tinygrad_edu.__all__, "abs"):
            kind = kinds.get((op.arity, len(op.rules)), "Callable[..., Value]")
            wanted[name] = f"ClassVar[{kind}]"
    wanted["clip"] = "ClassVar[Callable[..., Value]]"  # of two operations
    assert declared == wanted


def test_the_version_is_that_of_the_distribution():
    try:
        installed = version("tinygrad_edu")
    except PackageNotFoundError:
        installed = tinygrad_edu.__version__
    assert installed == tinygrad_edu.__version__


def test_every_public_name_has_a_type_that_is_written_down():
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    command = [pyright, "--pythonpath", sys.executable, "--ignoreexternal", "--verifytypes"]
    done = subprocess.run(
        [*command, "tinygrad_edu"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
    )
    missing = [line.strip() for line in done.stdout.splitlines() if " - error: " in line]
    assert missing == []
    assert "Type completeness score: 100%" in done.stdout
