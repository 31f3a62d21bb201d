"""Real numbers as IEEE 754 float64: what counts as one, and inf or nan where Python raises."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real


def is_real(x: object) -> bool:
    """Whether `x` is a plain real number: int, float or NumPy scalar, and not a bool."""
    return type(x) is float or type(x) is int or (isinstance(x, Real) and not isinstance(x, bool))


def float64(x: object, what: str = "a Value") -> float:
    """A real number as a float64; a TypeError that names `what` and the type of anything else."""
    if type(x) is float:
        return x
    if isinstance(x, Real) and not isinstance(x, bool):
        try:
            return float(x)
        except OverflowError:  # an int beyond the largest float rounds to infinity
            return math.inf if abs(x) == x else -math.inf
    raise TypeError(
        f"{what} holds one real number (int, float or NumPy scalar), not {type(x).__name__}: {x!r}"
    )


def divide(x: float, y: float) -> float:
    """x / y, with x / 0 = ±inf and 0 / 0 = nan."""
    if y != 0.0:
        return x / y
    if x == 0.0 or x != x:
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def power(x: float, n: float) -> float:
    """x ** n as C's pow: nan for (-2) ** 0.5, inf for 0 ** -1 and where it overflows."""
    if n == 2.0:
        return x * x  # rounded once, and in a tenth of the time
    if n == 1.0:
        return x
    try:
        return math.pow(x, n)
    except OverflowError:
        return -math.inf if x < 0.0 and n % 2.0 == 1.0 else math.inf
    except ValueError:
        if x != 0.0:
            return math.nan
        return math.copysign(math.inf, x) if n % 2.0 == 1.0 else math.inf


def exp(x: float) -> float:
    """eˣ, inf where it overflows."""
    return math.exp(x) if x < 709.0 else overflowing(math.exp, x)


def log(x: float) -> float:
    """ln x, with ln 0 = -inf and nan below."""
    return math.log(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan


def overflowing(function: Callable[[float], float], x: float) -> float:
    """function(x), and inf where it overflows, with the sign of x."""
    try:
        return function(x)
    except OverflowError:
        return math.copysign(math.inf, x)
