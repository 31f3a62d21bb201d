"""Functions of one's own in the explorer's page: computed there, or said to be unknown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from explorer_page import ROOT

from tinygrad_edu import OPS, Op, Value
from tinygrad_edu.custom import make_node
from tinygrad_edu.engine import Scalar, as_value, record
from tinygrad_edu.functions import maximum, tanh
from tinygrad_edu.ops import define
from tinygrad_edu.view import explore
from tinygrad_edu.view.explorer.javascript import script

HALF = 0.5


@pytest.fixture
def defined() -> Iterator[Callable[..., Op]]:
    before = set(OPS)
    yield define
    for name in set(OPS) - before:
        del OPS[name]


def clamped_log(x: Scalar) -> Value:
    """ln of x, or of 10⁻³ where x is less."""
    x = as_value(x)
    inside = max(x.data, 1e-3)
    return make_node(math.log(inside), (x, 0.0 if x.data < inside else 1.0 / inside), op=CLAMPED)


def wave(x: Scalar) -> Value:
    """A sum in a loop, chained comparisons, and a constant of the module."""
    x = as_value(x)
    y = slope = 0.0
    y, slope = HALF, 0.0
    for k in (1.0, 3.0, 5.0):
        y += math.sin(k * x.data) / k
        slope += math.cos(k * x.data)
    if not -3.0 <= x.data < 3.0 and x.data != 4.0:
        return record(0.0, WAVE, x, 0.0)
    else:
        return record(y, WAVE, x, slope)


def untold(x: Scalar) -> Value:
    """Something that JavaScript has not: a dictionary."""
    x = as_value(x)
    return record({1.0: 2.0}.get(x.data, 0.0), UNTOLD, x, 0.0)


def takes(new: Scalar) -> Value:
    """An argument whose name is a word of JavaScript."""
    new = as_value(new)
    return record(new.data, TAKES, new, 1.0)


def other_word(x: Scalar) -> Value:
    """In Python, `and` and `or` of numbers give a number; so do JavaScript's."""
    x = as_value(x)
    return record((x.data and 1.0) or 2.0, OTHER, x, 0.0)


CLAMPED: Op
WAVE: Op
UNTOLD: Op
TAKES: Op
OTHER: Op
WHOLE: Op


def page_of(browser: Any, root: Value) -> Any:
    page = browser.new_page()
    page.set_content(explore(root).html())
    return page


def moved(page: Any, x: float) -> list[float]:
    """The root's data and the first slope, after the first input was set to x."""
    graph = "document.querySelector('tinygrad-explorer').graph"
    return [
        float(number)
        for number in page.evaluate(
            f"(x) => {{ const g = {graph}; g.set([[g.inputs[0], x]]);"
            " return [String(g.root.data), String(g.root.slopes[0])] }",
            x,
        )
    ]


@pytest.mark.parametrize("x", [-4.5, -3.0, -1.25, 0.0, 5e-4, 0.7, 3.0, 4.0, 17.0])
def test_a_function_of_ones_own_is_computed_in_the_page(
    browser: Any, defined: Callable[..., Op], x: float
) -> None:
    global CLAMPED, WAVE, OTHER
    CLAMPED = defined("clamped_log", clamped_log, lambda x, y: 1.0 / maximum(x, 1e-3))
    WAVE = defined("wave", wave, lambda x, y: 1.0)
    OTHER = defined("other_word", other_word, lambda x, y: 0.0)
    for function in (clamped_log, wave, other_word):
        page = page_of(browser, function(Value(1.5, label="x")))
        expected = function(Value(x))
        assert moved(page, x) == pytest.approx(
            [expected.data, expected.local_grads[0]], rel=1e-12, abs=1e-12
        )
        page.close()


factor = 3.0  # of the module, and not the one of a closure


@pytest.mark.parametrize("name", ["untold", "takes", "lambda", "closure", "by_numbers"])
def test_what_is_not_read_is_not_computed_and_the_page_says_so(
    browser: Any, defined: Callable[..., Op], name: str
) -> None:
    global UNTOLD, TAKES
    UNTOLD = defined("untold", untold, lambda x, y: 0.0)
    TAKES = defined("takes", takes, lambda x, y: 1.0)
    factor = 2.0

    def closure(x: Scalar) -> Value:
        x = as_value(x)
        return record(factor * x.data, double, x, factor)

    double = defined("double", closure, lambda x, y: factor)
    same = defined("same", lambda x: record(x.data, same, x, 1.0), lambda x, y: 1.0)
    x = Value(1.0, label="x")
    root = {
        "untold": lambda: untold(x),
        "takes": lambda: takes(x),
        "closure": lambda: closure(x),
        "lambda": lambda: same.function(x),
        "by_numbers": lambda: make_node(2.0, (x, 3.0)),
    }[name]()
    page = page_of(browser, root)
    assert f" {root.op}: " not in script([root.op])
    assert page.evaluate("document.querySelector('tinygrad-explorer').graph.unknown !== null")
    assert f"does not know the operation “{root.op}”" in page.evaluate(f"{ROOT}.textContent")
    page.close()


def whole(x: Scalar) -> Value:
    """1 in Python, whose integers are exact at any size, and 0 in JavaScript."""
    x = as_value(x)
    return record((2**60 + 1 - 2**60) * 1.0, WHOLE, x, 0.0)


def test_where_javascript_computes_something_else_the_page_does_not_compute(
    browser: Any, defined: Callable[..., Op]
) -> None:
    global WHOLE
    WHOLE = defined("whole", whole, lambda x, y: 0.0)
    assert "whole: " in script([WHOLE])
    page = page_of(browser, whole(Value(2.0, label="x")))
    assert page.evaluate("document.querySelector('tinygrad-explorer').graph.unknown !== null")
    page.close()


def test_the_packages_own_functions_are_all_read() -> None:
    table = script(OPS.values()).splitlines()[-1]
    assert [name for name, op in OPS.items() if op.is_function and f" {name}: " not in table] == []
    assert tanh(Value(0.0)).op in OPS


LOWEST = float("-inf")


def above_all(x: Scalar) -> Value:
    x = as_value(x)
    return record(x._data - LOWEST, Op("above_all", float), x, 1.0)


def test_the_sign_of_an_infinite_constant_is_kept() -> None:
    assert "return [(x - (-Infinity)), 1];" in script([Op("above_all", above_all)])
