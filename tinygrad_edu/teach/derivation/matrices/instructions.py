"""The instructions of an array program as matrix expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import numpy as np

from ....arrays.instructions.ir import Array, Operand, places_of
from ....ops import OPS
from ...notation.expression import (
    Applied,
    Call,
    Expression,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Quotient,
    SquaredNorm,
    Sum,
)
from .products import (
    Ones,
    Shape,
    Unwritten,
    as_column,
    contracted,
    diagonal,
    entrywise,
    filled,
    in_either_shape,
    inverse,
    is_scalar,
    juxtaposed,
    literal,
    transposed,
)


class Writer:
    """Writes instructions down to those that are `known`, by a symbol or an expression of some.

    windows  of those that are windows of an array, the symbol of their places in it
    """

    def __init__(
        self, known: Mapping[Array, Expression], windows: Mapping[Array, Matrix], ones: Ones
    ) -> None:
        self.known: Mapping[Array, Expression] = known
        self.windows: Mapping[Array, Matrix] = windows
        self.ones: Ones = ones

    def column(self, x: Operand) -> Expression:
        """An operand, a vector as a column."""
        e = self.written(x)
        return as_column(e, x.shape) if isinstance(x, Array) else e

    def written(self, x: Operand) -> Expression:
        """The expression of an instruction or a number. `Unwritten` where it has none."""
        if not isinstance(x, Array):
            return Number(x)
        return self.known[x] if x in self.known else self.computed(x)

    def computed(self, x: Array) -> Expression:
        """What an instruction does, whether it is known by a symbol or not."""
        match x.op:
            case "constant":
                return Number(float(x.info)) if not x.shape else literal(x.info)
            case "total":
                return self._total(x)
            case "contraction":
                a, b = x.arrays
                return contracted(x.info, self.column(a), self.column(b), sizes(x), self.ones)
            case "broadcast":
                return filled(self.column(x.args[0]), x.arrays[0].shape, x.shape, self.ones)
            case "view" | "take" if x in self.windows:
                return Applied("gather", self.column(x.arrays[0]), self.windows[x], x.shape)
            case "view" | "take":
                return reshaped(self.column(x.arrays[0]), x)
            case _ if x.op in OPS:
                return self._elementwise(x)
        refuse(x)

    def _elementwise(self, x: Array) -> Expression:
        if labels := outer(x):
            a, b = x.arrays
            return contracted(labels, self.column(a), self.column(b), {}, self.ones)
        parts = [
            filled(self.column(a), a.shape, x.shape, self.ones)
            if isinstance(a, Array) and a.shape
            else self.column(a)
            for a in x.args
        ]
        match x.op:
            case "+":
                return Sum(tuple([t for e in parts for t in _terms(e)]))
            case "-":
                return Sum((*_terms(parts[0]), Negative(parts[1])))
            case "neg":
                return Negative(parts[0])
            case "/":
                by = x.args[1]
                shape = by.shape if isinstance(by, Array) else ()
                return divided(parts[0], x.shape, self.column(by), shape)
            case "*" if x.args[0] is x.args[1]:
                return Power(parts[0], Number(2.0))
            case "*":
                return entrywise(*parts)
            case "**" if len(x.shape) == 2 and x.args[1] == 2.0:
                return Hadamard((parts[0], parts[0]))
            case "**":
                return Power(parts[0], parts[1])
            case _ if len(x.arrays) == 1 and isinstance(x.args[0], Array):
                return Call(OPS[x.op], tuple(parts))
        refuse(x)

    def _total(self, x: Array) -> Expression:
        inner = x.arrays[0]
        if not x.shape:
            if inner.op == "**" and inner.args[1] == 2.0 and inner not in self.known:
                return SquaredNorm(in_either_shape(self.column(inner.args[0])))
            return Applied("sum", in_either_shape(self.column(inner)))
        if len(inner.shape) != 2:
            refuse(x)
        e, (axis,) = self.column(inner), x.info
        return juxtaposed(e if axis else transposed(e), self.ones(inner.shape[axis]))


def refuse(x: Array) -> NoReturn:
    """Say why an instruction has no matrix form."""
    if any(a.op in ("view", "take", "place") for a in (x, *x.arrays)):
        raise Unwritten(
            "this graph has no matrix form that can be written yet: it uses an array in parts, as "
            "windows, slices and rows that are looked up are; derive it without form, or print "
            "vectorize(root, parameters).source"
        )
    raise Unwritten(
        "this graph has no matrix form that can be written yet: it has the array operation "
        f"{x.op}; derive it without form, or print vectorize(root, parameters).source"
    )


def divided(e: Expression, whole: Shape, by: Expression, shape: Shape) -> Expression:
    """An array divided by a number, or its rows, columns or components by those of a vector."""
    if is_scalar(by):
        return Quotient(e, by)
    if not is_scalar(e):
        if shape == (whole if len(whole) == 1 else (whole[0], 1)):
            return juxtaposed(inverse(diagonal(by)), e)
        if len(whole) == 2 and shape == whole[1:]:
            return juxtaposed(e, inverse(diagonal(by)))
    raise Unwritten(
        "this graph has no matrix form that can be written yet: it divides arrays entry by entry; "
        "derive it without form, or print vectorize(root, parameters).source"
    )


def outer(x: Array) -> str:
    """The labels of an entrywise product that is x wᵀ, the outer product of two vectors."""
    if x.op != "*" or len(x.arrays) < 2 or len(x.shape) != 2 or 1 in x.shape:
        return ""
    shapes = [(1,) * (2 - len(a.shape)) + a.shape for a in x.arrays]
    if sorted(shapes) != sorted([(x.shape[0], 1), (1, x.shape[1])]):
        return ""
    return f"{'i' if shapes[0][1] == 1 else 'j'},{'i' if shapes[1][1] == 1 else 'j'}->ij"


def sizes(x: Array) -> dict[str, int]:
    """The lengths of the axes of a contraction, by their labels."""
    labels = x.info.split("->")[0].split(",")
    return {k: n for label, a in zip(labels, x.arrays) for k, n in zip(label, a.shape)}


def reshaped(e: Expression, x: Array) -> Expression:
    """`e`, of the argument of a view, as the view: a column as a row, or a transpose."""
    is_turned = turned(x)
    if is_turned is None:
        refuse(x)
    return transposed(e) if is_turned else e


def turned(x: Array) -> bool | None:
    """Whether a view is the transpose of its argument, or that itself; None where it is neither."""
    inner = x.arrays[0]
    if max(len(x.shape), len(inner.shape)) > 2 or np.prod(x.shape) != np.prod(inner.shape):
        return None
    same = np.arange(int(np.prod(inner.shape))).reshape(inner.shape)
    seen, whole = _lines(places_of(x), x.shape), _lines(same, inner.shape)
    if np.array_equal(seen, whole):
        return False
    return True if np.array_equal(seen, whole.T) else None


def _lines(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """As an array of two axes, a vector as a column."""
    return places.reshape(shape if len(shape) == 2 else (-1, 1))


def _terms(e: Expression) -> tuple[Expression, ...]:
    return e.terms if isinstance(e, Sum) else (e,)
