r"""Functions of one or two Values, one block each: the function, then its entry in the table.

To add one, write a block like those below. The function computes on floats its value and its
derivative (one for each argument) and returns the new node; `define` gives its name, its LaTeX
and, for each argument, the rule for the derivative in operations on Values. That is all: the
method ``x.name()``, the tests (of the derivative against numerical differences, and of the rule
against the derivative), `gradients`, the drawings and the derivations find it in `OPS`. For
``from tinygrad_edu import name`` it is listed in `__init__.py`, as every name there is.

A function takes Values, or plain numbers in their place, and never raises for a number: where
Python's `math` raises, the result is inf or nan as IEEE 754 has it. Value and derivative are
within 4 ulp of exact, in the tails too. The rules are the textbook's forms, for reading and for
higher derivatives: they round as they are written.
"""

from __future__ import annotations

import math
from typing import Final, SupportsFloat

from . import ieee, normal
from .engine import Scalar, Value, as_value, number, record
from .ieee import divide, float64
from .ops import Op, define


def exp(x: Scalar) -> Value:
    """eˣ; derivative eˣ. It overflows to inf above 709.78."""
    x = as_value(x)
    y = _exp(x._data)
    return record(y, EXP, x, y)


EXP: Final = define("exp", "e^{{{0}}}", exp, lambda x, y: y)


def log(x: Scalar) -> Value:
    """The natural logarithm ln x; derivative 1/x. -inf at 0, nan below."""
    x = as_value(x)
    return record(ieee.log(x._data), LOG, x, divide(1.0, x._data))


LOG: Final = define("log", r"\ln", log, lambda x, y: 1.0 / x)


def log1p(x: Scalar) -> Value:
    """ln(1 + x), exact for small x; derivative 1/(1 + x). -inf at -1, nan below."""
    x = as_value(x)
    v = x._data
    y = math.log1p(v) if v > -1.0 else -math.inf if v == -1.0 else math.nan
    return record(y, LOG1P, x, divide(1.0, 1.0 + v))


LOG1P: Final = define("log1p", r"\ln\left(1 + {0}\right)", log1p, lambda x, y: 1.0 / (1.0 + x))


def expm1(x: Scalar) -> Value:
    """eˣ - 1, exact for small x; derivative eˣ."""
    x = as_value(x)
    try:
        y = math.expm1(x._data)
    except OverflowError:
        y = math.inf
    return record(y, EXPM1, x, _exp(x._data))


EXPM1: Final = define("expm1", r"\left(e^{{{0}}} - 1\right)", expm1, lambda x, y: exp(x))


def sqrt(x: Scalar) -> Value:
    """√x; derivative 1/(2√x). nan below 0."""
    x = as_value(x)
    y = math.sqrt(x._data) if x._data >= 0.0 else math.nan
    return record(y, SQRT, x, divide(0.5, y))


SQRT: Final = define("sqrt", r"\sqrt{{{0}}}", sqrt, lambda x, y: 1.0 / (2.0 * y))


def sin(x: Scalar) -> Value:
    """sin x, x in radians; derivative cos x. nan at ±inf."""
    x = as_value(x)
    v = x._data if math.fabs(x._data) < math.inf else math.nan
    return record(math.sin(v), SIN, x, math.cos(v))


SIN: Final = define("sin", r"\sin", sin, lambda x, y: cos(x))


def cos(x: Scalar) -> Value:
    """cos x, x in radians; derivative -sin x. nan at ±inf."""
    x = as_value(x)
    v = x._data if math.fabs(x._data) < math.inf else math.nan
    return record(math.cos(v), COS, x, -math.sin(v))


COS: Final = define("cos", r"\cos", cos, lambda x, y: -sin(x))


def tan(x: Scalar) -> Value:
    """tan x, x in radians; derivative 1 + tan² x. nan at ±inf."""
    x = as_value(x)
    v = x._data if math.fabs(x._data) < math.inf else math.nan
    y = math.tan(v)
    return record(y, TAN, x, 1.0 + y * y)


TAN: Final = define("tan", r"\tan", tan, lambda x, y: 1.0 + y * y)


def tanh(x: Scalar) -> Value:
    """The hyperbolic tangent (eˣ - e⁻ˣ)/(eˣ + e⁻ˣ); derivative 1 - tanh² x."""
    x = as_value(x)
    # 1 - y² would be 0 from x = 19 on; the same in e = e^(-2|x|) keeps its digits down to 1e-308.
    e = math.exp(-2.0 * math.fabs(x._data))
    return record(math.tanh(x._data), TANH, x, 4.0 * e / ((1.0 + e) * (1.0 + e)))


TANH: Final = define("tanh", r"\tanh", tanh, lambda x, y: 1.0 - y * y)


