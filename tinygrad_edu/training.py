"""Training: `fit` repeats forward pass, backward pass and update; `History` tells how it went."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from .arrays.fitting.backends import Backend
from .checkpoints import Progress, read_checkpoint, write_checkpoint
from .checks import count, function
from .engine import Value
from .history import History as History
from .history import NonFiniteLossError as NonFiniteLossError
from .ieee import float64
from .language import say
from .nn import Module
from .optim import Optimizer
from .recording import no_grad
from .schedules import Schedule
from .seeding import generator, shuffle
from .updates import commit

if TYPE_CHECKING:
    from .view.live import LiveCurve


def fit(
    model: Callable[[Any], Any],
    X: Any,
    y: Any,
    *,
    loss: Callable[[list[Any], list[Any]], Value],
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    tol: float | None = None,
    log_every: int | None = None,
    progress: bool = True,
    seed: int | Random | None = None,
    backend: str = "eager",
    schedule: Schedule | None = None,
    validation: tuple[Any, Any] | None = None,
    patience: int | None = None,
    callback: Callable[[History], object] | None = None,
    live: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> History:
    """Train `model` on the samples `X` with the targets `y` and return the `History`.

    In each epoch every sample is seen once; each batch of them makes one update.

    model       called with one sample, an element of `X`
    X, y        lists, arrays or tables of as many samples as targets
    loss        called with the list of a batch's predictions and the list of its targets, as the
                functions of `losses` are; it returns a Value. To add a penalty, pass a function:
                ``lambda a, y: mse_loss(a, y) + 1e-4 * sum(p * p for p in model.parameters())``
    optimizer   made from the model's parameters; its `lr` is used as it is at each update
    epochs      how many at most
    batch_size  samples an update; by default all of them, in their order; with a number, they
                are shuffled anew in each epoch
    tol         stop when the losses of two consecutive epochs differ by less than this
    log_every   print a line in every so many epochs, beginning with epoch 0
    progress    whether to show a progress bar with the current loss
    seed        of the shuffling: an int, a `random.Random`, or None for Python's shared generator
    schedule    of the learning rate (`schedules`), made from the optimiser: a step an epoch
    validation  samples and targets (X, y) that are not trained on: their loss, after each epoch,
                is in the history
    patience    stop when so many epochs in a row have not lowered the validation loss; at the end
                of the run the parameters are those after its best epoch
    callback    called with the history after each epoch; the run stops where it returns True
    live        whether a notebook shows the curve of the losses, and draws it anew as they come in
    checkpoint  a file to which the run is written after each epoch (the extra ``export``)
    resume      go on from `checkpoint`, if there is such a file, to the same bits as a run that
                was never interrupted; `epochs` counts those before too
    backend     what runs the batches: "eager" (the engine), "replay" (the model is recorded once
                and run again, with the same numbers to the last bit), "numpy" (the model and the
                loss as array operations, see `arrays.vectorize`, which round in another order),
                "auto", of replay and numpy the one that suits the model's size, or "jax" and
                "torch", the same arrays by these libraries, in float64 on their usual device
                unless the name says otherwise: "torch:cuda:float32"

    With a backend other than "eager" the model is called on a few samples only, so it must depend
    on nothing that changes but the parameters and the sample. To see that, the engine runs one
    sample an epoch as well (in the first epoch all of them, where a call changes what the model
    holds, as a list, a counter or a generator of random numbers), and the loss of the first ten
    batches and then of one an epoch (of which all is recorded but with "replay" and a
    `batch_size`); after 50 epochs of fewer than 50 batches, of about every 50 batches one. What a
    model remembers for a rare occasion, later in the run, may so be missed: train such a model with
    "eager". What a model decides by comparing Values is decided again in every batch.
    Where a record cannot serve, as for a model that takes `.data` out of a computed Value, the
    engine runs the batches, with a warning that says why (which "auto" leaves to the history).

    Epochs count from 0. An epoch's loss is the one before its update; of several batches it is
    their mean, weighted by their sizes, each before its own update. Ctrl-C (a notebook's stop
    button) ends the run and returns the history so far, with the stop reason "interrupted".

    A `NonFiniteLossError` where a loss or a gradient is nan or inf: it says in which epoch and
    which operation on which value made the first such number, with the parameters called by their
    paths and the prediction for X[i] called ŷ[i]; that update is not made. A ValueError for sizes
    that do not fit and for an optimiser that holds none of the model's parameters, a TypeError
    for a loss that is not a Value, a RuntimeError for a model that changed behind its record.
    """
    xs, ys = _rows(X), _rows(y)
    _check(model, loss, xs, ys, optimizer, schedule, epochs, batch_size, tol, log_every)
    held_out = _held_out(validation, patience, callback, checkpoint, resume)
    samples = [_Sample(i, x, y) for i, (x, y) in enumerate(zip(xs, ys))]
    order, size, rng = list(range(len(samples))), batch_size or len(samples), generator(seed)
    batches = -(-len(samples) // size)
    history, mean, best = History(), 0.0, list[float]()
    if resume and checkpoint is not None and Path(checkpoint).exists():
        stood = read_checkpoint(checkpoint, len(samples), optimizer, schedule, rng)
        order, best = list(stood.order), stood.best
        history = History(stood.losses, stood.stop_reason, stood.seconds, stood.validation_losses)
    done = history.epochs if history.stop_reason == "epochs" else epochs
    before = optimizer.updates - done * batches
    others = schedule, validation, callback, checkpoint  # whose code may look at the parameters
    seen_by_others = any(other is not None for other in others)
    curve = _live_curve(epochs) if live else None
    record = Backend(backend, model, loss, xs, ys, optimizer, batches, batch_size is None)
    started = time.perf_counter() - history.seconds

    def train() -> None:
        nonlocal mean, best
        for epoch in range(done, epochs):
            if batch_size is not None:
                shuffle(order, rng)
            mean, seen = 0.0, 0
            for first in range(0, len(order), size):
                numbers = order[first : first + size]
                seen += len(numbers)
                value = record(numbers)
                if value is None:
                    batch = [samples[number] for number in numbers]
                    value = _gradient(model, batch, loss, optimizer, history)
                mean += (value - mean) * (len(numbers) / seen)
                record.step()
            if seen_by_others:
                record.settle()
            history.losses.append(mean)
            if schedule is not None:
                schedule.step()
            shown = f"{say('loss')} {mean:.6g}"
            if held_out:
                history.validation_losses.append(_loss_without_gradient(model, held_out, loss))
                shown += f", {say('validation')} {history.validation_losses[-1]:.6g}"
                if patience is not None and history.best_epoch == epoch:
                    best = [p.data for p in optimizer.parameters]
            bar.set_postfix_str(shown, refresh=False)
            bar.update()
            if log_every is not None and epoch % log_every == 0:
                bar.write(f"{say('epoch')} {epoch:{len(str(epochs))}}  {_in_full(history)}")
            history.seconds = time.perf_counter() - started
            history.stop_reason = _why_stop(history, tol, patience, callback)
            if curve is not None:
                curve.draw(history)
            if checkpoint is not None:
                stands = Progress(
                    history.losses,
                    history.validation_losses,
                    best,
                    order,
                    history.stop_reason,
                    history.seconds,
                )
                write_checkpoint(checkpoint, stands, optimizer, schedule, rng)
            if history.stop_reason != "epochs":
                break

    with _progress_bar(epochs, progress) as bar:
        bar.update(history.epochs)
        # The loop is not in the `try` itself: CPython 3.13 leaves out of it the jump from the `if`
        # at the loop's end to its beginning, where signals are handled.
        try:
            train()
        except KeyboardInterrupt:
            history.stop_reason = "interrupted"
            if optimizer.updates - before == (history.epochs + 1) * batches:
                history.losses.append(mean)  # the epoch's last update was made, so it counts
        finally:
            record.settle()
            history.seconds, history.backend = time.perf_counter() - started, record.used
            if curve is not None and history.losses:
                curve.draw(history, last=True)
    if best:
        commit(optimizer.parameters, best, {}, {})
    return history


def _live_curve(epochs: int) -> LiveCurve:
    from .view.live import LiveCurve  # only here: most runs draw nothing

    return LiveCurve(epochs)


def _loss_without_gradient(
    model: Callable[[Any], Any],
    samples: list[_Sample],
    loss: Callable[[list[Any], list[Any]], Value],
) -> float:
    with no_grad():
        return loss([model(sample.x) for sample in samples], [sample.y for sample in samples]).data


def _why_stop(
    history: History,
    tol: float | None,
    patience: int | None,
    callback: Callable[[History], object] | None,
) -> str:
    """Why the run ends after this epoch; "epochs" where nothing but their number ends it."""
    if callback is not None and callback(history) is True:
        return "callback"
    losses, last = history.losses, history.epochs - 1
    if tol is not None and last > 0 and abs(losses[-1] - losses[-2]) < tol:
        return "tol"
    best = history.best_epoch
    if patience is not None and last - (-1 if best is None else best) >= patience:
        return "patience"
    return "epochs"


def _in_full(history: History) -> str:
    shown = f"{say('loss')} {history.losses[-1]:.10g}"
    if history.validation_losses:
        shown += f"  {say('validation')} {history.validation_losses[-1]:.10g}"
    return shown


class _Sample(NamedTuple):
    """One sample with its target, and its place in the data."""

    number: int
    x: Any
    y: Any


def _gradient(
    model: Callable[[Any], Any],
    batch: list[_Sample],
    loss: Callable[[list[Any], list[Any]], Value],
    optimizer: Optimizer,
    history: History,
) -> float:
    """Leave the gradient of the loss of one batch in the parameters; return that loss."""
    predictions = [model(sample.x) for sample in batch]
    root = loss(predictions, [sample.y for sample in batch])
    if not isinstance(root, Value):
        raise TypeError(f"a loss returns one Value, not {root!r}: was it made with .data?")
    fault = ""
    if math.isfinite(root.data):
        optimizer.zero_grad()
        root.backward()
        if not all(map(math.isfinite, [p.grad for p in optimizer.parameters])):
            fault = "the gradient of the loss is no longer finite"
    else:
        fault = f"the loss became {root.data}"
    if fault:
        history.stop_reason = "non-finite"
        where = f"in epoch {history.epochs}{_culprit(batch, predictions)}"
        why = _diagnosis(root, model, batch, predictions)
        raise NonFiniteLossError(f"{fault} {where}: {why}", history)
    return root.data


def _culprit(batch: list[_Sample], predictions: list[Any]) -> str:
    """Which sample has the first prediction that is not finite, if one is not."""
    for sample, prediction in zip(batch, predictions):
        if not all(math.isfinite(output) for output in _outputs(prediction)):
            return f", with the sample X[{sample.number}]"
    return ""


def _diagnosis(root: Value, model: object, batch: list[_Sample], predictions: list[Any]) -> str:
    """Which operation on which value made the first number that is not finite.

    For this, parameters without a label bear their path as one, and predictions ŷ[number].
    """
    from .teach.diagnosis import diagnose  # only here: a run that goes well does without

    values = model.named_parameters() if isinstance(model, Module) else []
    for sample, prediction in zip(batch, predictions):
        outputs = _outputs(prediction)
        for j, output in enumerate(outputs):
            place = "" if len(outputs) == 1 else f"[{j}]"
            values.append((f"ŷ[{sample.number}]{place}", output))
    unlabelled = [(name, value) for name, value in values if not value.label]
    for name, value in unlabelled:
        value.label = name
    try:
        return str(diagnose(root))
    finally:
        for _, value in unlabelled:
            value.label = ""


def _outputs(prediction: Any) -> list[Value]:
    """What a model returned for one sample, as far as it is a Value or a list of them."""
    outputs = prediction if isinstance(prediction, list | tuple) else [prediction]
    return [output for output in outputs if isinstance(output, Value)]


def _rows(x: Any) -> list[Any]:
    """The elements of a list, array or table; those of an array as Python's own numbers."""
    wrong = isinstance(x, str | bytes | Set | Mapping) or getattr(x, "ndim", 1) == 0
    if wrong or not isinstance(x, Iterable):
        raise TypeError(f"samples and targets are lists, arrays or tables, not {x!r}")
    if hasattr(x, "to_numpy"):  # a table, whose own elements would be its columns
        x = x.to_numpy()
    return list(x.tolist() if hasattr(x, "tolist") else x)


