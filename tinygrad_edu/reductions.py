"""Functions of many Values, made of the two-operand nodes of `engine.py` and `functions.py`.

Each takes a sequence of Values, plain numbers or both, and folds it from the left.
"""

from __future__ import annotations

from collections.abc import Iterable

from .engine import Value, as_value
from .functions import logaddexp, sigmoid


def sum(values: Iterable[Value | float]) -> Value:
    """x₁ + x₂ + … + xₙ, and 0 of no values. (The built-in `sum` works too: it adds to a 0.)"""
    total: Value | None = None
    for x in values:
        total = as_value(x) if total is None else total + x
    return Value(0.0) if total is None else total


def mean(values: Iterable[Value | float]) -> Value:
    """(x₁ + x₂ + … + xₙ)/n. A ValueError of no values."""
    xs = _some(values, "mean")
    return sum(xs) / len(xs)


def dot(
    a: Iterable[Value | float], b: Iterable[Value | float], start: Value | float | None = None
) -> Value:
    """The weighted sum start + a₁b₁ + a₂b₂ + … + aₙbₙ, of two sequences of one length.

    A ValueError where the lengths differ.
    """
    left, right = list(a), list(b)
    if len(left) != len(right):
        raise ValueError(f"dot takes sequences of one length, not {len(left)} and {len(right)}")
    total: Value | None = None if start is None else as_value(start)
    for x, y in zip(left, right):
        product = as_value(x * y)
        total = product if total is None else total + product
    return Value(0.0) if total is None else total


def logsumexp(values: Iterable[Value | float]) -> Value:
    """ln(e^x₁ + … + e^xₙ), as ln(e^ln(e^x₁ + e^x₂) + e^x₃) …, so that nothing overflows.

    Its derivative by xᵢ is softmax(x)ᵢ. A ValueError of no values.
    """
    xs = _some(values, "logsumexp")
    total = as_value(xs[0])
    for x in xs[1:]:
        total = logaddexp(total, x)
    return total


def logsumexp_of_others(values: Iterable[Value | float]) -> list[Value]:
    """For each of n ≥ 2 values, the logsumexp of the n - 1 others, in 3n nodes altogether."""
    xs = [as_value(x) for x in values]
    before, after = [xs[0]], [xs[-1]]  # the logsumexp of the first k, and of the last k
    for x, y in zip(xs[1:-1], reversed(xs[1:-1])):
        before.append(logaddexp(before[-1], x))
        after.append(logaddexp(y, after[-1]))
    after.reverse()
    inner = [logaddexp(a, b) for a, b in zip(before, after[1:])]
    return [after[0], *inner, before[-1]]


def softmax(values: Iterable[Value | float]) -> list[Value]:
    """e^xᵢ / Σⱼ e^xⱼ for each i, as σ(xᵢ - logsumexp of the others).

    That is the same number, and with it the derivatives sᵢ(1 - sᵢ) and -sᵢsⱼ keep all their
    digits where sᵢ is near 1. A ValueError of no values.
    """
    xs = [as_value(x) for x in _some(values, "softmax")]
    if len(xs) == 1:
        return [xs[0] - xs[0] + 1.0]
    return [sigmoid(x - rest) for x, rest in zip(xs, logsumexp_of_others(xs))]


def _some(values: Iterable[Value | float], name: str) -> list[Value | float]:
    xs = list(values)
    if not xs:
        raise ValueError(f"{name} takes at least one value")
    return xs
