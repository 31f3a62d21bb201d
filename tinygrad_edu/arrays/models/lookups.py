"""Where a model or a loss looks a number up, as in a dict or a set.

Equal numbers have equal hashes, but a Value's hash is that of the object: in a record, in which
numbers are Values, no look-up would find anything, and nothing would tell.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..nested import rebuilt
from ..tapes.watch import users_line


def looked_up(function: Callable[[Any], object], numbers: Any) -> str:
    """The line by which a function looks up one of these nested numbers: "" if none does.

    >>> looked_up(lambda x: {0.5: "half"}.get(x[0]), [0.5]).partition(" of ")[0]
    'line 1'
    """
    lines: list[str] = []

    class Real(float):
        def __hash__(self) -> int:
            lines.append(users_line())
            return float.__hash__(self)

    class Whole(int):
        def __hash__(self) -> int:
            lines.append(users_line())
            return int.__hash__(self)

    kinds: dict[type, type] = {float: Real, int: Whole}
    with suppress(Exception):  # (as where a model takes a float only, and says so)
        function(rebuilt(numbers, lambda _, x: kinds[type(x)](x) if type(x) in kinds else x))
    return lines[0] if lines else ""
