"""Curves and progress for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from ..text import table


def curve(step: str, loss: str, losses: Sequence[float], every: int) -> str:
    """A table of a run's losses: the first, one in every so many steps, and the last."""
    last = len(losses) - 1
    rows = [(float(i), x) for i, x in enumerate(losses) if i % every == 0 or i == last]
    return table((step, loss), rows, digits=6)


def has_progress_bars() -> bool:
    """Whether stderr, where progress bars go, is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def progress(steps: range) -> Iterable[int]:
    """The steps, with a progress bar if that can be seen."""
    if not has_progress_bars():
        return steps
    from tqdm import tqdm

    return tqdm(steps, "training")
