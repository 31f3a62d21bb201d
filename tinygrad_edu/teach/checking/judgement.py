"""Which of a learner's gradients are right, which follow from a wrong one, and which go wrong."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Final

from ...engine import Value, topological_order
from ..diagnosis import diagnose
from ..notation.wording import Wording
from ..record.ledger import Entry, Ledger
from ..record.paths import Paths
from ..record.points import copied
from .mixups import exchanged
from .passes import at_moved_leaves, with_misread_functions
from .rounding import agrees, noise
from .search import every, slips, usual
from .slips import Case, Changes, OtherPass, Slip
from .sums import anywhere
from .working import Interval, Precision, Working

MOST: Final = 0.03
"""By which part a number may be off at the most if it is to tell which slip was made."""

ENOUGH: Final = 8
"""How many numbers without any rounding on the way show that somebody does not round there."""


class Judgement:
    """The learner's gradients beside those of the graph.

    exact   ∂L/∂v of every value
    basis   the same as it follows from the learner's own gradients, in their place where given
    own     the same, from those before it alone
    noise   by how much ∂L/∂v may differ where the same sum is worked out in another order

    Where the learner has numbers of the forward pass, all this is of a copy of the graph that is
    computed with them; `true` is then what is right without them, and `original`
    has each copy's value. The gradients of `precise` values are no rounded numbers.
    """

    def __init__(
        self,
        words: Wording,
        given: Mapping[Value, float],
        rtol: float,
        forward: Mapping[Value, float] | None = None,
        precise: Collection[Value] = (),
    ) -> None:
        ledger = Ledger(words.root)
        copies = {v: v for v in ledger.gradients}
        self.true: dict[Value, float] = ledger.gradients
        if forward:
            copies = copied(words.root, forward)
            self.true = {copies[v]: x for v, x in self.true.items()}
            words = words.of(copies)
            ledger = Ledger(words.root)
        self.words: Wording = words
        self.rtol: float = rtol
        self.original: dict[Value, Value] = {copy: v for v, copy in copies.items()}
        self.given: dict[Value, float] = {copies[v]: x for v, x in given.items()}
        self.precise: set[Value] = {copies[v] for v in precise}
        self.forward: dict[Value, float] = {copies[v]: x for v, x in (forward or {}).items()}
        self.exact: dict[Value, float] = ledger.gradients
        self.noise: dict[Value, float] = noise(ledger)
        for v in self.given:
            if not math.isfinite(self.true[v]):
                why = diagnose(self.original[words.root])
                raise ValueError(f"{words.gradient(v)} is {self.true[v]}: {why}")
        self.rank: dict[Value, int] = {v: i for i, v in enumerate(ledger.completed)}
        self.into: dict[Value, list[tuple[int, Entry]]] = {v: [] for v in self.exact}
        for line in enumerate(ledger):
            self.into[line[1].operand].append(line)
        self._judge()
        suspect = self._suspect()
        if suspect is not None and any(map(usual, self._cases(suspect))):
            self._judge(unforgiven=suspect)

    def _judge(self, unforgiven: Value | None = None) -> None:
        """Sort the values by their gradients, each in the order of the backward pass."""
        self.basis: dict[Value, float] = {}
        self.own: dict[Value, float] = {}
        self.right: list[Value] = []
        self.rounded: list[Value] = []
        self.follow: list[Value] = []
        self.wrong: list[Value] = []
        spoilt: set[Value] = set()  # by a wrong gradient before it
        for v in reversed(self.exact):
            lines = [e for _, e in self.into[v]]
            self.own[v] = sum(self.basis[e.node] * e.local for e in lines) if lines else 1.0
            self.basis[v] = self.given.get(v, self.own[v])
            if any(e.node in spoilt for e in lines):
                spoilt.add(v)
            if v not in self.given:
                continue
            follows = self._fits(v, self.own[v])
            sound = not self.forward or (v in self.precise and not self.astray)
            right = self._fits(v, self.true[v]) or (follows and v not in spoilt and sound)
            forgiven = v is not unforgiven and (v not in self.precise or bool(self.astray))
            if not right and forgiven and not self._moved:  # (then nobody knows the old numbers)
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

    def _suspect(self) -> Value | None:
        """The first number that only rounding on the way explains, where many others need none.

        Whoever does not round on the way has made a slip there, if one gives just this number.
        """
        if not self.rounded or self.forward or self.wrong:
            return None
        first = self.rounded[0]
        unit = self._working.precision.half_unit(Interval(self.exact[first], 0.0))
        if abs(self.given[first] - self.exact[first]) <= unit:
            return None  # it is the right one in a fixed number of places, as 0.000 for 0.0002
        precise = {x for v, x in self.given.items() if self._fits(v, self.true[v])}
        without = set(self.rounded).difference(topological_order(first))
        return first if len(precise) >= ENOUGH and not without else None

    @property
    def _sound(self) -> set[Value]:
        """The values whose gradient is known to be right."""
        return {self.words.root, *self.right}

    def _fits(self, v: Value, gradient: float) -> bool:
        return agrees(self.given[v], gradient, self.noise[v], self.rtol)

    @cached_property
    def astray(self) -> list[Value]:
        """The values of the forward pass that do not follow from those before them."""
        return [v for v, x in self.forward.items() if not self._follows_forward(v, x)]

    def _follows_forward(self, v: Value, x: float) -> bool:
        expected = self.expected(v)
        return agrees(x, self.original[v].data, rtol=self.rtol, digits=2) or agrees(
            x, expected.centre, expected.radius, self.rtol, digits=2
        )

    def expected(self, v: Value) -> Interval:
        """What a value of the learner's forward pass should be, from those before it."""
        return self._working.expected[self.original[v]]

    @cached_property
    def _working(self) -> Working:
        """The forward pass with the learner's numbers and their rounding."""
        forward = {self.original[v]: x for v, x in self.forward.items()}
        rounded = [x for v, x in self.given.items() if v not in self.precise]
        precision = Precision.of([*rounded, *forward.values()])
        return Working(self.original[self.words.root], forward, precision)

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
                working.contribution(basis[e.node], (self.original[e.node], e.position))
                for _, e in self.into[v]
            ]
            found[v] = basis[v] = working.sum(terms) if terms else Interval(1.0, 0.0)
            if v in given:
                unit = 0.0 if v in self.precise else working.precision.half_unit(found[v])
                basis[v] = Interval(given[v], unit)
        return found

    # The slips behind the first wrong gradient

    def slips_of(self, v: Value) -> list[Slip]:
        """The slips behind one wrong gradient."""
        return self._searched(v)[1]

    def every_slip_of(self, v: Value) -> list[Slip]:
        """The slips that give a wrong gradient, the rare ones even where a usual one does."""
        return [slip.of(self.original) for case in self._cases(v) for slip in every(case)]

    def explanation(self) -> tuple[list[Slip], list[Value]]:
        """The slips behind the first wrong gradient, and other wrong gradients that they explain.

        Of several slips, it is those that explain the most.
        """
        first, *others = self.wrong
        case, found = self._searched(first)
        told = [(slip, self._explained(slip, others)) for slip in found]
        for v in others:
            if self._is_that_of(first, v) and self._is_that_of(v, first):
                told.append((exchanged(case, v), [v]))
        most = max((len(same) for _, same in told), default=0)
        if most < len(others):
            further = [(slip, self._explained(slip, others)) for slip in anywhere(case)]
            best = max(further, key=lambda pair: len(pair[1]), default=None)
            if best and len(best[1]) > most:  # of lines one after the other each gives the same
                told.append(best)
                most = len(best[1])
        kept = [pair for pair in told if len(pair[1]) == most]
        return [slip for slip, _ in kept], kept[0][1] if kept else []

    def _is_that_of(self, v: Value, other: Value) -> bool:
        """Whether the learner's gradient of v is that of another value, rounded as theirs are."""
        rounded = v not in self.precise and self._following[other].has(self.given[v])
        return rounded or self._fits(v, self.exact[other])

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

    def _cases(self, v: Value) -> list[Case]:
        """From the right gradients and, where they differ, from the learner's own."""
        right, own = [self._case(v, gradients) for gradients in (self.exact, self.basis)]
        above = zip(right.paths.edges, own.paths.edges)
        return [right, own] if any(a.upstream != b.upstream for a, b in above) else [right]

    def _searched(self, v: Value) -> tuple[Case, list[Slip]]:
        """The slips behind a wrong gradient, and from where they were looked for."""
        cases = self._cases(v)
        if v not in self.precise:  # the learner may have rounded on the way
            fits = partial(self._nearly_fits, v)
            cases += [replace(case, fits=fits, nearly=True) for case in cases]
        for case in cases:
            if found := slips(case):
                return case, found
        return cases[0], []

    def _case(self, v: Value, gradients: Mapping[Value, float]) -> Case:
        beside = [operand for _, e in self.into[v] for operand in e.node.operands]
        return Case(
            partial(self._fits, v),
            self.given[v],
            self.paths(v, gradients),
            self.exact,
            (*beside, *self.given),
            self._moved,
            lambda: self._misread,
            self.words,
        )

    def _nearly_fits(self, v: Value, gradient: float) -> bool:
        """Whether a number with a slip in it may come out as the learner's, rounded on the way."""
        free = self._free[v]
        off = free.radius / abs(free.centre) if free.centre else 0.0
        return self._fits(v, gradient) or abs(self.given[v] - gradient) <= (
            min(off, MOST) * abs(gradient)
        )

    def paths(self, target: Value, gradients: Mapping[Value, float]) -> Paths:
        """Every path to the target from the nearest gradients that are right."""
        return Paths(target, self.into, gradients, self._sound)

    @cached_property
    def _moved(self) -> list[OtherPass]:
        return [] if self.forward else at_moved_leaves(self.words.root)

    @cached_property
    def _misread(self) -> list[OtherPass]:
        return with_misread_functions(self.words.root)
