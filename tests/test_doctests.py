"""Every example in every docstring prints what it says, in both builds.

The docstrings are read from the source, since a compiled function hides its own from `doctest`;
the examples run on the names of the module that is imported, compiled or not.
"""

import ast
import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import tinygrad_edu

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def source_of(module):
    """The Python text of a module, which lies beside the compiled one too; none if it is C."""
    folder = Path(tinygrad_edu.__file__).parent
    path = folder.joinpath(*module.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.read_text("utf-8") if file.exists() else ""


MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(tinygrad_edu.__path__, "tinygrad_edu.")
    if ">>>" in source_of(module.name)
)


def docstrings(source):
    """(name, docstring, line) of the module, and of its classes and functions at any depth."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(source)):
        text = ast.get_docstring(node) if isinstance(node, kinds) else None
        if text is not None:
            yield getattr(node, "name", "module"), text, getattr(node, "lineno", 0)


def failures(source, variables, where):
    """What went wrong in the examples of `source`, as doctest reports it: "" if nothing did."""
    said = []
    for name, text, line in docstrings(source):
        examples = doctest.DocTestParser().get_doctest(text, dict(variables), name, where, line)
        doctest.DocTestRunner(optionflags=FLAGS).run(examples, out=said.append, clear_globs=False)
    return "".join(said)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module(module, tmp_path, monkeypatch):
    try:
        variables = vars(importlib.import_module(module))
    except ImportError as error:
        pytest.skip(f"{module} needs what is not installed: {error}")
    monkeypatch.chdir(tmp_path)
    assert failures(source_of(module), variables, module) == ""


def test_a_wrong_example_is_found():
    assert "Expected" in failures('def f():\n    """One.\n\n    >>> 1 + 1\n    3\n    """', {}, "f")
    assert failures('def f():\n    """Two.\n\n    >>> 1 + 1\n    2\n    """', {}, "f") == ""
