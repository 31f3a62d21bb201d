"""What an expression comes to, with any numbers for its symbols."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextvars import Context

from ...engine import Value
from ...ieee import divide
from ...ops import OPS, Op, unknown
from .expression import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Prime,
    Product,
    Quotient,
    Sum,
    Symbol,
)


def evaluated(e: Expression, number: Callable[[float], float] = float) -> float | None:
    """The number that an expression comes to, or None where some of it is blank or unknown.

    number  what stands for the number of a symbol, such as that number rounded
    """
    match e:
        case Number(value):
            return value
        case Symbol() | Prime():
            return number(e.value)
        case Sum(terms):
            parts = [evaluated(t, number) for t in terms]
            return None if None in parts else sum(x for x in parts if x is not None)
        case Product(factors):
            parts = [evaluated(f, number) for f in factors]
            return None if None in parts else math.prod(x for x in parts if x is not None)
        case Negative(a):
            inner = evaluated(a, number)
            return None if inner is None else -inner
        case Quotient(a, b):
            over, under = evaluated(a, number), evaluated(b, number)
            return None if over is None or under is None else divide(over, under)
        case Power(a, b):
            base, exponent = evaluated(a, number), evaluated(b, number)
            return None if base is None or exponent is None else _called(OPS["**"], base, exponent)
        case Call(op, arguments):
            if op.function is unknown:
                return None
            inputs = [evaluated(a, number) for a in arguments]
            return None if None in inputs else _called(op, *[x for x in inputs if x is not None])
        case _:
            return None


def _called(op: Op, *arguments: float) -> float:
    first, *others = arguments
    return float(Context().run(op.function, Value(first), *others))
