"""Imports run one way: no room imports one that stands above it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu

PACKAGE = Path(tinygrad_edu.__file__).parent

# From the ground up. A name is a module or a folder; those on one floor do not import each other.
FLOORS = [
    ["subinterpreters", "ieee", "text", "files", "seeding", "language", "turns", "blocks"],
    ["accurate", "ops", "rules", "recording", "tensors", "history", "checks"],
    ["cuts", "sweeps"],
    ["engine"],
    ["functions", "updates", "arguments"],
    ["elementary", "activations", "custom"],
    ["reductions", "methods", "micrograd", "modules", "teardown"],
    ["nn", "losses", "data"],
    ["calculus", "optim", "tables", "predictor"],
    ["arrays.refusals", "arrays.instructions"],
    ["arrays.numeric", "arrays.jax_numeric", "arrays.torch_numpy"],
    ["arrays.nested", "arrays.tapes"],
    ["arrays.lifting"],
    ["arrays.programs"],
    ["arrays.models"],
    ["arrays.fitting", "arrays.vectorizing"],
    ["arrays"],
    ["gradcheck", "schedules", "teach.record"],
    ["teach.notation"],
    ["teach.vanishing", "teach.causes"],
    ["teach.derivation", "teach.diagnosis", "teach.typed"],
    ["teach.checking"],
    ["teach.classroom"],
    ["teach"],
    ["checkpoints"],
    ["view", "interop"],
    ["training"],
    ["cli.terminal", "cli.options", "cli.info"],
    ["systems"],
    ["cli.train", "cli.predict", "cli.vectorize"],
    ["cli.commands"],
]
# What a file is part of: for type checkers alone, declarations.py names what the engine has.
PARTS = {"declarations": "engine"}
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def room_of(module: str) -> str:
    """The name in FLOORS that a dotted module path is in."""
    parts = PARTS.get(module, module).split(".")
    for length in (2, 1):
        if ".".join(parts[:length]) in FLOOR:
            return ".".join(parts[:length])
    raise AssertionError(f"{module} has no floor: give it one in FLOORS")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(file: Path, tree: ast.AST) -> set[str]:
    """The package's modules that a file imports, those inside functions too."""
    folder = file.relative_to(PACKAGE).parent.parts
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = folder[: len(folder) + 1 - node.level]
            if node.module:
                found.add(".".join([*base, node.module]))
            else:
                found |= {".".join([*base, name.name]) for name in node.names}
    return {name for name in found if name and name != "__version__"}


def climbs(file: Path, source: str) -> list[str]:
    """What a file of that source imports from its own floor or from above."""
    name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
    own = room_of(name)
    return [
        f"{name} imports {other}"
        for other in sorted(imported(file, ast.parse(source)))
        if room_of(other) != own and FLOOR[room_of(other)] >= FLOOR[own]
    ]


@pytest.mark.parametrize("file", modules(), ids=lambda f: str(f.relative_to(PACKAGE)))
def test_no_module_imports_from_above(file):
    if file.name in ("__init__.py", "__main__.py") and file.parent == PACKAGE:
        return  # the front doors stand above everything
    if file.name == "__init__.py":
        name = ".".join(file.relative_to(PACKAGE).parent.parts)
        if name not in FLOOR:
            return  # a folder whose modules have floors of their own
    assert climbs(file, file.read_text(encoding="utf-8")) == []


def test_a_climb_is_seen():
    assert climbs(PACKAGE / "engine.py", "from .functions import tanh") == [
        "engine imports functions"
    ]
    assert climbs(PACKAGE / "teach" / "x.py", "from ..view.graph import draw_dot") == [
        "teach.x imports view.graph"
    ]
    assert climbs(PACKAGE / "nn.py", "def f():\n    from . import optim") == ["nn imports optim"]
    assert climbs(PACKAGE / "functions.py", "from .engine import Value") == []


def test_nothing_of_an_extra_is_imported_without_being_asked_for():
    rooms = "arrays, interop, nn, training, calculus, teach, view, sweeps, predictor, tensors"
    extras = ["jax", "torch", "onnx", "safetensors", "sympy", "matplotlib", "sklearn", "PIL"]
    code = f"import sys\nfrom tinygrad_edu import {rooms}\nprint(set({extras}) & set(sys.modules))"
    root = str(PACKAGE.parent)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.stdout.strip() == "set()"


def lines_of_code(source: str) -> int:
    """How many lines of a module are neither blank, nor a comment, nor of a docstring."""
    strings = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in strings
        for number, line in enumerate(source.splitlines(), 1)
    )


def test_the_engine_is_as_short_as_the_readme_says():
    assert lines_of_code('"""What."""\n\n# why\nx = 1  # one\n') == 1
    engine = ("engine.py", "ops.py", "functions.py")
    assert sum(lines_of_code((PACKAGE / name).read_text(encoding="utf-8")) for name in engine) < 600
