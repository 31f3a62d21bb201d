"""What models take and give: numbers or Values in lists, tuples and dicts, made flat and nested
again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from ..engine import Value
from ..ieee import is_real
from ..tensors import shape_of


def flat(x: Any) -> list[Any]:
    """The items of nested lists, tuples and dicts, in order."""
    parts = _parts(x)
    return [x] if parts is None else [item for part in parts for item in flat(part)]


def rebuilt(x: Any, item: Callable[[int, Any], Any]) -> Any:
    """`x` with ``item(i, old)`` in place of its i-th item, in the order of `flat`."""
    return _rebuilt(x, item, count())


def _rebuilt(x: Any, item: Callable[[int, Any], Any], places: Iterator[int]) -> Any:
    parts = _parts(x)
    if parts is None:
        return item(next(places), x)
    return _like(x, [_rebuilt(part, item, places) for part in parts])


def _parts(x: Any) -> Sequence[Any] | None:
    """The parts of a list, of a tuple, named ones too, or of a dict; None of anything else."""
    kind = type(x)
    if kind is list or kind is tuple:
        return x  # type: ignore[no-any-return]
    if kind is dict:
        return list(x.values())
    return x if isinstance(x, tuple) and hasattr(kind, "_make") else None


def _like(x: Any, parts: list[Any]) -> Any:
    """A list, tuple or dict as `x` is one, with these parts."""
    kind = type(x)
    if kind is dict:
        return dict(zip(x, parts))
    return kind(parts) if kind is list or kind is tuple else kind._make(parts)


def nesting(x: Any) -> Any:
    """How `x` is nested, a key: of lists of plain numbers, equal where the lengths are."""
    parts = _parts(x)
    if parts is None:
        return "number" if is_real(x) else type(x)
    inner = [nesting(part) for part in parts]
    same = all(part == inner[0] for part in inner)
    names = tuple(x) if type(x) is dict else ()
    return type(x), names, len(inner), inner[0] if same and inner else tuple(inner)


def shape_of_nested(x: Any) -> tuple[int, ...]:
    """The shape of nested lists; of those that are no rectangle that of all their items."""
    items = len(flat(x))
    try:
        shape = shape_of(x)
    except ValueError:
        return (items,)
    return shape if math.prod(shape) == items else (items,)


def without_arrays(x: Any) -> Any:
    """`x` with lists of Python's own numbers in place of arrays."""
    if hasattr(x, "tolist"):
        return x.tolist()
    parts = _parts(x)
    return x if parts is None else _like(x, list(map(without_arrays, parts)))


def foreign(answer: Any) -> str:
    """What a model returned that no record can give again, in words: "" if it is nothing such."""
    for item in flat(answer):
        if not (item is None or isinstance(item, Value | str | bool) or is_real(item)):
            kind = type(item).__name__
            return f"the model returns an object of the class {kind}, of which there is no record"
    return ""


def agree(a: Any, b: Any) -> bool:
    """Whether two answers of a model are the same numbers, nested alike."""
    if nesting(a) != nesting(b):
        return False
    return all(_shown(x) == _shown(y) for x, y in zip(flat(a), flat(b)))


def _shown(x: Any) -> str:
    return repr(x._data) if isinstance(x, Value) else repr(x)
