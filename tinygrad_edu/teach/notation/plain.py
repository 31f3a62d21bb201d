"""Formulas as plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from ...ops import Op
from .expression import Derivative, Expression, Number
from .labels import Name, superscript
from .writing import (
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    Notation,
    Written,
    simple_fraction,
    simple_root,
    tightness,
)


class Text(Notation):
    """Plain text for a terminal: ``½ · (y − ŷ)²``."""

    beside = ""
    entrywise = "⊙"
    minus = "−"
    plus = "+"
    less = "−"
    times = "·"
    over = "/"
    apart = " "
    equals = "="
    becomes = "←"

    def name(self, name: Name) -> str:
        """The name as it was typed."""
        return name.text

    def derivative(self, name: Derivative) -> str:
        """``∂L/∂w``."""
        return name.text

    def prime(self, op: Op, argument: str) -> str:
        """``σ′(z)``."""
        return f"{op.text}′({argument})"

    def entries(self, rows: Sequence[Sequence[float | None]], is_vector: bool) -> str:
        """``(1, 2)``, ``(1, 2; 3, 4)``."""
        lines = [", ".join("…" if x is None else self.number(x)[0] for x in row) for row in rows]
        return f"({'; '.join(lines)})"

    def transposed(self, text: str) -> str:
        """``Wᵀ``, ``(W¹)ᵀ``."""
        return f"{text}ᵀ"

    def squared_norm(self, text: str) -> str:
        """``‖a‖²``."""
        return f"‖{text}‖²"

    def applied(self, head: str, arguments: Sequence[str]) -> str:
        """``softmax(z)``."""
        return f"{head}({', '.join(arguments)})"

    def brackets(self, text: str) -> str:
        """``(a)``."""
        return f"({text})"

    def opened(self, bar: str, is_tall: bool) -> str:
        """``(``."""
        return bar

    def closed(self, bar: str, is_tall: bool, exponent: Expression | None = None) -> str:
        """``)²``."""
        one = ")" if bar == "(" else bar
        return one if exponent is None else one + self._raised(exponent)

    def head(self, op: Op) -> str | None:
        """``sin``."""
        return op.text

    def number(self, value: float, plain: bool = False) -> Written:
        """``−0.25``, ``1e-5``, of which the square is ``(1e-5)²``."""
        shown = self.shown(value, plain)
        tight = min(tightness(value), POWER) if "e" in shown else tightness(value)
        return shown.replace("-", self.minus, value < 0.0), tight

    def constant(self, value: float) -> Written:
        """``½``, ``π``, else as a decimal."""
        if abs(value) in CONSTANTS:
            sign = self.minus if value < 0.0 else ""
            return sign + CONSTANTS[abs(value)], tightness(value)
        if root := simple_root(abs(value)):
            sign = self.minus if value < 0.0 else ""
            written = f"√({root.of})"
            return f"{sign}{'1/' * root.is_inverse}{written}", tightness(value, not root.is_inverse)
        ratio = simple_fraction(value)
        if ratio is None:
            return self.number(value, plain=True)
        return f"{ratio}".replace("-", self.minus), tightness(value, False)

    def blank(self, width: int) -> str:
        """``________``."""
        return "_" * width

    def words(self, text: str) -> str:
        """The words."""
        return text

    def omitted(self, what: str) -> str:
        """``… [3 more terms]``."""
        return f"… [{what}]"

    def quotient(self, a: Expression, b: Expression) -> Written:
        """``a/b``."""
        numerator, denominator = self.write(a, SIGN), self.write(b, POWER)
        tight = SIGN if numerator.startswith(self.minus) else PRODUCT
        if " " in numerator + denominator:
            return f"{numerator} / {denominator}", tight
        return f"{numerator}/{denominator}", tight

    def power(self, a: Expression, b: Expression) -> Written:
        """``a²``, ``a^b``."""
        return self.base_of_power(a) + self._raised(b), POWER

    def _raised(self, b: Expression) -> str:
        if isinstance(b, Number) and b.value.is_integer():
            return superscript(f"{b.value:.0f}")
        return f"^{self.write(b, ATOM)}"

    def call(self, op: Op, arguments: tuple[Expression, ...]) -> Written:
        """``sin(a)``."""
        inner = ", ".join(self.write(a) for a in arguments)
        if op == "abs":
            return f"|{inner}|", ATOM
        return f"{op.text}({inner})", ATOM


CONSTANTS: Final = {
    0.5: "½",
    math.pi: "π",
    math.e: "e",
    math.sqrt(2.0 * math.pi): "√(2π)",
}