def sigmoid(x: Scalar) -> Value:
    """The logistic function σ(x) = 1/(1 + e⁻ˣ); derivative σ(x)(1 - σ(x))."""
    x = as_value(x)
    e = math.exp(-math.fabs(x._data))  # at most 1; by it, σ(x)(1 - σ(x)) = σ(x) σ(-x) = e/(1 + e)²
    return record(_sigmoid(x._data), SIGMOID, x, e / ((1.0 + e) * (1.0 + e)))


SIGMOID: Final = define("sigmoid", r"\sigma", sigmoid, lambda x, y: y * (1.0 - y))


def softplus(x: Scalar) -> Value:
    """ln(1 + eˣ), a smooth relu; derivative σ(x)."""
    x = as_value(x)
    return record(_softplus(x._data), SOFTPLUS, x, _sigmoid(x._data))


SOFTPLUS: Final = define("softplus", r"\operatorname{softplus}", softplus, lambda x, y: sigmoid(x))


def relu(x: Scalar) -> Value:
    """max(0, x); derivative 1 above 0, and 0 at 0 and below."""
    x = as_value(x)
    v = x._data
    if v < 0.0:
        return record(0.0, RELU, x, 0.0)
    return record(v, RELU, x, _step(v))  # -0.0 stays, as in PyTorch


RELU: Final = define("relu", r"\operatorname{ReLU}", relu, lambda x, y: step(x))


def leaky_relu(x: Scalar, negative_slope: SupportsFloat = 0.01) -> Value:
    """x above 0, negative_slope · x below; derivative 1, and negative_slope at 0 and below."""
    x = as_value(x)
    v, k = x._data, float64(negative_slope)
    if v <= 0.0:
        return record(k * v, LEAKY_RELU, x, k, None, k)
    return record(v, LEAKY_RELU, x, _step(v), None, k)


LEAKY_RELU: Final = define(
    "leaky_relu",
    r"\operatorname{LeakyReLU}",
    leaky_relu,
    lambda x, k, y: step(x) + k * (1.0 - step(x)),
    parameters=1,
)


def elu(x: Scalar, alpha: SupportsFloat = 1.0) -> Value:
    """x above 0, α(eˣ - 1) below; derivative 1, and α eˣ at 0 and below."""
    x = as_value(x)
    v, k = x._data, float64(alpha)
    if v <= 0.0:
        return record(k * math.expm1(v), ELU, x, k * math.exp(v), None, k)
    return record(v, ELU, x, _step(v), None, k)


ELU: Final = define(
    "elu",
    r"\operatorname{ELU}",
    elu,
    lambda x, k, y: step(x) + (y + k) * (1.0 - step(x)),
    parameters=1,
)


def gelu(x: Scalar) -> Value:
    """x Φ(x), Φ the standard normal distribution; derivative Φ(x) + x φ(x).

    Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units", arXiv:1606.08415 (the exact
    form, not the approximation by tanh).
    """
    x = as_value(x)
    y, dx = normal.gelu(x._data)
    return record(y, GELU, x, dx)


GELU: Final = define(
    "gelu",
    r"\operatorname{GELU}",
    gelu,
    lambda x, y: normal_cdf(x) + x * exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi),
)


def normal_cdf(x: Scalar) -> Value:
    """Φ(x) = ∫₋∞ˣ φ, the standard normal distribution; derivative φ(x) = e^(-x²/2)/√(2π)."""
    x = as_value(x)
    return record(normal.cdf(x._data), NORMAL_CDF, x, normal.pdf(x._data))


NORMAL_CDF: Final = define(
    "normal_cdf", r"\Phi", normal_cdf, lambda x, y: exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi)
)


def silu(x: Scalar) -> Value:
    """x σ(x), also called swish; derivative σ(x)(1 + x(1 - σ(x)))."""
    x = as_value(x)
    y, dx = _silu(x._data)
    return record(y, SILU, x, dx)


SILU: Final = define(
    "silu",
    r"\operatorname{SiLU}",
    silu,
    lambda x, y: sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
)


def abs(x: Scalar) -> Value:
    """|x|; derivative sign x."""
    x = as_value(x)
    return record(math.fabs(x._data), ABS, x, _sign(x._data))


ABS: Final = define("abs", r"\left|{0}\right|", abs, lambda x, y: sign(x))


def sign(x: Scalar) -> Value:
    """1 above 0, -1 below, 0 at 0; derivative 0."""
    x = as_value(x)
    return record(_sign(x._data), SIGN, x, 0.0)


SIGN: Final = define("sign", r"\operatorname{sign}", sign, lambda x, y: 0.0)


def step(x: Scalar) -> Value:
    """1 above 0, and 0 at 0 and below (the Heaviside step); derivative 0."""
    x = as_value(x)
    return record(_step(x._data), STEP, x, 0.0)


STEP: Final = define("step", r"\operatorname{step}", step, lambda x, y: 0.0)


