"""The areas of a decision boundary: whose class, and how clearly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from .theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FAINT: Final = 0.1  # how strong the colour of an area is, where the class changes
_STRONG: Final = 0.55  # and where it is clearest


def scores_of(output: Any, threshold: float) -> list[float]:
    """How much an output speaks for each class."""
    if isinstance(output, list | tuple) and len(output) > 1:
        return [float(v) for v in output]
    above = float(output) - threshold
    return [-above, above]


def _margins(scores: Sequence[float]) -> list[float]:
    """How far each score is above the largest of the others; nan if one is not finite."""
    if not all(map(math.isfinite, scores)):
        return [math.nan] * len(scores)
    first, second = sorted(scores, reverse=True)[:2]
    return [x - (second if x == first else first) for x in scores]


def draw_areas(
    ax: Axes,
    horizontal: Sequence[float],
    vertical: Sequence[float],
    scores: Sequence[Sequence[Sequence[float]]],
    colors: Sequence[str],
    theme: Theme,
) -> None:
    """The colour of the class at each point, as strong as its margin, and lines between classes."""
    from matplotlib.colors import to_rgb

    margins = [[_margins(score) for score in row] for row in scores]
    furthest = max((m for row in margins for point in row for m in point if m == m), default=0.0)
    pixels = []
    for row in margins:
        line = []
        for point in row:
            best = max(point)
            share = best / furthest if furthest and best == best else 0.0
            strength = _FAINT + (_STRONG - _FAINT) * share if best == best else 0.0
            line.append(
                (*to_rgb(colors[point.index(best)] if best == best else theme.paper), strength)
            )
        pixels.append(line)
    step_x, step_y = horizontal[1] - horizontal[0], vertical[1] - vertical[0]
    ax.imshow(
        pixels,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(
            horizontal[0] - step_x / 2,
            horizontal[-1] + step_x / 2,
            vertical[0] - step_y / 2,
            vertical[-1] + step_y / 2,
        ),
    )
    for k in range(1 if len(colors) == 2 else 0, len(colors)):
        heights = [[point[k] if k < len(point) else math.nan for point in row] for row in margins]
        finite = [m for row in heights for m in row if m == m]
        if finite and min(finite) < 0.0 < max(finite):
            ax.contour(
                horizontal, vertical, heights, levels=[0.0], colors=theme.ink, linewidths=theme.thin
            )
