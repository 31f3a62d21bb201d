"""Formulas as LaTeX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from ...ops import Op
from .escaping import in_formula
from .expression import Derivative, Expression, Symbol
from .labels import Name
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


class Latex(Notation):
    r"""LaTeX that TeX, KaTeX and matplotlib read: ``\frac{1}{2} \cdot (y - \hat{y})^{2}``."""

    beside = r"\, "
    entrywise = r"\odot"
    minus = "-"
    plus = "+"
    less = "-"
    times = r"\cdot"
    over = r"\big/"
    apart = r"\qquad"
    equals = "="
    becomes = r"\leftarrow"

    def name(self, name: Name) -> str:
        """The name's LaTeX."""
        return name.latex

    def derivative(self, name: Derivative) -> str:
        r"""``\frac{\partial L}{\partial w}``."""
        names = (name.of, name.by)
        over, under = (f"({n.latex})" if n.is_written_apart else n.latex for n in names)
        return rf"\frac{{\partial{'^{+}' if name.direct else ''} {over}}}{{\partial {under}}}"

    def prime(self, op: Op, argument: str) -> str:
        r"""``\sigma'(z)``."""
        return f"{op.latex}'({argument})"

    def entries(self, rows: Sequence[Sequence[float | None]], is_vector: bool) -> str:
        r"""``\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}``, a vector as a column."""
        lines = zip(*rows) if is_vector else rows
        written = [
            " & ".join(r"\cdots" if x is None else self.number(x)[0] for x in line)
            for line in lines
        ]
        return r"\begin{pmatrix} " + r" \\ ".join(written) + r" \end{pmatrix}"

    def transposed(self, text: str) -> str:
        r"""``W^{\top}``."""
        return rf"{text}^{{\top}}"

    def squared_norm(self, text: str) -> str:
        r"""``\|a\|^{2}``."""
        return rf"\left\|{text}\right\|^{{2}}"

    def applied(self, head: str, arguments: Sequence[str]) -> str:
        r"""``\operatorname{softmax}(z)``."""
        return rf"\operatorname{{{head}}}({', '.join(arguments)})"

    def brackets(self, text: str) -> str:
        """``(a)``, growing around a fraction."""
        return rf"\left({text}\right)" if self.is_tall(text) else f"({text})"

    def is_tall(self, text: str) -> bool:
        """Whether there is a fraction in it."""
        return r"\frac" in text

    def opened(self, bar: str, is_tall: bool) -> str:
        r"""``\bigl(``."""
        return (r"\Bigl" if is_tall else r"\bigl") + bar

    def closed(self, bar: str, is_tall: bool, exponent: Expression | None = None) -> str:
        r"""``\bigr)^{2}``."""
        one = (r"\Bigr" if is_tall else r"\bigr") + (")" if bar == "(" else bar)
        return one if exponent is None else f"{one}^{{{self._raised(exponent)}}}"

    def head(self, op: Op) -> str | None:
        r"""``\sin``."""
        return r"\exp" if op == "exp" else None if "{0}" in op.latex else op.latex

    def number(self, value: float, plain: bool = False) -> Written:
        r"""``-0.25``, ``10^{-5}``."""
        mantissa, _, exponent = self.shown(value, plain).partition("e")
        if exponent:
            power = rf"10^{{{exponent}}}"
            if mantissa == "1":
                return power, POWER
            return rf"{mantissa} \cdot {power}", PRODUCT if value > 0.0 else SIGN
        text = mantissa.replace("∞", r"\infty").replace("nan", r"\mathrm{nan}")
        return text, tightness(value)

    def constant(self, value: float) -> Written:
        r"""``\frac{1}{2}``, ``\pi``, else as a decimal."""
        sign = self.minus if value < 0.0 else ""
        if abs(value) in CONSTANTS:
            return sign + CONSTANTS[abs(value)], tightness(value)
        if root := simple_root(abs(value)):
            written = rf"\sqrt{{{root.of}}}"
            above = self._over("1", written) if root.is_inverse else written
            return sign + above, tightness(value, not root.is_inverse)
        ratio = Fraction(1, 2) if abs(value) == 0.5 else simple_fraction(abs(value))
        if ratio is None:
            return self.number(value, plain=True)
        above = self._over(str(ratio.numerator), str(ratio.denominator))
        return sign + above, tightness(value, False)

    def _over(self, above: str, below: str) -> str:
        return f"{above}/{below}" if self.slashed else rf"\frac{{{above}}}{{{below}}}"

    def _raised(self, e: Expression) -> str:
        """An exponent, whose fractions are in one row."""
        return replace(self, slashed=True).write(e)

    def blank(self, width: int) -> str:
        """A line to write on: nothing that Markdown would take the backslash from."""
        return rf"\underline{{\hspace{{{width / 2:g}em}}}}"

    def words(self, text: str) -> str:
        r"""``\text{…}``."""
        return in_formula(text)

    def omitted(self, what: str) -> str:
        r"""``\ldots\ [\text{3 more terms}]``."""
        return rf"\ldots\ [\text{{{what}}}]"

    def quotient(self, a: Expression, b: Expression) -> Written:
        r"""``\frac{a}{b}``."""
        if self.slashed:
            above = self.write(a, SIGN)
            tight = SIGN if above.startswith(self.minus) else PRODUCT
            return self._over(above, self.write(b, POWER)), tight
        return self._over(self.write(a), self.write(b)), PRODUCT

    def power(self, a: Expression, b: Expression) -> Written:
        """``a^{b}``."""
        return f"{self.base_of_power(a)}^{{{self._raised(b)}}}", POWER

    def call(self, op: Op, arguments: tuple[Expression, ...]) -> Written:
        r"""``\sin a``, ``\tanh(a)``, or by the template of the operation."""
        if "{0}" in op.latex:
            inside = self._raised if op == "exp" else self.write
            written = op.latex.format(*map(inside, arguments))
            return written, ATOM if op.latex.startswith("\\") else POWER
        if op.is_bare and isinstance(arguments[0], Symbol) and not self.numeric:
            return f"{op.latex} {self.write(arguments[0], ATOM)}", PRODUCT
        return op.latex + self.brackets(", ".join(self.write(a) for a in arguments)), POWER


CONSTANTS: Final = {
    math.pi: r"\pi",
    math.e: "e",
    math.sqrt(2.0 * math.pi): r"\sqrt{2\pi}",
}
