"""The paths on which a gradient reaches a value: the sum over paths of the chain rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...engine import Value
from .ledger import Entry


@dataclass(frozen=True, slots=True)
class Edge:
    """One line of the backward pass on the way to a target.

    upstream  ∂L/∂node
    down      ∂operand/∂target
    height    the most edges between the operand and the target
    """

    entry: Entry
    upstream: float
    down: float
    height: int

    @property
    def place(self) -> tuple[Value, int]:
        """Which local derivative it is: the node's, by its operand of this number."""
        return self.entry.node, self.entry.position

    @property
    def flow(self) -> float:
        """What the paths through this edge contribute to ∂L/∂target."""
        return self.change(0.0, self.entry.local)

    def change(self, old: float, new: float) -> float:
        """By how much ∂L/∂target changes if the local derivative goes from `old` to `new`."""
        return self.upstream * (new - old) * self.down


class Paths:
    """Every path from the nearest known gradients down to `target`.

    into       for each value, the lines of the ledger that contribute to its gradient, in order
    gradients  ∂L/∂node of every node
    known      where the paths begin: a gradient that is known is not explained further
    """

    def __init__(
        self,
        target: Value,
        into: Mapping[Value, Sequence[tuple[int, Entry]]],
        gradients: Mapping[Value, float],
        known: set[Value],
    ) -> None:
        self.target = target
        self.sources: list[Value] = []
        lines: list[tuple[int, Entry]] = []
        seen, waiting = {target}, [target]
        while waiting:
            for line in into.get(waiting.pop(), ()):
                lines.append(line)
                node = line[1].node
                if node not in seen:
                    seen.add(node)
                    (self.sources if node in known else waiting).append(node)
        lines.sort()
        down, height = {target: 1.0}, {target: 0}
        self.count: dict[Value, int] = {target: 1}  # of paths from each value down to the target
        edges = []
        for _, e in reversed(lines):
            node, operand = e.node, e.operand
            edges.append(Edge(e, gradients[node], down[operand], height[operand]))
            down[node] = down.get(node, 0.0) + e.local * down[operand]
            height[node] = max(height.get(node, 0), height[operand] + 1)
            self.count[node] = self.count.get(node, 0) + self.count[operand]
        self.edges: list[Edge] = edges[::-1]
        self.into: dict[Value, list[Edge]] = {}
        for edge in self.edges:
            self.into.setdefault(edge.entry.operand, []).append(edge)

    @cached_property
    def total(self) -> float:
        """∂L/∂target."""
        return self.run([edge.entry.local for edge in self.edges])

    def run(self, local: Sequence[float]) -> float:
        """∂L/∂target with these local derivatives of the edges."""
        found: dict[Value, float] = {}
        for edge, slope in zip(self.edges, local):
            e = edge.entry
            upstream = found[e.node] if e.node in self.into else edge.upstream
            found[e.operand] = found.get(e.operand, 0.0) + upstream * slope
        return found.get(self.target, 1.0)  # that of the root is 1

    def each(self) -> Iterator[list[Edge]]:
        """The paths, each as its edges from a source down to the target."""
        waiting = [[edge] for edge in reversed(self.into.get(self.target, []))]
        while waiting:
            path = waiting.pop()
            above = self.into.get(path[0].entry.node)
            if above is None:
                yield path
            else:
                waiting.extend([edge, *path] for edge in reversed(above))
