"""What plays a tape: computes its rows on other numbers, and walks back, as the engine would.

There are two players that do the same to the last bit: one in C (`replay.c`), and, where that was
not built, `PlainPlayer`, whose rows are nodes of the engine's own making.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, Final, Protocol

from ..engine import Value
from ..ops import LEAF, OPS, Op
from .tape import Tape

native: Any
try:
    from . import _replay  # type: ignore[attr-defined, unused-ignore]

    native = _replay
except ImportError:
    native = None


class Player(Protocol):
    """A tape with numbers in its rows, in each of several lanes: a lane is one sample."""

    def forward(
        self, parameters: array[float], inputs: Sequence[float], lane: int = 0, /
    ) -> list[float]:
        """Compute every row of a lane from these numbers; return those of the roots.

        Lanes are numbered from 0, and made as they are needed, one after the other.
        """
        ...

    def backward(self, seeds: Sequence[float], totals: array[float], lane: int = 0, /) -> None:
        """Add to `totals` the gradient of Σ seed · root by each parameter, as the lane has it.

        There is a seed for each of the first roots; the rows after those take no part.
        """
        ...


def player(tape: Tape) -> Player:
    """The fastest player of a tape that there is here."""
    return PlainPlayer(tape) if native is None else native_player(tape)


class PlainPlayer:
    """Plays a tape by the functions that define the operations."""

    def __init__(self, tape: Tape) -> None:
        self._inputs, self._roots, self._size = tape.inputs, tape.roots, len(tape)
        self._parameters = len(tape.parameters)
        self._constants = tape.constants
        leaf = [tape.op(row) is LEAF for row in range(len(tape))]
        self._lines = [
            (row, tape.op(row).function, _as_written(tape, row), tape.arguments(row))
            for row in range(len(tape))
            if not leaf[row]
        ]
        self._lanes: dict[int, list[Any]] = {}

    def forward(
        self, parameters: array[float], inputs: Sequence[float], lane: int = 0, /
    ) -> list[float]:
        """Compute every row of a lane from these numbers; return those of the roots."""
        if len(parameters) != self._parameters:
            raise ValueError(f"parameters are an array('d') of {self._parameters} numbers")
        if len(inputs) != len(self._inputs):
            raise ValueError(f"inputs are {len(self._inputs)} numbers, not {len(inputs)}")
        rows: list[Any] = [*map(Value, parameters), *[None] * (self._size - self._parameters)]
        for row, x in zip(self._inputs, inputs):
            rows[row] = Value(x)
        for row, number in self._constants.items():
            rows[row] = number
        # In a context of its own, where operations are recorded and nobody is told of them.
        Context().run(self._compute, rows)
        self._lanes[lane] = rows
        return [float(rows[row]) for row in self._roots]

    def _compute(self, rows: list[Any]) -> None:
        for row, function, kinds, arguments in self._lines:
            rows[row] = function(*[kind(rows[i]) for kind, i in zip(kinds, arguments)])

    def backward(self, seeds: Sequence[float], totals: array[float], lane: int = 0, /) -> None:
        """Add to `totals` the gradient of Σ seed · root by each parameter, as the lane has it."""
        rows = self._lanes[lane]
        if len(seeds) > len(self._roots):
            raise ValueError(f"seeds are {len(self._roots)} numbers at most, not {len(seeds)}")
        if len(totals) != self._parameters:
            raise ValueError(f"totals are an array('d') of {self._parameters} numbers")
        grads = [*totals, *[0.0] * (self._size - self._parameters)]
        for row, seed in zip(self._roots, seeds):
            grads[row] += seed
        last = max(self._roots[: len(seeds)], default=-1)
        for row, _, kinds, arguments in reversed(self._lines):
            if row > last:
                continue
            operands = [i for kind, i in zip(kinds, arguments) if kind is not float]
            for i, d in zip(operands, rows[row].pull_back(grads[row])):
                grads[i] += d
        totals[:] = array("d", grads[: self._parameters])


def _itself(x: Any) -> Any:
    return x


def _as_written(tape: Tape, row: int) -> list[Callable[[Any], Any]]:
    """How each argument of a row is given to its function: constants as plain numbers.

    But one of them is made a Value where there is no other, or nothing would be recorded.
    """
    constant = [i in tape.constants for i in tape.arguments(row)]
    kinds: list[Callable[[Any], Any]] = [float if c else _itself for c in constant]
    if all(constant):
        kinds[0] = Value
    return kinds


_NAMES: Final[tuple[str, ...]] = () if native is None else native.NAMES
_CODES: Final = {id(OPS.get(name, LEAF)): code for code, name in enumerate(_NAMES)}
"""The operations that the player in C knows, by their ids: another of the same name is another."""


def native_player(tape: Tape) -> Player:
    """The player in C, which calls Python for the operations that it does not know."""
    kinds: list[int] = []
    calls: list[Callable[..., tuple[float, float, float]]] = []
    for op in tape.ops:
        code = _CODES.get(id(op))
        if code is None:
            code = native.CALLED + 4 * len(calls)
            calls.append(_called(op))
        kinds.append(code)
    made: Player = native.Player(
        tape.codes,
        tape.a,
        tape.b,
        len(tape.parameters),
        tape.inputs,
        tape.constants,
        tape.roots,
        kinds,
        calls,
    )
    return made


def _called(op: Op) -> Callable[[float, float, int], tuple[float, float, float]]:
    """An operation on numbers: y, ∂y/∂a and ∂y/∂b, 0 for what is a constant (bits 0 and 1)."""

    def line(x: float, z: float, constants: int) -> tuple[float, float, float]:
        numbers = (x, z)[: op.arity]
        given: list[Any] = [x if constants >> i & 1 else Value(x) for i, x in enumerate(numbers)]
        if not any(isinstance(v, Value) for v in given):
            given[0] = Value(x)
        node = Context().run(op.function, *given)
        slopes = iter(node.local_grads)
        da, db, *_ = [next(slopes) if isinstance(v, Value) else 0.0 for v in given] + [0.0]
        return node.data, da, db

    return line
