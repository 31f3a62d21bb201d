"""The chains of + and of logaddexp in the columns of a tape, each as the rows that it adds.

A link of a chain is used by nothing but the next one. In a tape each row comes after those that it
uses, first the left one and all below it, then the right one: so links stand in their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from ..instructions.views import Index

LONGEST_SHARED: Final = 16
"""A logaddexp of so many terms is flattened even where it is used again, as softmax uses it."""

Chain: TypeAlias = "list[int] | deque[int]"
"""The rows that a chain adds, in their order."""


class Sums(NamedTuple):
    """Sums of many terms: their rows, where the terms of each end, and the rows of all terms."""

    rows: Index
    ends: Index
    parts: Index


def sums(plus: Any, first: Index, second: Index, uses: Index) -> Sums:
    """The chains of +; `plus` says which rows are one, `uses` how many rows use each."""
    links = np.flatnonzero(plus)
    n = len(links)
    number = np.zeros(len(plus), int)
    number[links] = np.arange(n)
    within = plus & (uses == 1)
    sides = np.stack([first[links], second[links]], axis=1)
    goes_on = within[sides]  # whether the chain goes on there
    of, last = np.arange(n), np.arange(n)
    for side in (0, 1):
        users = np.flatnonzero(goes_on[:, side])
        of[number[sides[users, side]]] = users
    of = _followed(of)
    # A term on the right comes when its link does, one on the left before all links on its right.
    for side in (1, 0):
        users = np.flatnonzero(goes_on[:, side])
        last[users] = number[sides[users, side]]
    start = _followed(last) if goes_on[:, 1].any() else np.arange(n)
    when = np.stack([2 * start, 2 * np.arange(n) + 1], axis=1)
    key = (2 * n * of[:, None] + when)[~goes_on][::-1]  # (of equals the outermost first)
    order = np.argsort(key, kind="stable")
    ends = np.flatnonzero(of == np.arange(n))
    counts = np.bincount(of)[ends] + 1
    return Sums(links[ends], np.cumsum(counts), sides[~goes_on][::-1][order])


def _followed(pointer: Index) -> Index:
    """Where the pointers of items to items end, each in one that points to itself."""
    while True:
        further = pointer[pointer]
        if np.array_equal(further, pointer):
            return pointer
        pointer = further


def folds(rows: Sequence[int], first: Index, second: Index, uses: Index) -> dict[int, Chain]:
    """The chains of logaddexp, by the row at their end; `rows` are all that are one."""
    chains: dict[int, Chain] = {}
    for row in rows:
        whole: Chain = []
        for part in (int(first[row]), int(second[row])):
            inner = chains.get(part)
            if inner is None:
                whole.append(part)
            elif uses[part] == 1:
                whole = _joined(whole, chains.pop(part))
            else:
                whole.extend(inner if len(inner) <= LONGEST_SHARED else [part])
        chains[row] = whole
    return chains


def _joined(left: Chain, right: Chain) -> Chain:
    """One chain after the other, by moving the shorter one."""
    if len(left) >= len(right):
        left.extend(right)
        return left
    if isinstance(right, list):
        right = deque(right)
    right.extendleft(reversed(left))
    return right
