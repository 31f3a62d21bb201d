"""Softmax inside a network, as in attention, and with cross-entropy: P = softmax(Z), targets Y.

The Jacobian of p = softmax(z) is diag(p) − p pᵀ; for each row of P it is P ⊙ (G − ((P ⊙ G)𝟏)𝟏ᵀ),
where G is ∂L/∂P.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ....arrays.instructions.ir import Array
from ....ops import OPS
from ...notation.expression import (
    Applied,
    Call,
    Expression,
    Hadamard,
    Juxtaposed,
    Matrix,
    Negative,
    Sum,
)
from ...notation.labels import name_of
from ...notation.textbook import Textbook
from .arrays import Arrays, Names
from .norms import bare, made_of
from .numbers import worked_out
from .products import Ones, diagonal, transposed
from .symbols import Named, name_in, named


class Softmax(NamedTuple):
    """P = softmax(S) of a vector, or of each row of a matrix.

    whole   P
    source  S
    """

    whole: Array
    source: Array

    @property
    def lines(self) -> dict[Array, str]:
        """The letters of what has a line of its own."""
        return {self.source: "s", self.whole: "p"}

    @property
    def inside(self) -> set[Array]:
        """What it is made of, P among it."""
        return made_of(self.whole, self.source)

    def gradient(self, above: Named, whole: Named, ones: Ones) -> Expression:
        """∂L/∂S, of the symbols of ∂L/∂P and P."""
        if len(self.whole.shape) == 1:
            jacobian = Sum((diagonal(whole), Negative(Juxtaposed((whole, transposed(whole))))))
            return Juxtaposed((jacobian, above))
        one = ones(self.whole.shape[1])
        sums = Juxtaposed((Hadamard((whole, above)), one, transposed(one)))
        return Hadamard((whole, Sum((above, Negative(sums)))))


def softmaxes(forward: Iterable[Array]) -> list[Softmax]:
    """Each exp(S − logsumexp(S)) in a forward pass."""
    found: list[Softmax] = []
    for node in forward:
        difference = node.arrays[0] if node.op == "exp" else node
        if difference.op == "-" and node.op == "exp" and len(difference.arrays) == 2:
            source, total = difference.arrays[0], bare(difference.arrays[1])
            if total.op == "logsumexp" and total.arrays == [source] and len(node.shape) in (1, 2):
                found.append(Softmax(node, source))
    return found


class Logits(NamedTuple):
    """A line Z of logits, the probabilities P and the targets Y."""

    logits: Named
    probabilities: Matrix
    targets: Matrix

    @property
    def softmax(self) -> Expression:
        """softmax(Z)."""
        return Applied("softmax", self.logits)

    @property
    def sum_of_logarithms(self) -> Expression:
        """sum(Y ⊙ ln P)."""
        return Applied("sum", Hadamard((self.targets, Call(OPS["log"], (self.probabilities,)))))


def logits_of(
    written: Textbook,
    lines: Sequence[Array],
    arrays: Arrays,
    symbols: Mapping[Array, Named],
    names: Names,
) -> dict[Array, Logits]:
    """The lines of which the cross-entropies of a graph are; none where some are of no line."""
    left = [([z.data for z in term.logits], term.targets) for term in written.softmax.values()]
    found: dict[Array, list[list[float]]] = {}
    for line in reversed(lines):
        rest, targets = list(left), list[list[float]]()
        for z in np.atleast_2d(arrays.numbers[line]):
            fits = [i for i, (logits, _) in enumerate(rest) if _is_same(sorted(logits), sorted(z))]
            if fits:
                logits, of = rest.pop(fits[0])
                own = np.zeros(len(z))
                own[np.argsort(z, kind="stable")] = np.array(of)[np.argsort(logits, kind="stable")]
                targets.append(own.tolist())
        if len(rest) + len(np.atleast_2d(arrays.numbers[line])) == len(left):
            found[line], left = targets, rest
    if left:
        return {}
    several = len(found) > 1
    made: dict[Array, Logits] = {}
    for line in [line for line in lines if line in found]:
        Z, shape = symbols[line], arrays.numbers[line].shape
        P = worked_out(Applied("softmax", Z)).reshape(shape)
        letters = "PY" if len(shape) > 1 else "py"
        p, y = [
            named(
                names.like(name_in(Z), letter, len(shape) > 1)
                if several
                else names.unique(name_of(letter)),
                x,
            )
            for letter, x in zip(letters, (P, np.reshape(found[line], shape)))
        ]
        assert isinstance(p, Matrix)
        assert isinstance(y, Matrix)
        made[line] = Logits(Z, p, y)
    return made


def _is_same(a: Sequence[float], b: Sequence[float]) -> bool:
    return len(a) == len(b) and np.allclose(a, b, rtol=1e-12)
