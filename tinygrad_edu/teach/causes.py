"""What makes an inf or a nan, by operation, and the usual remedy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..language import say

Said = Callable[[str, str], str]
"""A sentence in which the arguments a and b are called by their names."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What went wrong in an operation, for the arguments a, b for which `holds(a, b)`."""

    op: str
    holds: Callable[[float, float], bool]
    cause: Said
    remedy: Said


def scale_down(a: str = "", b: str = "") -> str:
    """What helps where numbers grow."""
    return say("lower the learning rate or scale the inputs down")


def undefined() -> str:
    """Why there is no number, where no better cause is known."""
    return say("no number is defined there; keep the arguments where the operation is defined")


def _inside(a: str, b: str) -> str:
    return say("keep {a} between -1 and 1", a=a)


def _logits(a: str, b: str) -> str:
    return say(
        "keep it above 0 (maximum({a}, 1e-12)), or use a loss that takes the logits "
        "(binary_cross_entropy_with_logits, cross_entropy)",
        a=a,
    )


def _not_zero(a: str, b: str) -> str:
    return say("keep the divisor away from 0 ({b} + 1e-12)", b=b)


def _root(a: str, b: str) -> str:
    return say("add a small number first ({a} + 1e-12)", a=a)


RESULTS: Final = (
    *[
        cause
        for op in ("log", "log2", "log10")
        for cause in (
            Cause(
                op, lambda a, b: a == 0.0, lambda a, b: say("the logarithm of 0 is -inf"), _logits
            ),
            Cause(
                op,
                lambda a, b: a < 0.0,
                lambda a, b: say("a negative number has no real logarithm"),
                _logits,
            ),
        )
    ],
    Cause(
        "atanh",
        lambda a, b: abs(a) == 1.0,
        lambda a, b: say("it is infinite at 1 and -1"),
        _inside,
    ),
    Cause(
        "xlogy",
        lambda a, b: b == 0.0,
        lambda a, b: say("the logarithm of 0 is -inf"),
        lambda a, b: say("keep {b} above 0", b=b),
    ),
    Cause(
        "log1p",
        lambda a, b: a == -1.0,
        lambda a, b: say("ln(1 + (-1)) = ln 0 is -inf"),
        lambda a, b: say("keep {a} above -1", a=a),
    ),
    Cause(
        "log1p",
        lambda a, b: a < -1.0,
        lambda a, b: say("1 + {a} is negative", a=a),
        lambda a, b: say("keep {a} above -1", a=a),
    ),
    Cause(
        "sqrt",
        lambda a, b: a < 0.0,
        lambda a, b: say("a negative number has no real square root"),
        lambda a, b: say(
            "look for a lost square or sign in {a}, or keep it above 0 (maximum({a}, 1e-12))", a=a
        ),
    ),
    Cause(
        "exp",
        lambda a, b: True,
        lambda a, b: say("eˣ overflows above x = 709.78"),
        lambda a, b: say(
            "use logsumexp, softmax or sigmoid, or a loss that takes the logits: none overflows"
        ),
    ),
    Cause(
        "expm1", lambda a, b: True, lambda a, b: say("eˣ overflows above x = 709.78"), scale_down
    ),
    Cause("/", lambda a, b: a == b == 0.0, lambda a, b: say("0 / 0 is undefined"), _not_zero),
    Cause("/", lambda a, b: b == 0.0, lambda a, b: say("it divides by 0"), _not_zero),
    Cause(
        "/",
        lambda a, b: True,
        lambda a, b: say("the divisor is so small that it overflows"),
        _not_zero,
    ),
    Cause(
        "**",
        lambda a, b: a == 0.0,
        lambda a, b: say("a negative power of 0 divides by 0"),
        lambda a, b: say("keep the base away from 0 ({a} + 1e-12)", a=a),
    ),
    Cause(
        "**",
        lambda a, b: a < 0.0 and b != math.floor(b),
        lambda a, b: say("a negative number has no real power with a fraction as its exponent"),
        lambda a, b: say(
            "take the power of abs({a}), or keep the base above 0 (maximum({a}, 1e-12))", a=a
        ),
    ),
)
"""For results; the first that holds is the cause."""

SLOPES: Final = (
    Cause(
        "sqrt",
        lambda a, b: a == 0.0,
        lambda a, b: say("the derivative 1/(2√x) is inf at x = 0"),
        _root,
    ),
    Cause(
        "**",
        lambda a, b: a == 0.0,
        lambda a, b: say("the derivative n xⁿ⁻¹ is inf at x = 0 for n < 1"),
        _root,
    ),
    Cause(
        "**",
        lambda a, b: a < 0.0,
        lambda a, b: say("the derivative xⁿ ln x by the exponent does not exist for x < 0"),
        lambda a, b: say(
            "make the exponent a plain number, or keep the base above 0 (maximum({a}, 1e-12))", a=a
        ),
    ),
    *[
        Cause(
            op,
            lambda a, b: abs(a) == 1.0,
            lambda a, b: say("the derivative is infinite at 1 and -1"),
            _inside,
        )
        for op in ("asin", "acos")
    ],
    Cause(
        "acosh",
        lambda a, b: a == 1.0,
        lambda a, b: say("the derivative is infinite at 1"),
        lambda a, b: say("keep {a} above 1", a=a),
    ),
    Cause(
        "log",
        lambda a, b: True,
        lambda a, b: say("the derivative 1/x overflows so near to 0"),
        _logits,
    ),
    Cause(
        "/",
        lambda a, b: True,
        lambda a, b: say("the derivative by the divisor overflows so near to 0"),
        _not_zero,
    ),
)
"""For local derivatives of finite results."""
