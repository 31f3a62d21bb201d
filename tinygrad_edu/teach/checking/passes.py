"""Forward passes that somebody may have in mind instead of the one that was recorded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Final

from ...engine import Value, topological_order
from ...language import say
from ...ops import LEAF, OPS
from ..record.points import Slopes, apply, recomputed, slopes_at
from .slips import OtherPass

Function = Callable[[Value], Value]

_DEGREE: Final = math.pi / 180.0


def _in_degrees(op: str) -> Function:
    return lambda x: OPS[op].function(x * _DEGREE)


_MISREAD: Final[tuple[tuple[Mapping[str, Function], Callable[[], str]], ...]] = (
    (
        {op: _in_degrees(op) for op in ("sin", "cos", "tan")},
        lambda: say("the angles are taken in degrees"),
    ),
    (
        {"log": lambda x: OPS["log"].function(x) / math.log(10.0)},
        lambda: say("ln is read as log₁₀, the logarithm to the base 10"),
    ),
    ({"sigmoid": OPS["tanh"].function}, lambda: say("tanh is computed for σ")),
    ({"tanh": OPS["sigmoid"].function}, lambda: say("σ is computed for tanh")),
    (
        {"sigmoid": lambda x: 1.0 / (1.0 + OPS["exp"].function(x))},
        lambda: say("the minus of the exponent in σ(z) = 1/(1 + e⁻ᶻ) is lost"),
    ),
    ({"exp": lambda x: 10.0**x}, lambda: say("10ˣ is computed for eˣ")),
)
"""Operations, what is computed in their places, and the sentence."""


def at_moved_leaves(root: Value) -> list[OtherPass]:
    """Both ways to take the derivatives at new data, or none if the leaves are as recorded."""
    values, slopes = recomputed(root, {})
    if all(values[v] == v.data for v in values):
        return []
    old = say("the derivatives are taken at data that was changed after the forward pass")
    new = say("the derivatives are those of a new forward pass, made after data was changed")
    return [
        OtherPass("wrong point", _changes(slopes_at(root, {})), old),
        OtherPass("wrong point", _changes(slopes), new),
    ]


def with_misread_functions(root: Value) -> list[OtherPass]:
    """The whole forward pass with functions read as others, for those that occur."""
    order = topological_order(root)
    found = {str(v.op) for v in order}
    return [
        OtherPass("wrong function", _changes(_misread(order, others)), says())
        for others, says in _MISREAD
        if found.intersection(others)
    ]


def _misread(order: list[Value], others: Mapping[str, Function]) -> Slopes:
    values: dict[Value, float] = {}
    slopes: Slopes = {}
    for node in order:
        if node.op is LEAF:
            values[node] = node.data
            continue
        points = [values[v] for v in node.operands]
        if node.op in others:
            x = Value(points[0])
            y: Value = Context().run(others[node.op], x)
            values[node], slopes[node] = y.data, (_slope(y, x),)
        else:
            again = apply(node, *points)
            values[node], slopes[node] = again.data, again.local_grads
    return slopes


def _slope(y: Value, x: Value) -> float:
    y.backward()
    return x.grad


def _changes(slopes: Mapping[Value, tuple[float, ...]]) -> dict[tuple[Value, int], float]:
    return {(node, i): slope for node, each in slopes.items() for i, slope in enumerate(each)}
