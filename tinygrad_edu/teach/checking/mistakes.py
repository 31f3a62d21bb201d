"""Mistakes in one local derivative: what may stand where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ...engine import Value
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
    return node.op.isidentifier() and node.op != "neg" and len(node.operands) == 1


def _number_beside(e: Entry) -> float | None:
    """The plain number beside the operand: a factor, a divisor, an exponent."""
    return next((x for x in e.node.arguments if not isinstance(x, Value)), None)


def _is_first(e: Entry) -> bool:
    return e.position == 0 and isinstance(e.node.arguments[0], Value)


def _is_scaled(e: Entry) -> bool:
    """Whether the node is a plain number times its operand, or divided by one."""
    if _number_beside(e) is None:
        return False
    return e.node.op == "*" or (e.node.op == "/" and _is_first(e))


def _power(e: Entry) -> float | None:
    """The plain exponent of the operand."""
    return _number_beside(e) if e.node.op == "**" and _is_first(e) else None


def _opposite(e: Entry) -> float | None:
    """-local, where the derivative has a minus of its own: of -b, a - b, a / b, cos b."""
    by_second = e.node.op in ("-", "/") and not _is_first(e)
    return -e.local if by_second or e.node.op in ("neg", "cos") else None


def _one_for_number(e: Entry) -> float | None:
    return 1.0 if _is_scaled(e) else None


def _one(e: Entry) -> float | None:
    return None if _is_scaled(e) or e.node.op in ("+", "-", "neg") else 1.0


def _without_exponent(e: Entry) -> float | None:
    n = _power(e)
    return e.local / n if n else None


def _same_exponent(e: Entry) -> float | None:
    n = _power(e)
    return n * e.node.data if n else None


def _by_other_operand(e: Entry) -> float | None:
    if len(e.node.operands) == 2 and e.node.op not in ("+", "-"):
        return e.node.local_grads[1 - e.position]
    return e.operand.data if _is_scaled(e) else None


def _at_output(e: Entry) -> float | None:
    return apply(e.node, e.node.data).local_grads[0] if is_function(e.node) else None


def _input_for_output(e: Entry) -> float | None:
    x = e.operand.data
    return rule(e.node, 0, x, output=x) if is_function(e.node) else None


def _function_itself(e: Entry) -> float | None:
    return e.node.data if is_function(e.node) else None


def _factor(e: Entry, words: Wording) -> str:
    return f"{words.local(e.node, e.operand)} = {number(e.local)}"


MISTAKES: Final = (
    Mistake(
        "sign",
        _opposite,
        lambda e, w: f"the minus of {_factor(e, w)} is lost, in {w.line(e.node)}",
    ),
    Mistake(
        "factor",
        _one_for_number,
        lambda e, w: (
            f"the {'division by' if e.node.op == '/' else 'factor'} "
            f"{w.say(_number_beside(e) or 0.0)} in {w.line(e.node)} is left out"
        ),
    ),
    Mistake(
        "factor",
        _without_exponent,
        lambda e, w: f"the exponent of {w.line(e.node)} is not brought down as a factor",
    ),
    Mistake(
        "inner derivative",
        _one,
        lambda e, w: (
            f"the {'inner derivative' if is_function(e.node) else 'factor'} "
            f"{_factor(e, w)} of {w.line(e.node)} is left out"
        ),
    ),
    Mistake(
        "wrong derivative",
        _same_exponent,
        lambda e, w: f"the exponent of {w.line(e.node)} is brought down but not lowered by 1",
    ),
    Mistake(
        "wrong operand",
        _by_other_operand,
        lambda e, w: f"the operands of {w.line(e.node)} are swapped, where {_factor(e, w)} belongs",
    ),
    Mistake(
        "wrong point",
        _at_output,
        lambda e, w: (
            f"the derivative of {w.line(e.node)} is taken at {w.say(e.node)} = "
            f"{number(e.node.data)} instead of at {w.say(e.operand)} = {number(e.operand.data)}"
        ),
    ),
    Mistake(
        "wrong point",
        _input_for_output,
        lambda e, w: (
            f"the derivative of {w.line(e.node)} has {w.say(e.operand)} = "
            f"{number(e.operand.data)} in it where {w.say(e.node)} = {number(e.node.data)} belongs"
        ),
    ),
    Mistake(
        "wrong derivative",
        _function_itself,
        lambda e, w: (
            f"{w.line(e.node)} = {number(e.node.data)} itself stands where its derivative "
            f"{number(e.local)} belongs"
        ),
    ),
)
