"""Gives every function of the table to `Value` as a method: ``x.tanh()`` is ``tanh(x)``.

This module is never compiled: a compiled function does not bind to an instance, so each gets a
Python function around it, which keeps its name, signature and docstring for `help`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, Final

from .elementary import clip
from .engine import Value
from .ops import OPS


def _method(function: Callable[..., Value], arity: int) -> Callable[..., Value]:
    if isinstance(function, FunctionType):
        return function
    if arity == 1:  # without * and **, which would cost more than the function itself

        @wraps(function)
        def unary(self: Value) -> Any:
            return function(self)

        return unary

    @wraps(function)
    def method(self: Value, *arguments: Any, **options: Any) -> Any:
        return function(self, *arguments, **options)

    return method


# np.arcsin of an array of Values calls each one's method of that name, though it is np.asin too.
_NUMPY_NAMES: Final = {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "fabs": "abs",
}


def attach() -> None:
    """Set the methods, once, when the package is imported."""
    for name, op in OPS.items():
        if op.is_function:
            setattr(Value, name, _method(op.function, op.arity))
    Value.clip = _method(clip, 3)
    for name, ours in _NUMPY_NAMES.items():
        setattr(Value, name, getattr(Value, ours))
    Value.conjugate = _conjugate  # type: ignore[attr-defined]


def _conjugate(self: Value) -> Value:
    """A Value is real, so that this is itself: NumPy's `var` and `std` ask for it."""
    return self
