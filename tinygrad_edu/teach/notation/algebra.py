"""Simplifying expressions as one does by hand: constants, signs, powers, like terms.

A product is taken apart into a number and powers of its factors, which are then collected; a sum
into such products. Nothing is factored out, and no function is rewritten.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .expression import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    sum_of,
)
from .writing import is_fraction, simple_fraction


@dataclass(frozen=True, slots=True)
class Monomial:
    """numerator / denominator · Π baseⁿ, in the order in which the bases were met."""

    numerator: float
    denominator: float
    powers: tuple[tuple[Expression, float], ...]

    def __mul__(self, other: Monomial) -> Monomial:
        powers = dict(self.powers)
        for base, n in other.powers:
            powers[base] = powers.get(base, 0.0) + n
        return Monomial(
            self.numerator * other.numerator,
            self.denominator * other.denominator,
            tuple([(base, n) for base, n in powers.items() if n]),
        )

    def __pow__(self, n: float) -> Monomial:
        top, bottom = (self.numerator, self.denominator)[:: 1 if n > 0.0 else -1]
        powers = tuple([(base, m * n) for base, m in self.powers])
        return Monomial(top ** abs(n), bottom ** abs(n), powers)

    def reduced(self) -> Monomial:
        """With a positive denominator and the number in lowest terms."""
        top, bottom = self.numerator, self.denominator
        if bottom < 0.0:
            top, bottom = -top, -bottom
        if bottom != 1.0 and not top.is_integer() and (2.0 * top).is_integer():
            top, bottom = 2.0 * top, 2.0 * bottom
        if top.is_integer() and bottom.is_integer():
            divisor = math.gcd(int(top), int(bottom)) or 1
            top, bottom = top / divisor, bottom / divisor
        return Monomial(top, bottom, self.powers)


ONE = Monomial(1.0, 1.0, ())
MINUS_ONE = Monomial(-1.0, 1.0, ())


def simplify(e: Expression) -> Expression:
    """The expression as one would write it after collecting numbers, signs and like factors."""
    if isinstance(e, Call):
        return _called(e)
    if isinstance(e, Sum):
        return _sum(_terms(e))
    return _product(_monomial(e))


def shortest(e: Expression, reading: Sequence[Expression] = ()) -> Expression:
    """`simplify`, with the products of a sum multiplied out if that makes it shorter.

    Not where that makes numbers that neither few decimals nor a fraction such as 28/3 end: a
    formula stays true. What is multiplied out has its terms in the order of the names in `reading`.
    """
    plain = simplify(e)
    if not isinstance(plain, Sum):
        return plain
    pieces = [piece for term in _terms(plain) for piece in _expanded(term)]
    places = {symbol: i for i, symbol in enumerate(reading)}
    expanded = _sum(sorted(pieces, key=lambda piece: _place(piece, places)))
    is_true = _longest(expanded) <= max(LONGEST_NUMBER, _longest(plain))
    return expanded if is_true and size(expanded) < size(plain) else plain


def cancelled(e: Expression) -> Expression:
    """`simplify`, and a sum of fractions multiplied by its denominators is multiplied out.

    So (−y/a + (1 − y)/(1 − a)) · a · (1 − a) becomes a − y.
    """
    whole = _monomial(e)
    for base, n in whole.powers:
        if not isinstance(base, Sum) or n != 1.0:
            continue
        powers = dict(whole.powers)
        terms = _terms(base)
        needed: dict[Expression, float] = {}
        for term in terms:
            for b, m in term.powers:
                needed[b] = max(needed.get(b, 0.0), -m)
        needed = {b: m for b, m in needed.items() if m > 0.0}
        if needed and all(powers.get(b, 0.0) >= m for b, m in needed.items()):
            common = Monomial(1.0, 1.0, tuple(needed.items()))
            rest = whole * common**-1.0 * Monomial(1.0, 1.0, ((base, -1.0),))
            expanded = [piece for term in terms for piece in _expanded(term * common)]
            return _product(_monomial(_sum(expanded)) * rest)
    return _product(whole)


def _place(m: Monomial, places: Mapping[Expression, int]) -> int:
    """Where the first of its names stands; after all others if it has none."""
    named = [places.get(name, len(places)) for base, _ in m.powers for name in _names(base)]
    return min(named, default=len(places) + 1)


def _names(e: Expression) -> Iterator[Expression]:
    match e:
        case Sum(parts) | Product(parts) | Call(_, parts):
            inside: tuple[Expression, ...] = parts
        case Quotient(a, b) | Power(a, b):
            inside = (a, b)
        case Negative(a):
            inside = (a,)
        case _:
            yield e
            return
    for part in inside:
        yield from _names(part)


def size(e: Expression) -> int:
    """How many names and numbers an expression has."""
    match e:
        case Sum(parts) | Product(parts) | Call(_, parts):
            return sum(map(size, parts))
        case Quotient(a, b) | Power(a, b):
            return size(a) + size(b)
        case Negative(a):
            return size(a)
        case _:
            return 1


LONGEST_NUMBER: Final = 9
"""How many characters a number may have that comes of multiplying out."""


def _longest(e: Expression) -> int:
    """How many characters the longest number has in it, fractions such as 1/3 apart."""
    match e:
        case Number(value):
            return 0 if simple_fraction(value) else len(f"{value:.15g}")
        case Sum(parts) | Product(parts) | Call(_, parts):
            return max(map(_longest, parts))
        case Quotient(a, b) | Power(a, b):
            return max(_longest(a), _longest(b))
        case Negative(a):
            return _longest(a)
        case _:
            return 0


def _monomial(e: Expression) -> Monomial:
    match e:
        case Number(value):
            ratio = simple_fraction(value)  # what no decimals end is kept exact
            if ratio is None:
                return Monomial(value, 1.0, ())
            return Monomial(float(ratio.numerator), float(ratio.denominator), ())
        case Negative(a):
            return MINUS_ONE * _monomial(a)
        case Product(factors):
            product = ONE
            for factor in factors:
                product *= _monomial(factor)
            return product
        case Quotient(a, b):
            return _monomial(a) * _inverse(_monomial(b))
        case Power(a, Number(n)):
            base = _monomial(a)
            if base == ONE or (n.is_integer() and 0 < abs(n) < 9 and base.numerator):
                return base**n
            return Monomial(1.0, 1.0, ((simplify(a), n),)) if n else ONE
        case Power(a, b):
            return Monomial(1.0, 1.0, ((Power(simplify(a), simplify(b)), 1.0),))
        case Sum():
            collected = _sum(_terms(e))
            if isinstance(collected, Sum):
                return Monomial(1.0, 1.0, ((collected, 1.0),))
            return _monomial(collected)
        case Call():
            simple = _called(e)
            return (
                Monomial(1.0, 1.0, ((simple, 1.0),))
                if isinstance(simple, Call)
                else _monomial(simple)
            )
        case _:
            return Monomial(1.0, 1.0, ((e, 1.0),))


def _called(e: Call) -> Expression:
    """A function of simplified arguments; σ(−z) is 1 − σ(z)."""
    arguments = tuple([simplify(a) for a in e.arguments])
    if e.op == "sigmoid" and isinstance(arguments[0], Negative):
        return Sum((Number(1.0), Negative(Call(e.op, (arguments[0].operand,)))))
    return Call(e.op, arguments)


def _inverse(m: Monomial) -> Monomial:
    powers = tuple([(base, -n) for base, n in m.powers])
    return Monomial(m.denominator, m.numerator, powers)


def _terms(e: Sum) -> list[Monomial]:
    """The terms of a sum, and of sums that are added or subtracted in it, like ones collected."""
    found: dict[frozenset[tuple[Expression, float]], Monomial] = {}
    for part in e.terms:
        m = _monomial(part)
        pieces = [m]
        if len(m.powers) == 1 and abs(m.numerator) == m.denominator == 1.0:
            (inner, n), sign = m.powers[0], Monomial(m.numerator, 1.0, ())
            if isinstance(inner, Sum) and n == 1.0:
                pieces = [sign * _monomial(t) for t in inner.terms]
        for piece in filter(_is_not_zero, pieces):
            key = frozenset(piece.powers)
            found[key] = _added(found[key], piece) if key in found else piece
    return list(filter(_is_not_zero, found.values()))


def _is_not_zero(m: Monomial) -> bool:
    return m.numerator != 0.0


def _added(a: Monomial, b: Monomial) -> Monomial:
    top = a.numerator * b.denominator + b.numerator * a.denominator
    return Monomial(top, a.denominator * b.denominator, a.powers).reduced()


def _expanded(m: Monomial) -> list[Monomial]:
    """The product multiplied out: its factors that are sums to a small whole power."""
    products = [Monomial(m.numerator, m.denominator, ())]
    for base, n in m.powers:
        if isinstance(base, Sum) and n in (1.0, 2.0):
            for _ in range(int(n)):
                products = [p * _monomial(t) for p in products for t in base.terms]
        else:
            products = [p * Monomial(1.0, 1.0, ((base, n),)) for p in products]
    return products


def _sum(terms: list[Monomial]) -> Expression:
    found: dict[frozenset[tuple[Expression, float]], Monomial] = {}
    for m in filter(_is_not_zero, terms):
        key = frozenset(m.powers)
        found[key] = _added(found[key], m) if key in found else m
    kept = [m.reduced() for m in found.values() if m.numerator]
    if not kept:
        return Number(0.0)
    # "ŷ − y" rather than "−y + ŷ"; a fraction is left where it is.
    if kept[0].numerator < 0.0 and all(n > 0.0 for _, n in kept[0].powers):
        first = next((m for m in kept if m.numerator > 0.0), kept[0])
        kept.remove(first)
        kept.insert(0, first)
    return sum_of(map(_product, kept))


def _product(m: Monomial) -> Expression:
    m = m.reduced()
    if not m.numerator:
        return Number(0.0)
    sign, powers = m.numerator < 0.0, list(m.powers)
    for i, (base, n) in enumerate(powers):  # −(y − ŷ) is ŷ − y
        if sign and isinstance(base, Sum) and n == 1.0:
            flipped = _sum([MINUS_ONE * _monomial(t) for t in base.terms])
            if isinstance(flipped, Sum) and not all(map(_is_negative, flipped.terms)):
                powers[i], sign = (flipped, 1.0), False
    above = [_power(base, n) for base, n in powers if n > 0.0]
    below = [_power(base, -n) for base, n in powers if n < 0.0]
    number, under = abs(m.numerator), m.denominator
    if not below and _is_number(number, under, not above):  # ⅓ · a rather than a / 3
        number, under = number / under, 1.0
    if number != 1.0 or not above:
        above.insert(0, Number(number))
    if under != 1.0:
        below.insert(0, Number(under))
    e = _times(above)
    if below:
        e = Quotient(e, _times(below))
    if sign:
        return Number(-e.value) if isinstance(e, Number) else Negative(e)
    return e


def _is_negative(term: Expression) -> bool:
    return isinstance(term, Negative) or (isinstance(term, Number) and term.value < 0.0)


def _is_number(above: float, below: float, is_all: bool) -> bool:
    """Whether a quotient is better written as the number that it comes to, as ½, ⅓ and 26.4."""
    value = above / below
    is_short = len(f"{value:.15g}") <= LONGEST_NUMBER
    return is_fraction(value) or (is_short and (is_all or not above.is_integer()))


def _times(factors: list[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _power(base: Expression, n: float) -> Expression:
    return base if n == 1.0 else Power(base, Number(n))
