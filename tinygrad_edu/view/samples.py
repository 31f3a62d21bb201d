"""Samples of two numbers each with their classes, as pictures of a plane take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..checks import elements
from ..ieee import float64


def samples_of(X: Sequence[Sequence[float]], y: Sequence[Any]) -> tuple[list[Any], list[float]]:
    """The points and their classes; a ValueError or TypeError where they are not that."""
    points = [
        [float64(v, "a coordinate") for v in elements(x, "a sample is a list of two numbers")]
        for x in elements(X, "X is a list of samples of two numbers each")
    ]
    labels = [_class(v) for v in elements(y, "y is a list of classes")]
    if not points or len(points) != len(labels):
        raise ValueError(f"{len(points)} samples and {len(labels)} classes do not fit together")
    if any(len(p) != 2 for p in points):
        raise ValueError("a decision boundary is drawn for samples of two numbers each")
    return points, labels


def _class(label: Any) -> float:
    """A class by its number, which may be text."""
    try:
        return float(label)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"a class is a number, not {label!r:.80}") from None
