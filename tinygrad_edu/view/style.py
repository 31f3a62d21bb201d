"""How a picture is drawn in a theme: one shape for each kind of node, and labels that are text.

No two kinds share a shape, so that a picture can be read without its colours.
"""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

import graphviz  # type: ignore[import-untyped]

from ..text import number
from .theme import THEMES, Paint, Theme

LONGEST: Final = 32
"""The most characters of a label that a picture shows."""


class Look(NamedTuple):
    """The shape of a kind of node, and which of a theme's paints it has."""

    shape: str
    style: str
    paint: str
    more: dict[str, str] = {}  # noqa: RUF012 (never changed)


LOOKS: Final = {
    "input": Look("box", "rounded,filled", "input"),
    "parameter": Look("octagon", "filled", "parameter", {"margin": "0.04,0.01"}),
    "constant": Look("plain", "", "constant"),
    "operation": Look(
        "ellipse",
        "filled",
        "operation",
        {"margin": "0.03,0.02", "width": "0.42", "height": "0.42"},
    ),
    "value": Look("box", "filled", "value"),
    "root": Look("box", "filled", "root", {"peripheries": "2"}),
    "module": Look("component", "filled", "module"),
    "number": Look("plain", "filled", "number"),
    "elsewhere": Look("box", "dashed", "value"),
    "source": Look(
        "box", "rounded,filled", "input", {"fixedsize": "true", "width": "0.66", "height": "0.42"}
    ),
    "neuron": Look("circle", "filled", "value", {"fixedsize": "true", "width": "0.66"}),
}

EDGES: Final = ("plain", "lit", "dim", "positive", "negative")


def graph_attributes(theme: Theme) -> dict[str, str]:
    """The Graphviz attributes of a whole picture."""
    return {
        "bgcolor": theme.paper,
        "fontname": theme.font,
        "fontsize": f"{theme.text_size:g}",
        "fontcolor": theme.ink,
    }


def node_attributes(kind: str, theme: Theme = THEMES["auto"]) -> dict[str, str]:
    """The Graphviz attributes of a kind of node."""
    look = LOOKS[kind]
    paint: Paint = getattr(theme, look.paint)
    return {
        "class": kind,
        "shape": look.shape,
        "style": look.style,
        "fillcolor": paint.fill,
        "color": paint.line,
        "fontcolor": paint.text,
        **look.more,
    }


def edge_attributes(kind: str, theme: Theme = THEMES["auto"]) -> dict[str, str]:
    """The Graphviz attributes of a kind of edge."""
    color: str = getattr(theme, kind)
    return {"class": kind, "color": color}


def style_sheet(theme: Theme) -> str:
    """The colours that an SVG whose class is ``tinygrad-edu`` turns to on a dark screen, as CSS.

    The others are in the Graphviz source.
    """
    dark = theme.on_dark
    if dark is None:
        return ""
    rules = [
        f".graph>polygon{{fill:{dark.paper}}}",
        f".graph>text{{fill:{dark.ink}}}",
        f".edge text{{fill:{dark.soft}}}",
    ]
    for kind, look in LOOKS.items():
        paint: Paint = getattr(dark, look.paint)
        rules += [
            f".{kind} :is(path,polygon,ellipse){{stroke:{paint.line}}}",
            f'.{kind} :is(path,polygon,ellipse):not([fill="none"]){{fill:{paint.fill}}}',
            f".{kind} text{{fill:{paint.text}}}",
        ]
    for kind in EDGES:
        color: str = getattr(dark, kind)
        rules += [
            f".{kind} :is(path,polygon){{stroke:{color}}}",
            f".{kind} polygon{{fill:{color}}}",
        ]
    rules.append(f".lit text{{fill:{dark.lit}}}")
    inside = "".join(f".tinygrad-edu {rule}" for rule in rules)
    return f"@media (prefers-color-scheme:dark){{{inside}}}"


def text_width(text: str, size: float) -> float:
    """About how many points wide a text is: as of digits, and of Chinese characters, which fill
    their square."""
    return size * sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.56 for c in text)


def shown(x: float, precision: int) -> str:
    """A number in so many significant digits; 0 for -0, and 14400 rather than 1.44e+04."""
    return f"{x + 0.0:.0f}" if x.is_integer() and abs(x) < 1e6 else number(x, precision)


def visible(label: str, longest: int = LONGEST) -> str:
    """A label on one line: ␊ for a newline, � for what no page can hold, … for a long rest."""
    text = label if len(label) <= longest else label[: longest - 1] + "…"
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == " " or character.isprintable():
        return character
    # Joiners shape emoji and scripts; line ends, half characters and reversals would do harm.
    harmless = character in "\u00ad\u00a0\u200c\u200d" or unicodedata.category(character) == "Zs"
    return character if harmless else "\N{REPLACEMENT CHARACTER}"


def literal(text: str) -> str:
    r"""A text as Graphviz draws it letter by letter: ``<b>``, ``\N`` and ``&lt;`` mean nothing.

    Its newlines break lines; the text of labels has been through `visible`, which leaves none.
    """
    escaped: str = graphviz.nohtml(text.replace("\\", "\\\\").replace("&", "&amp;"))
    return escaped
