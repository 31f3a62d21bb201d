"""Other forward passes of the same graph, near its own and on the same side of every kink."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import Final

from ...engine import Value, topological_order
from ...ops import LEAF
from ..record.points import copied
from ..record.shares import distributions

COUNT: Final = 3
"""At how many other points a formula is tried."""

_SPREADS: Final = (0.3, 0.1, 0.03, 0.01)
_ATTEMPTS: Final = 8
_KINKED: Final = frozenset(("relu", "leaky_relu", "elu", "abs", "sign", "step"))


def other_points(root: Value, count: int = COUNT) -> list[dict[Value, Value]]:
    """Copies of the graph, computed with other numbers in its leaves, the same ones every time.

    Each leaf moves by up to 30 %, or less where something would not be finite or would change
    sides at a kink, and the target of a softmax keeps its sum of 1; where no other numbers are
    found, there are fewer copies.
    """
    rng = Random(0)
    order = topological_order(root)
    sides = _sides(order)
    leaves = [v for v in order if v.op is LEAF]
    targets = distributions(order)
    found: list[dict[Value, Value]] = []
    for spread in _SPREADS:
        for _ in range(_ATTEMPTS):
            if len(found) == count:
                return found
            data = {v: _moved(v.data, rng.uniform(-spread, spread)) for v in leaves}
            for shares in targets:
                whole = math.fsum(abs(data[v]) for v in shares)
                data.update({v: abs(data[v]) / whole for v in shares})
            copies = copied(root, data)
            there = [copies[v] for v in order]
            numbers = (x for v in there for x in (v.data, *v.local_grads))
            if all(map(math.isfinite, numbers)) and _sides(there) == sides:
                found.append(copies)
    return found


def _moved(x: float, by: float) -> float:
    return x + by * (abs(x) or 1.0)


def _sides(order: list[Value]) -> list[bool]:
    """On which side of its kink each operation is that has one."""
    return list(_each_side(order))


def _each_side(order: list[Value]) -> Iterator[bool]:
    for v in order:
        if v.op in _KINKED:
            yield v.operands[0].data > 0.0
        elif v.op in ("maximum", "minimum"):
            a, b = map(float, v.arguments)
            yield a > b
