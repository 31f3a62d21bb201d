"""The derivative of an elementwise operation as array instructions: its rule in `OPS`, lowered.

A rule is called on leaf Values, and the small graph that it returns becomes instructions.
"""

from __future__ import annotations

from contextvars import Context
from typing import Any

from ...engine import Value, topological_order
from ...ops import OPS
from ...recording import watching
from ..instructions.builder import Builder
from ..instructions.ir import Array, Operand
from ..lifting.colours import STRUCTURAL
from ..refusals import NotVectorizable


def slope(build: Builder, node: Array, place: int) -> Operand:
    """∂node/∂args[place], for a node that is one of `OPS`.

    NotVectorizable for a rule that looks at a number: it would be right for that number only.
    """
    # A plain number is given as one only where it is a part of the rule, as an exponent is.
    given = [a if isinstance(a, float) and node.op in STRUCTURAL else Value(0.5) for a in node.args]
    y = Value(0.5)

    def note(what: str, *_: Any) -> None:
        raise NotVectorizable(
            f"the rule of {node.op} looks at a number: write it with step and sign"
        )

    def rule() -> Any:
        with watching(note):
            return OPS[node.op].rules[place](*given, y)

    found = Context().run(rule)
    if not isinstance(found, Value):
        return float(found)
    known: dict[Value | float, Operand] = {y: node}
    known.update({v: a for v, a in zip(given, node.args) if isinstance(v, Value)})
    for v in topological_order(found):
        if not v.op:
            known.setdefault(v, v._data)
        else:
            args = [known[a] if isinstance(a, Value) else a for a in v.arguments]
            known[v] = build.map(str(v.op), *args)
    return known[found]
