"""Training steps by NumPy, JAX or PyTorch: one array program for all batches of a size."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from ..engine import Value
from .batch import batch_program
from .engines import Engine, Function
from .flat import Flat
from .graph import NotVectorizable
from .nested import flat as items_of
from .nested import nesting, without_arrays
from .player import suits
from .program import Program
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
        self._form: Hashable = None
        self._programs: dict[int, tuple[Program, Function]] = {}
        self._rows: Any = np.zeros((0,))  # of the samples that were met, by their numbers
        self._met: set[int] = set()
        self._outputs: Any = None
        self._otherwise: Samples | None = None
        self._replayed = 0

    def __call__(self, numbers: Sequence[int], xs: list[Any], ys: list[Any]) -> float | None:
        """The loss of the samples with these numbers, or None: then the engine has to run them."""
        if not self._met.issuperset(numbers):
            for number, x in zip(numbers, xs):
                self._keep(number, x)
        if len(xs) not in self._programs:
            self._programs[len(xs)] = self._compiled(xs, ys)
        program, function = self._programs[len(xs)]
        targets = _targets(program, ys)
        if targets is None:
            return None
        theta = self._flat.data(program)
        found = program.without_tests(function(theta, self._rows[list(numbers)], targets))
        if found is None:
            return self._replay(numbers, xs, ys)
        loss, gradient, self._outputs = found
        if not (math.isfinite(loss) and np.isfinite(gradient).all()):
            return None
        self._flat.give(program, gradient)
        return float(loss)

    def _compiled(self, xs: list[Any], ys: list[Any]) -> tuple[Program, Function]:
        model, loss, parameters = self._arguments
        try:
            program = batch_program(model, loss, xs, ys, parameters)
        except NotVectorizable as why:
            raise NotReplayable(str(why)) from why
        if self._or_replay and suits(program.nodes, program.calls):
            raise NotReplayable(f"{program.calls} calls of NumPy do {program.nodes} operations")
        try:
            return program, self._engine.function(program)
        except LacksOperation as why:
            raise NotReplayable(str(why)) from why

    def _keep(self, number: int, x: Any) -> None:
        """Keep a sample's numbers in the row that has its number."""
        form: Hashable
        try:
            row = np.array(x)
            form = row.shape
        except ValueError:  # (of lists of several lengths, all their items one after the other)
            row = np.array(items_of(without_arrays(x)))
            form = nesting(without_arrays(x))
        if row.dtype.kind not in "fiu":
            raise NotReplayable("a sample holds other things than numbers")
        if self._form is None:
            self._form = form
        elif form != self._form:
            raise NotReplayable("samples are nested in several ways")
        if number >= len(self._rows):
            grown = np.zeros((2 * number + 16, *row.shape))
            grown[: len(self._rows)] = self._rows if self._met else 0.0
            self._rows = grown
        self._rows[number] = row
        self._met.add(number)

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
        {*map(type, ys)} == {int} and targets.min() >= 0 and targets.max() < program.classes
    ):
        return None
    if targets.dtype.kind not in "fiu":
        return None
    return targets if targets.shape == program.inputs["y"].shape else None
