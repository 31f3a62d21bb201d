"""A worked text of formulas: in a terminal, in a notebook, as Markdown, LaTeX or HTML."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from ...checks import number_in
from ...files import write_atomically
from ...language import current_language
from ...text import is_wide, printable
from ..notation.escaping import in_latex, in_markdown
from ..notation.latex import Latex
from ..notation.mathml import MathML, math_element
from ..notation.plain import Text
from ..notation.writing import Notation
from .lines import Line, Omission, Section, Words

WIDTH: Final = 100
"""How many columns a line of text may have before it is broken at its signs.

A page in LaTeX is about as wide.
"""

INDENT: Final = r"\quad"
"""What stands in place of a sign before a side of an equation that goes on in a new row."""


_MATRIX: Final = re.compile(r"\([^()]*;[^()]*\)")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, eq=False)
class Document:
    """Sections of formulas. `print` shows plain text; a notebook sets it as mathematics.

    digits  significant digits of the results; the numbers that they are worked out from may have
            some more (see `guard`)
    """

    title: Words
    sections: tuple[Section, ...]
    digits: int = 6

    def __str__(self) -> str:
        return printable(self.text())

    __repr__ = __str__

    def text(self, width: int = WIDTH) -> str:
        """Plain text, no line longer than `width` columns where its formulas can be broken."""
        if number_in(width, "width", 0.0, math.inf) < 20:
            raise ValueError(f"a width is 20 columns or more, not {width!r}")
        notation = Text(self.digits, in_full=True)
        blocks = ["\n".join(_wrapped(self.title, width)).strip()]
        for section in self.sections:
            lines = [section.title]
            if section.remark:
                lines += _wrapped(section.remark, width)
            if section.inline:
                lines += _filled([_flat(line, notation) for line in section.lines], width, "   ")
            else:
                for line in section.lines:
                    lines += _laid_out(line, notation, width)
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks)

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
        """A LaTeX document, for any engine that reads Unicode.

        With Chinese, Japanese or Korean in it, it asks for `ctex`, whose fonts xelatex and
        lualatex find by themselves.
        """
        body = [rf"\section*{{{_tex(self.title)}}}"]
        for section in self.sections:
            body.append(rf"\subsection*{{{in_latex(section.title)}}}")
            if section.remark:
                body.append(_tex(section.remark))
            sizes = [] if section.inline else [_size(line, self.digits) for line in section.lines]
            for block, size in zip_longest(self._blocks(section), sizes, fillvalue=""):
                body.append(f"{{{size}\\[\n{block}\n\\]}}" if size else f"\\[\n{block}\n\\]")
        text = "\n".join(body)
        script = _TEX_CJK if is_wide(text) else ""
        return "\n".join([_TEX_HEAD + script, r"\begin{document}", text, r"\end{document}", ""])

    def html(self) -> str:
        """A page of its own, with the formulas as MathML: it needs no network and prints well."""
        notation = MathML(self.digits, in_full=True)
        body = [f"<h1>{_html(self.title)}</h1>"]
        for section in self.sections:
            body.append(f"<section>\n<h2>{html.escape(section.title)}</h2>")
            if section.remark:
                body.append(f"<p>{_html(section.remark)}</p>")
            if section.inline:
                formulas = [math_element(_flat(line, notation)) for line in section.lines]
                body.append(f"<p>{', '.join(formulas)}</p>")
            else:
                body += [_paragraph(line, notation) for line in section.lines]
            body.append("</section>")
        return _HTML.format(
            language=current_language(), title=html.escape(_plain(self.title)), body="\n".join(body)
        )

    def formulas(self) -> list[str]:
        """Every formula in LaTeX, without alignment: what a page of single formulas needs."""
        notation = Latex(self.digits, in_full=True)
        return [_flat(line, notation) for section in self.sections for line in section.lines]

    def save(self, path: str | Path) -> None:
        """Write it as .md, .tex or .html, whole or not at all. A ValueError for another suffix."""
        writers = dict(zip(SUFFIXES, (self.markdown, self.latex, self.html)))
        suffix = Path(path).suffix.lower()
        if suffix not in writers:
            raise ValueError(
                f"it is saved as .md, .tex or .html, so {str(path)!r} cannot be its name"
            )
        text = writers[suffix]()
        # A label may hold half characters (lone surrogates), which no file in UTF-8 can, and
        # control characters, which TeX and XML refuse.
        write_atomically(path, _CONTROL.sub("?", text).encode(errors="replace"))

    def _blocks(self, section: Section) -> list[str]:
        """The section's lines as displayed formulas, their equals signs aligned."""
        notation = Latex(self.digits, in_full=True)
        if section.inline:
            return [r",\quad ".join(row) for row in _in_rows(section.lines, notation)]
        return [_displayed(line, notation) for line in section.lines]


