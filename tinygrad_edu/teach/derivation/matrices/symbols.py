"""The symbols of arrays: a name with a number, a vector or a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ....ops import Op
from ...notation.expression import Derivative, Expression, Matrix, Prime, Symbol
from ...notation.labels import Name, indexed
from .arrays import Numbers
from .products import literal

Named = Matrix | Symbol


def is_vector(symbol: Named) -> bool:
    """Whether it is a column."""
    return isinstance(symbol, Matrix) and symbol.is_vector


def is_target(symbol: Named) -> bool:
    """Whether it is called y."""
    name = symbol.name
    return isinstance(name, Name) and name.pieces[0].base in ("y", "Y")


def named(name: Name | Derivative, numbers: Numbers, is_row: bool = False) -> Named:
    """A symbol with its numbers: a number's, a vector's or a matrix's."""
    if not np.shape(numbers):
        return Symbol(name, float(numbers))
    return replace(literal(numbers), name=name, is_vector=np.ndim(numbers) == 1 and not is_row)


def primed(symbol: Named, op: Op, slope: Numbers) -> Expression:
    """f′ of a symbol, with its numbers."""
    name = symbol.name
    if isinstance(symbol, Symbol):
        return Prime(op, symbol, float(slope))
    return replace(literal(slope), name=name, is_vector=symbol.is_vector, prime=op)


def name_in(symbol: Named) -> Name:
    """The name of an array that is no derivative."""
    assert isinstance(symbol.name, Name)
    return symbol.name


def target_of(symbol: Named) -> Named:
    """The numbers of a symbol, without its name where it is an array."""
    return replace(symbol, name=None) if isinstance(symbol, Matrix) else symbol


def shape_of(symbol: Named) -> str:
    """``(3 × 2)``; nothing of a number."""
    if isinstance(symbol, Symbol):
        return ""
    rows, columns = len(symbol.rows), len(symbol.rows[0])
    return f"({columns} × 1)" if symbol.is_vector else f"({rows} × {columns})"


def delta_of(name: Name) -> Name:
    """δ for z, Δ for Z."""
    return name.with_base("Δ" if name.pieces[0].base.isupper() else "δ")


def row_of(names: Sequence[Name | None]) -> Name | None:
    """E₃ of E₃₁, E₃₂ …, the entries of one row of a matrix; nothing of others."""
    known = [name for name in names if name is not None]
    lower = [indices(name) for name in known]
    if not lower or len(lower[0]) < 2 or len({text[:1] for text in lower}) > 1:
        return None
    return indexed(known[0].pieces[0].base, int(lower[0][0]))


def indices(name: Name) -> str:
    """The indices in a subscript, as they stand."""
    return "".join([c for p in name.pieces for q in p.lower for c in q.base if c.isdigit()])
