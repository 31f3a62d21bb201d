"""A small table: in a terminal, in a notebook, and as CSV, Markdown or HTML."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...files import BYTE_ORDER_MARK, write_atomically
from ...language import current_language
from ...text import printable, width
from ..notation.escaping import in_markdown


@dataclass(frozen=True)
class Table:
    """Rows of text under a header. It prints as a table, and shows itself as one in a notebook."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        rows = [self.header, *self.rows]
        widths = [max(map(width, column)) for column in zip(*rows)]
        lines = [
            "  ".join(cell + " " * (most - width(cell)) for cell, most in zip(row, widths))
            for row in rows
        ]
        return printable("\n".join([self.title, *(line.rstrip() for line in lines)]))

    __repr__ = __str__

    def csv(self) -> str:
        """Comma-separated values under the header.

        A cell that a spreadsheet would take for a formula (it begins with = + - @) gets an
        apostrophe before it, which spreadsheets read as "this is text".
        """
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([[_inert(cell) for cell in row] for row in (self.header, *self.rows)])
        return file.getvalue()

    def markdown(self) -> str:
        """GitHub's Markdown, in which every cell stays text."""
        rule = " | ".join("---" for _ in self.header)
        rows = [" | ".join(map(in_markdown, row)) for row in (self.header, *self.rows)]
        body = [f"| {row} |" for row in (rows[0], rule, *rows[1:])]
        return "\n".join([in_markdown(self.title), "", *body]) + "\n"

    def html(self) -> str:
        """A table element."""
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in self.header)
        body = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return (  # the classes keep MathJax from reading a name's dollar signs
            f'<div class="tex2jax_ignore mathjax_ignore">\n<p>{html.escape(self.title)}</p>\n'
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
        )

    _repr_html_ = html

    def save(self, path: str | Path) -> None:
        """Write it as .csv, .md or .html, whole or not at all. A ValueError for another suffix."""
        writers: dict[str, Callable[[], str]] = {
            ".csv": lambda: BYTE_ORDER_MARK + self.csv(),
            ".md": self.markdown,
            ".html": lambda: page(self.title, self.html()),
        }
        suffix = Path(path).suffix.lower()
        if suffix not in writers:
            raise ValueError(
                f"a table is saved as .csv, .md or .html, so {str(path)!r} cannot be its name"
            )
        write_atomically(path, writers[suffix]())


def page(title: str, body: str) -> str:
    """An HTML page of its own, which fits a phone and needs no network."""
    return (
        f'<!DOCTYPE html>\n<html lang="{current_language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{html.escape(title)}</h1>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


_STYLE = (
    ":root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem }"
    " div { overflow-x: auto } table { border-collapse: collapse }"
    " th, td { border-bottom: 1px solid #8888; padding: .3rem .6rem; text-align: left }"
    " h1 { font-size: 1.3rem } h1 + div > p:first-child { display: none }"
    " pre { white-space: pre-wrap }"
)


def _inert(text: str) -> str:
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
