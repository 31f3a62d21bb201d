"""Training steps by NumPy, JAX or PyTorch: one array program for all batches of a size."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from ..models.batch import RecordedModel
from ..programs.engines import Engine, Function
from ..programs.program import Program
from ..programs.quiet import quietly
from ..programs.source import LacksOperation
from ..refusals import NotReplayable, NotVectorizable
from ..tapes.player import suits
from .flat import Flat
from .rows import NotNumbers, Rows, as_array
from .samples import Samples
from .steps import Task


class Vectorized:
    """A step that runs a batch as arrays.

    A batch for which the scalar code would decide otherwise than the program does is replayed
    sample by sample. Raises NotReplayable where a model and a loss are no program, and, with
    `or_replay`, where playing their record is faster.
    """

    def __init__(self, task: Task, flat: Flat, engine: Engine, or_replay: bool = False) -> None:
        self._engine = engine
        self.tolerance: float = engine.tolerance
        self.name: str = engine.name
        self._task = task
        self._flat = flat
        self._or_replay = or_replay
        self._recorded: RecordedModel | None = None
        self._programs: dict[int, tuple[Program, Function]] = {}
        self._forms: dict[int, Hashable] = {}  # how the targets are nested that each is for
        self._samples = Rows(task.xs)
        self._numbers: list[int] = []  # of the samples of the last batch
        self._rows: Any = None  # and they as an array
        self._targets: Any = None  # all of them as an array, where they are plain numbers
        self._outputs: Any = None
        self._otherwise: Samples | None = None
        self._replayed = 0

    def __call__(self, numbers: list[int]) -> float | None:
        """The loss of the samples with these numbers, or None: then the engine has to run them."""
        if numbers != self._numbers:  # (a whole batch has the same samples each time)
            self._rows, self._numbers = self._gathered(numbers), numbers
        if len(numbers) not in self._programs:
            self._programs[len(numbers)] = self._compiled(*self._task.batch(numbers))
        program, function = self._programs[len(numbers)]
        rows, targets = self._rows_for_model(), self._targets_of(numbers, program)
        if rows is None or targets is None:
            return None
        theta = self._flat.data(program)
        if program.finite and not (_all_finite(theta) and _all_finite(rows.ravel())):
            return None
        found = program.without_tests(function(theta, rows, targets))
        if found is None:
            return self._replay(numbers)
        loss, gradient, self._outputs = found
        if not (math.isfinite(loss) and _all_finite(gradient)):
            return None
        self._flat.give(program, gradient)
        return float(loss)

    def _gathered(self, numbers: list[int]) -> Any:
        """The samples with these numbers as an array."""
        try:
            return self._samples.of(numbers)
        except NotNumbers as why:
            raise NotReplayable(str(why)) from why

    def _rows_for_model(self) -> Any:
        """The samples as the model takes them; None where the engine has to say what is wrong."""
        assert self._recorded is not None
        if self._recorded.chosen is None:
            return self._rows
        values, whole = self._recorded.chosen.values, self._rows.astype(int)
        flat = whole.reshape(len(whole), -1)
        return whole if self._samples.are_whole and ((flat >= 0) & (flat < values)).all() else None

    def _targets_of(self, numbers: list[int], program: Program) -> Any:
        """Their targets as the program takes them; None where the engine has to say what is wrong.

        Lists are read anew each time, as somebody may have changed them.
        """
        if self._targets is not None:
            return self._targets.take(numbers)
        _, ys = self._task.batch(numbers)
        targets, form = as_array(ys)
        if self._forms.setdefault(len(ys), form) != form:
            raise NotReplayable("targets are nested in several ways")
        return _targets(program, ys, targets)

    def _compiled(self, xs: list[Any], ys: list[Any]) -> tuple[Program, Function]:
        task = self._task
        try:
            if self._recorded is None:
                self._recorded = RecordedModel(task.model, xs[0], task.parameters)
            program = self._recorded.program(task.loss, ys)
        except NotReplayable:
            raise
        except NotVectorizable as why:
            raise NotReplayable(str(why)) from why
        if self._or_replay and suits(program.nodes, program.calls):
            raise NotReplayable(f"{program.calls} calls of NumPy do {program.nodes} operations")
        try:
            function = self._engine.function(program)
        except LacksOperation as why:
            raise NotReplayable(str(why)) from why
        if {*map(type, task.ys)} <= {int, float}:
            self._targets = _targets(program, task.ys, np.array(task.ys))
        return program, function

    def _replay(self, numbers: list[int]) -> float | None:
        if self._otherwise is None:
            self._otherwise = Samples(self._task)
        self._flat.settle()
        self._outputs = None
        self._replayed += 1
        return self._otherwise(numbers)

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


def _targets(program: Program, ys: list[Any], targets: Any) -> Any:
    """Targets as the program takes them; None where the engine has to say what is wrong."""
    if program.classes and not (
        {*map(type, ys)} == {int} and min(ys) >= 0 and max(ys) < program.classes
    ):
        return None
    if targets.dtype.kind not in "fiu":
        return None
    targets = targets.reshape(-1, *program.inputs["y"].shape[1:])
    return targets if program.classes else targets.astype(float, copy=False)


def _all_finite(x: Any) -> bool:
    """Whether all numbers are finite: most often seen by the sum of their squares, in less time."""
    return math.isfinite(quietly(np.dot, x, x)) or bool(np.isfinite(x).all())
