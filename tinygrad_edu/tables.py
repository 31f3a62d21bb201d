"""Reading a learner's own table: a CSV file with a header row into a `Dataset`.

Every complaint is one line that says in which file, line and column, and what would be right.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Final, Literal, NamedTuple, NoReturn

from .checks import elements
from .data import Dataset, Rows

_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


class TableError(ValueError):
    """What is wrong with a table, and where."""


def read_table(
    path: str | PathLike[str], target: str, target_as: Literal["numbers", "classes"] | None = None
) -> Dataset:
    """The table in a CSV file, to predict its column `target` from all the others.

    The file is UTF-8 text with a header row, its columns separated by commas, semicolons or
    tabs; empty lines are skipped. Features are finite numbers with a decimal point. A target of
    numbers makes it a regression; a target of text, or of zeros and ones alone, makes it a
    classification, with the classes in alphabetical order, or in that of their numbers. With
    `target_as` it is what that says.

    A `TableError` for anything else, a ValueError for another `target_as`; an OSError where the
    file cannot be read.
    """
    if target_as not in (None, "numbers", "classes"):
        raise ValueError(f"target_as is numbers, classes or None, not {target_as!r}")
    table = _Table(str(path), Path(path).read_bytes())
    at = table.column(target)
    features = [i for i in range(len(table.header.cells)) if i != at]
    if not features:
        table.fail("there is no other column to predict it from", table.header.line, at)
    X = [[table.number(row, i) for i in features] for row in table.rows]
    names = tuple(table.header.cells[i] for i in features)
    targets = [_parse(row.cells[at]) for row in table.rows]
    numeric = [target is not None for target in targets]
    zeros_and_ones = {*targets} == {0.0, 1.0}
    if target_as == "classes" or (target_as is None and zeros_and_ones):
        names_of_rows, classes = table.classes(at)
        return Dataset(X, [classes.index(name) for name in names_of_rows], names, classes)
    if all(numeric) or target_as == "numbers":
        y = [table.number(row, at) for row in table.rows]
        if min(y) == max(y):
            table.fail(f"every row is {y[0]:g}; there is nothing to predict", None, at)
        return Dataset(X, y, names)
    if any(numeric):
        odd = table.rows[numeric.index(not numeric[0])]
        table.fail(
            f"{odd.cells[at]!r} {'is not a number' if numeric[0] else 'is a number'}, unlike "
            f"{table.rows[0].cells[at]!r} in line {table.rows[0].line}: a target is all numbers "
            "(regression) or all text (classification)",
            odd.line,
            at,
        )
    names_of_rows, classes = table.classes(at)
    return Dataset(X, [classes.index(name) for name in names_of_rows], names, classes)


class Features(NamedTuple):
    """The rows of a table, and of each the numbers in the columns that were asked for."""

    header: list[str]
    cells: list[list[str]]
    X: Rows


def read_features(path: str | PathLike[str], features: Sequence[str]) -> Features:
    """The columns `features` of a CSV file as numbers, in that order, to predict another from.

    The file is as for `read_table`, one row is enough, and other columns may hold anything. A
    `TableError` that says where, for a column that is missing and a cell that is no number.
    """
    table = _Table(str(path), Path(path).read_bytes(), least=1)
    columns = [table.column(name) for name in elements(features, "features are names of columns")]
    X = [[table.number(row, i) for i in columns] for row in table.rows]
    return Features(table.header.cells, [row.cells for row in table.rows], X)


class _Row(NamedTuple):
    line: int
    cells: list[str]


class _Table:
    """The cells of a CSV file as text, with the lines that they stand on."""

    def __init__(self, name: str, content: bytes, least: int = 2) -> None:
        self.name = name
        rows = list(self._read(self._decode(content)))
        if not rows:
            self.fail("the file is empty; it needs a header row and rows of data")
        self.header, self.rows = rows[0], rows[1:]
        self._check_header()
        if len(self.rows) < least:
            need = "two, one to learn from and one to test on" if least == 2 else "one"
            self.fail(
                f"{'one row' if self.rows else 'no row'} of data below the header; it takes at "
                f"least {need}",
                rows[-1].line,
            )
        for row in self.rows:
            self._check_row(row)

    def fail(self, what: str, line: int | None = None, column: int | None = None) -> NoReturn:
        """Raise a `TableError` that says where."""
        place = self.name
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {self.header.cells[column]!r}"
        raise TableError(f"{place}: {what}")

    def column(self, name: str) -> int:
        """The index of the column with this name."""
        if name not in self.header.cells:
            columns = ", ".join(map(repr, self.header.cells))
            self.fail(f"no column {name!r}; the columns are {columns}", self.header.line)
        return self.header.cells.index(name)

    def number(self, row: _Row, column: int) -> float:
        """The cell as a finite number."""
        cell = row.cells[column]
        x = _parse(cell)
        if x is not None and math.isfinite(x):
            return x
        if x is None:
            meant = [cell.replace(",", "")] if _THOUSANDS.fullmatch(cell) else []
            if _parse(cell.replace(",", ".")) is not None:
                meant.append(cell.replace(",", "."))
            hint = f" (write {' or '.join(meant)})" if meant else ""
            self.fail(f"{cell!r} is not a number{hint}", row.line, column)
        self.fail(f"{cell!r} is not a finite number", row.line, column)

    def classes(self, column: int) -> tuple[list[str], tuple[str, ...]]:
        """The class of each row in a column, and the classes: two at least, each found twice."""
        found = [_class_name(row.cells[column]) for row in self.rows]
        counts = Counter(found)
        if len(counts) == 1:
            only = found[0]
            self.fail(f"every row is {only!r}; there is nothing to tell apart", None, column)
        for row, name in zip(self.rows, found):
            if counts[name] == 1:
                self.fail(
                    f"{name!r} is the only row of its class; it takes at least two, "
                    "one to learn from and one to test on",
                    row.line,
                    column,
                )
        numeric = all(_parse(name) is not None for name in counts)
        return found, tuple(sorted(counts, key=float) if numeric else sorted(counts))

    def _decode(self, content: bytes) -> str:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.fail(
                f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8",
                content.count(b"\n", 0, error.start) + 1,
            )

    def _read(self, text: str) -> Iterator[_Row]:
        """The rows that are not empty."""
        line = 1
        try:
            reader = csv.reader(io.StringIO(text, ""), delimiter=_delimiter(text), strict=True)
            for cells in reader:
                if cells:
                    yield _Row(line, [cell.strip() for cell in cells])
                line = reader.line_num + 1
        except csv.Error as error:
            self.fail(f"not a CSV row: {error}", line)

    def _check_header(self) -> None:
        line, names = self.header
        for i, name in enumerate(names, 1):
            if not name:
                self.fail(f"column {i} of {len(names)} has no name in the header", line)
            if names.index(name) != i - 1:
                self.fail("two columns have this name", line, i - 1)

    def _check_row(self, row: _Row) -> None:
        n, right = len(row.cells), len(self.header.cells)
        if n != right:
            counts = f"the row has {n} cell{'s' * (n > 1)}, the header {right}"
            if n < right:
                self.fail(f"missing: {counts}", row.line, n)
            why = "a separator inside a cell needs quotes around the cell"
            self.fail(f"{counts}; {why}", row.line, right - 1)
        if "" in row.cells:
            self.fail("the cell is empty", row.line, row.cells.index(""))


def _delimiter(text: str) -> str:
    """The comma, semicolon or tab: the one that makes the most columns of the header row."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter))))


def _class_name(cell: str) -> str:
    """A class as it is called: its text, and of a number, 1 and 1.0 being one, the shortest."""
    x = _parse(cell)
    return cell if x is None else f"{x:.15g}"


def _parse(cell: str) -> float | None:
    """The cell as a number, None if it is not one. (Python's own 1_000 is not.)"""
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None
