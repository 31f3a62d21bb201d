"""What models take and give: numbers or Values in lists of lists, made flat and nested again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

from ..engine import Value
from ..ieee import is_real

CHANGES: Final = "the model gives other numbers when it is called again"
"""Why a model that keeps something from call to call has no record."""


def flat(x: Any) -> list[Any]:
    """The items of nested lists and tuples, in order."""
    return [item for part in x for item in flat(part)] if type(x) in (list, tuple) else [x]


def rebuilt(x: Any, item: Callable[[int, Any], Any]) -> Any:
    """`x` with ``item(i, old)`` in place of its i-th item, in the order of `flat`."""
    return _rebuilt(x, item, count())


def _rebuilt(x: Any, item: Callable[[int, Any], Any], places: Iterator[int]) -> Any:
    if type(x) in (list, tuple):
        return type(x)([_rebuilt(part, item, places) for part in x])
    return item(next(places), x)


def nesting(x: Any) -> Any:
    """How `x` is nested, a key: of lists of plain numbers, equal where the lengths are."""
    if type(x) in (list, tuple):
        parts = [nesting(part) for part in x]
        same = all(part == parts[0] for part in parts)
        return type(x), len(parts), parts[0] if same and parts else tuple(parts)
    return "number" if is_real(x) else type(x)


def without_arrays(x: Any) -> Any:
    """`x` with lists of Python's own numbers in place of arrays."""
    if hasattr(x, "tolist"):
        return x.tolist()
    return type(x)(map(without_arrays, x)) if type(x) in (list, tuple) else x


def agree(a: Any, b: Any) -> bool:
    """Whether two answers of a model are the same numbers, nested alike."""
    if nesting(a) != nesting(b):
        return False
    return all(
        repr(x._data) == repr(y._data) if isinstance(x, Value) and isinstance(y, Value) else x == y
        for x, y in zip(flat(a), flat(b))
    )
