"""Where on its line each of many crossing lines can bear a number that is read as its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Line = tuple[float, float, float, float]
"""From (x, y) to (x, y)."""

Point = tuple[float, float]

_SHARES: Final = [0.5 + sign * i / 30 for i in range(8) for sign in (1, -1)]  # of the way
_HEIGHT: Final = 12.0  # of a text
_CLEAR: Final = 7.0  # to another line, so that the number is not taken for its


def places(lines: Sequence[Line], widths: Sequence[float]) -> list[Point]:
    """The middle of a text on each line: the freest place that is left, first near its middle."""
    found: list[Point] = []
    for i, line in enumerate(lines):

        def trouble(point: Point, i: int = i) -> int:
            covered = sum(
                abs(point[0] - x) < (widths[i] + widths[k]) / 2.0 and abs(point[1] - y) < _HEIGHT
                for k, (x, y) in enumerate(found)
            )
            others = (other for k, other in enumerate(lines) if k != i)
            return 10 * covered + sum(_distance(point, other) < _CLEAR for other in others)

        x, y, to_x, to_y = line
        candidates = [(x + t * (to_x - x), y + t * (to_y - y)) for t in _SHARES]
        found.append(min(candidates, key=trouble))
    return found


def _distance(point: Point, line: Line) -> float:
    """From a point to a line between two points."""
    x, y, to_x, to_y = line
    along, up = to_x - x, to_y - y
    length = along * along + up * up
    share = ((point[0] - x) * along + (point[1] - y) * up) / length if length else 0.0
    share = min(max(share, 0.0), 1.0)
    across, over = point[0] - x - share * along, point[1] - y - share * up
    return float((across * across + over * over) ** 0.5)