def maximum(a: Scalar, b: Scalar) -> Value:
    """The larger of a and b; derivative 1 for the larger, 0 for the smaller, ½ each in a tie."""
    v, w = number(a), number(b)
    y = v if v >= w or v != v else w
    return _two(MAXIMUM, y, a, _share(v, w), b, _share(w, v))


MAXIMUM: Final = define(
    "maximum",
    r"\max",
    maximum,
    lambda a, b, y: (1.0 + sign(a - b)) / 2.0,
    lambda a, b, y: (1.0 - sign(a - b)) / 2.0,
)


def minimum(a: Scalar, b: Scalar) -> Value:
    """The smaller of a and b; derivative 1 for the smaller, 0 for the larger, ½ each in a tie."""
    v, w = number(a), number(b)
    y = v if v <= w or v != v else w
    return _two(MINIMUM, y, a, _share(w, v), b, _share(v, w))


MINIMUM: Final = define(
    "minimum",
    r"\min",
    minimum,
    lambda a, b, y: (1.0 - sign(a - b)) / 2.0,
    lambda a, b, y: (1.0 + sign(a - b)) / 2.0,
)


def xlogy(a: Scalar, b: Scalar) -> Value:
    """a ln b, and 0 where a is 0, whatever b; derivatives ln b and a/b."""
    v, w = number(a), number(b)
    y = 0.0 if v == 0.0 and w == w else v * ieee.log(w)
    return _two(XLOGY, y, a, ieee.log(w), b, divide(v, w))


XLOGY: Final = define(
    "xlogy",
    r"{0} \cdot \ln\left({1}\right)",
    xlogy,
    lambda a, b, y: log(b),
    lambda a, b, y: a / b,
)


def logaddexp(a: Scalar, b: Scalar) -> Value:
    """ln(eᵃ + eᵇ) without overflow; derivatives σ(a - b) and σ(b - a)."""
    v, w = number(a), number(b)
    if v == w:  # equal infinities too, whose difference is nan
        return _two(LOGADDEXP, v + math.log(2.0), a, 0.5, b, 0.5)
    y = (v if v > w else w) + math.log1p(math.exp(-math.fabs(v - w)))
    return _two(LOGADDEXP, y, a, _sigmoid(v - w), b, _sigmoid(w - v))


LOGADDEXP: Final = define(
    "logaddexp",
    r"\ln\left(e^{{{0}}} + e^{{{1}}}\right)",
    logaddexp,
    lambda a, b, y: sigmoid(a - b),
    lambda a, b, y: sigmoid(b - a),
)


# The parts that several blocks share, on floats


def _two(op: Op, y: float, a: Scalar, da: float, b: Scalar, db: float) -> Value:
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


def _exp(v: float) -> float:
    try:
        return math.exp(v)
    except OverflowError:
        return math.inf


def _sigmoid(v: float) -> float:
    if v < 0.0:
        e = math.exp(v)
        return e / (1.0 + e)
    return 1.0 / (1.0 + math.exp(-v))


def _softplus(v: float) -> float:
    return v + math.log1p(math.exp(-v)) if v > 0.0 else math.log1p(math.exp(v))


def _sign(v: float) -> float:
    return 1.0 if v > 0.0 else -1.0 if v < 0.0 else v * v  # 0 of ±0, and nan of nan


def _step(v: float) -> float:
    return 1.0 if v > 0.0 else 0.0 if v <= 0.0 else v  # nan of nan


def _share(v: float, w: float) -> float:
    """∂max(v, w)/∂v."""
    return 1.0 if v > w else 0.0 if v < w else 0.5 if v == w else math.nan


# silu'(x) = e (1 + e + x)/(1 + e)² with e = eˣ is zero at r = -1 - W(1/e) = -1.278…, where
# 1 + e + x would cancel. By 1 + eʳ + r = 0 it is d + eʳ (eᵈ - 1) with d = x - r, which does not.
_SILU_ROOT: Final = -1.2784645427610737
_SILU_ROOT_REST: Final = -1.0946994183093437e-16  # r is the sum of the two
_SILU_ROOT_EXP: Final = 0.2784645427610738


def _silu(v: float) -> tuple[float, float]:
    """x σ(x) and its derivative."""
    if math.fabs(v) > 800.0:
        return (v, 1.0) if v > 0.0 else (-0.0, -0.0)
    s = _sigmoid(v)
    if not v < 0.0:
        return v * s, s * (1.0 + v * _sigmoid(-v))
    # In the left tail eᵛ is e^(v + 512) e^-512, so that a result below 1e-308 is rounded once.
    shift = 0.0 if v > -700.0 else 512.0
    e = math.exp(v + shift)
    d = (v - _SILU_ROOT) - _SILU_ROOT_REST
    slope = e * (d + _SILU_ROOT_EXP * math.expm1(d)) / ((1.0 + e) * (1.0 + e))
    return v * e / (1.0 + e) * math.exp(-shift), slope * math.exp(-shift)
