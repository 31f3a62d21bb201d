"""Samples' numbers as the rows of an array, so that a batch is one look-up."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from ..nested import flat, nesting, without_arrays


class NotNumbers(ValueError):
    """Why samples are no rows of numbers."""


def as_array(x: Any) -> tuple[Any, Hashable]:
    """Nested numbers as an array, and what is the same of all that are nested so.

    Of dicts and of lists of several lengths it has all items, one after the other.
    """
    try:
        found = np.array(x)
        if found.dtype.kind != "O":
            return found, found.shape
    except ValueError:
        pass
    plain = without_arrays(x)
    return np.array(flat(plain)), nesting(plain)


class Rows:
    """An array in whose n-th row the numbers of sample n are, all of them nested in one way.

    Each sample is read when it is first asked for.

    are_whole  whether all that were read have whole numbers only
    """

    def __init__(self, samples: list[Any]) -> None:
        self._samples = samples
        self._read: set[int] = set()
        self._rows: Any = None
        self._form: Hashable = None
        self.are_whole: bool = True

    def of(self, numbers: list[int]) -> Any:
        """The rows of the samples with these numbers. NotNumbers where one is something else."""
        if not self._read.issuperset(numbers):
            for number in numbers:
                self._enter(number, self._samples[number])
            self._read.update(numbers)
        return self._rows.take(numbers, 0)  # (twice as fast as self._rows[numbers])

    def _enter(self, number: int, x: Any) -> None:
        row, form = as_array(x)
        if row.dtype.kind not in "fiu":
            raise NotNumbers("a sample holds other things than numbers")
        if self._rows is None:
            self._form = form
            self._rows = np.empty((len(self._samples), *row.shape))
        elif form != self._form:
            raise NotNumbers("samples are nested in several ways")
        self._rows[number] = row
        self.are_whole = self.are_whole and row.dtype.kind in "iu"
