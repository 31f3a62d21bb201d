"""Functions that NumPy lacks and sources of programs call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops import OPS


def logsumexp(x: Any) -> Any:
    """ln Σ eˣ over the last axis, so that nothing overflows."""
    largest = x.max(-1, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    return np.log(np.exp(x - largest).sum(-1)) + largest[..., 0]


def xlogy(x: Any, y: Any) -> Any:
    """x ln y, and 0 where x is 0."""
    return np.where((x == 0.0) & (y == y), 0.0, x * np.log(y))


def each(name: str) -> Callable[..., Any]:
    """An operation of the engine that NumPy lacks, element by element."""
    function = OPS[name].function
    apply = np.frompyfunc(lambda *xs: function(*map(float, xs)).data, OPS[name].arity, 1)
    return lambda *xs: np.asarray(apply(*xs), dtype=float)
