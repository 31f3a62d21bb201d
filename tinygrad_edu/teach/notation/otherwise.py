"""Labels that formulas would read otherwise: “0.5” as a number, “ln” as a function, “∂” as a sign.

In formulas they stand in quotation marks, so that one symbol has one value there.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from ...engine import Value
from ...ops import OPS
from .labels import Name, Piece

_NUMBER: Final = re.compile(
    r"[-+−]?(?:(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+−]?\d+)?|\d+\s?[/⁄]\s?\d+|[½⅓⅔¼¾⅕⅛]|∞|inf|infinity|nan)"
    r"\s?[%°]?[^\W\d_]?",
    re.IGNORECASE,
)
"""A number, a percentage, or one with a letter, as in 2x."""

_IN_OPERATIONS: Final = {
    "e": frozenset(
        ("exp", "expm1", "logaddexp", "softplus", "elu", "erf", "gelu", "normal_cdf", "sigmoid")
    ),
    "π": frozenset(("erf", "gelu", "normal_cdf")),
    "σ": frozenset(("sigmoid", "softplus", "logaddexp", "silu")),
    "Φ": frozenset(("gelu", "normal_cdf")),
}
"""Letters that formulas write for numbers and functions, and the operations in whose they do."""

_CONSTANTS: Final = {"e": (math.e,), "π": (math.pi, math.sqrt(2.0 * math.pi))}


def quoted(name: Name) -> Name:
    """The name in quotation marks."""
    text = f"“{name.typed}”"
    return Name(text, (Piece(text),))


def read_otherwise(labels: Iterable[str], order: list[Value]) -> set[str]:
    """Those of the labels of a graph that its formulas have another meaning for."""
    functions = {op.text for op in OPS.values() if op.is_function}
    letters = [label for label in labels if label in _IN_OPERATIONS]
    used = _letters_in(order) if letters else set()
    return {
        label
        for label in labels
        if label in used
        or (len(label) > 1 and label in functions)
        or _NUMBER.fullmatch(label)
        or all(map(_is_sign, label))
    }


def _letters_in(order: list[Value]) -> set[str]:
    """The letters that the formulas of a graph have for numbers and functions."""
    operations = {node.op for node in order}
    numbers = {x for node in order for x in node.arguments if not isinstance(x, Value)}
    found = {c for c, known in _IN_OPERATIONS.items() if not known.isdisjoint(operations)}
    return found | {c for c, known in _CONSTANTS.items() if not numbers.isdisjoint(known)}


def _is_sign(c: str) -> bool:
    """Whether it is a sign of mathematics, a bracket or a mark between words."""
    return unicodedata.category(c)[0] == "P" or unicodedata.category(c) in ("Sm", "Sk") or c in " ⁺"
