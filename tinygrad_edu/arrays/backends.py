"""What runs the batches of `fit`: the engine, or a record of the model that is run again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from ..engine import Value
from ..recording import is_recording
from .nested import flat
from .samples import Samples
from .steps import NotReplayable, Step, WholeBatch

BACKENDS: Final = ("eager", "replay", "auto")


class Backend:
    """Leaves the gradient of each batch's loss in the parameters, where it can.

    name        one of BACKENDS; "auto" takes the fastest that there is, and goes back to the engine
                without a word where "replay" warns
    parameters  those that are trained
    batches     how many there are in an epoch
    fixed       whether each epoch has the same samples, in the same order
    """

    def __init__(
        self,
        name: str,
        model: Callable[[Any], Any],
        loss: Callable[[list[Any], list[Any]], Value],
        parameters: Sequence[Value],
        batches: int,
        fixed: bool,
    ) -> None:
        if name not in BACKENDS:
            raise ValueError(f"backend is one of {', '.join(BACKENDS)}, not {name!r}")
        self._name, self._model, self._batches = name, model, batches
        arguments = (model, loss, list(parameters))
        self._steps: list[Step] = []
        self._instead = ""
        if name != "eager" and is_recording():
            self._steps = [Samples(*arguments)]
            if fixed and batches == 1:
                self._steps.insert(0, WholeBatch(*arguments))
        self._random = Random(0)  # of its own, so that a run's numbers are those of any backend
        self._calls = self._checked = 0

    @property
    def used(self) -> str:
        """What runs the batches now, in how many ways, or why it is not what was asked for."""
        if not self._steps:
            return f"eager{self._instead}"
        ways = self._steps[0].ways()
        return "replay" if ways < 2 else f"replay of {ways} ways through the model's decisions"

    def __call__(self, numbers: Sequence[int], xs: list[Any], ys: list[Any]) -> float | None:
        """The loss of a batch of samples, with their numbers; None where the engine is to run it.

        One sample an epoch is run by the engine as well, and in the first epoch one of each batch.
        A RuntimeError where the model has come to give other numbers than its record does.
        """
        if self._calls % self._batches == 0:
            self._checked = self._calls + self._random.randrange(self._batches)
        while self._steps:
            try:
                value = self._steps[0](numbers, xs, ys)
                break
            except NotReplayable as why:
                self._give_up(str(why))
        else:
            return None
        due = self._calls == self._checked or self._calls < self._batches
        if due and value is not None:
            self._check(self._random.randrange(len(xs)), numbers, xs)
        self._calls += 1
        return value

    def _give_up(self, why: str) -> None:
        del self._steps[0]
        if not self._steps:
            self._instead = f", since {why}"
            if self._name != "auto":
                warnings.warn(f"fit does without {self._name}, since {why}", stacklevel=4)

    def _check(self, i: int, numbers: Sequence[int], xs: list[Any]) -> None:
        """Compare what the model gives for one sample with what its record gave."""
        expected = [v._data for v in flat(self._model(xs[i])) if isinstance(v, Value)]
        got = self._steps[0].predictions(i)
        if list(map(repr, got)) != list(map(repr, expected)):
            raise RuntimeError(
                f"for X[{numbers[i]}] the model now gives {_brief(expected)}, and its record "
                f"{_brief(got)}: it uses something that changes besides its parameters and the "
                'sample, so fit it with backend="eager"'
            )


def _brief(numbers: list[float]) -> str:
    return ", ".join(map(repr, numbers[:3])) + (" …" if len(numbers) > 3 else "")
