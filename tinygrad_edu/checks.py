"""Checks of what a caller gives, that several modules make."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Set, Sized
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
    if whole > sys.maxsize:
        raise ValueError(f"{name} is too large: no list has more than {sys.maxsize} elements")
    return whole


def one_of(word: str, words: Collection[str], name: str) -> str:
    """`word` if it is one of the words; otherwise a ValueError that speaks of it by `name`."""
    if not isinstance(word, str) or word not in words:
        raise ValueError(f"{name} is one of {', '.join(words)}, not {word!r}")
    return word


def elements(xs: Iterable[T], right: str) -> list[T]:
    """The elements of `xs`; a TypeError that says what would be right where it has none."""
    try:
        iter(xs)
    except TypeError:
        raise TypeError(f"{right}, not {type(xs).__name__}: {xs!r:.80}") from None
    return list(xs)


def sized(xs: Any, right: str) -> Any:
    """`xs` if it is a sequence that has a length; otherwise a TypeError that says what is right."""
    if isinstance(xs, str | bytes | Mapping | Set) or not isinstance(xs, Sized):
        raise TypeError(f"{right}, not {type(xs).__name__}: {xs!r:.80}")
    return xs


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
