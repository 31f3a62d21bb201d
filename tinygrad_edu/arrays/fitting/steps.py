"""Training steps by replay: the gradient of a batch's loss, to the engine's last bit.

A step is called with a batch and leaves the gradient in the parameters, as the engine would. It
answers None where the batch has to be run by the engine instead: where a guard does not hold, or a
number is not finite (so that the engine can say where).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from ...engine import Value
from ...updates import data_of, set_grads
from ..nested import agree, flat, foreign
from ..refusals import NotReplayable, Unsteady
from ..tapes.guarded import GuardedTape
from ..tapes.watch import Watch

MOST_PATHS: Final = 16
"""As many ways through an `if` are kept; where there are more, the engine runs the batches."""


class Task(NamedTuple):
    """What is to be done: a model, with these parameters, is to have a small loss on samples.

    xs, ys   all samples, and their targets
    """

    model: Callable[[Any], Any]
    loss: Callable[[list[Any], list[Any]], Value]
    parameters: list[Value]
    xs: list[Any]
    ys: list[Any]

    def batch(self, numbers: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """The samples with these numbers, and their targets."""
        return [self.xs[n] for n in numbers], [self.ys[n] for n in numbers]


class Step(Protocol):
    """What leaves a batch's gradient in the parameters.

    name       which backend it is
    tolerance  how far its numbers may be from the engine's, as a part of them
    """

    name: str
    tolerance: float

    def __call__(self, numbers: list[int]) -> float | None:
        """The loss of the samples with these numbers, or None: then nothing has been changed."""
        ...

    def predictions(self, i: int) -> list[float]:
        """What the step had as the model's outputs for the i-th sample of its last batch."""
        ...

    @property
    def used(self) -> str:
        """What runs the batches, in words."""
        ...


class WholeBatch:
    """A batch that is the same in each epoch: its model and its loss are one tape.

    Raises NotReplayable, in the first call, where a number is read out of the graph.
    """

    name = "replay"
    tolerance: float = 0.0

    def __init__(self, task: Task) -> None:
        self._task, self._parameters = task, task.parameters
        self._paths: list[tuple[GuardedTape, list[int]]] = []
        self._last: list[float] = []
        self._starts: list[int] = []

    def __call__(self, numbers: list[int]) -> float | None:
        """The loss of the samples with these numbers, or None: then nothing has been changed."""
        data = array("d", data_of(self._parameters))
        for path in self._paths:
            found = self._play(path, data)
            if found is not None:
                return finished(self._parameters, *found)
        if len(self._paths) == MOST_PATHS:
            raise NotReplayable(f"more than {MOST_PATHS} ways through it were taken")
        path = self._record(*self._task.batch(numbers))
        found = self._play(path, data)
        if found is None:
            return None
        self._paths.insert(0, path)
        return finished(self._parameters, *found)

    def _play(
        self, path: tuple[GuardedTape, list[int]], data: array[float]
    ) -> tuple[float, array[float]] | None:
        tape, self._starts = path
        played = tape.forward(data, ())
        if played is None:
            return None
        totals = array("d", bytes(8 * len(data)))
        tape.backward([1.0], totals)
        self._last = played
        return played[0], totals

    def _record(self, xs: list[Any], ys: list[Any]) -> tuple[GuardedTape, list[int]]:
        model, watch = self._task.model, Watch(self._parameters)
        with watch.block():
            predictions = [model(x) for x in xs]
            root = self._task.loss(predictions, ys)
        if watch.refusal:
            raise NotReplayable(watch.refusal)
        fault = foreign(predictions[0])
        if fault:
            raise NotReplayable(fault)
        if not self._paths and not agree(predictions[0], model(xs[0])):
            raise Unsteady
        if not isinstance(root, Value):
            raise NotReplayable(f"the loss is not a Value: {root!r}")
        outputs, starts = [root], [1]
        for prediction in predictions:
            outputs += [v for v in flat(prediction) if isinstance(v, Value)]
            starts.append(len(outputs))
        return GuardedTape(outputs, self._parameters, (), watch.guards), starts

    def predictions(self, i: int) -> list[float]:
        """What the step had as the model's outputs for the i-th sample of its last batch."""
        return self._last[self._starts[i] : self._starts[i + 1]]

    @property
    def used(self) -> str:
        """What runs the batches, and in how many ways through the decisions of the model."""
        return replay_of(len(self._paths))


def replay_of(ways: int) -> str:
    """Replay, in words, of so many ways through the decisions of a model."""
    return "replay" if ways < 2 else f"replay of {ways} ways through the model's decisions"


def finished(parameters: list[Value], loss: float, totals: array[float]) -> float | None:
    """Give the parameters their gradients; the loss, or None where a number is not finite."""
    finite = math.isfinite(loss) and (math.isfinite(sum(totals)) or all(map(math.isfinite, totals)))
    if not finite:
        return None
    set_grads(parameters, totals.tolist())
    return loss
