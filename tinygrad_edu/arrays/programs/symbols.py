"""The names and the numbers of a program's source, as LaTeX."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final

_LETTERS: Final = {"theta": r"\theta", "L": "L"}
_GREEK: Final = (
    *("alpha", "beta", "gamma", "epsilon", "eta", "kappa", "lambda", "mu", "nu", "rho", "tau"),
    *("phi", "psi", "omega"),
)


def name(text: str) -> str:
    """W1 as W₁, D1 as δ₁, dW1 as ∂L/∂W₁, ones as 1."""
    if re.fullmatch(r"ones\d*", text):
        return r"\mathbf{1}"
    if text.startswith("d") and len(text) > 1:
        return rf"\frac{{\partial L}}{{\partial {name(text[1:])}}}"
    stem, number = re.fullmatch(r"(.*?)(\d*)", text).groups()  # type: ignore[union-attr]
    if stem == "D" and number:
        return rf"\delta_{{{number}}}"
    if re.fullmatch("[A-Zb][a-z]", stem) and not number:  # the gates' Wz, Ur, bn
        stem, number = stem[0], stem[1]
    shown = stem.replace("_", r"\_")
    if stem in _GREEK:
        shown = f"\\{stem}"
    elif stem in _LETTERS:
        shown = _LETTERS[stem]
    elif len(stem) > 1:
        shown = rf"\mathit{{{shown}}}"
    return f"{shown}_{{{number}}}" if number else shown


def number(x: float) -> str:
    """A number to its end: 1/6, √2 and such as they are, and 10 to a power for an exponent."""
    if len(repr(x)) > 8 and (found := _exact(abs(x))):
        return f"-{found}" if x < 0.0 else found
    mantissa, _, exponent = repr(x).removesuffix(".0").partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _exact(x: float) -> str:
    """What a number is the nearest float of: a quotient of small numbers, or a root; or ""."""
    if not 1e-3 < x < 1e3:
        return ""
    part = Fraction(x).limit_denominator(1000)
    if x == part.numerator / part.denominator:
        return rf"\tfrac{{{part.numerator}}}{{{part.denominator}}}"
    square, inverse = round(x * x), round(1.0 / (x * x))
    if x == math.sqrt(square):
        return rf"\sqrt{{{square}}}"
    if inverse and x == 1.0 / math.sqrt(inverse):
        return rf"\tfrac{{1}}{{\sqrt{{{inverse}}}}}"
    return r"\sqrt{2 \pi}" if x == math.sqrt(2.0 * math.pi) else ""
