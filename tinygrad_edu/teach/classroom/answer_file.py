"""The answers of a class, read from a file of comma-separated values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

Row = dict[str, str]
"""What one student has, by the names of the columns."""

DELIMITERS = ",;\t"

_COMMA: Final = re.compile(r"[-+−]?\d+,\d+(?:[eE][-+−]?\d+)?")
"""A number as it is written where a comma stands for the point."""


def read_answers(path: str | Path) -> dict[str, Row]:
    """Each student's row, by the student: the first column, whatever it is called.

    The file is UTF-8, its columns are separated by commas, semicolons or tabs, whichever the first
    line has most of; where that is no comma, 0,25 is 0.25. A ValueError that names the line for a
    row that is too long, and for a student who is there twice; one for an empty file, and for one
    in another encoding.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(
            f"{str(path)!r} is not in UTF-8: save it as UTF-8 (in a spreadsheet, “CSV UTF-8”)"
        ) from None
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    if len(lines) < 2:
        raise ValueError(f"{str(path)!r} has no answers: a header, then a row for each student")
    header = [cell.strip() for cell in lines[0][1]]
    found: dict[str, Row] = {}
    for line, row in lines[1:]:
        if len(row) > len(header):
            raise ValueError(f"line {line} has {len(row)} cells, and the header {len(header)}")
        student = row[0].strip()
        if student in found:
            raise ValueError(f"line {line}: {student!r} is there twice")
        cells = [_cell(cell) for cell in row[1:]]
        if delimiter != ",":
            cells = [cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell for cell in cells]
        found[student] = dict(zip(header[1:], cells))
    return found


def _cell(text: str) -> str:
    """Without the apostrophe by which a spreadsheet keeps a text from being a formula."""
    return text.strip().removeprefix("'")


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
