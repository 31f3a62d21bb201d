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
from ...language import current_language, say
from ...text import is_wide, printable, width, wrapped
from ..notation.breaking import Pen, ruler
from ..notation.escaping import in_latex, in_markdown
from ..notation.latex import Latex
from ..notation.mathml import MathML, math_element
from ..notation.plain import Text
from ..notation.writing import Notation
from .lines import Line, Omission, Section, Words, noted
from .rows import INDENTED, laid_out

WIDTH: Final = 100
"""How many columns a line of text may have before it is broken at its signs."""

PAGE: Final = 440
"""How many points a row may be wide in LaTeX: 160 mm, less what a measure may be wrong by."""

PHONE: Final = 150
"""How many points what is not broken may be wide in HTML, with letters of 10 points."""

INDENT: Final = r"\quad"
"""What stands in place of a sign before a side of an equation that goes on in a new row."""


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
        room = int(width)
        notation = Text(self.digits, in_full=True)
        blocks = ["\n".join(_wrapped(self.title, room)).strip()]
        for section in self.sections:
            lines = [section.title]
            if section.remark:
                lines += _wrapped(section.remark, room)
            if section.inline:
                lines += _filled([_flat(line, notation) for line in section.lines], room, "   ")
            else:
                for line in section.lines:
                    lines += _in_text(line, notation, room)
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
        body = [rf"\section*{{\raggedright {_tex(self.title)}}}"]
        for section in self.sections:
            body.append(rf"\subsection*{{{in_latex(section.title)}}}")
            if section.remark:
                body.append(_tex(section.remark))
            notation = Latex(self.digits, in_full=True)
            sizes = [] if section.inline else [_size(line, notation) for line in section.lines]
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
                body.append(
                    f"<p>{', '.join(_beside(line, notation) for line in section.lines)}</p>"
                )
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


def _wrapped(words: Words, room: int) -> list[str]:
    """Words in rows that are broken between them, but not inside of a formula."""
    unbroken = [w if isinstance(w, str) else _TEXT.write(w).replace(" ", "\0") for w in words]
    text = "".join(unbroken)
    if is_wide(text):
        rows = [f"  {row}" for row in wrapped(text, room - 2).split("\n")]
    else:
        rows = _filled(text.split(" "), room, " ")
    return [row.replace("\0", " ") for row in rows]


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
        html.escape(w).replace(" × ", "&nbsp;×&nbsp;")  # a shape is not broken
        if isinstance(w, str)
        else math_element(_MATHML.write(w))
        for w in words
    )


# Lines


def _flat(line: Line | Omission, notation: Notation) -> str:
    """A line in one row."""
    if isinstance(line, Line):
        left, *parts = [" ".join(part) for part in line.parts_in(notation)]
        signs = [line.sign(notation), *[notation.equals] * len(parts[1:])]
        row = " ".join([left, *[f"{sign} {part}" for sign, part in zip(signs, parts)]])
        return f"{row} {notation.apart} {noted(line.note, notation)}" if line.note else row
    ends = [_flat(end, notation) for end in line.ends]
    return notation.words(_left_out(line)) + notation.words(", …, ").join(ends)


def _left_out(line: Omission) -> str:
    """What stands before the first and the last of lines that are left out."""
    return say("… {what}: ", what=line.said)


def _in_text(line: Line | Omission, notation: Notation, room: int) -> list[str]:
    """A line of plain text, broken at its signs if it is long."""
    if isinstance(line, Omission):
        return _filled(_flat(line, notation).split(" "), room, " ")
    laid = laid_out(line, notation, room)
    before = "" if laid.hangs else f"  {laid.left} "
    margin = " " * (INDENTED if laid.hangs else width(before))
    rows = [f"{margin}{sign:1} {text}" for sign, text in laid.rows]
    if laid.hangs:
        return [f"  {laid.left}", *rows]
    return [before + rows[0][len(margin) :], *rows[1:]]


def _displayed(line: Line | Omission, notation: Notation) -> str:
    """A line as a displayed formula in LaTeX, its signs aligned if it has several rows."""
    if isinstance(line, Omission):
        return _omission(line, notation)
    laid = laid_out(line, notation, PAGE)
    if len(laid.rows) == 1 and not laid.hangs:
        ((sign, text),) = laid.rows
        return f"{laid.left} {sign} {text}"
    before = INDENT if laid.hangs else ""
    lines = [f"&{before}{sign or INDENT} {text}" for sign, text in laid.rows]
    if laid.hangs:
        lines.insert(0, f"&{laid.left}")
    else:
        lines[0] = f"{laid.left} {lines[0]}"
        lines[1:] = [f" {row}" for row in lines[1:]]
    return _aligned(lines)


def _omission(line: Omission, notation: Notation) -> str:
    """What is left out: in one row, or with one for each end where they are long."""
    if len(_flat(line, ruler(notation))) <= PAGE:
        return _flat(line, notation)
    said = notation.words(_left_out(line))
    return _aligned([f"&{said}", *[f"&{INDENT} {_flat(end, notation)}" for end in line.ends]])


def _aligned(rows: list[str]) -> str:
    lines = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _size(line: Line | Omission, notation: Notation) -> str:
    """The size of letters in which a row that cannot be broken still fits a page in LaTeX."""
    if isinstance(line, Omission):
        widest = max(len(_flat(end, ruler(notation))) for end in line.ends)
    else:
        widest = laid_out(line, notation, PAGE).width
    sizes = ((1.0, ""), (1.1, r"\small"), (1.25, r"\footnotesize"), (math.inf, r"\scriptsize"))
    return next(size for most, size in sizes if widest <= most * PAGE)


def _paragraph(line: Line | Omission, notation: Notation) -> str:
    """A line in HTML, each term a formula of its own, so that it is broken where the page ends."""
    if isinstance(line, Omission):
        return f"<p>{_beside(line, notation)}</p>"
    pieces = [notation.write(line.left)]
    for i, part in enumerate(line.distinct().parts):
        sign = notation.equals if i else line.sign(notation)
        first, *others = Pen(part.in_its(notation, line.guard), PHONE).sides(part.formula)
        pieces += [sign + first.text, *[piece.text for piece in others]]
    note = f" <span>{_html(line.note)}</span>" if line.note else ""
    return f'<p class="line">{"<wbr>".join(map(math_element, pieces))}{note}</p>'


def _beside(line: Line | Omission, notation: Notation) -> str:
    """A line in HTML in one row; of what is left out, a formula for each end."""
    if isinstance(line, Line):
        return math_element(_flat(line, notation))
    ends = ", …, ".join(math_element(_flat(end, notation)) for end in line.ends)
    return f"{html.escape(_left_out(line))}{ends}"


def _in_rows(lines: Sequence[Line | Omission], notation: Notation) -> list[list[str]]:
    """Lines side by side, as many in a row as there is room for."""
    measure = ruler(notation)
    rows: list[list[str]] = []
    used = PAGE
    for line in lines:
        room = len(_flat(line, measure)) + 15
        if used + room > PAGE:
            rows.append([])
            used = 0
        rows[-1].append(_flat(line, notation))
        used += room
    return rows


def _filled(items: Iterable[str], room: int, glue: str) -> list[str]:
    """Items side by side, as many in a row as fit; one that is too long is broken at its blanks."""
    rows: list[str] = []
    for item in items:
        if " " in item and width(item) > room - 2:
            rows += _filled(item.split(" "), room, " ")
        elif rows and width(rows[-1] + glue + item) <= room:
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
