"""Plain text: numbers, rows, tables, and Greek spelled out where the output has no Greek."""

from __future__ import annotations

import codecs
import re
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final


def number(x: float, digits: int = 15) -> str:
    """A number in so many significant digits, without trailing zeros."""
    return f"{x:.{digits}g}"


def factor(x: float) -> str:
    """A number as it stands in a product or a difference: in brackets if it is negative."""
    return f"({number(x)})" if x < 0.0 else number(x)


def width(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese sign two, the hat of p̂ none."""
    return sum(2 if _is_wide(c) else not unicodedata.combining(c) for c in text)


_EAST_ASIAN: Final = (
    "\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
)
_BREAK: Final = re.compile(
    rf"(?<= )|(?:(?<=[{_EAST_ASIAN}])|(?=[{_EAST_ASIAN}]))"
    r"(?<![（《「『“‘ ])(?![，。、；：！？）》」』”’… ])"
)
"""Where a row may end: after a space, and beside Chinese, but not before a comma."""


def wrapped(text: str, columns: int = 96) -> str:
    """The lines of a text, none wider than so many columns, for where nobody else breaks them.

    Chinese is broken between any two signs, but no row begins with a comma or a full stop.
    """
    return "\n".join(
        "\n".join(_rows(line, columns)) if is_wide(line) else textwrap.fill(line, columns)
        for line in text.splitlines()
    )


def is_wide(text: str) -> bool:
    """Whether there is Chinese, Japanese or Korean in a text."""
    return any(map(_is_wide, text))


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _rows(line: str, columns: int) -> Iterator[str]:
    row = ""
    for part in _BREAK.split(line):
        if row and width((row + part).rstrip()) > columns:
            yield row.rstrip()
            row = ""
        row += part
    yield row.rstrip()


def table(header: Sequence[str], rows: Iterable[Sequence[str | float]], digits: int = 15) -> str:
    """Rows under a header, columns two spaces apart, indented: texts to the left, numbers right."""
    cells = list(rows)
    shown = [[c if isinstance(c, str) else number(c, digits) for c in row] for row in cells]
    widths = [max(map(width, column)) for column in zip(header, *shown)]
    to_the_left = [all(isinstance(row[i], str) for row in cells) for i in range(len(header))]
    lines = (
        "  ".join(
            cell + padding if left else padding + cell
            for cell, most, left in zip(row, widths, to_the_left)
            for padding in [" " * (most - width(cell))]
        )
        for row in (header, *shown)
    )
    return "\n".join(("  " + line).rstrip() for line in lines)


_SPELLED: Final = {
    "∂": "d",
    "Σ": "sum",
    "√": "sqrt",
    "∞": "inf",
    "−": "-",
    "–": "-",
    "·": "*",
    "×": "x",
    "⊙": "(*)",
    "±": "+-",
    "⁄": "/",  # in the decomposition of ½
    "′": "'",
    "\u0302": "^",  # the hat of ŷ
    "‖": "|",
    "→": "->",
    "←": "<-",
    "≥": ">=",
    "≤": "<=",
}


def spell_out(error: UnicodeError) -> tuple[str, int]:
    """An error handler for `codecs.register_error`: σ as sigma, ∂ as d, x₁ as x1, x² as x^2.

    With it, what is printed stays readable where the output cannot hold it (an old code page, a
    pipe in the C locale). What has no spelling becomes a question mark.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_spelled(c) for c in text), error.end


codecs.register_error("spell-out", spell_out)


def printable(text: str) -> str:
    """`text` as it is where stdout can hold it, and spelled out (`spell_out`) where it cannot."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "spell-out").decode(encoding)


def _spelled(character: str) -> str:
    parts = ["^"] if unicodedata.decomposition(character).startswith("<super>") else []
    for c in unicodedata.normalize("NFKD", character):
        name = unicodedata.name(c, "").split()
        if c.isascii():
            parts.append(c)
        elif c in _SPELLED:
            parts.append(_SPELLED[c])
        elif name[:3:2] == ["GREEK", "LETTER"]:  # GREEK SMALL LETTER SIGMA
            parts.append(name[3].lower() if name[1] == "SMALL" else name[3].capitalize())
        elif not unicodedata.combining(c):
            parts.append("?")
    return "".join(parts)
