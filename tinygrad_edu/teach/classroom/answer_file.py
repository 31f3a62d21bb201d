"""The answers of a class, read from a file of comma-separated values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Final

Row = dict[str, str]
"""What one student has, by the names of the columns."""

DELIMITERS = ",;\t"

_COMMA: Final = re.compile(r"[-+−]?\d+,\d+(?:[eE][-+−]?\d+)?")
"""A number as it is written where a comma stands for the point."""

_THOUSANDS: Final = re.compile(r"[-+−]?[1-9]\d{0,2},\d{3}")
"""A number whose comma may part its thousands."""

_DASHES: Final = ("-", "−", "–", "—")


def read_answers(path: str | Path) -> dict[str, Row]:
    """Each student's row, by the student: the first column, whatever it is called.

    The file is UTF-8, its columns are separated by commas, semicolons or tabs, whichever the first
    line has most of; 0,25 is 0.25, and so is 1,250 where the separator is no comma. A dash alone is
    an empty cell. A ValueError that names the line for a row that is too long or has no student,
    for a student who is there twice and a quotation mark that is not closed; one for a column that
    is there twice or has no name, for an empty file, and for one in another encoding.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(
            f"{str(path)!r} is not in UTF-8: save it as UTF-8 (in a spreadsheet, “CSV UTF-8”)"
        ) from None
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    (_, header), *lines = _rows(text, delimiter, str(path))
    found: dict[str, Row] = {}
    for line, row in lines:
        if len(row) > len(header):
            raise ValueError(f"line {line} has {len(row)} cells, and the header {len(header)}")
        student, *cells = row
        if not student:
            raise ValueError(f"line {line} has answers and no name of a student")
        if student in found:
            raise ValueError(f"line {line}: {student!r} is there twice")
        answers = [_cell(cell, delimiter) for cell in cells]
        found[student] = dict(zip_longest(header[1:], answers, fillvalue=""))
    return found


def _rows(text: str, delimiter: str, path: str) -> list[tuple[int, list[str]]]:
    """The header and the rows that are not empty, each with its line, as far as they are filled."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, _filled(row)) for row in reader]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}: is a quotation mark missing?") from None
    rows = [(line, row) for line, row in rows if row]
    if len(rows) < 2:
        raise ValueError(f"{path!r} has no answers: a header, then a row for each student")
    _, *columns = rows[0][1]
    for i, name in enumerate(columns, 2):
        if not name:
            raise ValueError(f"column {i} has no name in the header")
        if columns.count(name) > 1:
            raise ValueError(f"there are {columns.count(name)} columns called {name!r}")
    return rows


def _filled(row: list[str]) -> list[str]:
    """The cells up to the last one that is not empty."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(text: str, delimiter: str) -> str:
    """Without a spreadsheet's apostrophe before a text, and with a point for a decimal comma."""
    text = text.removeprefix("'").strip()
    if text in _DASHES:
        return ""
    decimal = _COMMA.fullmatch(text) and (delimiter != "," or not _THOUSANDS.fullmatch(text))
    return text.replace(",", ".") if decimal else text


def as_rows(answers: str | Path | Mapping[str, Mapping[str, object]]) -> dict[str, Row]:
    """The rows of a file or of a dict of dicts, an answer that is None being empty."""
    if isinstance(answers, (str, Path)):
        return read_answers(answers)
    if not isinstance(answers, Mapping):
        kind = type(answers).__name__
        raise TypeError(f'answers are a file or a dict such as {{"Ada": {{"w": 0.3}}}}, not {kind}')
    for student, row in answers.items():
        if not isinstance(student, str):
            raise TypeError(f"a student is called by a name, a str, not {student!r}")
        if not isinstance(row, Mapping):
            raise TypeError(f'{student}: answers are a dict such as {{"w": 0.3}}, not {row!r}')
    return {
        student: {name: "" if x is None else str(x) for name, x in row.items()}
        for student, row in answers.items()
    }
