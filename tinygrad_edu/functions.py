r"""The functions that networks are made of, one block each.

`activations.py` and `elementary.py` have the others.

To add one, write a block like those below. The function computes on floats its value and its
derivative (one for each argument) and returns the new node; `define` gives its name and, for each
argument, the rule for the derivative in operations on Values. That is all: the method
``x.name()``, the tests (value and derivative against the exact ones, the rule against the
derivative), `gradients`, the drawings, the derivations and the explorer's page find it in `OPS`.
For ``from tinygrad_edu import name`` it is listed in `__init__.py`, as every name there is.

A function takes Values, or plain numbers in their place, and never raises for a number: where
Python's `math` raises, the result is inf or nan as IEEE 754 has it. Value and derivative are
within 4 ulp of exact, in the tails too. The rules are the textbook's forms, for reading and for
higher derivatives: they round as they are written, and have no `if`, so that they hold at every
point and not only where they were recorded.
"""

from __future__ import annotations

import math
from typing import Final

from . import accurate, ieee
from .engine import Scalar, Value, as_value, number, record
from .ieee import divide, float64
from .ops import Op, define, flat


def exp(x: Scalar) -> Value:
    """eˣ; derivative eˣ. It overflows to inf above 709.78."""
    x = as_value(x)
    y = ieee.exp(x._data)
    return record(y, EXP, x, y)


EXP: Final = define("exp", exp, lambda x, y: y, latex="e^{{{0}}}")


def log(x: Scalar) -> Value:
    """The natural logarithm ln x; derivative 1/x. -inf at 0, nan below."""
    x = as_value(x)
    return record(ieee.log(x._data), LOG, x, divide(1.0, x._data))


LOG: Final = define("log", log, lambda x, y: 1.0 / x, text="ln", latex=r"\ln")


def sqrt(x: Scalar) -> Value:
    """√x; derivative 1/(2√x). nan below 0."""
    x = as_value(x)
    y = math.sqrt(x._data) if x._data >= 0.0 else math.nan
    return record(y, SQRT, x, divide(0.5, y))


SQRT: Final = define("sqrt", sqrt, lambda x, y: 1.0 / (2.0 * y), text="√", latex=r"\sqrt{{{0}}}")


def tanh(x: Scalar) -> Value:
    """The hyperbolic tangent (eˣ - e⁻ˣ)/(eˣ + e⁻ˣ); derivative 1 - tanh² x."""
    x = as_value(x)
    # 1 - y² would be 0 from x = 19 on; the same in e = e^(-2|x|) keeps its digits down to 1e-308.
    e = math.exp(-2.0 * math.fabs(x._data))
    return record(math.tanh(x._data), TANH, x, 4.0 * e / ((1.0 + e) * (1.0 + e)))


TANH: Final = define("tanh", tanh, lambda x, y: 1.0 - y * y, latex=r"\tanh", is_activation=True)


def sigmoid(x: Scalar) -> Value:
    """The logistic function σ(x) = 1/(1 + e⁻ˣ); derivative σ(x)(1 - σ(x))."""
    x = as_value(x)
    e = math.exp(-math.fabs(x._data))  # at most 1; by it, σ(x)(1 - σ(x)) = σ(x) σ(-x) = e/(1 + e)²
    return record(_sigmoid(x._data), SIGMOID, x, e / ((1.0 + e) * (1.0 + e)))


SIGMOID: Final = define(
    "sigmoid", sigmoid, lambda x, y: y * (1.0 - y), text="σ", latex=r"\sigma", is_activation=True
)


def softplus(x: Scalar) -> Value:
    """ln(1 + eˣ), a smooth relu; derivative σ(x)."""
    x = as_value(x)
    v = x._data
    y = v + math.log1p(math.exp(-v)) if v > 0.0 else math.log1p(math.exp(v))
    return record(y, SOFTPLUS, x, _sigmoid(v))


SOFTPLUS: Final = define("softplus", softplus, lambda x, y: sigmoid(x), is_activation=True)


