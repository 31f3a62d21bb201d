"""A tape made ready to be seen as arrays: equal rows are one, chains of sums are one sum.

1. share    rows of one operation on the same arguments become one row.
2. flatten  a chain of + whose links nothing else uses becomes one sum of many terms, a chain of
            logaddexp one logsumexp. A product that only a sum uses is no row, but a term (a, b).

What no output depends on any more is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias

import numpy as np

from ...ops import OPS
from ..instructions.views import Index
from ..refusals import NotVectorizable
from ..tapes.tape import NONE, Tape
from .chains import folds, sums

PARAMETER: Final = 0
INPUT: Final = 1
CONSTANT: Final = 2
NODE: Final = 3

_ROUNDS: Final = 8

Term: TypeAlias = tuple[int, ...]
"""What a sum adds: the row (i,), or the product (a, b) of two."""


class Graph:
    """The rows that some roots depend on, and those of all parameters and inputs.

    nodes   how many operations the scalar graph has
    kind    of each row: PARAMETER, INPUT, CONSTANT or NODE
    op      of each row: its operation's name; "sum" and "logsumexp" have any number of arguments
    args    of each row: the rows of its arguments, of those that have one or two
    left    the terms of all sums and logsumexps, one after the other: rows, or the left factors of
            products, whose other factors are in `right`, which has `NONE` beside a row
    spans   of each sum and logsumexp: where its terms begin in these columns, and where they end
    values  the numbers of the constants
    inputs  the rows of the inputs, in their order, and `outputs` those of the roots
    alive   the rows that the outputs depend on, each after those that it uses
    data    the rows of numbers that weights are multiplied with, where these stay apart

    With the `kinds` of parameters, names by their rows, a graph is to be read `as_written`, and not
    to be run: equal rows are not made one, and equal numbers that weights are multiplied with stay
    apart, as those of two samples.
    """

    def __init__(self, tape: Tape, kinds: Mapping[int, Hashable] | None = None) -> None:
        for op in tape.ops[1:]:
            if OPS.get(str(op)) is not op:
                raise NotVectorizable(f"a node of {op!s} has its numbers, but no rule for others")
        self.nodes: int = len(tape) - len(tape.constants) - len({*tape.parameters, *tape.inputs})
        self.data: set[int] = set()
        self.as_written: bool = kinds is not None
        self._enter(tape)
        if kinds is None:
            self._share_equal_chains()
        else:
            self._tell_numbers_apart(kinds)

    def keep(self, alive: list[int]) -> None:
        """Let these be the rows that the outputs depend on."""
        self.alive: list[int] = alive
        self._products = {self.args[row]: row for row in alive if self.op[row] == "*"}

    def terms(self, row: int) -> list[Term]:
        """The terms of a sum or logsumexp; of another row its arguments, as if they were one."""
        span = self.spans.get(row)
        if span is None:
            return [self.args[row]]
        pairs = zip(self.left[slice(*span)], self.right[slice(*span)])
        return [(a,) if b == NONE else (a, b) for a, b in pairs]

    def uses(self, row: int) -> Sequence[int]:
        """The rows that a row uses, and some `NONE` among them."""
        span = self.spans.get(row)
        if span is None:
            return self.args[row]
        pairs = zip(self.left[slice(*span)], self.right[slice(*span)])
        return [*chain.from_iterable(pairs)]

    def set_terms(self, row: int, terms: Iterable[Term]) -> None:
        """Give a row other terms."""
        start = len(self.left)
        for a, *b in terms:
            self.left.append(a)
            self.right += b or [NONE]
        self.spans[row] = start, len(self.left)

    def _enter(self, tape: Tape) -> None:
        """Enter the rows of a tape: of equal ones only the first, and of chains only the end."""
        names = [str(op) for op in tape.ops]
        plus, fold = (np.array([name == kind for name in names]) for kind in ("+", "logaddexp"))
        codes = np.asarray(tape.codes, np.int64)
        a, b = (np.asarray(column, np.int64) for column in (tape.a, tape.b))
        # (the links of chains are not shared, since a shared one would end its chain)
        n = len(codes)
        same = np.arange(n) if self.as_written else _first_of_equals(codes, a, b, plus | fold)
        codes[same != np.arange(len(same))] = 0
        first, second = np.where(codes > 0, same[a], NONE), np.where(b >= 0, same[b], NONE)
        second[codes == 0] = NONE
        outputs = same[tape.roots]
        used = np.concatenate([first, second, outputs])
        uses = np.bincount(used[used >= 0], minlength=len(same))
        chains = sums(plus[codes], first, second, uses)
        products = np.array([name == "*" for name in names])[codes[chains.parts]]
        left = np.where(products, first[chains.parts], chains.parts)
        right = np.where(products, second[chains.parts], NONE)
        folded = folds(np.flatnonzero(fold[codes]).tolist(), first, second, uses)
        longer = {row: list(parts) for row, parts in folded.items() if len(parts) > 2}

        # What is still used
        single = ~(plus | fold)[codes]
        single[[row for row in folded if row not in longer]] = True
        first[~single] = second[~single] = NONE
        used = np.concatenate([outputs, first, second, left, right, *longer.values()])
        needed = np.zeros(len(same), bool)
        needed[used[used >= 0].astype(int)] = True
        kept = needed.copy()
        kept[: len(tape.parameters)] = kept[tape.inputs] = True
        number = np.append(np.cumsum(kept) - 1, NONE)  # (the last stands for NONE)
        rows = np.flatnonzero(kept)

        self.left: list[int] = number[left].tolist()
        self.right: list[int] = number[right].tolist()
        ends = number[chains.rows].tolist()
        stops = chains.ends.tolist()
        self.spans: dict[int, tuple[int, int]] = dict(zip(ends, zip([0, *stops], stops)))
        names += ["sum", "logsumexp"]
        codes[chains.rows] = len(names) - 2
        codes[list(longer)] = len(names) - 1
        self.op: list[str] = [names[code] for code in codes[rows].tolist()]
        pairs = zip(number[first[rows]].tolist(), number[second[rows]].tolist())
        self.args: list[tuple[int, ...]] = [
            () if a == NONE else (a,) if b == NONE else (a, b) for a, b in pairs
        ]
        for row, parts in longer.items():
            if needed[row]:
                self.set_terms(int(number[row]), zip(number[parts].tolist()))
        constants = number[list(tape.constants)].tolist()
        self.values: dict[int, float] = dict(zip(constants, tape.constants.values()))
        self.inputs: list[int] = number[tape.inputs].tolist()
        self.outputs: list[int] = number[outputs].tolist()
        kind = np.full(len(rows), NODE)
        kind[constants], kind[self.inputs] = CONSTANT, INPUT
        kind[: len(tape.parameters)] = PARAMETER  # an input that is a parameter stays one
        self.kind: list[int] = kind.tolist()
        self.keep(np.flatnonzero(needed[rows]).tolist())

    def _share_equal_chains(self) -> None:
        """Give equal chains one row, and the rows that use them, as of samples that are equal."""
        left, right = self.left, self.right
        chains = [(*left[i:j], *right[i:j]) for i, j in self.spans.values()]
        chains += [args for op, args in zip(self.op, self.args) if op == "logaddexp"]
        if len({*chains}) == len(chains):
            return
        first: dict[tuple[str, tuple[int, ...]], int] = {}
        same = [*range(len(self.op)), NONE]  # (the last stands for NONE)
        for row in self.alive:
            span = self.spans.get(row)
            if span is not None:
                i, j = span
                left[i:j] = [same[a] for a in left[i:j]]
                right[i:j] = [same[b] for b in right[i:j]]
                uses = (*left[i:j], *right[i:j])
            else:
                uses = self.args[row] = tuple([same[a] for a in self.args[row]])
            if uses:
                same[row] = first.setdefault((self.op[row], uses), row)
        self.outputs = [same[row] for row in self.outputs]
        self.keep([row for row in self.alive if same[row] == row])

    def _tell_numbers_apart(self, kinds: Mapping[int, Hashable]) -> None:
        """Give each number that a weight is multiplied with, in a sum, a row of its own.

        It is the same number for all neurons of a layer: of the same vector, which is met for the
        first time, or the second (as a second sample that is equal), with each neuron's weights.
        """
        left, right = self.left, self.right
        met: Counter[tuple[Term, Term]] = Counter()
        own: dict[tuple[Term, int], Term] = {}
        for start, end in [self.spans[row] for row in self.alive if row in self.spans]:
            places: dict[Hashable, list[int]] = {}
            for k in range(start, end):
                if right[k] == NONE:
                    continue
                if self.kind[left[k]] == CONSTANT:
                    left[k], right[k] = right[k], left[k]
                if self.kind[left[k]] == PARAMETER and self.kind[right[k]] == CONSTANT:
                    places.setdefault(kinds.get(left[k]), []).append(k)
            for found in places.values():
                weights, numbers = tuple([left[k] for k in found]), tuple([right[k] for k in found])
                met[weights, numbers] += 1
                key = numbers, met[weights, numbers]
                if key not in own:
                    own[key] = tuple([self._datum(self.values[a]) for a in numbers])
                for k, number in zip(found, own[key]):
                    right[k] = number
        self.keep([*sorted(self.data), *self.alive])

    def _datum(self, value: float) -> int:
        row = len(self.op)
        self.kind.append(CONSTANT)
        self.op.append("")
        self.args.append(())
        self.values[row] = value
        self.data.add(row)
        return row

    def product(self, factors: Term) -> int:
        """The row of the product of two rows: the one that there is, or a new one."""
        a, b = factors
        for key in ((a, b), (b, a)):
            row = self._products.get(key)
            if row is not None:
                return row
        self.kind.append(NODE)
        self.op.append("*")
        self.args.append(factors)
        self._products[factors] = len(self.op) - 1
        return len(self.op) - 1


def _first_of_equals(codes: Index, a: Index, b: Index, chained: Any) -> Index:
    """For each row the first that does the same with the same arguments: most often itself.

    In rounds, since rows become equal where their arguments have; if those are many, one by one.
    """
    n, operations = len(codes), len(chained)
    same = np.arange(n)
    rows = np.flatnonzero((codes > 0) & ~chained[codes])
    code, a, b = codes[rows], a[rows], b[rows]
    for _ in range(_ROUNDS if operations * n * n < 1 << 62 else 0):
        key = (code * n + same[a]) * n + same[b]
        ordered = np.sort(key)
        equal = ordered[1:] == ordered[:-1]
        if not equal.any():
            return same
        order = np.argsort(key, kind="stable")
        new: Index = np.append(True, ~equal)
        before, same = same, same.copy()
        same[rows[order]] = rows[order[new]][np.cumsum(new) - 1]
        if (same == before).all():
            return same
    found, first = same.tolist(), dict[tuple[int, int, int], int]()
    for row, operation, i, j in zip(rows.tolist(), code.tolist(), a.tolist(), b.tolist()):
        found[row] = first.setdefault((operation, found[i], found[j]), row)
    return np.array(found)
