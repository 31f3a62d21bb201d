"""Where arrays are normalised: x̂ = (z − μ)/s with s = √(‖z − μ‖²/n + ε), as layer norm does.

Of several samples that is X̂ = diag(s)⁻¹(Z − μ𝟏ᵀ), with a mean of each row, or, as in
batch norm, of each column.

The gradient is in one line of the textbooks, which the chain rule through μ and s is many lines of:
∂L/∂z = (∂L/∂x̂ − sum(∂L/∂x̂)/n − sum(∂L/∂x̂ ⊙ x̂)/n · x̂)/s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ....arrays.instructions.ir import Array, Operand
from ...notation.expression import (
    Applied,
    Expression,
    Hadamard,
    Juxtaposed,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
)
from .products import Ones, diagonal, inverse, transposed
from .symbols import Named


class Norm(NamedTuple):
    """x̂ = (z − μ)/s of a vector, or of each row or column of a matrix; RMS norm is without μ.

    whole      x̂
    source     z
    mean       μ
    centred    z − μ
    deviation  s
    divisor    what the sum of squares in s is divided by
    axis       of a matrix, that along which the mean is taken
    """

    whole: Array
    source: Array
    mean: Array | None
    centred: Array
    deviation: Array
    divisor: float
    axis: int | None

    @property
    def lines(self) -> dict[Array, str]:
        """The letters of what has a line of its own."""
        first = {} if self.mean is None else {self.mean: "μ"}
        if self.mean is not None and self.axis is not None:
            first[self.centred] = "c"
        return {**first, self.deviation: "s", self.whole: "x\u0302"}

    @property
    def inside(self) -> set[Array]:
        """What it is made of, x̂ among it."""
        return made_of(self.whole, self.source)

    def gradient(self, above: Named, whole: Named, deviation: Named, ones: Ones) -> Expression:
        """∂L/∂z, of the symbols of ∂L/∂x̂, x̂ and s."""
        if self.axis is not None:
            return self._of_a_matrix(above, whole, deviation, ones)
        terms: list[Expression] = [above]
        if self.mean is not None:
            size = Number(float(self.source.shape[0]))
            terms.append(Negative(Quotient(Applied("sum", above), size)))
        inner = Quotient(Applied("sum", Hadamard((above, whole))), Number(self.divisor))
        terms.append(Negative(Product((inner, whole))))
        return Quotient(Sum(tuple(terms)), deviation)

    def _of_a_matrix(self, G: Named, X: Named, deviation: Named, ones: Ones) -> Expression:
        assert self.axis is not None
        n = self.source.shape[self.axis]
        one, product = ones(n), Hadamard((G, X))
        by_row = self.axis == 1
        mean = Juxtaposed((G, one, transposed(one)) if by_row else (one, transposed(one), G))
        sums = Juxtaposed((product, one) if by_row else (transposed(product), one))
        scale = diagonal(Quotient(sums, Number(self.divisor)))
        terms: list[Expression] = [G]
        if self.mean is not None:
            terms.append(Negative(Quotient(mean, Number(float(n)))))
        terms.append(Negative(Juxtaposed((scale, X) if by_row else (X, scale))))
        inner, over = Sum(tuple(terms)), inverse(diagonal(deviation))
        return Juxtaposed((over, inner) if by_row else (inner, over))


def made_of(whole: Array, source: Array) -> set[Array]:
    """What an array is made of, down to a source; it is among it."""
    found, waiting = {whole}, [whole]
    while waiting:
        new = [a for a in waiting.pop().arrays if a is not source and a not in found]
        found.update(new)
        waiting += new
    return found


def is_closed(whole: Array, source: Array, users: Mapping[Array, list[Array]]) -> bool:
    """Whether nothing but an array uses what it is made of, down to a source."""
    inside = made_of(whole, source)
    return all(user in inside for a in inside if a is not whole for user in users[a])


def norms(forward: Iterable[Array]) -> list[Norm]:
    """Each vector or matrix that is normalised in a forward pass."""
    return [found for node in forward if (found := _norm(node)) is not None]


def _norm(node: Array) -> Norm | None:
    if node.op != "/" or len(node.arrays) != 2 or len(node.shape) not in (1, 2):
        return None
    centred, deviation = node.arrays[0], bare(node.arrays[1])
    variance = deviation.arrays[0] if deviation.op == "sqrt" else deviation
    if variance.op == "+" and len(variance.arrays) == 1:  # ε
        variance = variance.arrays[0]
    divisor = _divisor(variance)
    if deviation.op != "sqrt" or len(deviation.shape) != len(node.shape) - 1 or divisor is None:
        return None
    squares = variance.arrays[0]
    if not _is_sum_of_squares(squares, centred):
        return None
    axis = squares.info[0] if len(node.shape) == 2 else None
    if centred.op == "-" and len(centred.arrays) == 2:
        source, mean = centred.arrays[0], bare(centred.arrays[1])
        size = source.shape[axis or 0]
        if _divisor(mean) == size and _is_total(mean.arrays[0], source, squares):
            return Norm(node, source, mean, centred, deviation, divisor, axis)
    return Norm(node, centred, None, centred, deviation, divisor, axis)


def bare(x: Array) -> Array:
    """A column that is shown as a matrix of one column, as the column."""
    is_column = x.op == "view" and x.shape[1:] == (1,) and x.arrays[0].shape == x.shape[:1]
    return x.arrays[0] if is_column else x


def _divisor(x: Array) -> float | None:
    """The plain number that an array is divided by."""
    last: Operand = x.args[1] if x.op == "/" else x
    return last if isinstance(last, float) else None


def _is_sum_of_squares(x: Array, of: Array) -> bool:
    if x.op == "contraction":
        return x.arrays == [of, of] and not x.shape
    if x.op != "total" or len(x.info) > 1:
        return False
    squares = x.arrays[0]
    return squares.args in ((of, 2.0), (of, of)) and squares.op in ("**", "*")


def _is_total(x: Array, source: Array, like: Array) -> bool:
    return x.op == "total" and x.arrays == [source] and (like.op != "total" or x.info == like.info)
