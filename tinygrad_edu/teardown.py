"""Frees graphs node by node in the browser's Python, whose C stack is small.

A node that is freed drops its operands, each of which drops its own: a chain of a few thousand
would be freed by as many nested calls, which CPython bounds for its own stacks and not for those of
a browser, where they end the interpreter. (The compiled build does the same in
`node_teardown.h`.) Elsewhere nothing is done: it costs a call a node, and a Ctrl-C that arrives in
a `__del__` is lost. CPython 3.13 alone has the same fault in threads to which a program gives
stacks much smaller than the usual ones; such a program calls `free_node_by_node` itself.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from .engine import Value

_WAITING: Final[list[Value | None]] = []
"""The operands of nodes that are gone, for the call that is already at work to drop."""


def _drop_operands(self: Any) -> None:
    """Value.__del__: hand the operands to the outermost such call, which drops them in turn."""
    if self._a is None and self._b is None:
        return
    at_work = bool(_WAITING)
    _WAITING.extend((self._a, self._b))
    self._a = self._b = None
    if not at_work:
        _WAITING.insert(0, None)  # so that the list is not empty before all is done
        try:
            while len(_WAITING) > 1:
                _WAITING.pop()
        finally:
            _WAITING.clear()


def free_node_by_node() -> None:
    """Do so from now on."""
    Value.__del__ = _drop_operands  # type: ignore[attr-defined]


def attach() -> None:
    """Do so where it is needed."""
    if sys.platform == "emscripten":
        free_node_by_node()
