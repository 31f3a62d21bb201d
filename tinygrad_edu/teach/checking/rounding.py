"""When a number that somebody worked out counts as the right one."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import lru_cache
from typing import Final

from ...engine import Value
from ..record.ledger import Ledger

FEWEST: Final = 3
"""How many digits a number has at the least: a float does not know its zeros at the end."""

TELLING: Final = 3
"""How many digits a number has that agrees with another one by chance no more than seldom."""


def agrees(
    given: float, right: float, noise: float = 0.0, rtol: float = 1e-9, digits: int = FEWEST
) -> bool:
    """Whether `given` is `right`, or `right` rounded as far as `given` is written out.

    They may differ by half a unit in the last digit of `given`, of which at least three count (or
    `digits`): 0.412 and 0.4117 are right for 0.41174, while 0.41 says too little and 0.413 is
    wrong. (A float does not know its zeros at the end: 4800 may be 4804 rounded to three digits.)
    Besides, they may differ by `rtol` times `right`, or by `noise`, whichever is more.
    """
    return abs(given - right) <= max(rtol * abs(right), noise, _half_a_unit(given, digits))


def noise(ledger: Ledger) -> dict[Value, float]:
    """By how much each gradient may differ where the same sum is worked out in another order.

    That is 1e-12 times the sum of the sizes of its terms, of which little remains if they cancel.
    """
    size = dict.fromkeys(ledger.gradients, 0.0)
    size[ledger.root] = 1.0
    for e in ledger:
        size[e.operand] += size[e.node] * abs(e.local)
    return {v: 1e-12 * x if math.isfinite(x) else 0.0 for v, x in size.items()}


def digits(x: float) -> int:
    """How many significant digits a number is written with, zeros at its end left out."""
    return len(Decimal(repr(x)).normalize().as_tuple().digits)


@lru_cache
def _half_a_unit(given: float, fewest: int) -> float:
    if given == 0.0:
        return 0.0
    _, digits, exponent = Decimal(repr(given)).normalize().as_tuple()
    assert isinstance(exponent, int)  # it is a letter for inf and nan alone
    last = min(exponent, exponent + len(digits) - fewest)
    return float(Decimal((0, (5, 0, 0, 0, 0, 0, 0, 0, 1), last - 9)))
