"""The operations: `OPS` has each by its name; here are the arithmetic ones, with their rules."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from mypy_extensions import mypyc_attr


@mypyc_attr(native_class=False)
class Op(str):
    r"""An operation. It *is* its name (``node.op == "tanh"``), and it knows its mathematics.

    latex     a function's head (``\tanh``) or a template of its arguments (``{0} \cdot {1}``)
    arity     how many arguments it takes, a function's numeric parameters among them
    function  what records it: ``function(*arguments)``
    rules     one for each argument that may be a Value: ``rule(*arguments, y)`` is ∂y/∂argument,
              written in operations on Values, so that it can be differentiated again and printed
    """

    latex: str
    arity: int
    function: Callable[..., Any]
    rules: tuple[Callable[..., Any], ...]


OPS: Final[dict[str, Op]] = {}
"""Every operation by its name."""


def define(
    name: str,
    latex: str,
    function: Callable[..., Any],
    *rules: Callable[..., Any],
    parameters: int = 0,
) -> Op:
    """Make an `Op` and enter it in `OPS`; `parameters` counts the arguments without a rule."""
    op = str.__new__(Op, name)
    op.latex, op.function, op.rules = latex, function, rules
    op.arity = len(rules) + parameters
    if op.arity:
        OPS[name] = op
    return op


LEAF: Final = define("", "", float)
ADD: Final = define("+", "{0} + {1}", operator.add, lambda a, b, y: 1.0, lambda a, b, y: 1.0)
SUB: Final = define("-", "{0} - {1}", operator.sub, lambda a, b, y: 1.0, lambda a, b, y: -1.0)
MUL: Final = define("*", r"{0} \cdot {1}", operator.mul, lambda a, b, y: b, lambda a, b, y: a)
DIV: Final = define(
    "/",
    r"\frac{{{0}}}{{{1}}}",
    operator.truediv,
    lambda a, b, y: 1.0 / b,
    lambda a, b, y: -y / b,
)
POW: Final = define(
    "**",
    "{0}^{{{1}}}",
    operator.pow,
    # The slope of x⁰ is 0 at 0 as well, where 0 · x⁻¹ would be 0 · ∞; and that of 0ⁿ too.
    lambda a, b, y: 0.0 if type(b) is float and b == 0.0 else b * a ** (b - 1.0),
    lambda a, b, y: OPS["xlogy"].function(y, a),
)
NEG: Final = define("neg", "-{0}", operator.neg, lambda a, y: -1.0)
