"""Gives every function of the table to `Value` as a method: ``x.tanh()`` is ``tanh(x)``.

This module is never compiled: a compiled function does not bind to an instance, so each gets a
Python function around it, which keeps its name, signature and docstring for `help`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any

from .engine import OPS, Value


def _method(function: Callable[..., Value]) -> Callable[..., Value]:
    if isinstance(function, FunctionType):
        return function

    @wraps(function)
    def method(self: Value, *arguments: Any, **options: Any) -> Value:
        return function(self, *arguments, **options)

    return method


def attach() -> None:
    """Set the methods, once, when the package is imported."""
    for name, op in OPS.items():
        if name.isidentifier() and name != "neg":
            setattr(Value, name, _method(op.function))
