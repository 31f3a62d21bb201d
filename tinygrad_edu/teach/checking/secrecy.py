"""What may be told of a slip without the numbers that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ...language import say
from .slips import Slip


def kept_secret(slip: Slip, solution: Iterable[float]) -> Slip:
    """The slip without its numbers and formulas, if a number in what it says is asked for."""
    for found in _NUMBER.findall(slip.says):
        x = float(found.replace("−", "-"))
        if any(abs(abs(x) - abs(right)) <= 0.006 * abs(right) for right in solution):
            return replace(slip, says=_in_general(slip.kind))
    return slip


# A number of a formula or a result: no part of a name (x₁, v12), and not "2 times".
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\w| times| path| contrib)")


def _in_general(kind: str) -> str:
    """What a slip of that kind is, without any number."""
    match kind:
        case "sign":
            return say("a sign is wrong")
        case "factor":
            return say("a factor is left out or too much")
        case "inner derivative":
            return say("an inner derivative is left out")
        case "wrong derivative":
            return say("the derivative of one of the operations is not that")
        case "wrong operand":
            return say("the operands of one of the operations are swapped")
        case "wrong value":
            return say("the number of one value stands where that of another belongs")
        case "wrong point":
            return say("a derivative is taken at another point")
        case "missing path":
            return say("a path to the root is missing")
        case "double path":
            return say("a path to the root is counted twice")
        case "extra term":
            return say("a term is added that does not belong")
        case "overwritten":
            return say("contributions replace each other where they add up")
        case "product rule":
            return say("the rule of a product, a quotient or a sum is not that")
        case "wrong function":
            return say("another function is computed")
        case "wrong digits":
            return say("the digits or the decimal point are not in their places")
        case _:
            return say("two slips were made at once")
