"""Tables of parameters whose rows are looked up, as those of an embedding are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from ..instructions.views import Index, Shape

LOOK_UP: Final = "ij,jk->ik"
"""The labels of O E, the rows of a table E that the ones in O say."""
_NONE: Final = (-1, -1)


class Tables:
    """Matrices of the numbers of parameters, each row in one of them.

    beside  those of which rows are side by side in one vector
    """

    def __init__(self, tables: Iterable[Index]) -> None:
        self._tables = [*tables]
        self.beside: set[int] = set()
        self._rows: dict[int, tuple[int, int]] = {  # of a parameter: which table, and its row
            int(parameter): (which, i)
            for which, table in enumerate(self._tables)
            for i, row in enumerate(table)
            for parameter in row
        }

    def looked_up(self, ids: Index, is_weight: bool) -> tuple[Index, Index] | None:
        """The places in a table of rows of parameters, and the table; None of other parameters.

        A matrix of weights is looked up only where a row is there twice, any other rows too where
        they are not the table itself.

        >>> places, _ = Tables([np.array([[0, 1], [2, 3], [4, 5]])]).looked_up(
        ...     np.array([[4, 5], [0, 1], [4, 5]]), is_weight=True
        ... )
        >>> places.tolist()
        [2, 0, 2]
        """
        found = [self._rows.get(int(i)) for i in ids[..., 0].ravel()] if ids.ndim > 1 else [None]
        if found[0] is None or None in found:
            return None
        which = found[0][0]
        table, places = self._tables[which], np.array([row[1] for row in found if row])
        rows = ids.reshape(len(places), -1)
        if rows.shape[1] != table.shape[1] or not np.array_equal(table[places], rows):
            return None
        is_repeated = len({*places.tolist()}) < len(places)
        is_whole = which not in self.beside and np.array_equal(places, np.arange(len(table)))
        return (places, table) if is_repeated or not (is_weight or is_whole) else None

    def shape(self, column: Index) -> Shape | None:
        """The shape of the table that some parameters are, one row after the other."""
        for table in self._tables:
            if min(table.shape) > 1 and np.array_equal(table.ravel(), column):
                return len(table), len(table.T)
        return None

    def is_part(self, ids: Index) -> bool:
        """Whether the distinct ones of some rows of parameters are not all those of a table."""
        _, first = np.unique(ids, axis=0, return_index=True)
        return self.looked_up(ids[np.sort(first)], is_weight=False) is not None

    def by_rows(self, terms: Index) -> list[Index]:
        """Products of two parameters each, apart where another row of a table begins."""
        whose = [[self._rows.get(int(i), _NONE) for i in side] for side in terms[0].T]
        begins = set[int]()
        for side in whose:
            own = {k for k in range(1, len(side)) if side[k] != side[k - 1]}
            begins |= own
            self.beside.update({which for which, _ in side} if own else ())
        return np.split(terms, sorted(begins), axis=1)
