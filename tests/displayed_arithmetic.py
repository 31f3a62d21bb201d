"""A reader of what is displayed: works out the arithmetic of every line of a text by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


_FUNCTIONS = {
    "exp": math.exp,
    "ln": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "abs": abs,
    "max": max,
    "min": min,
    "sigmoid": _sigmoid,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "SiLU": lambda x: x * _sigmoid(x),
    "GELU": lambda x: x * math.erfc(-x / math.sqrt(2.0)) / 2.0,
    "Phi": lambda x: math.erfc(-x / math.sqrt(2.0)) / 2.0,
    "ReLU": lambda x: max(0.0, x),
    "pi": math.pi,
    "e": math.e,
}


def worked_out(text: str) -> float | None:
    """The number that an arithmetic expression in plain text comes to; None if it has names."""
    text = re.sub(r"(?<=[\d.])e(-?\d+)", r"E\1", text)
    text = text.replace("·", "*").replace("−", "-").replace("½", "(1/2)").replace("^", "**")
    text = re.sub("[⁰¹²³⁴-⁹⁻]+", lambda raised: f"**({raised[0].translate(_RAISED)})", text)
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = text.replace("√", "sqrt").replace("σ", "sigmoid").replace("Φ", "Phi")
    text = text.replace("2π", "2*pi").replace("π", "pi")
    words = set(re.findall(r"[^\W\d_]+", re.sub(r"\dE", "1", text)))
    if not words <= set(_FUNCTIONS):
        return None
    try:
        return float(eval(text, {"__builtins__": {}}, _FUNCTIONS))  # our own text, not a reader's
    except (SyntaxError, TypeError, ZeroDivisionError, OverflowError, ValueError):
        return None


def equations(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each line's left side and the sides after it, rows of one line joined."""
    text = re.sub(r"   since [^\n]*", "", text)
    text = re.sub(r"\n {3,}", " ", text)
    for line in text.split("\n"):
        sides = re.split(r"\s+[=←]\s+", line.strip())
        if line.startswith("  ") and len(sides) > 2 and "   " not in line.strip():
            yield sides[0], sides[1:]


def untrue(text: str, digits: int) -> list[str]:
    """The lines with a side in numbers that does not come to the result that stands at the end."""
    found = []
    for left, (*sides, result) in equations(text):
        shown = worked_out(result)
        if shown is None or not math.isfinite(shown):
            continue
        for side in sides:
            x = worked_out(side)
            if x is not None and not _rounds_to(x, shown, result, digits):
                found.append(f"{left} = … {side} = {x!r}, not {result}")
    return found


def _rounds_to(x: float, shown: float, result: str, digits: int) -> bool:
    """Whether x, to as many digits as are shown (at least `digits`), is the number shown."""
    if not shown:
        return abs(x) < 1e-12
    own = len(re.sub(r"e.*|\D", "", result).lstrip("0"))
    unit = 10.0 ** (math.floor(math.log10(abs(shown))) + 1 - max(digits, own))
    return abs(x - shown) <= 0.5 * unit * (1.0 + 1e-6)


LOST = 6
"""By how many units of its last digit a factor may be off for the rounding of its operands."""

_NAME = "[A-Za-z][A-Za-z0-9]*"


def unfounded(text: str, digits: int) -> list[str]:
    """The factors in numbers that their formulas do not give with the numbers displayed so far.

    Those that are written with the numbers of their operands, to as many digits as it takes, show
    by themselves what they come to; a line may say that it is worked out in another way.
    """
    told = set(re.findall(r"(\S+) = [^\n]*since the digits cancel", re.sub(r"\n {3,}", " ", text)))
    given = text.partition("Given\n")[2].partition("\n\n")[0]
    shown = dict(re.findall(rf"({_NAME}) = (−?[\d.e−-]+)", given))
    for left, sides in equations(text):
        shown.setdefault(left, sides[-1])  # what comes later is an update
    found = []
    for left, sides in equations(text):
        for formula, numbers in pairwise(sides[:-1]):
            if (
                left in told
                or "∂" in formula
                or worked_out(formula) is not None
                or worked_out(numbers) is None
            ):
                continue
            for factor, number in _beside(formula, numbers):
                x = worked_out(re.sub(_NAME, lambda m: _put(m[0], shown), factor))
                y = worked_out(number) if re.fullmatch(r"\(?−?[\d.]+(e-?\d+)?\)?", number) else None
                if x is not None and y and abs(abs(x) - abs(y)) > LOST * _unit(y, digits):
                    found.append(f"{left}: {factor} is {x!r} of what is shown, not {number}")
    return found


def _put(name: str, shown: dict[str, str]) -> str:
    return name if name in _FUNCTIONS or name not in shown else f"({shown[name]})"


def _beside(formula: str, numbers: str) -> list[tuple[str, str]]:
    """The factors of the terms of both, where they have as many; of other numbers none."""
    terms = [_split(side, r" [+−] ") for side in (formula, numbers)]
    if len(terms[0]) != len(terms[1]):
        return []
    pairs = []
    for term, number in zip(*terms):
        factors = [_split(side, " · ") for side in (term, number)]
        if len(factors[0]) == len(factors[1]):
            pairs += list(zip(*factors))
    return pairs


def _split(side: str, sign: str) -> list[str]:
    """The parts between signs that stand outside of brackets."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(rf"[()]|{sign}", side):
        depth += (match[0] == "(") - (match[0] == ")")
        if not depth and match[0] not in "()":
            parts.append(side[start : match.start()])
            start = match.end()
    return [*parts, side[start:]]


def _unit(x: float, digits: int) -> float:
    return 10.0 ** (math.floor(math.log10(abs(x))) + 1 - digits)
