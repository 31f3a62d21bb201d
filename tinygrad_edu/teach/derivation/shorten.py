"""Shortening what repeats itself: lines and terms of one form, said to be left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import groupby
from typing import Final, Literal

from ...engine import Value
from ...language import say
from ..notation.expression import (
    Call,
    Expression,
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

AT_MOST: Final[dict[Detail, tuple[int, int]]] = {
    "brief": (3, 1),
    "normal": (12, 2),
    "full": (10**9, 10**9),
}
"""Of things of one form all are written if there are at most so many, else so many of them."""

LONGEST_SECTION: Final[dict[Detail, int]] = {"brief": 30, "normal": 120, "full": 10**9}
"""How many lines a section may have before some in its middle are left out."""


def shortened(lines: Iterable[Line], detail: Detail) -> list[Line | Omission]:
    """The lines; of many of one form only the first, and how many are left out."""
    most, some = AT_MOST[detail]
    written = list(lines)
    alike: dict[Hashable, list[Line]] = {}
    forms = [tuple([form(part.formula) for part in line.parts]) for line in written]
    for line, of_line in zip(written, forms):
        alike.setdefault(of_line, []).append(line)
    kept: list[Line | Omission] = []
    seen: Counter[Hashable] = Counter()
    for line, of_line in zip(written, forms):
        same = alike[of_line]
        if len(same) <= most or seen[of_line] < some:
            kept.append(line)
        elif seen[of_line] == some:
            left_out = same[some:]
            said = say("{count} more lines of the same form", count=len(left_out))
            kept.append(Omission(left_out, said))
        seen[of_line] += 1
    return kept


def by_level(
    values: Iterable[Value],
    level: Mapping[Value, int],
    write: Callable[[Value], Line],
    detail: Detail,
) -> list[Line | Omission]:
    """A line for each value, shortened among neighbours of one level, then as a whole."""
    runs = groupby(values, level.__getitem__)
    lines = [line for _, run in runs for line in shortened(map(write, run), detail)]
    surplus = len(lines) - LONGEST_SECTION[detail]
    if surplus <= 0:
        return lines
    start = LONGEST_SECTION[detail] // 2
    left_out = lines[start : start + surplus]
    alike = [[line] if isinstance(line, Line) else list(line.lines) for line in left_out]
    both = [line for some in alike for line in some]
    omission = Omission(both, say("{count} more lines", count=len(both)))
    return [*lines[:start], omission, *lines[start + surplus :]]


def trimmed(e: Expression, detail: Detail, said: str) -> Expression:
    """A sum without most of its neighbouring terms of one form, if they are many.

    said  what stands for those left out, with a place for their ``{count}``
    """
    if not isinstance(e, Sum):
        return e
    most, some = AT_MOST[detail]
    kept: list[Expression] = []
    for _, run in groupby(e.terms, form):
        alike = list(run)
        if len(alike) <= most:
            kept += alike
        else:
            left_out = Omitted(said.format(count=len(alike) - some - 1))
            kept += [*alike[:some], left_out, alike[-1]]
    return Sum(tuple(kept))


def form(e: Expression) -> Hashable:
    """What an expression looks like when names and numbers are left out."""
    match e:
        case Number() | Symbol() | Prime():
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
