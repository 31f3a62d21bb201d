"""What is the same as an elementwise operation, and simpler: x for x + 0, -(x y) for -x · y."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine import Value
from ...ops import OPS
from .ir import COMPARISONS, Array, Operand

if TYPE_CHECKING:
    from .builder import Builder


def simplified(build: Builder, op: str, args: tuple[Operand, ...]) -> Operand | None:
    """What is the same and simpler, if something is."""
    numbers = [a for a in args if isinstance(a, float)]
    if len(numbers) == len(args):
        return _computed(op, numbers)
    if op == "*":
        return _simpler_product(build, *args)
    if op == "neg":
        return _negated(build, args[0])
    if op in ("+", "-"):
        a, b = args
        nothing = -0.0 if op == "+" else 0.0  # (0.0 + -0.0 is 0.0, and -0.0 + x is x)
        if _is_number(b, nothing):
            return a
        if _is_number(a, -0.0):
            return b if op == "+" else build.map("neg", b)
        if a is b and op == "+":
            return build.map("*", 2.0, a)
        shared = _share_factor(build, op, a, b)
        if shared is not None:
            return shared
        inner = _opposite(build, b)
        if inner is not None:
            return build.map("-" if op == "+" else "+", a, inner)
        inner = _opposite(build, a)
        if inner is not None and op == "+":
            return build.map("-", b, inner)
    elif op in ("/", "**") and args[1] == 1.0:
        return args[0]
    elif op == "/":
        return _simpler_quotient(build, *args)
    return None


def _simpler_quotient(build: Builder, a: Operand, b: Operand) -> Operand | None:
    """A quotient whose sign stands before it."""
    for x, over in ((negation_of(a), b), (a, negation_of(b))):
        if x is not None and over is not None:
            return build.map("neg", build.map("/", x, over))
    return None


def _computed(op: str, numbers: list[float]) -> float:
    if op in COMPARISONS:
        return float(bool(getattr(np, _COMPARE[op])(*numbers)))
    result: Value = OPS[op].function(Value(numbers[0]), *numbers[1:])
    return result._data


_COMPARE: Final = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


def _is_number(x: Operand, number: float) -> bool:
    return isinstance(x, float) and repr(x) == repr(number)


def negation_of(x: Operand) -> Operand | None:
    """y where x is -y."""
    return x.args[0] if isinstance(x, Array) and x.op == "neg" else None


def _opposite(build: Builder, x: Operand) -> Operand | None:
    """-x, where that is simpler than x."""
    if isinstance(x, float):
        return -x if x < 0.0 else None
    if x.op in ("*", "/"):
        first = _opposite(build, x.args[0])
        return None if first is None else build.map(x.op, first, x.args[1])
    return negation_of(x)


def factor_of(x: Operand) -> tuple[float, Array] | None:
    """(c, y) where x is the number c times y."""
    if isinstance(x, Array) and x.op == "*" and isinstance(x.args[0], float):
        rest = x.args[1]
        assert isinstance(rest, Array)
        return x.args[0], rest
    return None


def _share_factor(build: Builder, op: str, a: Operand, b: Operand) -> Operand | None:
    """c · x ± c · [i = k] as c · (x ± [i = k]), as the textbooks write p - y."""
    first, second = factor_of(a), factor_of(b)
    if first is None or second is None or abs(first[0]) != abs(second[0]):
        return None
    if second[1].op not in COMPARISONS or first[1].shape != second[1].shape:
        return None
    if first[0] != second[0]:
        op = "-" if op == "+" else "+"
    return build.map("*", first[0], build.map(op, first[1], second[1]))


def _negated(build: Builder, x: Operand) -> Operand | None:
    inner = negation_of(x)
    if inner is not None:
        return inner
    scaled = factor_of(x)
    return None if scaled is None else build.map("*", -scaled[0], scaled[1])


def _signed(
    build: Builder, number: float, y: Array, smaller: Array, swapped: bool = False
) -> Operand:
    """smaller · (number · y), where the number goes to the smaller array, and its sign outward."""
    scaled, inner = factor_of(smaller), negation_of(smaller)
    if scaled is not None:
        number, smaller = number * scaled[0], scaled[1]
    elif isinstance(inner, Array):
        number, smaller = -number, inner
    x = build.map("*", abs(number), smaller)
    found = build.map("*", y, x) if swapped else build.map("*", x, y)
    return build.map("neg", found) if number < 0.0 else found


def _simpler_product(build: Builder, a: Operand, b: Operand) -> Operand | None:
    if isinstance(b, float):
        return build.map("*", b, a)
    if isinstance(a, float):
        if a == 1.0:
            return b
        if a == -1.0:
            return build.map("neg", b)
        scaled = factor_of(b)
        if scaled is not None and 0.0 < abs(a * scaled[0]) < math.inf:
            return build.map("*", a * scaled[0], scaled[1])
        inner = negation_of(b)
        return None if inner is None else build.map("*", -a, inner)
    first, second = factor_of(a), factor_of(b)
    if first is not None and second is not None and first[1].shape == second[1].shape:
        return build.map("*", first[0] * second[0], build.map("*", first[1], second[1]))
    if first is not None and math.prod(b.shape) < math.prod(a.shape):
        return _signed(build, *first, b, swapped=True)
    if second is not None and math.prod(a.shape) < math.prod(b.shape):
        return _signed(build, *second, a)
    for x, y in ((a, b), (b, a)):
        inner = negation_of(x)  # the sign goes outward
        if inner is not None:
            return build.map(
                "neg", build.map("*", inner, y) if x is a else build.map("*", y, inner)
            )
    return None
