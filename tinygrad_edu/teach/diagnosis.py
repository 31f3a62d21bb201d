"""Where the first inf or nan of a graph comes from, or a gradient is lost, and what helps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..engine import Value, topological_order
from ..language import say
from ..nn import Module
from ..ops import LEAF
from ..text import printable, wrapped
from .causes import RESULTS, SLOPES, Cause, scale_down, undefined
from .notation.wording import Wording, number
from .record.ledger import Entry, Ledger
from .vanishing import find


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The first number of a graph that goes wrong; `str()` says it in one sentence.

    node    the Value that is not finite, or whose backward step gives what is not, or nothing
    kind    "input" (a leaf), "result" (of an operation) or "gradient" (that the node passes back)
            for an inf or nan; "underflow", "dead" or "vanishing" for what does not arrive
    number  the inf or nan, or the 0 or the gradient that is left
    """

    node: Value
    kind: str
    number: float
    sentence: str

    def __str__(self) -> str:
        return printable(self.sentence)

    def __repr__(self) -> str:
        return wrapped(str(self))


def diagnose(root: Value, model: Module | None = None) -> Diagnosis | None:
    """The first number behind `root` that goes wrong, what made it and the usual remedy.

    Values are looked at first, in the order of the forward pass, leaves before operations: which is
    an inf or a nan? Where all are finite, the gradients, in the order of the backward pass. Where
    they are finite too: an eˣ that underflowed to 0, a ReLU that is off in every sample, a gradient
    that has vanished on the way to a leaf. None if all is well. No `grad` is read or changed.

    model  names its parameters in what is said, as w⁽²⁾₃₁

    >>> from tinygrad_edu import Value, log
    >>> p = Value(0.0, label="p")
    >>> print(diagnose(log(p) * 2))
    ln(p) = -inf, where p = 0: the logarithm of 0 is -inf; keep it above 0 (maximum(p, 1e-12)), or
    use a loss that takes the logits (binary_cross_entropy_with_logits, cross_entropy).
    """
    if not isinstance(model, Module | None):
        raise TypeError(f"model is a Module, such as an MLP, not {model!r}")
    for node in topological_order(root):
        if not math.isfinite(node.data):
            words = Wording(root, model)
            if node.op is LEAF:
                return Diagnosis(node, "input", node.data, _of_input(node, words))
            return Diagnosis(node, "result", node.data, _of_result(node, words))
    for entry in Ledger(root):
        if not math.isfinite(entry.total):
            sentence = _of_gradient(entry, Wording(root, model))
            return Diagnosis(entry.node, "gradient", entry.total, sentence)
    found = find(root, lambda: Wording(root, model))
    return None if found is None else Diagnosis(*found)


def _of_input(leaf: Value, words: Wording) -> str:
    return say(
        "{name} = {number}, and it is an input, not a result: if it is a parameter, an update with "
        "too large a learning rate made it so (lower it); if it is data, look for a missing or "
        "infinite number there.",
        name=words.name(leaf),
        number=leaf.data,
    )


def _of_result(node: Value, words: Wording) -> str:
    if all(math.isfinite(x) for x in _numbers(node)):
        otherwise = say("the result is beyond the largest float, 1.8e308")
        why = undefined() if math.isnan(node.data) else say("; ").join([otherwise, scale_down()])
        why = _why(RESULTS, node, words, why)
    else:
        why = say("the plain number in it is not finite; look where it comes from")
    return say(
        "{operation} = {number}, where {operands}: {why}.",
        operation=words.operation(node),
        number=node.data,
        operands=_operands(node, words),
        why=why,
    )


def _of_gradient(entry: Entry, words: Wording) -> str:
    node, operand = entry.node, entry.operand
    if math.isfinite(entry.local):
        why = say(
            "the gradients have grown beyond the largest float, 1.8e308; {remedy}",
            remedy=scale_down(),
        )
    else:
        otherwise = say("the derivative is beyond the largest float, 1.8e308")
        why = undefined() if math.isnan(entry.local) else say("; ").join([otherwise, scale_down()])
        why = _why(SLOPES, node, words, why)
    return say(
        "{gradient} = {number}, though every result is finite: {upstream} = {arrived} meets "
        "{local} = {slope} of {operation}, where {operands}: {why}.",
        gradient=words.gradient(operand),
        number=entry.total,
        upstream=words.gradient(node),
        arrived=number(entry.upstream),
        local=words.local(node, operand),
        slope=entry.local,
        operation=words.operation(node),
        operands=_operands(node, words),
        why=why,
    )


def _why(rules: tuple[Cause, ...], node: Value, words: Wording, otherwise: str) -> str:
    """The cause and the remedy, with the arguments by their names."""
    for rule in rules:
        if rule.op == node.op and rule.holds(*_numbers(node)):
            a, *rest = [words.say(x) for x in node.arguments]
            named = a, rest[0] if rest else ""
            return say("; ").join([rule.cause(*named), rule.remedy(*named)])
    return otherwise


def _operands(node: Value, words: Wording) -> str:
    """The operands with their numbers: ``a = 3 and b = 0``."""
    said = [f"{words.made(v)} = {number(v.data)}" for v in dict.fromkeys(node.operands)]
    return say(" and ").join(said)


def _numbers(node: Value) -> tuple[float, float]:
    """The arguments as numbers; 0 for a second one that is not there."""
    a, b = (*(float(x) for x in node.arguments), 0.0)[:2]
    return a, b
