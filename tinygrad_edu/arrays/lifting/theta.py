"""Where each parameter lies in the one array of all: those that are used together, together."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from ..instructions.builder import Builder
from ..instructions.ir import Array
from ..instructions.views import Index, Shape
from .patterns import Order

NOWHERE: Final = -1


class Theta:
    """All parameters as one array, in the order in which they are first used.

    array   the instruction
    order   for each of its elements, the number of the parameter
    blocks  those that were laid down together: (where the block begins, its shape)
    """

    def __init__(self, build: Builder, parameters: int) -> None:
        self.array: Array = build.add("theta", (), (parameters,))
        self.order: list[int] = []
        self.place: np.ndarray[Any, Any] = np.full(parameters, NOWHERE)
        self.blocks: list[tuple[int, Shape]] = []

    def lay(self, rows: Index) -> Index:
        """Where the parameters with these numbers lie, now if not before."""
        new = rows.ravel()[self.place[rows.ravel()] == NOWHERE]
        if new.size:
            distinct = np.array(list(dict.fromkeys(new.tolist())))
            start = len(self.order)
            self.place[distinct] = np.arange(start, start + distinct.size)
            self.order += distinct.tolist()
            whole = distinct.size == rows.size
            shape = tuple(n for n in rows.shape if n > 1) if whole else (distinct.size,)
            self.blocks.append((start, shape))
        return self.place[rows]

    def block(self, rows: Index) -> Order | None:
        """The order and shape of distinct parameters that are a block, or whole lines of one."""
        places = self.place[rows]
        order = np.argsort(places)
        start, n = int(places.min()), len(rows)
        if start == NOWHERE or not np.array_equal(places[order], np.arange(start, start + n)):
            return None
        for begin, shape in self.blocks:
            if begin <= start < begin + math.prod(shape):
                line = math.prod(shape[1:])
                lines = (start - begin) % line == 0 and n % line == 0
                inside = start + n <= begin + math.prod(shape)
                return (order, (n // line, *shape[1:])) if lines and inside else None
        return None

    def finish(self) -> None:
        """Lay down the parameters that nothing uses."""
        rest = np.flatnonzero(self.place == NOWHERE)
        if rest.size:
            self.lay(rest)