SUFFIXES: Final = (".md", ".tex", ".html")
"""What a document is saved as."""

# Words

_TEXT: Final = Text()
_LATEX: Final = Latex()
_MATHML: Final = MathML()


def _plain(words: Words) -> str:
    return "".join(w if isinstance(w, str) else _TEXT.write(w) for w in words)


def _wrapped(words: Words, width: int) -> list[str]:
    """Words in rows that are broken between them, but not inside of a formula."""
    unbroken = [w if isinstance(w, str) else _TEXT.write(w).replace(" ", "\0") for w in words]
    return [row.replace("\0", " ") for row in _filled("".join(unbroken).split(" "), width, " ")]


def _markdown(words: Words) -> str:
    return "".join(
        in_markdown(w) if isinstance(w, str) else f"${_inert(_LATEX.write(w))}$" for w in words
    )


def _inert(latex: str) -> str:
    """A formula in which a Markdown reader sees no HTML."""
    return latex.replace("<", r"\lt ").replace(">", r"\gt ")


def _tex(words: Words) -> str:
    return "".join(in_latex(w) if isinstance(w, str) else f"${_LATEX.write(w)}$" for w in words)


def _html(words: Words) -> str:
    return "".join(
        html.escape(w) if isinstance(w, str) else math_element(_MATHML.write(w)) for w in words
    )


def _noted(words: Words, notation: Notation) -> str:
    """Words inside a formula."""
    return "".join(notation.words(w) if isinstance(w, str) else notation.write(w) for w in words)


# Lines


def _flat(line: Line | Omission, notation: Notation) -> str:
    """A line in one row."""
    if isinstance(line, Line):
        left, *parts = [" ".join(part) for part in line.parts_in(notation)]
        signs = [line.sign(notation), *[notation.equals] * len(parts[1:])]
        row = " ".join([left, *[f"{sign} {part}" for sign, part in zip(signs, parts)]])
        return f"{row} {notation.words('   ')}{_noted(line.note, notation)}" if line.note else row
    ends = [_flat(end, notation) for end in line.ends]
    return notation.words(f"… {line.said}: ") + notation.words(", …, ").join(ends)


Row = tuple[str, str, str]
"""What stands to the left of the sign, the sign and what follows it."""


def _rows(line: Line, notation: Notation, width: int = WIDTH) -> list[Row]:
    """A line in one row if that is not too wide, else in one for each part, or several."""
    left, *parts = line.parts_in(notation)
    measure = Text(notation.digits, in_full=True)
    measured = line.parts_in(measure)
    note = f"{notation.words('   ')}{_noted(line.note, notation)}" if line.note else ""
    length_of_note = len(_noted(line.note, measure)) + 3 if line.note else 0
    sign = line.sign(notation)
    margin = len(measured[0][0]) + 5
    whole = sum(len(" ".join(part)) + 3 for part in measured[1:])
    if margin + whole + length_of_note <= width:
        return [(left[0], sign, f" {notation.equals} ".join(" ".join(p) for p in parts) + note)]
    rows: list[Row] = []
    for part, lengths in zip(parts, measured[1:]):
        row, used = [part[0]], margin + len(lengths[0])
        rows_of_part = [row]
        for term, length in zip(part[1:], lengths[1:]):
            used += len(length) + 1
            if used > width:
                row, used = [], margin + len(length)
                rows_of_part.append(row)
            row.append(term)
        rows += [
            ("", "" if i else notation.equals, " ".join(row)) for i, row in enumerate(rows_of_part)
        ]
    if used + length_of_note > width:
        rows.append(("", "", ""))
    rows[-1] = *rows[-1][:2], (rows[-1][2] + note).strip()
    return [(left[0], sign, rows[0][2]), *rows[1:]]


