"""The local derivatives of a recorded graph at other points than the one it was recorded at."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Context
from itertools import chain

from ...engine import Value, record, topological_order
from ...ops import LEAF, unknown

Slopes = dict[Value, tuple[float, ...]]
"""For each node, its local derivatives: one for each operand."""


def apply(node: Value, *points: float) -> Value:
    """The node's operation at other operands: its `data` and `local_grads` say how it is there.

    It records, whatever block (`no_grad`, `observing`) the caller is in, and is seen by nobody.
    """
    operands = iter(points)
    return _again(
        node, [Value(next(operands)) if isinstance(x, Value) else x for x in node.arguments]
    )


def _again(node: Value, arguments: list[Value | float]) -> Value:
    """The node's operation of other arguments; one that is known at a point only is linear there.

    It is recorded even where the caller records nothing.
    """
    if node.op.function is not unknown:
        again: Value = Context().run(node.op.function, *arguments)
        return again
    slopes = iter(node.local_grads)
    pairs = [(a, next(slopes)) if isinstance(a, Value) else (None, a) for a in arguments]
    moved = [(a, slope) for a, slope in pairs if isinstance(a, Value)]
    steps = [slope * (a.data - v.data) for (a, slope), v in zip(moved, node.operands)]
    first, *others = pairs
    return Context().run(record, sum(steps, node.data), node.op, *first, *chain(*others))


def rule(node: Value, position: int, *points: float, output: float) -> float:
    """The formula of ∂node/∂operand, at other operands and with any number for the node's value.

    Those of the sigmoid are y(1 - y) and of the square root 1/(2y): formulas in the output y.
    """
    operands = iter(points)
    arguments = [Value(next(operands)) if isinstance(x, Value) else x for x in node.arguments]
    if node.op.function is unknown:
        return node.local_grads[position]
    places = [i for i, x in enumerate(node.arguments) if isinstance(x, Value)]
    formula = node.op.rules[places[position]]
    return float(Context().run(formula, *arguments, Value(output)))


def slopes_at(root: Value, data: Mapping[Value, float]) -> Slopes:
    """The local derivatives with each operand's value taken from `data`, else as it was recorded.

    Given new numbers for leaves, this is what code computes that reads `.data` in the backward
    pass: the leaves are new, the results of the forward pass are still the old ones.
    """
    return {
        node: apply(node, *[data.get(v, v.data) for v in node.operands]).local_grads
        for node in topological_order(root)
        if node.op is not LEAF
    }


def recomputed(root: Value, data: Mapping[Value, float]) -> tuple[dict[Value, float], Slopes]:
    """All values and local derivatives of a new forward pass, with leaves taken from `data`."""
    values: dict[Value, float] = {}
    slopes: Slopes = {}
    for node in topological_order(root):
        if node.op is LEAF:
            values[node] = data.get(node, node.data)
        else:
            again = apply(node, *[values[v] for v in node.operands])
            values[node], slopes[node] = again.data, again.local_grads
    return values, slopes


def copied(root: Value, data: Mapping[Value, float]) -> dict[Value, Value]:
    """Each value's counterpart in the same graph, computed anew with other numbers.

    data  new numbers of leaves, and of results that stand in place of what comes out
    """
    copies: dict[Value, Value] = {}
    for v in topological_order(root):
        if v.op is LEAF:
            copies[v] = Value(data.get(v, v.data), v.label)
        else:
            arguments = [copies[x] if isinstance(x, Value) else x for x in v.arguments]
            again = _again(v, arguments)
            again.label = v.label
            again.data = data.get(v, again.data)
            copies[v] = again
    return copies
