r"""The name of a value as structure: its letters, with what stands above, below and beside them.

A label is data: ``w_11``, ``w₁₁`` and ``ŷ`` are read as they are meant, whatever else it holds
stays text, and each notation writes the structure its own way (`expression.Notation`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from .escaping import in_latex


@dataclass(frozen=True, slots=True)
class Piece:
    """One letter, word, number or sign of a name, with its scripts.

    base    a character with its accents (decomposed), a word, or digits
    primes  how many follow it
    lower   the pieces of its subscript
    upper   those of its superscript
    """

    base: str
    primes: int = 0
    lower: tuple[Piece, ...] = ()
    upper: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """How a value is called.

    typed   in plain text, as it was typed
    pieces  the same as structure
    nth     counts the values of one name: the second h is h[2]
    """

    typed: str
    pieces: tuple[Piece, ...]
    nth: int = 1

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """In plain text."""
        return self.typed + self.number

    @property
    def latex(self) -> str:
        """In a LaTeX formula, without the $ signs."""
        return pieces_in_latex(self.pieces) + self.number

    @property
    def number(self) -> str:
        """``[2]`` after the second value of a name."""
        return f"[{self.nth}]" if self.nth > 1 else ""

    @property
    def looks(self) -> tuple[Piece, ...]:
        """What a reader sees: w_11 and w₁₁ are alike, and so are h[2] and the second h."""
        return (*self.pieces, *name_of(self.number).pieces) if self.nth > 1 else self.pieces

    @property
    def is_compound(self) -> bool:
        """Whether it reads as an expression (``a + b``), to be bracketed inside a formula."""
        if re.fullmatch(r"∂[^\s/]+/∂[^\s/]+", self.typed):
            return False
        return self.is_written_apart

    @property
    def is_written_apart(self) -> bool:
        """Whether it needs brackets after a ∂: an expression, or itself a derivative."""
        return any(p.base in _JOINING for p in self.pieces)

    @property
    def is_raised(self) -> bool:
        """Whether it carries a superscript or a prime, so that a power needs brackets."""
        return any(p.upper or p.primes for p in _all(self.pieces))

    def with_base(self, letter: str) -> Name:
        """The same with another first letter: δ²₁ for z²₁."""
        first, *others = self.pieces
        typed = self.typed.replace(unicodedata.normalize("NFC", first.base), letter, 1)
        return replace(self, typed=typed, pieces=(replace(first, base=letter), *others))


_JOINING: Final = frozenset(" +-−±*·×/=")


def _all(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    for piece in pieces:
        yield piece
        yield from _all(piece.lower)
        yield from _all(piece.upper)


# Reading a label

KEPT: Final = 4096
"""How many names are remembered: a batch has the same ones in every sample."""

_SCRIPTS: Final = {
    kind: "".join(
        chr(c) for c in range(0x80, 0x20A0) if unicodedata.decomposition(chr(c)).startswith(kind)
    )
    for kind in ("<sub>", "<super>")
}
_PRIMES: Final = {"'": 1, "′": 1, "″": 2, "‴": 3}

# One piece of a label: a script in braces, in brackets or as a run of letters and digits; a run
# of Unicode sub- or superscripts; primes; a letter with its digits; a word; a number; or any
# character.
_PIECE: Final = re.compile(
    r"(?P<mark>[_^])(?:\{(?P<braced>[^{}]*)\}|(?P<bare>\(\w+\)|[^\W_]+))"
    rf"|(?P<lowered>[{_SCRIPTS['<sub>']}]+(?:,[{_SCRIPTS['<sub>']}]+)*)"
    rf"|(?P<raised>[{_SCRIPTS['<super>']}]+)"
    r"|(?P<primes>['′″‴]+)"
    r"|(?P<letter>[^\W\d_][\u0300-\u036f\u20d7]*)(?P<index>\d+)(?![^\W_])"
    r"|(?P<base>[A-Za-z]{2,}(?![\u0300-\u036f\u20d7])|[0-9]+|.[\u0300-\u036f\u20d7]*)",
    re.DOTALL,
)


@lru_cache(maxsize=KEPT)
def name_of(label: str) -> Name:
    r"""The name that a label stands for.

    >>> name_of("w_11").latex, name_of("w″₁₁").latex, name_of("δ²").latex, name_of("ŷ").latex
    ('w_{11}', "w''_{11}", '\\delta^{2}', '\\hat{y}')
    """
    text = " ".join(label.split())
    return Name(text, _pieces(unicodedata.normalize("NFD", text)))


def _pieces(label: str) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for match in _PIECE.finditer(label):
        if match["base"]:
            found.append(Piece(match["base"]))
        elif match["letter"]:
            found.append(Piece(match["letter"], lower=(Piece(match["index"]),)))
        else:
            last = found.pop() if found else Piece("")
            if match["primes"]:
                last = replace(last, primes=last.primes + sum(_PRIMES[c] for c in match["primes"]))
            elif match["lowered"]:
                last = replace(last, lower=last.lower + _pieces(_plain(match["lowered"])))
            elif match["raised"]:
                last = replace(last, upper=last.upper + _pieces(_plain(match["raised"])))
            else:
                inner = _pieces(match["bare"] if match["braced"] is None else match["braced"])
                if match["mark"] == "_":  # x_1_2 is not x_12
                    last = replace(last, lower=_side_by_side(last.lower, inner))
                else:
                    last = replace(last, upper=last.upper + inner)
            found.append(last)
    return tuple(found)


def _side_by_side(first: tuple[Piece, ...], second: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """One subscript of two: indices with a comma between them, words with a space."""
    if not first or not second:
        return first + second
    is_word = len(first[-1].base) > 1 and first[-1].base.isalpha()
    return (*first, Piece(" " if is_word else ","), *second)


def _plain(scripts: str) -> str:
    """Sub- or superscript characters as ordinary ones: ₁₁ as 11."""
    return "".join(
        chr(int(unicodedata.decomposition(c).split()[1], 16)) if not c.isascii() else c
        for c in scripts
    )


@lru_cache(maxsize=KEPT)
def indexed(letter: str, *indices: int, layer: int = 0) -> Name:
    r"""A letter with numbered subscripts: z₃; with a layer, w⁽²⁾₃₁, as LaTeX ``w^{(2)}_{31}``."""
    index = run_together(indices)
    raised = f"({layer})" if layer else ""
    lower = (Piece(index),) if index.isdigit() else _pieces(index)
    upper = (Piece("("), Piece(str(layer)), Piece(")")) if layer else ()
    piece = Piece(letter, lower=lower, upper=upper)
    return Name(letter + superscript(raised) + subscript(index), (piece,))


def run_together(indices: Sequence[int]) -> str:
    """Indices as one subscript: 12, and 1,12 where digits would be taken for another's."""
    wide = any(i > 9 for i in indices) and len(indices) > 1
    return ("," if wide else "").join(map(str, indices))


