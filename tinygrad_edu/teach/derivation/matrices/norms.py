"""Where an array is normalised, as layer norm does: x̂ = (z − μ)/s with s = √(‖z − μ‖²/n + ε).

Its gradient is in one line of the textbooks, which the chain rule through μ and s is many lines of:
∂L/∂z = (∂L/∂x̂ − sum(∂L/∂x̂)/n − sum(∂L/∂x̂ ⊙ x̂)/n · x̂)/s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ....arrays.ir import Array, Operand
from ...notation.expression import (
    Applied,
    Expression,
    Hadamard,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
)
from .symbols import Named


class Norm(NamedTuple):
    """x̂ = (z − μ)/s of vectors; RMS norm is without μ.

    whole      x̂
    source     z
    mean       μ
    deviation  s
    divisor    what the sum of squares in s is divided by
    """

    whole: Array
    source: Array
    mean: Array | None
    deviation: Array
    divisor: float

    @property
    def lines(self) -> dict[Array, str]:
        """The letters of what has a line of its own."""
        first = {} if self.mean is None else {self.mean: "μ"}
        return {**first, self.deviation: "s", self.whole: "x\u0302"}

    def gradient(self, above: Named, whole: Named, deviation: Named) -> Expression:
        """∂L/∂z, of the symbols of ∂L/∂x̂, x̂ and s."""
        terms: list[Expression] = [above]
        if self.mean is not None:
            size = Number(float(self.source.shape[0]))
            terms.append(Negative(Quotient(Applied("sum", above), size)))
        inner = Quotient(Applied("sum", Hadamard((above, whole))), Number(self.divisor))
        terms.append(Negative(Product((inner, whole))))
        return Quotient(Sum(tuple(terms)), deviation)


def norms(forward: Iterable[Array]) -> list[Norm]:
    """Each vector that is normalised in a forward pass."""
    return [found for node in forward if (found := _norm(node)) is not None]


def _norm(node: Array) -> Norm | None:
    if node.op != "/" or len(node.arrays) != 2 or len(node.shape) != 1:
        return None
    centred, deviation = node.arrays
    variance = deviation.arrays[0] if deviation.op == "sqrt" else deviation
    if variance.op == "+" and len(variance.arrays) == 1:  # ε
        variance = variance.arrays[0]
    divisor = _divisor(variance)
    if deviation.op != "sqrt" or deviation.shape or divisor is None:
        return None
    if not _is_sum_of_squares(variance.arrays[0], centred):
        return None
    if centred.op == "-" and len(centred.arrays) == 2:
        source, mean = centred.arrays
        if _divisor(mean) == source.shape[0] and _is_total(mean.arrays[0], source):
            return Norm(node, source, mean, deviation, divisor)
    return Norm(node, centred, None, deviation, divisor)


def _divisor(x: Array) -> float | None:
    """The plain number that an array is divided by."""
    last: Operand = x.args[1] if x.op == "/" else x
    return last if isinstance(last, float) else None


def _is_sum_of_squares(x: Array, of: Array) -> bool:
    if x.op == "contraction":
        return x.arrays == [of, of]
    squares = x.arrays[0] if x.op == "total" else x
    return squares.args in ((of, 2.0), (of, of)) and squares.op in ("**", "*")


def _is_total(x: Array, source: Array) -> bool:
    return x.op == "total" and x.arrays == [source]
