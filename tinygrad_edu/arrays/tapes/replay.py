"""`Replay`: a graph that was recorded once, computed and differentiated again on other numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...checks import elements, sized
from ...engine import Value
from ...ieee import float64
from .player import player
from .tape import Tape


class Replay:
    """The graph of `root`, to be run again with other numbers in its leaves.

    It gives the numbers that recording the graph anew and `backward()` would give, to the last
    bit, without making its nodes: with the compiled package in a few nanoseconds a node.

    root        the result whose graph is played
    parameters  leaves that take numbers at each run, and whose gradients are wanted
    inputs      leaves that take numbers at each run

    All other leaves keep the numbers that they have now. What the program that built the graph
    decided by looking at numbers (an `if`, the choice of a class) stays as it was decided then.
    A TypeError for what is not a Value, a ValueError for a parameter or an input that is no leaf.

    >>> w, x = Value(3.0), Value(2.0)
    >>> replay = Replay((w * x - 1.0) ** 2, parameters=[w], inputs=[x])
    >>> replay.run([3.0], [2.0])  # (6 - 1)², 2 (6 - 1) · 2
    (25.0, [20.0])
    >>> replay.run([1.0], [4.0])  # (4 - 1)², 2 (4 - 1) · 4
    (9.0, [24.0])
    """

    def __init__(
        self, root: Value, parameters: Iterable[Value] = (), inputs: Iterable[Value] = ()
    ) -> None:
        if not isinstance(root, Value):
            raise TypeError(f"the root of a graph is a Value, not {type(root).__name__}: {root!r}")
        given = elements(parameters, "parameters are a list of leaves")
        tape = Tape.of(root, given, inputs)
        place = {v: i for i, v in enumerate(dict.fromkeys(given))}
        self._places = [place[v] for v in given]
        self._size = len(place)
        self._player = player(tape)
        self.rows: int = len(tape)
        """How many rows its tape has: one for each operation and each leaf."""

    def run(
        self, parameters: Sequence[float] = (), inputs: Sequence[float] = ()
    ) -> tuple[float, list[float]]:
        """The root's value with these numbers, and its derivative by each parameter.

        As many numbers as there were parameters and inputs, in their order; a ValueError for
        another count, a TypeError for what is no number. A leaf that was given twice takes the
        later number; a parameter that is an input as well takes the input's.
        """
        try:
            if self._size == len(parameters) == len(self._places):
                return self._player.run(parameters, inputs)
            return self._run(parameters, inputs)
        except TypeError:
            for what, given in (("a parameter", parameters), ("an input", inputs)):
                for x in sized(given, f"{what} is one of a list of numbers"):
                    float64(x, what)
            raise

    def _run(
        self, parameters: Sequence[float], inputs: Sequence[float]
    ) -> tuple[float, list[float]]:
        if len(parameters) != len(self._places):
            raise ValueError(f"there are {len(self._places)} parameters, not {len(parameters)}")
        data = [0.0] * self._size
        for place, x in zip(self._places, parameters):  # of which some are given twice
            data[place] = x
        value, grads = self._player.run(data, inputs)
        return value, [grads[place] for place in self._places]
