"""Which shape the value of an expression has, in the source of an array program."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..instructions.views import Shape
from .quiet import quietly


class Shapes:
    """Tells the shape of expressions: NumPy is asked, with arrays of the same shapes.

    names  what the names in them stand for; an array's numbers may be any
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = dict(names)

    def of(self, x: ast.expr) -> Shape:
        """The shape of an expression."""
        found: Shape = quietly(lambda: np.shape(eval(ast.unparse(x), self._names)))
        return found

    def rank(self, x: ast.expr) -> int:
        """The number of its axes."""
        return len(self.of(x))
