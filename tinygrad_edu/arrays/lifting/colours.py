"""Which rows of a graph can be one array: those whose expressions have one shape.

Rows are coloured from the leaves up. All constants have one colour, and the parameters or inputs
of each name one. A node's is given by its operation and the colours of its arguments, a sum's by
how many terms of each colour it adds. A colour so names the whole expression below a row: rows of
one colour never depend on each other, and colours in the order in which they were first met are in
the order of the forward pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, NamedTuple

import numpy as np

from ..tapes.tape import NONE
from .graph import NODE, PARAMETER, Graph

STRUCTURAL: Final = frozenset(("**", "leaky_relu", "elu"))
"""Operations in which a plain number is a part of the formula: x² and x³ are not one array."""


SHORTEST_FAMILY: Final = 3
"""So many lengths, each longer by one than the last, make a family of sums."""


class Group(NamedTuple):
    """Rows of one colour: the operation of all, and its operands as columns, one entry a row.

    op       the name of an operation, or "sum" or "logsumexp"
    rows     the rows
    columns  of an operation: for each argument, the row that is it, for each of `rows`
    parts    of a sum or logsumexp: for each colour of its terms their places in `Terms`, one line
             for each of `rows`: a matrix, or lists where lines may be of several lengths
    """

    op: str
    rows: list[int]
    columns: list[list[int]]
    parts: list[Any]


class Terms(NamedTuple):
    """The terms of a graph's sums and logsumexps as columns, as `Graph` has them.

    Here the factor of the lower colour is on the left.
    """

    left: list[int]
    right: list[int]


def groups(graph: Graph, names: Mapping[int, Hashable]) -> tuple[list[Group], Terms]:
    """The rows in groups, each after those that it uses; and the terms of those that are sums.

    `names` are those of the inputs and parameters by their rows: of one name, of one colour.

    Sums of terms of the same colours, but of one length more from one to the next (as those of
    attention to all that came before), are made one group, whose parts have several lengths. And
    what was computed in several ways, but goes through one layer, is seen as of one colour there,
    unless the graph is to be read as it is written.
    """
    families: dict[int, int] = {}
    colours = _Colours(graph, names, families, {})
    while found := colours.families():
        families.update(found)
        colours = _Colours(graph, names, families, {})
    joined: dict[int, int] = {}
    tried: set[Hashable] = set()
    while candidate := [] if graph.as_written else colours.to_join(tried):
        attempt = {**joined, **dict.fromkeys(candidate, len(tried))}
        again = _Colours(graph, names, families, attempt)
        if again.in_order is not None:
            joined, colours = attempt, again
    return colours.groups(), colours.terms


class _Form(NamedTuple):
    """What the terms of a sum or logsumexp are: for each colour the places that have it, from 0.

    Sums of one `key` have as many terms of each colour.
    """

    places: dict[Hashable, Sequence[int]]
    key: Hashable


class _Colours:
    """Colours of rows, and the graph's terms.

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
        self._members = defaultdict[int, list[int]](list)
        self._form: dict[int, _Form] = {}
        self.terms = Terms(graph.left.copy(), graph.right.copy())
        self._colour = [-1] * len(graph.op)
        self._layers: dict[tuple[int, ...], _Form] = {}
        self._forms: dict[Hashable, _Form] = {}
        for row in graph.alive:
            if self._colour[row] < 0:
                if graph.kind[row] == NODE:
                    self._enter(row, self._many(row) if row in graph.spans else self._node(row))
                else:
                    self._colour[row] = self._intern((graph.kind[row], names.get(row)))

    def _intern(self, key: Hashable) -> int:
        return self._number.setdefault(key, len(self._number))

    def _node(self, row: int) -> Hashable:
        """An operation, and the colours of its arguments."""
        graph, colour = self._graph, self._colour
        op, (a, *more) = graph.op[row], graph.args[row]
        if op in STRUCTURAL:
            return (op, *[graph.values.get(a, (colour[a],)) for a in (a, *more)])
        if not more:
            return op, colour[a]
        [b] = more
        if op == "*" and colour[a] > colour[b]:
            graph.args[row] = a, b = b, a
        return op, colour[a], colour[b]

    def _enter(self, row: int, key: Hashable) -> None:
        found = self._intern(key)
        self._members[found].append(row)
        if row in self._joined:
            found = self._intern(("joined", self._joined[row]))
        self._colour[row] = found

    def _many(self, row: int) -> Hashable:
        """The terms of a sum or logsumexp by colour: of a product, by those of both factors."""
        start, end = self._graph.spans[row]
        form = self._form[row] = self._layer(start, end) or self._by_colour(row, start, end)
        if row in self._families:
            return "family", self._families[row]
        return form.key

    def _layer(self, start: int, end: int) -> _Form | None:
        """A sum as it is in a layer: products of one kind, with or without a bias beside them."""
        colour, (left, right) = self._colour, self.terms
        first, last = start + (right[start] == NONE), end - (right[end - 1] == NONE)
        if last - first < 2 or NONE in right[first:last]:
            return None
        [x, *more] = {*map(colour.__getitem__, left[first:last])}
        [y, *others] = {*map(colour.__getitem__, right[first:last])}
        if more or others:
            return None
        if x > y:
            x, y = y, x
            left[first:last], right[first:last] = right[first:last], left[first:last]
        before = colour[left[start]] if start < first else NONE
        after = colour[left[last]] if last < end else NONE
        form = self._layers.get((before, x, y, after, end - start))
        if form is None:
            places: dict[Hashable, Sequence[int]] = {}
            if before != NONE:
                places[before] = [0]
            places[x, y] = range(first - start, last - start)
            if after != NONE:
                places[after] = [*places.get(after, ()), last - start]
            form = self._layers[before, x, y, after, end - start] = self._known("sum", places)
        return form

    def _by_colour(self, row: int, start: int, end: int) -> _Form:
        """Any terms, one by one."""
        colour, (left, right) = self._colour, self.terms
        by: dict[Hashable, list[int]] = {}
        for place in range(start, end):
            a, b = left[place], right[place]
            key: Hashable = colour[a]
            if b != NONE:
                if colour[a] > colour[b]:
                    a, b = left[place], right[place] = b, a
                key = colour[a], colour[b]
            by.setdefault(key, []).append(place - start)
        # One product alone is no weighted sum: it is a row of its own.
        alone = [k for k, places in by.items() if len(places) == 1 and type(k) is tuple]
        for pair in [] if self._graph.as_written else alone:
            [place] = by.pop(pair)
            product = self._product((left[start + place], right[start + place]))
            left[start + place], right[start + place] = product, NONE
            by.setdefault(colour[product], []).append(place)
        return self._known(self._graph.op[row], by)

    def _known(self, op: str, by: Mapping[Hashable, Sequence[int]]) -> _Form:
        """The form of an operation on terms: one object for all that are alike."""
        same = (op, *[(key, *places) for key, places in by.items()])
        form = self._forms.get(same)
        if form is None:
            key = (op, *sorted([(str(key), len(places)) for key, places in by.items()]))
            form = self._forms[same] = _Form(dict(by), key)
        return form

    def _product(self, factors: tuple[int, int]) -> int:
        """A row for the product of two rows."""
        graph, colour = self._graph, self._colour
        row = graph.product(factors)
        if row == len(colour):
            colour.append(-1)
        if colour[row] < 0:
            self._enter(row, ("*", *[colour[a] for a in graph.args[row]]))
        return row

    def families(self) -> dict[int, int]:
        """Sums that are of one family but have not been, by the number of the family."""
        alike: dict[Hashable, dict[int, list[int]]] = {}
        for rows in self._members.values():
            form = self._form.get(rows[0])
            if form is not None and rows[0] not in self._families:
                colours = (self._graph.op[rows[0]], *sorted(map(str, form.places)))
                sizes = alike.setdefault(colours, {})
                sizes.setdefault(sum(map(len, form.places.values())), []).extend(rows)
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
        colour, (left, right) = self._colour, self.terms
        met: dict[tuple[int, ...], tuple[set[int], set[int]]] = {}
        for group, rows in self._members.items():
            parts = self._parts(rows[:1]) if rows[0] in self._form else []
            for [places] in parts:
                a, b = left[places[0]], right[places[0]]
                if b != NONE and self._graph.kind[a] == PARAMETER and self._graph.kind[b] == NODE:
                    weights = tuple(sorted([left[place] for place in places]))
                    factors, sums = met.setdefault(weights, (set(), set()))
                    factors.add(colour[b])
                    sums.add(group)
        for weights, (factors, sums) in met.items():
            if len(factors) > 1 and weights not in tried:
                tried.add(weights)
                groups = [c for c, rows in self._members.items() if colour[rows[0]] in factors]
                below = self._below
                # (not in a recurrence, where what goes through the layer has come out of it)
                if not any(below[c] >> group & 1 for c in groups for group in sums):
                    return [row for c in groups for row in self._members[c]]
        return []

    def _parts(self, rows: list[int]) -> list[Any]:
        """Where the terms of some sums or logsumexps of one colour are, by colour."""
        forms = list(map(self._form.__getitem__, rows))
        starts = [self._graph.spans[row][0] for row in rows]
        if len({*map(id, forms)}) == 1:
            begin = np.array(starts)[:, None]
            return [begin + np.array(places) for places in forms[0].places.values()]
        return [
            [[start + k for k in form.places[key]] for start, form in zip(starts, forms)]
            for key in forms[0].places
        ]

    def _uses(self) -> dict[int, set[int]]:
        """For each group, by its colour, those that it uses."""
        graph, (left, right) = self._graph, self.terms
        own = {row: colour for colour, rows in self._members.items() for row in rows}
        found: dict[int, set[int]] = {}
        for colour, rows in sorted(self._members.items()):
            used = found[colour] = set()
            for row in rows if self._joined else rows[:1]:  # (alike, where none is joined)
                start, end = graph.spans.get(row, (0, 0))
                uses = [*left[start:end], *right[start:end]] or graph.args[row]
                used.update([own[a] for a in uses if a in own])
        return found

    @cached_property
    def _below(self) -> dict[int, int]:
        """For each group all that it depends on, as the bits of a number."""
        found: dict[int, int] = {}
        uses = self._uses()
        for colour in self.in_order or ():
            bits = 0
            for used in uses[colour]:
                bits |= found[used] | 1 << used
            found[colour] = bits
        return found

    @cached_property
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
        for colour in self.in_order or ():
            rows = self._members[colour]
            op = graph.op[rows[0]]
            if rows[0] in self._form:
                found.append(Group(op, rows, [], self._parts(rows)))
            else:
                columns = [list(column) for column in zip(*[graph.args[row] for row in rows])]
                found.append(Group(op, rows, columns, []))
        return found
