"""The chain rule on matrices: what each array hands back to those that it is computed from.

From the loss to the first layer, each instruction of the forward pass hands its gradient on: a
product of matrices the two products with a transpose, an entrywise operation its derivative by ⊙.
An array that has a line hands on the symbol of its gradient; what that is, is the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ....arrays.instructions.builder import Builder
from ....arrays.instructions.ir import Array, Operand
from ....arrays.programs.rules import slope
from ....ops import OPS
from ...notation.expression import (
    Applied,
    Expression,
    Juxtaposed,
    Matrix,
    Number,
    Symbol,
)
from .arrays import Arrays
from .instructions import Writer, divided, outer, refuse, reshaped, sizes
from .products import (
    Unwritten,
    contracted,
    entrywise,
    filled,
    full,
    is_scalar,
    juxtaposed,
    negated,
    summed,
    transposed,
)
from .symbols import primed


class Term(NamedTuple):
    """What one use of an array hands back to it; nothing where that has no matrix form.

    by  the instruction that uses it
    """

    by: Array
    expression: Expression | None

    @property
    def is_product(self) -> bool:
        """Whether it is a product of matrices, such as Wᵀδ."""
        return isinstance(self.expression, Juxtaposed)


class Backward:
    """Hands gradients back, line by line.

    terms  of each array that the loss depends on, what its uses hand back to it
    """

    def __init__(
        self,
        arrays: Arrays,
        writer: Writer,
        by_hand: Mapping[Array, Mapping[Array, Expression]],
    ) -> None:
        self._arrays, self._writer = arrays, writer
        self._build = Builder()
        self._build.steps = list(arrays.program.steps)
        self._by_hand = by_hand
        self.terms: dict[Array, list[Term]] = {}

    def hand_back(self, node: Array, e: Expression | None) -> None:
        """Let a node, of which `e` is the gradient, hand on to what it is computed from."""
        if node in self._by_hand:
            for a, given in self._by_hand[node].items():
                self._give(a, node, given)
            return
        is_square = node.op == "*" or (node.op == "contraction" and _is_inner(node.info))
        if is_square and node.args[0] is node.args[1]:
            once = self._written(node, 0, e)
            twice = None if once is None else entrywise(Number(2.0), once)
            self._give(node.arrays[0], node, twice)
            return
        for place, argument in enumerate(node.args):
            if isinstance(argument, Array):
                self._give(argument, node, self._written(node, place, e))

    def _give(self, a: Array, by: Array, e: Expression | None) -> None:
        if a not in self._arrays.varying:
            return
        self.terms.setdefault(a, []).append(Term(by, e))

    def _written(self, node: Array, place: int, e: Expression | None) -> Expression | None:
        if e is None:
            return None
        try:
            return self._through(node, place, e)
        except Unwritten:
            return None

    def _through(self, node: Array, place: int, e: Expression) -> Expression:
        """The gradient by one argument of a node of which `e` is the gradient."""
        ones, a = self._writer.ones, node.args[place]
        assert isinstance(a, Array)
        match node.op:
            case "total":
                return self._repeated(e, node, a)
            case "broadcast":
                return summed(e, node.shape, a.shape, ones)
            case "view" | "take" if node in self._writer.windows:
                shape = a.shape if len(a.shape) == 2 else (*a.shape, 1)
                whole = full(e, node.shape, ones)
                return Applied("scatter", whole, self._writer.windows[node], shape)
            case "view" | "take":
                return e if is_scalar(e) else self._back_in_shape(e, node)
            case "contraction":
                return self._of_product(node, node.info, place, e)
            case "*" if labels := outer(node):
                return self._of_product(node, labels, place, e)
            case op if op in OPS:
                return summed(self._times(e, node, place), node.shape, a.shape, ones)
        refuse(node)

    def _of_product(self, node: Array, labels: str, place: int, e: Expression) -> Expression:
        sides, lo = labels.split("->")
        la, lb = sides.split(",")
        lx, ly = (la, lb) if place == 0 else (lb, la)
        y = self._writer.column(node.arrays[1 - place])
        lengths = {**dict(zip(lo, node.shape)), **({} if outer(node) else sizes(node))}
        return contracted(f"{lo},{ly}->{lx}", e, y, lengths, self._writer.ones)

    def _repeated(self, e: Expression, node: Array, a: Array) -> Expression:
        """The gradient of a sum, for each of its terms."""
        if is_scalar(e):
            return e
        (axis,), ones = node.info, self._writer.ones
        if axis:
            return juxtaposed(e, transposed(ones(a.shape[1])))
        return juxtaposed(ones(a.shape[0]), transposed(e))

    @staticmethod
    def _back_in_shape(e: Expression, node: Array) -> Expression:
        marked = Matrix(None, ((0.0, 0.0),))
        found = reshaped(marked, node)
        return e if found is marked else transposed(e)

    def _times(self, e: Expression, node: Array, place: int) -> Expression:
        """`e` times the derivative of an elementwise operation."""
        a = node.args[place]
        symbol = self._writer.known.get(a) if isinstance(a, Array) else None
        is_named = isinstance(symbol, Matrix | Symbol) and symbol.name is not None
        if OPS[node.op].is_activation and is_named:
            assert isinstance(symbol, Matrix | Symbol)
            prime = primed(symbol, OPS[node.op], self._arrays.slope(node))
            return entrywise(e, prime)
        d = slope(self._build, node, place)
        if d == 1.0:
            return e
        if d == -1.0:
            return negated(e)
        if isinstance(d, Array) and d.op == "/" and d.args[0] == 1.0:
            by = d.args[1]
            shape = by.shape if isinstance(by, Array) else ()
            return divided(e, node.shape, self._writer.column(by), shape)
        return entrywise(e, self._fitted(d, node))

    def _fitted(self, d: Operand, node: Array) -> Expression:
        found = self._writer.column(d)
        if not isinstance(d, Array):
            return found
        return filled(found, d.shape, node.shape, self._writer.ones)


def _is_inner(labels: str) -> bool:
    """Whether a contraction multiplies what is at the same places."""
    la, lb = labels.split("->")[0].split(",")
    return la == lb
