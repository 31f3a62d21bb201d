r"""A worked text of formulas: in a terminal, in a notebook, as Markdown, LaTeX or HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from ...files import write_atomically
from ...text import printable
from ..notation.escaping import in_latex, in_markdown
from ..notation.expression import Expression, Latex, Notation, Symbol, Text
from ..notation.labels import Name
from ..notation.mathml import mathml

WIDTH: Final = 100
"""How many columns a line of plain text may have before it is broken at its equals signs."""


INDENT: Final = r"\quad"
"""What stands in place of a sign before a sum that goes on in a new row."""


Words: TypeAlias = Sequence[str | Name]
"""A sentence, with names in it that each format writes its own way."""

Role = Literal["given", "rule", "formula", "numbers", "result"]
"""What a part of a line is: what the problem states, the chain rule in symbols, the same with the
factors' formulas, with their numbers, and the number that comes out."""


class Part(NamedTuple):
    """One side of an equation; in the last two roles names are written as their numbers."""

    formula: Expression
    role: Role


def result(value: float) -> Part:
    """A number that has been computed."""
    return Part(Symbol(Name("", ""), value), "result")


@dataclass(frozen=True, slots=True)
class Line:
    """left = part = part …; `sign` is what stands after the left side."""

    left: Expression
    parts: tuple[Part, ...]
    sign: str = "="

    def distinct(self) -> Line:
        """The line without the parts that are written like what is before them."""
        notation, kept = Text(), [Part(self.left, "given")]
        for part in self.parts:
            if _terms(part, notation) != _terms(kept[-1], notation):
                kept.append(part)
        return replace(self, parts=tuple(kept[1:]))

    def parts_in(self, notation: Notation) -> list[list[str]]:
        """The left side and the distinct parts, each as its terms."""
        return [[notation.write(self.left)], *[_terms(p, notation) for p in self.distinct().parts]]

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
    remark: Words = ()
    inline: bool = False


@dataclass(frozen=True, eq=False)
class Document:
    """Sections of formulas. `print` shows plain text; a notebook sets it as mathematics."""

    title: Words
    sections: tuple[Section, ...]
    digits: int = 6

    def __str__(self) -> str:
        notation = Text(self.digits)
        blocks = [_plain(self.title)]
        for section in self.sections:
            lines = [section.title]
            if section.remark:
                lines.append(f"  {_plain(section.remark).strip()}")
            if section.inline:
                lines += _filled([_flat(line, notation) for line in section.lines])
            else:
                for line in section.lines:
                    lines += _laid_out(line, notation)
            blocks.append("\n".join(lines))
        return printable("\n\n".join(blocks))

    __repr__ = __str__

    def markdown(self) -> str:
        """Markdown with formulas between dollar signs, as notebooks and GitHub read it."""
        return self._in_markdown("##")

    def _in_markdown(self, heading: str) -> str:
        blocks = [f"{heading} {_markdown(self.title)}"]
        for section in self.sections:
            blocks.append(f"{heading}# {in_markdown(section.title)}")
            if section.remark:
                blocks.append(_markdown(section.remark))
            for block in self._blocks(section):
                blocks.append(f"$$\n{_inert(block)}\n$$")
        return "\n\n".join(blocks) + "\n"

    def _repr_markdown_(self) -> str:
        return self._in_markdown("####")  # below the headings of a notebook's own sections

    def latex(self) -> str:
        """A LaTeX document that compiles with any engine that reads Unicode."""
        body = [rf"\section*{{{_tex(self.title)}}}"]
        for section in self.sections:
            body.append(rf"\subsection*{{{in_latex(section.title)}}}")
            if section.remark:
                body.append(_tex(section.remark))
            body += [f"\\[\n{block}\n\\]" for block in self._blocks(section)]
        return "\n".join([_TEX_HEAD, *body, r"\end{document}", ""])

    def html(self) -> str:
        """A page of its own, with the formulas as MathML: it needs no network and prints well."""
        notation = Latex(self.digits)
        body = [f"<h1>{_html(self.title)}</h1>"]
        for section in self.sections:
            body.append(f"<section>\n<h2>{html.escape(section.title)}</h2>")
            if section.remark:
                body.append(f"<p>{_html(section.remark)}</p>")
            if section.inline:
                formulas = [mathml(_flat(line, notation)) for line in section.lines]
                body.append(f"<p>{', '.join(formulas)}</p>")
            else:
                body += [_table(line, notation) for line in section.lines]
            body.append("</section>")
        return _HTML.format(title=html.escape(_plain(self.title)), body="\n".join(body))

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
        text = writers[suffix]()
        # A label may hold half characters (lone surrogates), which no file in UTF-8 can.
        write_atomically(path, text.encode(errors="replace"))

    def _blocks(self, section: Section) -> list[str]:
        """The section's lines as displayed formulas, their equals signs aligned."""
        notation = Latex(self.digits)
        if section.inline:
            rows = _in_rows([_flat(line, notation) for line in section.lines], 6)
            return [r",\quad ".join(row) for row in rows]
        return [_displayed(line, notation) for line in section.lines]


