"""Mathematical expressions as small trees: what is computed, whatever the notation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...ops import Op
from .labels import Name


@dataclass(frozen=True, slots=True)
class Number:
    """A plain number, such as the 2 in 2x."""

    value: float


@dataclass(frozen=True, slots=True)
class Derivative:
    """The name ∂of/∂by, or ∂⁺of/∂by of a `direct` derivative."""

    of: Name
    by: Name
    direct: bool = False

    @property
    def text(self) -> str:
        """In plain text."""
        over, under = (f"({n.text})" if n.is_compound else n.text for n in (self.of, self.by))
        return f"∂{'⁺' if self.direct else ''}{over}/∂{under}"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named value with the number that it has."""

    name: Name | Derivative
    value: float


@dataclass(frozen=True, slots=True)
class Prime:
    """f′(a), the derivative of a function of the table, with the number that it has."""

    op: Op
    argument: Symbol
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
    """What stands for terms of a sum that are left out."""

    said: str


@dataclass(frozen=True, slots=True)
class Blank:
    """A place to write, so many characters wide."""

    width: int


Expression = (
    Number | Symbol | Prime | Sum | Product | Quotient | Power | Negative | Call | Omitted | Blank
)


def product(factors: Iterable[Expression]) -> Expression:
    """The factors as one product, products among them taken apart; 1 of none."""
    flat = [g for f in factors for g in (f.factors if isinstance(f, Product) else (f,))]
    return Number(1.0) if not flat else flat[0] if len(flat) == 1 else Product(tuple(flat))
