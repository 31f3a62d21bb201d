"""Leaves that are shares of a whole: labels from 0 to 1, and the target of a softmax."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ...engine import Value
from ...ops import LEAF, MUL, SUB

_SURPRISES: Final = ("log", "softplus", "logsumexp")
"""The operations by which a share is multiplied in a cross-entropy."""


def labels(order: Sequence[Value]) -> Iterator[Value]:
    """The leaves y from 0 to 1 in 1 − y, or compared with a sigmoid: labels or probabilities."""
    for node in order:
        if node.op is SUB:
            a, b = node.arguments
            for y, other in ((a, b), (b, a)):
                beside = other == 1.0 if not isinstance(other, Value) else other.op == "sigmoid"
                if isinstance(y, Value) and y.op is LEAF and beside and 0.0 <= y.data <= 1.0:
                    yield y


def distributions(order: Sequence[Value]) -> list[list[Value]]:
    """The leaves t₁, t₂ … of each sum Σ tᵢ ln pᵢ in which they are 0 or more and have the sum 1.

    order  the values of a graph in topological order
    """
    under: dict[Value, list[Value]] = {}  # the shares in a sum
    whole: dict[Value, list[Value]] = {}  # by the first of them, those of the largest such sum
    for node in order:
        if node.op is MUL:
            under[node] = list(_shares(node))
        elif node.op in ("+", "-", "neg"):
            under[node] = [t for v in node.operands for t in under.get(v, ())]
        found = under.get(node, ())
        if len(found) > 1 and abs(sum(t.data for t in found) - 1.0) <= 1e-6:
            whole[found[0]] = list(found)
    return list(whole.values())


def _shares(product: Value) -> Iterator[Value]:
    if len(set(product.operands)) == 2:
        for t, factor in (product.operands, product.operands[::-1]):
            if t.op is LEAF and 0.0 <= t.data <= 1.0 and _is_surprise(factor):
                yield t


def _is_surprise(v: Value) -> bool:
    """Whether it is ln p, as it is, negated, or as the difference z − ln Σ eᶻ."""
    if v.op in ("neg", "-"):
        return any(u.op in _SURPRISES for u in v.operands)
    return v.op in _SURPRISES
