"""Checks of what a caller gives, that several modules make."""

from __future__ import annotations

import operator
from typing import SupportsIndex


def count(n: SupportsIndex, name: str) -> int:
    """`n` as an int of at least 1; otherwise a ValueError that speaks of it by `name`."""
    try:
        whole = operator.index(n)
    except TypeError:
        whole = 0
    if whole < 1 or isinstance(n, bool):
        raise ValueError(f"{name} is a whole number of at least 1, not {n!r}")
    return whole
