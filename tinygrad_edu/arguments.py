"""What a function is differentiated by: numbers, and lists and NumPy arrays of them.

Each number becomes a Value of its own in a copy of the same form, and what is found for those
Values comes back in that form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .engine import Value


class Values(list[Any]):
    """A list of Values, or of such lists, that NumPy takes as an array of float64.

    The numbers alone, that is: ``np.array(values, dtype=object)`` keeps the Values.
    """

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np  # which is there, since it asks

        if copy is False:
            raise ValueError("an array of these numbers is always a new one")
        return np.array(list(self), float if dtype is None else dtype)


def variables(argument: Any, found: list[Value]) -> Any:
    """`argument` with a new Value in place of each number, which `found` gets in order.

    A Value too gets one of its own, computed from it, so that f(x, x) and the other uses of x
    differ. A TypeError for what is no number.
    """
    if isinstance(argument, list | tuple):
        parts = [variables(part, found) for part in argument]
        return parts if isinstance(argument, list) else tuple(parts)
    if is_array(argument):
        array, start = argument.astype(object), len(found)
        for x in argument.flat:
            variables(x, found)
        array.flat = found[start:]
        return array
    found.append(argument * 1.0 if isinstance(argument, Value) else Value(argument))
    return found[-1]


def formed(argument: Any, values: Iterator[Value]) -> Any:
    """The next of `values` in the form of `argument`.

    A list or tuple gives `Values`. An array of numbers gives an array of float64, and one of
    Values an array of Values, so that it may be differentiated again.
    """
    if isinstance(argument, list | tuple):
        return Values([formed(part, values) for part in argument])
    if is_array(argument):
        array = argument.astype(object)
        array.flat = [next(values) for _ in array.flat]
        return array if has_values(argument) else array.astype(float)
    return next(values)


def is_array(x: object) -> bool:
    """Whether `x` is an array that has elements by indices, of NumPy or like its."""
    return hasattr(x, "astype") and getattr(x, "ndim", 0) > 0


def has_values(array: Any) -> bool:
    """Whether an array holds a Value."""
    return any(isinstance(x, Value) for x in array.flat)


def coordinates(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The numbers that n arguments are, or that the one list or array is.

    A TypeError for anything nested deeper, since rows and columns are numbered by one index.
    """
    point: Any = arguments
    if len(arguments) == 1 and (isinstance(arguments[0], list | tuple) or is_array(arguments[0])):
        point = arguments[0]
    for x in point:
        if isinstance(x, list | tuple) or is_array(x):
            raise TypeError(
                f"a matrix of derivatives is by numbers, or by those of one list, not by {x!r:.60}"
            )
    return arguments


def rows(arguments: tuple[Any, ...], found: Iterable[list[Value]]) -> Any:
    """A matrix of Values, or of numbers where the one argument is an array of numbers."""
    matrix = Values([Values(row) for row in found])
    if len(arguments) == 1 and is_array(arguments[0]) and not has_values(arguments[0]):
        return matrix.__array__()
    return matrix
