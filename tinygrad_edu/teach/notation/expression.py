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
        over, under = (f"({n.text})" if n.is_written_apart else n.text for n in (self.of, self.by))
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


Rows = tuple[tuple[float, ...], ...]
"""The numbers of a matrix, row by row; those of a vector are one row."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A named matrix, or a vector (a column), with its numbers; without a name, the numbers.

    prime  a function of the table: then it is f′ of what has the name, entry by entry
    """

    name: Name | Derivative | None
    rows: Rows
    is_vector: bool = False
    prime: Op | None = None


@dataclass(frozen=True, slots=True)
class Juxtaposed:
    """The matrix product A B."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Hadamard:
    """A ⊙ B, entry by entry."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Transposed:
    """Aᵀ."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class SquaredNorm:
    """‖A‖², the sum of the squares of all entries."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of arrays that the table does not have, by its name: sum(A).

    gather(A, J) and scatter(G, J) have an array of places too, and the `shape` of their result.
    """

    head: str
    operand: Expression
    places: Matrix | None = None
    shape: tuple[int, ...] = ()


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
    Number
    | Symbol
    | Prime
    | Matrix
    | Juxtaposed
    | Hadamard
    | Transposed
    | SquaredNorm
    | Applied
    | Sum
    | Product
    | Quotient
    | Power
    | Negative
    | Call
    | Omitted
    | Blank
)


def product(factors: Iterable[Expression]) -> Expression:
    """The factors as one product, products among them taken apart; 1 of none."""
    flat = [g for f in factors for g in (f.factors if isinstance(f, Product) else (f,))]
    return Number(1.0) if not flat else flat[0] if len(flat) == 1 else Product(tuple(flat))


def sum_of(terms: Iterable[Expression]) -> Expression:
    """The terms, of which there is one at least, as one sum; a single one as it is."""
    first, *others = terms
    return Sum((first, *others)) if others else first
