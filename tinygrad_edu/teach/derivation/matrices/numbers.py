"""What a matrix expression comes to, and how many digits its line needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ....engine import Value
from ...notation.expression import (
    Applied,
    Call,
    Expression,
    Hadamard,
    Juxtaposed,
    Matrix,
    Negative,
    Number,
    Power,
    Prime,
    Product,
    Quotient,
    SquaredNorm,
    Sum,
    Symbol,
    Transposed,
)
from ...notation.plain import Text
from ..guard import MOST, rounds_to
from .products import Unwritten

Numbers = Any
"""A NumPy array of two axes: a vector is a column, a number is 1 × 1."""


def worked_out(e: Expression, number: Callable[[float], float] = float) -> Numbers:
    """The numbers of an expression, by NumPy.

    number  what stands for the number of a symbol, such as that number rounded
    """

    def inner(e: Expression) -> Numbers:
        match e:
            case Number(value):
                return np.full((1, 1), value)
            case Symbol() | Prime():
                return np.full((1, 1), number(e.value))
            case Matrix(rows=rows, is_vector=is_vector):
                found = np.array([[number(x) for x in row] for row in rows])
                return found.T if is_vector else found
            case Sum(parts):
                return sum(map(inner, parts))
            case Product(parts) | Hadamard(parts):
                return np.prod(np.broadcast_arrays(*map(inner, parts)), axis=0)
            case Juxtaposed(parts):
                return _multiplied(*map(inner, parts))
            case Negative(a):
                return -inner(a)
            case Transposed(a):
                return inner(a).T
            case Quotient(a, b):
                return inner(a) / inner(b)
            case Power(Applied("diag", a), Number(-1.0)):
                return np.diagflat(1.0 / inner(a))
            case Applied("diag", a):
                return np.diagflat(inner(a))
            case Power(a, b):
                return inner(a) ** inner(b)
            case SquaredNorm(a):
                return np.full((1, 1), (inner(a) ** 2).sum())
            case Applied("softmax", a):
                powers = np.exp(inner(a))
                is_column = powers.shape[1] == 1
                return powers / powers.sum(0 if is_column else 1, keepdims=True)
            case Applied("gather", a, Matrix() as places, shape):
                return inner(a).ravel()[_numbers_of(places)].reshape(shape)
            case Applied("scatter", a, Matrix() as places, shape):
                added = np.zeros(math.prod(shape))
                np.add.at(added, _numbers_of(places), inner(a))
                return added.reshape(shape)
            case Applied("sum", a):
                return np.full((1, 1), inner(a).sum())
            case Call(op, (a, *others)):
                rest = [float(inner(x).item()) for x in others]
                return np.vectorize(lambda x: float(op.function(Value(x), *rest)))(inner(a))
            case _:
                raise TypeError(f"not a matrix expression: {e!r}")

    with np.errstate(all="ignore"):
        return inner(e)


def _numbers_of(places: Matrix) -> Numbers:
    """Places counted from 0."""
    return np.array(places.rows, int) - 1


def _multiplied(*factors: Numbers) -> Numbers:
    """The matrix product, in which a number may stand anywhere."""
    whole = factors[0]
    for f in factors[1:]:
        if whole.size == 1 or (f.size == 1 and f.shape[0] != whole.shape[1]):
            whole = whole * f
        elif whole.shape[1] == f.shape[0]:
            whole = whole @ f
        else:
            raise Unwritten(
                "this graph has no matrix form that can be written yet: it repeats an array for "
                "some of its rows; derive it without form, or print "
                "vectorize(root, parameters).source"
            )
    return whole


def guard_digits(sides: list[Expression], result: Matrix | Symbol, digits: int) -> int:
    """The fewest more digits with which each side in numbers gives the displayed result."""
    wanted = [Text(digits, in_full=True).shown(x) for x in worked_out(result).ravel()]
    for guard in range(MOST - digits if digits else 1):
        rounded = Text(digits + guard, in_full=True).rounded
        found = [worked_out(side, rounded).ravel() for side in sides]
        if all(rounds_to(x, w, digits) for side in found for x, w in zip(side, wanted)):
            return guard
    return max(MOST - digits, 0)
