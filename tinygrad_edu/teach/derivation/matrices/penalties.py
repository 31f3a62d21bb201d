"""Weights that stand in a graph twice: each matrix in its layer, and all of them in a penalty.

The array program has the weights of a penalty λ Σ w² as one array of their own. A textbook writes
λ (‖W⁽¹⁾‖² + ‖W⁽²⁾‖²), and 2λW⁽¹⁾ in the gradient of W⁽¹⁾; of a penalty on some weights of a matrix
λ‖M ⊙ W‖², with a matrix M of ones and zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence

import numpy as np

from ....arrays.ir import Array
from ....engine import Value
from ...notation.expression import (
    Applied,
    Call,
    Expression,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    SquaredNorm,
    Sum,
    Symbol,
    sum_of,
)
from .arrays import Arrays, Names
from .instructions import Unwritten
from .symbols import Named, name_in, named


class Penalties:
    """The arrays of weights that stand in a penalty alone, and the layers' arrays that they repeat.

    pieces  of each such array, the arrays of which it is made, each as it stands in the penalty: by
            its symbol W, or M ⊙ W where only some of its weights are in it
    masked  these M, with a 1 for each weight of a penalty, and their W
    """

    def __init__(
        self,
        arrays: Arrays,
        symbols: Mapping[Array, Named],
        joined: Container[Array],
        names: Names,
    ) -> None:
        self._arrays, self._symbols, self._names = arrays, symbols, names
        self.pieces: dict[Array, dict[Array, Expression]] = {}
        self.masked: list[tuple[Matrix, Matrix]] = []
        parameters = [a for a in arrays.origin if arrays.is_parameter(a) and a not in joined]
        own = {a: set(arrays.origin[a]) for a in parameters}
        uses = Counter(v for values in own.values() for v in values)
        self._shared = {a: values for a, values in own.items() if any(uses[v] > 1 for v in values)}

    @property
    def candidates(self) -> list[Array]:
        """The arrays with weights that another has too, of which no product is made."""
        users = self._arrays.users
        return [a for a in self._shared if not any(map(self._arrays.is_product, users[a]))]

    def find(self, gradients: Mapping[Array, Expression]) -> None:
        """Which of the candidates are in a penalty, by their gradients: each of its own entries.

        `Unwritten` where weights are repeated in another way.
        """
        symbols, values = self._symbols, self._shared
        found = [
            a
            for a, e in gradients.items()
            if isinstance(symbols[a], Matrix) and is_entrywise(e, symbols[a])
        ]
        layers = {a: own for a, own in values.items() if a not in found}
        left = Counter(v for own in layers.values() for v in own)
        if any(n > 1 for n in left.values()) or any(values[a] - left.keys() for a in found):
            listed = [name_in(symbols[a]).text for a in values]
            raise Unwritten(
                "this graph has no matrix form that can be written yet: the same weights stand in "
                f"several of its arrays ({', '.join(listed)}); derive it without form"
            )
        for a in found:
            penalized = values[a]
            self.pieces[a] = {b: self._piece(b, penalized) for b in layers if layers[b] & penalized}

    def _piece(self, layer: Array, penalized: set[Value]) -> Expression:
        """A layer's array, with a mask before it if only some of its weights are in a penalty."""
        symbol = self._symbols[layer]
        chosen = [float(v in penalized) for v in self._arrays.origin[layer]]
        if all(chosen) or isinstance(symbol, Symbol):
            return symbol
        shape = np.shape(self._arrays.numbers[layer])
        name = self._names.like(name_in(symbol), "m", len(shape) > 1)
        is_row = len(shape) == 1 and not symbol.is_vector
        mask = named(name, np.reshape(chosen, shape), is_row)
        assert isinstance(mask, Matrix)
        self.masked.append((mask, symbol))
        return Hadamard((mask, symbol))

    def on(self, node: Array) -> dict[Array, Expression]:
        """The penalized arrays that a layer's array is a piece of, and how it stands there."""
        return {whole: made[node] for whole, made in self.pieces.items() if node in made}

    def in_pieces(self, e: Expression) -> Expression:
        """An expression with each sum over a penalized array as those over its pieces."""
        for penalized, pieces in self.pieces.items():
            e = in_pieces(e, self._symbols[penalized], list(pieces.values()))
        return e

    def added_to(self, loss: Array) -> list[Array]:
        """The penalties that are added to a loss."""
        found: list[Array] = []
        while loss.op == "+" and len(loss.arrays) == 2:
            first, second = loss.arrays
            if self._is_penalty(second):
                first, second = second, first
            if not self._is_penalty(first):
                break
            found.append(first)
            loss = second
        return found

    def _is_penalty(self, x: Array) -> bool:
        """Whether nothing is in it but the weights of a penalty and single numbers, such as λ."""
        inside = self._made_of(x)
        others = inside.difference(self.pieces)
        return len(others) < len(inside) and all(
            isinstance(self._symbols[a], Symbol) and not self._arrays.is_parameter(a)
            for a in others
        )

    def _made_of(self, x: Array) -> set[Array]:
        if x in self._symbols:
            return {x}
        return set[Array]().union(*map(self._made_of, x.arrays))


def is_entrywise(e: Expression, whole: Named) -> bool:
    """Whether each entry of `e` is made of the same entry of `whole` and of numbers alone."""
    match e:
        case Matrix():
            return e is whole
        case Number() | Symbol():
            return True
        case Sum(parts) | Product(parts) | Hadamard(parts) | Call(_, parts):
            return all(is_entrywise(part, whole) for part in parts)
        case Quotient(a, b) | Power(a, b):
            return is_entrywise(a, whole) and is_entrywise(b, whole)
        case Negative(a):
            return is_entrywise(a, whole)
        case _:
            return False


def of_piece(e: Expression, whole: Named, piece: Expression) -> Expression:
    """An entrywise expression of `whole`, of a piece of it."""

    def each(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
        return tuple([of_piece(part, whole, piece) for part in parts])

    match e:
        case Matrix() if e is whole:
            return piece
        case Sum(parts):
            return Sum(each(parts))
        case Product(parts):
            return Product(each(parts))
        case Hadamard(parts):
            made = each(parts)
            return Product(made) if isinstance(piece, Symbol) else Hadamard(made)
        case Call(op, parts):
            return Call(op, each(parts))
        case Quotient(a, b):
            return Quotient(*each((a, b)))
        case Power(a, b):
            return Power(*each((a, b)))
        case Negative(a):
            return Negative(of_piece(a, whole, piece))
        case _:
            return e


def in_pieces(e: Expression, whole: Named, pieces: Sequence[Expression]) -> Expression:
    """An expression with each sum over `whole` as the sum of those over its pieces."""

    def each(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
        return tuple([in_pieces(part, whole, pieces) for part in parts])

    match e:
        case SquaredNorm(a) if is_entrywise(a, whole):
            return sum_of([_squares(of_piece(a, whole, piece), piece) for piece in pieces])
        case Applied("sum", a) if is_entrywise(a, whole):
            return sum_of([_total(of_piece(a, whole, piece), piece) for piece in pieces])
        case Sum(parts):
            return Sum(each(parts))
        case Product(parts):
            return Product(each(parts))
        case Quotient(a, b):
            return Quotient(*each((a, b)))
        case Negative(a):
            return Negative(in_pieces(a, whole, pieces))
        case _:
            return e


def _squares(e: Expression, piece: Expression) -> Expression:
    return Power(e, Number(2.0)) if isinstance(piece, Symbol) else SquaredNorm(e)


def _total(e: Expression, piece: Expression) -> Expression:
    return e if isinstance(piece, Symbol) else Applied("sum", e)
