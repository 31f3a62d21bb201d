"""How everything looks: all colours, fonts and line widths of pictures, plots and pages.

A theme is one object, and another is made from one that is there:
``replace(THEMES["light"], font="Times", root=Paint("#ffffff", "#000000", "#000000"))``.

The colours are shades of the Okabe-Ito palette, which colour-blind readers can tell apart
(M. Okabe, K. Ito, "Color Universal Design", 2008). Text has a contrast of at least 4.5 to 1 with
what is behind it, as WCAG 2 asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple


class Paint(NamedTuple):
    """The colours of a kind of node: its area, its outline and its text."""

    fill: str
    line: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours as ``#rrggbb``, sizes in points.

    on_dark  the theme that an SVG or a page turns to where the reader's screen is dark
    """

    # The page, and text on it
    paper: str
    panel: str  # behind a part of a page
    ink: str
    soft: str  # text that steps back
    rule: str  # lines that only divide
    # What a page tells apart
    forward: str  # values
    backward: str  # gradients
    path: str  # what the reader points at
    right: str
    wrong: str
    current: str  # behind the current line
    # Nodes
    input: Paint
    parameter: Paint
    constant: Paint
    number: Paint  # on a line
    operation: Paint
    value: Paint
    root: Paint
    module: Paint
    # Edges
    plain: str
    lit: str  # on a highlighted path
    dim: str  # beside it
    positive: str
    negative: str
    # Plots: one colour a class or a line, and matplotlib's colour map for a height
    series: tuple[str, ...]
    heights: str
    # Letters and lines, everywhere
    font: str = "Helvetica"
    text_size: float = 11.0
    label_size: float = 10.0  # of edges
    hairline: float = 0.3  # the thinnest edge of a dense network
    line: float = 1.6  # of a plot
    thin: float = 0.8
    bold: float = 2.5
    thick: float = 4.5  # the edge through which most flows
    on_dark: Theme | None = None


_LIGHT: Final = Theme(
    paper="#ffffff",
    panel="#f6f7f9",
    ink="#1a1f26",
    soft="#4c5561",
    rule="#c9d1d9",
    forward="#0b5cad",
    backward="#b3400a",
    path="#7a3fb8",
    right="#1a7f37",
    wrong="#b3261e",
    current="#fff3d6",
    input=Paint("#dcecf8", "#0072b2", "#1a1f26"),
    parameter=Paint("#fdeecb", "#a86b00", "#1a1f26"),
    constant=Paint("transparent", "transparent", "#4c5561"),
    number=Paint("#ffffff", "transparent", "#1a1f26"),
    operation=Paint("#3d4651", "#3d4651", "#ffffff"),
    value=Paint("#f4f5f7", "#68727e", "#1a1f26"),
    root=Paint("#d3f0e4", "#00704f", "#1a1f26"),
    module=Paint("#f6e3ef", "#9c4a7c", "#1a1f26"),
    plain="#68727e",
    lit="#c44500",
    dim="#b9c0c8",
    positive="#0072b2",
    negative="#c44500",
    series=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
    heights="cividis",
)

_DARK: Final = Theme(
    paper="#12161b",
    panel="#1d2229",
    ink="#f0f3f6",
    soft="#b9c2cc",
    rule="#3b444f",
    forward="#7db8f5",
    backward="#ffa366",
    path="#c9a0f5",
    right="#6fd38a",
    wrong="#ff8f87",
    current="#40351a",
    input=Paint("#12384f", "#56b4e9", "#f0f3f6"),
    parameter=Paint("#4a3607", "#e69f00", "#f0f3f6"),
    constant=Paint("transparent", "transparent", "#b9c2cc"),
    number=Paint("#12161b", "transparent", "#f0f3f6"),
    operation=Paint("#c9d1d9", "#c9d1d9", "#12161b"),
    value=Paint("#252c34", "#8b96a2", "#f0f3f6"),
    root=Paint("#0d4233", "#2fc59a", "#f0f3f6"),
    module=Paint("#472339", "#d98bb9", "#f0f3f6"),
    plain="#9aa5b1",
    lit="#ff9e4a",
    dim="#4d5762",
    positive="#56b4e9",
    negative="#ff9e4a",
    series=("#56b4e9", "#ff9e4a", "#2fc59a", "#d98bb9", "#f0e442", "#4aa3ff"),
    heights="cividis",
)

_WHITE: Final = Paint("#ffffff", "#000000", "#000000")
_PRINT: Final = Theme(
    paper="#ffffff",
    panel="#ffffff",
    ink="#000000",
    soft="#404040",
    rule="#808080",
    forward="#000000",
    backward="#000000",
    path="#000000",
    right="#000000",
    wrong="#000000",
    current="#e6e6e6",
    input=_WHITE,
    parameter=Paint("#e6e6e6", "#000000", "#000000"),
    constant=Paint("transparent", "transparent", "#000000"),
    number=Paint("#ffffff", "transparent", "#000000"),
    operation=_WHITE,
    value=_WHITE,
    root=_WHITE,
    module=_WHITE,
    plain="#000000",
    lit="#000000",
    dim="#808080",
    positive="#000000",
    negative="#000000",
    series=("#000000", "#909090", "#505050", "#c8c8c8", "#303030", "#707070"),
    heights="Greys",
)

THEMES: Final = {
    "auto": replace(_LIGHT, on_dark=_DARK),
    "light": _LIGHT,
    "dark": _DARK,
    "print": _PRINT,
}
"""The themes by their names; "auto" is light, and dark where the reader's screen is."""


def theme_of(theme: Theme | str) -> Theme:
    """A theme, or the one of that name; a ValueError for another name, a TypeError for neither."""
    if isinstance(theme, Theme):
        return theme
    if not isinstance(theme, str):
        raise TypeError(f"theme is a Theme or a name, not {type(theme).__name__}: {theme!r}")
    if theme not in THEMES:
        raise ValueError(f"theme is a Theme or one of {', '.join(THEMES)}, not {theme!r}")
    return THEMES[theme]
