"""The lines of a forward pass of arrays, and what all arrays are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ....arrays.ir import Array
from ....engine import Value
from ....ops import OPS
from ...notation.labels import Name, name_of
from .arrays import Arrays, Names
from .given import Given
from .norms import Norm, norms
from .symbols import Named, has_two_indices, name_in, named


class Lines:
    """The arrays that have a name and a line.

    lines      the weighted sums, what is normalised, and what functions make of these, in forward
               order
    symbols    of these, of the parameters and of what is given
    functions  by what an activation is of, its result, where nothing else uses that
    steps      the number of a weighted sum among those of its weight, where that is in several
    """

    def __init__(self, arrays: Arrays, names: Names, of_values: Mapping[Value, Name]) -> None:
        self.arrays: Arrays = arrays
        self._names = names
        self.symbols: dict[Array, Named] = {}
        self.functions: dict[Array, Array] = {}
        self.steps: dict[Array, int] = {}
        self._letters: dict[Name, str] = {}  # of the sums of each weight
        self.norms: list[Norm] = norms(arrays.program.forward)
        self.given: Given = Given(arrays, names, self.symbols)
        self._name_leaves(of_values)
        self.lines: list[Array] = [self._named(node) for node in self._found()]
        self.given.name_constants(self.lines, self.steps)

    def _name_leaves(self, names: Mapping[Value, Name]) -> None:
        for node, values in self.arrays.origin.items():
            if node in self.given.joined or self.given.is_taken_apart(node):
                continue
            numbers = self.arrays.numbers[node]
            of_neuron = self.arrays.is_parameter(node) and has_two_indices(names.get(values[0]))
            is_row = of_neuron and np.ndim(numbers) == 1 and self._is_weight(node)
            is_bias = any(node in self.arrays.terms(s) for s in self.arrays.weighted_sums())
            name = self._names.of_leaves(values, is_row or len(np.shape(numbers)) > 1, is_bias)
            if name is None:
                letter = "w" if self.arrays.is_parameter(node) else "x"
                name = self._names.numbered(letter, np.ndim(numbers) > 1)
            self.symbols[node] = named(name, numbers, is_row)

    def _is_weight(self, node: Array) -> bool:
        return any(self.arrays.is_product(user) for user in self.arrays.users[node])

    def _found(self) -> list[Array]:
        """The weighted sums and what a function makes of them, in forward order."""
        sums = set(self.arrays.weighted_sums())
        parts = {a for norm in self.norms for a in norm.lines if a not in self.symbols}
        found: list[Array] = []
        for node in self.arrays.program.forward:
            function = OPS.get(node.op)
            if node in sums or node in parts:
                found.append(node)
            elif function is not None and function.is_activation and node.arrays:
                (argument,) = node.arrays
                if argument not in found and self._is_of_parameters(argument, found):
                    found.append(argument)
                if argument in found:
                    if self.arrays.users[argument] == [node]:
                        self.functions[argument] = node
                    found.append(node)
            elif function is not None and self._names.matching(
                self.arrays.numbers[node], function.is_function, labelled=True
            ):
                found.append(node)
        return [node for node in found if node is not self.arrays.program.loss]

    def _is_of_parameters(self, node: Array, lines: list[Array]) -> bool:
        """Whether parameters are in it, as in g ⊙ z + b, down to the lines."""
        if node in lines or self.arrays.is_parameter(node):
            return node not in lines
        inside = node.arrays if node.op in ("+", "*", "-", "/") else []
        return any(self._is_of_parameters(a, lines) for a in inside)

    def _named(self, node: Array) -> Array:
        numbers = self.arrays.numbers[node]
        is_function, is_matrix = node.op in OPS and OPS[node.op].is_function, np.ndim(numbers) > 1
        name = self._names.of_numbers(numbers, is_function)
        if name is None and self.arrays.terms(node):
            name = self._name_of_sum(node)
        elif name is None:
            letters = {a: letter for norm in self.norms for a, letter in norm.lines.items()}
            letter = letters.get(node, "a" if is_function else "u")
            source = next((name_in(self.symbols[a]) for a in self._below(node)), name_of("z"))
            name = self._names.like(source, letter, is_matrix)
        self.symbols[node] = named(name, numbers)
        return node

    def _below(self, node: Array) -> Iterator[Array]:
        """The lines that it is computed from, the nearest first."""
        waiting = [*node.arrays]
        while waiting:
            a = waiting.pop(0)
            if (
                a in self.symbols
                and not self.arrays.is_given(a)
                and not self.arrays.is_parameter(a)
            ):
                yield a
            else:
                waiting += a.arrays

    def _name_of_sum(self, node: Array) -> Name:
        """z of its first weight; z₁, z₂ … of the sums of a weight that stands in several."""
        weight = self._weight(node)
        weighted = self.arrays.weighted_sums()
        alike = [other for other in weighted if self._weight(other) is weight]
        self.steps[node] = alike.index(node) + 1 if len(alike) > 1 else 0
        is_matrix = np.ndim(self.arrays.numbers[node]) > 1
        step = self.steps[node] or None
        name = name_in(self.symbols[weight])
        if name not in self._letters:  # of another weight without the number of a layer, u
            others = [n for n in self._letters if n.with_base("z") == name.with_base("z")]
            self._letters[name] = "zuvr"[min(len(others), 3)]
        return self._names.like(name, self._letters[name], is_matrix, step)

    def _weight(self, total: Array) -> Array:
        """The weight in the first product of a sum."""
        first = next(term for term in self.arrays.terms(total) if self.arrays.is_product(term))
        weight = self.arrays.sides(first)[0]
        joined = self.given.joined.get(weight)
        return weight if joined is None else joined[0].weight
