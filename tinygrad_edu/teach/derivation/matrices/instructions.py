"""The instructions of an array program as matrix expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ....arrays.ir import Array, Operand
from ....ops import OPS
from ...notation.expression import (
    Applied,
    Call,
    Expression,
    Hadamard,
    Juxtaposed,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Rows,
    SquaredNorm,
    Sum,
    Symbol,
    Transposed,
    product,
)


class Unwritten(ValueError):
    """A graph that has no matrix form, and why."""


class Writer:
    """Writes instructions down to those that are `known` by a symbol."""

    def __init__(self, known: Mapping[Array, Matrix | Symbol], ones: Matrix) -> None:
        self.known: Mapping[Array, Matrix | Symbol] = known
        self.ones: Matrix = ones

    def written(self, x: Operand) -> Expression:
        """The expression of an instruction or a number. `Unwritten` where it has none."""
        if not isinstance(x, Array):
            return Number(x)
        if x in self.known:
            return self.known[x]
        parts = [self._repeated(a, x) for a in x.args] if x.op in _WRITTEN else []
        match x.op:
            case "constant":
                return Number(float(x.info)) if not x.shape else literal(x.info)
            case "+":
                return Sum(tuple([t for e in parts for t in _terms(e)]))
            case "-":
                return Sum((*_terms(parts[0]), Negative(parts[1])))
            case "neg":
                return Negative(parts[0])
            case "/":
                return Quotient(parts[0], parts[1])
            case "*":
                return entrywise(*parts)
            case "**":
                return Power(parts[0], parts[1])
            case "total" if len(x.info) == len(x.arrays[0].shape):
                inner = x.arrays[0]
                if inner.op == "**" and inner.args[1] == 2.0:
                    return SquaredNorm(self.written(inner.args[0]))
                return Applied("sum", parts[0])
            case "total" if x.info == (0,):
                return Juxtaposed((transposed(parts[0]), self.ones))
            case "contraction":
                return self._contraction(x, parts)
            case "broadcast" | "view" | "take" if _is_reshaped(x):
                return self.written(x.args[0])
            case _ if x.op in OPS and len(x.args) == 1:
                return Call(OPS[x.op], tuple(parts))
        raise Unwritten(
            "this graph has no matrix form that can be written yet: it has the array operation "
            f"{x.op}; derive it without form, or print vectorize(root, parameters).source"
        )

    def _repeated(self, part: Operand, whole: Array) -> Expression:
        """An argument, and a vector that is the same for each sample as 𝟏 vᵀ."""
        written = self.written(part)
        is_row = isinstance(part, Array) and len(part.shape) == 1 and len(whole.shape) == 2
        if is_row and whole.op in OPS:
            return Juxtaposed((self.ones, transposed(written)))
        return written

    def _contraction(self, x: Array, parts: list[Expression]) -> Expression:
        a, b = parts
        match x.info:
            case "k,k->" | "i,i->" if a is b:
                return SquaredNorm(a)
            case "k,k->" | "i,i->":
                return Juxtaposed((transposed(a), b))
        sides, out = x.info.split("->")
        la, lb = sides.split(",")
        if len(la) <= 2 and len(lb) <= 2 and 0 < len(out) <= 2:
            if out[0] in lb:
                (la, a), (lb, b) = (lb, b), (la, a)
            left = a if la[0] == out[0] else transposed(a)
            if len(out) == 1 or len(lb) == 1:
                right = b if len(out) == 1 and len(lb) == 1 else transposed(b)
            else:
                right = b if lb[-1] == out[-1] else transposed(b)
            return Juxtaposed((left, right))
        raise Unwritten("a product of arrays of more than two axes has no matrix form")


_WRITTEN: Final = {*OPS, "total", "contraction"}


def _terms(e: Expression) -> tuple[Expression, ...]:
    return e.terms if isinstance(e, Sum) else (e,)


def _is_reshaped(x: Array) -> bool:
    """Whether it is its argument in another shape, or repeated, and nothing else."""
    inner = x.arrays[0]
    if x.op == "broadcast":
        return not inner.shape
    return x.shape != inner.shape and tuple(n for n in x.shape if n > 1) == tuple(
        n for n in inner.shape if n > 1
    )


def entrywise(*parts: Expression) -> Expression:
    """A product: entry by entry of arrays, and a plain one where a factor is a number."""
    arrays = [e for e in parts if not _is_scalar(e)]
    if len(arrays) < 2:
        return product(parts)
    scalars = [e for e in parts if _is_scalar(e)]
    flat = [g for e in arrays for g in (e.factors if isinstance(e, Hadamard) else (e,))]
    whole = Hadamard(tuple(flat))
    return product([*scalars, whole]) if scalars else whole


def _is_scalar(e: Expression) -> bool:
    match e:
        case Number() | Symbol() | SquaredNorm():
            return True
        case Matrix():
            return False
        case Sum(parts) | Product(parts) | Call(_, parts) | Hadamard(parts):
            return all(map(_is_scalar, parts))
        case Juxtaposed(factors):
            return all(map(_is_scalar, factors)) or _is_inner(factors)
        case Quotient(a, b) | Power(a, b):
            return _is_scalar(a) and _is_scalar(b)
        case Negative(a) | Transposed(a):
            return _is_scalar(a)
        case _:
            return isinstance(e, Applied) and e.head == "sum"


def _is_inner(factors: tuple[Expression, ...]) -> bool:
    return isinstance(factors[0], Transposed) and all(
        isinstance(f, Matrix) and f.is_vector for f in (factors[0].operand, factors[-1])
    )


def transposed(e: Expression) -> Expression:
    """Aᵀ; of Aᵀ it is A, and of a number the number."""
    if isinstance(e, Transposed):
        return e.operand
    return e if isinstance(e, Symbol | Number) else Transposed(e)


def literal(numbers: Any) -> Matrix:
    """A NumPy array of one or two axes as its numbers."""
    rows: Rows = tuple([tuple(map(float, row)) for row in np.atleast_2d(numbers)])
    return Matrix(None, rows, np.ndim(numbers) == 1)
