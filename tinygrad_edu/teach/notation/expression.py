"""Mathematical expressions as small trees, and the notations that print them.

A tree says what is computed; a notation (plain text, LaTeX) says how it is written, and puts
brackets exactly where the reading would change without them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

from ...ops import Op
from .labels import Name, superscript


@dataclass(frozen=True, slots=True)
class Number:
    """A plain number, such as the 2 in 2x."""

    value: float


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named value with the number that it has."""

    name: Name
    value: float


@dataclass(frozen=True, slots=True)
class Sum:
    """a + b + c; a term that is a `Negative` is subtracted."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """a · b · c."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """a / b."""

    numerator: Expression
    denominator: Expression


@dataclass(frozen=True, slots=True)
class Power:
    """a to the power b."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True, slots=True)
class Negative:
    """-a."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table, of its arguments."""

    op: Op
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Omitted:
    """Terms of a sum that are left out: so many, and what they are."""

    count: int
    what: str


@dataclass(frozen=True, slots=True)
class Blank:
    """A place to write, so many characters wide."""

    width: int


Expression = Number | Symbol | Sum | Product | Quotient | Power | Negative | Call | Omitted | Blank


def product(factors: Iterable[Expression]) -> Expression:
    """The factors as one product, products among them taken apart; 1 of none."""
    flat = [g for f in factors for g in (f.factors if isinstance(f, Product) else (f,))]
    return Number(1.0) if not flat else flat[0] if len(flat) == 1 else Product(tuple(flat))


# How tightly an expression holds together; an operand that holds less tightly than its place
# demands is put in brackets.
LOWEST: Final = 0
SUM: Final = 1
SIGN: Final = 2
PRODUCT: Final = 3
POWER: Final = 4
ATOM: Final = 5

Written = tuple[str, int]
"""An expression as a string, and how tightly it holds together."""

CONSTANTS: Final = {
    math.pi: ("π", r"\pi"),
    math.e: ("e", "e"),
    math.sqrt(2.0): ("√(2)", r"\sqrt{2}"),
    math.sqrt(2.0 * math.pi): ("√(2π)", r"\sqrt{2\pi}"),
}


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


@dataclass(frozen=True)
class Notation(ABC):
    """A way to write expressions.

    digits    significant digits of a number, 0 for all
    numeric   whether a named value is written as its number
    """

    digits: int = 6
    numeric: bool = False

    def write(self, e: Expression, demanded: int = LOWEST) -> str:
        """`e`, in brackets if it holds less tightly than `demanded`."""
        text, tightness = self._write(e)
        return self.brackets(text) if tightness < demanded else text

    def _write(self, e: Expression) -> Written:
        match e:
            case Number():
                return self.constant(e.value)
            case Symbol():
                return self.number(e.value) if self.numeric else self.symbol(e.name)
            case Blank():
                return self.blank * e.width, ATOM
            case Omitted():
                return self.omitted(f"{e.count} {e.what}"), ATOM
            case Sum():
                return " ".join(self.terms(e)), SUM
            case Product():
                first, *others = e.factors
                written = [self.write(first, SIGN), *map(self._factor, others)]
                return self.times.join(written), PRODUCT if written[0][0] != self.minus else SIGN
            case Negative():
                return self.minus + self.write(e.operand, PRODUCT), SIGN
            case Quotient():
                return self.quotient(e.numerator, e.denominator)
            case Power():
                return self.power(e.base, e.exponent)
            case Call():
                return self.call(e.op, e.arguments)

    def _factor(self, e: Expression) -> str:
        """A later factor of a product: there, a half is 0.5, since it is mostly data."""
        if isinstance(e, Number) and abs(e.value) == 0.5:
            text, tightness = self.number(e.value)
            return self.brackets(text) if tightness < PRODUCT else text
        return self.write(e, PRODUCT)

    def terms(self, e: Expression) -> list[str]:
        """The terms of a sum with the signs before them: ``a``, ``+ b``, ``− c``."""
        if not isinstance(e, Sum):
            return [self.write(e)]
        pieces = [self.write(e.terms[0], SIGN)]
        for term in e.terms[1:]:
            written = self.write(term, SIGN)
            if isinstance(term, Negative):
                pieces.append(f"{self.minus} {self.write(term.operand, PRODUCT)}")
            elif written.startswith(self.minus) and not isinstance(term, Symbol):
                pieces.append(f"{self.minus} {written[len(self.minus) :]}")
            else:
                pieces.append(f"+ {self.write(term, PRODUCT)}")
        return pieces

    minus: ClassVar[str]
    times: ClassVar[str]
    blank: ClassVar[str]

    @abstractmethod
    def brackets(self, text: str) -> str:
        """`text` in round brackets."""

    @abstractmethod
    def number(self, value: float) -> Written:
        """A number as a decimal."""

    @abstractmethod
    def constant(self, value: float) -> Written:
        """A number of the formula: a half is ½."""

    @abstractmethod
    def symbol(self, name: Name) -> Written:
        """A name."""

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


