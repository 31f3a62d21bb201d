"""Matrix algebra on expressions: products by the labels of their axes, transposes, repeated rows.

A vector is a column, and 𝟏 the column of ones that repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import numpy as np

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
    Prime,
    Product,
    Quotient,
    Rows,
    SquaredNorm,
    Sum,
    Symbol,
    Transposed,
    product,
)
from ...notation.writing import simple_root

Ones = Callable[[int], Matrix]
"""𝟏, by its length."""

Shape = tuple[int, ...]


class Unwritten(ValueError):
    """A graph that has no matrix form, and why."""


def contracted(
    labels: str, a: Expression, b: Expression, sizes: Mapping[str, int], ones: Ones
) -> Expression:
    """The product of two arrays, summed over the labels that the result lacks: ``"ik,k->i"``."""
    sides, lo = labels.split("->")
    la, lb = sides.split(",")
    if max(len(la), len(lb), len(lo)) > 2:
        raise Unwritten("a product of arrays of more than two axes has no matrix form")
    if not la or not lb:
        number, array = (a, b) if not la else (b, a)
        is_symbol = isinstance(number, Symbol) and not is_scalar(array)
        return Juxtaposed((array, number)) if is_symbol else entrywise(number, array)
    if set(la) == set(lb):
        return _of_equals(la, a, b if la == lb else transposed(b), lo, sizes, ones)
    if lo and lo[0] in lb and (lo[0] not in la or len(la) < len(lb)):
        (la, a), (lb, b) = (lb, b), (la, a)
    if not lo:  # a matrix and a vector, with one sum more
        (la, a), (lb, b) = sorted(((la, a), (lb, b)), key=lambda side: len(side[0]))
        return juxtaposed(transposed(a), b if lb[0] == la else transposed(b), ones(sizes[lb[1]]))
    shared = set(la) & set(lb)
    if not shared & set(lo):
        left = a if la[0] == lo[0] else transposed(a)
        is_column = len(lo) == len(lb) == 1
        return juxtaposed(left, b if is_column or lb[1:] == lo[1:] else transposed(b))
    if len(lb) == 1 and lo in (la, la[::-1]):
        whole = entrywise(a, _repeated(b, lb, la, sizes, ones))
        return whole if lo == la else transposed(whole)
    raise Unwritten(f"a product of arrays with the axes {labels} has no matrix form")


def _of_equals(
    la: str, a: Expression, b: Expression, lo: str, sizes: Mapping[str, int], ones: Ones
) -> Expression:
    """The product entry by entry of arrays of one shape, summed over what `lo` lacks."""
    if not lo:
        if a == b:
            return SquaredNorm(in_either_shape(a))
        if len(la) > 1:
            return Applied("sum", Hadamard((a, b)))
        return juxtaposed(
            *((transposed(b), a) if isinstance(b, Transposed) else (transposed(a), b))
        )
    whole = entrywise(a, b)
    if len(lo) == len(la):
        return whole if lo == la else transposed(whole)
    return juxtaposed(
        whole if la[0] == lo else transposed(whole), ones(sizes[(set(la) - {lo}).pop()])
    )


def _repeated(e: Expression, lb: str, la: str, sizes: Mapping[str, int], ones: Ones) -> Expression:
    """A vector along one axis of a matrix, repeated along the other."""
    if lb == la[0]:
        return juxtaposed(e, transposed(ones(sizes[la[1]])))
    return juxtaposed(ones(sizes[la[0]]), transposed(e))


def filled(e: Expression, shape: Shape, whole: Shape, ones: Ones) -> Expression:
    """An array of some shape, repeated as NumPy broadcasts it; numbers stay numbers."""
    if shape == whole or not shape or is_scalar(e):
        return e
    lead = (1,) * (len(whole) - len(shape)) + shape
    if len(whole) > 2 or [n for n in lead if n > 1] == [n for n in whole if n > 1]:
        return e
    if lead[0] == 1:  # a row for each line
        return juxtaposed(ones(whole[0]), transposed(e) if len(shape) == 1 else e)
    return juxtaposed(e, transposed(ones(whole[1])))


def summed(e: Expression, whole: Shape, shape: Shape, ones: Ones) -> Expression:
    """What `filled` hands back: the sum over the axes along which an array was repeated."""
    size = int(np.prod(whole)) // int(np.prod(shape))
    if size == 1:
        return e
    if is_scalar(e):
        return product([Number(float(size)), e])
    if not [n for n in shape if n > 1]:
        return juxtaposed(transposed(e), ones(whole[0])) if len(whole) == 1 else Applied("sum", e)
    lead = (1,) * (len(whole) - len(shape)) + shape
    if lead[0] == 1:
        found = juxtaposed(transposed(e), ones(whole[0]))
        return found if len(shape) == 1 else transposed(found)
    return juxtaposed(e, ones(whole[1]))


def full(e: Expression, shape: Shape, ones: Ones) -> Expression:
    """A number that stands for each entry of an array as that array; what is one as it is."""
    if not is_scalar(e) or not shape:
        return e
    if len(shape) == 1:
        return entrywise(e, ones(shape[0]))
    return entrywise(e, Juxtaposed((ones(shape[0]), transposed(ones(shape[1])))))


def juxtaposed(*factors: Expression) -> Expression:
    """A B C, numbers as they stand; of two numbers their product."""
    flat = [g for f in factors for g in (f.factors if isinstance(f, Juxtaposed) else (f,))]
    scalars: list[Expression] = []
    arrays: list[Expression] = []
    for f in flat:
        if isinstance(f, Product) and any(map(is_scalar, f.factors)):
            scalars += [g for g in f.factors if is_scalar(g)]
            arrays += [g for g in f.factors if not is_scalar(g)]
        elif isinstance(f, Negative):
            scalars.append(Number(-1.0))
            arrays.append(f.operand)
        else:
            (scalars if isinstance(f, Number) else arrays).append(f)
    if len(arrays) > 1 and all(map(is_scalar, arrays)):
        return scaled(scalars, product(arrays))
    whole = arrays[0] if len(arrays) == 1 else Juxtaposed(tuple(arrays))
    return scaled(scalars, whole)


def scaled(scalars: list[Expression], e: Expression) -> Expression:
    """A product with numbers before it."""
    signs = [f for f in scalars if f == Number(-1.0)]
    rest = [f for f in scalars if f not in (Number(-1.0), Number(1.0))]
    whole = product([*rest, e]) if rest else e
    return negated(whole) if len(signs) % 2 else whole


def negated(e: Expression) -> Expression:
    """−e."""
    match e:
        case Negative(a):
            return a
        case Number(value):
            return Number(-value)
        case Product((Number(value), *others)):
            return product([Number(-value), *others])
        case _:
            return Negative(e)


def entrywise(*parts: Expression) -> Expression:
    """A product: entry by entry of arrays, and a plain one where a factor is a number."""
    scalars = [f for e in parts if is_scalar(e) for f in factors_of(e)]
    arrays = [e for e in parts if not is_scalar(e)]
    loose = [f for e in arrays for f in factors_of(e)]
    if len(scalars) + sum(map(is_scalar, loose)) > 1 or any(
        isinstance(e, Negative) for e in arrays
    ):
        scalars += [f for f in loose if is_scalar(f)]
        arrays = [f for f in loose if not is_scalar(f)]
    numbers = [f.value for f in scalars if _is_decimal(f)]
    if len(numbers) > 1:
        rest = [f for f in scalars if not _is_decimal(f)]
        scalars = [Number(float(np.prod(numbers))), *rest]
    scalars.sort(key=lambda f: not isinstance(f, Number))
    flat = [g for e in arrays for g in (e.factors if isinstance(e, Hadamard) else (e,))]
    if not flat:
        return scaled(scalars[:-1], scalars[-1])
    return scaled(scalars, flat[0] if len(flat) == 1 else Hadamard(tuple(flat)))


def _is_decimal(e: Expression) -> TypeGuard[Number]:
    """Whether it is a number, and no √3 that would not be seen any more in a product."""
    return isinstance(e, Number) and simple_root(abs(e.value)) is None


def factors_of(e: Expression) -> list[Expression]:
    """The factors of a plain product, the sign among them."""
    if isinstance(e, Negative):
        return [Number(-1.0), *factors_of(e.operand)]
    return list(e.factors) if isinstance(e, Product) else [e]


def is_scalar(e: Expression) -> bool:
    """Whether it is a number, and no array."""
    match e:
        case Number() | Symbol() | SquaredNorm() | Prime():
            return True
        case Matrix():
            return False
        case Sum(parts) | Product(parts) | Call(_, parts) | Hadamard(parts):
            return all(map(is_scalar, parts))
        case Juxtaposed(factors):
            return all(map(is_scalar, factors)) or _is_inner(factors)
        case Quotient(a, b) | Power(a, b):
            return is_scalar(a) and is_scalar(b)
        case Negative(a) | Transposed(a):
            return is_scalar(a)
        case _:
            return isinstance(e, Applied) and e.head == "sum"


def _is_inner(factors: tuple[Expression, ...]) -> bool:
    arrays = [f for f in factors if not is_scalar(f)]
    return len(arrays) > 1 and is_row(arrays[0]) and _is_column(arrays[-1])


def _is_column(e: Expression) -> bool:
    match e:
        case Matrix(is_vector=is_vector):
            return is_vector
        case Sum(parts) | Hadamard(parts) | Product(parts) | Call(_, parts):
            return any(map(_is_column, parts))
        case Negative(a) | Quotient(a, _) | Power(a, _):
            return _is_column(a)
        case Juxtaposed(parts):
            return _is_column(parts[-1])
        case Applied(shape=shape):
            return shape[1:] == (1,)
        case _:
            return isinstance(e, Transposed) and is_row(e.operand)


def is_row(e: Expression) -> bool:
    """Whether it is a matrix of one row."""
    match e:
        case Matrix(rows=rows, is_vector=is_vector):
            return not is_vector and len(rows) == 1
        case Sum(parts) | Hadamard(parts) | Product(parts):
            return any(map(is_row, parts))
        case Negative(a) | Quotient(a, _) | Power(a, _):
            return is_row(a)
        case Juxtaposed(parts):
            return is_row(parts[0])
        case _:
            return isinstance(e, Transposed) and _is_column(e.operand)


def as_column(e: Expression, shape: Shape) -> Expression:
    """What is called a row matrix, but is an array of one axis in the program, as a column."""
    return transposed(e) if len(shape) == 1 and is_row(e) else e


def transposed(e: Expression) -> Expression:
    """eᵀ; of Aᵀ it is A, of A B it is BᵀAᵀ, and of a number the number."""
    if is_scalar(e):
        return e
    match e:
        case Transposed(a):
            return a
        case Juxtaposed(factors):
            scalars = [f for f in factors if is_scalar(f)]
            others = [transposed(f) for f in reversed(factors) if not is_scalar(f)]
            return Juxtaposed((*scalars, *others))
        case Product(factors):
            return Product(tuple(map(transposed, factors)))
        case Hadamard(factors) if any(isinstance(f, Transposed) for f in factors):
            return Hadamard(tuple(map(transposed, factors)))
        case Sum(terms) if any(isinstance(transposed(t), Juxtaposed) for t in terms):
            return Sum(tuple(map(transposed, terms)))
        case Negative(a):
            return Negative(transposed(a))
        case Applied("diag", _) | Power(Applied("diag", _), _):
            return e
        case _:
            return Transposed(e)


def diagonal(e: Expression) -> Expression:
    """diag(e), the matrix with a vector on its diagonal."""
    return Applied("diag", e)


def inverse(e: Expression) -> Expression:
    """e⁻¹."""
    return Power(e, Number(-1.0))


def in_either_shape(e: Expression) -> Expression:
    """An array of which all entries are summed, without a transpose."""
    other = transposed(e)
    return e if isinstance(other, Transposed) else other if _has_transpose(e) else e


def _has_transpose(e: Expression) -> bool:
    match e:
        case Transposed():
            return True
        case Hadamard(parts) | Sum(parts) | Product(parts):
            return all(map(_has_transpose, parts))
        case _:
            return False


def parts_of(e: Expression) -> list[Expression]:
    """The expressions that an expression is made of at once."""
    parts = [getattr(e, slot) for slot in getattr(e, "__slots__", ())]
    inside = [x for p in parts for x in (p if isinstance(p, tuple) else (p,))]
    return [x for x in inside if isinstance(x, Expression)]


def literal(numbers: Any) -> Matrix:
    """A NumPy array of one or two axes as its numbers."""
    rows: Rows = tuple([tuple(map(float, row)) for row in np.atleast_2d(numbers)])
    return Matrix(None, rows, np.ndim(numbers) == 1)
