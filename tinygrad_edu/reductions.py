"""Functions of many Values, made of the two-operand nodes of `engine.py` and `functions.py`.

Each takes a sequence of Values, plain numbers or both, and folds it from the left.
"""

from __future__ import annotations

from collections.abc import Iterable

from .checks import elements
from .engine import Scalar, Value, as_value, record
from .functions import logaddexp, maximum, minimum, sigmoid, softplus
from .ieee import float64
from .ops import ADD, MUL


def sum(values: Iterable[Scalar]) -> Value:
    """x₁ + x₂ + … + xₙ, and 0 of no values. (The built-in `sum` works too: it adds to a 0.)"""
    total: Value | None = None
    for x in in_order(values, "sum"):
        total = as_value(x) if total is None else total + x
    return Value(0.0) if total is None else total


def mean(values: Iterable[Scalar]) -> Value:
    """(x₁ + x₂ + … + xₙ)/n. A ValueError of no values."""
    xs = _some(values, "mean")
    return sum(xs) / len(xs)


def prod(values: Iterable[Scalar]) -> Value:
    """x₁ · x₂ · … · xₙ, and 1 of no values."""
    total: Value | None = None
    for x in in_order(values, "prod"):
        total = as_value(x) if total is None else total * x
    return Value(1.0) if total is None else total


def max(values: Iterable[Scalar]) -> Value:
    """The largest, as max(max(x₁, x₂), x₃) …; of two that are equal, each has half the derivative.

    (The built-in `max` works too: it picks the first of the largest.) A ValueError of no values.
    """
    first, *others = _some(values, "max")
    total = as_value(first)
    for x in others:
        total = maximum(total, x)
    return total


def min(values: Iterable[Scalar]) -> Value:
    """The smallest, as min(min(x₁, x₂), x₃) …, with the derivatives of `max`."""
    first, *others = _some(values, "min")
    total = as_value(first)
    for x in others:
        total = minimum(total, x)
    return total


def dot(a: Iterable[Scalar], b: Iterable[Scalar], start: Scalar | None = None) -> Value:
    """The weighted sum start + a₁b₁ + a₂b₂ + … + aₙbₙ, of two sequences of one length.

    A ValueError where the lengths differ, a TypeError for sets, dicts, text and bytes.
    """
    left = a if type(a) is list else in_order(a, "dot")
    right = b if type(b) is list else in_order(b, "dot")
    if len(left) != len(right):
        raise ValueError(f"dot takes sequences of one length, not {len(left)} and {len(right)}")
    total: Value | None = None if start is None else as_value(start)
    for x, y in zip(left, right):
        product = _product(x, y)
        if total is None:
            total = product
        else:
            total = record(total._data + product._data, ADD, total, 1.0, product, 1.0)
    return Value(0.0) if total is None else total


def _product(x: Scalar, y: Scalar) -> Value:
    """x * y, spelled out because networks spend most of their time here."""
    if isinstance(x, Value):
        if isinstance(y, Value):
            return record(x._data * y._data, MUL, x, y._data, y, x._data)
        n = float64(y)
        return record(x._data * n, MUL, x, n, None, n)
    n = float64(x)
    if isinstance(y, Value):
        return record(n * y._data, MUL, None, n, y, n)
    return Value(n * float64(y))


def logsumexp(values: Iterable[Scalar]) -> Value:
    """ln(e^x₁ + … + e^xₙ), as ln(e^ln(e^x₁ + e^x₂) + e^x₃) …, so that nothing overflows.

    Its derivative by xᵢ is softmax(x)ᵢ. A ValueError of no values.
    """
    xs = _some(values, "logsumexp")
    total = as_value(xs[0])
    for x in xs[1:]:
        total = logaddexp(total, x)
    return total


def logsumexp_of_others(values: Iterable[Scalar]) -> list[Value]:
    """For each of n ≥ 2 values, the logsumexp of the n - 1 others, in 3n nodes altogether."""
    xs = [as_value(x) for x in values]
    before, after = [xs[0]], [xs[-1]]  # the logsumexp of the first k, and of the last k
    for x, y in zip(xs[1:-1], reversed(xs[1:-1])):
        before.append(logaddexp(before[-1], x))
        after.append(logaddexp(y, after[-1]))
    after.reverse()
    inner = [logaddexp(a, b) for a, b in zip(before, after[1:])]
    return [after[0], *inner, before[-1]]


def softmax(values: Iterable[Scalar]) -> list[Value]:
    """e^xᵢ / Σⱼ e^xⱼ for each i, as σ(xᵢ - logsumexp of the others).

    That is the same number, and where sᵢ is near 1 its derivative sᵢ(1 - sᵢ) is not made of a
    difference. A ValueError of no values.
    """
    xs = [as_value(x) for x in _some(values, "softmax")]
    if len(xs) == 1:
        return [xs[0] - xs[0] + 1.0]
    return [sigmoid(x - rest) for x, rest in zip(xs, logsumexp_of_others(xs))]


def log_softmax(values: Iterable[Scalar]) -> list[Value]:
    """ln softmax(x)ᵢ = xᵢ - logsumexp(x) for each i, as -ln(1 + e^(logsumexp of the others - xᵢ)).

    Nothing overflows, and near 0 it keeps its digits. A ValueError of no values.
    """
    xs = [as_value(x) for x in _some(values, "log_softmax")]
    if len(xs) == 1:
        return [xs[0] - xs[0]]
    return [-softplus(rest - x) for x, rest in zip(xs, logsumexp_of_others(xs))]


def in_order(values: Iterable[Scalar], name: str) -> list[Scalar]:
    """The values as a list, if it is said which is the first."""
    given: object = values  # as which a str is expected too, in compiled code
    if isinstance(given, set | frozenset | dict | bytes | bytearray | str):
        kind = type(given).__name__
        raise TypeError(f"{name} takes a list of Values or numbers, not a {kind}: {given!r:.80}")
    if isinstance(given, list):
        return list(values)
    return elements(values, f"{name} takes a list of Values or numbers")


def _some(values: Iterable[Scalar], name: str) -> list[Scalar]:
    xs = in_order(values, name)
    if not xs:
        raise ValueError(f"{name} takes at least one value")
    return xs
