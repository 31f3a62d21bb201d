"""Slips in the number as a whole: a factor, the decimal point, two digits that changed places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ...engine import Value
from ...language import say
from ..notation.wording import number
from ..record.paths import Edge
from .rounding import TELLING, digits
from .slips import Case, Slip

FACTORS: Final = range(2, 11)
"""The factors that are tried besides those that are in the graph."""


def of_digits(case: Case) -> Iterator[Slip]:
    """Two neighbouring digits that changed places, or a point that is two or more places off."""
    if case.nearly or not case.total or not math.isfinite(case.total):
        return
    sign, digits, exponent = Decimal(repr(case.given)).as_tuple()
    assert isinstance(exponent, int)
    for i in range(len(digits) - 1):
        swapped = (*digits[:i], digits[i + 1], digits[i], *digits[i + 2 :])
        x = float(Decimal((sign, swapped, exponent)))
        half_a_unit = 0.51 * 10.0 ** (exponent)
        if x != case.given and len(digits) > 2 and abs(x - case.total) <= half_a_unit:
            pair = f"{digits[i + 1]}{digits[i]}"
            says = say(
                "the digits of {pair} have changed places: {right} became {given}",
                pair=pair,
                right=number(x, 12),
                given=number(case.given, 12),
            )
            yield Slip("wrong digits", case.given, says, scale=case.given / case.total)
    for places in (2, 3):
        for scale in (10.0**places, 10.0**-places):
            if case.fits(gives := case.total * scale):
                says = say("the decimal point is {count} places off", count=places)
                yield Slip("wrong digits", gives, says, scale=scale)


def of_size(case: Case) -> Iterator[Slip]:
    """A small whole factor, or one that the graph has (the n of a mean) or suggests."""
    for n in sorted({*map(float, FACTORS), *_in_graph(case)} - {1.0}):
        for sign in (1.0, -1.0):
            for scale, missing in ((sign / n, True), (sign * n, False)):
                if case.fits(gives := case.total * scale):
                    says = _factor(number(n), missing, sign < 0.0)
                    yield Slip("factor", gives, says, scale=scale)
    yield from _slope_of_share(case)
    if not case.nearly and digits(case.given) >= TELLING:
        for edge in case.paths.edges:
            yield from _on_a_path(case, edge)


def _in_graph(case: Case) -> set[float]:
    """The numbers in the graph, and how often values are used, each as a factor above 1."""
    in_graph = [
        abs(x)
        for edge in case.paths.edges
        for x in edge.entry.node.arguments
        if not isinstance(x, Value) and edge.entry.node.op in ("*", "/", "**")
    ]
    sizes = {max(x, 1.0 / x) for x in in_graph if 0.0 < x < math.inf}
    return sizes | {float(len(edges)) for edges in case.paths.into.values()}


def _slope_of_share(case: Case) -> Iterator[Slip]:
    """p(1 − p) too much, where p is a share in a softmax."""
    for p in dict.fromkeys(edge.entry.node for edge in case.paths.edges):
        slope = p.data * (1.0 - p.data)
        if p.op == "/" and slope > 0.0 and case.fits(gives := case.total * slope):
            name = case.words.name(p)
            says = say("a factor of {number} is too much", number=f"{name} · (1 − {name})")
            yield Slip("factor", gives, says, scale=slope)


def _on_a_path(case: Case, edge: Edge) -> Iterator[Slip]:
    """A factor on the paths through one value alone, such as the 1/N of the data's mean."""
    v = edge.entry.operand
    if not v.label or edge.flow in (0.0, case.total):
        return
    for n in sorted({2.0, *_in_graph(case)} - {1.0}):
        for scale, missing in ((1.0 / n, True), (n, False)):
            if case.fits(gives := case.total + (scale - 1.0) * edge.flow):
                says = say(
                    "on the paths through {value} {slip}",
                    value=case.words.name(v),
                    slip=_factor(number(n), missing, negative=False),
                )
                yield Slip("factor", gives, says, {edge.place: scale * edge.entry.local})


def _factor(n: str, missing: bool, negative: bool) -> str:
    if missing and negative:
        return say("a factor of {number} is missing, and the sign is wrong", number=n)
    if missing:
        return say("a factor of {number} is missing", number=n)
    if negative:
        return say("a factor of {number} is too much, and the sign is wrong", number=n)
    return say("a factor of {number} is too much", number=n)
