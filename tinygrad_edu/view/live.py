"""The curve of the losses of a run, drawn anew in a notebook while the run goes on.

It is a few lines of SVG, so that a drawing takes less than a millisecond and needs no library.
"""

from __future__ import annotations

import html
import math
import sys
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Final

from ..history import History
from ..language import say
from ..text import number
from .theme import Theme, theme_of

WIDTH: Final = 560
HEIGHT: Final = 240
LEFT: Final = 70  # of the axes, where the losses are written
RIGHT: Final = WIDTH - 20
TOP: Final = 30
BOTTOM: Final = HEIGHT - 30
MOST_POINTS: Final = 400
SECONDS: Final = 0.2
"""The least time between two drawings."""


class Curve:
    """The losses of the epochs so far, those on the validation data beside them, as a picture.

    epochs  how many there are to be at most: the width of the picture
    """

    def __init__(self, history: History, epochs: int, theme: Theme | str = "auto") -> None:
        self._lines = [(say("training"), list(history.losses))]
        if history.validation_losses:
            self._lines.append((say("validation"), list(history.validation_losses)))
        self._epochs = max(epochs, history.epochs, 2)
        self._theme = theme_of(theme)
        self._text = repr(history)

    def svg(self) -> str:
        """The picture as an <svg> element."""
        theme, scale = self._theme, _Scale([x for _, losses in self._lines for x in losses])
        parts = [
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{theme.paper}"/>',
            f'<path class="rule" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" '
            f'stroke="{theme.rule}" stroke-width="{theme.thin}"/>',
        ]
        for _, losses in self._lines:
            parts += self._gaps(losses)
        for x, y in scale.marks:
            parts.append(self._label(LEFT - 8, y + 4, number(x, 3), "end"))
        parts.append(self._label(LEFT, BOTTOM + 18, "0", "middle"))
        parts.append(self._label(RIGHT, BOTTOM + 18, f"{self._epochs - 1}", "middle"))
        parts.append(self._label((LEFT + RIGHT) / 2, BOTTOM + 18, say("epoch"), "middle"))
        place = float(LEFT)
        for i, (name, losses) in enumerate(self._lines):
            shown = f"{name} {number(losses[-1], 4)}" if losses else name
            parts.append(self._stroke(self._points(losses, scale), i))
            parts.append(self._stroke(f"M{place:g} {TOP - 16}h18", i))
            parts.append(self._label(place + 26, TOP - 12, shown, "start"))
            place += (RIGHT - LEFT) / 2
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="tinygrad-edu-curve" role="img" '
            f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'aria-label="{html.escape(self._text)}"><style>{_style_sheet(theme)}</style>'
            + "".join(parts)
            + "</svg>"
        )

    def _points(self, losses: Sequence[float], scale: _Scale) -> str:
        """A line through the losses, interrupted where one is not finite."""
        last = len(losses) - 1
        every = last // MOST_POINTS + 1
        lines = []
        for first, end in _runs(losses, math.isfinite):
            epochs = [*range(first, end - 1, every), end - 1]
            points = [f"{self._across(i):.1f} {scale.height(losses[i]):.1f}" for i in epochs]
            alone = "h0" if len(points) == 1 else ""  # a line of no length, whose ends are seen
            lines.append("M" + "L".join(points) + alone)
        return "".join(lines)

    def _gaps(self, losses: Sequence[float]) -> list[str]:
        """Shades where a loss is not finite."""
        half, high = 0.5 * (self._across(1) - LEFT), BOTTOM - TOP
        sides = [
            (max(LEFT, self._across(first) - half), min(RIGHT, self._across(end - 1) + half))
            for first, end in _runs(losses, lambda x: not math.isfinite(x))
        ]
        return [
            f'<rect class="gap" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" '
            f'height="{high}" fill="{self._theme.rule}" fill-opacity="0.5"/>'
            for left, right in sides
        ]

    def _across(self, epoch: int) -> float:
        return LEFT + (RIGHT - LEFT) * epoch / (self._epochs - 1)

    def _stroke(self, points: str, series: int) -> str:
        theme = self._theme
        return (
            f'<path class="line{series}" d="{points}" fill="none" stroke="{theme.series[series]}" '
            f'stroke-width="{theme.line}" stroke-linecap="round" stroke-linejoin="round"/>'
        )

    def _label(self, x: float, y: float, text: str, anchor: str) -> str:
        theme = self._theme
        return (
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-family="{theme.font}" '
            f'font-size="{theme.text_size:g}" fill="{theme.ink}">{html.escape(text)}</text>'
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg(), "text/plain": self._text}


def _runs(losses: Sequence[float], kind: Callable[[float], bool]) -> list[tuple[int, int]]:
    """The first epoch of each run of losses of that kind, and the epoch after its last."""
    numbered = groupby(enumerate(losses), lambda pair: kind(pair[1]))
    runs = [[i for i, _ in run] for is_kind, run in numbered if is_kind]
    return [(run[0], run[-1] + 1) for run in runs]


class _Scale:
    """Where a loss stands: on a logarithmic axis where all are above 0, else on a linear one."""

    def __init__(self, losses: Sequence[float]) -> None:
        finite = [x for x in losses if math.isfinite(x)] or [0.0, 1.0]
        self._log = min(finite) > 0.0
        low, high = self._of(min(finite)), self._of(max(finite))
        if not high > low:
            low, high = low - 0.5, high + 0.5
        self._low, self._high = low, high
        middles = [low + (high - low) * part for part in (0.0, 0.5, 1.0)]
        levels = [math.exp(middle) if self._log else middle for middle in middles]
        self.marks = [(x, self.height(x)) for x in levels]

    def _of(self, x: float) -> float:
        return math.log(x) if self._log else x

    def height(self, x: float) -> float:
        """The y of a loss in the picture, where y grows downwards."""
        return BOTTOM - (BOTTOM - TOP) * (self._of(x) - self._low) / (self._high - self._low)


def _style_sheet(theme: Theme) -> str:
    """The colours that the picture turns to on a dark screen."""
    dark = theme.on_dark
    if dark is None:
        return ""
    rules = [
        f"rect{{fill:{dark.paper}}}",
        f".gap{{fill:{dark.rule}}}",
        f"text{{fill:{dark.ink}}}",
        f".rule{{stroke:{dark.rule}}}",
        *(f".line{i}{{stroke:{dark.series[i]}}}" for i in (0, 1)),
    ]
    inside = "".join(f".tinygrad-edu-curve {rule}" for rule in rules)
    return f"@media (prefers-color-scheme:dark){{{inside}}}"


class LiveCurve:
    """Draws the curve of a run in the output of a notebook's cell, again and again.

    Elsewhere it draws nothing.
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._handle: Any = None
        self._drawn = -math.inf
        # Where IPython has not been imported, this is no notebook.
        ipython: Any = sys.modules.get("IPython")
        shell = None if ipython is None else ipython.get_ipython()
        self._display = ipython.display.display if hasattr(shell, "kernel") else None

    def draw(self, history: History, last: bool = False) -> None:
        """Show how the run stands, unless that was done a moment ago and this is not the last."""
        now = time.perf_counter()
        if self._display is None or (now - self._drawn < SECONDS and not last):
            return
        curve = Curve(history, history.epochs if last else self._epochs)
        if self._handle is None:
            self._handle = self._display(curve, display_id=True)
        else:
            self._handle.update(curve)
        self._drawn = now
