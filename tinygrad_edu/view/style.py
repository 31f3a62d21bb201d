"""How pictures look: one shape and one pair of colours for each kind of node, light and dark.

The colours are shades of the Okabe-Ito palette, which colour-blind readers can tell apart
(M. Okabe, K. Ito, "Color Universal Design", 2008), and no two kinds share a shape. The light ones
are in the Graphviz source; the dark ones in a style sheet that the SVG carries, for where the
reader's screen is dark. The background is opaque, so either is readable on any page.
"""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

import graphviz  # type: ignore[import-untyped]

from ..text import number

LONGEST: Final = 32
"""The most characters of a label that a picture shows."""


class Look(NamedTuple):
    """The shape of a kind of node; its fill, outline and text, each as (light, dark)."""

    shape: str
    style: str
    fill: tuple[str, str]
    line: tuple[str, str]
    text: tuple[str, str] = ("#1a1f26", "#f0f3f6")
    more: dict[str, str] = {}  # noqa: RUF012 (never changed)


LOOKS: Final = {
    "input": Look("box", "rounded,filled", ("#dcecf8", "#12384f"), ("#0072b2", "#56b4e9")),
    "parameter": Look(
        "octagon",
        "filled",
        ("#fdeecb", "#4a3607"),
        ("#a86b00", "#e69f00"),
        more={"margin": "0.04,0.01"},
    ),
    "constant": Look(
        "plain", "", ("transparent", "none"), ("transparent", "none"), ("#4c5561", "#b9c2cc")
    ),
    "operation": Look(
        "ellipse",
        "filled",
        ("#3d4651", "#c9d1d9"),
        ("#3d4651", "#c9d1d9"),
        ("#ffffff", "#12161b"),
        more={"margin": "0.03,0.02", "width": "0.42", "height": "0.42"},
    ),
    "value": Look("box", "filled", ("#f4f5f7", "#252c34"), ("#68727e", "#8b96a2")),
    "root": Look(
        "box", "filled", ("#d3f0e4", "#0d4233"), ("#00704f", "#2fc59a"), more={"peripheries": "2"}
    ),
    "module": Look("component", "filled", ("#f6e3ef", "#472339"), ("#9c4a7c", "#d98bb9")),
    "source": Look(
        "box",
        "rounded,filled",
        ("#dcecf8", "#12384f"),
        ("#0072b2", "#56b4e9"),
        more={"fixedsize": "true", "width": "0.66", "height": "0.42"},
    ),
    "neuron": Look(
        "circle",
        "filled",
        ("#f4f5f7", "#252c34"),
        ("#68727e", "#8b96a2"),
        more={"fixedsize": "true", "width": "0.66"},
    ),
}

EDGES: Final = {
    "plain": ("#68727e", "#9aa5b1"),
    "lit": ("#c44500", "#ff9e4a"),
    "dim": ("#b9c0c8", "#4d5762"),
    "positive": ("#0072b2", "#56b4e9"),
    "negative": ("#c44500", "#ff9e4a"),
}

PAPER: Final = ("#ffffff", "#12161b")
INK: Final = ("#1a1f26", "#f0f3f6")
MUTED: Final = ("#4c5561", "#b9c2cc")


def node_attributes(kind: str) -> dict[str, str]:
    """The Graphviz attributes of a kind of node, in its light colours."""
    look = LOOKS[kind]
    return {
        "class": kind,
        "shape": look.shape,
        "style": look.style,
        "fillcolor": look.fill[0],
        "color": look.line[0],
        "fontcolor": look.text[0],
        **look.more,
    }


def edge_attributes(kind: str) -> dict[str, str]:
    """The Graphviz attributes of a kind of edge, in its light colours."""
    return {"class": kind, "color": EDGES[kind][0]}


def _dark() -> str:
    rules = [
        f".graph>polygon{{fill:{PAPER[1]}}}",
        f".graph>text,.edge text{{fill:{INK[1]}}}",
    ]
    for kind, look in LOOKS.items():
        rules += [
            f".{kind} :is(path,polygon,ellipse){{stroke:{look.line[1]}}}",
            f'.{kind} :is(path,polygon,ellipse):not([fill="none"]){{fill:{look.fill[1]}}}',
            f".{kind} text{{fill:{look.text[1]}}}",
        ]
    for kind, (_, dark) in EDGES.items():
        rules += [f".{kind} :is(path,polygon){{stroke:{dark}}}", f".{kind} polygon{{fill:{dark}}}"]
    rules.append(f".lit text{{fill:{EDGES['lit'][1]}}}")
    return "".join(
        f".tinygrad-edu {rule}".replace(",.edge", ",.tinygrad-edu .edge") for rule in rules
    )


CSS: Final = f"@media (prefers-color-scheme:dark){{{_dark()}}}"
"""The dark colours, for an SVG whose class is ``tinygrad-edu``."""


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
