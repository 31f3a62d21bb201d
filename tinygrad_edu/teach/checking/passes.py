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

_MISREAD: Final[tuple[tuple[str, Function, Callable[[], str]], ...]] = (
    ("sin", lambda x: OPS["sin"].function(x * _DEGREE), lambda: say("sin is taken in degrees")),
    ("cos", lambda x: OPS["cos"].function(x * _DEGREE), lambda: say("cos is taken in degrees")),
    ("tan", lambda x: OPS["tan"].function(x * _DEGREE), lambda: say("tan is taken in degrees")),
    (
        "log",
        lambda x: OPS["log"].function(x) / math.log(10.0),
        lambda: say("ln is read as log₁₀, the logarithm to the base 10"),
    ),
    ("sigmoid", lambda x: OPS["tanh"].function(x), lambda: say("tanh is computed for σ")),
    ("tanh", lambda x: OPS["sigmoid"].function(x), lambda: say("σ is computed for tanh")),
    (
        "sigmoid",
        lambda x: 1.0 / (1.0 + OPS["exp"].function(x)),
        lambda: say("the minus of the exponent in σ(z) = 1/(1 + e⁻ᶻ) is lost"),
    ),
    ("exp", lambda x: 10.0**x, lambda: say("10ˣ is computed for eˣ")),
)
"""An operation, what is computed in its place, and the sentence."""


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
    """The whole forward pass with one function read as another, for each that occurs."""
    order = topological_order(root)
    found = {str(v.op) for v in order}
    return [
        OtherPass("wrong function", _changes(_misread(order, op, function)), says())
        for op, function, says in _MISREAD
        if op in found
    ]


def _misread(order: list[Value], op: str, function: Function) -> Slopes:
    values: dict[Value, float] = {}
    slopes: Slopes = {}
    for node in order:
        if node.op is LEAF:
            values[node] = node.data
            continue
        points = [values[v] for v in node.operands]
        if node.op == op:
            x = Value(points[0])
            y: Value = Context().run(function, x)
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
