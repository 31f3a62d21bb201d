"""Simplified expressions have the value of the original, and the form that one writes by hand."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu import OPS, Value
from tinygrad_edu.teach.notation.algebra import cancelled, simplify, size
from tinygrad_edu.teach.notation.expression import (
    Call,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from tinygrad_edu.teach.notation.formula import expression
from tinygrad_edu.teach.notation.labels import name_of
from tinygrad_edu.teach.notation.plain import Text

A, B, X, Y = (Value(x, label=n) for n, x in (("a", 0.7), ("b", -1.3), ("x", 2.5), ("y", 0.4)))
SYMBOLS = {v: Symbol(name_of(v.label), v.data) for v in (A, B, X, Y)}


def written(e):
    return Text().write(e)


def value(e):
    match e:
        case Number(number):
            return number
        case Symbol(_, number):
            return number
        case Sum(terms):
            return math.fsum(map(value, terms))
        case Product(factors):
            return math.prod(map(value, factors))
        case Quotient(a, b):
            return value(a) / value(b)
        case Power(a, b):
            return value(a) ** value(b)
        case Negative(a):
            return -value(a)
        case Call(op, arguments):
            return op.function(*map(value, arguments)).data


NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5, 3.0, -0.25, 4.0])
EXPRESSIONS = st.recursive(
    NUMBERS.map(Number) | st.sampled_from(list(SYMBOLS.values())),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda es: Sum(tuple(es))),
        st.lists(inner, min_size=2, max_size=3).map(lambda es: Product(tuple(es))),
        st.tuples(inner, inner).map(lambda es: Quotient(*es)),
        st.tuples(inner, st.sampled_from([-2.0, -1.0, 1.0, 2.0, 3.0])).map(
            lambda e: Power(e[0], Number(e[1]))
        ),
        inner.map(Negative),
        inner.map(lambda e: Call(OPS["tanh"], (e,))),
    ),
    max_leaves=10,
)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS)
def test_the_value_stays(e):
    try:
        before = value(e)
    except (ZeroDivisionError, OverflowError):
        return
    if not abs(before) < 1e9:
        return
    for form in (simplify, cancelled):
        assert value(form(e)) == pytest.approx(before, rel=1e-6, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_what_is_simple_is_not_simplified_further(e):
    try:
        once = simplify(e)
        value(once)
    except (ZeroDivisionError, OverflowError):
        return
    assert size(simplify(once)) <= size(once)


@pytest.mark.parametrize(
    ("root", "simple"),
    [
        (0.5 * (2.0 * (Y - A) ** 1.0) * -1.0, "a − y"),
        (-(A - Y) * X, "(y − a) · x"),
        (X + X, "2 · x"),
        (X * 2.0 - X, "x"),
        (X * X / X, "x"),
        (A / B / B * -1.0, "−a/b²"),
        (3.0 * X / 6.0, "½ · x"),
        (0.5 * X / 4.0, "x/8"),
        (2.0 * (X - 1.0), "2 · (x − 1)"),
        (A + B - (A - B), "2 · b"),
        (X**0.5 * X**0.5, "x"),
        (0.0 * X + 1.0, "1"),
        (-(Y * (1.0 / A) + (1.0 - Y) * (1.0 / (1.0 - A)) * -1.0), "−y/a + (1 − y) / (1 − a)"),
        (A.exp() * A.exp(), "exp(a)²"),
    ],
)
def test_the_form(root, simple):
    assert written(simplify(expression(root, SYMBOLS))) == simple


def test_denominators_cancel():
    entropy = (-Y / A + (1.0 - Y) / (1.0 - A)) * (A * (1.0 - A)) * X
    assert written(cancelled(expression(entropy, SYMBOLS))) == "(a − y) · x"
    untouched = (Y + B) * X
    assert written(cancelled(expression(untouched, SYMBOLS))) == "(y + b) · x"
