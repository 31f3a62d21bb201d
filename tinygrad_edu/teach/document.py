r"""A worked text of formulas: in a terminal, in a notebook, as Markdown, LaTeX or HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from ..files import write_atomically
from .expression import Expression, Latex, Notation, Symbol, Text
from .labels import Name
from .mathml import mathml

WIDTH: Final = 100
"""How many columns a line of plain text may have before it is broken at its equals signs."""


class Part(NamedTuple):
    """One side of an equation, its names written as names or as their numbers."""

    formula: Expression
    numeric: bool = False


def result(value: float) -> Part:
    """A number that has been computed."""
    return Part(Symbol(Name("", ""), value), True)


@dataclass(frozen=True, slots=True)
class Line:
    """left = part = part …; `sign` is what stands after the left side."""

    left: Expression
    parts: tuple[Part, ...]
    sign: str = "="

    def written(self, notation: Notation) -> list[str]:
        """The left side and the parts, without those that would be written like the one before."""
        numeric = replace(notation, numeric=True)
        written = [notation.write(self.left)]
        for part in self.parts:
            text = (numeric if part.numeric else notation).write(part.formula)
            if text != written[-1]:
                written.append(text)
        return written

    @property
    def summary(self) -> Line:
        """The left side and the last part."""
        return Line(self.left, self.parts[-1:], self.sign)


@dataclass(frozen=True, slots=True)
class Omission:
    """Lines that are left out because they are like those before them."""

    lines: Sequence[Line]
    what: str = "lines of the same form"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a remark in words, and lines; `inline` ones are set side by side."""

    title: str
    lines: Sequence[Line | Omission]
    remark: str = ""
    inline: bool = False


@dataclass(frozen=True, eq=False)
class Document:
    """Sections of formulas. `print` shows plain text; a notebook sets it as mathematics."""

    title: str
    sections: tuple[Section, ...]
    digits: int = 6

    def __str__(self) -> str:
        notation = Text(self.digits)
        blocks = [self.title]
        for section in self.sections:
            lines = [section.title]
            if section.remark:
                lines.append(f"  {section.remark}")
            if section.inline:
                lines += _filled([_flat(line, notation) for line in section.lines])
            else:
                for line in section.lines:
                    lines += _laid_out(line, notation)
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks)

    __repr__ = __str__

    def markdown(self) -> str:
        """Markdown with formulas between dollar signs, as notebooks and GitHub read it."""
        blocks = [f"## {_markdown(self.title)}"]
        for section in self.sections:
            blocks.append(f"### {_markdown(section.title)}")
            if section.remark:
                blocks.append(_markdown(section.remark))
            blocks += [f"$$\n{block}\n$$" for block in self._blocks(section)]
        return "\n\n".join(blocks) + "\n"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def latex(self) -> str:
        """A LaTeX document that compiles with any engine that reads Unicode."""
        body = [rf"\section*{{{_tex(self.title)}}}"]
        for section in self.sections:
            body.append(rf"\subsection*{{{_tex(section.title)}}}")
            if section.remark:
                body.append(_tex(section.remark))
            body += [f"\\[\n{block}\n\\]" for block in self._blocks(section)]
        return "\n".join([_TEX_HEAD, *body, r"\end{document}", ""])

    def html(self) -> str:
        """A page of its own, with the formulas as MathML: it needs no network and prints well."""
        notation = Latex(self.digits)
        body = [f"<h1>{html.escape(self.title)}</h1>"]
        for section in self.sections:
            body.append(f"<section>\n<h2>{html.escape(section.title)}</h2>")
            if section.remark:
                body.append(f"<p>{html.escape(section.remark)}</p>")
            if section.inline:
                formulas = [mathml(_flat(line, notation)) for line in section.lines]
                body.append(f"<p>{', '.join(formulas)}</p>")
            else:
                body += [_table(line, notation) for line in section.lines]
            body.append("</section>")
        return _HTML.format(title=html.escape(self.title), body="\n".join(body))

    def formulas(self) -> list[str]:
        """Every formula in LaTeX, without alignment: what a page of single formulas needs."""
        notation = Latex(self.digits)
        return [_flat(line, notation) for section in self.sections for line in section.lines]

    def save(self, path: str | Path) -> None:
        """Write it as .md, .tex or .html, whole or not at all. A ValueError for another suffix."""
        writers = {".md": self.markdown, ".tex": self.latex, ".html": self.html}
        suffix = Path(path).suffix.lower()
        if suffix not in writers:
            raise ValueError(
                f"it is saved as .md, .tex or .html, so {str(path)!r} cannot be its name"
            )
        write_atomically(path, writers[suffix]())

    def _blocks(self, section: Section) -> list[str]:
        """The section's lines as displayed formulas, their equals signs aligned."""
        notation = Latex(self.digits)
        if section.inline:
            rows = _in_rows([_flat(line, notation) for line in section.lines], 6)
            return [_aligned([[r",\quad ".join(row)] for row in rows])] if rows else []
        return [_aligned(_rows(line, notation)) for line in section.lines]


