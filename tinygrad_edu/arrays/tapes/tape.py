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
from collections.abc import Iterable
from typing import Any, Final

from mypy_extensions import i64

from ...checks import elements
from ...engine import _WALKS, Value
from ...ops import ADD, LEAF, MUL, Op
from ...turns import in_turn

_TOGETHER: Final[i64] = 4096
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
        self.parameters: range = range(parameters)
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
        right = "a tape takes lists of Values"
        tops: list[Any] = elements([roots] if isinstance(roots, Value) else roots, right)
        own: list[Any] = elements(parameters, right)
        given: list[Any] = elements(inputs, right)
        for what, values in (("root", tops), ("parameter", own), ("input", given)):
            for v in values:
                if not isinstance(v, Value):
                    raise TypeError(f"a tape's {what} is a Value, not {type(v).__name__}: {v!r}")
                if what != "root" and v.op is not LEAF:
                    raise ValueError(f"a tape's {what} is a leaf, not the result of {v.op!s}: {v}")
        own = list(dict.fromkeys(own))
        tape = cls(len(own))
        in_turn(_fill, tape, tops, list(dict.fromkeys(own + given)), given)
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


class _Rows:
    """The columns of a tape while it is written: the newest rows lie in lists, and are few."""

    def __init__(self, leaves: int) -> None:
        self.codes: array[int] = array("H", [0]) * leaves
        self.a: array[int] = array("i", [NONE]) * leaves
        self.b: array[int] = array("i", [NONE]) * leaves
        self.size: i64 = leaves
        self.constants: dict[int, float] = {}
        self._new_codes: list[int] = []
        self._new_a: list[int] = []
        self._new_b: list[int] = []
        self._known: dict[object, int] = {}  # the rows of the constants

    def add(self, code: int, a: i64, b: i64) -> i64:
        """Enter a row; its number."""
        row = self.size
        self._new_codes.append(code)
        self._new_a.append(a)
        self._new_b.append(b)
        self.size = row + 1
        if self.size % _TOGETHER == 0:
            self.flush()
        return row

    def flush(self) -> None:
        """Put the newest rows to the others."""
        self.codes.extend(self._new_codes)
        self.a.extend(self._new_a)
        self.b.extend(self._new_b)
        self._new_codes, self._new_a, self._new_b = [], [], []

    def constant(self, x: float) -> i64:
        """The row of a constant."""
        # (by its text where equal numbers are not one number, or one number is not equal to itself)
        key: object = repr(x) if x == 0.0 or x != x else x
        known = self._known.get(key)
        if known is not None:
            return known
        row = self.add(0, NONE, NONE)
        self._known[key] = row
        self.constants[row] = x
        return row


def _fill(tape: Tape, roots: list[Value], leaves: list[Value], inputs: list[Value]) -> None:
    """Enter the leaves, and all that the roots depend on.

    The mark of a walk over the graph tells here the row of a node: that row's number above `base`.
    """
    before = _WALKS.newest
    opened = before + 1  # the mark of a node whose operands are being entered
    base = before + 2
    for row, leaf in enumerate(leaves):
        leaf._mark = base + row
    table = _Rows(len(leaves))
    ops: list[Op] = [LEAF]
    arities: list[int] = [0]
    codes: dict[int, int] = {}  # by the operations' ids, since one may have the name of another
    plus = times = NONE  # the codes of the two that are most of a graph
    path: list[Value] = []
    for root in roots:
        if root._mark >= opened:
            continue
        if root.op is LEAF:
            root._mark = base + table.constant(root._data)
            continue
        # Depth first as the engine's own walk, so that the rows are in the engine's order.
        node = root
        node._mark = opened
        while True:
            a = node._a
            if a is not None and a._mark < opened:
                if a.op is not LEAF:
                    a._mark = opened
                    path.append(node)
                    node = a
                    continue
                a._mark = base + table.constant(a._data)
            b = node._b
            if b is not None and b._mark < opened:
                if b.op is not LEAF:
                    b._mark = opened
                    path.append(node)
                    node = b
                    continue
                b._mark = base + table.constant(b._data)
            op = node.op
            code = plus if op is ADD else times if op is MUL else codes.get(id(op), NONE)
            if code == NONE:
                code = codes[id(op)] = len(ops)
                ops.append(op)
                arities.append(op.arity)
                plus, times = codes.get(id(ADD), NONE), codes.get(id(MUL), NONE)
            i: i64 = table.constant(node._da) if a is None else a._mark - base
            j: i64 = NONE
            if b is not None:
                j = b._mark - base
            elif arities[code] > 1:
                j = table.constant(node._db)
            node._mark = base + table.add(code, i, j)
            if not path:
                break
            node = path.pop()
    if _WALKS.newest != before:  # another walk inside this one has written over its marks
        _fill(tape, roots, leaves, inputs)
        return
    table.flush()
    _WALKS.newest = base + table.size
    tape.ops, tape.constants = ops, table.constants
    tape.inputs = [v._mark - base for v in inputs]
    tape.roots = [v._mark - base for v in roots]
    tape.codes, tape.a, tape.b = table.codes, table.a, table.b
