"""The search for the slips that explain one wrong gradient, from the usual to the rare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ...language import say
from .classes import of_labels
from .formulas import FORMULAS
from .mistakes import MISTAKES
from .mixups import of_another_gradient, of_factors, of_the_value_itself
from .penalties import of_penalties
from .places import Option, in_many_places, in_one_place, options, sign, slip_of
from .rounding import TELLING, digits
from .sizes import of_digits, of_size
from .slips import Case, Changes, OtherPass, Slip
from .sums import anywhere, in_the_sum, of_products
from .terms import of_terms

_MIXED_UP: Final = ("wrong operand", "wrong value")

IN_PAIRS: Final = 60
"""In how many places at the most two slips at once are looked for."""


def slips(case: Case) -> list[Slip]:
    """Every slip that fits, those nearest to the target first.

    A rarer kind is looked at only where none of the usual ones fits; but what else gives the same
    number is told too, where that is another gradient or where the number is short.
    """
    usually = usual(case)
    rarely = usually or _rare(case)
    moved = [] if usually else [*_of_passes(case, case.moved)]
    short = not usually and digits(case.given) < TELLING
    if rarely and (short or not any(slip.kind in _MIXED_UP for slip in rarely)):
        rarely += of_another_gradient(case, above=False)
    if rarely and short:
        rarely += [*of_size(case)][:1]
    found = (
        moved
        or rarely
        or [*anywhere(case)][:1]
        or [
            *_of_passes(case, case.misread()),
            *of_another_gradient(case),
            *of_the_value_itself(case),
        ]
        or [*of_digits(case)]
        or [*of_size(case)][:1]
        or [*_two(case)]
    )
    return list({slip.says: slip for slip in found}.values())


def every(case: Case) -> list[Slip]:
    """The slips that fit, the rare ones even where a usual one does."""
    return [*usual(case), *_rare(case), *_of_passes(case, case.misread())]


def usual(case: Case) -> list[Slip]:
    """Those of the usual slips that fit."""
    found = options(case, MISTAKES)
    return [
        *sign(case, found),
        *in_one_place(case, found),
        *in_the_sum(case),
        *in_many_places(case, found),
    ]


def _rare(case: Case) -> list[Slip]:
    found = options(case, FORMULAS)
    return [
        *in_one_place(case, found),
        *in_many_places(case, found),
        *of_products(case),
        *of_factors(case),
        *of_penalties(case),
        *of_terms(case),
        *of_labels(case),
    ]


def _of_passes(case: Case, passes: Sequence[OtherPass]) -> Iterator[Slip]:
    for other in passes:
        if case.fits(gives := case.changed(other.changes)):
            yield Slip(other.kind, gives, other.says, other.changes)


def _two(case: Case) -> Iterator[Slip]:
    """Two slips at once: two mistakes in different places, or one and the sign."""
    single = options(case, MISTAKES)
    if case.nearly or digits(case.given) < TELLING or len(single) > IN_PAIRS:
        return
    for i, one in enumerate(single):
        changes: Changes = {one[1].place: one[2]}
        gives = case.changed(changes)
        if case.fits(-gives):
            says = say("{one}, and the sign is wrong", one=_says(case, one))
            yield Slip("two slips", -gives, says, changes, scale=-1.0)
        for other in single[i + 1 :]:
            if other[1].place == one[1].place:
                continue
            changes = {one[1].place: one[2], other[1].place: other[2]}
            if case.fits(gives := case.changed(changes)):
                says = say(
                    "{one}, and besides {other}", one=_says(case, one), other=_says(case, other)
                )
                yield Slip("two slips", gives, says, changes)


def _says(case: Case, option: Option) -> str:
    return slip_of(case, [option], 0.0).says
