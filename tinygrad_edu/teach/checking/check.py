"""Finds the first step of a hand derivation that goes wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, partial
from typing import Final

from ...engine import Value
from ...ieee import float64, is_real
from ...nn import Module
from ..diagnosis import diagnose
from ..notation.wording import Wording
from ..record.ledger import Entry, Ledger
from ..record.lookup import value_of
from ..record.paths import Paths
from .report import GradientReport, Step, tell_astray, tell_right, tell_wrong
from .rounding import agrees, noise
from .slips import Changes, MovedSlopes, Search, Slip
from .working import Interval, Precision, Working

MOST: Final = 0.03
"""By which part a number may be off at the most if it is to tell which slip was made."""


def check_gradients(
    root: Value,
    gradients: Mapping[Value | str, float],
    *,
    forward: Mapping[Value | str, float] | None = None,
    model: Module | None = None,
    rtol: float = 1e-9,
) -> GradientReport:
    """Find the first step of a hand derivation that goes wrong, and the slip that was made there.

    gradients  your ∂root/∂value for some or all values of the graph, by the Value or its name:
               its label, or the name that the derivation gives it
    forward    your numbers of the forward pass, for some values: the gradients follow from them
    model      names its parameters, as w⁽²⁾₃₁
    rtol       relative difference that counts as right

    The gradients are taken in the order of the backward pass, and what follows from a wrong one
    is not blamed. A number is right if it is the gradient rounded to the digits that it has, of
    which at least three count, or if it follows from those that you have before it, rounded as
    they are. It is right within your rounding if the half-units of the last digit, carried as
    intervals through the forward and the backward pass, explain the difference: to as many digits
    or places as your longest number has, or in float32. Nothing in the graph is changed.

    A ValueError for a name that no value has or more than one, for a value that is not in the
    graph or is given twice, for nan and inf, for an rtol below 0, and where the graph's own
    gradient is not finite; a TypeError for what is not a number.

    >>> w, x = Value(3.0, label="w"), Value(5.0, label="x")
    >>> print(check_gradients((w * x) ** 2, {"w": 30.0}))
    ∂L/∂w should be 30 · 5 = 150 and you have 30: the factor ∂(w · x)/∂w = 5 of w · x is left out.
    """
    if not float64(rtol) >= 0.0:
        raise ValueError(f"rtol is 0 or more, not {rtol!r}")
    return _Check(root, gradients, forward or {}, Wording(root, model), rtol).report()


def assert_gradients(
    root: Value,
    gradients: Mapping[Value | str, float],
    *,
    forward: Mapping[Value | str, float] | None = None,
    model: Module | None = None,
    rtol: float = 1e-9,
) -> None:
    """Raise an AssertionError with the report of `check_gradients` if a gradient is wrong."""
    __tracebackhide__ = True  # pytest shows the line of the test
    report = check_gradients(root, gradients, forward=forward, model=model, rtol=rtol)
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
        self,
        root: Value,
        gradients: Mapping[Value | str, float],
        forward: Mapping[Value | str, float],
        words: Wording,
        rtol: float,
    ) -> None:
        self.words, self.rtol = words, rtol
        self.given = _given(gradients, words)
        self.forward = _numbers(forward, "value", words)
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
        self.rounded: list[Value] = []
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
                right = self._fits(v, self.exact[v]) or (follows and v not in spoilt)
                if not right and not self._moved:  # of moved leaves the old numbers are unknown
                    follows = follows or self._following[v].has(self.given[v])
                    anew = v in spoilt and self._free[v].has(self.given[v])
                    right = not self.astray and (anew or (follows and v not in spoilt))
                    if right:
                        self.rounded.append(v)
                if right:
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

    @cached_property
    def astray(self) -> list[Value]:
        """The values of the forward pass that do not follow from those before them."""
        expected = self._working.expected
        return [
            v
            for v, x in self.forward.items()
            if not agrees(x, v.data, rtol=self.rtol, digits=2)
            and not agrees(x, expected[v].centre, noise=expected[v].radius, digits=2)
        ]

    @cached_property
    def _working(self) -> Working:
        numbers = [*self.given.values(), *self.forward.values()]
        return Working(self.words.root, self.forward, Precision.of(numbers))

    @cached_property
    def _free(self) -> dict[Value, Interval]:
        """Every gradient as it may come out where all on the way is rounded."""
        return self._carried({})

    @cached_property
    def _following(self) -> dict[Value, Interval]:
        """The same, from the learner's own gradients where they are given."""
        return self._carried(self.given)

    def _carried(self, given: Mapping[Value, float]) -> dict[Value, Interval]:
        working = self._working
        found: dict[Value, Interval] = {}
        basis: dict[Value, Interval] = {}
        for v in reversed(self.exact):
            terms = [
                working.contribution(basis[e.node], (e.node, e.position)) for _, e in self.into[v]
            ]
            found[v] = basis[v] = working.sum(terms) if terms else Interval(1.0, 0.0)
            if v in given:
                basis[v] = Interval(given[v], working.precision.half_unit(found[v]))
        return found

    def report(self) -> GradientReport:
        right, follow, rounded = tuple(self.right), tuple(self.follow), tuple(self.rounded)
        astray = tuple(self.astray)
        if astray:
            v = astray[0]
            expected = self._working.expected[v].centre
            text = tell_astray(v, self.forward[v], expected, follow, self.words)
            return GradientReport(
                right, None, follow, tuple(self.wrong), text, rounded=rounded, astray=astray
            )
        if not self.wrong:
            text = tell_right(right, rounded, self.words)
            return GradientReport(right, None, (), (), text, rounded=rounded)
        first, *others = self.wrong
        slips, same = self._shared(first, others)
        step = Step(first, self.given[first], self.own[first], tuple(slips), tuple(same))
        counts = len(right), len(follow), len(others)
        text = tell_wrong(step, self._paths(first, self.basis), self.basis, counts, self.words)
        return GradientReport(right, step, follow, tuple(others), text, rounded=rounded)

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
        searches = [  # the learner may have rounded on the way
            Search(fits, self._paths(v, gradients), mistaken_for, self._moved, self.words)
            for fits in (partial(self._fits, v), partial(self._nearly_fits, v))
            for gradients in (self.exact, self.basis)
        ]
        for search in searches:
            if slips := search.slips():
                return search, slips
        return searches[0], []

    def _nearly_fits(self, v: Value, gradient: float) -> bool:
        """Whether a number with a slip in it may come out as the learner's, rounded on the way."""
        free = self._free[v]
        off = free.radius / abs(free.centre) if free.centre else 0.0
        return self._fits(v, gradient) or abs(self.given[v] - gradient) <= (
            min(off, MOST) * abs(gradient)
        )

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
    return _numbers(gradients, "gradient", words)


def _numbers(numbers: Mapping[Value | str, float], what: str, words: Wording) -> dict[Value, float]:
    """Each value's number, which is a gradient or a value of the forward pass."""
    given: dict[Value, float] = {}
    for key, x in numbers.items():
        v = value_of(key, words.names, words.root)
        name = repr(words.name(v))
        if v in given:
            raise ValueError(f"the {what} of {name} is given twice")
        if not is_real(x):
            raise TypeError(f"the {what} of {name} is a number, not {type(x).__name__}: {x!r}")
        given[v] = float(x)
        if not math.isfinite(given[v]):
            raise ValueError(f"the {what} of {name} is a finite number, not {x!r}")
    return given
