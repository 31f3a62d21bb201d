"""Wrong formulas for a derivative, by operation: the power rule for eˣ, tanh′ for σ′, N − 1 for N.

Each is a number to put in place of ∂y/∂x of y = f(x), or None where it cannot be worked out, and
how it is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Final

from ...engine import Value
from ...ieee import divide
from ...ieee import power as raised
from ...language import say
from ...ops import OPS
from ..notation.labels import superscript
from ..notation.wording import Wording, number
from ..record.ledger import Entry
from .mistakes import (
    Mistake,
    factor,
    is_first,
    is_function,
    number_beside,
    power,
    says_itself,
)


@dataclass(frozen=True, slots=True)
class _Formula:
    """A wrong derivative of f: of the operand x, the value y, and how it is written.

    In what is written {x} is in brackets if it has to be, {inner} is not.
    """

    of: Callable[[float, float], float]
    written: str


_LN10: Final = math.log(10.0)
_DEGREE: Final = math.pi / 180.0

_FORMULAS: Final[Mapping[str, tuple[_Formula, ...]]] = {
    "exp": (_Formula(lambda x, y: x * math.exp(x - 1.0), "{x} · e^({x} − 1)"),),
    "log": (
        _Formula(lambda x, y: 1.0 / (x * _LN10), "1/({x} · ln 10)"),
        _Formula(lambda x, y: x, "{x}"),
        _Formula(lambda x, y: -1.0 / (x * x), "−1/{x}²"),
    ),
    "sqrt": (
        _Formula(lambda x, y: 1.0 / y, "1/√({inner})"),
        _Formula(lambda x, y: 0.5 * y, "½ · √({inner})"),
    ),
    "sin": (
        _Formula(lambda x, y: math.cos(_DEGREE * x), "cos({x}°)"),
        _Formula(lambda x, y: _DEGREE * math.cos(_DEGREE * x), "π/180 · cos({x}°)"),
    ),
    "cos": (
        _Formula(lambda x, y: -math.sin(_DEGREE * x), "−sin({x}°)"),
        _Formula(lambda x, y: -_DEGREE * math.sin(_DEGREE * x), "−π/180 · sin({x}°)"),
    ),
    "tan": (
        _Formula(lambda x, y: 1.0 / math.cos(x), "1/cos({inner})"),
        _Formula(lambda x, y: 1.0 - y * y, "1 − tan({inner})²"),
        _Formula(lambda x, y: 1.0 + y, "1 + tan({inner})"),
    ),
    "tanh": (
        _Formula(lambda x, y: 1.0 - y, "1 − {y}"),
        _Formula(lambda x, y: 1.0 + y * y, "1 + {y}²"),
        _Formula(lambda x, y: (1.0 - y) ** 2, "(1 − {y})²"),
        _Formula(lambda x, y: y * (1.0 - y), "{y} · (1 − {y})"),
        _Formula(lambda x, y: y * y, "{y}²"),
    ),
    "sigmoid": (
        _Formula(lambda x, y: 1.0 - y, "1 − {y}"),
        _Formula(lambda x, y: y * (1.0 + y), "{y} · (1 + {y})"),
        _Formula(lambda x, y: 1.0 - y * y, "1 − {y}²"),
        _Formula(lambda x, y: y * y, "{y}²"),
        _Formula(lambda x, y: (1.0 - y) ** 2, "(1 − {y})²"),
    ),
    "abs": (
        _Formula(lambda x, y: y, "|{inner}|"),
        _Formula(lambda x, y: x, "{x}"),
        _Formula(lambda x, y: 2.0 * x, "2 · {x}"),
    ),
    "softplus": (_Formula(lambda x, y: y * (1.0 - y), "{y} · (1 − {y})"),),
}
"""By the name of a function."""


def _formula_of(op: str, formula: _Formula) -> Mistake:
    def instead(e: Entry) -> float | None:
        if e.node.op != op:
            return None
        try:
            return formula.of(e.operand.data, e.node.data)
        except (ArithmeticError, ValueError):
            return None

    def says(e: Entry, words: Wording) -> str:
        inner, y = words.say(e.operand), _atom(words.say(e.node))
        written = formula.written.format(x=_atom(inner), y=y, inner=inner)
        return _taken_as(written, e, words)

    return Mistake("wrong derivative", instead, says)


def _taken_as(formula: str, e: Entry, words: Wording) -> str:
    return say(
        "{formula} stands where {derivative} = {right} of {line} belongs",
        formula=formula,
        derivative=words.local(e.node, e.operand),
        right=number(e.local),
        line=words.line(e.node),
    )


def _atom(text: str) -> str:
    """In brackets, if more stands in it than a name or a number."""
    return f"({text})" if " " in text and not text.endswith(")") else text


def _derivative_of(other: str) -> Mistake:
    """The derivative of another activation, at the same point."""

    def instead(e: Entry) -> float | None:
        if not e.node.op.is_activation or e.node.op == other or not is_function(e.node):
            return None
        there: Value = Context().run(OPS[other].function, Value(e.operand.data))
        slope = there.local_grads[0]
        return float(slope) if slope not in (0.0, 1.0) else None

    def says(e: Entry, words: Wording) -> str:
        return say(
            "the derivative of {other} stands where that of {line}, {right}, belongs",
            other={"sigmoid": "σ"}.get(other, other),
            line=words.line(e.node),
            right=number(e.local),
        )

    return Mistake("wrong derivative", instead, says)


# Powers, quotients, means


def _with_exponent(
    of: Callable[[float, float], float], written: Callable[[str, float], str]
) -> Mistake:
    """A wrong derivative of xⁿ, of x and n, and how it is written."""

    def instead(e: Entry) -> float | None:
        n = power(e)
        try:
            return None if n is None else float(of(e.operand.data, n))
        except (ArithmeticError, ValueError, TypeError):  # a complex number is none
            return None

    def says(e: Entry, words: Wording) -> str:
        return _taken_as(written(_atom(words.say(e.operand)), power(e) or 0.0), e, words)

    return Mistake("wrong derivative", instead, says)


def _raised(x: str, n: float) -> str:
    if n == 1.0:
        return x
    return x + (superscript(f"{n:.0f}") if n.is_integer() else f"^{number(n)}")


def _of_quotient(by_first: bool, of: Callable[[float, float], float], written: str) -> Mistake:
    """A wrong derivative of a/b by one of them, of a and b."""

    def instead(e: Entry) -> float | None:
        if e.node.op != "/" or is_first(e) is not by_first:
            return None
        a, b = map(float, e.node.arguments)
        return of(a, b) if a and b else None

    def says(e: Entry, words: Wording) -> str:
        a, b = [_atom(words.say(x)) for x in e.node.arguments]
        return _taken_as(written.format(a=a, b=b), e, words)

    return Mistake("wrong derivative", instead, says)


def _complement(e: Entry, words: Wording) -> str:
    """1 − p for p, and p for 1 − p."""
    of = e.operand
    if of.op == "-" and of.arguments[0] == 1.0:
        return words.say(of.arguments[1])
    return f"1 − {_atom(words.say(of))}"


def _count(e: Entry) -> int | None:
    """The N of a mean: divided by N, or times 1/N."""
    x = number_beside(e)
    if not x or not math.isfinite(x) or e.node.op not in ("*", "/"):
        return None
    n = 1.0 / x if e.node.op == "*" else x if is_first(e) else 0.0
    return round(n) if 1.5 < n < math.inf and abs(n - round(n)) < 1e-9 * n else None


def _one_less(e: Entry) -> float | None:
    n = _count(e)
    return e.local * n / (n - 1) if n else None


def _by_power_rule(e: Entry) -> float | None:
    """n xⁿ⁻¹ for the derivative of aˣ by its exponent."""
    if e.node.op != "**" or is_first(e):
        return None
    a, x = map(float, e.node.arguments)
    return x * raised(a, x - 1.0) if a > 0.0 else None


def _of_complement(e: Entry) -> float | None:
    """The derivative of ln(1 − p) for that of ln p: the other label's term."""
    p = e.operand.data
    return 1.0 / (p - 1.0) if e.node.op == "log" and 0.0 < p < 1.0 else None


