"""What a model holds from call to call: counters, lists, generators of random numbers.

A model that changes such a thing may give other numbers in its next call, or may not, as one that
counts its calls. So nothing is refused for it; but such a model is looked at more closely.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sized
from itertools import islice
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from ...engine import Value

_DEEPEST: Final = 6
_MOST: Final = 1000
"""So many items of a collection are looked at: where it grows, its length tells."""


def held(model: Callable[..., Any]) -> Hashable:
    """A key that is another one after a call that changed what the model holds.

    Held are the variables around a function, the globals that it names, the attributes of an
    object, and what these hold in turn; and Python's own generator of random numbers. Of a Value
    the key has which it is, and not its number.

    >>> calls = []
    >>> model = lambda x: calls.append(x)
    >>> before = held(model)
    >>> before == held(model)
    True
    >>> model(0.5)
    >>> before == held(model)
    False
    """
    return hash(random.getstate()), _key(model, _DEEPEST, set())


def _key(x: Any, depth: int, met: set[int]) -> Hashable:
    if x is None or isinstance(x, bool | int | float | complex | str | bytes):
        return repr(x)
    if isinstance(x, Value | ModuleType | type) or depth == 0 or id(x) in met:
        return id(x)
    met.add(id(x))
    if isinstance(x, random.Random):
        return hash(x.getstate())
    if hasattr(x, "bit_generator"):  # of NumPy
        return repr(x.bit_generator.state)
    if type(x).__module__ == "itertools":  # a count says where it is
        return repr(x)
    parts = _parts(x)
    length = len(x) if isinstance(x, Sized) else 0
    return id(x), length, *[_key(part, depth - 1, met) for part in islice(parts, _MOST)]


def _parts(x: Any) -> Iterable[Any]:
    if isinstance(x, dict):
        return (part for item in x.items() for part in item)
    if isinstance(x, list | tuple | set | frozenset | deque):
        return x
    if isinstance(x, MethodType):
        return [x.__func__, x.__self__]
    if isinstance(x, FunctionType):
        return _around(x)
    if hasattr(x, "__dict__"):
        return [vars(x), type(x).__call__] if callable(x) else [vars(x)]
    return []


def _around(function: FunctionType) -> list[Any]:
    """What a function sees: the variables around it, its defaults, the globals that it names."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if cell != CellType()]
    known = function.__globals__
    named = [known[name] for name in function.__code__.co_names if name in known]
    return [*cells, *(function.__defaults__ or ()), *named, vars(function)]
