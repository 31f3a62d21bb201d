r"""LaTeX to MathML, for the part of LaTeX that this package writes.

Browsers set MathML without any script, font or network. Known are fractions, roots, scripts,
accents, brackets that stretch, names of functions, text, Greek letters and the signs below.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

_TOKEN: Final = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_SIGNS: Final = {
    r"\cdot": "·",
    r"\times": "×",
    r"\leftarrow": "←",
    r"\odot": "⊙",
    r"\partial": "∂",
    r"\nabla": "∇",
    r"\ell": "ℓ",
    r"\infty": "∞",
    r"\ldots": "…",
    r"\backslash": "\\",
    r"\sim": "~",
    r"\wedge": "^",
    "-": "−",
}
_ACCENTS: Final = {
    r"\hat": "^",
    r"\tilde": "~",
    r"\bar": "¯",
    r"\dot": "˙",
    r"\ddot": "¨",
    r"\vec": "→",
}
_SPACES: Final = {r"\quad": "1em", r"\ ": "0.35em", r"\,": "0.17em"}
_OPERATORS: Final = frozenset("+−=·×←⊙()[]|,:/")


def mathml(latex: str) -> str:
    r"""A formula as a `math` element.

    >>> mathml(r"\frac{1}{x}")
    '<math displaystyle="true"><mfrac><mn>1</mn><mi>x</mi></mfrac></math>'
    """
    return f'<math displaystyle="true">{_Reader(latex).row()}</math>'


class _Reader:
    """Reads a formula from left to right, one token at a time."""

    def __init__(self, latex: str) -> None:
        self.tokens = _TOKEN.findall(latex)[::-1]

    def row(self, end: str = "") -> str:
        """Everything up to the token `end`, which is taken too, or to the end of the formula."""
        written = ""
        while self._next() != end:
            sign = self._next() == "-" and re.search(r"(^|[=+−·×←(\[,]</mo>)$", written)
            item = self._scripted()
            written += '<mo form="prefix">−</mo>' if sign else item
        if end:
            self.tokens.pop()
        return written

    def _next(self) -> str:
        while self.tokens and self.tokens[-1].isspace():
            self.tokens.pop()
        return self.tokens[-1] if self.tokens else ""

    def _scripted(self) -> str:
        """One item with its primes, subscript and superscript."""
        base = self._item()
        lowered, raised, primes = "", "", ""
        while self._next() in ("_", "^", "'"):
            mark = self.tokens.pop()
            if mark == "'":
                primes += "′"
            elif mark == "_":
                lowered = self._argument()
            else:
                raised = self._argument()
        if primes:
            raised = f'<mrow><mo mathsize="130%">{primes}</mo>{raised}</mrow>'
        if lowered and raised:
            return f"<msubsup>{base}{lowered}{raised}</msubsup>"
        if lowered:
            return f"<msub>{base}{lowered}</msub>"
        return f"<msup>{base}{raised}</msup>" if raised else base

    def _argument(self) -> str:
        """One item; what stands in braces is one."""
        return self._item()

    def _item(self) -> str:
        token = self._next()
        if not token:
            return "<mrow></mrow>"
        self.tokens.pop()
        match token:
            case "{":
                inner = self.row("}")
                return inner if inner.count("<m") == 1 else f"<mrow>{inner}</mrow>"
            case r"\frac":
                return f"<mfrac>{self._argument()}{self._argument()}</mfrac>"
            case r"\sqrt":
                return f"<msqrt>{self._argument()}</msqrt>"
            case r"\left":
                return self._brackets()
            case r"\sin" | r"\cos" | r"\tan" | r"\tanh" | r"\ln" if self._next() not in "(^'":
                return f'<mi>{token[1:]}</mi><mspace width="0.17em"></mspace>'
            case r"\mathrm" | r"\operatorname":
                return f'<mi mathvariant="normal">{self._words()}</mi>'
            case r"\text":
                return f"<mtext>{self._words()}</mtext>"
        if token in _ACCENTS:
            return f'<mover accent="true">{self._argument()}<mo>{_ACCENTS[token]}</mo></mover>'
        if token in _SPACES:
            return f'<mspace width="{_SPACES[token]}"></mspace>'
        return _character(token)

    def _brackets(self) -> str:
        """Brackets that grow with what is in them."""
        opening = self.tokens.pop()
        inner = self.row(r"\right")
        closing = self.tokens.pop()
        return f"<mrow><mo>{opening}</mo>{inner}<mo>{closing}</mo></mrow>"

    def _words(self) -> str:
        """What stands in braces, as it is."""
        words = ""
        self.tokens.pop()
        while self.tokens[-1] != "}":
            words += self.tokens.pop()
        self.tokens.pop()
        return html.escape(words)


def _character(token: str) -> str:
    """A number, a letter or a sign."""
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    sign = _SIGNS.get(token, token)
    if sign in _OPERATORS:
        stretch = ' stretchy="false"' if sign in "()[]|" else ""
        return f"<mo{stretch}>{sign}</mo>"
    if len(sign) == 1:
        return f"<mi>{html.escape(sign)}</mi>"
    name = sign[1:]
    if not name.isalpha():  # an escaped character, such as \\%
        return f"<mtext>{html.escape(name)}</mtext>"
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    spelled = name.upper().replace("LAMBDA", "LAMDA")
    try:
        return f"<mi>{unicodedata.lookup(f'GREEK {size} LETTER {spelled}')}</mi>"
    except KeyError:  # \\sin, \\ln: the name of a function
        return f"<mi>{name}</mi>"
