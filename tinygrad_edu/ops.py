"""The operations: `OPS` has each by its name; here are the arithmetic ones, with their rules."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, Never, TypeAlias

from mypy_extensions import mypyc_attr

from .ieee import divide

Text: TypeAlias = str | Never  # noqa: RUF020
"""What a caller gives as a str. `Never` adds nothing to that for a reader or a type checker, but
lets mypyc take any object, so that the error for another one is ours in compiled code too."""
Whole: TypeAlias = int | Never  # noqa: RUF020
"""The same of an int."""


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
    is_continued   whether its first argument is the same operation of the arguments before
    """

    function: Callable[..., Any]
    rules: tuple[Callable[..., Any], ...]
    arity: int
    text: str
    latex: str
    is_function: bool
    is_activation: bool
    is_continued: bool

    def __new__(
        cls,
        name: str,
        function: Callable[..., Any],
        *rules: Callable[..., Any],
        parameters: int = 0,
        text: str = "",
        latex: str = "",
        is_function: bool = True,
        is_activation: bool = False,
        is_continued: bool = False,
    ) -> Op:
        """An operation that is not in `OPS`: see `define`."""
        op = str.__new__(cls, name)
        op.function, op.rules, op.arity = function, rules, len(rules) + parameters
        op.text = text or name
        op.latex = latex or r"\operatorname{" + op.text.replace("_", r"\_") + "}"
        op.is_function, op.is_activation = is_function, is_activation
        op.is_continued = is_continued
        return op

    @property
    def is_bare(self) -> bool:
        """Whether a name may follow without brackets, as it may where LaTeX has a word: sin x."""
        return self.arity == 1 and self.latex == "\\" + self.text

    @property
    def is_flat(self) -> bool:
        """Whether its derivatives are 0 wherever it has any, as a step's are, or are unknown."""
        return bool(self.rules) and all(rule is flat or rule is unknown for rule in self.rules)


OPS: Final[dict[str, Op]] = {}
"""Every operation by its name."""


def define(
    name: Text,
    function: Callable[..., Any],
    *rules: Callable[..., Any],
    parameters: Whole = 0,
    text: Text = "",
    latex: Text = "",
    is_activation: bool = False,
) -> Op:
    """Make the operation of a function of Values, and enter it in `OPS` under its name.

    function    makes the node of given arguments, as those in `functions.py` do
    rules       see `Op`
    parameters  how many plain numbers follow the arguments that have a rule
    text        what formulas write for it, if not the name; `latex` likewise

    TypeError for what cannot be called and for a text that is no str, ValueError for a name that is
    no word or is the package's, and for a number of parameters below 0.
    """
    for what, given in (("name", name), ("text", text), ("latex", latex)):
        if not isinstance(given, str):
            raise TypeError(f"an operation's {what} is a str, not {given!r}")
    if type(parameters) is not int or parameters < 0:
        raise ValueError(f"parameters is a whole number of at least 0, not {parameters!r}")
    if not all(map(callable, (function, *rules))):
        raise TypeError(f"the function and the rules of {name} are functions")
    known = OPS.get(name)
    if not name.isidentifier() or (
        known is not None and is_ours(known.function) > is_ours(function)
    ):
        raise ValueError(
            f"an operation's name is one word, and none of the package's, not {name!r}"
        )
    op = Op(
        name,
        function,
        *rules,
        parameters=parameters,
        text=text,
        latex=latex,
        is_activation=is_activation,
    )
    OPS[name] = op
    return op


def is_ours(function: Callable[..., Any]) -> bool:
    """Whether a function is one of the package's."""
    return str(getattr(function, "__module__", "")).startswith("tinygrad_edu.")


def flat(*arguments: Any) -> float:
    """The rule of what is flat: 0."""
    return 0.0


def unknown(*arguments: Any) -> Any:
    """The function and the rule of what is known by its numbers alone: a ValueError."""
    raise ValueError(
        "a node that make_node made has numbers for one point, and first derivatives only: to "
        "compute it elsewhere, or to differentiate it again, define its operation with a rule"
    )


def _arithmetic(name: str, text: str, function: Any, *rules: Callable[..., Any]) -> Op:
    OPS[name] = Op(name, function, *rules, text=text, is_function=False)
    return OPS[name]


LEAF: Final = Op("", float, is_function=False)
ADD: Final = _arithmetic("+", "+", operator.add, lambda a, b, y: 1.0, lambda a, b, y: 1.0)
SUB: Final = _arithmetic("-", "−", operator.sub, lambda a, b, y: 1.0, lambda a, b, y: -1.0)
MUL: Final = _arithmetic("*", "×", operator.mul, lambda a, b, y: b, lambda a, b, y: a)
DIV: Final = _arithmetic(
    "/",
    "÷",
    operator.truediv,
    lambda a, b, y: divide(1.0, b) if type(b) is float else 1.0 / b,
    lambda a, b, y: -y / b,
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
