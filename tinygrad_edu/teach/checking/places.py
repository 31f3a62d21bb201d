"""Slips in local derivatives: in one of them, or the same one wherever it can be made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...language import say
from ..record.paths import Edge
from .mistakes import Mistake, is_function
from .slips import Case, Slip

Option = tuple[Mistake, Edge, float]
"""A mistake that can be made on a line, and the number that it puts there."""


def options(case: Case, mistakes: Sequence[Mistake]) -> list[Option]:
    """Every one of these mistakes on every line where it changes something, the nearest first."""
    return [
        (mistake, edge, instead)
        for edge in sorted(case.paths.edges, key=lambda edge: edge.height)
        if edge.upstream and edge.down
        for mistake in mistakes
        if (instead := mistake.instead(edge.entry)) is not None and instead != edge.entry.local
    ]


def sign(case: Case, found: Sequence[Option]) -> Iterator[Slip]:
    """The opposite number; if a single minus on the way can have been lost, that one."""
    if not case.negated:
        return
    minus = [o for o in found if o[0].kind == "sign" and case.fits(_with(case, [o]))]
    if len(minus) == 1:
        yield slip_of(case, minus, -case.total)
    else:
        yield Slip("sign", -case.total, say("the sign is wrong"), scale=-1.0)


def in_one_place(case: Case, found: Sequence[Option]) -> Iterator[Slip]:
    """A mistake on one line."""
    for option in found:
        gives = _with(case, [option])
        if case.fits(gives) and not (case.negated and option[0].kind == "sign"):
            yield slip_of(case, [option], gives)


def in_many_places(case: Case, found: Sequence[Option]) -> Iterator[Slip]:
    """The same mistake on all lines of a kind, equally far from the target or anywhere."""
    alike: dict[tuple[Mistake, str, int, int], list[Option]] = {}
    anywhere: dict[tuple[Mistake, str], list[Option]] = {}
    for option in found:
        mistake, edge, _ = option
        op = str(edge.entry.node.op)
        key = (mistake, op, edge.entry.position, edge.height)
        alike.setdefault(key, []).append(option)
        if is_function(edge.entry.node):
            anywhere.setdefault((mistake, op), []).append(option)
    for group in alike.values():
        if len(group) > 1 and case.fits(gives := _with(case, group)):
            yield slip_of(case, group, gives)
    for group in anywhere.values():
        if len({edge.height for _, edge, _ in group}) > 1:
            gives = case.changed({edge.place: other for _, edge, other in group})
            if case.fits(gives):
                yield slip_of(case, group, gives)


def slip_of(case: Case, made: Sequence[Option], gives: float) -> Slip:
    """The mistake, made on all these lines."""
    mistake, edge, _ = made[0]
    says = mistake.says(edge.entry, case.words)
    if len(made) > 1:
        says = say("{slip}, and so in {count} more like it", slip=says, count=len(made) - 1)
    return Slip(mistake.kind, gives, says, {edge.place: other for _, edge, other in made})


def _with(case: Case, made: Sequence[Option]) -> float:
    """The gradient with these mistakes, of which no path meets two."""
    changes = [edge.change(edge.entry.local, instead) for _, edge, instead in made]
    return case.total + math.fsum(changes)
