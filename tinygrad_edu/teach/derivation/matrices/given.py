"""What the weights are given: inputs, plain numbers among them, and their parts.

Where the state and the input of a recurrent network's first step are both given, the array program
has them as one vector [h; x], and the weights of both as one matrix [W U]. A textbook writes the
two products, W h + U x.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

import numpy as np

from ....arrays.ir import Array
from ....engine import Value
from ...notation.labels import Name, name_of
from .arrays import Arrays, Names, stripped
from .instructions import literal
from .symbols import Named, name_in, named


class Block(NamedTuple):
    """A matrix in a wider one, and the columns that it has there."""

    weight: Array
    columns: slice


class Given:
    """The arrays that are given to a program, and those of its matrices that are made of others.

    symbols  of all arrays that have a name; those of given ones are added
    joined   each matrix that is made of other ones, side by side, with these: only those that given
             numbers are multiplied with, which can be taken apart as the matrix is
    """

    def __init__(self, arrays: Arrays, names: Names, symbols: dict[Array, Named]) -> None:
        self._arrays, self._names, self._symbols = arrays, names, symbols
        self._parts: dict[tuple[Array, int], Named] = {}
        self.joined: dict[Array, list[Block]] = {}
        columns = {a: _columns(a, v) for a, v in arrays.origin.items() if arrays.is_parameter(a)}
        for wide, own in columns.items():
            users = arrays.users[wide]
            others = [x for user in users for x in user.arrays if x is not wide]
            if all(map(arrays.is_product, users)) and all(map(arrays.is_given, others)):
                narrower = {a: some for a, some in columns.items() if len(some) < len(own)}
                if blocks := _blocks(own, narrower) or self._by_name(wide):
                    self.joined[wide] = blocks

    def _by_name(self, wide: Array) -> list[Block]:
        """The blocks of a matrix whose columns have several names: W and U of [W U].

        They are no arrays of the program, so each is made one here.
        """
        if len(wide.shape) != 2:
            return []
        values = np.reshape(np.array(self._arrays.origin[wide], object), wide.shape)
        common = [self._names.in_common(column) for column in values.T]
        runs = [(name, len(list(run))) for name, run in groupby(common)]
        if len(runs) < 2 or len(set(common)) != len(runs) or None in common:
            return []
        found: list[Block] = []
        start = 0
        for _, size in runs:
            columns = slice(start, start + size)
            part = Array("take", (wide,), (wide.shape[0], size), False, None, wide.number)
            self._arrays.add_parameter(part, list(values[:, columns].ravel()))
            found.append(Block(part, columns))
            start += size
        return found

    def is_taken_apart(self, node: Array) -> bool:
        """Whether it is given to joined matrices alone, of which each has a part of it."""
        users = self._arrays.users[node]
        return self._arrays.is_given(node) and all(
            self._arrays.is_product(user) and self._arrays.sides(user)[0] in self.joined
            for user in users
        )

    def parts(self, term: Array) -> list[tuple[Array, Named]]:
        """The matrices that the weight of a product is made of, each with its part of the rest."""
        weight, other = self._arrays.sides(term)
        return [(part, self._part(other, columns)) for part, columns in self.joined[weight]]

    def _part(self, other: Array, columns: slice) -> Named:
        place = other, columns.start
        if place not in self._parts:
            numbers, name = self._arrays.numbers[other][..., columns], None
            if other in self._arrays.origin:
                values = np.reshape(np.array(self._arrays.origin[other], object), other.shape)
                some = list(values[..., columns].ravel())
                name = self._names.of_leaves(some, np.ndim(numbers) > 1, is_bias=False)
            self._parts[place] = literal(numbers) if name is None else named(name, numbers)
        return self._parts[place]

    @property
    def named(self) -> list[Named]:
        """The symbols of what is given, of which no weight is."""
        whole = [self._symbols[a] for a in self._symbols if self._arrays.is_given(a)]
        return [*[part for part in self._parts.values() if part.name is not None], *whole]

    # Plain numbers

    def name_constants(self, lines: Iterable[Array], steps: dict[Array, int]) -> None:
        """Plain numbers are x where weights are multiplied with them, y where a line is compared.

        Of the steps of a recurrent network they are x₁, x₂ …, and a₀ before the first of its states
        a₁, a₂ …
        """
        arrays = self._arrays
        lines = set(lines)
        for total in arrays.weighted_sums():
            for term in filter(arrays.is_product, arrays.terms(total)):
                weight, x = arrays.sides(term)
                if x.op != "constant" or np.ndim(arrays.numbers[x]) != 1:
                    continue
                for part, columns in self.joined.get(weight, [Block(weight, slice(0, None))]):
                    is_new = x not in self._symbols and (x, columns.start) not in self._parts
                    if is_new:
                        name = self._name_of_input(part, lines, steps.get(total, 0))
                        symbol = named(name, arrays.numbers[x][columns])
                        if weight in self.joined:
                            self._parts[x, columns.start] = symbol
                        else:
                            self._symbols[x] = symbol
        for line in lines:
            for node in arrays.users[line]:
                is_error = any(user.op in ("**", "abs") for user in arrays.users[node])
                for y in node.arrays:
                    if node.op == "-" and y.op == "constant" and y.shape == node.shape and is_error:
                        step = steps.get(line, steps.get(line.arrays[0], 0))
                        if y not in self._symbols:
                            name = self._names.at_step(name_of("y"), step or None)
                            self._symbols[y] = named(name, arrays.numbers[y])

    def _name_of_input(self, weight: Array, lines: set[Array], step: int) -> Name:
        """x, xₜ of a step, or the state before the first."""
        states = [x for user in self._arrays.users[weight] for x in user.arrays if x in lines]
        if step and states:
            state = name_in(self._symbols[states[0]])
            return self._names.at_step(stripped(state), step - 1)
        return self._names.at_step(name_of("x"), step or None)


def _columns(node: Array, values: list[Value]) -> list[tuple[Value, ...]]:
    """The columns of a matrix; a vector that other vectors are multiplied with is a row."""
    table = np.empty(len(values), dtype=object)
    table[:] = values
    rows = table.reshape(node.shape if len(node.shape) == 2 else (1, -1))
    return [tuple(column) for column in rows.T]


def _blocks(
    own: list[tuple[Value, ...]], others: dict[Array, list[tuple[Value, ...]]]
) -> list[Block]:
    """Which of the others, one after the other, a matrix is; none where it is not that."""
    found: list[Block] = []
    start = 0
    while start < len(own):
        for a, columns in others.items():
            if own[start : start + len(columns)] == columns:
                found.append(Block(a, slice(start, start + len(columns))))
                start += len(columns)
                break
        else:
            return []
    return found
