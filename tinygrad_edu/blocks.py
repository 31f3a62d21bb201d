"""Which `with` blocks are open here, as each operation asks: see `recording.py`, which opens them.

A block is open while its lock is held. Those of a thread (or asyncio task) are a chain of entries,
(reference to the lock, the block's value, the entry outside), of which those that are closed by now
are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

BLOCKS: Final[set[Any]] = set()
"""Weak references to the locks of open blocks, of all threads: while empty, nodes pay nothing."""

NO_GRAD: Final[ContextVar[Any]] = ContextVar("no_grad", default=None)
OBSERVING: Final[ContextVar[Any]] = ContextVar("observing", default=None)
WATCHING: Final[ContextVar[Any]] = ContextVar("watching", default=None)


def innermost(blocks: ContextVar[Any]) -> Any:
    """The entry of the innermost block that is open, or None."""
    entry = blocks.get()
    while entry is not None:
        reference, _, outside = entry
        lock = reference()
        if lock is not None and lock.locked():
            return entry
        entry = outside
    return None


def is_recording() -> bool:
    """Whether no `no_grad` block is open here."""
    return innermost(NO_GRAD) is None


def observer() -> Callable[[Any], None] | None:
    """Who is to be told of a new node here, if anybody."""
    callback: Callable[[Any], None] | None = _value(OBSERVING)
    return callback


def watcher() -> Callable[[str, Any, Any, bool], None] | None:
    """Who is to be told that a number is looked at here, if anybody."""
    callback: Callable[[str, Any, Any, bool], None] | None = _value(WATCHING)
    return callback


def _value(blocks: ContextVar[Any]) -> Any:
    """The value of the innermost block that is open, or None."""
    entry = innermost(blocks)
    return None if entry is None else entry[1]
