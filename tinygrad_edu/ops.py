"""The operations: `OPS` has each by its name; here are the arithmetic ones, with their rules."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from mypy_extensions import mypyc_attr


@mypyc_attr(native_class=False)
class Op(str):
    r"""An operation. It *is* its name (``node.op == "tanh"``), and it knows its mathematics.

    function       what records it: ``function(*arguments)``
    rules          one for each argument that may be a Value: ``rule(*arguments, y)`` is
                   ∂y/∂argument, in operations on Values, to be differentiated again and printed
    arity          how many arguments it takes, a function's numeric parameters among them
    text           what plain text writes for it: ``ln``, ``σ``, ``×``
    latex          what LaTeX writes: a function's head (``\ln``) or a template of its arguments
                   (``\sqrt{{{0}}}``)
    is_function    whether it is written f(x) and is a method of Value, as arithmetic is not
    is_activation  whether neurons end in it, so that it has a line of its own in a derivation
    """

    function: Callable[..., Any]
    rules: tuple[Callable[..., Any], ...]
    arity: int
    text: str
    latex: str
    is_function: bool
    is_activation: bool

    @property
    def is_bare(self) -> bool:
        """Whether a name may follow without brackets, as it may where LaTeX has a word: sin x."""
        return self.arity == 1 and self.latex == "\\" + self.text

    @property
    def is_flat(self) -> bool:
        """Whether its derivatives are 0 wherever it has any, as those of a step are."""
        return bool(self.rules) and all(rule is flat for rule in self.rules)


OPS: Final[dict[str, Op]] = {}
"""Every operation by its name."""


def define(
    name: str,
    function: Callable[..., Any],
    *rules: Callable[..., Any],
    parameters: int = 0,
    text: str = "",
    latex: str = "",
    is_function: bool = True,
    is_activation: bool = False,
) -> Op:
    """Make an `Op` and enter it in `OPS`; `parameters` counts the arguments without a rule."""
    op = str.__new__(Op, name)
    op.function, op.rules = function, rules
    op.arity = len(rules) + parameters
    op.text = text or name
    op.latex = latex or r"\operatorname{" + op.text.replace("_", r"\_") + "}"
    op.is_function, op.is_activation = is_function, is_activation
    if op.arity:
        OPS[name] = op
    return op


def flat(*arguments: Any) -> float:
    """The rule of what is flat: 0."""
    return 0.0


def _arithmetic(name: str, text: str, function: Any, *rules: Callable[..., Any]) -> Op:
    return define(name, function, *rules, text=text, is_function=False)


LEAF: Final = _arithmetic("", "", float)
ADD: Final = _arithmetic("+", "+", operator.add, lambda a, b, y: 1.0, lambda a, b, y: 1.0)
SUB: Final = _arithmetic("-", "−", operator.sub, lambda a, b, y: 1.0, lambda a, b, y: -1.0)
MUL: Final = _arithmetic("*", "×", operator.mul, lambda a, b, y: b, lambda a, b, y: a)
DIV: Final = _arithmetic(
    "/", "÷", operator.truediv, lambda a, b, y: 1.0 / b, lambda a, b, y: -y / b
)
POW: Final = _arithmetic(
    "**",
    "xⁿ",
    operator.pow,
    # The slope of x⁰ is 0 at 0 as well, where 0 · x⁻¹ would be 0 · ∞; and that of 0ⁿ too.
    lambda a, b, y: 0.0 if type(b) is float and b == 0.0 else b * a ** (b - 1.0),
    lambda a, b, y: OPS["xlogy"].function(y, a),
)
NEG: Final = _arithmetic("neg", "−", operator.neg, lambda a, y: -1.0)
