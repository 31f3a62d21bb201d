"""Which values of a graph a teacher would give a name and a line of their own."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from operator import attrgetter
from typing import Final

from ...engine import Value, topological_order
from ...ops import ADD, LEAF, MUL, NEG, SUB

TALLEST: Final = 6
"""How many levels of brackets, fractions and functions a formula may nest before a part of it
gets a name of its own."""


def named_parts(root: Value) -> list[Value]:
    """The lines of a formula: what has a label, is used more than once or nests too deep; `root`.

    In the order of the forward pass.
    """
    order = topological_order(root)
    return _in_order(order, _marked(order))


def steps(order: list[Value]) -> list[Value]:
    """The lines of a derivation, so chosen that each takes one use of the chain rule.

    Those of the formula, and besides them each activation and the sum that goes into it
    (a = σ(z), z = w·x + b), each weighted sum, and each function that is inside another one.

    order  the values of the graph, in the order of the forward pass
    """
    lines = _marked(order)
    for node in order:
        if node.op is ADD or node.op is LEAF:
            continue  # the sum goes on
        for v in node.operands:
            if v.op is ADD and node.op is not NEG and _is_weighted_sum(v, lines):
                lines.add(v)
        if node.op.is_activation:
            lines.add(node)
            lines.update(v for v in node.operands if v.op)
        elif node.op.is_function:
            inside = [v for v in node.operands if v.op and not continues(node, v)]
            while inside:
                v = inside.pop()
                if v.op.is_function:
                    lines.add(v)
                elif v not in lines:
                    inside.extend(u for u in v.operands if u.op)
    return _in_order(order, lines)


def _is_weighted_sum(v: Value, lines: set[Value]) -> bool:
    """Whether the sum v is the end of one of two or more products such as w·x, as of a neuron."""
    products = 0
    while v.op is ADD and products < 2:
        first, last = v.arguments
        products += _is_plain_product(last, lines) + (_is_plain_product(first, lines))
        if not isinstance(first, Value) or first in lines:
            break
        v = first
    return products >= 2


def _is_plain_product(v: Value | float, lines: set[Value]) -> bool:
    """Whether it is the product of two things that have a name, or of one and a number."""
    if not isinstance(v, Value) or v.op is not MUL or v in lines:
        return False
    return all(not x.op or x in lines for x in v.operands)


def _marked(order: list[Value]) -> set[Value]:
    """The nodes that have a label or more than one use, and the last of all."""
    uses = Counter(chain.from_iterable(map(attrgetter("operands"), order)))
    return {v for v in order if v.op and (v.label or uses[v] > 1)} | {order[-1]}


def _in_order(order: list[Value], lines: set[Value]) -> list[Value]:
    """The lines in the order of the forward pass, and those that keep each from nesting deep."""
    height: dict[Value, int] = {}
    for node in order:
        if node.op is LEAF:
            continue
        tallest = 0
        for v in node.operands:
            levels = height.get(v, 0)
            if levels >= tallest:
                tallest = levels + (not continues(node, v))
        if tallest >= TALLEST:
            lines.add(node)
        height[node] = 0 if node in lines else tallest
    return [v for v in order if v in lines]


def continues(node: Value, operand: Value) -> bool:
    """Whether the operand is the beginning of the same sum, product or logsumexp."""
    if operand.op is LEAF or operand is not node.arguments[0]:
        return False
    if node.op is ADD or node.op is SUB:
        return operand.op is ADD or operand.op is SUB
    return operand.op == node.op and (node.op in ("*", "logaddexp") or node.op.is_continued)
