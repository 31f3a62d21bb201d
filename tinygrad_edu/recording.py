"""Whether operations are recorded (`no_grad`), who is told of each node (`observing`), and who is
told what a program does with the numbers of a graph (`watching`).

This module is never compiled: mypyc knows no `__enter__` that is looked up and then called.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from weakref import ref

from .blocks import BLOCKS, NO_GRAD, OBSERVING, WATCHING, innermost, watcher

P = ParamSpec("P")
R = TypeVar("R")


class _Block:
    """A `with` block that Ctrl-C finds open or closed, and never half-way.

    It is open while its lock is held. `with` asks for `__enter__` and `__exit__` first and calls
    them later, and both are the lock's own: written in C, where Python handles no signal. The lock
    is known by a weak reference only, so that a block which is dropped before its end (as by a
    generator that nobody resumes) is closed too.
    """

    blocks: ContextVar[Any]

    def __init__(self, value: Any) -> None:
        self._lock = threading.Lock()
        self._value = value

    @property
    def __enter__(self) -> Callable[[], Any]:
        if self._lock.locked():
            raise RuntimeError("this block is open already: make a new one for each `with`")
        lock = ref(self._lock, BLOCKS.discard)
        BLOCKS.add(lock)
        self.blocks.set((lock, self._value, innermost(self.blocks)))
        return self._lock.__enter__

    @property
    def __exit__(self) -> Callable[..., None]:
        return self._lock.__exit__


class no_grad(_Block):
    """Inside it (``with no_grad():``), operations give plain leaves and record nothing.

    It holds for the thread (or asyncio task) that opened it, and can decorate a function.
    """

    blocks = NO_GRAD

    def __init__(self) -> None:
        super().__init__(None)
        tell = watcher()
        if tell is not None:
            tell("no_grad", None, None, False)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """`function`, run inside a block of its own whenever it is called."""

        @wraps(function)
        def silent(*args: P.args, **kwargs: P.kwargs) -> R:
            with no_grad():
                return function(*args, **kwargs)

        return silent


class observing(_Block):
    """Inside it, `callback(node)` is called on each new node that an operation records.

    It holds for the thread (or asyncio task) that opened it; outside, nodes pay nothing for it.
    """

    blocks = OBSERVING

    def __init__(self, callback: Callable[[Any], None]) -> None:
        super().__init__(callback)


class watching(_Block):
    """Inside it, a callback is told whenever a program looks at a number of the graph.

    ``callback(what, value, other, answer)``, where `what` is

    < <= > >=   a comparison of `value` with `other`, a Value or a number, and its answer
    ==          the question whether `value` is the object `other`, whose answer is not told
    bool        the question whether `value` is not 0, and its answer
    data        a number of `value` was read: by .data, .grad, float, as text, for a copy
    set         `value.data` was assigned
    no_grad     no number, but a block was made whose operations will not be recorded

    It holds for the thread (or asyncio task) that opened it; outside, nothing is paid for it.
    """

    blocks = WATCHING

    def __init__(self, callback: Callable[[str, Any, Any, bool], None]) -> None:
        super().__init__(callback)