class Text(Notation):
    """Plain text for a terminal: ``½ · (y − ŷ)²``."""

    minus = "−"
    times = " · "
    blank = "_"

    def brackets(self, text: str) -> str:
        """``(a)``."""
        return f"({text})"

    def number(self, value: float) -> Written:
        """``−0.25``, ``1e-5``."""
        sign = self.minus if value < 0.0 else ""
        return sign + decimal(abs(value), self.digits), _tightness(value)

    def constant(self, value: float) -> Written:
        """``½``, ``π``, else as a decimal."""
        if abs(value) in CONSTANTS:
            sign = self.minus if value < 0.0 else ""
            return sign + CONSTANTS[abs(value)][0], _tightness(value)
        if abs(value) == 0.5:
            return "½" if value > 0.0 else f"{self.minus}½", _tightness(value)
        ratio = simple_fraction(value)
        if ratio is None:
            return self.number(value)
        return f"{ratio}".replace("-", self.minus), PRODUCT if value > 0.0 else SIGN

    def symbol(self, name: Name) -> Written:
        """The name as it was typed."""
        return name.text, LOWEST if name.is_compound else ATOM

    def omitted(self, what: str) -> str:
        """``… [3 more terms]``."""
        return f"… [{what}]"

    def quotient(self, a: Expression, b: Expression) -> Written:
        """``a/b``."""
        numerator, denominator = self.write(a, SIGN), self.write(b, POWER)
        tight = PRODUCT if numerator[0] != self.minus else SIGN
        if " " in numerator + denominator:
            return f"{numerator} / {denominator}", tight
        return f"{numerator}/{denominator}", tight

    def power(self, a: Expression, b: Expression) -> Written:
        """``a²``, ``a^b``."""
        base = self.write(a, ATOM)
        if isinstance(a, Symbol) and a.name.is_raised and not self.numeric:
            base = self.brackets(base)
        if isinstance(b, Number) and b.value.is_integer():
            return base + superscript(f"{b.value:.0f}"), POWER
        return f"{base}^{self.write(b, ATOM)}", POWER

    def call(self, op: Op, arguments: tuple[Expression, ...]) -> Written:
        """``sin(a)``."""
        inner = ", ".join(self.write(a) for a in arguments)
        if op == "abs":
            return f"|{inner}|", ATOM
        return f"{TEXT_HEADS.get(op, str(op))}({inner})", ATOM


TEXT_HEADS: Final = {
    "log": "ln",
    "sqrt": "√",
    "sigmoid": "σ",
    "normal_cdf": "Φ",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "maximum": "max",
    "minimum": "min",
}
"""How plain text writes a function whose usual symbol is not its name in the package."""


class Latex(Notation):
    r"""LaTeX that TeX, KaTeX and matplotlib read: ``\frac{1}{2} \cdot (y - \hat{y})^{2}``."""

    minus = "-"
    times = r" \cdot "
    blank = r"\_"

    def brackets(self, text: str) -> str:
        """``(a)``, growing around a fraction."""
        return rf"\left({text}\right)" if r"\frac" in text else f"({text})"

    def number(self, value: float) -> Written:
        r"""``-0.25``, ``1 \cdot 10^{-5}``."""
        text = decimal(value, self.digits)
        mantissa, _, exponent = text.partition("e")
        if exponent:
            return rf"{mantissa} \cdot 10^{{{exponent}}}", PRODUCT if value > 0.0 else SIGN
        text = text.replace("∞", r"\infty").replace("nan", r"\mathrm{nan}")
        return text, _tightness(value)

    def constant(self, value: float) -> Written:
        r"""``\frac{1}{2}``, ``\pi``, else as a decimal."""
        sign = self.minus if value < 0.0 else ""
        if abs(value) in CONSTANTS:
            return sign + CONSTANTS[abs(value)][1], _tightness(value)
        ratio = Fraction(1, 2) if abs(value) == 0.5 else simple_fraction(abs(value))
        if ratio is None:
            return self.number(value)
        return rf"{sign}\frac{{{ratio.numerator}}}{{{ratio.denominator}}}", _tightness(value, False)

    def symbol(self, name: Name) -> Written:
        """The name's LaTeX."""
        return name.latex, LOWEST if name.is_compound else ATOM

    def omitted(self, what: str) -> str:
        r"""``\ldots\ [\text{3 more terms}]``."""
        return rf"\ldots\ [\text{{{what}}}]"

    def quotient(self, a: Expression, b: Expression) -> Written:
        r"""``\frac{a}{b}``."""
        return rf"\frac{{{self.write(a)}}}{{{self.write(b)}}}", PRODUCT

    def power(self, a: Expression, b: Expression) -> Written:
        """``a^{b}``."""
        base = self.write(a, ATOM)
        if isinstance(a, Symbol) and a.name.is_raised and not self.numeric:
            base = self.brackets(base)
        return f"{base}^{{{self.write(b)}}}", POWER

    def call(self, op: Op, arguments: tuple[Expression, ...]) -> Written:
        r"""``\sin a``, ``\tanh(a)``, or by the template of the operation."""
        if "{0}" in op.latex:
            written = op.latex.format(*[self.write(a) for a in arguments])
            return written, ATOM if op.latex.startswith("\\") else POWER
        if op.latex in BARE and isinstance(arguments[0], Symbol) and not self.numeric:
            return f"{op.latex} {self.write(arguments[0], ATOM)}", PRODUCT
        return op.latex + self.brackets(", ".join(self.write(a) for a in arguments)), POWER


BARE: Final = (r"\sin", r"\cos", r"\tan", r"\tanh", r"\ln")
"""The functions that a name follows without brackets: sin x."""


def simple_fraction(value: float) -> Fraction | None:
    """p/q with a small q for a number, such as ⅓, that decimals do not end."""
    if not math.isfinite(value) or len(decimal(value, 0)) < 8:
        return None
    ratio = Fraction(value).limit_denominator(99)
    return ratio if ratio and ratio.numerator / ratio.denominator == value else None


def _tightness(value: float, atomic: bool = True) -> int:
    return SIGN if value < 0.0 else ATOM if atomic else PRODUCT