def _flat(line: Line | Omission, notation: Notation) -> str:
    """A line in one row."""
    if isinstance(line, Line):
        left, *parts = line.written(notation)
        sign = r"\leftarrow" if line.sign == "←" and isinstance(notation, Latex) else line.sign
        return f" {sign} ".join([left, *parts[:1]]) + "".join(f" = {p}" for p in parts[1:])
    first, last = line.lines[0], line.lines[-1]
    if isinstance(notation, Latex):
        text = rf"\ldots\ \text{{{len(line.lines)} more {line.what}}}"
        glue, to = r":\ ", r",\ \ldots,\ "
    else:
        text, glue, to = f"… {len(line.lines)} more {line.what}", ": ", ", …, "
    ends = [
        _flat(end.summary, notation) for end in ((first, last) if first is not last else (first,))
    ]
    return text + glue + to.join(ends)


def _laid_out(line: Line | Omission, notation: Notation) -> list[str]:
    """A line of plain text, broken at its equals signs if it is long."""
    flat = "  " + _flat(line, notation)
    if len(flat) <= WIDTH or isinstance(line, Omission):
        return [flat]
    left, *parts = line.written(notation)
    margin = " " * (len(left) + 3)
    return [f"  {left} {line.sign} {parts[0]}", *(f"{margin}= {part}" for part in parts[1:])]


def _rows(line: Line | Omission, notation: Notation) -> list[list[str]]:
    if isinstance(line, Omission):
        return [[_flat(line, notation)]]
    left, *parts = line.written(notation)
    sign = r"\leftarrow" if line.sign == "←" else "="
    rows = [[left, f"{sign} {parts[0]}"], *(["", f"= {part}"] for part in parts[1:])]
    if len(parts) > 1 and sum(map(len, parts)) < 90:
        return [[left, f"{sign} " + " = ".join(parts)]]
    return rows


def _aligned(rows: list[list[str]]) -> str:
    if len(rows) == 1:
        return " ".join(rows[0])
    lines = " \\\\\n".join(" &".join(row) for row in rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _table(line: Line | Omission, notation: Notation) -> str:
    rows = [
        "<tr>" + "".join(f"<td>{mathml(cell)}</td>" for cell in row) + "</tr>"
        for row in _rows(line, notation)
    ]
    return f"<table>{''.join(rows)}</table>"


def _in_rows(items: list[str], count: int) -> list[list[str]]:
    return [items[i : i + count] for i in range(0, len(items), count)]


def _filled(items: Iterable[str]) -> list[str]:
    """Items side by side, as many in a row as fit."""
    rows: list[str] = []
    for item in items:
        if rows and len(rows[-1]) + len(item) + 3 <= WIDTH:
            rows[-1] += f"   {item}"
        else:
            rows.append(f"  {item}")
    return rows


def _markdown(text: str) -> str:
    return "".join("\\" + c if c in r"\`*_[]<>#$|~&" else c for c in text)


def _tex(text: str) -> str:
    """Words with the characters that TeX reads as commands escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, "\\" + c if c in "#$%&_{}" else c) for c in text)


_TEX_HEAD: Final = r"""\documentclass{article}
\usepackage{amsmath}
\usepackage{iftex}
\ifPDFTeX \usepackage[utf8]{inputenc} \fi
\begin{document}"""

_HTML: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; }}
@media screen {{ body {{ margin: 2rem auto; padding: 0 1rem; }} }}
h1 {{ font-size: 1.5rem; }}
h2 {{ font-size: 1.15rem; margin: 1.5rem 0 0.5rem; break-after: avoid; }}
math {{ font-size: 1.15rem; }}
table {{ border-collapse: collapse; margin: 0.6rem 0; break-inside: avoid; }}
td {{ padding: 0.15rem 0.2rem; vertical-align: middle; }}
td:first-child {{ text-align: right; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
