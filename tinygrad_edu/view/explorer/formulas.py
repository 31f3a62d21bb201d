"""What the page needs to read and judge formulas: spellings, functions, other points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...engine import Value
from ...teach.checking.points import other_points
from ...teach.notation.labels import Name
from ...teach.typed import folding
from ...teach.typed.formula import Reader
from ...teach.typed.reading import CONSTANTS, FUNCTIONS


def typed(order: Sequence[Value], names: Mapping[Value, Name]) -> dict[str, Any]:
    """How the names of a graph are typed, and what a formula is tried at, as data of the page.

    order  the values of the graph, operands first
    """
    root = order[-1]
    index = {v: i for i, v in enumerate(order)}
    return {
        "spelled": {word: index[v] for word, v in Reader(root, names).spelled.items()},
        "points": [[copies[v].data for v in order if not v.op] for copies in other_points(root)],
        "functions": {
            word: [str(op), max(op.arity, 1), op.arity if op.arity == len(op.rules) else 1]
            for word, op in FUNCTIONS.items()
        },
        "constants": CONSTANTS,
        "folding": {
            "sub": folding.SUB,
            "super": folding.SUPER,
            "signs": folding.SIGNS,
            "greek": folding.GREEK,
            "accents": folding.ACCENTS,
            "commands": folding.COMMANDS,
            "wrappers": folding.WRAPPERS,
            "silent": folding.SILENT.pattern,
            "wide": folding.WIDE.pattern,
            "deepest": folding.DEEPEST,
        },
    }
