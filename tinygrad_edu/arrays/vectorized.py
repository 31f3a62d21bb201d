"""Training steps by NumPy, JAX or PyTorch: one array program for all batches of a size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine import Value
from .batch import RecordedModel
from .engines import Engine, Function
from .flat import Flat
from .graph import NotVectorizable
from .player import suits
from .program import Program
from .rows import Rows
from .samples import Samples
from .source import LacksOperation
from .steps import NotReplayable


class Vectorized:
    """A step that runs a batch as arrays.

    A batch for which the scalar code would decide otherwise than the program does is replayed
    sample by sample. Raises NotReplayable where a model and a loss are no program, and, with
    `or_replay`, where playing their record is faster.
    """

    def __init__(
        self,
        model: Callable[[Any], Any],
        loss: Callable[[list[Any], list[Any]], Value],
        flat: Flat,
        parameters: list[Value],
        engine: Engine,
        or_replay: bool = False,
    ) -> None:
        self._engine = engine
        self.tolerance: float = engine.tolerance
        self.name: str = engine.name
        self._flat = flat
        self._arguments = model, loss, parameters
        self._or_replay = or_replay
        self._recorded: RecordedModel | None = None
        self._programs: dict[int, tuple[Program, Function]] = {}
        self._samples, self._met = Rows(), set[int]()
        self._numbers: list[int] = []  # of the samples of the last batch
        self._rows: Any = None  # and they as an array
        self._outputs: Any = None
        self._otherwise: Samples | None = None
        self._replayed = 0

    def __call__(self, numbers: Sequence[int], xs: list[Any], ys: list[Any]) -> float | None:
        """The loss of the samples with these numbers, or None: then the engine has to run them."""
        if numbers != self._numbers:  # (a whole batch has the same samples each time)
            self._rows, self._numbers = self._gathered(numbers, xs), list(numbers)
        if len(xs) not in self._programs:
            self._programs[len(xs)] = self._compiled(xs, ys)
        program, function = self._programs[len(xs)]
        targets = _targets(program, ys)
        if targets is None:
            return None
        theta = self._flat.data(program)
        found = program.without_tests(function(theta, self._rows, targets))
        if found is None:
            return self._replay(numbers, xs, ys)
        loss, gradient, self._outputs = found
        if not (math.isfinite(loss) and _all_finite(gradient)):
            return None
        self._flat.give(program, gradient)
        return float(loss)

    def _gathered(self, numbers: Sequence[int], xs: list[Any]) -> Any:
        """The samples with these numbers as an array."""
        if not self._met.issuperset(numbers):
            for number, x in zip(numbers, xs):
                fault = self._samples.keep(number, x)
                if fault:
                    raise NotReplayable(fault)
            self._met.update(numbers)
        return self._samples.of(list(numbers))

    def _compiled(self, xs: list[Any], ys: list[Any]) -> tuple[Program, Function]:
        model, loss, parameters = self._arguments
        try:
            if self._recorded is None:
                self._recorded = RecordedModel(model, xs[0], parameters)
            program = self._recorded.program(loss, ys)
        except NotVectorizable as why:
            raise NotReplayable(str(why)) from why
        if self._or_replay and suits(program.nodes, program.calls):
            raise NotReplayable(f"{program.calls} calls of NumPy do {program.nodes} operations")
        try:
            return program, self._engine.function(program)
        except LacksOperation as why:
            raise NotReplayable(str(why)) from why

    def _replay(self, numbers: Sequence[int], xs: list[Any], ys: list[Any]) -> float | None:
        if self._otherwise is None:
            self._otherwise = Samples(*self._arguments)
        self._flat.settle()
        self._outputs = None
        self._replayed += 1
        return self._otherwise(numbers, xs, ys)

    def predictions(self, i: int) -> list[float]:
        """What the step had as the model's outputs for the i-th sample of its last batch."""
        if self._outputs is None:
            assert self._otherwise is not None
            return self._otherwise.predictions(i)
        found: list[float] = self._outputs[i].ravel().tolist()
        return found

    @property
    def used(self) -> str:
        """What runs the batches."""
        if not self._replayed:
            return str(self._engine)
        return f"{self._engine}, and replay for {self._replayed} batches that decided otherwise"


def _targets(program: Program, ys: list[Any]) -> Any:
    """The targets as the program takes them; None where the engine has to say what is wrong."""
    try:
        targets = np.array(ys)
    except ValueError:
        return None
    if program.classes and not (
        {*map(type, ys)} == {int} and min(ys) >= 0 and max(ys) < program.classes
    ):
        return None
    if targets.dtype.kind not in "fiu":
        return None
    return targets if targets.shape == program.inputs["y"].shape else None


def _all_finite(x: Any) -> bool:
    """Whether all numbers are finite: most often seen by the sum of their squares, in less time."""
    with np.errstate(all="ignore"):
        squares = np.dot(x, x)
    return math.isfinite(squares) or bool(np.isfinite(x).all())
