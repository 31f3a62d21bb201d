"""Where a 0.0 can be left out: in a sum, and as a factor.

0.0 and -0.0 are equal, and most operations make no difference between them, so that 0.0 + x, with
which Python's `sum` begins, can be x, and 0.0 - x can be -x. But atan2 tells them apart, and so do
a division and a negative power, of which one gives inf and the other -inf.

0.0 · x, as of a state that begins as zeros, is 0.0 for a finite x, but nan for others.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..instructions.ir import Operand
from .graph import Graph, Term

_NEVER: Final = frozenset(
    ("exp", "cosh", "sigmoid", "softplus", "abs", "normal_cdf", "hypot", "step")
)
"""Operations that never give -0.0."""
_FORGET: Final = _NEVER | {
    *("cos", "logaddexp", "logsumexp", "acos", "acosh", "sign", "log", "log2", "log10")
}
"""Operations that give the same for 0.0 and -0.0."""

_BOUNDED: Final = ("sigmoid", "tanh", "erf", "normal_cdf", "step", "sign")
_LAID_OUT: Final = ("view", "take", "broadcast", "samples", "lanes", "neg")
_ADDED: Final = ("total", "+", "-", "*")


def is_finite(x: Operand) -> bool:
    """Whether an operand is finite wherever parameters and inputs are, unless a sum overflows.

    It is so of parameters, gates, and what is added and multiplied of these.
    """
    if isinstance(x, float):
        return math.isfinite(x)
    if x.op == "constant":
        return bool(np.isfinite(x.info).all())
    through = x.op in _LAID_OUT or x.op in _ADDED
    return x.op == "theta" or x.op in _BOUNDED or (through and all(map(is_finite, x.args)))


def is_zero(x: Operand) -> bool:
    """Whether an operand is 0.0 or -0.0, all of it."""
    return x == 0.0 if isinstance(x, float) else x.op == "constant" and not x.info.any()


def zeros_that_matter(graph: Graph) -> tuple[frozenset[int], frozenset[int]]:
    """The rows of which it matters whether they are 0.0 or -0.0; of those, what atan2 asks.

    Divisions are many, and so they only ask in graphs that have a constant which is 0.
    """
    ops = {*graph.op}
    angles = _asked(graph, {"atan2"} & ops)
    if not any(x == 0.0 for x in graph.values.values()):
        return angles, angles
    return _asked(graph, {"atan2", "/", "**"} & ops), angles


def _asked(graph: Graph, by: set[str]) -> frozenset[int]:
    asked: set[int] = set()
    for row in reversed(graph.alive if by else ()):
        op = graph.op[row]
        if op in by:
            args = graph.args[row]
            if op == "atan2":
                asked.update(args)
            elif op == "/":
                asked.add(args[1])
            elif not graph.values.get(args[1], -1.0) >= 0.0:
                asked.add(args[0])
        if row in asked and op not in _FORGET and not _is_even(graph, row):
            for term in graph.terms(row):
                asked.update(term)
    return frozenset(asked)


def never_negative(graph: Graph, term: Term) -> bool:
    """Whether a term of a sum is never -0.0, so that the sum is not either."""
    if len(term) == 2:
        return term[0] == term[1]
    return graph.op[term[0]] in _NEVER or _is_even(graph, term[0])


def _is_even(graph: Graph, row: int) -> bool:
    """Whether a row is x · x, x² or another power that is the same for 0.0 and -0.0."""
    if graph.op[row] == "*":
        return len({*graph.args[row]}) == 1
    if graph.op[row] != "**":
        return False
    power = graph.values.get(graph.args[row][1])
    return power is not None and power % 2.0 != 1.0
