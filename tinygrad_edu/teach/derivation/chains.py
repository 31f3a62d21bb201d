"""Which gradients a derivation works out, and by which chains of factors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from ...engine import Value
from .partials import Steps

LONGEST: Final = 4
"""The longest chain of factors that is written out for a gradient."""

MOST_PATHS: Final = 3
"""The most paths to a value that are written out from the root."""

Chain = tuple[Value, ...]
"""Values from one whose gradient is known down to one whose gradient is wanted."""


class Chains:
    """The chain rule on the steps of a graph, from its root to the `wanted` values.

    steps    those that gradients pass through, the root first
    parents  of each value below the root, the steps that mention it, in forward order
    level    the most factors from the root to each value
    """

    def __init__(self, steps: Steps, wanted: Sequence[Value]) -> None:
        self.root: Value = steps.root
        self._wanted = {v: i for i, v in enumerate(wanted)}
        leaves = [v for v in steps.order if not v.op]
        self._index = {v: i for i, v in enumerate([*steps.in_layers, *leaves])}
        depends = set(wanted)
        for step, operands in steps.operands.items():
            if any(v in depends for v in operands):
                depends.add(step)
        self.steps: list[Value] = []
        self.parents: dict[Value, list[Value]] = {}
        self._children: dict[Value, list[Value]] = {}
        self.level: dict[Value, int] = {self.root: 0}
        self._paths = {self.root: 1}  # how many ways lead there
        for step in reversed(list(steps.operands)):
            if step in depends and step in self.level:
                self.steps.append(step)
                self._children[step] = [v for v in steps.operands[step] if v in depends]
                for v in self._children[step]:
                    self.parents.setdefault(v, []).append(step)
                    self.level[v] = max(self.level.get(v, 0), self.level[step] + 1)
                    self._paths[v] = self._paths.get(v, 0) + self._paths[step]
        for found in self.parents.values():
            found.reverse()

    @cached_property
    def from_root(self) -> bool:
        """Whether the graph is so small that each gradient's chain begins at the root."""
        return all(self._paths[v] <= MOST_PATHS and self.level[v] <= LONGEST for v in self._wanted)

    @cached_property
    def derived(self) -> list[Value]:
        """The values whose gradients are worked out, each after those that it is made of.

        They are the wanted ones, and before them those that several others are made of, and one
        on the way wherever a chain would grow too long.
        """
        found: list[Value] = []
        length = {self.root: 0}  # of the chain that leads to a value
        for v in sorted(self.parents, key=self._place):
            length[v] = 1 + max([length[parent] for parent in self.parents[v]])
            too_long = length[v] >= LONGEST and not self.from_root
            if v in self._wanted or self._is_shared(v) or too_long:
                found.append(v)
                length[v] = 0
        return found

    def _place(self, v: Value) -> tuple[int, int, int]:
        """By level, first what is wanted in the order in which it is, then by the forward pass."""
        return self.level[v], self._wanted.get(v, len(self._wanted)), self._index[v]

    def _is_shared(self, v: Value) -> bool:
        meets = len(self.parents[v]) > 1 and not self.from_root
        return meets or len(self._children.get(v, ())) > 1

    @cached_property
    def _starts(self) -> set[Value]:
        return {self.root} if self.from_root else {self.root, *self.derived}

    def is_start(self, v: Value) -> bool:
        """Whether chains begin at v."""
        return v in self._starts

    def chains(self, v: Value) -> list[Chain]:
        """The ways down to v from the root, or from the nearest gradients worked out before."""
        found: list[Chain] = []
        waiting: list[Chain] = [(v,)]
        while waiting:
            chain = waiting.pop()
            if len(chain) > 1 and chain[0] in self._starts:
                found.append(chain)
            else:
                waiting.extend((parent, *chain) for parent in reversed(self.parents[chain[0]]))
        return found
