"""A picture that shows and saves itself."""

from __future__ import annotations

import html
import re
from functools import cached_property
from pathlib import Path
from typing import Final

from ..files import write_atomically
from ..language import say
from . import renderers
from .renderers import POINTS
from .style import style_sheet
from .theme import THEMES, Theme

WIDTH: Final = 820.0
"""The pixels of a notebook's output on a small screen, with the list of files beside it."""

SMALLEST: Final = 0.7
"""How much of its size a picture keeps at least: a letter of 11 points is then 10 pixels high."""

SUFFIXES: Final = (".svg", ".dot", ".png", ".pdf")


class Drawing:
    """A picture. In a notebook it shows itself; `save` writes it to a file.

    source   the Graphviz source
    summary  what it shows, in a line, for those who do not see it
    theme    the theme that the source is drawn in
    engine   the Graphviz program that lays it out: "dot", or "neato" for fixed positions
    width    the pixels that a notebook has for it

    `key` is the same picture filled in, if something in this one is left blank.
    """

    key: Drawing | None = None

    def __init__(
        self,
        source: str,
        summary: str,
        theme: Theme = THEMES["auto"],
        engine: str = "dot",
        width: float = WIDTH,
    ) -> None:
        self.source = source
        self.summary = summary
        self._theme = theme
        self._engine = engine
        self._width = width

    def svg(self) -> str:
        """The picture as an <svg> element, the same text for the same graph in every process."""
        return self._svg

    @cached_property
    def _svg(self) -> str:
        return _finish(
            renderers.svg(self.source, self._engine), self.summary, style_sheet(self._theme)
        )

    def save(self, path: str | Path) -> None:
        """Write the picture to a file, whole or not at all: .svg, .dot, .png or .pdf.

        A .png has four pixels for one, as screens with fine dots want it. A ValueError for any
        other suffix; a RuntimeError for .png and .pdf without the extra ``pictures`` and without
        Graphviz's `dot` program, of which these two need one.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in SUFFIXES:
            raise ValueError(
                f"a picture is saved as {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}, "
                f"so {str(path)!r} cannot be its name"
            )
        if suffix == ".svg":
            write_atomically(path, self.svg() + "\n")
        elif suffix == ".dot":
            write_atomically(path, self.source)
        elif suffix == ".png":
            write_atomically(path, renderers.png(self.source, self._engine))
        else:
            write_atomically(path, renderers.pdf(self.source, self._engine))

    def _repr_svg_(self) -> str:
        # A notebook may show the picture as an image, which keeps the size that it comes with.
        tag, rest = self.svg().split(">", 1)
        width, height = _size(tag)
        scale = min(1.0, max(self._width * POINTS / width, SMALLEST))
        size = f'width="{width * scale:.2f}pt" height="{height * scale:.2f}pt"'
        return f"{_SIZE.sub(size, tag, count=1)}>{rest}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # Without a text/html twin: exporters would take that and drop the SVG. The text is what
        # a notebook shows that is not trusted.
        text = say(
            "{summary}. Run this cell or trust the notebook to see it; {save} keeps it.",
            summary=self.summary,
            save=".save('picture.svg')",
        )
        return {"image/svg+xml": self._repr_svg_(), "text/plain": text}

    def __repr__(self) -> str:
        return say("{summary} ({save} keeps it)", summary=self.summary, save=".save('picture.svg')")


def _finish(svg: str, summary: str, css: str) -> str:
    """The <svg> element alone, with its styles, and a description instead of Graphviz's names."""
    svg = svg[svg.index("<svg") :].rstrip()
    svg = re.sub(r"<title>.*?</title>\n|<!--.*?-->\n", "", svg, flags=re.DOTALL)
    tag, rest = svg.split(">", 1)
    label = html.escape(summary)
    smallest = f"{_size(tag)[0] * SMALLEST:.0f}pt"
    style = f"<style>{css}</style>" if css else ""
    return (
        f'{tag} class="tinygrad-edu" role="img" aria-label="{label}" '
        f'style="max-width:100%;min-width:{smallest};height:auto">\n{style}{rest}'
    )


_SIZE: Final = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt"')


def _size(tag: str) -> tuple[float, float]:
    """The width and the height of an <svg>, in points."""
    found = _SIZE.search(tag)
    if found is None:
        raise RuntimeError(f"Graphviz has given a picture without a size: {tag[:100]!r}")
    return float(found[1]), float(found[2])
