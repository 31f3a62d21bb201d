"""Numbers, tables and spelled-out Greek."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.cli.terminal import curve
from tinygrad_edu.text import factor, number, table, width, wrapped


def test_numbers_have_no_trailing_zeros():
    assert [number(x) for x in (180.0, 0.928, 1e-5, 1 / 3)] == [
        "180",
        "0.928",
        "1e-05",
        "0.333333333333333",
    ]
    assert number(1 / 3, 3) == "0.333"
    assert (factor(-2.0), factor(2.0)) == ("(-2)", "2")


def test_a_width_is_that_of_the_columns_of_a_terminal():
    # two signs of two columns; p and a hat over it, as one sign of Unicode and as two
    assert [width(text) for text in ("前向", "p̂", "ŷ", "")] == [4, 1, 1, 0]
    assert len("p̂") == 2
    rows = table(("名", "n"), [("p̂", 1), ("前向", 2)]).splitlines()
    assert len({width(row) for row in rows}) == 1


def test_rows_end_between_words():
    assert wrapped("one two three\nfour", 7) == "one two\nthree\nfour"


def test_chinese_is_wrapped_by_its_width_between_any_two_signs():
    assert wrapped("梯度之和就是答案", 8) == "梯度之和\n就是答案"


def test_no_row_begins_with_a_comma_or_ends_with_an_opening_bracket():
    assert wrapped("梯度之和，正确", 8) == "梯度之\n和，正确"
    assert wrapped("梯度等于（正确）", 10) == "梯度等于\n（正确）"


def test_a_formula_in_chinese_is_broken_at_its_spaces_alone():
    assert wrapped("梯度 abc", 4) == "梯度\nabc"  # a space at the end takes no room
    assert wrapped("应为 −0.125654，你写的是", 12) == "应为\n−0.125654，\n你写的是"


@given(st.text("梯度，。（） ab−12", max_size=60), st.integers(12, 40))
def test_wrapping_loses_nothing_but_spaces(text, columns):
    rows = wrapped(text, columns)
    assert "".join(rows.split()) == "".join(text.split())
    assert all(width(row) <= columns or " " not in row for row in rows.splitlines())


def test_a_table_has_texts_to_the_left_and_numbers_to_the_right():
    lines = ["  name  value", "  a         1", "  bbbb  -22.5"]
    assert table(("name", "value"), [("a", 1.0), ("bbbb", -22.5)]) == "\n".join(lines)


def test_a_curve_shows_every_so_many_losses_and_the_last():
    shown = curve("step", "loss", [5.0, 4.0, 3.0, 2.0], every=2)
    assert [line.split() for line in shown.splitlines()] == [
        ["step", "loss"],
        ["0", "5"],
        ["2", "3"],
        ["3", "2"],
    ]
    assert curve("step", "loss", [], every=2).split() == ["step", "loss"]


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("∂L/∂ŷ = −(y − ŷ)", "dL/dy^ = -(y - y^)"),
        ("δ¹ⱼ, σ′(z₁), w″₁₁, Φ", "delta^1j, sigma'(z1), w''11, Phi"),
        ("½·3 × 4² → √2 ± 1 …", "1/2*3 x 4^2 -> sqrt2 +- 1 ..."),
        ("Müller, ȳ", "Muller, y"),
        ("\N{SNOWMAN}", "?"),
    ],
)
def test_greek_is_spelled_out(text, spelled):
    assert text.encode("ascii", "spell-out").decode() == spelled


@given(st.text())
def test_every_text_can_be_spelled_out(text):
    assert text.encode("ascii", "spell-out").isascii()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_reports_print_wherever_they_are_printed(encoding):
    program = """
from tinygrad_edu import Value, log
from tinygrad_edu.teach import check_gradients, derive, diagnose, ledger, worksheet
from tinygrad_edu.teach.exercise import try_gradients
w = Value(2.0, label="权重")
L = (w * 3).tanh()
for report in (derive(L), worksheet(L), ledger(L), check_gradients(L, {w: 7.0}),
               diagnose(log(w - 2) * 2), try_gradients(L, {w: 7.0})):
    print(report, repr(report))
"""
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment)
    assert run.returncode == 0, run.stderr.decode()
    said = run.stdout.decode(encoding)
    assert ("dL/d" in said) == (encoding != "utf-8")
    assert ("∂L/∂权重" in said) == (encoding == "utf-8")
