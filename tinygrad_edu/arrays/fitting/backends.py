"""What runs the batches of `fit`: the engine, or a record of the model that is run again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable
from itertools import repeat
from random import Random
from typing import TYPE_CHECKING, Any, Final

from ...blocks import is_recording
from ...engine import Value
from ...optim import Optimizer
from ...recording import no_grad
from ...updates import grads_of, set_grads
from ..nested import flat, rebuilt
from ..programs.engines import Engine
from ..refusals import NotReplayable, NotVectorizable, Unsteady
from .held import held
from .samples import Samples
from .steps import Step, Task, WholeBatch

if TYPE_CHECKING:
    from .flat import Flat

BACKENDS: Final = ("eager", "replay", "numpy", "jax", "torch", "auto")
_CHECKED_FIRST: Final = 100
_LOSSES_FIRST: Final = 10
"""So many batches are checked at first, and of so many the loss, which takes longer."""
_RARELY: Final = 50
"""After so many epochs, there is a check in so many batches, where an epoch has fewer."""


def engine_of(backend: str) -> Engine | None:
    """What a backend computes arrays by, if by any. A ValueError for what is no backend."""
    if backend in ("eager", "replay"):
        return None
    try:
        return Engine.named("numpy" if backend == "auto" else backend)
    except (AttributeError, ValueError):
        raise ValueError(
            f"backend is one of {', '.join(BACKENDS)}, and behind jax and torch a device and a "
            f'width where they matter ("torch:cuda:float32"), not {backend!r}'
        ) from None


class _Otherwise(Exception):
    """How a model or a loss gives other numbers than its record; `what` is which of them."""

    def __init__(self, what: str, how: str) -> None:
        super().__init__(how)
        self.what = what


class Backend:
    """Runs the batches of a training, and makes an optimiser's steps after them.

    A call leaves the gradient of a batch's loss in the parameters, where it can; then `step` is to
    be called. Before anybody looks at the Values, `settle` is.

    name        one of BACKENDS, or the full name of an `Engine`; "auto" takes the one that suits
                the graph, and goes on with the next without a word where the others warn
    xs, ys      all samples, and their targets
    optimizer   which has the parameters that are trained
    batches     how many there are in an epoch
    fixed       whether each epoch has the same samples, in the same order
    """

    def __init__(
        self,
        name: str,
        model: Callable[[Any], Any],
        loss: Callable[[list[Any], list[Any]], Value],
        xs: list[Any],
        ys: list[Any],
        optimizer: Optimizer,
        batches: int,
        fixed: bool,
    ) -> None:
        engine = engine_of(name)
        self._name, self._batches = name, batches
        self._task = Task(model, loss, optimizer.parameters, xs, ys)
        self._optimizer = optimizer
        self._flat: Flat | None = None
        self._steps: list[Step] = []
        self._instead = ""
        if name != "eager" and is_recording():
            self._steps = [Samples(self._task)]
            if fixed and batches == 1:
                self._steps.insert(0, WholeBatch(self._task))
            if engine is not None:
                self._add_arrays(engine)
        self._random = Random(0)  # of its own, so that a run's numbers are those of any backend
        self._calls = self._checked = 0
        self._held: Hashable = None
        self._all = False  # whether all samples are checked in the first epoch

    def _add_arrays(self, engine: Engine) -> None:
        try:
            engine.load()
        except ModuleNotFoundError:
            if self._name == "auto":
                return
            raise
        from .flat import Flat
        from .vectorized import Vectorized

        self._flat = Flat(self._optimizer)
        self._steps.insert(0, Vectorized(self._task, self._flat, engine, self._name == "auto"))

    @property
    def used(self) -> str:
        """What runs the batches now, and why it is not what was asked for, if it is not."""
        return (self._steps[0].used if self._steps else "eager") + self._instead

    def __call__(self, numbers: list[int]) -> float | None:
        """The loss of the samples with these numbers; None where the engine is to run them.

        One sample an epoch is run by the engine as well, and the loss of its batch; in the first
        epoch one of each of the first batches, or all, where a call changes what the model holds;
        after many epochs of a few batches, one in as many epochs as have 50 batches. Where the
        model or the loss gives other numbers than its record does in the first batch, the engine
        takes over; later, that is a RuntimeError.
        """
        epoch, place = divmod(self._calls, self._batches)
        if self._calls == 0 and self._steps:  # (now, as samples may be shuffled by random's own)
            self._held = held(self._task.model)
        if place == 0 and (epoch < _RARELY or epoch % -(-_RARELY // self._batches) == 0):
            self._checked = self._calls + self._random.randrange(self._batches)
        while self._steps:
            try:
                value = self._steps[0](numbers)
                break
            except NotReplayable as why:
                self._give_up(why)
        else:
            return None
        if value is None:
            self.settle()
        some = self._due(numbers)
        if value is not None and some:
            try:
                self._check(some, numbers, value)
            except _Otherwise as why:
                if self._calls:
                    raise RuntimeError(f'{why}, so fit it with backend="eager"') from None
                self._give_up(Unsteady(why.what))
                return None
        self._calls += 1
        return value

    def _due(self, numbers: list[int]) -> list[int]:
        """Which samples of this batch the engine is to run too."""
        first = self._calls < self._batches
        if first and not self._all:
            self._all = held(self._task.model) != self._held
        if first and self._all:
            return list(range(len(numbers)))
        due = self._calls == self._checked or (first and self._calls < _CHECKED_FIRST)
        return [self._random.randrange(len(numbers))] if due else []

    def step(self) -> None:
        """Make the optimiser's step."""
        if self._flat is None:
            self._optimizer.step()
        else:
            self._flat.step()

    def settle(self) -> None:
        """Give the Values, and the optimiser, all numbers that are theirs."""
        if self._flat is not None:
            self._flat.settle()

    def _give_up(self, why: NotReplayable) -> None:
        self.settle()
        asked_for = self._steps.pop(0).name == self._name
        if isinstance(why, NotVectorizable):  # as well: then no record serves
            self._steps.clear()
        left = self._steps[0].name if self._steps else "eager"
        if left == "eager" or (asked_for and left != self._name):
            self._instead = f", since {why}"
            if asked_for:
                warnings.warn(f"fit does without {self._name}, since {why}", stacklevel=4)

    def _check(self, some: list[int], numbers: list[int], value: float) -> None:
        """Compare with the step what the model gives for some samples; at first, and then once an
        epoch, the loss."""
        if self._flat is not None:
            self._flat.show()
        held = self._flat is not None and self._flat.holds_gradients
        parameters = [] if held else self._optimizer.parameters
        grads = grads_of(parameters)  # (which a model may touch that differentiates itself)
        outputs = [self._task.model(self._task.xs[numbers[i]]) for i in some]
        seen = self._calls < _LOSSES_FIRST or self._calls == self._checked
        loss = self._loss_again(outputs[-1], numbers) if seen else None
        set_grads(parameters, grads)
        tolerance = self._steps[0].tolerance
        for i, output in zip(some, outputs):
            expected = [v._data for v in flat(output) if isinstance(v, Value)]
            got = self._steps[0].predictions(i)
            near = map(_is_near, got, expected, repeat(tolerance))
            if len(got) != len(expected) or not all(near):
                raise _Otherwise(
                    "model",
                    f"for X[{numbers[i]}] the model now gives {_brief(expected)}, and its record "
                    f"{_brief(got)}: it uses something that changes besides its parameters and the "
                    "sample",
                )
        if loss is not None and not _is_near(value, loss, tolerance):
            raise _Otherwise(
                "loss",
                f"the loss of the same predictions is now {loss!r}, and by its record {value!r}: "
                "it uses something that changes besides predictions, targets and parameters",
            )

    def _loss_again(self, output: Any, numbers: list[int]) -> float | None:
        """The loss of the step's predictions, nested as `output`; None where it is no record's."""
        step = self._steps[0]
        if isinstance(step, Samples):
            return None
        xs, ys = self._task.batch(numbers)
        rows = [step.predictions(i) for i in range(len(xs))]
        items = flat(output)
        if all(isinstance(v, Value) for v in items) and {*map(len, rows)} == {len(items)}:
            answers = [list(map(Value, row)) for row in rows]
            if items != output:  # not a list of Values as the leaves are
                answers = [_nested_as(output, row) for row in answers]
        else:
            with no_grad():
                answers = list(map(self._task.model, xs))
        return self._task.loss(answers, ys)._data


def _nested_as(output: Any, leaves: list[Value]) -> Any:
    return rebuilt(output, lambda i, _: leaves[i])


def _is_near(got: float, expected: float, tolerance: float) -> bool:
    """Whether numbers are one, to the last bit where there is no tolerance."""
    return repr(got) == repr(expected) or abs(got - expected) <= tolerance * max(1.0, abs(expected))


def _brief(numbers: list[float]) -> str:
    return ", ".join(map(repr, numbers[:3])) + (" …" if len(numbers) > 3 else "")
