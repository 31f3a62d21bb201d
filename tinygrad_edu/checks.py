"""Checks of what a caller gives, that several modules make."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, SupportsFloat, SupportsIndex, TypeVar

from .ieee import float64

T = TypeVar("T")


def count(n: SupportsIndex, name: str) -> int:
    """`n` as an int of at least 1; otherwise a ValueError that speaks of it by `name`."""
    try:
        whole = operator.index(n)
    except TypeError:
        whole = 0
    if whole < 1 or isinstance(n, bool):
        raise ValueError(f"{name} is a whole number of at least 1, not {n!r}")
    return whole


def elements(xs: Iterable[T], right: str) -> list[T]:
    """The elements of `xs`; a TypeError that says what would be right where it has none."""
    try:
        iter(xs)
    except TypeError:
        raise TypeError(f"{right}, not {type(xs).__name__}: {xs!r:.80}") from None
    return list(xs)


def function(f: Any, name: str) -> Callable[..., Any]:
    """`f` if it can be called; otherwise a TypeError that speaks of it by `name`."""
    if not callable(f):
        raise TypeError(f"{name} is a function, not {type(f).__name__}: {f!r:.80}")
    called: Callable[..., Any] = f
    return called


def number_in(x: SupportsFloat, name: str, low: float = 0.0, high: float = math.inf) -> float:
    """`x` as a finite float from `low` to `high`; otherwise a ValueError, or a TypeError."""
    found = float64(x, name)
    if not low <= found <= high or math.isinf(found):
        bounds = f"{low:g} or more, and finite" if math.isinf(high) else f"{low:g} to {high:g}"
        raise ValueError(f"{name} is {bounds}, not {x!r}")
    return found
