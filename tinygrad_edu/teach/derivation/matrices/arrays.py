"""The arrays of a graph for the matrix form: their numbers, their roles and their names."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ....arrays.instructions.ir import COMPARISONS, Array, places_of
from ....arrays.lifting.tables import LOOK_UP
from ....arrays.programs.program import Program
from ....arrays.vectorizing import as_written
from ....engine import Value, topological_order
from ....ops import OPS
from ...notation.labels import Name, Piece, indexed, name_of, subscript, superscript

Numbers = Any
"""A NumPy array."""


def numbers_of(steps: Sequence[Array], theta: Numbers, inputs: Numbers) -> dict[Array, Numbers]:
    """What each instruction of a program computes."""
    found: dict[Array, Numbers] = {}
    with np.errstate(all="ignore"):
        for node in steps:
            found[node] = _computed(node, found, theta, inputs)
    return found


def _computed(
    node: Array, found: Mapping[Array, Numbers], theta: Numbers, inputs: Numbers
) -> Numbers:
    args: list[Any] = [found[a] if isinstance(a, Array) else a for a in node.args]
    match node.op:
        case "theta":
            return theta
        case "input":
            return inputs
        case "constant":
            return node.info
        case "view" | "take":
            return args[0].ravel()[places_of(node)]
        case "place":
            placed = np.zeros(node.shape)
            for part, places in zip(args, node.info):
                whole = np.broadcast_to(part, np.shape(places))
                np.add.at(placed.ravel(), np.ravel(places), np.ravel(whole))
            return placed
        case "broadcast":
            return np.broadcast_to(args[0], node.shape)
        case "contraction":
            return np.einsum(node.info, *args)
        case "total":
            return np.sum(args[0], axis=node.info)
        case "logsumexp":
            largest = np.max(args[0], axis=-1, keepdims=True)
            return np.log(np.exp(args[0] - largest).sum(-1)) + largest[..., 0]
    if node.op in COMPARISONS:
        return getattr(np, _COMPARED[node.op])(*args).astype(float)
    function = OPS[node.op].function
    return np.vectorize(lambda first, *others: float(function(Value(first), *others)))(*args)


_COMPARED = {
    "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "!=": "not_equal",
}  # fmt: skip


class Arrays:
    """The array program of a graph, read for people.

    program   the program
    numbers   what each of its instructions computes
    origin    of each part of the parameters or of the given leaves, the Values that are in it
    inputs    of each weighted sum's products, the weight and what it is multiplied with
    sums      the weighted sums, each with its products and its biases
    users     of each instruction of the forward pass, those that use it
    gradient  the derivative of the result by each parameter, as the program has it
    varying   the instructions that depend on parameters, and `of_weights` those that depend on
              nothing else
    """

    def __init__(self, root: Value, parameters: list[Value], names: Mapping[Value, Name]) -> None:
        parameters = _in_order(parameters, names)
        own = set(parameters)
        self.given: list[Value] = [v for v in topological_order(root) if not v.op and v not in own]
        kinds = {v: kind_of(names[v]) for v in (*parameters, *self.given) if v in names}
        tables = _tables(parameters, names)
        self.program: Program = as_written(root, parameters, self.given, kinds, tables)
        theta = np.array([p.data for p in self.program.parameters])
        inputs = np.array([v.data for v in self.given])
        self.numbers: dict[Array, Numbers] = numbers_of(self.program.steps, theta, inputs)
        slopes = np.ravel(self.numbers[self.program.gradient])
        self.gradient: dict[Value, float] = dict(zip(self.program.parameters, map(float, slopes)))
        self.origin: dict[Array, list[Value]] = {}
        self.users: dict[Array, list[Array]] = defaultdict(list)
        needed = {self.program.loss}
        for node in reversed(self.program.forward):
            if node in needed:
                needed.update(node.arrays)
        for node in self.program.forward:
            for a in dict.fromkeys(node.arrays if node in needed else ()):
                self.users[a].append(node)
            source = node.args[0] if node.op in ("view", "take") else None
            if isinstance(source, Array) and source.op in ("theta", "input"):
                values = self.program.parameters if source.op == "theta" else self.given
                self.origin[node] = [values[i] for i in places_of(node).ravel()]
            elif node.op in ("theta", "input"):
                self.origin[node] = self.program.parameters if node.op == "theta" else self.given
        used = [a for a in self.origin if self._is_used(a) and len(a.shape) < 3]
        self.origin = {a: self.origin[a] for a in used}
        self.parameters: set[Array] = {a for a, values in self.origin.items() if values[0] in own}
        self.varying: set[Array] = set(self.parameters)
        self.of_weights: set[Array] = set(self.parameters)
        for node in self.program.forward:
            if node in needed and not self.varying.isdisjoint(node.arrays):
                self.varying.add(node)
                if self.of_weights.issuperset(node.arrays):
                    self.of_weights.add(node)

    def _is_used(self, a: Array) -> bool:
        """Whether something is computed from it itself, and not from parts of it alone."""
        parts = [user in self.origin for user in self.users[a]]
        return bool(parts) and not (a.op in ("theta", "input") and all(parts))

    def is_parameter(self, a: object) -> bool:
        """Whether it is a part of the parameters."""
        return isinstance(a, Array) and a in self.parameters

    def slope(self, node: Array) -> Numbers:
        """The derivative of an elementwise operation on one array, entry by entry."""
        op, others = OPS[node.op], [a for a in node.args[1:] if isinstance(a, float)]

        def slope(x: float) -> float:
            return float(op.function(Value(x), *others).local_grads[0])

        return np.vectorize(slope)(self.numbers[node.arrays[0]])

    def is_given(self, a: Array) -> bool:
        """Whether it is an array of given numbers."""
        return a.op == "constant" or (a in self.origin and not self.is_parameter(a))

    @property
    def look_ups(self) -> list[Array]:
        """The products O E, in forward order, whose rows are rows of a matrix of weights E."""
        return [node for node in self.program.forward if self._is_look_up(node)]

    def _is_look_up(self, node: Array) -> bool:
        if node.op != "contraction" or node.info != LOOK_UP or node.arrays[0].op != "constant":
            return False
        return self.is_parameter(node.arrays[1])

    def is_product(self, node: Array) -> bool:
        """Whether it is the product of a weight and something else: of one number, times it."""
        if self._is_look_up(node):
            return False
        weights = [self.is_parameter(a) for a in node.arrays]
        if not all(self.is_parameter(a) or a not in self.of_weights for a in node.arrays):
            return False
        if weights not in ([True, False], [False, True]):
            return False
        shapes = [a.shape for a in node.arrays]
        return node.op == "contraction" or (
            node.op == "*" and (node.shape == () or () in shapes or (node.shape not in shapes))
        )

    def sides(self, product: Array) -> tuple[Array, Array]:
        """The weight of a product, and what it is multiplied with."""
        a, b = product.arrays
        return (a, b) if self.is_parameter(a) else (b, a)

    def terms(self, node: Array) -> list[Array]:
        """The terms of a weighted sum: products and biases; none where it is not one."""
        if self.is_product(node):
            return [node]
        if node.op != "+" or len(node.arrays) != 2:
            return []
        a, b = node.arrays
        found = []
        for part in (a, b):
            inside = self.terms(part) if len(self.users[part]) == 1 else []
            if self.is_parameter(part):
                inside = [part]
            if not inside:
                return []
            found += inside
        return found if any(self.is_product(term) for term in found) else []

    def weighted_sums(self) -> list[Array]:
        """Each weighted sum, whole."""
        whole = [node for node in self.program.forward if self.terms(node)]
        return [
            node
            for node in whole
            if not any(user.op == "+" and self.terms(user) for user in self.users[node])
        ]


# Names


class Names:
    """What arrays are called: as their Values are, without the indices."""

    def __init__(self, names: Mapping[Value, Name], root: Value) -> None:
        self._of = names
        self._used: set[Name] = set()
        self._groups: dict[tuple[Piece, ...], list[Value]] = defaultdict(list)
        for v, name in names.items():
            if v.op and v is not root:
                self._groups[stripped(name).pieces].append(v)

    def of_leaves(self, values: list[Value], is_matrix: bool, is_bias: bool) -> Name | None:
        """The name that all the values have in common: W⁽¹⁾ of w⁽¹⁾₁₁ …, X of the x⁽ⁱ⁾ₖ."""
        if len(values) == 1 and values[0] in self._of and not (is_matrix or is_bias):
            own = self._of[values[0]]
            alike = [name for name in self._of.values() if stripped(name) == stripped(own)]
            is_all = len(alike) == 1 and own.text.endswith(("11", "₁₁"))  # a matrix of one weight
            return self.unique(replace(stripped(own) if is_all else own, nth=1))
        name = self.in_common(values)
        return None if name is None else self.unique(capital(name, is_matrix))

    def in_common(self, values: Iterable[Value]) -> Name | None:
        """The name of several values without what differs: W of w₁₁, w₁₂ …"""
        found = {stripped(self._of[v]) for v in values if v in self._of}
        if len(found) > 1:
            found = {_without_sample(name) for name in found}
        return found.pop() if len(found) == 1 and next(iter(found)).pieces else None

    def of_numbers(self, numbers: Numbers, is_function: bool, labelled: bool) -> Name | None:
        """The name of the Values that have these numbers, one after the other."""
        name = self.matching(numbers, is_function, labelled)
        return None if name is None else self.unique(name)

    def matching(self, numbers: Numbers, is_function: bool, labelled: bool = False) -> Name | None:
        """The same, which may be taken; `labelled` leaves out those that have no label."""
        wanted = np.ravel(numbers)
        for values in self._groups.values():
            ordered = sorted(values, key=lambda v: (self._of[v].nth, _index(self._of[v])))
            fits = len(ordered) == len(wanted) and ordered[0].op.is_function == is_function
            if not fits or (labelled and not all(v.label for v in ordered)):
                continue
            if np.allclose([v.data for v in ordered], wanted, rtol=1e-12, atol=1e-300):
                own = self._of[ordered[0]]
                name = own if len(ordered) == 1 and not own.is_raised else stripped(own)
                name = capital(replace(name, nth=1), np.ndim(numbers) > 1)
                if name not in self._used:
                    return name
        return None

    def like(self, weight: Name, letter: str, is_matrix: bool, step: int | None = None) -> Name:
        """z⁽¹⁾ of W⁽¹⁾."""
        return self.at_step(capital(weight.with_base(letter), is_matrix), step)

    def at_step(self, name: Name, step: int | None) -> Name:
        """The name, or that of a step: z₂ of z."""
        if step is not None:
            first, *others = name.pieces
            piece = replace(first, lower=(*first.lower, Piece(str(step))))
            name = Name(name.typed + subscript(str(step)), (piece, *others))
        return self.unique(name)

    def first_free(self, letters: Iterable[str], like: Name, is_matrix: bool) -> str:
        """The first of some letters that, with the scripts of a name, is no name yet."""
        found = [k for k in letters if capital(like.with_base(k), is_matrix) not in self._used]
        return [*found, *letters][0]

    def numbered(self, letter: str, is_matrix: bool) -> Name:
        """The first of z₁, z₂ … that is free."""
        n = 1
        while capital(indexed(letter, n), is_matrix) in self._used:
            n += 1
        return self.unique(capital(indexed(letter, n), is_matrix))

    def unique(self, name: Name) -> Name:
        """The name, or with a number behind it where another array has it."""
        while name in self._used:
            name = replace(name, nth=name.nth + 1)
        self._used.add(name)
        return name


def kind_of(name: Name) -> Name:
    """What the names of the entries of one array have in common."""
    return _without_sample(stripped(name))


def stripped(name: Name) -> Name:
    """Without its indices: w⁽¹⁾ of w⁽¹⁾₁₂, W_f of W_f12 and Wf of Wf12."""
    pieces = name.pieces
    while len(pieces) > 1 and _is_index(pieces[-1]):
        pieces = pieces[:-1]
    pieces = tuple([replace(p, lower=_without_indices(p.lower)) for p in pieces])
    typed = "".join(c for c in name.typed if c not in "₀₁₂₃₄₅₆₇₈₉,")
    return Name(typed if name_of(typed).pieces == pieces else _typed(pieces), pieces)


def with_index(name: Name) -> Name:
    """W_f of Wf: the gate of a weight as an index, so that its sum is z_f."""
    first, *others = name.pieces
    if others or first.lower or first.upper or not re.fullmatch("[A-Z][a-z]{1,2}", first.base):
        return name
    return name_of(f"{first.base[0]}_{first.base[1:]}")


def _is_index(piece: Piece) -> bool:
    return piece.base.strip(",").isdigit() or piece.base == ","


def _without_indices(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return tuple([replace(p, lower=()) for p in pieces if not _is_index(p)])


def _without_sample(name: Name) -> Name:
    """x of x⁽²⁾, where the number in brackets is that of the sample."""
    if name.pieces and name.pieces[0].base in "xy":
        return name_of(name.pieces[0].base)
    return name


def _typed(pieces: tuple[Piece, ...]) -> str:
    return "".join(
        p.base
        + "′" * p.primes
        + superscript("".join(u.base for u in p.upper))
        + ("_" + "".join(q.base for q in p.lower) if p.lower else "")
        for p in pieces
    )


def _in_order(values: list[Value], names: Mapping[Value, Name]) -> list[Value]:
    """The weights of each matrix row by row, as their indices say."""
    kinds: dict[Name | None, list[Value]] = defaultdict(list)
    for v in values:
        kinds[kind_of(names[v]) if v in names else None].append(v)
    found: list[Value] = []
    for kind, some in kinds.items():
        index = {v: _index(names[v]) for v in some} if kind is not None else {}
        if len({len(key) for key in index.values()}) == 1:
            some = sorted(some, key=index.__getitem__)
        found += some
    return found


def _tables(values: list[Value], names: Mapping[Value, Name]) -> list[list[list[Value]]]:
    """The matrices among some values in order, as their names have two indices."""
    rows: dict[tuple[Name, int], list[Value]] = defaultdict(list)
    for v in values:
        place = place_of(names[v]) if v in names else None
        if place is not None:
            rows[kind_of(names[v]), place[0]].append(v)
    tables: dict[Name, list[list[Value]]] = defaultdict(list)
    for (kind, _), row in rows.items():
        tables[kind].append(row)
    return [table for table in tables.values() if len({*map(len, table)}) == 1]


def place_of(name: Name) -> tuple[int, int] | None:
    """The two indices of an entry of a matrix."""
    match _index(name):
        case [both] if 9 < both < 100:  # the digits of w₁₂ run together
            return divmod(both, 10)
        case [row, column]:
            return row, column
    return None


def _index(name: Name) -> list[int]:
    lower = [int(q.base) for p in name.pieces for q in p.lower if q.base.isdigit()]
    return [*lower, *[int(p.base) for p in name.pieces if p.base.isdigit()]]


def capital(name: Name, is_matrix: bool) -> Name:
    """A matrix has a capital letter."""
    base = name.pieces[0].base
    is_letter = sum(not unicodedata.combining(c) for c in base) == 1
    return name.with_base(base[0].upper() + base[1:]) if is_matrix and is_letter else name
