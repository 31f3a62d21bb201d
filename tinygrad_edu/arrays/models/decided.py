"""Where a model does more with the whole numbers of its sample than count and choose by them.

Who compares a plain number leaves no trace in the graph, so the numbers are watched themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from ..nested import rebuilt
from ..tapes.watch import users_line

_COMPARISONS: Final = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__")
_CONVERSIONS: Final = ("__int__", "__float__", "__str__", "__repr__", "__format__", "__hash__")
_NO_LONGER_WHOLE: Final = ("truediv", "rtruediv", "pow", "rpow", "divmod", "rdivmod")
_COUNTING: Final = ("add", "sub", "mul", "floordiv", "mod", "and", "or", "xor", "lshift", "rshift")
_SIGNS: Final = ("__neg__", "__pos__", "__abs__", "__invert__")


def decided(model: Callable[[Any], object], sample: Any) -> str:
    """The line by which a model compares a number of its sample, or makes another thing of it.

    "" where it chooses by them only, as by an index. What is computed of such numbers in whole
    numbers is watched too.

    >>> decided(lambda x: [5.0, 6.0, 7.0][x[0] + 1], [1])
    ''
    >>> decided(lambda x: 5.0 if x[0] == 1 else 6.0, [1]).partition(" of ")[0]
    'line 1'
    """
    lines: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        def method(self: int, *others: Any) -> Any:
            lines.append(users_line())
            return getattr(int, name)(self, *others)

        return method

    def counting(name: str) -> Callable[..., Any]:
        def method(self: int, *others: Any) -> Any:
            found = getattr(int, name)(self, *others)
            return whole(found) if type(found) is int else found

        return method

    noted = (*_COMPARISONS, *_CONVERSIONS, *[f"__{name}__" for name in _NO_LONGER_WHOLE])
    counted = [*_SIGNS, *[f"__{side}{name}__" for name in _COUNTING for side in ("", "r")]]
    methods = {name: noting(name) for name in noted} | {name: counting(name) for name in counted}
    whole: Any = type("Whole", (int,), methods)
    with suppress(Exception):  # (which the model raises for its plain numbers too)
        model(rebuilt(sample, lambda _, x: whole(x)))
    return lines[0] if lines else ""
