"""The page's own arithmetic and notation against Python's, in a real browser."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from explorer_page import press, tanh_graph

from tinygrad_edu import OPS, Op, Value
from tinygrad_edu import view as view_package
from tinygrad_edu.ops import MUL
from tinygrad_edu.teach.notation.expression import Number, Product, Symbol
from tinygrad_edu.teach.notation.formula import expression
from tinygrad_edu.teach.notation.labels import name_of
from tinygrad_edu.teach.notation.plain import Text
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.explorer.javascript import script
from tinygrad_edu.view.explorer.rules import trees

PAGE = Path(view_package.__file__).parent / "explorer" / "page"
POINTS = 1000
NEAR = 1e-12
SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, math.inf, -math.inf, math.nan),
    *(1e-300, -1e-300, 5e-324, 1e300, -1e300, 1e-9, -1e-9, 709.0, 710.0, -745.0, -750.0),
    *(-0.7517915246935645, -1.2784645427610737, -37.0, -39.9, 39.9, -700.5, -800.5, 19.5, 1e16),
)


@pytest.fixture(scope="module")
def scripts(browser: Any) -> Iterator[Any]:
    """A page with the scripts that compute and write, and nothing else."""
    page = browser.new_page()
    parts = [(PAGE / name).read_text() for name in ("functions.js", "expressions.js")]
    parts.insert(1, script(OPS.values()))
    heads = {name: op.text for name, op in OPS.items()}
    page.add_script_tag(content="\n".join(parts) + f"Object.assign(HEADS, {json.dumps(heads)})")
    yield page
    page.close()


def points(op: Op, seed: int) -> list[tuple[float, ...]]:
    """Arguments for an operation: special ones, small, large and tiny ones, ties."""
    draw = random.Random(seed)

    def number() -> float:
        kind = draw.randrange(4)
        if kind == 0:
            return draw.choice(SPECIAL)
        if kind == 1:
            return math.copysign(10.0 ** draw.uniform(-12, 3), draw.uniform(-1.0, 1.0))
        return draw.uniform(-3.0, 3.0) if kind == 2 else draw.uniform(-45.0, 45.0)

    found: list[tuple[float, ...]] = []
    while len(found) < POINTS:
        arguments = [number() for _ in range(op.arity)]
        if op.arity == 2 and draw.random() < 0.1:
            arguments[1] = arguments[0]
        found.append(tuple(arguments))
    return found


def of_python(op: Op, arguments: tuple[float, ...]) -> list[float]:
    """The value and the local derivatives, as the engine has them."""
    leaves = [Value(x) for x in arguments[: len(op.rules)]]
    node = op.function(*leaves, *arguments[len(op.rules) :])
    return [node.data, *node.local_grads]


def as_json(x: float) -> float | str:
    return x if math.isfinite(x) else repr(x)


def same(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=NEAR, abs_tol=1e-320) or (x != x and y != y)


@pytest.mark.parametrize("name", OPS)
def test_every_operation_gives_pythons_numbers(scripts: Any, name: str) -> None:
    arguments = points(OPS[name], seed=1)
    found = scripts.evaluate(
        """([name, points]) => points.map((point) => FUNCTIONS[name](...point.map(number))
             .map((x) => Number.isFinite(x) ? x : String(x)))""",
        [name, [[as_json(x) for x in point] for point in arguments]],
    )
    for point, answer in zip(arguments, found):
        numbers = [float(x) for x in answer]
        expected = of_python(OPS[name], point)
        assert len(numbers) == len(expected)
        assert all(map(same, numbers, expected)), (name, point, numbers, expected)


def test_a_planted_difference_is_seen() -> None:
    assert not same(1.0, 1.0 + 1e-11)
    assert not same(math.inf, -math.inf)
    assert not same(0.0, math.nan)
    assert same(math.nan, math.nan)


NUMBERS = (
    *(0.1 + 0.2, 123456.7, 1234567.0, 1234567.8, 12345.25, 100000.5, 1e-4, 1.5e-5, -1e22, 1e300),
    *(5e-324, -0.0, 0.0, 1 / 3, -2 / 3, 0.5, -0.5, 2.0, -3.0, math.pi, math.e, math.sqrt(2.0)),
    *(3**0.5, -(3**0.5), 3**-0.5, -(3**-0.5), 7**0.5, 9999**0.5, 9999**-0.5, 10001**0.5, 1.7320508),
    *(math.inf, -math.inf, math.nan, 1e15, 1e16, 0.99999999, 999999.5, -7.0, 12.0, 1.0, 97 / 99),
)


def test_numbers_are_written_as_python_writes_them(scripts: Any) -> None:
    draw = random.Random(2)
    numbers = [*NUMBERS, *(draw.uniform(-1, 1) * 10.0 ** draw.uniform(-9, 9) for _ in range(1000))]
    numbers += [draw.randrange(10**6) + 0.5 for _ in range(100)]
    found = scripts.evaluate(
        "(numbers) => numbers.map(number).map((x) => [show(x), constant(x)[0]])",
        [as_json(x) for x in numbers],
    )
    notation = Text()
    assert found == [[notation.number(x)[0], notation.constant(x)[0]] for x in numbers]


@pytest.mark.parametrize("name", OPS)
def test_every_formula_is_written_as_python_writes_it(scripts: Any, name: str) -> None:
    """With names, with numbers and with plain numbers, of every sign, in every place."""
    op, cases, expected = OPS[name], [], []
    for label in ("a", "a + b", "w²"):
        for x in (2.0, -3.0, 0.5, -0.25, 1 / 3, math.inf, 7.5):
            for plain in range(op.arity):
                for as_number in (None, plain):
                    if as_number is None and op.arity > len(op.rules):
                        continue  # a parameter is a plain number always
                    text, slots = written(op, label, x, as_number)
                    expected.append(text)
                    cases.append(slots)
    found = scripts.evaluate(
        """([tree, cases]) => cases.map((slots) => {
             for (const slot of slots) for (const key of ["number", "value"])
               if (key in slot) slot[key] = number(slot[key]);
             return new Writer(slots).write(tree);
           })""",
        [trees(op)["formula"], [slots for pair in cases for slots in pair]],
    )
    assert found == [text for pair in expected for text in pair]


def written(
    op: Op, label: str, x: float, as_number: int | None
) -> tuple[tuple[str, str], tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """An operation's formula with names and with numbers, and the page's slots for both."""
    arguments: list[Value | float] = [x if i == as_number else Value(x) for i in range(op.arity)]
    if op.arity > len(op.rules):
        arguments[-1] = x
    if not any(isinstance(v, Value) for v in arguments):
        arguments[0] = Value(x)
    node = op.function(*arguments)
    name = name_of(label)
    symbols = {v: Symbol(name, v.data) for v in node.operands}
    whole: Any
    if op is MUL:
        whole = Product(
            tuple([symbols[v] if isinstance(v, Value) else Number(v) for v in node.arguments])
        )
    else:
        whole = expression(node, symbols)
    named = {"name": name.text, "compound": name.is_compound, "raised": name.is_raised}
    slots: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for v in node.arguments:
        plain = {"number": as_json(float(v))}
        slots[0].append(named if isinstance(v, Value) else plain)
        slots[1].append({"value": as_json(float(v))} if isinstance(v, Value) else plain)
    return (Text().write(whole), Text(numeric=True).write(whole)), slots


@pytest.mark.parametrize("name", OPS)
def test_every_rule_gives_the_local_derivative(scripts: Any, name: str) -> None:
    """Away from the tails, where digits cancel in a rule as it is written."""
    op, draw = OPS[name], random.Random(3)
    for _ in range(20):
        point = tuple([draw.uniform(0.2, 2.5) for _ in range(op.arity)])
        y, *slopes = of_python(op, point)
        numbers = [*point, *[0.0] * (2 - len(point)), y]
        found = scripts.evaluate(
            "([rules, numbers]) => rules.map((rule) => evaluate(rule, numbers))",
            [trees(op)["rules"], numbers],
        )
        assert found == pytest.approx(slopes, rel=1e-9, nan_ok=True)


def test_a_local_derivative_is_explained(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, *["ArrowRight"] * 5)
    why = page.locator("#now .why").text_content()
    # 1 - 0.999329² is 0.00134155: six digits of y are too few, and the page says so.
    assert why == "∂y/∂z₁ = 1 − y² = 1 − (−0.999329)² ≈ 0.00134095"
    press(page, *["ArrowRight"] * 3)
    assert page.locator("#now .why").text_content() == "∂v₁/∂a = b = −3"
    press(page, "ArrowLeft", "ArrowLeft")
    assert page.locator("#now .why").text_content() == "∂z₁/∂v₁ = 1"


def test_of_a_repeated_operand_it_says_which_factor(visit: Callable[..., Any]) -> None:
    x = Value(3.0, label="x")
    page = visit(explore(x * x))
    press(page, *["ArrowRight"] * 3)
    assert (
        page.locator("#now h2").text_content()
        == "Backward 1 of 2: from L = x · x to x, the 1st factor"
    )
    assert page.locator("#now .why").text_content() == "∂⁺L/∂x = x = 3"
    press(page, "ArrowRight")
    assert ", the 2nd factor" in page.locator("#now h2").text_content()


def test_the_first_number_that_is_not_finite_is_framed_and_explained(
    visit: Callable[..., Any],
) -> None:
    p = Value(0.0, label="p")
    page = visit(explore(p.log() * 2.0))
    said = page.locator("#fault").text_content()
    assert said.startswith("ln(p) = -inf, where p = 0: the logarithm of 0 is -inf")
    assert page.locator("#picture .fault text").first.text_content() == "v₁ = ln(p)"
    page = visit(explore(tanh_graph()[2]))
    assert page.locator("#fault").is_hidden()
    assert page.locator("#picture .fault").count() == 0
