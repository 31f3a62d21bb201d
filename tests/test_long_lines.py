"""Long lines are broken as books break them, in text, in LaTeX and on a phone, and stay true."""

import re

import pytest
from displayed_arithmetic import equations, untrue, worked_out
from long_lines import GRAPHS, a_line_through_twelve_points, chinese_labels, long_labels
from typeset_arithmetic import untrue_html, untrue_latex

from tinygrad_edu import Value
from tinygrad_edu.language import using_language
from tinygrad_edu.teach import derive
from tinygrad_edu.teach.notation.breaking import Pen
from tinygrad_edu.teach.notation.expression import Juxtaposed, Matrix, Number, Product
from tinygrad_edu.teach.notation.plain import Text
from tinygrad_edu.text import width

EVER = 100_000  # columns


@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("columns", [60, 80, 100])
def test_no_row_of_text_is_wider_than_it_may_be(make, columns):
    rows = derive(make(), detail="full").text(columns).split("\n")
    assert max(map(width, rows)) <= columns


@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_what_is_broken_is_as_true_as_the_whole(make):
    document = derive(make(), detail="full")
    whole, broken = (document.text(columns) for columns in (EVER, 60))
    assert untrue(whole, 6) == untrue(broken, 6) == []
    assert read_sides(whole) == read_sides(broken) > 0
    for found, false in (untrue_latex(document.latex(), 6), untrue_html(document.html(), 6)):
        assert false == []
        assert found > 0


def read_sides(text):
    """How many sides of the equations of a text are arithmetic with numbers."""
    sides = [side for _, sides in equations(text) for side in sides]
    return sum(worked_out(side) is not None for side in sides)


def rows_of(root, columns, left):
    """The rows of the line that begins with that left side."""
    text = derive(root).text(columns)
    return re.search(rf"(?m)^  {re.escape(left)}.*(?:\n    .*)*", text)[0].split("\n")


def test_a_wide_fraction_becomes_a_product():
    rows = rows_of(a_line_through_twelve_points(), 80, "L ")
    assert rows[0] == "  L = 1/12 · ((0 · w + b − 0.1)² + (1 · w + b − 0.4)² + (2 · w + b − 0.7)²"
    assert rows[1] == "      + (3 · w + b − 1)² + (4 · w + b − 1.3)² + (5 · w + b − 1.6)²"
    assert rows[-1] == "    = 1.68667"
    short = derive(a_line_through_twelve_points()).text(EVER)
    assert "L = ((0 · w + b − 0.1)² + " in short
    assert "(11 · w + b − 3.4)²) / 12 = " in short


def test_a_wide_divisor_stands_in_brackets():
    xs = [Value(1.0 + i, f"x{i}") for i in range(9)]
    rows = rows_of(xs[0] / sum(x.exp() for x in xs), 60, "L ")
    assert rows[0] == "  L = x0 / (exp(x0) + exp(x1) + exp(x2) + exp(x3) + exp(x4)"
    assert rows[1] == "      + exp(x5) + exp(x6) + exp(x7) + exp(x8))"
    assert rows[2] == "    = 1 / (exp(1) + exp(2) + exp(3) + exp(4) + exp(5)"
    assert rows[3] == "      + exp(6) + exp(7) + exp(8) + exp(9))"


def test_a_long_left_side_has_a_row_of_its_own():
    rows = rows_of(long_labels(), 80, "∂L/∂(number of observations)")
    assert rows[0] == "  ∂L/∂(number of observations)"
    assert rows[1] == "    = ∂L/∂z₁ · ∂z₁/∂(number of observations) + ∂⁺L/∂(number of observations)"
    latex = derive(long_labels()).latex()
    assert "\\begin{aligned}\n&\\frac{\\partial L}{\\partial (number" not in latex


def test_chinese_signs_take_two_columns():
    rows = derive(chinese_labels()).text().split("\n")
    first = next(i for i, row in enumerate(rows) if row.startswith("  ∂L/∂第一层的权重 = "))
    before = rows[first].split("=")[0]
    signs = [row for row in rows[first + 1 : first + 5] if row.strip().startswith("=")]
    assert signs
    assert all(row.startswith(" " * width(before) + "= ") for row in signs)


def test_a_product_of_matrices_with_a_number_before_it_is_broken_at_its_factors():
    rows = tuple([tuple([0.123456 * (i + j + 1) for j in range(3)]) for i in range(3)])
    wide = Product((Number(3**-0.5), Juxtaposed((Matrix(None, rows), Matrix(None, rows)))))
    pieces = Pen(Text(6), 100).sides(wide)
    assert [piece.text[:7] for piece in pieces] == ["1/√(3)", "· (0.12", "(0.1234"]
    assert all(piece.width <= 100 for piece in pieces)


def test_a_phone_shows_formulas_whole(browser, tmp_path):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for make in GRAPHS:
        if make is long_labels:
            continue  # a name may be wider than a phone
        derive(make()).save(tmp_path / "page.html")
        page.goto((tmp_path / "page.html").as_uri())
        wide = page.evaluate(
            "() => [...document.querySelectorAll('p')]"
            ".filter(p => p.scrollWidth > p.clientWidth + 1).map(p => p.textContent)"
        )
        assert wide == [], make.__name__
    page.close()


@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_chinese_sentences_are_broken_too(make):
    with using_language("zh"):
        text = derive(make(), detail="full", lr=0.1).text(60)
    assert max(map(width, text.split("\n"))) <= 60
    assert "。 " not in text
