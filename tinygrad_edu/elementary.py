"""The elementary functions that mathematics has and networks seldom ask for, as in `functions.py`.

One block each: the function, then its entry in the table.
"""

from __future__ import annotations

import math
from typing import Final

from . import accurate, ieee
from .engine import Scalar, Value, as_value, number, record
from .functions import exp, log, maximum, minimum, of_two, sqrt
from .ieee import divide, overflowing
from .ops import define

# Logarithms and exponentials


def log1p(x: Scalar) -> Value:
    """ln(1 + x), exact for small x; derivative 1/(1 + x). -inf at -1, nan below."""
    x = as_value(x)
    v = x._data
    y = math.log1p(v) if v > -1.0 else -math.inf if v == -1.0 else math.nan
    return record(y, LOG1P, x, divide(1.0, 1.0 + v))


LOG1P: Final = define("log1p", log1p, lambda x, y: 1.0 / (1.0 + x))


def expm1(x: Scalar) -> Value:
    """eˣ - 1, exact for small x; derivative eˣ."""
    x = as_value(x)
    return record(overflowing(math.expm1, x._data), EXPM1, x, ieee.exp(x._data))


EXPM1: Final = define("expm1", expm1, lambda x, y: exp(x))


def log2(x: Scalar) -> Value:
    """The logarithm to base 2; derivative 1/(x ln 2). -inf at 0, nan below."""
    x = as_value(x)
    v = x._data
    y = math.log2(v) if v > 0.0 else ieee.log(v)
    return record(y, LOG2, x, divide(1.0 / math.log(2.0), v))


LOG2: Final = define(
    "log2", log2, lambda x, y: 1.0 / (x * math.log(2.0)), text="log₂", latex=r"\log_{2}"
)


def log10(x: Scalar) -> Value:
    """The logarithm to base 10; derivative 1/(x ln 10). -inf at 0, nan below."""
    x = as_value(x)
    v = x._data
    y = math.log10(v) if v > 0.0 else ieee.log(v)
    return record(y, LOG10, x, divide(1.0 / math.log(10.0), v))


LOG10: Final = define(
    "log10", log10, lambda x, y: 1.0 / (x * math.log(10.0)), text="log₁₀", latex=r"\log_{10}"
)


def xlogy(a: Scalar, b: Scalar) -> Value:
    """a ln b, and 0 where a is 0, whatever b; derivatives ln b and a/b."""
    v, w = number(a), number(b)
    y = 0.0 if v == 0.0 and w == w else v * ieee.log(w)
    da = 0.0 if v == 0.0 and w <= 0.0 else ieee.log(w)
    return of_two(XLOGY, y, a, da, b, divide(v, w))


XLOGY: Final = define("xlogy", xlogy, lambda a, b, y: log(b), lambda a, b, y: a / b)


# Trigonometric functions and their inverses, in radians


def sin(x: Scalar) -> Value:
    """sin x; derivative cos x. nan at ±inf."""
    x = as_value(x)
    v = _finite(x._data)
    return record(math.sin(v), SIN, x, math.cos(v))


SIN: Final = define("sin", sin, lambda x, y: cos(x), latex=r"\sin")


def cos(x: Scalar) -> Value:
    """cos x; derivative -sin x. nan at ±inf."""
    x = as_value(x)
    v = _finite(x._data)
    return record(math.cos(v), COS, x, -math.sin(v))


COS: Final = define("cos", cos, lambda x, y: -sin(x), latex=r"\cos")


def tan(x: Scalar) -> Value:
    """tan x; derivative 1 + tan² x. nan at ±inf."""
    x = as_value(x)
    y = math.tan(_finite(x._data))
    return record(y, TAN, x, 1.0 + y * y)


TAN: Final = define("tan", tan, lambda x, y: 1.0 + y * y, latex=r"\tan")


def asin(x: Scalar) -> Value:
    """The angle from -π/2 to π/2 whose sine is x; derivative 1/√(1 - x²). nan beyond ±1."""
    x = as_value(x)
    v = _up_to_one(x._data)
    return record(math.asin(v), ASIN, x, divide(1.0, math.sqrt((1.0 - v) * (1.0 + v))))


ASIN: Final = define(
    "asin", asin, lambda x, y: 1.0 / sqrt(1.0 - x * x), text="arcsin", latex=r"\arcsin"
)


def acos(x: Scalar) -> Value:
    """The angle from 0 to π whose cosine is x; derivative -1/√(1 - x²). nan beyond ±1."""
    x = as_value(x)
    v = _up_to_one(x._data)
    return record(math.acos(v), ACOS, x, -divide(1.0, math.sqrt((1.0 - v) * (1.0 + v))))


ACOS: Final = define(
    "acos", acos, lambda x, y: -1.0 / sqrt(1.0 - x * x), text="arccos", latex=r"\arccos"
)


def atan(x: Scalar) -> Value:
    """The angle from -π/2 to π/2 whose tangent is x; derivative 1/(1 + x²)."""
    x = as_value(x)
    r = math.hypot(1.0, x._data)
    return record(math.atan(x._data), ATAN, x, 1.0 / r / r)


