"""Checkpoints: a run of training in one file, from which it goes on to the same bits.

A checkpoint is a safetensors file (the extra ``export``). Its tensors are the parameters, what the
optimiser remembers of each, the losses so far and the order of the samples; its metadata are all
the numbers and names beside, the state of the random generator among them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .ieee import float64
from .optim import Optimizer
from .schedules import Schedule
from .tensors import TensorFileError, read_tensors, write_tensors
from .updates import commit


@dataclass
class Progress:
    """How far a run has come, beside what the optimiser and the schedule know themselves.

    order   the numbers of the samples, as the last epoch left them
    best    the parameters after the epoch with the least validation loss
    """

    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    stop_reason: str = "epochs"
    seconds: float = 0.0


def write_checkpoint(
    path: str | os.PathLike[str],
    progress: Progress,
    optimizer: Optimizer,
    schedule: Schedule | None,
    rng: Random,
) -> None:
    """Write how a run stands to `path`, in one step: the old file is there, or the new one."""
    memory = optimizer.state_dict()
    lists = {name: x for name, x in memory.items() if isinstance(x, list)}
    tensors = {
        "parameters": [p.data for p in optimizer.parameters],
        **{f"optimizer.{name}": x for name, x in lists.items()},
        **{name: x for name, x in vars(progress).items() if isinstance(x, list)},
    }
    said = {
        "kind": type(optimizer).__name__,
        "optimizer": {name: x for name, x in memory.items() if name not in lists},
        "schedule": schedule.state_dict() if schedule is not None else None,
        "rng": rng.getstate(),
        "stop_reason": progress.stop_reason,
        "seconds": progress.seconds,
    }
    write_tensors(path, tensors, said)


def read_checkpoint(
    path: str | os.PathLike[str],
    samples: int,
    optimizer: Optimizer,
    schedule: Schedule | None,
    rng: Random,
) -> Progress:
    """Take parameters, optimiser, schedule and random numbers back to where the file has them.

    A `TensorFileError` that names the file where it is damaged or of another run: of another
    optimiser, another number of parameters or of samples; then nothing has changed.
    """
    tensors, said = read_tensors(path)
    before = optimizer.state_dict(), schedule.state_dict() if schedule is not None else {}
    try:
        progress = Progress(
            tensors["losses"],
            tensors["validation_losses"],
            tensors["best"],
            [int(number) for number in tensors["order"]],
            str(said["stop_reason"]),
            float64(said["seconds"], "seconds"),
        )
        if said["kind"] != type(optimizer).__name__:
            raise ValueError(f"it is of {said['kind']}, not of {type(optimizer).__name__}")
        if sorted(progress.order) != list(range(samples)):
            raise ValueError(f"it is of {len(progress.order)} samples, not of {samples}")
        parameters = len(optimizer.parameters)
        for name, sizes in (("parameters", {parameters}), ("best", {0, parameters})):
            if len(tensors[name]) not in sizes:
                raise ValueError(f"it has {len(tensors[name])} {name}, not {parameters}")
        state = _random_state(said["rng"])
        memory = {n.removeprefix("optimizer."): x for n, x in tensors.items() if "." in n}
        optimizer.load_state_dict({**memory, **_tuples(said["optimizer"])})
        if schedule is not None:
            schedule.load_state_dict(said["schedule"] or {})
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        vars(optimizer).update(before[0])
        if schedule is not None:
            schedule.load_state_dict(before[1])
        what = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise TensorFileError(f"{path} is no checkpoint of this run: {what}") from error
    commit(optimizer.parameters, tensors["parameters"], {}, {})
    rng.setstate(state)
    return progress


def _random_state(said: Any) -> tuple[Any, ...]:
    version, numbers, gauss = said
    state = (version, tuple(numbers), gauss)
    Random().setstate(state)  # which raises for what is no state
    return state


def _tuples(options: dict[str, Any]) -> dict[str, Any]:
    """The options as they were: JSON has no tuples."""
    return {name: tuple(x) if isinstance(x, list) else x for name, x in options.items()}
