"""How expressions are written: what every notation shares, and what each has to say.

A notation puts brackets exactly where the reading would change without them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from ...ops import Op
from .expression import (
    Applied,
    Blank,
    Call,
    Derivative,
    Expression,
    Hadamard,
    Juxtaposed,
    Matrix,
    Negative,
    Number,
    Omitted,
    Power,
    Prime,
    Product,
    Quotient,
    Rows,
    SquaredNorm,
    Sum,
    Symbol,
    Transposed,
)
from .labels import Name

# How tightly an expression holds together; an operand that holds less tightly than its place
# demands is put in brackets.
LOWEST: Final = 0
SUM: Final = 1
SIGN: Final = 2
PRODUCT: Final = 3
POWER: Final = 4
ATOM: Final = 5

LARGEST: Final = 4
"""How many rows and columns of a matrix are written before some are left out."""

ALMOST_ALL: Final = 12
"""The most significant digits of which three more may be the end of a number by design."""

Written = tuple[str, int]
"""An expression as a string, and how tightly it holds together."""


@dataclass(frozen=True)
class Notation(ABC):
    """A way to write expressions; a subclass is one, such as plain text or LaTeX.

    digits   significant digits of a number, 0 for all
    numeric  whether a named value is written as its number
    in_full  whether plain numbers, and those that end within three digits more, are written to
             their end, so that a formula stays true
    slashed  whether fractions are written in one row where there are others, as in exponents
    """

    digits: int = 6
    numeric: bool = False
    in_full: bool = False
    slashed: bool = False

    def write(self, e: Expression, demanded: int = LOWEST) -> str:
        """`e`, in brackets if it holds less tightly than `demanded`."""
        text, tightness = self._write(e)
        return self.brackets(text) if tightness < demanded else text

    def _write(self, e: Expression) -> Written:
        match e:
            case Number():
                return self.constant(e.value)
            case Symbol() | Prime() if self.numeric:
                return self.number(e.value)
            case Symbol():
                return self.named(e.name), LOWEST if _is_compound(e.name) else ATOM
            case Prime():
                return self.prime(e.op, self.write(e.argument)), POWER
            case Matrix():
                return self._matrix(e)
            case Juxtaposed():
                return " ".join(self.factors_of_arrays(e)), PRODUCT
            case Hadamard():
                return " ".join(self.factors_of_arrays(e)), SIGN
            case Transposed(a):
                return self.transposed(self.base_of_power(a)), POWER
            case SquaredNorm(a):
                return self.squared_norm(self.write(a)), POWER
            case Applied(head, a, places):
                inner = [self.write(part) for part in (a, places) if part is not None]
                return self.applied(head, inner), ATOM if head == "diag" else POWER
            case Blank():
                return self.blank(e.width), ATOM
            case Omitted():
                return self.omitted(e.said), ATOM
            case Sum():
                return " ".join(self.pieces(e)), SUM
            case Product():
                written = " ".join(self.pieces(e))
                return written, SIGN if written.startswith(self.minus) else PRODUCT
            case Negative():
                return self.minus + self.write(e.operand, PRODUCT), SIGN
            case Quotient():
                return self.quotient(e.numerator, e.denominator)
            case Power():
                return self.power(e.base, e.exponent)
            case Call():
                return self.call(e.op, e.arguments)

    def _matrix(self, e: Matrix) -> Written:
        """A matrix by its name or, where names are written as numbers, its entries."""
        if e.name is None or self.numeric:
            return self.entries(_shortened(e.rows), e.is_vector), ATOM
        text = self.named(e.name)
        if e.prime is not None:
            return self.prime(e.prime, text), POWER
        is_simple = not isinstance(e.name, Derivative) and not e.name.is_raised
        return text, ATOM if is_simple else POWER

    def named(self, name: Name | Derivative) -> str:
        """A name, or the ∂y/∂x of two names."""
        if isinstance(name, Derivative):
            return self.derivative(name)
        return self.name(name)

    def operands(self, e: Sum | Product) -> list[tuple[str, Expression, int]]:
        """The terms or factors: the sign before each, and how tightly it has to hold together.

        What is negative is subtracted: a + (−2 · b) is a − 2 · b.
        """
        if isinstance(e, Product):
            first, *others = e.factors
            return [("", first, SIGN), *[(self.times, f, PRODUCT) for f in others]]
        first, *others = e.terms
        found: list[tuple[str, Expression, int]] = [("", first, SIGN)]
        for term in others:
            opposite = None if isinstance(term, Symbol) else self._opposite(term)
            if opposite is None:
                found.append((self.plus, term, PRODUCT))
            else:
                found.append((self.less, opposite, PRODUCT))
        return found

    def _opposite(self, e: Expression) -> Expression | None:
        """What is the negative of `e` if that is written with a minus, else None."""
        match e:
            case Negative(a):
                return a
            case Number(value) if value < 0.0:
                return Number(-value)
            case Symbol() | Prime() if self.numeric and e.value < 0.0:
                return replace(e, value=-e.value)
            case Product((first, *others)):
                opposite = self._opposite(first)
                return None if opposite is None else Product((opposite, *others))
            case Quotient(a, b):
                opposite = self._opposite(a)
                return None if opposite is None else Quotient(opposite, b)
            case _:
                return None

    def pieces(self, e: Expression) -> list[str]:
        """The terms of a sum, or the factors of a product, with the signs: ``a``, ``+ b``."""
        if isinstance(e, Juxtaposed | Hadamard):
            return self.factors_of_arrays(e)
        if not isinstance(e, Sum | Product):
            return [self.write(e)]
        return [
            f"{sign} {self.write(operand, demanded)}" if sign else self.write(operand, demanded)
            for sign, operand, demanded in self.operands(e)
        ]

    def factors_of_arrays(self, e: Juxtaposed | Hadamard) -> list[str]:
        """The factors of a product of arrays, ⊙ before each but the first."""
        if isinstance(e, Juxtaposed):
            first, *others = [self.write(f, POWER) for f in e.factors]
            return [first, *[f"{self.beside}{f}" for f in others]]
        first, *others = [self.write(f, PRODUCT) for f in e.factors]
        return [first, *[f"{self.entrywise} {f}" for f in others]]

    def base_of_power(self, a: Expression) -> str:
        """What is raised to a power, in brackets where it carries a superscript already."""
        base = self.write(a, ATOM)
        if self.numeric or not isinstance(a, Symbol):
            return base
        is_raised = isinstance(a.name, Derivative) or a.name.is_raised
        return self.brackets(base) if is_raised else base

    def shown(self, value: float, plain: bool = False) -> str:
        """The digits of a number, `plain` if it is one of the formula itself."""
        short = decimal(value, self.digits)
        if not self.in_full or not self.digits or (self.digits > ALMOST_ALL and not plain):
            return short
        longer = decimal(value, max(self.digits, 15) if plain else self.digits + 3)
        if plain or not math.isfinite(value):
            return longer
        return longer if math.isclose(float(longer), value, rel_tol=1e-14) else short

    def rounded(self, value: float) -> float:
        """A number as it is shown."""
        return float(self.shown(value).replace("∞", "inf"))

    beside: ClassVar[str]
    """What stands between the factors of a matrix product."""
    entrywise: ClassVar[str]
    """The sign of the product entry by entry."""
    minus: ClassVar[str]
    """The sign of a negative number or term."""
    plus: ClassVar[str]
    less: ClassVar[str]
    """The minus between two terms."""
    times: ClassVar[str]
    over: ClassVar[str]
    """What stands before a divisor that is not written as a fraction."""
    comma: ClassVar[str] = ","
    apart: ClassVar[str]
    """What stands before words that follow a formula."""
    equals: ClassVar[str]
    becomes: ClassVar[str]
    """The arrow of an assignment."""

    @abstractmethod
    def name(self, name: Name) -> str:
        """The name of a value."""

    @abstractmethod
    def derivative(self, name: Derivative) -> str:
        """∂y/∂x."""

    @abstractmethod
    def prime(self, op: Op, argument: str) -> str:
        """f′(a)."""

    @abstractmethod
    def entries(self, rows: Sequence[Sequence[float | None]], is_vector: bool) -> str:
        """The numbers of a matrix or a vector; None stands for those that are left out."""

    @abstractmethod
    def transposed(self, text: str) -> str:
        """Aᵀ."""

    @abstractmethod
    def squared_norm(self, text: str) -> str:
        """‖A‖²."""

    @abstractmethod
    def applied(self, head: str, arguments: Sequence[str]) -> str:
        """A function by its name."""

    @abstractmethod
    def brackets(self, text: str) -> str:
        """`text` in round brackets."""

    @abstractmethod
    def opened(self, bar: str, is_tall: bool) -> str:
        """A round bracket or a bar that is closed in another row perhaps."""

    @abstractmethod
    def closed(self, bar: str, is_tall: bool, exponent: Expression | None = None) -> str:
        """The one that closes it, and to what power what they hold is raised."""

    @abstractmethod
    def head(self, op: Op) -> str | None:
        """What stands before the brackets of a function, None if it has none."""

    def is_tall(self, text: str) -> bool:
        """Whether brackets around it have to be large."""
        return False

    @abstractmethod
    def number(self, value: float, plain: bool = False) -> Written:
        """A number as a decimal, `plain` if it is one of the formula itself."""

    @abstractmethod
    def constant(self, value: float) -> Written:
        """A number of the formula: a half is ½."""

    @abstractmethod
    def blank(self, width: int) -> str:
        """A place to write."""

    @abstractmethod
    def words(self, text: str) -> str:
        """Words inside a formula."""

    @abstractmethod
    def omitted(self, what: str) -> str:
        """A word for what is left out."""

    @abstractmethod
    def quotient(self, a: Expression, b: Expression) -> Written:
        """a / b."""

    @abstractmethod
    def power(self, a: Expression, b: Expression) -> Written:
        """a to the b."""

    @abstractmethod
    def call(self, op: Op, arguments: tuple[Expression, ...]) -> Written:
        """A function of its arguments."""


def decimal(value: float, digits: int) -> str:
    """`value` to that many significant digits (0: all of them), without needless zeros.

    Digits before the decimal point are never rounded away: 20108.9 to 4 digits is 20109.
    """
    if not math.isfinite(value):
        return "∞" if value > 0.0 else "-∞" if value < 0.0 else "nan"
    if digits and 1.0 <= abs(value) < 1e15:
        digits = max(digits, len(str(int(abs(value)))))
    text = f"{value:.{digits}g}" if digits else repr(value)
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if mantissa == "-0":
        mantissa = "0"
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def simple_fraction(value: float) -> Fraction | None:
    """p/q with a small q for a number, such as ⅓, that decimals do not end."""
    if not math.isfinite(value) or len(decimal(value, 0)) < 8:
        return None
    ratio = Fraction(value).limit_denominator(99)
    if not ratio or ratio.denominator == 1 or ratio.numerator / ratio.denominator != value:
        return None
    return ratio


class Root(NamedTuple):
    """√n, or 1/√n."""

    of: int
    is_inverse: bool


def simple_root(size: float) -> Root | None:
    """The root of a small number that is no square, which a number above 0 is, or one by it."""
    square = size * size
    if not 1.0 / MOST < square < MOST:
        return None
    n = round(max(square, 1.0 / square))
    root = math.sqrt(n)
    if math.isqrt(n) ** 2 == n or not math.isclose(max(size, 1.0 / size), root, rel_tol=1e-15):
        return None
    return Root(n, size < 1.0)


MOST: Final = 10_000
"""The largest n of which √n is looked for."""


def is_fraction(value: float) -> bool:
    """Whether formulas write a number as a fraction, such as ½ or ⅓."""
    return abs(value) == 0.5 or simple_fraction(value) is not None


def tightness(value: float, atomic: bool = True) -> int:
    """How tightly a number holds together; a fraction is not `atomic`."""
    return SIGN if value < 0.0 else ATOM if atomic else PRODUCT


def _shortened(rows: Rows) -> list[list[float | None]]:
    """The rows without most of the entries, rows and columns of a large matrix."""
    kept = [rows[i] if i is not None else None for i in _corners(len(rows))]
    places = _corners(len(rows[0]))
    return [[row[j] if row and j is not None else None for j in places] for row in kept]


def _corners(count: int) -> list[int | None]:
    return list(range(count)) if count <= LARGEST else [0, 1, None, count - 1]


def _is_compound(name: Name | Derivative) -> bool:
    return isinstance(name, Name) and name.is_compound