def _itself(e: Entry) -> float | None:
    return e.node.data if e.node.op in ("*", "/") else None


def _twice(e: Entry) -> float | None:
    return None if e.node.op in ("+", "-", "neg") else e.local * e.local


FORMULAS: Final = (
    *[_formula_of(op, formula) for op, formulas in _FORMULAS.items() for formula in formulas],
    *[_derivative_of(other) for other in ("sigmoid", "tanh")],
    _with_exponent(
        lambda x, n: (n - 1.0) * x ** (n - 1.0),
        lambda x, n: f"{number(n - 1.0)} · {_raised(x, n - 1.0)}",
    ),
    _with_exponent(
        lambda x, n: n * x ** (n - 2.0) if n != 2.0 else math.nan,
        lambda x, n: f"{number(n)} · {_raised(x, n - 2.0)}",
    ),
    _with_exponent(lambda x, n: n, lambda x, n: number(n)),
    _with_exponent(lambda x, n: x**n, _raised),
    _of_quotient(False, lambda a, b: -a / b, "−{a}/{b}"),
    _of_quotient(False, lambda a, b: divide(-1.0, b * b), "−1/{b}²"),
    _of_quotient(False, lambda a, b: -1.0 / b, "−1/{b}"),
    _of_quotient(False, lambda a, b: a, "{a}"),
    _of_quotient(True, lambda a, b: divide(1.0, b * b), "1/{b}²"),
    _of_quotient(True, lambda a, b: b, "{b}"),
    Mistake(
        "factor",
        _one_less,
        lambda e, w: say(
            "{less} stands where the number {count} of the mean {line} belongs",
            less=(_count(e) or 0) - 1,
            count=_count(e) or 0,
            line=w.line(e.node),
        ),
    ),
    Mistake(
        "wrong derivative",
        _of_complement,
        lambda e, w: say(
            "{line} is differentiated as if {other} were in the logarithm, as for the other label",
            line=w.line(e.node),
            other=_complement(e, w),
        ),
    ),
    Mistake(
        "wrong derivative",
        _itself,
        says_itself,
    ),
    Mistake(
        "factor",
        _twice,
        lambda e, w: say(
            "the factor {factor} of {line} is there twice",
            factor=factor(e, w),
            line=w.line(e.node),
        ),
    ),
    Mistake(
        "wrong derivative",
        _by_power_rule,
        lambda e, w: say(
            "the power rule is used for {line}, where the exponent is what changes",
            line=w.line(e.node),
        ),
    ),
)
"""Rarer mistakes than `MISTAKES`, tried where none of those fits."""
