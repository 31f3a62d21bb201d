"""Which rows of a graph can be one array: those whose expressions have one shape.

Rows are coloured from the leaves up. All constants have one colour, and the parameters or inputs
of each name one. A node's is given by its operation and the colours of its arguments, a sum's by
how many terms of each colour it adds. A colour so names the whole expression below a row: rows of
one colour never depend on each other, and colours in the order in which they were first met are in
the order of the forward pass.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

from .graph import NODE, PARAMETER, Graph, Term

STRUCTURAL: Final = frozenset(("**", "leaky_relu", "elu"))
"""Operations in which a plain number is a part of the formula: x² and x³ are not one array."""


SHORTEST_FAMILY: Final = 3
"""So many lengths, each longer by one than the last, make a family of sums."""


class Group(NamedTuple):
    """Rows of one colour: the operation of all, and its operands as columns, one entry a row.

    op       the name of an operation, or "sum" or "logsumexp"
    rows     the rows
    columns  of an operation: for each argument, the row that is it, for each of `rows`
    parts    of a sum or logsumexp: its terms by colour, for each of `rows` a list of them
    """

    op: str
    rows: list[int]
    columns: list[list[int]]
    parts: list[list[list[Term]]]


def groups(graph: Graph, names: Mapping[int, Hashable]) -> list[Group]:
    """The rows in groups, each after those that it uses.

    `names` are those of the inputs and parameters by their rows: of one name, of one colour.

    Sums of terms of the same colours, but of one length more from one to the next (as those of
    attention to all that came before), are made one group, whose parts have several lengths. And
    what was computed in several ways, but goes through one layer, is seen as of one colour there.
    """
    families: dict[int, int] = {}
    colours = _Colours(graph, names, families, {})
    while found := colours.families():
        families.update(found)
        colours = _Colours(graph, names, families, {})
    joined: dict[int, int] = {}
    tried: set[Hashable] = set()
    while candidate := colours.to_join(tried):
        attempt = {**joined, **dict.fromkeys(candidate, len(tried))}
        again = _Colours(graph, names, families, attempt)
        if again.in_order() is not None:
            joined, colours = attempt, again
    return colours.groups()


class _Colours:
    """Colours of rows.

    families  of rows that are in a family of sums, its number
    joined    of rows that are to be seen as of one colour by those that use them, its number
    """

    def __init__(
        self,
        graph: Graph,
        names: Mapping[int, Hashable],
        families: Mapping[int, int],
        joined: Mapping[int, int],
    ) -> None:
        self._graph, self._families, self._joined = graph, families, joined
        self._number: dict[Hashable, int] = {}
        self._members: dict[int, list[int]] = {}
        self._parts: dict[int, dict[Hashable, list[Term]]] = {}
        self._colour = [-1] * len(graph.op)
        self._names = names
        self._depends: dict[int, int] = {}
        self._forms: dict[Hashable, Hashable] = {}
        for row in graph.alive:
            if self._colour[row] < 0:
                self._paint(row)

    def _intern(self, key: Hashable) -> int:
        return self._number.setdefault(key, len(self._number))

    def _paint(self, row: int) -> None:
        graph, colour = self._graph, self._colour
        kind, op = graph.kind[row], graph.op[row]
        if kind != NODE:
            colour[row] = self._intern((kind, self._names.get(row)))
            return
        if op == "sum":
            key = self._sum(row)
        elif op == "logsumexp":
            key = self._logsumexp(row)
        else:
            args = graph.args[row]
            if op == "*" and colour[args[0]] > colour[args[1]]:
                graph.args[row] = args = args[::-1]
            if op in STRUCTURAL:
                key = (op, *[graph.values.get(a, (colour[a],)) for a in args])
            else:
                key = (op, *[colour[a] for a in args])
        self._enter(row, key)

    def _enter(self, row: int, key: Hashable) -> None:
        found = self._intern(key)
        self._members.setdefault(found, []).append(row)
        join = self._joined.get(row)
        self._colour[row] = found if join is None else self._intern(("joined", join))

    def _sum(self, row: int) -> Hashable:
        """The terms of a sum by colour: of a product, by those of both factors."""
        graph, colour = self._graph, self._colour
        by = self._by_colour(graph.terms[row])
        # One product alone is no weighted sum: it is a row of its own.
        for key in [k for k, terms in by.items() if len(terms) == 1 and type(k) is tuple]:
            product = self._product(by.pop(key)[0])
            by.setdefault(colour[product], []).append((product,))
        self._parts[row] = by
        if row in self._families:
            return "family", self._families[row]
        return self._form("sum", by)

    def _by_colour(self, terms: list[Term]) -> dict[Hashable, list[Term]]:
        colour = self._colour
        by: dict[Hashable, list[Term]] = {}
        pairs: list[Term] = [term for term in terms if len(term) == 2]
        lefts, rights = [{*map(colour.__getitem__, side)} for side in zip(*pairs)] or [set(), set()]
        if len(pairs) > 1 and len(lefts) == len(rights) == 1:  # as in a layer: all at once
            [x], [y] = lefts, rights
            start = terms.index(pairs[0])
            for term in terms[:start]:
                by.setdefault(colour[term[0]], []).append(term)
            by[min(x, y), max(x, y)] = [term[::-1] for term in pairs] if x > y else pairs
            last = len(terms) == start + len(pairs) and len(terms[-1]) == 2
            terms = [] if last else [term for term in terms[start:] if len(term) == 1]
        for term in terms:
            if len(term) == 2:
                a, b = term
                x, y = colour[a], colour[b]
                if x > y:
                    x, y, term = y, x, (b, a)
                by.setdefault((x, y), []).append(term)
            else:
                by.setdefault(colour[term[0]], []).append(term)
        return by

    def _form(self, op: str, by: dict[Hashable, list[Term]]) -> Hashable:
        """The operation, and of each colour how many terms: one object for all that are alike."""
        sizes = (op, *[(key, len(terms)) for key, terms in by.items()])
        form = self._forms.get(sizes)
        if form is None:
            form = (op, *sorted([(str(key), len(terms)) for key, terms in by.items()]))
            self._forms[sizes] = form
        return form

    def _product(self, factors: Term) -> int:
        """A row for the product of two rows."""
        graph, colour = self._graph, self._colour
        row = graph.product(factors)
        if row == len(colour):
            colour.append(-1)
        if colour[row] < 0:
            self._enter(row, ("*", *[colour[a] for a in graph.args[row]]))
        return row

    def _logsumexp(self, row: int) -> Hashable:
        by: dict[Hashable, list[Term]] = {}
        for term in self._graph.terms[row]:
            by.setdefault(self._colour[term[0]], []).append(term)
        self._parts[row] = by
        if row in self._families:
            return "family", self._families[row]
        return self._form("logsumexp", by)

    def families(self) -> dict[int, int]:
        """Sums that are of one family but have not been, by the number of the family."""
        alike: dict[Hashable, dict[int, list[int]]] = {}
        forms: dict[Hashable, Hashable] = {}  # of colours as they stand: the same in order
        for row, by in self._parts.items():
            if row not in self._families:
                colours = (self._graph.op[row], *by)
                form = forms.get(colours)
                if form is None:
                    form = forms[colours] = (self._graph.op[row], *sorted(map(str, by)))
                sizes = alike.setdefault(form, {})
                sizes.setdefault(sum(map(len, by.values())), []).append(row)
        number = len(set(self._families.values()))
        found: dict[int, int] = {}
        for sizes in alike.values():
            if len(sizes) >= SHORTEST_FAMILY and max(sizes) - min(sizes) == len(sizes) - 1:
                found.update((row, number) for rows in sizes.values() for row in rows)
                number += 1
        return found

    def to_join(self, tried: set[Hashable]) -> list[int]:
        """Rows of several colours that the same weights are multiplied with, in sums of their own.

        As in attention, where what comes from one, two or more places goes through one layer.
        """
        colour = self._colour
        met: dict[tuple[int, ...], tuple[set[int], set[int]]] = {}
        for group, rows in self._members.items():
            for terms in self._parts.get(rows[0], {}).values():
                a, b = terms[0] if len(terms[0]) == 2 else (-1, -1)
                if a >= 0 and self._graph.kind[a] == PARAMETER and self._graph.kind[b] == NODE:
                    weights = tuple(sorted([term[0] for term in terms]))
                    factors, sums = met.setdefault(weights, (set(), set()))
                    factors.add(colour[b])
                    sums.add(group)
        for weights, (factors, sums) in met.items():
            if len(factors) > 1 and weights not in tried:
                tried.add(weights)
                groups = [c for c, rows in self._members.items() if colour[rows[0]] in factors]
                below = self._below()
                # (not in a recurrence, where what goes through the layer has come out of it)
                if not any(below[c] >> group & 1 for c in groups for group in sums):
                    return [row for c in groups for row in self._members[c]]
        return []

    def _uses(self) -> dict[int, set[int]]:
        """For each group, by its colour, those that it uses."""
        graph = self._graph
        own = {row: colour for colour, rows in self._members.items() for row in rows}
        found: dict[int, set[int]] = {}
        for colour, rows in sorted(self._members.items()):
            used = found[colour] = set()
            for row in rows:
                parts = self._parts.get(row)
                if parts is None:
                    used.update([own[a] for a in graph.args[row] if a in own])
                else:
                    for terms in parts.values():
                        used.update([own[a] for term in terms for a in term if a in own])
        return found

    def _below(self) -> dict[int, int]:
        """For each group all that it depends on, as the bits of a number."""
        if not self._depends:
            uses = self._uses()
            for colour in self.in_order() or ():
                bits = 0
                for used in uses[colour]:
                    bits |= self._depends[used] | 1 << used
                self._depends[colour] = bits
        return self._depends

    def in_order(self) -> list[int] | None:
        """The colours of the groups, each after those that it uses; None if there is no order."""
        if not self._joined:
            return sorted(self._members)
        try:
            return list(TopologicalSorter(self._uses()).static_order())
        except CycleError:
            return None

    def groups(self) -> list[Group]:
        """The groups, each after those that it uses."""
        graph, found = self._graph, []
        for colour in self.in_order() or ():
            rows = self._members[colour]
            first = rows[0]
            if first in self._parts:
                keys = list(self._parts[first])
                parts = [[self._parts[row][key] for row in rows] for key in keys]
                found.append(Group(graph.op[first], rows, [], parts))
            else:
                columns = [list(column) for column in zip(*[graph.args[row] for row in rows])]
                found.append(Group(graph.op[first], rows, columns, []))
        return found