def superscript(text: str) -> str:
    """Digits, signs, brackets and letters as Unicode superscripts: ``-2`` as ⁻²."""
    return text.translate(_RAISED)


def subscript(text: str) -> str:
    """Digits as Unicode subscripts: ``12`` as ₁₂."""
    return text.translate(_LOWERED)


_RAISED: Final = str.maketrans("0123456789-+()T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ᵀ")
_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


# Writing it in LaTeX

_GREEK: Final = {
    c: "\\" + unicodedata.name(c).split()[-1].replace("LAMDA", "LAMBDA").lower()
    for c in "αβγδεζηθικλμνξπρστυφχψω"
} | {
    c: "\\" + unicodedata.name(c).split()[-1].replace("LAMDA", "LAMBDA").capitalize()
    for c in "ΓΔΘΛΞΠΣΥΦΨΩ"  # the other capitals look like Latin ones
}
_SIGNS: Final = {
    "∂": r"\partial",
    "∇": r"\nabla",
    "ℓ": r"\ell",
    "∞": r"\infty",
    "·": r"\cdot",
    "×": r"\times",
    "⊙": r"\odot",
    "−": "-",
    "…": r"\ldots",
    "𝟏": r"\mathbf{1}",
    "\\": r"\backslash",
    "~": r"\sim",
    "^": r"\wedge",
    " ": r"\ ",
    **{c: "\\" + c for c in "#$%&_{}"},
}
_ACCENTS: Final = {
    "\u0302": r"\hat",
    "\u0303": r"\tilde",
    "\u0304": r"\bar",
    "\u0305": r"\bar",
    "\u0307": r"\dot",
    "\u0308": r"\ddot",
    "\u20d7": r"\vec",
}


def pieces_in_latex(pieces: tuple[Piece, ...]) -> str:
    """The pieces side by side, with a space where a command would run into a letter.

    It is one formula that TeX, KaTeX and matplotlib read: what is special there is escaped, and a
    backslash in a label is never a command.
    """
    latex = ""
    for piece in pieces:
        base, primes = _base(piece.base) or "{}", "'" * piece.primes
        raised, lowered = pieces_in_latex(piece.upper), pieces_in_latex(piece.lower)
        if primes and raised:
            base, primes = f"{{{base}{primes}}}", ""
        one = base + primes
        one += f"^{{{raised}}}" if raised else ""
        one += f"_{{{lowered}}}" if lowered else ""
        space = " " if one[0].isalpha() and re.search(r"\\[A-Za-z]+$", latex) else ""
        latex += space + one
    return latex


def _base(base: str) -> str:
    """A word, a number, or one character with its accents."""
    if len(base) > 1 and base.isascii():
        return base if base.isdigit() else rf"\mathrm{{{base}}}"
    if not base:
        return ""
    c = base[0]
    latex = _GREEK.get(c) or _SIGNS.get(c) or c
    if not latex.isascii() or any(accent not in _ACCENTS for accent in base[1:]):
        return rf"\text{{{in_latex(unicodedata.normalize('NFC', base))}}}"
    for accent in base[1:]:
        latex = f"{_ACCENTS[accent]}{{{latex}}}"
    return latex
