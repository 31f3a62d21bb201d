"""Whether operations are recorded (`no_grad`), and who is told of each node (`observing`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from mypy_extensions import i64


class _Blocks:
    """How many blocks are open, of all threads together: while none is, nodes pay for none."""

    def __init__(self) -> None:
        self.open: i64 = 0  # an attribute, since that is what mypyc reads fastest


BLOCKS: Final = _Blocks()
RECORDING: Final[ContextVar[bool]] = ContextVar("recording", default=True)
OBSERVER: Final[ContextVar[Callable[[Any], None] | None]] = ContextVar("observer", default=None)
_LOCK: Final = threading.Lock()


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside it (``with no_grad():``), operations give plain leaves and record nothing.

    It holds for the thread (or asyncio task) that opened it, and can decorate a function.
    """
    token = RECORDING.set(False)
    _watch(1)
    try:
        yield
    finally:
        _watch(-1)
        RECORDING.reset(token)


@contextmanager
def observing(callback: Callable[[Any], None]) -> Iterator[None]:
    """Inside it, `callback(node)` is called on each new node that an operation records.

    It holds for the thread (or asyncio task) that opened it; outside, nodes pay nothing for it.
    """
    token = OBSERVER.set(callback)
    _watch(1)
    try:
        yield
    finally:
        _watch(-1)
        OBSERVER.reset(token)


def _watch(change: i64) -> None:
    with _LOCK:
        BLOCKS.open += change
