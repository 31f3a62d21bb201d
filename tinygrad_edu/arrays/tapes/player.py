"""What plays a tape: computes its rows on other numbers, and walks back, as the engine would.

There are two players that do the same to the last bit: one in C (`replay.c`), and, where that was
not built, `PlainPlayer`, whose rows are nodes of the engine's own making.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextvars import Context
from functools import partial
from itertools import count
from typing import Any, Final, Protocol, TypeAlias

from ...engine import Value
from ...ieee import divide, float64
from ...ops import ADD, DIV, LEAF, MUL, NEG, OPS, SUB, Op
from .tape import Tape

_Call: TypeAlias = Callable[[float, float, int], tuple[float, float, float]]

native: Any
try:
    from . import _replay  # type: ignore[attr-defined, unused-ignore]

    native = _replay
except ImportError:
    native = None


_FEWEST: Final = 2 if native is None else 150
"""As many operations of a scalar graph are about played in the time that a call of NumPy takes."""


def suits(nodes: int, calls: int) -> bool:
    """Whether playing so many operations is faster than the calls of NumPy that do them."""
    return nodes < _FEWEST * calls


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

    def run(
        self, parameters: Sequence[float], inputs: Sequence[float], /
    ) -> tuple[float, list[float]]:
        """The first root's number with these numbers, and its gradient by each parameter."""
        ...


def player(tape: Tape) -> Player:
    """The fastest player of a tape that there is here."""
    return PlainPlayer(tape) if native is None else native_player(tape)


class PlainPlayer:
    """Plays a tape by the functions that define the operations, and arithmetic by itself."""

    def __init__(self, tape: Tape) -> None:
        self._tape, self._size, self._parameters = tape, len(tape), len(tape.parameters)
        self._ops: list[Any] = [
            op if any(op is known for known in _BY_ITSELF) else called_by(op) for op in tape.ops
        ]
        self._lanes: dict[int, tuple[array[float], array[float]]] = {}

    def forward(
        self, parameters: array[float], inputs: Sequence[float], lane: int = 0, /
    ) -> list[float]:
        """Compute every row of a lane from these numbers; return those of the roots."""
        if len(parameters) != self._parameters:
            raise ValueError(f"parameters are an array('d') of {self._parameters} numbers")
        tape = self._tape
        if len(inputs) != len(tape.inputs):
            raise ValueError(f"inputs are {len(tape.inputs)} numbers, not {len(inputs)}")
        # (after the last row one more, row -1, for an argument that there is not)
        value = [*parameters, *[0.0] * (self._size - self._parameters + 1)]
        for row, x in zip(tape.inputs, inputs):
            value[row] = float64(x)
        for row, x in tape.constants.items():
            value[row] = x
        slopes = array("d")
        # In a context of its own, where operations are recorded and nobody is told of them.
        Context().run(self._compute, value, slopes)
        self._lanes[lane] = array("d", value), slopes
        return [value[row] for row in tape.roots]

    def _compute(self, value: list[float], slopes: array[float]) -> None:
        ops, constants = self._ops, self._tape.constants
        for row, code, a, b in zip(count(), self._tape.codes, self._tape.a, self._tape.b):
            op = ops[code]
            if op is MUL:
                value[row] = value[a] * value[b]
            elif op is ADD:
                value[row] = value[a] + value[b]
            elif op is SUB:
                value[row] = value[a] - value[b]
            elif op is NEG:
                value[row] = -value[a]
            elif op is DIV:
                value[row] = divide(value[a], value[b])
            elif op is not LEAF:
                fixed = (a in constants) + 2 * (b in constants)
                value[row], da, db = op(value[a], value[b], fixed)
                slopes.append(da)
                slopes.append(db)

    def backward(self, seeds: Sequence[float], totals: array[float], lane: int = 0, /) -> None:
        """Add to `totals` the gradient of Σ seed · root by each parameter, as the lane has it."""
        tape, ops = self._tape, self._ops
        value, slopes = self._lanes[lane]
        if len(seeds) > len(tape.roots):
            raise ValueError(f"seeds are {len(tape.roots)} numbers at most, not {len(seeds)}")
        if len(totals) != self._parameters:
            raise ValueError(f"totals are an array('d') of {self._parameters} numbers")
        grad = [*totals, *[0.0] * (self._size - self._parameters + 1)]
        for row, seed in zip(tape.roots, seeds):
            grad[row] += seed
        last = max(tape.roots[: len(seeds)], default=-1)
        steep = reversed(slopes)
        upwards = range(self._size - 1, -1, -1)
        columns = zip(upwards, reversed(tape.codes), reversed(tape.a), reversed(tape.b))
        for row, code, a, b in columns:
            op, g = ops[code], grad[row]
            if row > last:
                if not any(op is known for known in _BY_ITSELF):
                    next(steep), next(steep)
            elif op is MUL:
                grad[a] += g * value[b]
                grad[b] += g * value[a]
            elif op is ADD:
                grad[a] += g
                grad[b] += g
            elif op is SUB:
                grad[a] += g
                grad[b] -= g
            elif op is NEG:
                grad[a] -= g
            elif op is DIV:
                grad[a] += divide(g, value[b])
                grad[b] += g * -divide(value[row], value[b])
            elif op is not LEAF:
                db, da = next(steep), next(steep)
                grad[a] += g * da
                grad[b] += g * db
        totals[:] = array("d", grad[: self._parameters])

    def run(
        self, parameters: Sequence[float], inputs: Sequence[float], /
    ) -> tuple[float, list[float]]:
        """The first root's number with these numbers, and its gradient by each parameter."""
        [value, *_] = self.forward(array("d", parameters), inputs)
        totals = array("d", bytes(8 * self._parameters))
        self.backward((1.0,), totals)
        return value, totals.tolist()


_BY_ITSELF: Final = (LEAF, ADD, SUB, MUL, DIV, NEG)


_NAMES: Final[tuple[str, ...]] = () if native is None else native.NAMES
_CODES: Final = {id(OPS.get(name, LEAF)): code for code, name in enumerate(_NAMES)}
"""The operations that the player in C knows, by their ids: another of the same name is another."""


def native_player(tape: Tape) -> Player:
    """The player in C, which calls Python for the operations that it does not know."""
    kinds: list[int] = []
    calls: list[_Call] = []
    for op in tape.ops:
        code = _CODES.get(id(op))
        if code is None:
            code = native.CALLED + 4 * len(calls)
            calls.append(partial(_recorded, called_by(op)))
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


def _recorded(call: _Call, x: float, z: float, constants: int) -> tuple[float, float, float]:
    return Context().run(call, x, z, constants)


def called_by(op: Op) -> _Call:
    """An operation on numbers: y, ∂y/∂a and ∂y/∂b, 0 for what is a constant (bits 0 and 1)."""

    def line(x: float, z: float, constants: int) -> tuple[float, float, float]:
        numbers = (x, z)[: op.arity]
        given: list[Any] = [x if constants >> i & 1 else Value(x) for i, x in enumerate(numbers)]
        if not any(isinstance(v, Value) for v in given):
            given[0] = Value(x)
        node = op.function(*given)
        slopes = iter(node.local_grads)
        da, db, *_ = [next(slopes) if isinstance(v, Value) else 0.0 for v in given] + [0.0]
        return node.data, da, db

    return line
