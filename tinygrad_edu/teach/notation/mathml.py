"""Formulas as MathML, which browsers set without any script, font or network."""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Sequence
from typing import Final

from ...ops import Op
from .expression import Derivative, Expression, Symbol
from .labels import Name, Piece
from .writing import (
    ATOM,
    POWER,
    PRODUCT,
    Notation,
    Written,
    simple_fraction,
    simple_root,
    tightness,
)


class MathML(Notation):
    """The inside of a `math` element: ``<mfrac><mn>1</mn><mi>x</mi></mfrac>``."""

    beside = '<mspace width="0.17em"></mspace>'
    entrywise = '<mo form="infix" lspace="0.22em" rspace="0.22em">⊙</mo>'
    minus = '<mo form="prefix">−</mo>'
    plus = '<mo form="infix" lspace="0.22em" rspace="0.22em">+</mo>'
    less = '<mo form="infix" lspace="0.22em" rspace="0.22em">−</mo>'
    times = '<mo form="infix" lspace="0.17em" rspace="0.17em">·</mo>'
    over = '<mo form="infix" lspace="0.17em" rspace="0.17em">/</mo>'
    comma = "<mo>,</mo>"
    apart = '<mspace width="1em"></mspace>'
    equals = '<mo form="infix" lspace="0.28em" rspace="0.28em">=</mo>'
    becomes = '<mo form="infix" lspace="0.28em" rspace="0.28em">←</mo>'

    def name(self, name: Name) -> str:
        """The pieces side by side."""
        return _row(_pieces(name.pieces) + "".join(map(_letter, name.number)))

    def derivative(self, name: Derivative) -> str:
        """A fraction of the two names, each after its ∂."""
        over, under = (
            self.brackets(self.name(n)) if n.is_written_apart else self.name(n)
            for n in (name.of, name.by)
        )
        sign = "<msup><mi>∂</mi><mo>+</mo></msup>" if name.direct else "<mi>∂</mi>"
        return f"<mfrac><mrow>{sign}{over}</mrow><mrow><mi>∂</mi>{under}</mrow></mfrac>"

    def prime(self, op: Op, argument: str) -> str:
        """``σ′(z)``."""
        return f"<msup>{_head(op)}<mo>′</mo></msup>{self.brackets(argument)}"

    def entries(self, rows: Sequence[Sequence[float | None]], is_vector: bool) -> str:
        """A table in brackets, a vector as a column."""
        lines = zip(*rows) if is_vector else rows
        cells = [
            "".join(f"<mtd>{'<mi>⋯</mi>' if x is None else self.number(x)[0]}</mtd>" for x in line)
            for line in lines
        ]
        rows_written = "".join(f"<mtr>{row}</mtr>" for row in cells)
        return f'<mtable style="{BRACKETS}">{rows_written}</mtable>'

    def transposed(self, text: str) -> str:
        """A superscript T."""
        return f'<msup>{_row(text)}<mi mathvariant="normal">T</mi></msup>'

    def squared_norm(self, text: str) -> str:
        """Between double bars."""
        return f"<msup><mrow><mo>‖</mo>{text}<mo>‖</mo></mrow><mn>2</mn></msup>"

    def applied(self, head: str, arguments: Sequence[str]) -> str:
        """The head and its arguments in brackets."""
        inner = self.comma.join(arguments)
        return f'<mi mathvariant="normal">{head}</mi>{self.brackets(inner)}'

    def brackets(self, text: str) -> str:
        """Round brackets that grow with what is in them."""
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"

    def opened(self, bar: str, is_tall: bool) -> str:
        """A bracket that does not grow."""
        return f'<mo form="prefix" stretchy="false">{bar}</mo>'

    def closed(self, bar: str, is_tall: bool, exponent: Expression | None = None) -> str:
        """The same, with a superscript."""
        one = f'<mo form="postfix" stretchy="false">{")" if bar == "(" else bar}</mo>'
        return one if exponent is None else f"<msup>{one}{_row(self.write(exponent))}</msup>"

    def head(self, op: Op) -> str | None:
        """The name of the function."""
        return None if op in ("sqrt", "abs") else _head(op)

    def number(self, value: float, plain: bool = False) -> Written:
        """``<mn>0.25</mn>``, with a power of ten where the exponent is large."""
        mantissa, _, exponent = self.shown(abs(value), plain).partition("e")
        sign = self.minus if value < 0.0 else ""
        written = f"<mn>{mantissa}</mn>"
        if exponent:
            power = f"<msup><mn>10</mn>{_row(_letter(exponent.replace('-', '−')))}</msup>"
            written = power if mantissa == "1" else f"{written}{self.times}{power}"
        tight = tightness(value)
        return sign + written, min(tight, PRODUCT) if exponent and mantissa != "1" else tight

    def constant(self, value: float) -> Written:
        """``½`` and ``⅓`` as fractions, ``π``, else as a decimal."""
        sign = self.minus if value < 0.0 else ""
        if abs(value) in CONSTANTS:
            return sign + CONSTANTS[abs(value)], tightness(value)
        if root := simple_root(abs(value)):
            written = f"<msqrt><mn>{root.of}</mn></msqrt>"
            whole = f"<mfrac><mn>1</mn>{written}</mfrac>" if root.is_inverse else written
            return sign + whole, tightness(value, not root.is_inverse)
        ratio = simple_fraction(abs(value))
        if ratio is None:
            return self.number(value, plain=True)
        fraction = f"<mfrac><mn>{ratio.numerator}</mn><mn>{ratio.denominator}</mn></mfrac>"
        return sign + fraction, tightness(value, False)

    def blank(self, width: int) -> str:
        """A line to write on."""
        return f"<mtext>{'_' * width}</mtext>"

    def words(self, text: str) -> str:
        """``<mtext>…</mtext>``."""
        return f"<mtext>{html.escape(text).replace('  ', chr(0xA0) * 2)}</mtext>"

    def omitted(self, what: str) -> str:
        """``… [3 more terms]``."""
        return self.words(f"… [{what}]")

    def quotient(self, a: Expression, b: Expression) -> Written:
        """A fraction."""
        return f"<mfrac>{_row(self.write(a))}{_row(self.write(b))}</mfrac>", PRODUCT

    def power(self, a: Expression, b: Expression) -> Written:
        """A superscript."""
        return f"<msup>{_row(self.base_of_power(a))}{_row(self.write(b))}</msup>", POWER

    def call(self, op: Op, arguments: tuple[Expression, ...]) -> Written:
        """A root, bars, a power of e, or the head of the function and its arguments."""
        inner = self.comma.join(self.write(a) for a in arguments)
        match str(op):
            case "sqrt":
                return f"<msqrt>{inner}</msqrt>", ATOM
            case "abs":
                return f"<mrow><mo>|</mo>{inner}<mo>|</mo></mrow>", ATOM
            case "exp":
                return f"<msup><mi>e</mi>{_row(inner)}</msup>", POWER
        if op.is_bare and isinstance(arguments[0], Symbol) and not self.numeric:
            inner = self.write(arguments[0], ATOM)
            return f'{_head(op)}<mspace width="0.17em"></mspace>{inner}', PRODUCT
        return _head(op) + self.brackets(inner), POWER


