r"""The name of a value, in plain text and in LaTeX: ``w_11``, ``w₁₁`` and ``ŷ`` as they are meant.

A label is data. Whatever it holds, its LaTeX is one formula that TeX, KaTeX and matplotlib read:
special characters are escaped, and a backslash in a label is never a command.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Name:
    """How a value is written: `text` in a terminal, `latex` in a formula (without the $ signs)."""

    text: str
    latex: str

    def __str__(self) -> str:
        return self.text

    @property
    def is_compound(self) -> bool:
        """Whether it reads as an expression (``a + b``), to be bracketed inside a formula."""
        plain = re.sub(r"\{[^}]*\}", "", self.text)
        if re.fullmatch(r"∂[^\s/]*/∂[^\s/]*", plain):  # ∂L/∂w
            return False
        return re.search(r"[\s+\-−±*·×/=]", plain) is not None

    @property
    def is_raised(self) -> bool:
        """Whether it carries a superscript or a prime, so that a power needs brackets."""
        return "^" in self.latex or "'" in self.latex


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
_PRIMES: Final = {"'": 1, "′": 1, "″": 2, "‴": 3}

# One piece of a label: a script in braces, in brackets or as a run of letters and digits; a run
# of Unicode sub- or superscripts; primes; a letter with its digits; a word; or any character.
_SCRIPTS: Final = {
    kind: "".join(
        chr(c) for c in range(0x80, 0x20A0) if unicodedata.decomposition(chr(c)).startswith(kind)
    )
    for kind in ("<sub>", "<super>")
}
_PIECE: Final = re.compile(
    r"(?P<mark>[_^])(?:\{(?P<braced>[^{}]*)\}|(?P<bare>\(\w+\)|[^\W_]+))"
    rf"|(?P<lowered>[{_SCRIPTS['<sub>']}]+(?:,[{_SCRIPTS['<sub>']}]+)*)"
    rf"|(?P<raised>[{_SCRIPTS['<super>']}]+)"
    r"|(?P<primes>['′″‴]+)"
    r"|(?P<letter>[^\W\d_][\u0300-\u036f\u20d7]*)(?P<index>\d+)(?!\w)"
    r"|(?P<word>[A-Za-z]{2,}(?![\u0300-\u036f\u20d7]))"
    r"|(?P<any>.[\u0300-\u036f\u20d7]*)",
    re.DOTALL,
)


def name_of(label: str) -> Name:
    r"""The name that a label stands for.

    >>> name_of("w_11").latex, name_of("w″₁₁").latex, name_of("δ²").latex, name_of("ŷ").latex
    ('w_{11}', "w''_{11}", '\\delta^{2}', '\\hat{y}')
    """
    text = " ".join(label.split())
    return Name(text, _latex(unicodedata.normalize("NFD", text)))


def indexed(letter: str, *indices: int, layer: int = 0) -> Name:
    r"""A letter with numbered subscripts: z₃; with a layer, w⁽²⁾₃₁, as LaTeX ``w^{(2)}_{31}``."""
    wide = any(i > 9 for i in indices) and len(indices) > 1
    index = ("," if wide else "").join(map(str, indices))
    raised = f"({layer})" if layer else ""
    latex = letter + (f"^{{{raised}}}" if raised else "") + (f"_{{{index}}}" if index else "")
    return Name(letter + superscript(raised) + subscript(index), latex)


def superscript(text: str) -> str:
    """Digits, signs and brackets as Unicode superscripts: ``-2`` as ⁻²."""
    return text.translate(_RAISED)


def subscript(text: str) -> str:
    """Digits as Unicode subscripts: ``12`` as ₁₂."""
    return text.translate(_LOWERED)


_RAISED: Final = str.maketrans("0123456789-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾")
_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _latex(label: str) -> str:
    written: list[str] = []
    base, primes, scripts = "", 0, {"_": "", "^": ""}

    def close() -> None:
        nonlocal base, primes, scripts
        if base or primes or any(scripts.values()):
            raised = f"^{{{scripts['^']}}}" if scripts["^"] else ""
            if primes and raised:
                base, primes = f"{{{base or '{}'}{chr(39) * primes}}}", 0
            lowered = f"_{{{scripts['_']}}}" if scripts["_"] else ""
            written.append((base or "{}") + "'" * primes + raised + lowered)
        base, primes, scripts = "", 0, {"_": "", "^": ""}

    for piece in _PIECE.finditer(label):
        if piece["mark"]:
            inner = piece["bare"] if piece["braced"] is None else piece["braced"]
            scripts[piece["mark"]] += _latex(inner)
        elif piece["lowered"]:
            scripts["_"] += _latex(_plain(piece["lowered"]))
        elif piece["raised"]:
            scripts["^"] += _latex(_plain(piece["raised"]))
        elif piece["primes"]:
            primes += sum(_PRIMES[c] for c in piece["primes"])
        elif piece["letter"]:
            close()
            base, scripts["_"] = _character(piece["letter"]), piece["index"]
        else:
            close()
            base = f"\\mathrm{{{piece['word']}}}" if piece["word"] else _character(piece["any"])
    close()
    return _joined(written)


def _character(cluster: str) -> str:
    """One character with its accents."""
    c = cluster[0]
    if c in _GREEK:
        latex = _GREEK[c]
    elif c in _SIGNS:
        latex = _SIGNS[c]
    elif c.isascii():
        latex = c
    else:
        return rf"\text{{{unicodedata.normalize('NFC', cluster)}}}"
    for accent in cluster[1:]:
        if accent not in _ACCENTS:
            return rf"\text{{{unicodedata.normalize('NFC', cluster)}}}"
        latex = f"{_ACCENTS[accent]}{{{latex}}}"
    return latex


def _plain(scripts: str) -> str:
    """Sub- or superscript characters as ordinary ones: ₁₁ as 11."""
    return "".join(
        chr(int(unicodedata.decomposition(c).split()[1], 16)) if not c.isascii() else c
        for c in scripts
    )


def _joined(pieces: list[str]) -> str:
    """The pieces side by side, with a space where a command would run into a letter."""
    latex = ""
    for piece in pieces:
        if re.search(r"\\[A-Za-z]+$", latex) and piece[0].isalpha():
            latex += " "
        latex += piece
    return latex
