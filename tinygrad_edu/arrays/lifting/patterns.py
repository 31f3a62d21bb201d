"""In which order and shape a group of rows lies as an array: patterns in integers."""

from __future__ import annotations

from random import Random
from typing import Any, TypeAlias

import numpy as np

from ..instructions.views import Index, Shape, affine

Order: TypeAlias = "tuple[Index, Shape]"
"""An order of some rows, and the shape in which they then lie."""


def numbered(rows: Index) -> tuple[Index, int]:
    """For each row of a matrix its number among the distinct ones, as they first appear; how many
    those are."""
    # A row is known by a random weighted sum of its items, since sorting whole rows is slow.
    random = Random(0)
    weights = np.array([random.getrandbits(62) for _ in range(rows.shape[1])])
    with np.errstate(over="ignore"):
        key = (rows * weights).sum(1)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse], len(first)


def rectangle(x: Index, y: Index) -> Order | None:
    """If the pairs (x, y) are all those of two ranges, each once: the order by x, then y."""
    m, n = int(x.max()) + 1, int(y.max()) + 1
    if m * n != len(x):
        return None
    key = x * n + y
    order = np.argsort(key, kind="stable")
    return (order, (m, n)) if np.array_equal(key[order], np.arange(len(x))) else None


def repeated_rectangle(x: Index, y: Index) -> Order | None:
    """If each y meets all x equally often, as a row that is looked up again and again meets all of
    a layer's weights, or each x all y: a rectangle with a line for each time."""
    m, n = int(x.max()) + 1, int(y.max()) + 1
    if m * n >= len(x):
        return None
    key = x * n + y
    met = np.bincount(key, minlength=m * n).reshape(m, n)
    order = np.argsort(key, kind="stable")
    nth = np.empty(len(key), int)
    nth[order] = np.arange(len(key)) - np.searchsorted(key[order], key[order])
    if (met == met[:1]).all():
        return rectangle(numbered(np.stack([y, nth], axis=1))[0], x)
    if (met == met[:, :1]).all():
        return rectangle(numbered(np.stack([x, nth], axis=1))[0], y)
    return None


def rectangles(x: Index, y: Index) -> Order | None:
    """If the pairs are those of several rectangles of one size that share no x and no y: the order
    by rectangle, x, y."""
    m, n = int(x.max()) + 1, int(y.max()) + 1
    of = _connected(x, y, m, n)
    count = int(of.max()) + 1
    height, width = np.bincount(of[:m], minlength=count), np.bincount(of[m:], minlength=count)
    if count == 1 or len({*height}) > 1 or len({*width}) > 1:
        return None
    h, w = int(height[0]), int(width[0])
    if count * h * w != len(x):
        return None
    key = (of[x] * h + _rank(of[:m])[x]) * w + _rank(of[m:])[y]
    order = np.argsort(key, kind="stable")
    if not np.array_equal(key[order], np.arange(len(x))):
        return None
    return order, tuple(k for k in (count, h, w) if k > 1)


def _connected(x: Index, y: Index, m: int, n: int) -> Index:
    """The number of the component of each x and then each y, where pairs connect them."""
    parent = list(range(m + n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in zip(x.tolist(), (y + m).tolist()):
        a, b = root(i), root(j)
        parent[max(a, b)] = min(a, b)
    roots = np.array([root(i) for i in range(m + n)])
    _, found = np.unique(roots, return_inverse=True)
    return found


def _rank(of: Index) -> Index:
    """The place of each item among those of its own component."""
    order = np.argsort(of, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(of))])
    rank = np.empty(len(of), int)
    rank[order] = np.arange(len(of)) - starts[of[order]]
    return rank


def nested(places: Index) -> Shape:
    """The shape (lines, length) in which ascending places are equally spaced, else (n,)."""
    n = len(places)
    steps = np.diff(places)
    if n < 3 or (steps == steps[0]).all():
        return (n,)
    run = int(np.argmax(steps != steps[0])) + 1
    if n % run == 0 and affine(places.reshape(-1, run)) is not None:
        return (n // run, run)
    return (n,)


def rank_of(keys: Any) -> Index:
    """The place of each item in ascending order."""
    found: Index = np.argsort(np.argsort(keys, kind="stable"), kind="stable")
    return found
