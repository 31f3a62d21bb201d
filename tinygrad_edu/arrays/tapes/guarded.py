"""A tape with the guards that it stands on: played, it gives numbers only where they all hold."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain

from ...engine import Value
from .player import player
from .tape import Tape
from .watch import Guard, holds


class GuardedTape:
    """The graph of some roots, to be played where each decision would be as it was recorded.

    The arguments are those of `Tape.of`, and the guards that a `Watch` noted.
    """

    def __init__(
        self,
        roots: Sequence[Value],
        parameters: Iterable[Value],
        inputs: Iterable[Value],
        guards: Iterable[Guard],
    ) -> None:
        decided = list(dict.fromkeys(guards))
        sides = [v for guard in decided for v in (guard.left, guard.right) if isinstance(v, Value)]
        # After the roots, so that the rows that only guards need have no part in gradients.
        looked_at = list(dict.fromkeys(sides))
        place = {v: len(roots) + i for i, v in enumerate(looked_at)}
        self._roots = len(roots)
        self._guards = [
            (what, place[left], place[right] if isinstance(right, Value) else right, answer)
            for what, left, right, answer, _ in decided
        ]
        tape = Tape.of(chain(roots, looked_at), parameters, inputs)
        self._player = player(tape)
        self.rows: int = len(tape)
        tops = tape.roots[: len(roots)]
        end = max(tops, default=-1) + 1
        self.reused: bool = not {*tops}.isdisjoint({*tape.a[:end], *tape.b[:end]})
        """Whether one root is a part of another."""

    def forward(
        self, parameters: array[float], inputs: Sequence[float], lane: int = 0
    ) -> list[float] | None:
        """The roots' numbers with these leaves, or None where a guard does not hold."""
        numbers = self._player.forward(parameters, inputs, lane)
        for what, left, right, answer in self._guards:
            other = numbers[right] if type(right) is int else right
            if not holds(what, numbers[left], other, answer):
                return None
        return numbers[: self._roots]

    def backward(self, seeds: Sequence[float], totals: array[float], lane: int = 0) -> None:
        """Add to `totals` the gradient of Σ seed · root by each parameter, as the lane has it."""
        self._player.backward(seeds, totals, lane)
