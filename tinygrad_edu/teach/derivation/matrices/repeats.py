"""Weights that stand in a graph more than once, in arrays of different shapes.

A matrix W of a layer is W again in a penalty λ‖W‖², M ⊙ W with a matrix M of ones and zeros in a
penalty on some of its weights, and Wᵀ where a decoder is tied to its encoder. (Rows of an embedding
that are looked up are a product in the array program itself.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

import numpy as np

from ....arrays.instructions.ir import Array
from ....engine import Value
from ...notation.expression import Expression, Matrix
from . import instructions
from .arrays import Arrays, Names
from .products import Unwritten, entrywise, is_row, transposed
from .symbols import Named, name_in, named


class Repeat(NamedTuple):
    """An array of weights that another has too.

    of    that one
    how   what it is, of that one's symbol
    back  what its gradient adds to that one's
    """

    of: Array
    how: Expression
    back: Callable[[Expression], Expression]


class Repeats:
    """The arrays of weights that are others again.

    masked  the masks M, with a 1 for each weight of a penalty, and their W
    """

    def __init__(self, arrays: Arrays, symbols: Mapping[Array, Named], names: Names) -> None:
        self._arrays, self._symbols, self._names = arrays, symbols, names
        self.masked: list[tuple[Matrix, Named]] = []
        self.found: dict[Array, Repeat] = {}
        owner: dict[Value, Array] = {}
        for a in first_ones_first(arrays):
            owners = {owner.get(v) for v in arrays.origin[a]}
            if owners == {None}:
                if len({*arrays.origin[a]}) < len(arrays.origin[a]):
                    instructions.refuse(a)
                owner.update(dict.fromkeys(arrays.origin[a], a))
            elif len(owners) == 1:
                self.found[a] = self._repeat(a, owners.pop())
            else:
                refuse([a, *[b for b in owners if b is not None]], symbols)

    def _repeat(self, a: Array, of: Array | None) -> Repeat:
        assert of is not None
        symbol, values, own = self._symbols[of], self._arrays.origin[a], self._arrays.origin[of]
        if values == own:
            return Repeat(of, symbol, lambda e: e)
        table = np.array(own, object).reshape(of.shape)
        if a.shape == of.shape[::-1] and list(table.T.ravel()) == values:
            return Repeat(of, transposed(symbol), transposed)
        if any(map(self._arrays.is_product, self._arrays.users[a])) or len({*values}) < len(values):
            refuse([of, a], self._symbols)
        chosen = {*values}
        if len(chosen) == len(own):
            return Repeat(of, symbol, lambda e: e)
        mask = self._mask(of, symbol, [float(v in chosen) for v in own])
        if not a.shape:  # one weight, by its own name
            column = transposed(mask) if len(of.shape) == 1 and is_row(mask) else mask
            return Repeat(of, self._symbols[a], lambda e: entrywise(e, column))
        return Repeat(of, entrywise(mask, symbol), lambda e: e)

    def _mask(self, of: Array, symbol: Named, chosen: list[float]) -> Matrix:
        for mask, weights in self.masked:
            if weights is symbol and np.array_equal(np.ravel(mask.rows), chosen):
                return mask
        assert isinstance(symbol, Matrix)
        shape = np.shape(self._arrays.numbers[of])
        name = self._names.like(name_in(symbol), "m", len(shape) > 1)
        made = named(name, np.reshape(chosen, shape), len(shape) == 1 and not symbol.is_vector)
        assert isinstance(made, Matrix)
        self.masked.append((made, symbol))
        return made


def first_ones_first(arrays: Arrays) -> list[Array]:
    """The arrays of weights: those of layers before those of penalties, then larger ones."""
    own = [a for a in arrays.origin if arrays.is_parameter(a)]

    def rank(a: Array) -> tuple[bool, int]:
        return not any(map(arrays.is_product, arrays.users[a])), -len(arrays.origin[a])

    return sorted(own, key=rank)


def refuse(some: list[Array], symbols: Mapping[Array, Named]) -> NoReturn:
    """Say why weights that are repeated in another way have no matrix form."""
    listed = ", ".join(dict.fromkeys(name_in(symbols[a]).text for a in some))
    raise Unwritten(
        "this graph has no matrix form that can be written yet: the same weights stand in "
        f"several of its arrays ({listed}); give the weights labels, or derive it without form"
    )
