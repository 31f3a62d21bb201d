"""From groups of rows to instructions: in which array the number of each row lies, and where.

A group's rows are put in the order and shape in which what they use lies already, so that operands
are arrays or views of them. Parameters lie nowhere at first: who uses them first lays them down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..instructions.builder import Builder
from ..instructions.ir import Array, Operand
from ..instructions.views import Index, Shape
from ..tapes.tape import NONE
from .colours import Group
from .graph import CONSTANT, PARAMETER, Term
from .grouped import Grouped
from .otherwise import otherwise
from .patterns import Order, nested, numbered, rank_of, rectangle, rectangles, repeated_rectangle
from .tables import LOOK_UP, Tables
from .theta import NOWHERE, Theta
from .zeros import is_finite, is_zero, never_negative

_LETTERS: Final = "ijlmnpqrstuvwxyz"


class Layout:
    """Adds the instructions that compute a graph.

    inputs  for some arrays that there are, the graph's input rows that their elements are: rows in
            the shape of the array, or of one sample's part of it
    tables  of the parameters, to write rows of them that are looked up as products
    """

    def __init__(
        self,
        build: Builder,
        theta: Theta,
        grouped: Grouped,
        inputs: Sequence[tuple[Array, Any]] = (),
        tables: Tables | None = None,
    ) -> None:
        graph = grouped.graph
        self._build, self._theta, self._graph, self._tables = build, theta, graph, tables
        self._asked, self._angles, self._terms = grouped.asked, grouped.angles, grouped.terms
        self._zero, self._least = len(graph.op), len(graph.op) + 1  # rows of 0 and -∞
        size = len(graph.op) + 2
        self._kind = np.array([*graph.kind, CONSTANT, CONSTANT])
        self._array = np.full(size, NOWHERE)  # in which of `_arrays` a row lies
        self._place = np.zeros(size, int)  # and where in it
        self._arrays: list[Array] = []
        self._value = np.zeros(size)
        self._value[list(graph.values)] = list(graph.values.values())
        self._value[self._least] = -math.inf
        self._is_datum = np.isin(np.arange(size), list(graph.data))
        self._of_samples = bool(inputs)
        for array, rows in inputs:
            self._settle(np.asarray(rows, int).reshape(array.own), array)
        for group in grouped.groups:
            if group.op == "sum":
                self._sum(group)
            elif group.op == "logsumexp":
                self._logsumexp(group)
            else:
                self._operation(group)

    def rows(self, rows: Any, is_weight: bool = False) -> Operand:
        """The operand whose elements are these rows, to be broadcast: along an axis where all are
        equal it has length 1, and it lacks such axes in front.

        is_weight  whether something computed or given is multiplied with them
        """
        ids = np.asarray(rows)
        for axis, n in enumerate(ids.shape):
            if n > 1:
                first = ids.take([0], axis)
                if (ids == first).all():
                    ids = first
        while ids.ndim and ids.shape[0] == 1:
            ids = ids[0]
        kinds = self._kind[ids]
        if (kinds == CONSTANT).all():
            data = self._value[ids]
            if self._is_datum[ids].any():
                return self._build.add("constant", (), ids.shape, False, data, ids.tobytes())
            if (data == data.flat[0]).all() and (ids.size == 1 or data.flat[0] != 0.0):
                return float(data.flat[0])
            return self._build.constant(data)
        if (kinds == PARAMETER).all():
            found = self._tables.looked_up(ids, is_weight) if self._tables else None
            if found is not None:
                return self._looked_up(*found, ids.shape)
            return self._build.index(self._theta.array, self._theta.lay(ids))
        held = self._array[ids]
        first_held = int(held.flat[0])
        if first_held >= 0 and (held == first_held).all():
            return self._build.index(self._arrays[first_held], self._place[ids])
        return self._mixed(ids)

    def _mixed(self, ids: Index) -> Operand:
        """Rows of several arrays: a new one, in which each has its place."""
        flat = ids.ravel()
        kinds = self._kind[flat]
        fixed = kinds == CONSTANT
        source = np.where(kinds == PARAMETER, -2, self._array[flat])
        lanes = False
        parts: list[tuple[Index, Operand]] = []
        for held in np.unique(source[~fixed]).tolist():
            at = np.flatnonzero((source == held) & ~fixed)
            rows = flat[at]
            if held == -2:
                part = self._build.index(self._theta.array, self._theta.lay(rows))
            else:
                part = self._build.index(self._arrays[held], self._place[rows])
            parts.append((at, part))
            lanes = lanes or part.lanes
        placed: Operand = self._build.place(parts, ids.shape, lanes)
        constants = np.where(fixed, self._value[flat], -0.0).reshape(ids.shape)
        if constants.any():  # (x + -0.0 is x)
            placed = self._build.map("+", placed, self._build.constant(constants))
        return placed

    def _all(self, ids: Index) -> Array:
        """The array whose elements are these rows, each there."""
        return self._build.broadcast(self.rows(ids), ids.shape)

    def _looked_up(self, places: Index, table: Index, shape: Shape) -> Array:
        """The rows of a table of parameters with these numbers: O E, where O has their places."""
        ones = self._build.constant(np.eye(len(table))[places])
        whole = self._build.index(self._theta.array, self._theta.lay(table))
        found = self._build.add("contraction", (ones, whole), table[places].shape, info=LOOK_UP)
        return self._build.reshape(found, shape)

    # What is computed

    def _settle(self, ids: Index, result: Operand) -> None:
        """Remember that the rows `ids` are the elements of an array of their shape."""
        if isinstance(result, float):
            self._kind[ids] = CONSTANT
            self._value[ids] = result
            return
        array = self._build.reshape(self._build.broadcast(result, ids.shape), ids.shape)
        self._array[ids] = len(self._arrays)
        self._place[ids] = np.arange(ids.size).reshape(ids.shape)
        self._arrays.append(array)

    def _operation(self, group: Group) -> None:
        columns = [np.array(column) for column in group.columns]
        order, shape = self._arranged(columns)
        op, operands = group.op, [self.rows(column[order].reshape(shape)) for column in columns]
        if op == "-" and operands[0] == 0.0 and self._asked.isdisjoint(group.rows):
            op, operands = "neg", operands[1:]
        found: Operand | None = None
        if op == "*" and self._is_nothing(columns, group.rows):
            found = 0.0
        elif not self._graph.as_written:
            found = otherwise(self._build, op, operands[0])
        if found is None:
            found = self._build.map(op, *operands)
        self._settle(np.array(group.rows)[order].reshape(shape), found)

    def _logsumexp(self, group: Group) -> None:
        parts = [self._filled(part, self._least) for part in group.parts]
        terms = np.concatenate([part[:, :, 0] for part in parts], axis=1)
        held = self._array[terms]
        lie_in_one = held.flat[0] >= 0 and (held == held.flat[0]).all()
        if len(terms) == 1 or lie_in_one:  # in the order in which they lie
            terms = np.take_along_axis(terms, np.argsort(self._where(terms), 1, "stable"), 1)
        order, shape = self._arranged_rows(terms)
        x = self._all(terms[order].reshape(*shape, -1))
        found = self._build.logsumexp(x)
        self._settle(np.array(group.rows)[order].reshape(shape), found)

    def _sum(self, group: Group) -> None:
        parts = [self._filled(part, self._zero) for part in group.parts]  # (rows, terms, 1 or 2)
        for k, (part, places) in enumerate(zip(parts, group.parts)):
            if len({*map(len, places)}) == 1:  # (none is filled up)
                parts[k] = part[:, self._in_one_line(part[0])]
        if self._tables:
            parts = [q for p in parts for q in self._by_rows(p)]
        dots = [p for p in parts if p.shape[2] == 2]
        many = [p for p in parts if p.shape[2] == 1 and p.shape[1] > 1]
        ones = [p for p in parts if p.shape[2] == 1 and p.shape[1] == 1]
        if dots and dots[0].shape[1] == 1:
            order, shape = self._arranged(self._samples_first(dots[0][:, 0]))
        elif dots:
            order, shape = self._arranged_dots(dots[0][:, :, 0], dots[0][:, :, 1])
        elif many:
            order, shape = self._arranged_rows(many[0][:, :, 0])
        else:
            order, shape = self._arranged([p[:, 0, 0] for p in ones])
        if not self._angles.isdisjoint(group.rows):  # NumPy's sum of -0.0 and -0.0 is 0.0
            dots, many, ones = [], [], [p[:, [k]] for p in parts for k in range(p.shape[1])]
        elif self._graph.as_written:
            dots, many, ones = sorted(parts, key=self._is_of_no_weight), [], []
        total: Operand | None = None
        for part in (*dots, *many, *ones):
            if part.shape[2] == 2 and self._is_nothing([*np.moveaxis(part, 2, 0)], group.rows):
                continue
            laid = part[order].reshape(*shape, *part.shape[1:])
            if part.shape[2] == 2 and part.shape[1] > 1:
                term = self._dot(laid[..., 0], laid[..., 1])
            elif part.shape[1] > 1:
                term = self._added(laid[..., 0])
            else:
                factors = [self.rows(factor) for factor in np.moveaxis(laid[..., 0, :], -1, 0)]
                term = self._build.map("*", *factors) if len(factors) == 2 else factors[0]
            if is_zero(term) and self._may_lack_zero(group.rows, parts):
                continue
            total = term if total is None else self._build.map("+", total, term)
        found = 0.0 if total is None else total
        self._settle(np.array(group.rows)[order].reshape(shape), found)

    def _by_rows(self, part: Index) -> list[Index]:
        """The terms of sums, apart where other rows of a table begin in products of parameters."""
        is_own = part.shape[2] == 2 and self._is_own(part)
        is_square = is_own and np.array_equal(part[..., 0], part[..., 1])
        return self._tables.by_rows(part) if self._tables and is_own and not is_square else [part]

    def _is_own(self, rows: Index) -> bool:
        """Whether all rows are parameters."""
        return bool((self._kind[rows] == PARAMETER).all())

    def _is_nothing(self, factors: list[Index], rows: list[int]) -> bool:
        """Whether products are all 0.0, for any sample and all parameters that are finite."""
        for zero, x in (factors, factors[::-1]) if self._of_samples else ():
            if self._kind[zero.flat[0]] != CONSTANT or self._value[zero.flat[0]] != 0.0:
                continue
            if (self._kind[zero] == CONSTANT).all() and not self._value[zero].any():
                found = self._asked.isdisjoint(rows) and is_finite(self.rows(x))
                self._build.finite |= found
                return found
        return False

    def _in_one_line(self, terms: Index) -> Index:
        """The order in which a sum's terms lie, by the first factors that are distinct."""
        sides = [self._where(side) for side in terms.T]
        distinct = [side for side in sides if np.unique(side).size == side.size]
        return np.argsort((distinct or sides)[0], kind="stable")

    def _samples_first(self, pairs: Index) -> list[Index]:
        """The factors of products as columns, those that are parameters after the others."""
        return sorted(pairs.T, key=lambda column: bool(self._kind[column[0]] == PARAMETER))

    def _is_of_no_weight(self, part: Index) -> bool:
        """Whether the terms of a sum are no products of parameters."""
        return part.shape[2] == 1 or not bool((self._kind[part[0, 0]] == PARAMETER).any())

    def _may_lack_zero(self, rows: list[int], parts: list[Index]) -> bool:
        """Whether sums are the same without a term that is 0.0, as far as anybody asks."""
        if self._asked.isdisjoint(rows):
            return True
        return any(never_negative(self._graph, tuple(part[0, 0].tolist())) for part in parts)

    def _filled(self, places: Any, nothing: int) -> Index:
        """The terms of several rows as an array, the shorter ones filled up with what adds nothing.

        Of a product one factor is 0; the other is as in a row that begins so and is longer, so
        that it may be shared.
        """
        width = 1 if self._terms[places[0][0], 1] == NONE else 2
        lengths = {places.shape[1]} if isinstance(places, np.ndarray) else {*map(len, places)}
        if len(lengths) == 1:
            return self._terms[np.asarray(places), :width]
        longest = max(lengths)
        part: list[list[Term]] = [
            [tuple(term) for term in self._terms[own, :width].tolist()] for own in places
        ]
        known: dict[tuple[int, int], dict[Term, list[Term]]] = {}
        filled = []
        for terms in part:
            n = len(terms)
            rest: list[Term] = [(nothing,) * len(terms[0])] * (longest - n)
            for k in range(2 if len(terms[0]) == 2 else 0):
                if (n, k) not in known:
                    known[n, k] = {
                        tuple([t[k] for t in whole[:n]]): whole
                        for whole in reversed(part)
                        if len(whole) == longest
                    }
                whole = known[n, k].get(tuple([term[k] for term in terms]))
                if whole:
                    others = [term[k] for term in whole[n:]]
                    rest = [(nothing, x) if k else (x, nothing) for x in others]
            filled.append([*terms, *rest])
        return np.array(filled)

    def _added(self, ids: Index) -> Operand:
        """The sum of rows over the last axis."""
        x, n = self.rows(ids), ids.shape[-1]
        if isinstance(x, float):
            return float(n * x)
        if n > 1 and x.own[-1:] in ((), (1,)):
            return self._build.map("*", float(n), self._build.reshape(x, x.own[:-1]))
        if x.op == "constant" and x.own == (n,) and not self._is_datum[ids].any():
            return float(x.info.sum())
        return self._build.total(x, [len(x.own) - 1])

    def _dot(self, a: Index, b: Index) -> Operand:
        """Σₖ a[…, k] · b[…, k], where either may be constant along an axis."""
        shape, n = a.shape[:-1], a.shape[-1]
        x, y = self.rows(a, not self._is_own(b)), self.rows(b, not self._is_own(a))
        has_number = isinstance(x, float) or isinstance(y, float)
        for factor, other in () if has_number else ((a, b), (b, a)):
            order = _alike(factor.reshape(-1, n))
            if order is not None and len(order.T) == 1:
                added = self._added(other[..., order[:, 0]])
                return self._build.map("*", self.rows(factor[..., order[0, 0]]), added)
            if order is not None:  # Σ x · z₁ + x · z₂ is Σ x · (z₁ + z₂)
                added = self._added(other[..., order.T])
                return self._product(
                    self.rows(factor[..., order[0]]), added, (*shape, len(order.T))
                )
        return self._product(x, y, a.shape)

    def _product(self, x: Operand, y: Operand, whole: Shape) -> Operand:
        """Σₖ x[…, k] · y[…, k] of two operands that are to be broadcast to one shape."""
        build, shape, n = self._build, whole[:-1], whole[-1]
        for number, other in ((x, y), (y, x)):
            if isinstance(number, float):
                if isinstance(other, float):
                    return float(number * other * n)
                return build.map(
                    "*", number, build.total(build.broadcast(other, whole), [len(shape)])
                )
        assert isinstance(x, Array)
        assert isinstance(y, Array)
        letters = _LETTERS[: len(shape)] + "k"
        sides = []
        for side in (x, y):
            if side.own[-1:] != (n,):
                side = build.broadcast(side, (*side.own[:-1], n))
            sizes = list(zip(letters[-len(side.own) :], side.own))
            labels = "".join(k for k, m in sizes if m > 1 or k == "k")
            side = build.reshape(side, [m for k, m in sizes if k in labels])
            sides.append((side, "b" + labels if side.lanes else labels))
        (x, la), (y, lb) = sides
        lanes = x.lanes or y.lanes
        lo = "".join(k for k in "b" + letters[:-1] if k in la or k in lb)
        found = build.contraction(x, y, (la, lb, lo), lanes)
        return build.reshape(found, [m if k in lo else 1 for k, m in zip(letters, shape)])

    # Orders and shapes

    def _arranged(self, columns: list[Index]) -> Order:
        """An order and a shape in which as many columns as can be are arrays or views."""
        n = len(columns[0])
        if n == 1:
            return np.arange(1), ()
        distinct = [np.unique(column).size for column in columns]
        for column, count in zip(columns, distinct):
            if count == n and not (self._kind[column] == CONSTANT).all():
                found = self._as_it_lies(column)
                if found is not None:
                    return _in_lines(found, columns)
        ranks = [self._rank(c) for c, count in zip(columns, distinct) if 1 < count < n]
        for i, x in enumerate(ranks):
            for y in ranks[i + 1 :]:
                found = rectangle(x, y)
                if found is not None:
                    return found
        return np.arange(n), (n,)

    def _as_it_lies(self, column: Index) -> Order | None:
        """The order and shape in which distinct rows lie in the array that has them all."""
        n = len(column)
        if (self._kind[column] == PARAMETER).all():
            fresh = (self._theta.place[column] == NOWHERE).all()
            order = np.argsort(column) if self._graph.as_written else np.arange(n)
            if fresh:
                return order, (self._tables and self._tables.shape(column[order])) or (n,)
            return self._theta.block(column)
        held = self._array[column]
        if held[0] == NOWHERE or (held != held[0]).any():
            return None
        order = np.argsort(self._place[column], kind="stable")
        source = self._arrays[held[0]]
        if n == math.prod(source.own):
            return order, source.own
        return order, nested(self._place[column][order])

    def _rank(self, column: Index) -> Index:
        """Each row's number among the distinct ones, in the order in which they lie."""
        distinct, first, inverse = np.unique(column, return_index=True, return_inverse=True)
        lies = (self._array[distinct] != NOWHERE).all()
        return rank_of(self._where(distinct) if lies else first)[inverse]

    def _where(self, rows: Index) -> Index:
        """Numbers by which rows that lie side by side are sorted so."""
        found = np.where(self._kind[rows] == CONSTANT, rows, self._place[rows])
        own = self._kind[rows] == PARAMETER
        laid = self._theta.place[rows[own]]
        found[own] = np.where(laid == NOWHERE, rows[own], laid)
        return found

    def _arranged_rows(self, terms: Index) -> Order:
        """The same for rows that have several terms each."""
        n = len(terms)
        if n == 1:
            return np.arange(1), ()
        first = terms[:, 0]
        if np.unique(first).size == n and not (self._kind[first] == CONSTANT).all():
            places = self._place[first]
            order = np.argsort(places, kind="stable")
            own = self._arrays[self._array[first[0]]].own if self._array[first[0]] >= 0 else ()
            if math.prod(own) == terms.size and own[-1:] == terms.shape[1:]:
                return order, own[:-1]  # (all of an array, if they lie in it)
            return order, nested(places[order])
        return np.arange(n), (n,)

    def _arranged_dots(self, a: Index, b: Index) -> Order:
        """The same for sums of products: a matrix product, several, or one product a row."""
        if len(a) == 1:
            return np.arange(1), ()
        x, y = self._sides(a), self._sides(b)
        # Parameters are the second axis, and samples the first, so that a layer is X @ W.T
        parameters = [self._kind[side[0, 0]] == PARAMETER for side in (a, b)]
        if parameters[0] > parameters[1] or (
            not any(parameters) and self._in_lanes(b) and not self._in_lanes(a)
        ):
            x, y = y, x
        if self._tables and all(parameters) and self._tables.is_part(b):
            x, y = y, x
        found = rectangle(x, y)
        if found is None and self._graph.as_written:
            found = repeated_rectangle(x, y)
        if found is not None:
            order, shape = found
            return order, tuple(k for k in shape if k > 1)
        return rectangles(x, y) or self._arranged([a[:, 0], b[:, 0]])

    def _sides(self, ids: Index) -> Index:
        """For each line of rows its number among the distinct ones; as they lie, if together."""
        number, n = numbered(ids)
        held = self._array[ids[:, 0]]
        together = held[0] != NOWHERE and (held == held[0]).all()
        if together or (self._kind[ids[:, 0]] == PARAMETER).all():
            lead = np.empty(n, int)
            lead[number] = self._where(ids[:, 0])
            return rank_of(lead)[number]
        return number

    def _in_lanes(self, ids: Index) -> bool:
        held = self._array[ids.flat[0]]
        return bool(held != NOWHERE and self._arrays[held].lanes)


def _in_lines(found: Order, columns: list[Index]) -> Order:
    """The same order as lines, if another column has one row for each line."""
    order, shape = found
    for column in columns if len(shape) == 1 else ():
        changes = np.flatnonzero(np.diff(column[order]))
        length = int(changes[0]) + 1 if len(changes) else len(order)
        if 1 < length < len(order) and len(order) % length == 0:
            lines = column[order].reshape(-1, length)
            if (lines == lines[:, :1]).all():
                return order, (len(lines), length)
    return found


def _alike(factors: Index) -> Index | None:
    """Of terms whose first factors, in each line of a matrix, are equal in groups of one size: an
    order in which each group is a column of a matrix. None if all are distinct."""
    if np.unique(factors[0]).size == factors.shape[1]:
        return None
    number, n = numbered(factors.T)
    counts = np.bincount(number)
    if n == len(number) or (counts != counts[0]).any():
        return None
    return np.argsort(number, kind="stable").reshape(n, -1).T
