"""A label that reads as a number, a function or a sign stands in quotation marks in formulas."""

import re

import pytest

from tinygrad_edu import OPS, Value
from tinygrad_edu.teach import derive, names
from tinygrad_edu.teach.notation.labels import name_of

NUMERALS = ("0.5", "-1", "−3", "1e3", "½", "1/2", "∞", "3.", "50 %", "2x", "2π", "inf", "nan")
SIGNS = ("∂", "∂⁺", "·", "(", "=", "∑")
FUNCTIONS = ("sin", "ln", "max", "ReLU", "exp")
OTHERS = (
    "x",
    "x2",
    "w_11",
    "50 % & b",
    "1st",
    "一层",
    "权重",
    "x + 1",
    "L",
    "E",
    "∂L/∂w",
    "ŷ",
    "★",
)


@pytest.mark.parametrize("label", [*NUMERALS, *SIGNS, *FUNCTIONS])
def test_it_is_quoted(label):
    a, b = Value(3.0, label), Value(2.0, "b")
    root = a * b + 0.5 * a
    assert str(names(root)[a]) == f"“{label}”"
    document = derive(root, label)
    assert f"L = “{label}” · b + ½ · “{label}” = 3 · 2 + ½ · 3 = 7.5" in document.text()
    for written in (document.latex(), document.html(), document.markdown()):
        assert "“" in written


@pytest.mark.parametrize("label", OTHERS)
def test_another_is_not(label):
    a, b = Value(3.0, label), Value(2.0, "b")
    assert names(a * b)[a] == name_of(label)


def test_it_is_data_in_latex_too():
    a = Value(3.0, "50 %")
    assert r"\text{“50 \%”}" in derive(a * 2.0).latex()


WRITTEN = {"e": r"(?<![a-z\\])e\^", "π": r"\\pi", "σ": r"\\sigma", "Φ": r"\\Phi"}


@pytest.mark.parametrize("operation", [name for name, op in OPS.items() if op.is_function])
@pytest.mark.parametrize("letter", WRITTEN)
def test_a_letter_is_quoted_where_formulas_write_it_for_something_else(operation, letter):
    op = OPS[operation]
    x = Value(1.6 if operation == "acosh" else 0.6, "x")
    others = [Value(1.3, "y")] * (len(op.rules) - 1) + [0.2] * (op.arity - len(op.rules))
    node = op.function(x, *others)
    latex = derive(node * x, detail="full").latex()
    named = Value(2.0, letter)
    is_quoted = str(names(node * named)[named]) == f"“{letter}”"
    assert is_quoted or not re.search(WRITTEN[letter], latex)


def test_a_letter_is_itself_where_formulas_do_not_write_it():
    e, s = Value(2.0, "e"), Value(3.0, "σ")
    assert derive(e * s).text().endswith("∂L/∂σ = e = 2")


def test_the_number_pi_and_a_leaf_of_that_name():
    a = Value(0.5, "π")
    assert "L = 3.5 · “π”" not in derive(a * 3.5).text()
    assert "L = π · “π”" in derive(a * 3.141592653589793).text()


def test_a_second_index_is_not_run_into_the_first():
    assert name_of("x1_2").latex == name_of("x_1_2").latex == "x_{1,2}"
    assert name_of("x_12").latex == "x_{12}"
    assert name_of("rate_of_learning").latex == r"\mathrm{rate}_{\mathrm{of}\ \mathrm{learning}}"
    assert name_of("w_ij").latex == "w_{ij}" or name_of("w_ij").latex == r"w_{\mathrm{ij}}"
