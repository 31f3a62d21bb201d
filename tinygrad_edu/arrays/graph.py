"""A tape made ready to be seen as arrays: equal rows are one, chains of sums are one sum.

1. share    rows of one operation on the same arguments become one row.
2. flatten  a chain of + whose links nothing else uses becomes one sum of many terms, a chain of
            logaddexp one logsumexp. A product that only a sum uses is no row, but a term (a, b).

What no output depends on any more is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from ..engine import Value
from ..ops import OPS
from .tape import NONE, Tape

PARAMETER: Final = 0
INPUT: Final = 1
CONSTANT: Final = 2
NODE: Final = 3

LONGEST_SHARED: Final = 16
"""A logaddexp of so many terms is flattened even where it is used again, as softmax uses it."""

Term: TypeAlias = tuple[int, ...]
"""What a sum adds: the row (i,), or the product (a, b) of two."""


class NotVectorizable(ValueError):
    """Why something is no array program."""


class Graph:
    """The rows that some roots depend on.

    nodes   how many operations the scalar graph has
    kind    of each row: PARAMETER, INPUT, CONSTANT or NODE
    op      of each row: its operation's name; "sum" and "logsumexp" have any number of arguments
    args    the rows of the arguments of those that have one or two
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
        self.nodes: int = sum(code != 0 for code in tape.codes)
        self.inputs: list[int] = list(tape.inputs)
        self.outputs: list[int] = list(tape.roots)
        self.values: dict[int, float] = dict(tape.constants)
        self.kind: list[int] = [NODE] * len(tape)
        self.op: list[str] = [""] * len(tape)
        self.args: list[tuple[int, ...]] = [()] * len(tape)
        self.terms: dict[int, list[Term]] = {}
        for row in tape.inputs:
            self.kind[row] = INPUT
        for row in tape.parameters:  # an input that is a parameter stays one
            self.kind[row] = PARAMETER
        for row in tape.constants:
            self.kind[row] = CONSTANT
        self._products: dict[tuple[int, ...], int] = {}
        self._share(tape)
        self.alive: list[int] = self._needed(self._flatten())

    def _share(self, tape: Tape) -> None:
        """Give equal rows one row, but for the links of chains, which a shared link would end."""
        names = [str(op) for op in tape.ops]
        chained = [name in ("+", "logaddexp") for name in names]
        first: dict[tuple[int, int, int], int] = {}
        same = list(range(len(tape)))
        op, args = self.op, self.args
        for row, (code, a, b) in enumerate(zip(tape.codes, tape.a, tape.b)):
            if code == 0:
                continue
            a = same[a]
            if b != NONE:
                b = same[b]
            if not chained[code]:
                known = first.setdefault((code, a, b), row)
                if known != row:
                    same[row] = known
                    continue
            op[row] = names[code]
            args[row] = (a,) if b == NONE else (a, b)
        self.outputs = [same[row] for row in self.outputs]

    def _flatten(self) -> dict[int, list[int]]:
        """The chains, by the row at their end: each row that the chain adds."""
        op, args = self.op, self.args
        uses = [0] * len(op)
        for rows in args:
            for row in rows:
                uses[row] += 1
        for row in self.outputs:
            uses[row] += 1
        chains: dict[int, list[int]] = {}
        for row, name in enumerate(op):
            if name == "+":
                a, b = args[row]
                whole = chains.pop(a) if op[a] == "+" and uses[a] == 1 else [a]
                whole += chains.pop(b) if op[b] == "+" and uses[b] == 1 else [b]
                chains[row] = whole
            elif name == "logaddexp":
                parts: list[int] = []
                for part in args[row]:
                    inner = chains[part] if op[part] == "logaddexp" else [part]
                    fits = uses[part] == 1 or len(inner) <= LONGEST_SHARED
                    parts += inner if fits else [part]
                chains[row] = parts
        return self._equal_chains_shared(chains)

    def _equal_chains_shared(self, chains: dict[int, list[int]]) -> dict[int, list[int]]:
        """Give equal chains one row, and the rows that use them, as of samples that are equal."""
        first: dict[tuple[str, tuple[int, ...]], int] = {}
        same = list(range(len(self.op)))
        found: dict[int, list[int]] = {}
        changed = False
        for row, name in enumerate(self.op):
            if not name:
                continue
            chain = chains.get(row)
            if chain is None and not changed:
                continue  # (nothing below it can have become another row)
            rows = tuple([same[part] for part in (self.args[row] if chain is None else chain)])
            known = first.setdefault((name, rows), row)
            if known != row:
                same[row], changed = known, True
            elif chain is None:
                self.args[row] = rows
            else:
                found[row] = list(rows)
        self.outputs = [same[row] for row in self.outputs]
        return found

    def _needed(self, chains: dict[int, list[int]]) -> list[int]:
        """Make the chains sums and logsumexps; the rows that the outputs need."""
        op, args = self.op, self.args
        alive = [False] * len(op)
        for row in self.outputs:
            alive[row] = True
        for row in range(len(op) - 1, -1, -1):
            if not alive[row]:
                continue
            chain = chains.get(row)
            if chain is not None and (op[row] == "+" or len(chain) > 2):
                if op[row] == "+":
                    found = [args[part] if op[part] == "*" else (part,) for part in chain]
                else:
                    found = [(part,) for part in chain]
                op[row] = "sum" if op[row] == "+" else "logsumexp"
                args[row], self.terms[row] = (), found
                for term in found:
                    for below in term:
                        alive[below] = True
            else:
                for below in args[row]:
                    alive[below] = True
        found_alive = [row for row, needed in enumerate(alive) if needed]
        for row in found_alive:
            if op[row] == "*":
                self._products[args[row]] = row
        return found_alive

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