ATAN: Final = define(
    "atan", atan, lambda x, y: 1.0 / (1.0 + x * x), text="arctan", latex=r"\arctan"
)


def atan2(a: Scalar, b: Scalar) -> Value:
    """The angle from -π to π of the point (b, a); derivatives b/(a² + b²) and -a/(a² + b²)."""
    v, w = number(a), number(b)
    _, _, db, da = accurate.direction(v, w)
    return of_two(ATAN2, math.atan2(v, w), a, da, b, -db)


ATAN2: Final = define(
    "atan2",
    atan2,
    lambda a, b, y: b / (a * a + b * b),
    lambda a, b, y: -a / (a * a + b * b),
)


# Hyperbolic functions and their inverses


def sinh(x: Scalar) -> Value:
    """The hyperbolic sine (eˣ - e⁻ˣ)/2; derivative cosh x."""
    x = as_value(x)
    return record(overflowing(math.sinh, x._data), SINH, x, _cosh(x._data))


SINH: Final = define("sinh", sinh, lambda x, y: cosh(x), latex=r"\sinh")


def cosh(x: Scalar) -> Value:
    """The hyperbolic cosine (eˣ + e⁻ˣ)/2; derivative sinh x."""
    x = as_value(x)
    return record(_cosh(x._data), COSH, x, overflowing(math.sinh, x._data))


COSH: Final = define("cosh", cosh, lambda x, y: sinh(x), latex=r"\cosh")


def asinh(x: Scalar) -> Value:
    """The number whose hyperbolic sine is x; derivative 1/√(1 + x²)."""
    x = as_value(x)
    return record(math.asinh(x._data), ASINH, x, 1.0 / math.hypot(1.0, x._data))


ASINH: Final = define("asinh", asinh, lambda x, y: 1.0 / sqrt(1.0 + x * x), text="arsinh")


def acosh(x: Scalar) -> Value:
    """The number ≥ 0 whose hyperbolic cosine is x; derivative 1/√(x² - 1). nan below 1."""
    x = as_value(x)
    v = x._data if x._data >= 1.0 else math.nan
    return record(math.acosh(v), ACOSH, x, divide(1.0, math.sqrt(v - 1.0) * math.sqrt(v + 1.0)))


ACOSH: Final = define(
    "acosh", acosh, lambda x, y: 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)), text="arcosh"
)


def atanh(x: Scalar) -> Value:
    """The number whose hyperbolic tangent is x; derivative 1/(1 - x²). ±inf at ±1, nan beyond."""
    x = as_value(x)
    v = _up_to_one(x._data)
    y = math.atanh(v) if math.fabs(v) != 1.0 else math.copysign(math.inf, v)
    return record(y, ATANH, x, divide(1.0, (1.0 - x._data) * (1.0 + x._data)))


ATANH: Final = define("atanh", atanh, lambda x, y: 1.0 / (1.0 - x * x), text="artanh")


# Others


def erf(x: Scalar) -> Value:
    """The error function 2/√π · ∫₀ˣ e^(-t²) dt; derivative 2/√π · e^(-x²)."""
    x = as_value(x)
    return record(math.erf(x._data), ERF, x, accurate.bell(2.0 / math.sqrt(math.pi), x._data, 1.0))


ERF: Final = define("erf", erf, lambda x, y: 2.0 / math.sqrt(math.pi) * exp(-x * x))


def hypot(a: Scalar, b: Scalar) -> Value:
    """√(a² + b²), without overflow on the way; derivatives a/√(a² + b²) and b/√(a² + b²).

    Both are 0 at a = b = 0, as that of abs is.
    """
    v, w = number(a), number(b)
    da, db, _, _ = accurate.direction(v, w)
    return of_two(HYPOT, math.hypot(v, w), a, da, b, db)


HYPOT: Final = define("hypot", hypot, lambda a, b, y: a / y, lambda a, b, y: b / y)


def remainder(a: Scalar, b: Scalar) -> Value:
    """a - b ⌊a/b⌋, which is a % b, with the sign of b; derivatives 1 and -⌊a/b⌋. nan for b = 0."""
    v, w = number(a), number(b)
    if w == 0.0:
        return of_two(REMAINDER, math.nan, a, 1.0, b, -divide(v, w))
    return of_two(REMAINDER, v % w, a, 1.0, b, -(v // w))


REMAINDER: Final = define(
    "remainder", remainder, lambda a, b, y: 1.0, lambda a, b, y: (y - a) / b, text="mod"
)


def clip(x: Scalar, low: Scalar = -math.inf, high: Scalar = math.inf) -> Value:
    """x, or the nearest of low and high where it is not between them: min(max(x, low), high).

    Its derivative by x is 1 between them, 0 beyond, and ½ at a bound, which is a tie.
    """
    return minimum(maximum(x, low), high)


# The parts that several blocks share


def _finite(v: float) -> float:
    return v if math.fabs(v) < math.inf else math.nan


def _up_to_one(v: float) -> float:
    return v if math.fabs(v) <= 1.0 else math.nan


def _cosh(v: float) -> float:
    return overflowing(math.cosh, math.fabs(v))
