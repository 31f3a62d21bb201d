"""The ledger of the backward pass as a table: in a terminal, in a notebook, as Markdown and CSV."""

from __future__ import annotations

import csv
import html
import io
from pathlib import Path
from typing import Final

from ..engine import Value
from ..files import BYTE_ORDER_MARK, write_atomically
from ..language import say
from ..nn import Module
from ..text import printable, width
from .notation.escaping import in_markdown
from .notation.wording import Wording, number
from .record.ledger import Entry, Ledger

SHOWN: Final = 60
"""How many lines a ledger shows of itself when it is printed; its files hold them all."""

COLUMNS: Final = (
    "step",
    "from",
    "operation",
    "to",
    "upstream",
    "local",
    "contribution",
    "running total",
)


def _heading() -> tuple[str, ...]:
    """The columns for people; a program that reads the CSV finds `COLUMNS`."""
    return (
        say("step"),
        say("from"),
        say("operation"),
        say("to"),
        say("upstream"),
        say("local"),
        say("contribution"),
        say("running total"),
    )


class LedgerTable(Ledger):
    """The lines of one backward pass, with the names by which its tables call each value."""

    def __init__(self, root: Value, model: Module | None = None) -> None:
        super().__init__(root)
        self._wording = Wording(root, model)

    def __str__(self) -> str:
        rows = [_heading(), *self._shown()]
        widths = [max(width(row[i]) for row in rows) for i in range(len(COLUMNS))]
        lines = ["  ".join(_pad(cell, widths[i], i) for i, cell in enumerate(r)) for r in rows]
        text = [self._title, *(line.rstrip() for line in lines), *self._rest()]
        return printable("\n".join(text))

    __repr__ = __str__

    def markdown(self) -> str:
        """The table in GitHub's Markdown, labels escaped so that they remain text."""
        rows = [
            " | ".join(in_markdown(c) if i < 4 else c for i, c in enumerate(row))
            for row in self._shown()
        ]
        rule = " | ".join("---:" if i == 0 or i >= 4 else ":---" for i in range(len(COLUMNS)))
        table = [f"| {row} |" for row in (" | ".join(_heading()), rule, *rows)]
        return "\n".join([in_markdown(self._title), "", *table, *("\n" + r for r in self._rest())])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{c}</th>" for c in _heading())
        body = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>"
            for row in self._shown()
        )
        rest = "".join(f"<p>{html.escape(line)}</p>" for line in self._rest())
        return (  # the classes keep MathJax from reading a label's dollar signs
            f'<div class="tex2jax_ignore mathjax_ignore">\n<p>{html.escape(self._title)}</p>\n'
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
            f"{rest}</div>"
        )

    def csv(self) -> str:
        """All lines as comma-separated values under a heading, numbers to the last bit.

        A name that a spreadsheet would take for a formula (it begins with = + - @) gets an
        apostrophe before it, which spreadsheets read as "this is text".
        """
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for step, e in enumerate(self.entries, 1):
            writer.writerow((step, *map(_inert, self._named(e)), *map(repr, e[3:])))
        return file.getvalue()

    def save(self, path: str | Path) -> None:
        """Write `csv()` to a file whose name ends in .csv, whole or not at all."""
        if Path(path).suffix.lower() != ".csv":
            raise ValueError(f"a ledger is saved as .csv, so {str(path)!r} cannot be its name")
        write_atomically(path, BYTE_ORDER_MARK + self.csv())

    @property
    def _title(self) -> str:
        name, one = self._wording.name(self.root), self._wording.gradient(self.root)
        return say(
            "The backward pass from {name} = {number}: {gradient} = 1; each line adds upstream · "
            "local to the gradient of its operand.",
            name=name,
            number=number(self.root.data),
            gradient=one,
        )

    def _shown(self) -> list[tuple[str, ...]]:
        return [
            (str(step), *self._named(e), *map(number, e[3:]))
            for step, e in enumerate(self.entries[:SHOWN], 1)
        ]

    def _named(self, e: Entry) -> tuple[str, str, str]:
        words = self._wording
        return words.name(e.node), words.operation(e.node), words.name(e.operand)

    def _rest(self) -> list[str]:
        more = len(self) - SHOWN
        if more <= 0:
            return []
        return [say("… and {count} more contributions (csv() has them all)", count=f"{more:,}")]


def ledger(root: Value, model: Module | None = None) -> LedgerTable:
    """Every contribution of the backward pass from `root`, in order, to the last bit.

    model  names its parameters in the tables, as w⁽²⁾₃₁

    Each running total's last value is what `root.backward()` gives on leaves whose gradients are
    zero. Nothing is disturbed: the gradients are worked out beside the graph, not in it.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> [(e.contribution, e.total) for e in ledger(a * b + a)]
    [(1.0, 1.0), (1.0, 1.0), (-3.0, -2.0), (2.0, 2.0)]
    """
    return LedgerTable(root, model)


def _pad(cell: str, columns: int, place: int) -> str:
    padding = " " * (columns - width(cell))
    return padding + cell if place == 0 or place >= 4 else cell + padding


def _inert(text: str) -> str:
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
