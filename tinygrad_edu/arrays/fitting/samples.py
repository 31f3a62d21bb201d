"""Training steps by replay where batches change: the model is a tape that each sample plays.

The loss is left to the engine. It is called with predictions that are leaves, and what `backward()`
leaves in those is where the tapes go on, from the last sample to the first, as the engine does.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final

from ...engine import Value, leaves_of
from ...ieee import is_real
from ...ops import LEAF
from ...updates import clear_grads, data_of, grads_of
from ..models.fresh import Fresh
from ..models.lookups import looked_up
from ..nested import agree, flat, foreign, nesting, rebuilt, without_arrays
from ..refusals import NotReplayable, Unsteady, UsesOlder
from ..tapes.guarded import GuardedTape
from ..tapes.watch import Watch
from .steps import MOST_PATHS, Task, finished, replay_of

MOST_ROWS: Final = 3_000_000
"""So many rows are recorded where each sample needs a record of its own."""

Order = tuple[int, ...]
"""The places of a model's outputs, in the order in which the loss meets them."""


class _Path:
    """One way through the model: its graph, and a tape for each order of its outputs.

    In that order the engine would walk through them, and so add gradients: a loss that meets the
    output of a sample's own class last wants another tape for each class.
    """

    def __init__(
        self, output: Any, inputs: list[Value], parameters: list[Value], watch: Watch
    ) -> None:
        self.values = list(dict.fromkeys(v for v in flat(output) if isinstance(v, Value)))
        if not self.values:
            raise NotReplayable("the model returns no Value")
        if any(v.op is LEAF for v in self.values):
            raise NotReplayable("the model returns a leaf")
        self._inputs, self._parameters, self._guards = inputs, parameters, watch.guards
        self._tapes: dict[Order, GuardedTape] = {}
        self._met: dict[Hashable, Order] = {}
        self._natural = self._usual = tuple(range(len(self.values)))
        self._answer = _like(output, {v: i for i, v in enumerate(self.values)})

    def tape(self, order: Order) -> GuardedTape:
        """The tape for outputs that are met in this order; those that are not met come last."""
        tape = self._tapes.get(order)
        if tape is None:
            roots = [self.values[i] for i in (*order, *self._others(order))]
            tape = GuardedTape(roots, self._parameters, self._inputs, self._guards)
            if tape.reused:
                raise NotReplayable("the model uses an output of its own again")
            self._tapes[order] = tape
        return tape

    def _others(self, order: Order) -> list[int]:
        return [i for i in range(len(self.values)) if i not in order]

    def expected(self, target: Any) -> Order:
        """The order in which outputs were met where the target was this one."""
        return self._met.get(_hint(target), self._usual)

    def remember(self, target: Any, order: Order) -> None:
        """That outputs were met in this order."""
        self._met[_hint(target)] = self._usual = order

    def predictions(self, order: Order, numbers: list[float]) -> tuple[list[Value], Any]:
        """New leaves for the outputs, by their places, and the model's answer made of them."""
        if order == self._natural:
            leaves = list(map(Value, numbers))
        else:
            made = dict(zip((*order, *self._others(order)), map(Value, numbers)))
            leaves = [made[i] for i in self._natural]
        return leaves, self._answer(leaves)


def _like(output: Any, place: dict[Value, int]) -> Callable[[list[Value]], Any]:
    """What makes an answer like `output` of the leaves that have the places of its Values."""
    if isinstance(output, Value):
        return lambda leaves: leaves[0]
    if type(output) is list and output == list(place):
        return list  # a list of Values, each another: the leaves themselves
    return lambda leaves: rebuilt(
        output, lambda _, old: leaves[place[old]] if isinstance(old, Value) else old
    )


def _hint(target: Any) -> Hashable:
    return target if isinstance(target, int | str) else None


@dataclass(slots=True)
class _Play:
    """A sample's run in one batch: where its numbers lie, and the leaves that the loss has got."""

    path: _Path
    order: Order
    tape: GuardedTape
    lane: int
    inputs: list[float]
    leaves: list[Value]
    prediction: Any

    def unmet(self) -> int:
        """How many of the leaves the loss is expected not to meet."""
        return len(self.leaves) - len(self.order)


