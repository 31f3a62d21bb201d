"""What code written for micrograd asks of a `Value`, as micrograd spells it.

This module is never compiled, as `methods.py` is not.
"""

from __future__ import annotations

from typing import Any

from .engine import Value
from .ops import POW
from .turns import in_turn


def _prev(self: Value) -> set[Value]:
    """The operands: a set, without order or repeats."""
    return set(self.operands)


def _op(self: Value) -> str:
    """The operation: ``**3``, ``ReLU``."""
    if self.op is POW and len(self.operands) == 1 and isinstance(self.arguments[1], float):
        return f"**{self.arguments[1]:g}"
    return "ReLU" if self.op == "relu" else str(self.op)


def _backward(self: Value) -> None:
    """This node's own step of the backward pass.

    Each operand's `grad` grows by what this node contributes to it, by hand or in a loop over a
    topological order of one's own. A leaf has no operands, so that nothing happens.
    """

    def add() -> None:
        for operand, contribution in zip(self.operands, self.contributions):
            operand._grad += contribution

    in_turn(add)


def attach() -> None:
    """Set them, once, when the package is imported."""
    spelled: dict[str, Any] = {"_prev": property(_prev), "_op": property(_op)}
    for name, thing in (spelled | {"_backward": _backward}).items():
        setattr(Value, name, thing)
