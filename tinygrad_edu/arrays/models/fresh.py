"""Whether a model or a loss computes all that it uses, as a record of it does in each run.

What was computed before stays as it was: activations that the model kept in an attribute for the
loss, or a penalty that was added up once. A record would compute it again. And what decided in
another thread was seen by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from ...engine import Value, topological_order
from ...ops import LEAF
from ...recording import observing


class Fresh:
    """Notes the nodes that are made in its block: ``with fresh.block():``."""

    def __init__(self) -> None:
        self._made: set[Value] = set()

    def block(self) -> AbstractContextManager[Any]:
        """The block in which nodes are noted."""
        return observing(self._made.add)

    def uses_older(self, results: Iterable[Value]) -> bool:
        """Whether the graph of some results has nodes that were not made in the block."""
        with self.block():  # (one walk through all of it)
            whole = sum(results, Value(0.0))
        return any(v.op is not LEAF and v not in self._made for v in topological_order(whole))
