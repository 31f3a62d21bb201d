"""Whose turn it is: marks and gradients are on the nodes, so one thread at a time walks a graph.

The same thread may walk again inside its walk (a signal handler that draws a graph). This module is
never compiled, and need not be: it is called once a walk.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

run: Final[Callable[[Any], None]] = deque(maxlen=0).extend
"""Uses an iterator up in one call in C, where no signal is handled: all of it happens, or none."""

_LOCK: Final = threading.RLock()
_ONCE: Final = (True,)
if hasattr(os, "register_at_fork"):  # a child process is never born inside another thread's walk
    os.register_at_fork(
        before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release
    )


def in_turn(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` of the arguments returns, while no other thread is at such work.

    Python handles a signal after any call, since version 3.14 after that of `__enter__` too, where
    `with` has not yet begun. So the lock is taken and noted as taken in one call of C, inside of
    the `try`, and given back in another.
    """
    held: list[Any] = []
    leave = map(_LOCK.__exit__, held, held, held)
    try:
        held.extend(map(_LOCK.acquire, _ONCE))
        return work(*args, **kwargs)
    finally:
        run(leave)


def is_running(function: Callable[..., Any]) -> bool:
    """Whether the caller was called from within a function, which no compiled one ever says."""
    code = getattr(function, "__code__", None)
    frame = sys._getframe() if code is not None else None
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None