class Samples:
    """A step for batches of any samples in any order.

    A sample of plain numbers takes the record of another that is nested as it is; where the model
    does something with those numbers that is no operation of the graph (they are indices, say),
    each sample has a record of its own. Raises NotReplayable for what cannot be run again from a
    record, or not in the engine's order of additions.
    """

    name = "replay"
    tolerance: float = 0.0

    def __init__(self, task: Task) -> None:
        self._task, self._model, self._parameters = task, task.model, task.parameters
        self._own = set(task.parameters)
        self._paths: dict[Hashable, list[_Path]] = {}
        self._known: dict[int, tuple[Hashable, list[float]]] = {}  # of samples, by their numbers
        self._rows = 0
        self._last: list[_Play] = []
        self._recorded = False  # whether a way through the model is new since the last loss

    def __call__(self, numbers: list[int]) -> float | None:
        """The loss of the samples with these numbers, or None: then the engine has to run them."""
        xs, ys = self._task.batch(numbers)
        data = array("d", data_of(self._parameters))
        lanes: dict[GuardedTape, int] = {}
        plays: list[_Play] = []
        for number, x, y in zip(numbers, xs, ys):
            plays.append(self._play(number, x, y, data, lanes))
        self._last = plays
        root = self._result([play.prediction for play in plays], ys)
        if not isinstance(root, Value) or not math.isfinite(root.data):
            return None
        met = self._met(root, plays)
        clear_grads(self._parameters)
        root.backward()
        totals = array("d", grads_of(self._parameters))
        for i, order in reversed(met):
            play = plays[i]
            if order != play.order:
                play.path.remember(ys[i], order)
                play.tape = play.path.tape(order)
                play.lane = _next(lanes, play.tape)
                play.tape.forward(data, play.inputs, play.lane)
            play.tape.backward(grads_of(_chosen(play.leaves, order)), totals, play.lane)
        return finished(self._parameters, root.data, totals)

    def _result(self, predictions: list[Any], ys: list[Any]) -> Value:
        """The loss; where the model was recorded just now, it is seen what the loss uses."""
        if not self._recorded:
            return self._task.loss(predictions, ys)
        self._recorded, fresh = False, Fresh()
        with fresh.block():
            root = self._task.loss(predictions, ys)
        if isinstance(root, Value) and fresh.uses_older([root]):
            raise UsesOlder("loss")
        return root

    def predictions(self, i: int) -> list[float]:
        """What the step had as the model's outputs for the i-th sample of its last batch."""
        return [v.data for v in flat(self._last[i].prediction) if isinstance(v, Value)]

    @property
    def used(self) -> str:
        """What runs the batches, and in how many ways through the decisions of the model."""
        return replay_of(max(map(len, self._paths.values()), default=0))

    def _play(
        self, number: int, x: Any, y: Any, data: array[float], lanes: dict[GuardedTape, int]
    ) -> _Play:
        """Run the model on a sample, by the first of its records whose guards hold."""
        if number not in self._known:
            plain = without_arrays(x)
            items = flat(plain)
            numeric = all(map(is_real, items))
            self._known[number] = (
                (nesting(plain), list(map(float, items))) if numeric else (number, [])
            )
        while True:
            key, inputs = self._known[number]
            for path in self._paths.get(key, ()):
                order = path.expected(y)
                tape = path.tape(order)
                lane = lanes.get(tape, 0)
                outputs = tape.forward(data, inputs, lane)
                if outputs is not None:
                    lanes[tape] = lane + 1
                    leaves, prediction = path.predictions(order, outputs)
                    return _Play(path, order, tape, lane, inputs, leaves, prediction)
            self._record(number, x, key)

    def _record(self, number: int, x: Any, key: Hashable) -> None:
        """Record the model on a sample, for all that are nested so if that is possible."""
        if len(self._paths.get(key, ())) == MOST_PATHS:
            raise NotReplayable(f"more than {MOST_PATHS} ways through the model were taken")
        watch, fresh = Watch(self._parameters), Fresh()
        with watch.block(), fresh.block():
            output = self._model(x)
        if watch.refusal:
            raise NotReplayable(watch.refusal)
        fault = foreign(output)
        if fault:
            raise NotReplayable(fault)
        if fresh.uses_older([v for v in flat(output) if isinstance(v, Value)]):
            raise UsesOlder("model")
        path = None if key == number else self._of_any_sample(x, output)
        if path is None:
            if not agree(output, self._model(x)):
                raise Unsteady
            key = number
            self._known[number] = (key, [])
            path = _Path(output, [], self._parameters, watch)
            self._rows += path.tape(path.expected(None)).rows
            if self._rows > MOST_ROWS:
                raise NotReplayable("each sample needs a record of its own, and they are many")
        self._paths.setdefault(key, []).insert(0, path)
        self._recorded = True

    def _of_any_sample(self, x: Any, output: Any) -> _Path | None:
        """The way that the model takes where the numbers in `x` are leaves, if it takes that."""
        inputs: list[Value] = []

        def leaf(_: int, item: Any) -> Value:
            inputs.append(Value(item))
            return inputs[-1]

        leaves = rebuilt(without_arrays(x), leaf)
        watch = Watch(self._parameters, inputs)
        try:
            with watch.block():
                found = self._model(leaves)
        except Exception:  # what it does with a number cannot be done with a Value
            return None
        if watch.refusal or watch.input_read or not agree(found, output):
            return None
        if looked_up(self._model, without_arrays(x)):
            return None
        return _Path(found, inputs, self._parameters, watch)

    def _met(self, root: Value, plays: list[_Play]) -> list[tuple[int, Order]]:
        """The samples in the order in which the loss meets their outputs, and the order of those.

        Only where it goes from sample to sample, and to parameters (as a penalty does) after them,
        are the engine's additions done here in the engine's order.
        """
        leaves = leaves_of(root)
        expected = [v for play in plays for v in _chosen(play.leaves, play.order)]
        if leaves[: len(expected)] == expected and not any(play.unmet() for play in plays):
            return [(i, play.order) for i, play in enumerate(plays)]
        where = {leaf: (i, k) for i, play in enumerate(plays) for k, leaf in enumerate(play.leaves)}
        met: dict[int, list[int]] = {}
        last, penalty = -1, False
        for v in leaves:
            if v in self._own:
                penalty = True
            elif v in where:
                i, k = where[v]
                if penalty:
                    raise NotReplayable(
                        "the loss uses parameters before predictions: add a penalty at its end"
                    )
                if i != last and i in met:
                    raise NotReplayable("the loss goes back to a sample that it has left")
                met.setdefault(i, []).append(k)
                last = i
        return [(i, tuple(order)) for i, order in met.items()]


def _chosen(leaves: list[Value], order: Order) -> list[Value]:
    return [leaves[k] for k in order]


def _next(lanes: dict[GuardedTape, int], tape: GuardedTape) -> int:
    lane = lanes.get(tape, 0)
    lanes[tape] = lane + 1
    return lane
