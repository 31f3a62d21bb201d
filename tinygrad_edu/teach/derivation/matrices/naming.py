"""The lines of a forward pass of arrays, and what all arrays are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from ....arrays.instructions.ir import Array, places_of
from ....engine import Value
from ....ops import OPS
from ...notation.expression import Matrix
from ...notation.labels import Name, name_of
from .arrays import Arrays, Names, with_index
from .given import Given
from .instructions import turned
from .norms import Norm, norms
from .repeats import Repeats, first_ones_first
from .softmaxes import Softmax, softmaxes
from .symbols import Named, name_in, named, row_of

_SHOWN: Final = ("view", "take", "broadcast", "neg")
"""Operations that show an array in another way, and have no line."""
_NONE: Final = OPS["neg"]


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
        self._states: dict[tuple[str, ...], str] = {}  # of states, by how they are computed
        self.norms: list[Norm] = norms(arrays.program.forward)
        self.softmaxes: list[Softmax] = softmaxes(arrays.program.forward)
        self._wholes: list[Norm | Softmax] = [*self.norms, *self.softmaxes]
        self.given: Given = Given(arrays, names, self.symbols)
        self._name_leaves(of_values)
        self.repeats: Repeats = Repeats(arrays, self.symbols, names)
        self._name_look_ups()
        self.windows: dict[Array, Matrix] = self._windows()
        self.lines: list[Array] = [self._named(node) for node in self._found()]
        self.given.name_constants(self.lines, self.steps)

    def _name_leaves(self, names: Mapping[Value, Name]) -> None:
        own = first_ones_first(self.arrays)
        for node in [*own, *[a for a in self.arrays.origin if a not in own]]:
            values = self.arrays.origin[node]
            numbers = self.arrays.numbers[node]
            row = row_of([names.get(v) for v in values])
            is_in_row = self.arrays.is_parameter(node) and np.ndim(numbers) == 1 and row is not None
            is_row = is_in_row and self._is_weight(node)
            if row is not None and is_in_row and not is_row and self._is_looked_up(node, row):
                base = row.pieces[0].base.lower()
                self.symbols[node] = named(self._names.unique(row.with_base(base)), numbers)
                continue
            is_bias = any(node in self.arrays.terms(s) for s in self.arrays.weighted_sums())
            name = self._names.of_leaves(values, is_row or len(np.shape(numbers)) > 1, is_bias)
            if name is None:
                letter = "w" if self.arrays.is_parameter(node) else "x"
                name = self._names.numbered(letter, np.ndim(numbers) > 1)
            self.symbols[node] = named(name, numbers, is_row)

    def _name_look_ups(self) -> None:
        """X = O E; of several X₁ = O₁ E …"""
        found = self.arrays.look_ups
        for node in found:
            for a, letter in ((node.arrays[0], "O"), (node, "X")):
                if a not in self.symbols:
                    unique, numbered = self._names.unique, self._names.numbered
                    own = unique(name_of(letter)) if len(found) == 1 else numbered(letter, True)
                    self.symbols[a] = named(own, self.arrays.numbers[a])

    def _windows(self) -> dict[Array, Matrix]:
        """The symbols of the places of windows, as a kernel slides over: J, of several J₁ …"""
        shown = [n for n in self.arrays.program.forward if n.op in ("view", "take")]
        found = {node: places_of(node) + 1 for node in shown if self._is_windows(node)}
        distinct = {(p.shape, p.tobytes()): p for p in found.values()}
        made: dict[object, Matrix] = {}
        for key, places in distinct.items():
            several = len(distinct) > 1
            name = self._names.numbered("J", True) if several else self._names.unique(name_of("J"))
            symbol = named(name, places)
            assert isinstance(symbol, Matrix)
            made[key] = symbol
        return {node: made[p.shape, p.tobytes()] for node, p in found.items()}

    def _is_windows(self, node: Array) -> bool:
        """Whether it is parts of a computed array in lines, to be multiplied with weights or added
        up."""
        is_computed = node in self.arrays.varying and node not in self.arrays.origin
        if not is_computed or len(node.shape) != 2 or len(node.arrays[0].shape) > 2:
            return False
        uses = self.arrays.users[node]
        is_used = any(self.arrays.is_product(user) or user.op == "total" for user in uses)
        return is_used and turned(node) is None

    def _is_looked_up(self, node: Array, row: Name) -> bool:
        """Whether a row of a matrix of parameters is multiplied with others, as an embedding is."""
        is_factor = any(user.op == "contraction" for user in self.arrays.users[node])
        return is_factor and row.pieces[0].base.isupper()

    def _is_weight(self, node: Array) -> bool:
        return any(self.arrays.is_product(user) for user in self.arrays.users[node])

    def _found(self) -> list[Array]:
        """The lines, in forward order.

        They are the weighted sums, what is normalised, what activations are of and what they make,
        what several others use, what weights are multiplied with and what targets are compared to.
        """
        arrays = self.arrays
        needed = {*arrays.weighted_sums(), *arrays.look_ups, *self.windows}
        needed.update(a for whole in self._wholes for a in whole.lines if a not in self.symbols)
        inside = {a for whole in self._wholes for a in whole.inside} - needed
        for node in arrays.program.forward:
            if node not in arrays.varying or node in inside:
                continue
            function = OPS.get(node.op)
            if function is not None and function.is_activation:
                needed.update([*node.arrays, node])
            elif function is not None and self._names.matching(
                arrays.numbers[node], function.is_function, labelled=True
            ):
                needed.add(node)
            if len(arrays.users[node]) > 1 and node.op not in _SHOWN:
                needed.add(node)
            if arrays.is_product(node):
                needed.add(arrays.sides(node)[1])
            if node.op == "-" and self._is_error(node):
                needed.update(node.arrays)
        found = [node for node in arrays.program.forward if node in needed]
        for line in found:
            users = arrays.users[line]
            is_one = len(users) == 1 and self._is_line(users[0])
            if is_one and OPS.get(users[0].op, _NONE).is_activation:
                self.functions[line] = users[0]
        return [node for node in found if self._is_line(node)]

    def _is_line(self, node: Array) -> bool:
        is_leaf = self.arrays.is_parameter(node) or node in self.repeats.found
        is_computed = node in self.arrays.varying and not is_leaf
        is_shown = node.op in _SHOWN and node not in self.windows
        return is_computed and node is not self.arrays.program.loss and not is_shown

    def _is_error(self, node: Array) -> bool:
        """Whether it is an array less its targets."""
        return any(map(self.arrays.is_given, node.arrays)) and any(
            user.op in ("**", "abs") for user in self.arrays.users[node]
        )

    def _named(self, node: Array) -> Array:
        if node in self.symbols:
            return node
        numbers = self.arrays.numbers[node]
        is_function, is_matrix = node.op in OPS and OPS[node.op].is_function, np.ndim(numbers) > 1
        letters = {a: k for whole in self._wholes for a, k in whole.lines.items()}
        name = self._names.of_numbers(numbers, is_function, labelled=node in letters)
        if name is None and self.arrays.terms(node):
            name = self._name_of_sum(node)
        elif name is None:
            below = [*self._below(node)]
            step = max([self.steps.get(a, 0) for a in below], default=0)
            source = _in_common([name_in(self.symbols[a]) for a in below])
            self.steps[node] = step
            if is_function or node in letters:
                letter = letters.get(node) or self._names.first_free("ah", source, is_matrix)
                name = self._names.like(source, letter, is_matrix)
            elif step:  # the states of a recurrent network
                letter = self._letter_of_state(node)
                name = self._names.like(name_of(letter), letter, is_matrix, step)
            else:
                free = "r" if node in self.windows else "uhoq"
                letter = self._names.first_free(free, source, is_matrix)
                name = self._names.like(source, letter, is_matrix)
        self.symbols[node] = named(name, numbers)
        return node

    def _letter_of_state(self, node: Array) -> str:
        """h of a state that goes out or into weights, c of what is kept in the cell."""
        form = node.op, *[a.op for a in node.arrays]
        users = self.arrays.users[node]
        goes_out = any(self.arrays.is_product(u) or self._is_error(u) for u in users)
        return self._states.setdefault(form, "h" if goes_out else "c")

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
        name = with_index(name_in(self.symbols[weight]))
        if name not in self._letters:  # of another weight without the number of a layer, u
            others = [
                k for n, k in self._letters.items() if n.with_base("z") == name.with_base("z")
            ]
            letters = [k for k in "zurhq" if k not in others]
            self._letters[name] = self._names.first_free(letters, name, is_matrix)
        return self._names.like(name, self._letters[name], is_matrix, step)

    def _weight(self, total: Array) -> Array:
        """The weight in the first product of a sum."""
        first = next(term for term in self.arrays.terms(total) if self.arrays.is_product(term))
        return self.arrays.sides(first)[0]


def _in_common(names: list[Name]) -> Name:
    """The first of some names, without the letters of its gate if the others have other ones."""
    if not names:
        return name_of("z")
    first = names[0]
    gates = [[q for q in name.pieces[0].lower if not q.base.isdigit()] for name in names]
    return name_of(first.pieces[0].base) if any(gate != gates[0] for gate in gates) else first