def _plain(words: Words) -> str:
    return "".join(map(str, words))


def _markdown(words: Words) -> str:
    return "".join(in_markdown(w) if isinstance(w, str) else f"${_inert(w.latex)}$" for w in words)


def _inert(latex: str) -> str:
    """A formula in which a Markdown reader sees no HTML."""
    return latex.replace("<", r"\lt ").replace(">", r"\gt ")


def _tex(words: Words) -> str:
    return "".join(in_latex(w) if isinstance(w, str) else f"${w.latex}$" for w in words)


def _html(words: Words) -> str:
    return "".join(html.escape(w) if isinstance(w, str) else mathml(w.latex) for w in words)


def _terms(part: Part, notation: Notation) -> list[str]:
    numeric = part.role in ("numbers", "result")
    return replace(notation, numeric=numeric).terms(part.formula)


def _flat(line: Line | Omission, notation: Notation) -> str:
    """A line in one row."""
    if isinstance(line, Line):
        left, *parts = [" ".join(part) for part in line.parts_in(notation)]
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


Row = tuple[str, str, str]
"""What stands to the left of the sign, the sign and what follows it."""


def _rows(line: Line, notation: Notation) -> list[Row]:
    """A line in one row if that is not too wide, else in one for each part, or several."""
    left, *parts = line.parts_in(notation)
    measured = line.parts_in(Text(notation.digits))
    sign = r"\leftarrow" if line.sign == "←" and isinstance(notation, Latex) else line.sign
    margin = len(measured[0][0]) + 5
    if margin + sum(len(" ".join(part)) + 3 for part in measured[1:]) <= WIDTH:
        return [(left[0], sign, " = ".join(" ".join(part) for part in parts))]
    rows: list[Row] = []
    for part, lengths in zip(parts, measured[1:]):
        row, width = [part[0]], margin + len(lengths[0])
        rows_of_part = [row]
        for term, length in zip(part[1:], lengths[1:]):
            width += len(length) + 1
            if width > WIDTH:
                row, width = [], margin + len(length)
                rows_of_part.append(row)
            row.append(term)
        rows += [("", "" if i else "=", " ".join(row)) for i, row in enumerate(rows_of_part)]
    return [(left[0], sign, rows[0][2]), *rows[1:]]


def _laid_out(line: Line | Omission, notation: Notation) -> list[str]:
    """A line of plain text, broken at its signs if it is long."""
    if isinstance(line, Omission):
        return [f"  {_flat(line, notation)}"]
    rows = _rows(line, notation)
    margin = len(rows[0][0])
    return [f"  {left:{margin}} {sign:1} {text}" for left, sign, text in rows]


def _displayed(line: Line | Omission, notation: Notation) -> str:
    """A line as a displayed formula, its signs aligned if it has several rows."""
    if isinstance(line, Omission):
        return _flat(line, notation)
    rows = _rows(line, notation)
    if len(rows) == 1:
        return " ".join(rows[0])
    lines = " \\\\\n".join(f"{left} &{sign or INDENT} {text}" for left, sign, text in rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _table(line: Line | Omission, notation: Notation) -> str:
    """A line as a table in HTML, a row for each of its rows."""
    if isinstance(line, Omission):
        return f"<p>{mathml(_flat(line, notation))}</p>"
    rows = [
        f"<tr><td>{mathml(left)}</td><td>{mathml(sign)}</td><td>{mathml(text)}</td></tr>"
        for left, sign, text in _rows(line, notation)
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
td {{ padding: 0.15rem 0.15rem; vertical-align: middle; white-space: nowrap; }}
td:first-child {{ text-align: right; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
