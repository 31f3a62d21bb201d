"""Guard digits: as many as it takes for what is displayed to follow from what is displayed.

A result is shown to so many significant digits. The numbers that it is worked out from are shown
to as many, or to a few more where their rounding would show in the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ..notation.evaluation import evaluated
from ..notation.expression import Symbol
from ..notation.plain import Text
from .lines import Line, Omission

MOST: Final = 17
"""How many significant digits tell every float from every other."""


def guarded(lines: Iterable[Line | Omission], digits: int) -> list[Line | Omission]:
    """The lines, each with the guard digits that it needs."""
    return [replace(e, guard=_needed(e, digits)) if isinstance(e, Line) else e for e in lines]


def _needed(line: Line, digits: int) -> int:
    """The fewest guard digits with which each side in numbers gives the displayed result."""
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
    return 0 if digits >= MOST else MOST - digits


def rounds_to(x: float, wanted: str, digits: int) -> bool:
    """Whether a number is `wanted` when it is written as that is."""
    notation = Text(digits, in_full=True)
    return wanted in (notation.shown(x), Text(max(digits, _length(wanted))).shown(x))


def _length(shown: str) -> int:
    return sum(c.isdigit() for c in shown.partition("e")[0].lstrip("-0."))