def _held_out(
    validation: object,
    patience: int | None,
    callback: object,
    checkpoint: object,
    resume: bool,
) -> list[_Sample]:
    """The validation data as samples; an error for arguments that do not go together."""
    if patience is not None and validation is None:
        raise ValueError("patience needs validation data, by which the run is to be stopped")
    if patience is not None:
        count(patience, "patience")
    if resume and checkpoint is None:
        raise ValueError("resume needs a checkpoint: the file from which the run is to go on")
    if callback is not None and not callable(callback):
        raise TypeError(f"a callback is called with the history, which {callback!r} cannot be")
    if validation is None:
        return []
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise TypeError(f"validation is samples and targets (X, y), not {validation!r:.60}")
    xs, ys = map(_rows, validation)
    if len(xs) != len(ys) or not xs:
        raise ValueError(
            "validation data are as many samples as targets, at least one, "
            f"not {len(xs)} and {len(ys)}"
        )
    return [_Sample(i, x, y) for i, (x, y) in enumerate(zip(xs, ys))]


def _check(
    model: object,
    loss: object,
    samples: Sequence[object],
    targets: Sequence[object],
    optimizer: Optimizer,
    schedule: object,
    epochs: int,
    batch_size: int | None,
    tol: float | None,
    log_every: int | None,
) -> None:
    """Raise for what `fit` cannot work with."""
    if len(samples) != len(targets) or not samples:
        raise ValueError(
            "X and y are as many samples as targets, at least one, "
            f"not {len(samples)} and {len(targets)}"
        )
    count(epochs, "epochs")
    for name, n in (("batch_size", batch_size), ("log_every", log_every)):
        if n is not None:
            count(n, name)
    if tol is not None and not float64(tol, "tol") > 0.0:
        raise ValueError(f"tol is above 0, not {tol!r}")
    function(model, "a model")
    function(loss, "a loss")
    if schedule is not None and not isinstance(schedule, Schedule):
        raise TypeError(f"schedule is one such as StepLR(optimizer, 10), not {schedule!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer is one such as SGD(model.parameters(), lr=0.1), not {optimizer!r}"
        )
    if isinstance(model, Module):
        own = set(model.parameters())
        if not any(p in own for p in optimizer.parameters):
            raise ValueError(
                "the optimizer holds none of the model's parameters: make it anew, from "
                "model.parameters()"
            )


def _progress_bar(total: int, shown: bool) -> Any:
    """tqdm's bar: a notebook's own kind in a notebook that has the widgets, else a line of text."""
    from tqdm import TqdmWarning

    with warnings.catch_warnings():
        # It says that there are no widgets: text will do. And that there are no threads: so be it.
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm

        return tqdm(total=total, disable=not shown, unit=say("epoch"))
