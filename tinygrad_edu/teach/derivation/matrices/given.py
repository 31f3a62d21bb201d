"""What a program is given: inputs, targets, and plain numbers among them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ....arrays.instructions.ir import Array
from ...notation.labels import Name, name_of
from .arrays import Arrays, Names, capital, stripped
from .symbols import Named, name_in, named


class Given:
    """The arrays that are given to a program.

    symbols  of all arrays that have a name; those of given numbers are added
    """

    def __init__(self, arrays: Arrays, names: Names, symbols: dict[Array, Named]) -> None:
        self._arrays, self._names, self._symbols = arrays, names, symbols

    @property
    def named(self) -> list[Named]:
        """The symbols of what is given, of which no weight is."""
        return [self._symbols[a] for a in self._symbols if self._arrays.is_given(a)]

    def name_constants(self, lines: Iterable[Array], steps: dict[Array, int]) -> None:
        """Plain numbers are x where weights are multiplied with them, y where a line is compared.

        Of the steps of a recurrent network they are x₁, x₂ …, and what comes before the first of
        its states a₁, a₂ … is a₀. What masks scores with −∞ is M.
        """
        found = list(lines)
        for total in self._arrays.weighted_sums():
            self._name_inputs(total, set(found), steps.get(total, 0))
        for line in found:
            for mask in line.arrays if line.op == "+" else []:
                if mask.op == "constant" and np.isinf(mask.info).any():
                    self._name(mask, name_of("m"), None)
            self._name_what_was_before(line, steps.get(line, 0))
            self._name_targets(line, steps.get(line, steps.get(line.arrays[0], 0)))

    def _name_inputs(self, total: Array, lines: set[Array], step: int) -> None:
        """x, xₜ of a step, or the state before the first."""
        arrays = self._arrays
        for term in filter(arrays.is_product, arrays.terms(total)):
            weight, x = arrays.sides(term)
            states = [a for user in arrays.users[weight] for a in user.arrays if a in lines]
            if _is_slid_over(x):
                continue
            if step and states:
                self._name(x, stripped(name_in(self._symbols[states[0]])), step - 1)
            else:
                self._name(x, name_of("x"), step or None)

    def _name_what_was_before(self, line: Array, step: int) -> None:
        """c₀ of a line c₁ that is made of what was in the cell."""
        for node in [line, *line.arrays] if step and line.shape else []:
            for c in node.arrays if node.op == "*" else []:
                if c.shape == line.shape:
                    self._name(c, stripped(name_in(self._symbols[line])), step - 1)

    def _name_targets(self, line: Array, step: int) -> None:
        for node in self._arrays.users[line]:
            if node.op == "-" and any(u.op in ("**", "abs") for u in self._arrays.users[node]):
                for y in node.arrays:
                    if y.shape == node.shape:
                        self._name(y, name_of("y"), step or None)

    def _name(self, x: Array, name: Name, step: int | None) -> None:
        if x.op == "constant" and x not in self._symbols:
            own = self._names.at_step(capital(name, len(x.shape) > 1), step)
            self._symbols[x] = named(own, self._arrays.numbers[x])


def _is_slid_over(x: Array) -> bool:
    """Whether its rows are the windows that a kernel slides over, each one number further."""
    if x.op != "constant" or len(x.shape) != 2 or x.shape[1] < 3 or len(np.unique(x.info)) == 1:
        return False
    return bool((x.info[1:, :-1] == x.info[:-1, 1:]).all())
