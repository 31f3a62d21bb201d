"""The backward pass as a ledger: every contribution to a gradient, in the order it is made.

Reverse mode does one thing over and over: it takes a node's finished gradient, the upstream
factor, multiplies it by a local derivative and adds the product to an operand's gradient:

    contribution = ∂L/∂node · ∂node/∂operand
    ∂L/∂operand += contribution

The ledger keeps each of these additions as a line, with the sum so far.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple, overload

from ...engine import Value, topological_order


class Entry(NamedTuple):
    """One line: `node` adds `contribution` to the gradient of its operand number `position`.

    upstream      ∂L/∂node, which is finished when the node's turn comes
    local         ∂node/∂operand
    contribution  their product, as `backward()` rounds it
    total         ∂L/∂operand so far, this contribution included
    """

    node: Value
    operand: Value
    position: int
    upstream: float
    local: float
    contribution: float
    total: float


NOISE: Final = 1e-14
"""A sum that is smaller, relatively to its terms, is 0 but for their rounding."""


def gradients_of(root: Value) -> dict[Value, float]:
    """∂root/∂value of every value of the graph, as one works them out on paper.

    They are those of `Ledger` but for sums that come to 0 and are left with the rounding of their
    terms (see `NOISE`): here these are 0.
    """
    order = topological_order(root)
    found = dict.fromkeys(order, 0.0)
    size: dict[Value, float] = {}  # of the terms of each sum
    found[root] = 1.0
    for node in reversed(order):
        upstream = found[node]
        if node in size and abs(upstream) <= NOISE * size[node] < math.inf:
            upstream = found[node] = 0.0
        for operand, contribution in zip(node.operands, node.pull_back(upstream)):
            if before := found[operand]:  # the second of a sum, or a later one
                size[operand] = size.get(operand, abs(before)) + abs(contribution)
            found[operand] = before + contribution
    return found


class Ledger(Sequence[Entry]):
    """The lines of one backward pass from `root`, as a sequence of `Entry`.

    `gradients` holds ∂root/∂value of every value of the graph. Nothing of it reads or changes the
    `grad` of a Value.
    """

    def __init__(self, root: Value) -> None:
        self.root = root
        order = topological_order(root)
        self.gradients: dict[Value, float] = dict.fromkeys(order, 0.0)
        self.gradients[root] = 1.0
        self.entries: list[Entry] = []
        for node in reversed(order):
            upstream = self.gradients[node]
            terms = zip(node.operands, node.local_grads, node.pull_back(upstream))
            for position, (operand, local, contribution) in enumerate(terms):
                total = self.gradients[operand] + contribution
                self.gradients[operand] = total
                self.entries.append(
                    Entry(node, operand, position, upstream, local, contribution, total)
                )

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self.entries[index]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    @cached_property
    def completed(self) -> list[Value]:
        """The values in the order in which their gradients are complete, `root` first."""
        last = {self.root: -1}
        for i, e in enumerate(self.entries):
            last[e.operand] = i
        return sorted(last, key=last.__getitem__)