def relu(x: Scalar) -> Value:
    """max(0, x); derivative 1 above 0, and 0 at 0 and below."""
    x = as_value(x)
    v = x._data
    return record(0.0 if v < 0.0 else v, RELU, x, _step(v))


RELU: Final = define("relu", relu, lambda x, y: step(x), text="ReLU", is_activation=True)


def abs(x: Scalar) -> Value:
    """|x|; derivative sign x."""
    x = as_value(x)
    return record(math.fabs(x._data), ABS, x, _sign(x._data))


ABS: Final = define("abs", abs, lambda x, y: sign(x), latex=r"\left|{0}\right|")


def sign(x: Scalar) -> Value:
    """1 above 0, -1 below, 0 at 0; derivative 0."""
    x = as_value(x)
    return record(_sign(x._data), SIGN, x, 0.0)


SIGN: Final = define("sign", sign, flat)


def step(x: Scalar) -> Value:
    """1 above 0, and 0 at 0 and below (the Heaviside step); derivative 0."""
    x = as_value(x)
    return record(_step(x._data), STEP, x, 0.0)


STEP: Final = define("step", step, flat)


def maximum(a: Scalar, b: Scalar) -> Value:
    """The larger of a and b; derivative 1 for the larger, 0 for the smaller, ½ each in a tie."""
    v, w = number(a), number(b)
    y = v if v >= w or v != v else w
    share = _share(v, w)
    return of_two(MAXIMUM, y, a, share, b, 1.0 - share)


MAXIMUM: Final = define(
    "maximum",
    maximum,
    lambda a, b, y: (1.0 + sign(a - b)) / 2.0,
    lambda a, b, y: (1.0 - sign(a - b)) / 2.0,
    text="max",
    latex=r"\max",
)


def minimum(a: Scalar, b: Scalar) -> Value:
    """The smaller of a and b; derivative 1 for the smaller, 0 for the larger, ½ each in a tie."""
    v, w = number(a), number(b)
    y = v if v <= w or v != v else w
    share = _share(w, v)
    return of_two(MINIMUM, y, a, share, b, 1.0 - share)


MINIMUM: Final = define(
    "minimum",
    minimum,
    lambda a, b, y: (1.0 - sign(a - b)) / 2.0,
    lambda a, b, y: (1.0 + sign(a - b)) / 2.0,
    text="min",
    latex=r"\min",
)


def logaddexp(a: Scalar, b: Scalar) -> Value:
    """ln(eᵃ + eᵇ) without overflow; derivatives σ(a - b) and σ(b - a)."""
    y, da, db = accurate.logaddexp(number(a), number(b))
    return of_two(LOGADDEXP, y, a, da, b, db)


LOGADDEXP: Final = define(
    "logaddexp", logaddexp, lambda a, b, y: sigmoid(a - b), lambda a, b, y: sigmoid(b - a)
)


# The parts that several blocks share


def of_two(op: Op, y: float, a: Scalar, da: float, b: Scalar, db: float) -> Value:
    """The node of a function of two arguments, either of which may be a plain number."""
    if not isinstance(a, Value) and not isinstance(b, Value):
        a = Value(a)
    left, right = (a if isinstance(a, Value) else None), (b if isinstance(b, Value) else None)
    return record(
        y,
        op,
        left,
        float64(a) if left is None else da,
        right,
        float64(b) if right is None else db,
    )


def _sigmoid(v: float) -> float:
    if v < 0.0:
        e = math.exp(v)
        return e / (1.0 + e)
    return 1.0 / (1.0 + math.exp(-v))


def _sign(v: float) -> float:
    return 1.0 if v > 0.0 else -1.0 if v < 0.0 else v * v  # 0 of ±0, and nan of nan


def _step(v: float) -> float:
    return 1.0 if v > 0.0 else 0.0 if v <= 0.0 else v  # nan of nan


def _share(v: float, w: float) -> float:
    """∂max(v, w)/∂v."""
    if v != v or w != w:  # first, as gcc 16 takes those for equal of which neither is larger
        return math.nan
    return 1.0 if v > w else 0.0 if v < w else 0.5
