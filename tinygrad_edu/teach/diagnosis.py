"""Where the first inf or nan of a graph comes from, and what usually helps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..engine import Value, topological_order
from ..ops import LEAF
from ..text import printable
from .notation.wording import Wording, number, wrapped
from .record.ledger import Entry, Ledger

_SCALE: Final = "lower the learning rate or scale the inputs down"
_LOGITS: Final = (
    "keep it above 0 (maximum({a}, 1e-12)), or use a loss that takes the logits "
    "(binary_cross_entropy_with_logits, cross_entropy)"
)
_NOT_ZERO: Final = "keep the divisor away from 0 ({b} + 1e-12)"
_ROOT: Final = "add a small number first ({a} + 1e-12)"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What went wrong in an operation, for the arguments a, b for which `holds(a, b)`."""

    op: str
    holds: Callable[[float, float], bool]
    cause: str
    remedy: str


_RESULTS: Final = (
    _Rule("log", lambda a, b: a == 0.0, "the logarithm of 0 is -inf", _LOGITS),
    _Rule("log", lambda a, b: a < 0.0, "a negative number has no real logarithm", _LOGITS),
    _Rule("log1p", lambda a, b: a == -1.0, "ln(1 + (-1)) = ln 0 is -inf", "keep {a} above -1"),
    _Rule("log1p", lambda a, b: a < -1.0, "1 + {a} is negative", "keep {a} above -1"),
    _Rule(
        "sqrt",
        lambda a, b: a < 0.0,
        "a negative number has no real square root",
        "look for a lost square or sign in {a}, or keep it above 0 (maximum({a}, 1e-12))",
    ),
    _Rule(
        "exp",
        lambda a, b: True,
        "eˣ overflows above x = 709.78",
        "use logsumexp, softmax or sigmoid, or a loss that takes the logits: none overflows",
    ),
    _Rule("expm1", lambda a, b: True, "eˣ overflows above x = 709.78", _SCALE),
    _Rule("/", lambda a, b: a == b == 0.0, "0 / 0 is undefined", _NOT_ZERO),
    _Rule("/", lambda a, b: b == 0.0, "it divides by 0", _NOT_ZERO),
    _Rule("/", lambda a, b: True, "the divisor is so small that it overflows", _NOT_ZERO),
    _Rule(
        "**",
        lambda a, b: a == 0.0,
        "a negative power of 0 divides by 0",
        "keep the base away from 0 ({a} + 1e-12)",
    ),
    _Rule(
        "**",
        lambda a, b: a < 0.0 and b != math.floor(b),
        "a negative number has no real power with a fraction as its exponent",
        "take the power of abs({a}), or keep the base above 0 (maximum({a}, 1e-12))",
    ),
)
"""For results; the first that holds is the cause."""

_SLOPES: Final = (
    _Rule("sqrt", lambda a, b: a == 0.0, "the derivative 1/(2√x) is inf at x = 0", _ROOT),
    _Rule("**", lambda a, b: a == 0.0, "the derivative n xⁿ⁻¹ is inf at x = 0 for n < 1", _ROOT),
    _Rule(
        "**",
        lambda a, b: a < 0.0,
        "the derivative xⁿ ln x by the exponent does not exist for x < 0",
        "make the exponent a plain number, or keep the base above 0 (maximum({a}, 1e-12))",
    ),
    _Rule("log", lambda a, b: True, "the derivative 1/x overflows so near to 0", _LOGITS),
    _Rule(
        "/", lambda a, b: True, "the derivative by the divisor overflows so near to 0", _NOT_ZERO
    ),
)
"""For local derivatives of finite results."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The first number of a graph that is not finite; `str()` says it in one sentence.

    node    the Value that is not finite, or whose backward step gives what is not
    kind    "input" (a leaf), "result" (of an operation) or "gradient" (that the node passes back)
    number  the inf or nan
    """

    node: Value
    kind: str
    number: float
    sentence: str

    def __str__(self) -> str:
        return printable(self.sentence)

    def __repr__(self) -> str:
        return wrapped(str(self))


def diagnose(root: Value) -> Diagnosis | None:
    """The first inf or nan behind `root`, what made it and the usual remedy; None if all is finite.

    Values are looked at first, in the order of the forward pass, leaves before operations; where
    all are finite, the gradients, in the order of the backward pass. No `grad` is read or changed.

    >>> from tinygrad_edu import Value, log
    >>> p = Value(0.0, label="p")
    >>> print(diagnose(log(p) * 2))
    ln(p) = -inf, where p = 0: the logarithm of 0 is -inf; keep it above 0 (maximum(p, 1e-12)), or
    use a loss that takes the logits (binary_cross_entropy_with_logits, cross_entropy).
    """
    for node in topological_order(root):
        if not math.isfinite(node.data):
            if node.op is LEAF:
                return Diagnosis(node, "input", node.data, _of_input(node, Wording(root)))
            return Diagnosis(node, "result", node.data, _of_result(node, Wording(root)))
    for entry in Ledger(root):
        if not math.isfinite(entry.total):
            sentence = _of_gradient(entry, Wording(root))
            return Diagnosis(entry.node, "gradient", entry.total, sentence)
    return None


def _of_input(leaf: Value, words: Wording) -> str:
    return (
        f"{words.name(leaf)} = {leaf.data}, and it is an input, not a result: if it is a "
        "parameter, an update with too large a learning rate made it so (lower it); if it is "
        "data, look for a missing or infinite number there."
    )


def _of_result(node: Value, words: Wording) -> str:
    if all(math.isfinite(x) for x in _numbers(node)):
        why = _why(_RESULTS, node, words, "the result is beyond the largest float, 1.8e308")
    else:
        why = "the plain number in it is not finite; look where it comes from"
    return f"{words.operation(node)} = {node.data}{_where(node, words)}: {why}."


def _of_gradient(entry: Entry, words: Wording) -> str:
    node, operand = entry.node, entry.operand
    if math.isfinite(entry.local):
        why = f"the gradients have grown beyond the largest float, 1.8e308; {_SCALE}"
    else:
        why = _why(_SLOPES, node, words, "the derivative is beyond the largest float, 1.8e308")
    return (
        f"{words.gradient(operand)} = {entry.total}, though every result is finite: "
        f"{words.gradient(node)} = {number(entry.upstream)} meets {words.local(node, operand)} = "
        f"{entry.local} of {words.operation(node)}{_where(node, words)}: {why}."
    )


def _why(rules: tuple[_Rule, ...], node: Value, words: Wording, otherwise: str) -> str:
    """The cause and the remedy, with the arguments by their names."""
    for rule in rules:
        if rule.op == node.op and rule.holds(*_numbers(node)):
            a, *rest = [words.say(x) for x in node.arguments]
            return f"{rule.cause}; {rule.remedy}".format(a=a, b=rest[0] if rest else "")
    return f"{otherwise}; {_SCALE}"


def _where(node: Value, words: Wording) -> str:
    """The operands with their numbers: ``, where a = 3 and b = 0``."""
    said = [f"{words.made(v)} = {number(v.data)}" for v in dict.fromkeys(node.operands)]
    return ", where " + " and ".join(said)


def _numbers(node: Value) -> tuple[float, float]:
    """The arguments as numbers; 0 for a second one that is not there."""
    a, b = (*(float(x) for x in node.arguments), 0.0)[:2]
    return a, b
