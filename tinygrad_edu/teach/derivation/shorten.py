"""Shortening what repeats itself: lines and terms of one form, said to be left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal, TypeVar

from ...engine import Value
from ...language import say
from ..notation.expression import (
    Call,
    Expression,
    Matrix,
    Negative,
    Number,
    Omitted,
    Power,
    Prime,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from .lines import Line, Omission

Detail = Literal["brief", "normal", "full"]
Item = TypeVar("Item")

AT_MOST: Final[dict[Detail, tuple[int, int]]] = {
    "brief": (3, 1),
    "normal": (12, 2),
    "full": (10**9, 10**9),
}
"""Of things of one form all are written if there are at most so many, else so many of them."""

LONGEST_SECTION: Final[dict[Detail, int]] = {"brief": 30, "normal": 120, "full": 10**9}
"""How many lines a section may have before some in its middle are left out."""


def shortened(
    items: Sequence[Item],
    write: Callable[[Item], Line],
    shape: Callable[[Item], Hashable],
    detail: Detail,
) -> list[Line | Omission]:
    """A line for each item; of many of one shape only the first, and how many are left out.

    Only the lines that are shown are written.
    """
    most, some = AT_MOST[detail]
    if len(items) <= most:
        return [write(item) for item in items]
    alike: dict[Hashable, list[Item]] = {}
    shapes = [shape(item) for item in items]
    for item, its_shape in zip(items, shapes):
        alike.setdefault(its_shape, []).append(item)
    kept: list[Line | Omission] = []
    seen: Counter[Hashable] = Counter()
    for item, its_shape in zip(items, shapes):
        same = alike[its_shape]
        if len(same) <= most or seen[its_shape] < some:
            kept.append(write(item))
        elif seen[its_shape] == some:
            said = say("{count} more lines of the same form")
            ends = write(same[some]), write(same[-1])
            kept.append(Omission.of(*ends, len(same) - some, said))
        seen[its_shape] += 1
    return kept


def by_level(
    values: Iterable[Value],
    level: Mapping[Value, int],
    write: Callable[[Value], Line],
    shape: Callable[[Value], Hashable],
    detail: Detail,
) -> list[Line | Omission]:
    """A line for each value, shortened among neighbours of one level, then as a whole."""
    runs = groupby(values, level.__getitem__)
    lines = [line for _, run in runs for line in shortened(list(run), write, shape, detail)]
    surplus = len(lines) - LONGEST_SECTION[detail]
    if surplus <= 0:
        return lines
    start = LONGEST_SECTION[detail] // 2
    left_out = lines[start : start + surplus]
    ends = [line for e in left_out for line in ([e] if isinstance(e, Line) else e.ends)]
    count = sum(1 if isinstance(e, Line) else e.count for e in left_out)
    omission = Omission.of(ends[0], ends[-1], count, say("{count} more lines"))
    return [*lines[:start], omission, *lines[start + surplus :]]


def runs_cut(
    items: Sequence[Item], shape: Callable[[Item], Hashable], detail: Detail
) -> list[Item | int]:
    """The items without most of each long run of one shape: how many, in their place."""
    most, some = AT_MOST[detail]
    if len(items) <= most:
        return list(items)
    kept: list[Item | int] = []
    for _, run in groupby(items, shape):
        alike = list(run)
        if len(alike) <= most:
            kept += alike
        else:
            kept += [*alike[:some], len(alike) - some - 1, alike[-1]]
    return kept


def trimmed(e: Expression, detail: Detail, said: str) -> Expression:
    """A sum without most of its neighbouring terms of one form, if they are many.

    said  what stands for those left out, with a place for their ``{count}``
    """
    if not isinstance(e, Sum):
        return e
    kept = runs_cut(e.terms, form, detail)
    return Sum(tuple([Omitted(said.format(count=t)) if isinstance(t, int) else t for t in kept]))


def form(e: Expression) -> Hashable:
    """What an expression looks like when names and numbers are left out."""
    match e:
        case Number() | Symbol() | Prime() | Matrix():
            return type(e).__name__
        case Sum(parts) | Product(parts):
            return type(e), *map(form, parts)
        case Call(op, parts):
            return op, *map(form, parts)
        case Quotient(a, b) | Power(a, b):
            return type(e), form(a), form(b)
        case Negative(a):
            return type(e), form(a)
        case _:
            return e
