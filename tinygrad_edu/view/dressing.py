"""Axes of matplotlib in the colours of a theme."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..language import say, using_language
from ..text import is_wide
from .notebook import is_dark
from .theme import THEMES, Theme, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHINESE: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # has Chinese too, and is the one that matplotlib finds in a collection
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "PingFang HK",
    "Hiragino Sans GB",
    "Heiti TC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Arial Unicode MS",
)
"""Fonts with Chinese, of the systems that have one; matplotlib's own font has none."""


@contextmanager
def dressed(ax: Axes | None, theme: Theme | str) -> Iterator[tuple[Axes, Theme]]:
    """`ax`, or axes of a new figure, to draw on inside, and the theme to draw in.

    With "auto", matplotlib's own style is left as it is, and the theme is the light or the dark
    one, whichever suits it (``pyplot.style.use("dark_background")``); in a dark notebook it is the
    dark one. Any other theme also colours what is round the plot. Texts in Chinese get a font;
    where there is none, what is said inside is said in English.
    """
    theme = theme_of(theme)
    axes = _new() if ax is None else ax
    with legible():
        yield from _dressed(axes, theme)


def _dressed(axes: Axes, theme: Theme) -> Iterator[tuple[Axes, Theme]]:
    if theme.on_dark is not None and is_dark() and not _is_dark(axes):
        theme = theme.on_dark
    before = set(axes.figure.axes)
    inside = theme
    if theme.on_dark is not None:
        inside = THEMES["dark"] if _is_dark(axes) else THEMES["light"]
    yield axes, inside
    for drawn in (axes, *(set(axes.figure.axes) - before)):  # a colour bar has its own
        if inside is theme:
            _dress(drawn, theme)
        _make_legible(drawn)


@contextmanager
def legible() -> Iterator[None]:
    """Inside, sentences are in a language that matplotlib has a font for here, if need be English.

    Of that, a UserWarning says what to install.
    """
    has_font = not is_wide(say("epoch")) or bool(_fonts())
    if not has_font:
        warnings.warn(
            "matplotlib finds no font with Chinese characters, so plots are labelled in English: "
            f"install one, such as {_CHINESE[0]}",
            stacklevel=6,
        )
    with using_language(None if has_font else "en"):
        yield


def _new() -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("plots need matplotlib: pip install matplotlib") from None
    return pyplot.subplots(layout="constrained")[1]


def _is_dark(ax: Axes) -> bool:
    from matplotlib.colors import to_rgba

    behind = to_rgba(ax.get_facecolor())
    if behind[3] < 0.5:
        behind = to_rgba(ax.figure.get_facecolor())
    red, green, blue, _ = behind
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5


def _dress(ax: Axes, theme: Theme) -> None:
    from matplotlib import font_manager
    from matplotlib.text import Text

    ax.figure.set_facecolor(theme.paper)
    ax.set_facecolor(theme.paper)
    ax.tick_params(which="both", colors=theme.ink)
    for spine in ax.spines.values():
        spine.set_edgecolor(theme.soft)
    legend = ax.get_legend()
    if legend is not None:
        legend.get_frame().set(facecolor=theme.paper, edgecolor=theme.rule)
    has_font = theme.font in font_manager.get_font_names()
    for text in ax.findobj(Text):
        text.set_color(theme.ink)
        if has_font:
            text.set_fontfamily([theme.font, *text.get_fontfamily()])


def _make_legible(ax: Axes) -> None:
    """Let texts in Chinese fall back on a font of this machine that has it, where there is one."""
    from matplotlib.text import Text

    chinese = [text for text in ax.findobj(Text) if is_wide(text.get_text())]
    fonts = _fonts() if chinese else []
    for text in chinese:
        text.set_fontfamily([*text.get_fontfamily(), *fonts])


def _fonts() -> list[str]:
    """The fonts with Chinese that matplotlib finds."""
    from matplotlib import font_manager

    installed = font_manager.get_font_names()
    return [font for font in _CHINESE if font in installed]