BRACKETS: Final = (
    "border: solid currentColor; border-width: 0 1.5px; border-radius: 0.6em; padding: 0 0.15em"
)
"""Brackets round a matrix, as lines: those of fonts grow only where a font for mathematics is."""

CONSTANTS: Final = {
    0.5: "<mfrac><mn>1</mn><mn>2</mn></mfrac>",
    math.pi: "<mi>π</mi>",
    math.e: "<mi>e</mi>",
    math.sqrt(2.0 * math.pi): "<msqrt><mrow><mn>2</mn><mi>π</mi></mrow></msqrt>",
}
_ACCENTS: Final = {
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "¯",
    "\u0305": "¯",
    "\u0307": "˙",
    "\u0308": "¨",
    "\u20d7": "→",
}


def math_element(inner: str) -> str:
    """The `math` element of a formula."""
    return f'<math displaystyle="true">{inner}</math>'


def _head(op: Op) -> str:
    return f"<mi>{html.escape(op.text)}</mi>"


def _row(inner: str) -> str:
    """The inside as one element."""
    return inner if inner.count("<m") == 1 else f"<mrow>{inner}</mrow>"


def _pieces(pieces: tuple[Piece, ...]) -> str:
    return "".join(map(_piece, pieces))


def _piece(piece: Piece) -> str:
    base = _letter(piece.base) if piece.base else "<mrow></mrow>"
    lower, upper = _pieces(piece.lower), _pieces(piece.upper)
    if piece.primes:
        upper = f'<mo mathsize="130%">{"′" * piece.primes}</mo>{upper}'
    if lower and upper:
        return f"<msubsup>{base}{_row(lower)}{_row(upper)}</msubsup>"
    if lower:
        return f"<msub>{base}{_row(lower)}</msub>"
    return f"<msup>{base}{_row(upper)}</msup>" if upper else base


def _letter(base: str) -> str:
    """A word, a number, or one character with its accents."""
    if base.lstrip("−").isdigit():
        return f"<mn>{base}</mn>"
    if len(base) > 1 and base.isascii():
        return f'<mi mathvariant="normal">{base}</mi>'
    c, accents = base[0], base[1:]
    if c in "+−-=·×/⊙()[]|,:":
        return f'<mo stretchy="false">{"−" if c == "-" else c}</mo>'
    if c == " ":
        return '<mspace width="0.35em"></mspace>'
    is_letter = c.isascii() or c == "ℓ" or unicodedata.category(c) == "Sm" or _is_greek(c)
    if not is_letter or any(accent not in _ACCENTS for accent in accents):
        return f"<mtext>{html.escape(unicodedata.normalize('NFC', base))}</mtext>"
    written = f"<mi>{html.escape(c)}</mi>"
    for accent in accents:
        written = f'<mover accent="true">{written}<mo>{_ACCENTS[accent]}</mo></mover>'
    return written


def _is_greek(c: str) -> bool:
    return unicodedata.name(c, "").startswith("GREEK")
