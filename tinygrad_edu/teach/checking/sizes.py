"""Slips in the number as a whole: a factor, the decimal point, two digits that changed places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ...engine import Value
from ...language import say
from ..notation.wording import number
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
    in_graph = [
        abs(x)
        for edge in case.paths.edges
        for x in edge.entry.node.arguments
        if not isinstance(x, Value) and edge.entry.node.op in ("*", "/", "**")
    ]
    sizes = {max(x, 1.0 / x) for x in in_graph if 0.0 < x < math.inf}
    uses = {float(len(edges)) for edges in case.paths.into.values()}
    for n in sorted({*map(float, FACTORS), *sizes, *uses} - {1.0}):
        for sign in (1.0, -1.0):
            for scale, missing in ((sign / n, True), (sign * n, False)):
                if case.fits(gives := case.total * scale):
                    says = _factor(number(n), missing, sign < 0.0)
                    yield Slip("factor", gives, says, scale=scale)


def _factor(n: str, missing: bool, negative: bool) -> str:
    if missing and negative:
        return say("a factor of {number} is missing, and the sign is wrong", number=n)
    if missing:
        return say("a factor of {number} is missing", number=n)
    if negative:
        return say("a factor of {number} is too much, and the sign is wrong", number=n)
    return say("a factor of {number} is too much", number=n)
