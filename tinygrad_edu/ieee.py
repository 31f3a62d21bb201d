"""Real numbers as IEEE 754 float64: what counts as one, and inf or nan where Python raises."""

from __future__ import annotations

import math
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


def power_dx(x: float, n: float) -> float:
    """∂(x ** n)/∂x = n · x ** (n - 1)."""
    if n == 0.0:
        return 0.0
    m = n - 1.0
    slope = _times_power(n, x, m, power(x, m))
    lost = n - (m + 1.0)  # what rounding took from n - 1, which a large |ln x| would magnify
    return slope * (1.0 + lost * math.log(x)) if lost * lost > 0.0 and 0.0 < x < math.inf else slope


def power_dn(x: float, n: float, y: float) -> float:
    """∂(x ** n)/∂n = x ** n · ln x, where y is x ** n; 0 at x = 0 ≤ n, as PyTorch has it."""
    return 0.0 if x == 0.0 and n >= 0.0 else _times_power(log(x), x, n, y)


def _times_power(c: float, x: float, n: float, y: float) -> float:
    """c · y, where y is x ** n, which may be too small or large for float64 to hold its digits."""
    least_normal = 2.2250738585072014e-308
    held = least_normal <= abs(y) < math.inf
    if held or x == 0.0 or math.isinf(x) or math.isinf(n) or y != y:
        return c * y
    root = power(abs(x), n / 2.0)
    return c * root * math.copysign(root, y)


def log(x: float) -> float:
    """ln x, with ln 0 = -inf and nan below."""
    return math.log(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan
