"""Sweeps: the same training for many seeds and settings, in as many processes as there are cores.

Runs that know nothing of each other are what a scalar engine can share out: each process trains a
whole network, and the results are those of a loop, bit for bit.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError
from typing import Any, Generic, TypeVar

from .checks import count, elements, function

Result = TypeVar("Result")


@dataclass(frozen=True)
class Trial(Generic[Result]):
    """One run of a sweep: the settings that it was given, and what it returned."""

    settings: dict[str, Any]
    result: Result


def sweep(
    train: Callable[..., Result],
    grid: Mapping[str, Iterable[Any]],
    *,
    processes: int | None = None,
) -> list[Trial[Result]]:
    """Call ``train(**settings)`` for every combination of the settings in `grid`.

    train      a function that takes its settings by name, and all its randomness from them (a
               `seed`); what it returns goes between processes, so it is numbers, a `History` or a
               `state_dict()`, not a graph
    grid       the choices for each setting: ``{"lr": [0.1, 0.01], "seed": range(5)}``
    processes  how many run at a time; by default one for each core, and 1 is a loop

    The trials come in the order of nested loops, the last setting the innermost. What `train`
    raises in one of them is raised here, with its settings in a note, and ends the others; so is a
    RuntimeError where a process was killed. A ValueError for a grid without a combination, a
    TypeError for what is no grid; a ValueError for what cannot be pickled.

    >>> def slope(lr, seed):
    ...     return lr * seed
    >>> [trial.result for trial in sweep(slope, {"lr": [0.5, 2.0], "seed": [1, 2]}, processes=1)]
    [0.5, 1.0, 2.0, 4.0]
    """
    function(train, "what a sweep runs")
    if not isinstance(grid, Mapping):
        raise TypeError(f'a grid is a dict such as {{"lr": [0.1, 0.01]}}, not {grid!r:.80}')
    choices = {name: _choices(name, values) for name, values in grid.items()}
    combinations = [dict(zip(choices, values)) for values in itertools.product(*choices.values())]
    if not combinations or not choices:
        raise ValueError(f"a sweep takes at least one choice for each setting, not {choices}")
    workers = count(processes, "processes") if processes is not None else os.cpu_count() or 1
    if workers == 1:
        return [Trial(settings, _run(train, settings)) for settings in combinations]
    with warnings.catch_warnings():
        # Python warns of a fork while threads run, and JAX where it is imported. Those of progress
        # bars hold no lock of ours, and a scalar engine's training uses none of JAX's.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", r"os\.fork", RuntimeWarning)
        return _share_out(train, combinations, min(workers, len(combinations)))


def _choices(name: object, values: Iterable[Any]) -> list[Any]:
    if not isinstance(name, str):
        raise TypeError(f"a setting is called by its name, a str, not {name!r}")
    right = f"the choices for {name} are a list"
    if isinstance(values, str):
        raise TypeError(f"{right}, not the str {values!r}")
    return elements(values, right)


def _run(train: Callable[..., Result], settings: dict[str, Any]) -> Result:
    try:
        return train(**settings)
    except Exception as error:
        error.add_note(f"in the trial {_listed(settings)}")
        raise


def _share_out(
    train: Callable[..., Result], combinations: list[dict[str, Any]], workers: int
) -> list[Trial[Result]]:
    # A forked process has the functions of a notebook; elsewhere they must be found in a module.
    start = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    try:
        # In the pool's own thread the same error may leave the pool waiting for ever.
        ForkingPickler.dumps((train, combinations))
    except (PicklingError, AttributeError, TypeError) as error:
        raise _not_pickled(train, error) from None
    with ProcessPoolExecutor(workers, start) as pool:
        futures: list[Future[Result]] = [pool.submit(_run, train, s) for s in combinations]
        try:
            for future in as_completed(futures):
                future.result()
        except (PicklingError, AttributeError) as error:
            if "pickle" not in str(error):
                raise
            raise _not_pickled(train, error) from None
        except BrokenProcessPool:
            lost = [s for s, future in zip(combinations, futures) if future.exception()]
            raise RuntimeError(
                "a process ended without an answer (killed, or out of memory); not done are "
                + "; ".join(map(_listed, lost))
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return [Trial(s, future.result()) for s, future in zip(combinations, futures)]


def _not_pickled(train: object, error: Exception) -> ValueError:
    return ValueError(
        f"what goes between processes is pickled, and of {train!r}, its settings and its results "
        f"something cannot be ({error}): let train be a function of a module, or of the notebook, "
        "that has a name; or processes=1"
    )


def _listed(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())
