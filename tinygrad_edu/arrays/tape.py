"""The record of a graph as a table: one row of numbers a node, which arrays and replay work on.

A row is an operation and the rows of its arguments, each before the rows that use it:

    row   operation   a   b
      0                          a parameter
      1                          an input
      2                          the constant 3.0
      3   *           0   2
      4   +           3   1

Such a table is what the textbooks call a tape (A. Griewank, A. Walther, "Evaluating Derivatives",
SIAM 2008, chapter 4). The nodes' own objects are not kept, so the graph may be dropped.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final

from ..engine import Value
from ..ops import LEAF, Op

NONE: Final = -1
"""What stands in a column of a `Tape` where a row has no such argument."""


class Tape:
    """A graph as a table of rows, numbered from 0, each after the rows of its arguments.

    parameters  the rows of the parameters, in their order: 0, 1, 2 …
    inputs      the rows of the inputs, in their order
    constants   the number in each row that is a constant: a plain number, or any other leaf
    ops         the operations that occur, each once; ops[0] is that of the leaves
    codes       for each row, the place of its operation in `ops`
    a, b        for each row, the rows of its first and second argument, or `NONE`
    roots       the rows of the roots

    Equal constants have one row (0.0 and -0.0 are two constants). Nothing else is merged: there is
    one row for each operation, in the order of `topological_order`.
    """

    def __init__(self, parameters: int) -> None:
        self.parameters = range(parameters)
        self.inputs: list[int] = []
        self.constants: dict[int, float] = {}
        self.ops: list[Op] = [LEAF]
        self.codes: array[int] = array("H")
        self.a: array[int] = array("i")
        self.b: array[int] = array("i")
        self.roots: list[int] = []

    @classmethod
    def of(
        cls,
        roots: Value | Iterable[Value],
        parameters: Iterable[Value] = (),
        inputs: Iterable[Value] = (),
    ) -> Tape:
        """The table of all that the roots depend on.

        `parameters` and `inputs` are leaves; each has a row, whether or not a root depends on it.
        One that is given twice has one row; an input that is a parameter has the parameter's. A
        TypeError for what is not a Value, a ValueError for a parameter or input that is no leaf.

        >>> w, x = Value(2.0), Value(5.0)
        >>> tape = Tape.of(w * 3.0 + x, parameters=[w], inputs=[x])
        >>> print(tape)
        0  parameter
        1  input
        2  3.0
        3  *  0  2
        4  +  3  1
        """
        tops = [roots] if isinstance(roots, Value) else list(roots)
        own, given = list(dict.fromkeys(parameters)), list(inputs)
        for what, values in (("root", tops), ("parameter", own), ("input", given)):
            for v in values:
                if not isinstance(v, Value):
                    raise TypeError(f"a tape's {what} is a Value, not {type(v).__name__}: {v!r}")
                if what != "root" and v.op is not LEAF:
                    raise ValueError(f"a tape's {what} is a leaf, not the result of {v.op!s}: {v}")
        tape = cls(len(own))
        rows = {v: row for row, v in enumerate(dict.fromkeys(own + given))}
        _fill(tape, tops, rows)
        tape.inputs = [rows[v] for v in given]
        tape.roots = [rows[v] for v in tops]
        return tape

    def __len__(self) -> int:
        return len(self.codes)

    def op(self, row: int) -> Op:
        """The operation of a row; of a leaf it is `LEAF`."""
        return self.ops[self.codes[row]]

    def arguments(self, row: int) -> tuple[int, ...]:
        """The rows of a row's arguments, in order: none of a leaf, and one or two of a node."""
        a, b = self.a[row], self.b[row]
        return () if a == NONE else (a,) if b == NONE else (a, b)

    def __str__(self) -> str:
        inputs = set(self.inputs)
        lines = []
        for row in range(len(self)):
            if row in self.parameters:
                what = "parameter"
            elif row in inputs:
                what = "input"
            elif row in self.constants:
                what = repr(self.constants[row])
            else:
                what = "  ".join(map(str, (self.op(row), *self.arguments(row))))
            lines.append(f"{row}  {what}")
        return "\n".join(lines)


def _fill(tape: Tape, roots: Sequence[Value], rows: dict[Value, int]) -> None:
    """Enter all that the roots depend on; `rows` has the rows of leaves, and gets those of all."""
    codes = [0] * len(rows)
    left, right = [NONE] * len(rows), [NONE] * len(rows)
    known: dict[Any, int] = {}  # the rows of the constants
    kinds: dict[int, tuple[int, int]] = {id(LEAF): (0, 0)}  # code and arity, by the op's id

    def constant(x: float) -> int:
        # (by its text where equal numbers are not one number, or one number is not equal to itself)
        key: Any = repr(x) if x == 0.0 or x != x else x
        row = known.get(key)
        if row is None:
            row = known[key] = len(codes)
            tape.constants[row] = x
            codes.append(0)
            left.append(NONE)
            right.append(NONE)
        return row

    path: list[Value] = []
    for root in roots:
        if root in rows:
            continue
        if root.op is LEAF:
            rows[root] = constant(root._data)
            continue
        # Depth first as the engine's own walk, so that the rows are in the engine's order.
        node = root
        rows[node] = NONE
        while True:
            a, b = node._a, node._b
            if a is not None and a not in rows:
                if a.op is LEAF:
                    rows[a] = constant(a._data)
                else:
                    rows[a] = NONE
                    path.append(node)
                    node = a
                    continue
            if b is not None and b not in rows:
                if b.op is LEAF:
                    rows[b] = constant(b._data)
                else:
                    rows[b] = NONE
                    path.append(node)
                    node = b
                    continue
            kind = kinds.get(id(node.op))
            if kind is None:
                kind = kinds[id(node.op)] = len(tape.ops), node.op.arity
                tape.ops.append(node.op)
            i = rows[a] if a is not None else constant(node._da)
            j = NONE
            if kind[1] > 1:
                j = rows[b] if b is not None else constant(node._db)
            rows[node] = len(codes)
            codes.append(kind[0])
            left.append(i)
            right.append(j)
            if not path:
                break
            node = path.pop()
    tape.codes.extend(codes)
    tape.a.extend(left)
    tape.b.extend(right)
