"""A reader of what is displayed: works out the arithmetic of every line of a text by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

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
