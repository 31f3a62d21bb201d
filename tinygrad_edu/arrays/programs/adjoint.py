"""The reverse sweep of an array program, as instructions of the same kind.

Each instruction hands its gradient on to what it was computed from, last to first, as `backward()`
does it node by node: a matrix product as two matrix products, a view as what is added in its place,
a broadcast as a sum; the elementwise operations by their rules in `OPS`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ...ops import OPS
from ..instructions.builder import Builder
from ..instructions.ir import COMPARISONS, Array, Operand, places_of
from ..instructions.simplify import factor_of
from ..instructions.views import Index
from .rules import slope


class Adjoint:
    """Adds the instructions for the gradient of `y` by `wanted`, where that of y is `seed`.

    gradient   the result
    of         for each instruction that is a whole gradient, the one that it belongs to
    whole      for each instruction that y depends on, its gradient
    """

    def __init__(self, build: Builder, y: Array, wanted: Array, seed: Operand = 1.0) -> None:
        self._build = build
        self._terms: dict[Array, list[tuple[Index | None, Operand]]] = {y: [(None, seed)]}
        self.of: dict[Array, Array] = {}
        self.whole: dict[Array, Operand] = {}
        self._wanted = wanted
        self.gradient: Operand = 0.0
        before = build.steps[: y.number + 1]
        depends = {wanted}
        for node in before:
            if any(a in depends for a in node.arrays):
                depends.add(node)
        self._depends = depends
        for node in reversed(before):
            if node in self._terms and node in depends:
                g = self._gathered(node)
                self.whole[node] = g
                if isinstance(g, Array):
                    self.of.setdefault(g, node)
                if node is wanted:
                    self.gradient = g
                elif g != 0.0:
                    self._pull_back(node, g)

    def _give(self, a: Operand, term: Operand, places: Index | None = None) -> None:
        if isinstance(a, Array) and a in self._depends:
            self._terms.setdefault(a, []).append((places, term))

    def _gathered(self, node: Array) -> Operand:
        """The gradient of a node: the sum of what its users gave."""
        build = self._build
        whole: Operand | None = None
        parts: list[tuple[Index, Operand]] = []
        for places, term in self._terms.pop(node):
            if places is not None:
                parts.append((places, term))
            else:
                whole = term if whole is None else build.map("+", whole, term)
        if not parts:
            assert whole is not None
            if isinstance(whole, float) or whole.shape == node.shape or node.op in OPS:
                return whole  # (elementwise operations broadcast it where they use it)
            return build.broadcast(whole, node.own, node.lanes)
        placed = self._placed(node, parts)
        return placed if whole is None else build.map("+", whole, placed)

    def _placed(self, node: Array, parts: list[tuple[Index, Operand]]) -> Operand:
        build = self._build
        if len(parts) == 1:  # all elements, in another order
            places, term = parts[0]
            size = math.prod(node.own)
            if isinstance(term, Array) and places.size == size and term.own == places.shape:
                back = np.full(size, -1)
                back[places.ravel()] = np.arange(size)
                if term.lanes == node.lanes and (back >= 0).all():
                    return build.index(term, back.reshape(node.own))
        numbers = [term for _, term in parts if isinstance(term, float)]
        if len(numbers) == len(parts) and not node.lanes and node is not self._wanted:
            found = np.zeros(math.prod(node.own))
            for (places, _), number in zip(parts, numbers):
                np.add.at(found, places, number)
            return build.constant(found.reshape(node.own))
        return build.place(parts, node.own, node.lanes)

    def _fitted(self, g: Operand, a: Array, over: Array) -> Operand:
        """`g`, which stands for an array of the shape of `over`, summed to that of `a`."""
        build = self._build
        if isinstance(g, float):
            return g * (math.prod(over.shape) / math.prod(a.shape))
        rank = len(over.own)
        lead, missing = rank - len(a.own), rank - len(g.own)
        summed, own, count = [], [], 1
        for k, n in enumerate(over.own):
            there = g.own[k - missing] if k >= missing else 1
            if n > 1 and (k < lead or a.own[k - lead] == 1):
                if there == 1:
                    count *= n  # so many equal terms
                else:
                    summed.append(k - missing)
                there = 1
            if k >= lead:
                own.append(there)
        g = build.total(g, summed)
        if over.lanes and not a.lanes:
            count *= 1 if g.lanes else build.samples
            g = build.over_samples(g)
        return build.map("*", float(count), build.reshape(g, own))

    def _pull_back(self, node: Array, g: Operand) -> None:
        build, op = self._build, node.op
        if op in ("view", "take"):
            self._give(node.args[0], g, places_of(node))
        elif op == "place":
            self._pull_back_place(node, self._full(g, node))
        elif op == "broadcast":
            a = node.arrays[0]
            self._give(a, self._fitted(g, a, node))
        elif op == "samples":
            self._give(node.args[0], self._in_lanes(g, node.arrays[0]))
        elif op == "along":
            back = np.argsort(node.info, axis=1)
            full = self._full(g, node)
            args = (full, node.args[1])
            self._give(
                node.args[0], build.add("along", args, node.shape, False, back, back.tobytes())
            )
        elif op == "pick":
            x, own = node.arrays
            lines, length = x.shape
            column = build.reshape(own, (lines, 1))
            hit = build.map("==", build.constant(np.arange(length)), column)
            g = build.reshape(g, (lines, 1)) if isinstance(g, Array) else g
            self._give(x, build.map("*", g, hit))
        elif op == "rows":
            self._pull_back_rows(node, g)
        elif op == "total":
            self._pull_back_total(node, g)
        elif op == "logsumexp":
            a = node.arrays[0]
            y = build.reshape(node, (*node.own, 1)) if node.own else node
            soft = build.map("exp", build.map("-", a, y))
            up = build.reshape(g, (*g.own, 1)) if isinstance(g, Array) and g.own else g
            self._give(a, build.map("*", up, soft))
        elif op == "contraction":
            for side, given in self._pull_back_contraction(node, g):
                self._give(side, given)
        elif op == "*" and node.args[0] is node.args[1]:
            self._give(node.args[0], build.map("*", 2.0, build.map("*", g, node.args[0])))
        elif op not in COMPARISONS:
            for place, argument in enumerate(node.args):
                if isinstance(argument, Array) and argument in self._depends:
                    d = slope(build, node, place)
                    if d != 0.0:
                        self._give(argument, self._fitted(self._times(g, d), argument, node))

    def _times(self, g: Operand, d: Operand) -> Operand:
        if isinstance(d, Array) and d.op == "/" and d.args[0] == 1.0:
            return self._build.map("/", g, d.args[1])  # rounds once, where g · (1/b) rounds twice
        return self._build.map("*", g, d)

    def _full(self, g: Operand, node: Array) -> Array:
        return self._build.broadcast(g, node.own, node.lanes)

    def _in_lanes(self, g: Operand, a: Array) -> Operand:
        """A gradient whose first axis is that of the samples, as a lane array again."""
        if isinstance(g, float):
            return g
        build = self._build
        scaled = factor_of(g)
        if scaled is not None:
            return build.map("*", scaled[0], self._in_lanes(scaled[1], a))
        return build.add("lanes", (build.broadcast(g, a.shape),), a.own, True)

    def _pull_back_place(self, node: Array, g: Array) -> None:
        for a, places in zip(node.args, node.info):
            if isinstance(a, Array) and a in self._depends:
                picked = self._build.index(g, places)
                self._give(a, self._fitted(picked, a, picked))

    def _pull_back_rows(self, node: Array, g: Operand) -> None:
        """Of a table's rows: Oᵀ g, where O has a one in each line, in the row's place."""
        build, (table, numbers) = self._build, node.arrays
        places = build.constant(np.arange(table.shape[0]))
        ones = build.map("==", places, build.reshape(numbers, (*numbers.own, 1)))
        assert isinstance(ones, Array)
        line = "bi" if numbers.own else "b"
        labels = (f"{line}j", f"{line}k", "jk")
        self._give(table, build.contraction(ones, self._full(g, node), labels, lanes=False))

    def _pull_back_total(self, node: Array, g: Operand) -> None:
        a = node.arrays[0]
        if isinstance(g, Array) and g.own:
            lead = int(a.lanes)
            own = [1 if k + lead in node.info else n for k, n in enumerate(a.own)]
            g = self._build.reshape(g, own)
        self._give(a, g)

    def _pull_back_contraction(self, node: Array, g: Operand) -> Iterator[tuple[Array, Operand]]:
        build = self._build
        sides, lo = node.info.split("->")
        la, lb = sides.split(",")
        a, b = node.arrays
        twice = a is b and la == lb
        for x, lx, y, ly in ((a, la, b, lb), (b, lb, a, la))[: 1 if twice else 2]:
            if x not in self._depends:
                continue
            if twice:
                g = build.map("*", 2.0, g)
            if (isinstance(g, float) or not g.shape) and lx == ly and x.lanes == y.lanes:
                yield x, build.map("*", g, y)
            else:
                full = self._full(g, node)
                yield x, build.contraction(full, y, (lo, ly, lx), x.lanes)
