"""Derivations as LaTeX documents: on paper nothing is lost and nothing runs off the page."""

import re
import shutil
import subprocess

import pytest
from long_lines import GRAPHS

from tinygrad_edu import Value
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import derive
from tinygrad_edu.teach.notation.escaping import in_formula, in_latex

NEARLY = 3.0  # points that nobody sees


def network(outputs=1, activation="tanh", **form):
    model = MLP(2, [3, outputs], activation=activation, seed=0)
    out = model([0.3, 0.7])
    root = mse_loss([out] if outputs == 1 else out, [1.0] * outputs)
    return derive(root, model=model, **form)


def chinese():
    w, x, b = Value(0.5, "权重"), Value(1.5, "输入 x_1"), Value(0.1, "50 % & 偏置_1")
    y = (w * x + b).relu()
    y.label = "输出"
    return y


DOCUMENTS = {
    "tanh": network,
    "relu": lambda: network(activation="relu"),
    "matrix": lambda: network(activation="sigmoid", form="matrix"),
    "five outputs": lambda: network(outputs=5),
    "chinese": lambda: derive(chinese()),
    **{graph.__name__: lambda graph=graph: derive(graph()) for graph in GRAPHS},
}


@pytest.fixture(scope="module")
def numpy():
    return pytest.importorskip("numpy", reason="the matrix form needs NumPy")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_compiles_and_all_is_on_the_page(name, numpy, tmp_path):
    if shutil.which("xelatex") is None:
        pytest.skip("xelatex is not installed")
    DOCUMENTS[name]().save(tmp_path / "page.tex")
    command = ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    if "ctex.sty' not found" in run.stdout:
        pytest.skip("ctex is not installed")
    assert run.returncode == 0, run.stdout[-2000:]
    log = (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")
    assert "Missing character" not in log
    assert all(float(x) < NEARLY for x in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log))


def test_what_is_given_stands_in_rows_that_fit(numpy):
    given = DOCUMENTS["matrix"]().latex().split(r"\subsection*")[1]
    rows = re.findall(r"\\\[\n(.*?)\n\\\]", given, re.S)
    assert len(rows) > 1
    assert sum(row.count(" = ") for row in rows) == 6  # W¹, b¹, W², b², x and y


def test_a_row_that_cannot_be_broken_has_smaller_letters():
    long = Value(2.0, label=" ".join(["what a label says"] * 6))
    assert re.search(r"\{\\(footnote|script)size\\\[", derive(long * long * 3.0).latex())
    assert "size\\[" not in network(outputs=7).latex()
    assert "size\\[" not in derive(chinese()).latex()


def test_signs_in_words_are_those_of_mathematics():
    assert in_latex("z ≤ 0, 5 %") == r"z $\le$ 0, 5 \%"
    assert in_formula("since ≤ 5 %") == r"\text{since }\le\text{ 5 \%}"
    assert in_formula("≥") == r"\ge"
    zero = Value(-1.0, label="z").relu()
    zero.label = "a"
    assert "≤" not in derive(zero * 2.0).latex()
