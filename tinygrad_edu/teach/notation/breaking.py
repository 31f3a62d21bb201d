"""Breaking formulas that are too wide for a row, as books break them.

A row ends before a sign: of a sum, or of a product. What is inside of brackets is broken where they
alone are too wide; and since a fraction cannot be, it becomes a product, with 1/n in front, or a
division by what stands in brackets.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...text import width
from .expression import (
    Call,
    Expression,
    Hadamard,
    Juxtaposed,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
)
from .measure import Measure
from .plain import Text
from .writing import LOWEST, POWER, PRODUCT, SIGN, SUM, Notation

_HALF: Final = Number(0.5)


class Piece(NamedTuple):
    """What stands in one row: how it is written, and how wide it is there."""

    text: str
    width: int

    def after(self, sign: str, its_width: int) -> Piece:
        """The piece with a sign before it."""
        return Piece(sign + self.text, its_width + self.width)

    def before(self, sign: str, its_width: int) -> Piece:
        """The piece with a sign after it."""
        return Piece(self.text + sign, self.width + its_width)


class Pen:
    """Writes formulas in pieces that fit a row.

    room  how wide a row is: columns of plain text, or points in letters of 10 points
    """

    def __init__(self, notation: Notation, room: int) -> None:
        self._notation = notation
        self._measure = ruler(notation)
        # What is broken has a sign before it and brackets around it, perhaps.
        around = self._measure.plus + " " + self._measure.opened("(", False) * 2
        self._room = room - width(around)

    def sides(self, e: Expression) -> list[Piece]:
        """Each term of a sum, or factor of a product, with its sign: one piece, or several."""
        if isinstance(e, Juxtaposed | Hadamard):
            pairs = zip(self._notation.factors_of_arrays(e), self._measure.factors_of_arrays(e))
            return [Piece(text, width(measured)) for text, measured in pairs]
        return self._operands(e) if isinstance(e, Sum | Product) else self.pieces(e)

    def pieces(self, e: Expression, demanded: int = LOWEST) -> list[Piece]:
        """`e` in one piece if there is room for it, in brackets where they are demanded."""
        whole = self._whole(e, demanded)
        if whole.width <= self._room:
            return [whole]
        match e:
            case Sum():
                return self._bracketed(self._operands(e), demanded > SUM)
            case Product():
                pieces = self._operands(e)
                is_signed = pieces[0].text.startswith(self._notation.minus)
                return self._bracketed(pieces, demanded > (SIGN if is_signed else PRODUCT))
            case Juxtaposed() | Hadamard():
                tightness = PRODUCT if isinstance(e, Juxtaposed) else SIGN
                return self._bracketed(self.sides(e), demanded > tightness)
            case Negative(a):
                first, *others = self.pieces(a, PRODUCT)
                signed = first.after(self._notation.minus, width(self._measure.minus))
                return self._bracketed([signed, *others], demanded > SIGN)
            case Quotient(a, b) if _can_be_broken(a) or _can_be_broken(b):
                return self._quotient(a, b, demanded)
            case Power(a, b):
                return self._closed(self.pieces(a), "(", b)
            case Call(op, (a,)) if op == "abs":
                return self._closed(self.pieces(a), "|")
            case Call(op, arguments):
                return self._called(e, arguments)
            case _:
                return [whole]

    def _whole(self, e: Expression, demanded: int = LOWEST) -> Piece:
        text, measured = (n.write(e, demanded) for n in (self._notation, self._measure))
        return Piece(text, width(measured))

    def _operands(self, e: Sum | Product) -> list[Piece]:
        found: list[Piece] = []
        for sign, operand, demanded in self._notation.operands(e):
            first, *others = self.pieces(operand, demanded)
            if sign:
                as_wide = self._measure.plus if isinstance(e, Sum) else self._measure.times
                first = first.after(sign + " ", width(as_wide) + 1)
            found += [first, *others]
        return found

    def _quotient(self, a: Expression, b: Expression, demanded: int) -> list[Piece]:
        """1/b · a; where b is too wide itself, a / b."""
        inverse = Quotient(Number(1.0), b)
        if isinstance(a, Negative):
            return self.pieces(Negative(Quotient(a.operand, b)), demanded)
        if a != Number(1.0) and self._whole(inverse).width <= self._room // 2:
            factors = a.factors if isinstance(a, Product) else (a,)
            return self.pieces(Product((inverse, *factors)), demanded)
        first, *others = self.pieces(b, POWER)
        over = first.after(self._notation.over + " ", width(self._measure.over) + 1)
        return self._bracketed([*self.pieces(a, PRODUCT), over, *others], demanded > PRODUCT)

    def _called(self, e: Call, arguments: tuple[Expression, ...]) -> list[Piece]:
        """f(…), and a root as a power."""
        if e.op == "sqrt" and self._notation.head(e.op) is None:
            return self.pieces(Power(arguments[0], _HALF))
        head, measured = self._notation.head(e.op), self._measure.head(e.op)
        if head is None:
            return [self._whole(e)]
        inner = [self.pieces(a) for a in arguments]
        for pieces in inner[:-1]:
            pieces[-1] = pieces[-1].before(self._notation.comma, 5)
        first, *others = self._closed([piece for pieces in inner for piece in pieces], "(")
        return [first.after(head, width(measured or "")), *others]

    def _bracketed(self, pieces: list[Piece], is_demanded: bool) -> list[Piece]:
        return self._closed(pieces, "(") if is_demanded else pieces

    def _closed(
        self, pieces: list[Piece], bar: str, exponent: Expression | None = None
    ) -> list[Piece]:
        """The pieces between brackets or bars, which may stand in different rows."""
        is_tall = any(self._notation.is_tall(piece.text) for piece in pieces)
        opened, o = (n.opened(bar, is_tall) for n in (self._notation, self._measure))
        closed, c = (n.closed(bar, is_tall, exponent) for n in (self._notation, self._measure))
        pieces = [pieces[0].after(opened, width(o)), *pieces[1:]]
        return [*pieces[:-1], pieces[-1].before(closed, width(c))]


def _can_be_broken(e: Expression) -> bool:
    return isinstance(e, Sum | Product | Quotient | Negative | Power | Call)


def ruler(notation: Notation) -> Notation:
    """What tells how wide things are in a notation: plain text does it itself."""
    if isinstance(notation, Text):
        return notation
    return Measure(notation.digits, notation.numeric, notation.in_full)
