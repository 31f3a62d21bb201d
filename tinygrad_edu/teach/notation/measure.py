"""How wide a formula is where it is set, as in LaTeX and in a browser, without setting it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from ...ops import Op
from ...text import width
from .expression import Derivative, Expression, Symbol
from .labels import Name, Piece
from .writing import ATOM, POWER, PRODUCT, Notation, Written, is_fraction, simple_root, tightness

SCRIPT: Final = 0.75
"""How large a letter is that is raised or lowered."""


class Measure(Notation):
    """Writes a formula as so many characters as it is points wide in letters of 10 points."""

    beside = "." * 2
    entrywise = "." * 12
    minus = "-" * 8
    plus = "+" * 12
    less = "-" * 12
    times = "." * 7
    over = "/" * 7
    apart = "_" * 20
    equals = "=" * 13
    becomes = "=" * 15

    def name(self, name: Name) -> str:
        """By its letters and their scripts."""
        return _blank(_of_pieces(name.pieces) + 5 * len(name.number))

    def derivative(self, name: Derivative) -> str:
        """A fraction: the wider one of its two lines."""
        names = [_of_pieces(n.pieces) + 8 * n.is_written_apart for n in (name.of, name.by)]
        return _TALL * round(max(names) + 9 + 5 * name.direct)

    def prime(self, op: Op, argument: str) -> str:
        """The head, the sign and the argument in brackets."""
        return _blank(_of_word(op.text) + 3) + self.brackets(argument)

    def entries(self, rows: Sequence[Sequence[float | None]], is_vector: bool) -> str:
        """Its columns beside each other."""
        columns: Iterable[Sequence[float | None]] = [rows[0]] if is_vector else zip(*rows)
        cells = [max(12 if x is None else len(self.number(x)[0]) for x in c) for c in columns]
        return _TALL * (sum(cells) + 10 * (len(cells) - 1) + 18)

    def transposed(self, text: str) -> str:
        """A raised T."""
        return text + _blank(6)

    def squared_norm(self, text: str) -> str:
        """Double bars, and a raised 2."""
        return text + _blank(14)

    def applied(self, head: str, arguments: Sequence[str]) -> str:
        """The head and the arguments in brackets."""
        return _blank(_of_word(head)) + self.brackets(", ".join(arguments))

    def brackets(self, text: str) -> str:
        """They are wider around what is tall."""
        one = "(" * (7 if _TALL in text else 4)
        return one + text + one

    def opened(self, bar: str, is_tall: bool) -> str:
        """A larger one."""
        return "(" * (6 if is_tall else 5)

    def closed(self, bar: str, is_tall: bool, exponent: Expression | None = None) -> str:
        """A larger one, with a power."""
        power = "" if exponent is None else _raised(self.write(exponent))
        return ")" * (6 if is_tall else 5) + power

    def head(self, op: Op) -> str | None:
        """The name of the function."""
        return None if op in ("sqrt", "abs") else _blank(_of_word(op.text))

    def number(self, value: float, plain: bool = False) -> Written:
        """By its digits."""
        mantissa, _, exponent = self.shown(abs(value), plain).partition("e")
        sign = self.minus if value < 0.0 else ""
        power = 7.0 + 10.0 + SCRIPT * 5 * len(exponent) if exponent else 0.0
        tight = tightness(value)
        text = sign + _blank(_of_word(mantissa) + power)
        return text, min(tight, PRODUCT) if exponent else tight

    def constant(self, value: float) -> Written:
        """By its digits, of a fraction those of one line."""
        sign = self.minus if value < 0.0 else ""
        if root := simple_root(abs(value)):
            written = (_TALL * 3) * root.is_inverse + _blank(9 + _of_word(str(root.of)))
            return sign + written, tightness(value, not root.is_inverse)
        if not is_fraction(value):
            return self.number(value, plain=True)
        return sign + _TALL * 12, tightness(value, False)

    def blank(self, width: int) -> str:
        """A line of half an em for each character."""
        return _blank(5 * width)

    def words(self, text: str) -> str:
        """By their letters."""
        return _blank(_of_word(text))

    def omitted(self, what: str) -> str:
        """In brackets, after an ellipsis."""
        return _blank(_of_word(what) + 25)

    def quotient(self, a: Expression, b: Expression) -> Written:
        """The wider one of the two."""
        return _TALL * (max(len(self.write(a)), len(self.write(b))) + 3), PRODUCT

    def power(self, a: Expression, b: Expression) -> Written:
        """The exponent is smaller."""
        return self.base_of_power(a) + _raised(self.write(b)), POWER

    def call(self, op: Op, arguments: tuple[Expression, ...]) -> Written:
        """A root, bars, a power of e, or the head of the function and its arguments."""
        inner = _blank(7).join(self.write(a) for a in arguments)
        match str(op):
            case "sqrt":
                return _blank(9) + inner, ATOM
            case "abs":
                return _blank(6) + inner, ATOM
            case "exp":
                return _blank(5) + _raised(inner), POWER
        head = _blank(_of_word(op.text))
        if op.is_bare and isinstance(arguments[0], Symbol) and not self.numeric:
            return head + _blank(2) + self.write(arguments[0], ATOM), PRODUCT
        return head + self.brackets(inner), POWER


_TALL: Final = "/"
"""What a fraction is written with, and a matrix."""


def _blank(points: float) -> str:
    return "_" * round(points)


def _raised(text: str) -> str:
    return _blank(SCRIPT * len(text) + 1)


def _of_word(text: str) -> float:
    """Upright letters and digits."""
    return 5.2 * width(text) - 2.3 * text.count(".")


def _of_pieces(pieces: tuple[Piece, ...]) -> float:
    return sum(map(_of_piece, pieces))


def _of_piece(piece: Piece) -> float:
    scripts = max(_of_pieces(piece.lower), _of_pieces(piece.upper) + 3 * piece.primes)
    return _of_letters(piece.base) + SCRIPT * scripts + (1 if scripts else 0)


def _of_letters(base: str) -> float:
    """A word, a number, or one character with its accents."""
    letters = [c for c in base if not unicodedata.combining(c)]
    if len(letters) != 1:
        return _of_word(base)
    c = letters[0]
    if c in "+-−±=·×/":
        return 8.0
    if width(c) == 2:
        return 10.2
    return 8.0 if c.isupper() or c in "mw" else 5.4
