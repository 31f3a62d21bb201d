"""Finds the first step of a hand derivation that goes wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, partial

from ...engine import Value
from ...ieee import float64, is_real
from ...nn import Module
from ..diagnosis import diagnose
from ..notation.wording import Wording
from ..record.ledger import Entry, Ledger
from ..record.lookup import value_of
from ..record.paths import Paths
from .report import GradientReport, Step, tell_right, tell_wrong
from .rounding import agrees, noise
from .slips import Changes, MovedSlopes, Search, Slip


def check_gradients(
    root: Value,
    gradients: Mapping[Value | str, float],
    *,
    model: Module | None = None,
    rtol: float = 1e-9,
) -> GradientReport:
    """Find the first step of a hand derivation that goes wrong, and the slip that was made there.

    gradients  your ∂root/∂value for some or all values of the graph, by the Value or its name:
               its label, or the name that the derivation gives it
    model      names its parameters, as w⁽²⁾₃₁
    rtol       relative difference that counts as right

    The gradients are taken in the order of the backward pass, and what follows from a wrong one
    is not blamed. A number is right if it is the gradient rounded to the digits that it has, of
    which at least three count, or if it follows from those that you have before it, rounded as
    they are. Nothing in the graph is changed.

    A ValueError for a name that no value has or more than one, for a value that is not in the
    graph or is given twice, for nan and inf, for an rtol below 0, and where the graph's own
    gradient is not finite; a TypeError for what is not a number.

    >>> w, x = Value(3.0, label="w"), Value(5.0, label="x")
    >>> print(check_gradients((w * x) ** 2, {"w": 30.0}))
    ∂L/∂w should be 30 · 5 = 150 and you have 30: the factor ∂(w · x)/∂w = 5 of w · x is left out.
    """
    if not float64(rtol) >= 0.0:
        raise ValueError(f"rtol is 0 or more, not {rtol!r}")
    return _Check(root, gradients, Wording(root, model), rtol).report()


def assert_gradients(
    root: Value,
    gradients: Mapping[Value | str, float],
    *,
    model: Module | None = None,
    rtol: float = 1e-9,
) -> None:
    """Raise an AssertionError with the report of `check_gradients` if a gradient is wrong."""
    __tracebackhide__ = True  # pytest shows the line of the test
    report = check_gradients(root, gradients, model=model, rtol=rtol)
    if not report:
        raise AssertionError(str(report))


class _Check:
    """The learner's gradients beside those of the graph.

    exact   ∂L/∂v of every value
    basis   the same as it follows from the learner's own gradients, in their place where given
    own     the same, from those before it alone
    noise   by how much ∂L/∂v may differ where the same sum is worked out in another order
    """

    def __init__(
        self, root: Value, gradients: Mapping[Value | str, float], words: Wording, rtol: float
    ) -> None:
        self.words, self.rtol = words, rtol
        self.given = _given(gradients, words)
        ledger = Ledger(root)
        self.exact, self.noise = ledger.gradients, noise(ledger)
        for v in self.given:
            if not math.isfinite(self.exact[v]):
                raise ValueError(f"{words.gradient(v)} is {self.exact[v]}: {diagnose(root)}")
        self.rank = {v: i for i, v in enumerate(ledger.completed)}
        self.into: dict[Value, list[tuple[int, Entry]]] = {v: [] for v in self.exact}
        for line in enumerate(ledger):
            self.into[line[1].operand].append(line)
        self.basis: dict[Value, float] = {}
        self.own: dict[Value, float] = {}
        self.right: list[Value] = []
        self.follow: list[Value] = []
        self.wrong: list[Value] = []
        self._judge()

    def _judge(self) -> None:
        """Sort the values by their gradients, each in the order of the backward pass."""
        spoilt: set[Value] = set()  # by a wrong gradient before it
        for v in reversed(self.exact):
            lines = [e for _, e in self.into[v]]
            self.own[v] = sum(self.basis[e.node] * e.local for e in lines) if lines else 1.0
            self.basis[v] = self.given.get(v, self.own[v])
            if any(e.node in spoilt for e in lines):
                spoilt.add(v)
            if v in self.given:
                follows = self._fits(v, self.own[v])
                if self._fits(v, self.exact[v]) or (follows and v not in spoilt):
                    self.right.append(v)
                    spoilt.discard(v)
                else:
                    (self.follow if follows else self.wrong).append(v)
                    spoilt.add(v)
        self.wrong.sort(key=self.rank.__getitem__)

    @cached_property
    def _sound(self) -> set[Value]:
        """The values whose gradient is known to be right."""
        return {self.words.root, *self.right}

    def _fits(self, v: Value, gradient: float) -> bool:
        return agrees(self.given[v], gradient, self.noise[v], self.rtol)

    def report(self) -> GradientReport:
        right, follow = tuple(self.right), tuple(self.follow)
        if not self.wrong:
            return GradientReport(right, None, (), (), tell_right(right, self.words))
        first, *others = self.wrong
        slips, same = self._shared(first, others)
        step = Step(first, self.given[first], self.own[first], tuple(slips), tuple(same))
        counts = len(right), len(follow), len(others)
        text = tell_wrong(step, self._paths(first, self.basis), self.basis, counts, self.words)
        return GradientReport(right, step, follow, tuple(others), text)

    def _shared(self, first: Value, others: list[Value]) -> tuple[list[Slip], list[Value]]:
        """The slips behind the first wrong gradient, and other wrong gradients that they explain.

        Of several slips, it is those that explain the most.
        """
        search, slips = self._search(first)
        found = [(slip, self._explained(slip, others)) for slip in slips]
        for v in others:
            if self._fits(first, self.exact[v]) and self._fits(v, self.exact[first]):
                says = f"{self.words.gradient(first)} and {self.words.gradient(v)} are exchanged"
                found.append((Slip("wrong operand", self.exact[v], says), [v]))
        most = max((len(same) for _, same in found), default=0)
        if most < len(others):
            further = [(slip, self._explained(slip, others)) for slip in search.anywhere()]
            found += [pair for pair in further if len(pair[1]) > most]
            most = max((len(same) for _, same in found), default=0)
        kept = [pair for pair in found if len(pair[1]) == most]
        return [slip for slip, _ in kept], kept[0][1] if kept else []

    def _explained(self, slip: Slip, others: list[Value]) -> list[Value]:
        with_it = self._with(slip.changes)
        return [v for v in others if self._fits(v, slip.scale * with_it[v])]

    def _with(self, changes: Changes) -> dict[Value, float]:
        """Every gradient, with these local derivatives, from the right gradients on."""
        found: dict[Value, float] = {}
        for v in reversed(self.exact):
            if v in self._sound:
                found[v] = self.exact[v]
            else:
                lines = [e for _, e in self.into[v]]
                found[v] = sum(
                    found[e.node] * changes.get((e.node, e.position), e.local) for e in lines
                )
        return found

    def _search(self, v: Value) -> tuple[Search, list[Slip]]:
        beside = [operand for _, e in self.into[v] for operand in e.node.operands]
        mistaken_for = {u: self.exact[u] for u in (*beside, *self.given)}
        for gradients in (self.exact, self.basis):  # the learner may have rounded on the way
            paths = self._paths(v, gradients)
            search = Search(partial(self._fits, v), paths, mistaken_for, self._moved, self.words)
            if slips := search.slips():
                break
        return search, slips

    def _paths(self, target: Value, gradients: Mapping[Value, float]) -> Paths:
        return Paths(target, self.into, gradients, self._sound)

    @cached_property
    def _moved(self) -> list[MovedSlopes]:
        return MovedSlopes.of(self.words.root)


def _given(gradients: Mapping[Value | str, float], words: Wording) -> dict[Value, float]:
    """The learner's number for each value."""
    if not isinstance(gradients, Mapping):
        kind = type(gradients).__name__
        raise TypeError(f'gradients are a dict such as {{"w": 0.25}}, not {kind}: {gradients!r}')
    if not gradients:
        raise ValueError('no gradients to check: give some, as in {"w": 0.25}')
    given: dict[Value, float] = {}
    for key, gradient in gradients.items():
        v = value_of(key, words.names, words.root)
        name = repr(words.name(v))
        if v in given:
            raise ValueError(f"the gradient of {name} is given twice")
        if not is_real(gradient):
            kind = type(gradient).__name__
            raise TypeError(f"the gradient of {name} is a number, not {kind}: {gradient!r}")
        given[v] = float(gradient)
        if not math.isfinite(given[v]):
            raise ValueError(f"the gradient of {name} is a finite number, not {gradient!r}")
    return given
