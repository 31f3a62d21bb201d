"""Mistakes in one local derivative: what may stand where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ...engine import Value
from ...language import say
from ..notation.wording import Wording, number
from ..record.ledger import Entry
from ..record.points import apply, rule


@dataclass(frozen=True, slots=True)
class Mistake:
    """A local derivative mistaken for another number.

    kind     one of the kinds of `slips.Slip`
    instead  the number in its place, or None where the mistake cannot be made
    says     what happened, in words
    """

    kind: str
    instead: Callable[[Entry], float | None]
    says: Callable[[Entry, Wording], str]


def is_function(node: Value) -> bool:
    """Whether the node is a function of one Value, such as a sigmoid."""
    return node.op.is_function and len(node.operands) == 1


def number_beside(e: Entry) -> float | None:
    """The plain number beside the operand: a factor, a divisor, an exponent."""
    return next((x for x in e.node.arguments if not isinstance(x, Value)), None)


def is_first(e: Entry) -> bool:
    """Whether the operand is what the operation is done to: the dividend, the base."""
    return e.position == 0 and isinstance(e.node.arguments[0], Value)


def is_scaled(e: Entry) -> bool:
    """Whether the node is a plain number times its operand, or divided by one."""
    if number_beside(e) is None:
        return False
    return e.node.op == "*" or (e.node.op == "/" and is_first(e))


def power(e: Entry) -> float | None:
    """The plain exponent of the operand."""
    return number_beside(e) if e.node.op == "**" and is_first(e) else None


def factor(e: Entry, words: Wording) -> str:
    """The local derivative that belongs there: ``∂z/∂w = 5``."""
    return f"{words.local(e.node, e.operand)} = {number(e.local)}"


def _opposite(e: Entry) -> float | None:
    """-local, where the derivative has a minus of its own: of -b, a - b, a / b, cos b."""
    by_second = e.node.op in ("-", "/") and not is_first(e)
    return -e.local if by_second or e.node.op in ("neg", "cos") else None


def _one_for_number(e: Entry) -> float | None:
    return 1.0 if is_scaled(e) else None


def _one(e: Entry) -> float | None:
    return None if is_scaled(e) or e.node.op in ("+", "-", "neg") else 1.0


def _without_exponent(e: Entry) -> float | None:
    n = power(e)
    return e.local / n if n else None


def _same_exponent(e: Entry) -> float | None:
    n = power(e)
    return n * e.node.data if n else None


def _by_other_operand(e: Entry) -> float | None:
    if len(e.node.operands) == 2 and e.node.op not in ("+", "-"):
        return e.node.local_grads[1 - e.position]
    return e.operand.data if is_scaled(e) else None


def _at_output(e: Entry) -> float | None:
    return apply(e.node, e.node.data).local_grads[0] if is_function(e.node) else None


def _input_for_output(e: Entry) -> float | None:
    x = e.operand.data
    return rule(e.node, 0, x, output=x) if is_function(e.node) else None


def _function_itself(e: Entry) -> float | None:
    return e.node.data if is_function(e.node) else None


def _exchanged(e: Entry, words: Wording, wrong: Value, right: Value) -> dict[str, str]:
    """The parts of a sentence on a value that stands where another one belongs."""
    return {
        "line": words.line(e.node),
        "wrong": words.say(wrong),
        "there": number(wrong.data),
        "right": words.say(right),
        "here": number(right.data),
    }


def says_itself(e: Entry, words: Wording) -> str:
    """That the operation's own result is taken for its derivative."""
    return say(
        "{line} = {value} itself stands where its derivative {right} belongs",
        line=words.line(e.node),
        value=number(e.node.data),
        right=number(e.local),
    )


def _says_left_out(e: Entry, words: Wording) -> str:
    if is_function(e.node):
        return say(
            "the inner derivative {factor} of {line} is left out",
            factor=factor(e, words),
            line=words.line(e.node),
        )
    return say(
        "the factor {factor} of {line} is left out",
        factor=factor(e, words),
        line=words.line(e.node),
    )


def _says_number_left_out(e: Entry, words: Wording) -> str:
    x, line = words.say(number_beside(e) or 0.0), words.line(e.node)
    if e.node.op == "/":
        return say("the division by {number} in {line} is left out", number=x, line=line)
    return say("the factor {number} in {line} is left out", number=x, line=line)


MISTAKES: Final = (
    Mistake(
        "sign",
        _opposite,
        lambda e, w: say(
            "the minus of {factor} is lost, in {line}", factor=factor(e, w), line=w.line(e.node)
        ),
    ),
    Mistake("factor", _one_for_number, _says_number_left_out),
    Mistake(
        "factor",
        _without_exponent,
        lambda e, w: say(
            "the exponent of {line} is not brought down as a factor", line=w.line(e.node)
        ),
    ),
    Mistake("inner derivative", _one, _says_left_out),
    Mistake(
        "wrong derivative",
        _same_exponent,
        lambda e, w: say(
            "the exponent of {line} is brought down but not lowered by 1", line=w.line(e.node)
        ),
    ),
    Mistake(
        "wrong operand",
        _by_other_operand,
        lambda e, w: say(
            "the operands of {line} are swapped, where {factor} belongs",
            line=w.line(e.node),
            factor=factor(e, w),
        ),
    ),
    Mistake(
        "wrong point",
        _at_output,
        lambda e, w: say(
            "the derivative of {line} is taken at {wrong} = {there} instead of at {right} = {here}",
            **_exchanged(e, w, e.node, e.operand),
        ),
    ),
    Mistake(
        "wrong point",
        _input_for_output,
        lambda e, w: say(
            "the derivative of {line} has {wrong} = {there} in it where {right} = {here} belongs",
            **_exchanged(e, w, e.operand, e.node),
        ),
    ),
    Mistake(
        "wrong derivative",
        _function_itself,
        says_itself,
    ),
)
"""Those that can be made with most operations, the commonest first."""
