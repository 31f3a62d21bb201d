"""Guard digits: as many as it takes for what is displayed to follow from what is displayed.

A result is shown to so many significant digits. The numbers that it is worked out from are shown
to as many, or to a few more where their rounding would show in the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ..notation.evaluation import evaluated
from ..notation.expression import Expression, Symbol
from ..notation.plain import Text
from .lines import Line, Omission, Words, with_commas, words

MOST: Final = 17
"""How many significant digits tell every float from every other."""


LOST: Final = 5
"""By how many units of its last digit a factor may differ from what its displayed operands give."""


def guarded(lines: Iterable[Line | Omission], digits: int) -> list[Line | Omission]:
    """The lines, each with the guard digits that it needs."""
    return [_guarded(e, digits) if isinstance(e, Line) else e for e in lines]


def _guarded(line: Line, digits: int) -> Line:
    guard = _needed(line, digits)
    if guard is not None:
        return replace(line, guard=guard)
    parts = tuple([part for part in line.parts if part.role != "numbers"])
    return replace(line, parts=parts, note=with_loss(line.note))


def with_loss(note: Words) -> Words:
    """The note, and that a number cannot be worked out from those that floats are."""
    why = words("since the digits cancel here, it is worked out in another way")
    if not note:
        return why
    return note if list(note)[-len(why) :] == list(why) else with_commas([note, why])


def has_lost_digits(formula: Expression, value: float, digits: int) -> bool:
    """Whether a formula's number is another one with its operands to so many digits."""
    come_to = evaluated(formula, Text(digits, in_full=True).rounded) if digits else None
    return come_to is not None and abs(come_to - value) > LOST * _unit(value, digits)


def can_be_worked_out(formula: Expression, value: float, digits: int) -> bool:
    """Whether a formula gives its number to so many digits with all that a float has."""
    exact = evaluated(formula)
    return exact is not None and abs(exact - value) <= 0.5 * _unit(value, digits)


def _unit(x: float, digits: int) -> float:
    """One in the last of the number's digits; inf for 0, inf and nan, which have none."""
    if not x or not math.isfinite(x):
        return math.inf
    return float(10.0 ** (math.floor(math.log10(abs(x))) + 1 - digits))


def _needed(line: Line, digits: int) -> int | None:
    """The fewest guard digits with which each side in numbers gives the displayed result.

    None where no number of them does, since floats have too few digits for it.
    """
    sides = [part.formula for part in line.parts if part.role == "numbers"]
    result = line.parts[-1].formula
    if not digits or not sides or not isinstance(result, Symbol):
        return 0
    wanted = Text(digits, in_full=True).shown(result.value)
    for guard in range(MOST - digits):
        notation = Text(digits + guard, in_full=True)
        come_to = [evaluated(side, notation.rounded) for side in sides]
        if all(x is None or rounds_to(x, wanted, digits) for x in come_to):
            return guard
    return 0 if digits >= MOST else None


def rounds_to(x: float, wanted: str, digits: int) -> bool:
    """Whether a number is `wanted` when it is written as that is."""
    notation = Text(digits, in_full=True)
    return wanted in (notation.shown(x), Text(max(digits, _length(wanted))).shown(x))


def _length(shown: str) -> int:
    return sum(c.isdigit() for c in shown.partition("e")[0].lstrip("-0."))
