"""A tape made ready to be seen as arrays: equal rows are one, chains of sums are one sum.

1. share    rows of one operation on the same arguments become one row.
2. flatten  a chain of + whose links nothing else uses becomes one sum of many terms, a chain of
            logaddexp one logsumexp. A product that only a sum uses is no row, but a term (a, b).

What no output depends on any more is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from ..engine import Value
from ..ops import OPS
from .refusals import NotVectorizable
from .tape import NONE, Tape
from .views import Index

PARAMETER: Final = 0
INPUT: Final = 1
CONSTANT: Final = 2
NODE: Final = 3

LONGEST_SHARED: Final = 16
"""A logaddexp of so many terms is flattened even where it is used again, as softmax uses it."""

_ROUNDS: Final = 8
CHAINED: Final = ("+", "logaddexp")
"""Operations whose chains are one operation of many arguments."""

Chain: TypeAlias = "list[int] | deque[int]"
"""The rows that a chain adds, in their order."""

Term: TypeAlias = tuple[int, ...]
"""What a sum adds: the row (i,), or the product (a, b) of two."""


class Graph:
    """The rows that some roots depend on.

    nodes   how many operations the scalar graph has
    kind    of each row: PARAMETER, INPUT, CONSTANT or NODE
    op      of each row: its operation's name; "sum" and "logsumexp" have any number of arguments
    args    the rows of the arguments of those that are alive and have one or two
    terms   of a sum: its terms; of a logsumexp: its rows, each as a term
    values  the numbers of the constants
    inputs  the rows of the inputs, in their order, and `outputs` those of the roots
    alive   the rows that the outputs depend on, each after those that it uses
    """

    def __init__(
        self, roots: Sequence[Value], parameters: Iterable[Value], inputs: Iterable[Value] = ()
    ) -> None:
        tape = Tape.of(roots, parameters, inputs)
        for op in tape.ops[1:]:
            if OPS.get(str(op)) is not op:
                raise NotVectorizable(f"a node of {op!s} has its numbers, but no rule for others")
        self.nodes: int = len(tape) - len(tape.constants) - len({*tape.parameters, *tape.inputs})
        self.inputs: list[int] = list(tape.inputs)
        self.outputs: list[int] = list(tape.roots)
        self.values: dict[int, float] = dict(tape.constants)
        self.kind: list[int] = [NODE] * len(tape)
        self.op: list[str] = []
        self.args: list[tuple[int, ...]] = [()] * len(tape)
        self.terms: dict[int, list[Term]] = {}
        for row in tape.inputs:
            self.kind[row] = INPUT
        for row in tape.parameters:  # an input that is a parameter stays one
            self.kind[row] = PARAMETER
        for row in tape.constants:
            self.kind[row] = CONSTANT
        columns = self._share(tape)
        self.keep(self._needed(self._flatten(columns), columns))

    def keep(self, alive: list[int]) -> None:
        """Let these be the rows that the outputs depend on."""
        self.alive: list[int] = alive
        self._products = {self.args[row]: row for row in alive if self.op[row] == "*"}

    def _share(self, tape: Tape) -> _Columns:
        """Give equal rows one row, but for the links of chains, which a shared link would end."""
        names = [str(op) for op in tape.ops]
        codes = np.asarray(tape.codes, np.int64)
        a, b = (np.asarray(column, np.int64) for column in (tape.a, tape.b))
        chained = np.array([name in CHAINED for name in names])
        same = _first_of_equals(codes, a, b, chained)
        codes = np.where(same == np.arange(len(same)), codes, 0)
        kept = np.flatnonzero(codes)
        two = kept[np.array([op.arity == 2 for op in tape.ops])[codes[kept]]]
        self.op = list(map(names.__getitem__, codes.tolist()))
        self.outputs = same[self.outputs].tolist()
        first, second = np.full(len(same), NONE), np.full(len(same), NONE)
        first[kept], second[two] = same[a[kept]], same[b[two]]
        used = np.concatenate([first[kept], second[two], self.outputs])
        uses = np.bincount(used.astype(int), minlength=len(same))
        links = np.flatnonzero(chained[codes])
        return _Columns(first.tolist(), second.tolist(), uses.tolist(), links.tolist())

    def _flatten(self, columns: _Columns) -> dict[int, Chain]:
        """The chains, by the row at their end: each row that the chain adds."""
        op, (first, second, uses, links) = self.op, columns
        chains: dict[int, Chain] = {}
        for row in links:
            a, b = first[row], second[row]
            if op[row] == "+":
                left = chains.pop(a) if op[a] == "+" and uses[a] == 1 else None
                right = chains.pop(b) if op[b] == "+" and uses[b] == 1 else None
                if right is not None:
                    left = _joined(left or [a], right)
                elif left is None:
                    left = [a, b]
                else:
                    left.append(b)
                chains[row] = left
            else:
                whole: Chain = []
                for part in (a, b):
                    if op[part] != "logaddexp":
                        whole.append(part)
                    elif uses[part] == 1:
                        whole = _joined(whole, chains.pop(part))
                    else:
                        inner = chains[part]
                        whole.extend(inner if len(inner) <= LONGEST_SHARED else [part])
                chains[row] = whole
        return self._equal_chains_shared(chains, columns)

    def _equal_chains_shared(self, chains: dict[int, Chain], columns: _Columns) -> dict[int, Chain]:
        """Give equal chains one row, and the rows that use them, as of samples that are equal."""
        op, (a, b, _, _) = self.op, columns
        if len({(op[row], *chain) for row, chain in chains.items()}) == len(chains):
            return chains
        first: dict[tuple[str, tuple[int, ...]], int] = {}
        same = [*range(len(op)), NONE]
        found: dict[int, Chain] = {}
        for row, name in enumerate(op):
            if not name:
                continue
            chain = chains.get(row)
            rows = tuple([same[part] for part in chain or (a[row], b[row])])
            known = first.setdefault((name, rows), row)
            if known != row:
                same[row] = known
            elif chain is None:
                a[row], b[row] = rows
            else:
                found[row] = list(rows)
        self.outputs = [same[row] for row in self.outputs]
        return found

    def _needed(self, chains: dict[int, Chain], columns: _Columns) -> list[int]:
        """Make the chains sums and logsumexps; the rows that the outputs need."""
        op, args, (first, second, _, _) = self.op, self.args, columns
        alive = [False] * len(op)
        for row in self.outputs:
            alive[row] = True
        for row in range(len(op) - 1, -1, -1):
            if not alive[row] or not op[row]:
                continue
            chain = chains.get(row)
            if chain is not None and (op[row] == "+" or len(chain) > 2):
                is_sum = op[row] == "+"
                op[row] = "sum" if is_sum else "logsumexp"
                self.terms[row] = found = list[Term]()
                for part in chain:
                    if is_sum and op[part] == "*":
                        a, b = first[part], second[part]
                        found.append((a, b))
                        alive[a] = alive[b] = True
                    else:
                        found.append((part,))
                        alive[part] = True
            else:
                a, b = first[row], second[row]
                args[row] = (a,) if b == NONE else (a, b)
                alive[a] = True
                if b != NONE:
                    alive[b] = True
        return [row for row, needed in enumerate(alive) if needed]

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


class _Columns(NamedTuple):
    """What each row uses, while equal rows are made one and chains are found.

    first, second  the rows of its arguments, or `NONE`
    uses           how many rows use it
    links          those that may be links of chains
    """

    first: list[int]
    second: list[int]
    uses: list[int]
    links: list[int]


def _joined(left: Chain, right: Chain) -> Chain:
    """One chain after the other, by moving the shorter one."""
    if len(left) >= len(right):
        left.extend(right)
        return left
    if isinstance(right, list):
        right = deque(right)
    right.extendleft(reversed(left))
    return right


def _first_of_equals(codes: Index, a: Index, b: Index, chained: Index) -> Index:
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
