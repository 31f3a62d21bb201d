"""No sentence of the package is written past the catalogue: a scan, tried on planted ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tinygrad_edu

PACKAGE = Path(tinygrad_edu.__file__).parent

PROSE = re.compile(r"[A-Za-z]{2,}[,:]? [A-Za-z]{2,}")
MARKUP = re.compile(r"[<>{}]|[\w-]+: [^;]+;|^ ?(?:def|import|from) |[\"'];")
"""HTML, CSS and programs."""

SAID = {"say", "words"}

CHECKS = {
    *("count", "elements", "float64", "function", "number_in", "require_one_moment", "returned"),
    "sized",
}
"""Whose words are for an error, as is what is named `right` or NEEDS."""

KINDS = {
    *("inner derivative", "wrong derivative", "wrong operand", "wrong value", "wrong point"),
    *("missing path", "double path", "product rule", "wrong function", "wrong digits"),
    *("extra term", "two slips"),
}
"""Of slips, which a program tells apart by them."""

ENGLISH = {
    "arrays": "why a model is run by replay, for whoever reads the program; reprs",
    "checkpoints.py": "errors",
    "cli/commands.py": "errors",
    "cli/info.py": "for a report of a bug",
    "checks.py": "errors",
    "cuts.py": "a warning",
    "history.py": "a repr in the form of a call",
    "losses.py": "errors",
    "modules.py": "errors",
    "nn.py": "reprs as micrograd has them",
    "sweeps.py": "errors",
    "systems/graphs.py": "errors",
    "tables.py": "errors",
    "teach/ledgers.py": "columns that a program reads",
    "teach/quiz.py": "errors, and a program",
    "teach/record": "errors",
    "training.py": "errors",
    "view/dressing.py": "names of fonts",
    "view/explorer/film.py": "errors",
    "view/graph.py": "errors",
    "view/renderers.py": "names of fonts",
    "view/explorer/explore.py": "a policy and a style",
}
"""What is in English for everybody, and why."""


def _is_aside(node: ast.AST) -> bool:
    match node:
        case ast.Raise() | ast.Assert() | ast.Expr(ast.Constant()):
            return True
        case ast.AnnAssign():
            return ast.unparse(node.target) == "NEEDS"
        case ast.Assign():
            return not {"SUMMARY", "right"}.isdisjoint(map(ast.unparse, node.targets))
        case ast.Call():
            name = ast.unparse(node.func).split(".")[-1]
            return name in SAID | CHECKS or name == "warn" or name.endswith(("Error", "Warning"))
    return False


def unsaid(source: str) -> Iterator[str]:
    """The strings of a program that read as prose and are not said; errors and docstrings aside."""
    tree = ast.parse(source)
    left_aside = set[int]()
    for node in ast.walk(tree):
        if _is_aside(node):
            left_aside |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if id(node) not in left_aside and PROSE.search(text) and not MARKUP.search(text):
                yield text


def modules() -> list[str]:
    return sorted(file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize(
    "module", [m for m in modules() if not any(m.startswith(kept) for kept in ENGLISH)]
)
def test_every_sentence_is_said(module: str) -> None:
    found = unsaid((PACKAGE / module).read_text("utf-8"))
    assert [text for text in found if text not in KINDS] == []


def test_every_exception_is_of_a_module_that_needs_it() -> None:
    for kept in ENGLISH:
        files = [m for m in modules() if m.startswith(kept)]
        assert any(list(unsaid((PACKAGE / m).read_text("utf-8"))) for m in files), kept


def test_a_sentence_that_is_not_said_is_found() -> None:
    planted = '''
"""A docstring is not said."""
SUMMARY = "a summary is"
print(f"the loss is {loss:.3g}", say("this one is", x=1))
ax.set(title="Loss surface of two weights")
raise ValueError(f"no such {thing} here")
warnings.warn("this is for programmers", stacklevel=2)
style = "color: red; font-size: 1rem"
'''
    assert list(unsaid(planted)) == ["the loss is ", "Loss surface of two weights"]