def _laid_out(line: Line | Omission, notation: Notation, width: int) -> list[str]:
    """A line of plain text, broken at its signs if it is long."""
    if isinstance(line, Omission):
        return _filled(_flat(line, notation).split(" "), width, " ")
    rows = _rows(line, notation, width)
    margin = len(rows[0][0])
    return [f"  {left:{margin}} {sign:1} {text}" for left, sign, text in rows]


def _displayed(line: Line | Omission, notation: Notation) -> str:
    """A line as a displayed formula in LaTeX, its signs aligned if it has several rows."""
    if isinstance(line, Omission):
        return _flat(line, notation)
    rows = _rows(line, notation)
    if len(rows) == 1:
        return " ".join(rows[0])
    lines = " \\\\\n".join(f"{left} &{sign or INDENT} {text}" for left, sign, text in rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _size(line: Line | Omission, digits: int) -> str:
    """The size of letters in which a row that cannot be broken still fits a page in LaTeX."""
    measure = Text(digits, in_full=True)
    rows = (
        [_flat(line, measure)] if isinstance(line, Omission) else map("".join, _rows(line, measure))
    )
    width = max(map(len, rows)) / WIDTH
    sizes = ((1.05, ""), (1.17, r"\small"), (1.3, r"\footnotesize"), (math.inf, r"\scriptsize"))
    return next(size for most, size in sizes if width <= most)


def _paragraph(line: Line | Omission, notation: Notation) -> str:
    """A line in HTML, each term a formula of its own, so that it is broken where the page ends."""
    if isinstance(line, Omission):
        ends = ", …, ".join(math_element(_flat(end, notation)) for end in line.ends)
        return f"<p>… {html.escape(line.said)}: {ends}</p>"
    (left,), *parts = line.parts_in(notation)
    pieces = [left]
    for i, part in enumerate(parts):
        sign = notation.equals if i else line.sign(notation)
        pieces += [f"{sign}{part[0]}", *part[1:]]
    note = f" <span>{_html(line.note)}</span>" if line.note else ""
    return f'<p class="line">{"<wbr>".join(map(math_element, pieces))}{note}</p>'


def _in_rows(lines: Sequence[Line | Omission], notation: Notation) -> list[list[str]]:
    """Lines side by side, as many in a row as there is room for."""
    measure = Text(notation.digits, in_full=True)
    rows: list[list[str]] = []
    used = WIDTH
    for line in lines:
        # Of a matrix, plain text has the rows behind one another: its widest counts.
        width = len(_MATRIX.sub(lambda m: max(m[0].split(";"), key=len), _flat(line, measure))) + 4
        if used + width > WIDTH:
            rows.append([])
            used = 0
        rows[-1].append(_flat(line, notation))
        used += width
    return rows


def _filled(items: Iterable[str], width: int, glue: str) -> list[str]:
    """Items side by side, as many in a row as fit."""
    rows: list[str] = []
    for item in items:
        if rows and len(rows[-1]) + len(glue) + len(item) <= width:
            rows[-1] += glue + item
        else:
            rows.append(f"  {item}")
    return rows


_TEX_HEAD: Final = r"""\documentclass[a4paper]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath}
\usepackage{iftex}
\ifPDFTeX \usepackage[utf8]{inputenc} \fi"""

_TEX_CJK: Final = r"""
\usepackage[UTF8, scheme=plain]{ctex}"""

_HTML: Final = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; overflow-wrap: anywhere; }}
@media screen {{ body {{ margin: 2rem auto; padding: 0 1rem; }} }}
h1 {{ font-size: 1.5rem; }}
h2 {{ font-size: 1.15rem; margin: 1.5rem 0 0.5rem; break-after: avoid; }}
math {{ font-size: 1.15rem; }}
p.line {{ margin: 0.5rem 0; padding-left: 2.5rem; text-indent: -2.5rem; break-inside: avoid; }}
p {{ overflow-x: auto; overflow-y: hidden; padding-block: 0.2rem; }}
p.line > * {{ text-indent: 0; margin-right: 0.1rem; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
