"""The rows in which a line stands: all in one, or some for each side, broken at its signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ...text import width
from ..notation.breaking import Pen, Piece, ruler
from ..notation.expression import Expression
from ..notation.writing import Notation
from .lines import Line, Words, noted

WIDEST: Final = 3
"""A left side that takes more than this part of a row has one of its own."""

INDENTED: Final = 4
"""How many columns what follows such a left side is indented by."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A line, laid out.

    left   its left side
    rows   of each a sign, empty where a side goes on, and what follows it
    hangs  whether the rows begin under the left side, not beside it
    width  that of the widest row
    """

    left: str
    rows: list[tuple[str, str]]
    hangs: bool
    width: int


def laid_out(line: Line, notation: Notation, room: int) -> Rows:
    """A line in one row if it has room there, else with one for each side, or several."""
    measure = ruler(notation)
    blank, equals = width(" "), width(measure.equals)
    left = _piece(line.left, notation, measure)
    sign = line.sign(notation)
    margin = left.width + equals + 4 * blank
    hangs = margin > room // WIDEST
    indented = INDENTED * blank + equals + 2 * blank if hangs else margin
    parts = line.distinct().parts
    sides = [Pen(p.in_its(notation, line.guard), room - indented).sides(p.formula) for p in parts]
    note = list(_reasons(line.note, notation, measure))
    length = sum(piece.width + blank for side in [*sides, note] for piece in side)
    length += margin + (equals + blank) * (len(sides) - 1)
    if length <= room:
        whole = f" {notation.equals} ".join(_joined(side) for side in sides)
        return Rows(left.text, [(sign, _joined([Piece(whole, 0), *note]))], False, length)
    found: list[tuple[str, str]] = []
    widest = left.width
    for i, side in enumerate(sides):
        pieces = side if i < len(sides) - 1 else [*side, *note]
        for j, row in enumerate(_filled(pieces, room - indented, blank)):
            found.append(("" if j else notation.equals if i else sign, _joined(row)))
            widest = max(widest, indented + sum(piece.width + blank for piece in row))
    return Rows(left.text, found, hangs, widest)


def _piece(e: Expression, notation: Notation, measure: Notation) -> Piece:
    return Piece(notation.write(e), width(measure.write(e)))


def _reasons(note: Words, notation: Notation, measure: Notation) -> Iterator[Piece]:
    """Why a line holds, one piece for each reason."""
    reasons: list[list[str | Expression]] = [[]] if note else []
    for word in note:
        if word in (", ", "，"):
            reasons[-1].append(word.rstrip())
            reasons.append([])
        else:
            reasons[-1].append(word)
    for i, reason in enumerate(reasons):
        before, its_width = ("", 0) if i else (f"{notation.apart} ", width(measure.apart) + 1)
        said = Piece(noted(reason, notation), width(noted(reason, measure)))
        yield said.after(before, its_width)


def _filled(pieces: Iterable[Piece], room: int, blank: int) -> Iterator[list[Piece]]:
    """As many in a row as there is room for."""
    row: list[Piece] = []
    used = 0
    for piece in pieces:
        if row and used + piece.width > room:
            yield row
            row, used = [], 0
        row.append(piece)
        used += piece.width + blank
    yield row


def _joined(pieces: Iterable[Piece]) -> str:
    return " ".join(piece.text for piece in pieces).replace("， ", "，")
