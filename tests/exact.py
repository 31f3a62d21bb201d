"""The oracle of accuracy: every operation of the table exactly, as mpmath computes it.

Of an operation that mpmath has under the same name (`tanh`, `atan` …) there is nothing to say here;
others have a line in `EXACT`. Derivatives are differences with a step of 1/2 ** 1100, and formulas
where those would take long.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import mpmath
from mpmath import mp, mpf

Function = Callable[..., Any]


def logistic(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


EXACT: dict[str, Function] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
    "abs": abs,
    "sigmoid": logistic,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "relu": lambda x: x if x > 0 else mpf(0),
    "leaky_relu": lambda x, k: x if x > 0 else k * x,
    "elu": lambda x, k: x if x > 0 else k * mpmath.expm1(x),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "normal_cdf": mpmath.ncdf,
    "silu": lambda x: x * logistic(x),
    "step": lambda x: mpf(x > 0),
    "log2": lambda x: mpmath.log(x, 2),
    "remainder": lambda a, b: a - b * mpmath.floor(a / b),
    "maximum": max,
    "minimum": min,
    "xlogy": lambda a, b: a * mpmath.log(b),
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
}


SLOPES: dict[str, Function] = {
    "exp": mpmath.exp,
    "log": lambda x: 1 / x,
    "log1p": lambda x: 1 / (1 + x),
    "expm1": mpmath.exp,
    "softplus": logistic,
    "gelu": lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x),
    "normal_cdf": mpmath.npdf,
    "tan": lambda x: 1 + mpmath.tan(x) ** 2,
}


# Of derivatives that have a zero where no argument has one, the terms that cancel there.
CANCEL: dict[str, Function] = {
    "gelu": lambda x: max(mpmath.ncdf(x), abs(x) * mpmath.npdf(x)),
    "silu": lambda x: logistic(x) * max(1, abs(x) * logistic(-x)),
}


def exact(name: str) -> Function:
    """The exact function of numbers of mpmath; a complex result says that there is none."""
    function: Function | None = EXACT.get(name) or getattr(mpmath, name, None)
    assert function is not None, f"mpmath has no {name}: give it a line in EXACT"
    return function


def is_real(y: Any) -> bool:
    """Whether an exact result is a real number, so that the function is defined there."""
    return not isinstance(y, mpmath.mpc)


def terms(name: str, point: tuple[Any, ...]) -> Any:
    """The largest of the terms that cancel in a derivative, or 0."""
    return CANCEL[name](*point) if name in CANCEL else 0.0


def slope(name: str, point: tuple[Any, ...], i: int = 0) -> Any:
    """The exact derivative by the i-th argument at a point."""
    if name in SLOPES:
        return SLOPES[name](*point)
    f, h = exact(name), mpf(2) ** -1100
    with mp.workprec(2300):
        up, down = ([x + s * h * (j == i) for j, x in enumerate(point)] for s in (1, -1))
        return (f(*up) - f(*down)) / (2 * h)


def ulps(got: float, right: Any, terms: Any = 0.0) -> float:
    """The distance of a float to an exact number, in units of its last place.

    Where it is the sum of `terms` that cancel, in units of the last place of the largest of them.
    """
    try:
        nearest = float(right)
    except OverflowError:
        nearest = math.inf if right > 0 else -math.inf
    if math.isinf(nearest) or math.isinf(got):
        return 0.0 if nearest == got else math.inf
    return float(abs(mpf(got) - right) / mpf(math.ulp(max(abs(nearest), float(terms)))))
