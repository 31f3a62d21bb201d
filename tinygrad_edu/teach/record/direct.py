"""Which derivative of an operation is not the total one, and is therefore written ∂⁺.

∂y/∂x counts every way from x to y. The local derivative of y = x · a, its other operand held
fixed, counts one, and is another number where a depends on x too, or is x.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...engine import Value, topological_order


def is_direct(node: Value, operand: Value) -> bool:
    """Whether `operand` reaches `node` on other ways than as one operand: ∂⁺node/∂operand."""
    others = list(node.operands)
    others.remove(operand)
    return any(operand is v or operand in reached([v]) for v in others)


def direct_operands(order: Sequence[Value]) -> dict[Value, tuple[bool, ...]]:
    """`is_direct` of every operand of every node, for the values of a graph, operands first."""
    bit = {v: 1 << i for i, v in enumerate(order)}
    behind: dict[Value, int] = {}  # the bits of what a value depends on, and its own
    found = {}
    for node in order:
        reach = [behind[v] for v in node.operands]
        behind[node] = bit[node]
        for bits in reach:
            behind[node] |= bits
        found[node] = tuple(
            [
                any(bits & bit[v] for bits in reach[:k] + reach[k + 1 :])
                for k, v in enumerate(node.operands)
            ]
        )
    return found


def reached(values: Sequence[Value]) -> set[Value]:
    """What the `values` depend on, they themselves apart."""
    return {u for v in values for x in v.operands for u in topological_order(x)}
