"""How far numbers may stray that somebody worked out by hand, rounding on the way.

Every number that is not short enough to be written in full is off by up to half a unit of its last
digit. These half-units are carried as intervals, a centre and a radius, through the forward pass
(at the ends of the operands' intervals), the local derivatives and the backward pass.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Final

from ...engine import Value, topological_order
from ...ops import ADD, LEAF, MUL, NEG, SUB
from ..record.points import apply, rule
from .rounding import FEWEST


@dataclass(frozen=True, slots=True)
class Interval:
    """A number, and by how much it may be off."""

    centre: float
    radius: float

    def has(self, x: float) -> bool:
        """Whether x is in it."""
        return abs(x - self.centre) <= self.radius * (1.0 + 1e-9)


@dataclass(frozen=True, slots=True)
class Precision:
    """To how many digits somebody works.

    digits  significant digits of the longest number
    places  digits after the point of the number that has most, where a fixed number is kept
    single  whether the numbers are float32, as a program's are
    """

    digits: int
    places: int
    single: bool

    @staticmethod
    def of(numbers: Iterable[float]) -> Precision:
        """The precision that somebody's numbers show."""
        longest, places, single = 0, 0, True
        given = list(numbers)
        for x in given:
            _, written, exponent = Decimal(repr(x)).normalize().as_tuple()
            assert isinstance(exponent, int)  # it is a letter for inf and nan alone
            longest = max(longest, len(written))
            places = max(places, -exponent)
            single = single and _is_single(x)
        # Whoever writes one place says too little to have worked with no more than that, and so
        # does whoever gives but one short number.
        if places == 1 or (len(given) == 1 and longest < FEWEST):
            places = 0
        return Precision(max(longest, FEWEST), places, single and longest > 9)

    def half_unit(self, number: Interval) -> float:
        """By how much it is off when it is written down: 0 if it is known and has few digits."""
        x = number.centre
        if not math.isfinite(x):
            return 0.0
        if x == 0.0:
            return 0.5 * 10.0**-self.places if self.places and number.radius else 0.0
        if self.single:  # a float32 function may be off by a few units in the last place
            return 2.0**-22 * abs(x)
        unit = 10.0 ** max(math.floor(math.log10(abs(x))) + 1 - self.digits, -300)
        if self.places:
            unit = max(unit, 10.0 ** max(-self.places, -300))
        rest = math.remainder(x, unit)
        return 0.0 if number.radius == 0.0 and abs(rest) <= 1e-6 * unit else 0.5 * unit

    def written(self, centre: float, radius: float = 0.0) -> Interval:
        """The interval of a number when it is written down."""
        exact = Interval(centre, radius)
        return Interval(centre, radius + self.half_unit(exact))


_OF_OPERANDS: Final = (ADD, SUB, MUL, NEG)
"""The operations of whose result no formula of their derivatives can make use."""

Local = dict[tuple[Value, int], Interval]
"""Each local derivative, by its node and the number of the operand."""


class Working:
    """The forward pass and the local derivatives as somebody may have them who rounds.

    forward    numbers of the learner's own, from which the rest follows
    precision  to how many digits the other numbers are kept

    values     each value as it follows from those before it, the learner's own among them
    expected   what the learner's own values should be, from the values before them
    """

    def __init__(self, root: Value, forward: Mapping[Value, float], precision: Precision) -> None:
        self.precision = precision
        self.values: dict[Value, Interval] = {}
        self.expected: dict[Value, Interval] = {}
        self.local: Local = {}
        for v in topological_order(root):
            centre, ends = self._made(v) if v.op is not LEAF else (v, [])
            found = self._value(v, centre, ends)
            if v in forward:
                self.expected[v] = found
                # A calculator may go on with more digits than were written down.
                found = Interval(forward[v], precision.half_unit(found))
            self.values[v] = found
            for i in range(len(v.operands)):
                self.local[v, i] = self._slope(v, i, centre, ends)

    def _made(self, v: Value) -> tuple[Value, list[Value]]:
        """The operation at the centres of its operands' intervals, and at their ends."""
        centre = apply(v, *[self.values[u].centre for u in v.operands])
        return centre, [apply(v, *point) for point in self._corners(v)]

    def _value(self, v: Value, centre: Value, ends: list[Value]) -> Interval:
        if v.op is LEAF:
            exact = Interval(v.data, 0.0)
            return self.precision.written(v.data) if self.precision.single else exact
        radius = _farthest(centre.data, [end.data for end in ends])
        return self.precision.written(centre.data, radius)

    def _slope(self, v: Value, i: int, centre: Value, ends: list[Value]) -> Interval:
        points = [self.values[u].centre for u in v.operands]
        y, slope = self.values[v], centre.local_grads[i]
        radius = _farthest(slope, [end.local_grads[i] for end in ends])
        if y.radius and v.op not in _OF_OPERANDS:
            # A formula in the result, as σ′ = a(1 − a), is taken at the result that was rounded.
            by_result = [rule(v, i, *points, output=y.centre + r) for r in (-y.radius, y.radius)]
            same = rule(v, i, *points, output=y.centre)
            radius += _farthest(same, by_result) + abs(same - slope)
        return self.precision.written(slope, radius)

    def _corners(self, v: Value) -> Iterable[tuple[float, ...]]:
        at = [self.values[u] for u in v.operands]
        if all(x.radius == 0.0 for x in at):
            return []
        return product(*[(x.centre - x.radius, x.centre + x.radius) for x in at])

    def contribution(self, upstream: Interval, place: tuple[Value, int]) -> Interval:
        """∂L/∂node · ∂node/∂operand."""
        local = self.local[place]
        centre = upstream.centre * local.centre
        radius = (
            abs(upstream.centre) * local.radius
            + upstream.radius * abs(local.centre)
            + upstream.radius * local.radius
        )
        return self.precision.written(centre, radius)

    def sum(self, terms: list[Interval]) -> Interval:
        """A gradient, the sum of its contributions, each subtotal written down."""
        found, *others = terms
        for term in others:
            found = self.precision.written(found.centre + term.centre, found.radius + term.radius)
        return found


def _farthest(centre: float, ends: Iterable[float]) -> float:
    """How far the ends are from the centre; one where the operation has no value tells nothing."""
    return max((abs(x - centre) for x in ends if math.isfinite(x)), default=0.0)


def _is_single(x: float) -> bool:
    try:
        return bool(struct.unpack("f", struct.pack("f", x))[0] == x)
    except OverflowError:
        return False
