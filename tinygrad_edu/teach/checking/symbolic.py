"""Whether formulas are right: at the graph's numbers and, lest that be chance, at others too."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ...engine import Value
from ...language import say
from ...ops import LEAF
from ..notation.expression import Symbol
from ..notation.labels import name_of
from ..notation.wording import Wording, number
from ..record.ledger import Ledger
from ..record.points import copied
from ..typed.formula import Formula, Point, exchanged, symbols_in, with_symbols
from ..typed.unread import Unread
from .judgement import Judgement
from .points import other_points
from .rounding import agrees
from .slips import Slip
from .telling import listed

SHOWN: Final = 4
"""How many leaves are named whose numbers are others."""


_OTHER: Final = Symbol(name_of("?"), 0.0)
"""A name for any value in place of one of a formula's."""

_PLAIN: Final = (0.0, 0.5, 1.0, 2.0)
"""Numbers that a formula has of its own, more likely than as a leaf's."""


class Elsewhere:
    """Formulas at the graph's own numbers, and judged at other points.

    here   what each formula gives at the graph's own numbers, or as they follow from values of a
           forward pass
    there  the judgements at other points

    Where a formula speaks of ∂L/∂v, and the learner has that gradient too, it is the learner's.

    A ValueError where a formula speaks of the gradient that it is to give, or has no finite number.
    """

    def __init__(
        self,
        words: Wording,
        typed: Mapping[Value, Formula],
        given: Mapping[Value, float],
        rtol: float,
        forward: Mapping[Value, float] | None = None,
    ) -> None:
        self.words: Wording = words
        self.typed: Mapping[Value, Formula] = typed
        root = words.root
        own = Ledger(root)
        self._order = [v for v in own.completed if v in typed]
        for v in self._order:
            if (root, v) in typed[v].derivatives.values():
                raise Unread(
                    "the formula for {gradient} has {gradient} in it: “{formula}”",
                    gradient=words.gradient(v),
                    formula=typed[v].typed,
                )
        copies = copied(root, forward) if forward else {v: v for v in own.gradients}
        self.here: dict[Value, float] = self._numbers(copies, given)
        for v, x in self.here.items():
            if not math.isfinite(x):
                raise Unread(
                    "the formula for {gradient} gives {number} here: “{formula}”",
                    gradient=words.gradient(v),
                    number=x,
                    formula=typed[v].typed,
                )
        self.there: list[Judgement] = []
        self._points: list[Point] = []
        for copies in other_points(root) if typed else ():
            found = self._numbers(copies, {})
            if all(map(math.isfinite, found.values())):
                answers = {copies[v]: x for v, x in found.items()}
                there = Judgement(words.of(copies), answers, max(rtol, 1e-9), precise=answers)
                there.original = {copy: v for v, copy in copies.items()}
                self.there.append(there)
                self._points.append(Point(root, copies))

    def _numbers(
        self, copies: Mapping[Value, Value], given: Mapping[Value, float]
    ) -> dict[Value, float]:
        point = Point(self.words.root, copies)
        point.gradients.update(given)
        found: dict[Value, float] = {}
        for v in self._order:
            formula = self.typed[v]
            found[v] = point.gradients[v] = formula(point.numbers(formula))
        return found

    def wrong(self) -> list[tuple[Value, Judgement]]:
        """The values whose formula is wrong at another point, each with the first such point."""
        found: dict[Value, Judgement] = {}
        for there in self.there:
            for v in there.wrong:
                found.setdefault(there.original[v], there)
        return sorted(found.items(), key=lambda pair: self._order.index(pair[0]))

    def confirmed(
        self, v: Value, slips: list[Slip], more: Callable[[], list[Slip]] = lambda: []
    ) -> list[Slip]:
        """Those of the slips that explain v's formula at every point.

        Where there is none, because numbers of the graph agree by chance, it is one of `more`, or,
        because a 0 or a 1 hides it, those of the other points that are said without a number.
        """
        elsewhere = []
        for there in self.there:
            for copy in there.wrong:
                if there.original[copy] is v:
                    found = [slip.of(there.original) for slip in there.slips_of(copy)]
                    if not found:  # what explains it everywhere explains it here
                        return []
                    elsewhere.append(found)
        everywhere = [set(map(_kind, found)) for found in elsewhere]
        kept = [s for s in slips if all(_kind(s) in kinds for kinds in everywhere)]
        if not kept and elsewhere:
            kept = [s for s in more() if all(_kind(s) in kinds for kinds in everywhere)]
        if kept or not elsewhere:
            return kept
        says = set.intersection(*[{slip.says for slip in found} for found in elsewhere])
        return [slip for slip in elsewhere[0] if slip.says in says]

    def numbers_for_names(self, v: Value) -> list[Slip]:
        """The slip of a formula that has numbers of leaves in it where their names belong."""
        formula, words = self.typed[v], self.words
        leaves = [u for u in words.names if u.op is LEAF and u not in formula.values.values()]
        named = {u.data: u for u in reversed(leaves)}
        for some in ({x: u for x, u in named.items() if x not in _PLAIN}, named):
            symbols = {x: Symbol(words.names[u], x) for x, u in some.items()}
            expression = with_symbols(formula.expression, symbols)
            values = dict(formula.values) | {words.names[u].text: u for u in some.values()}
            meant = replace(formula, expression=expression, values=values)
            if expression != formula.expression and self._holds(v, meant, self._numbers_of(meant)):
                used = [(x, u) for x, u in some.items() if symbols[x] in symbols_in(expression)]
                says = say(
                    "{numbers} stand where names belong",
                    numbers=listed([f"{words.name(u)} = {number(x)}" for x, u in used]),
                )
                return [Slip("wrong value", self.here[v], says)]
        return []

    def another_name(self, v: Value) -> list[Slip]:
        """The slip of a formula with one name in it, once or wherever it is, for another."""
        formula, words = self.typed[v], self.words
        known = [u for u in words.names if u.label or u.op is LEAF]
        for wrong in dict.fromkeys(formula.values.values()):
            for expression in exchanged(formula.expression, words.names[wrong].text, _OTHER):
                with_other = replace(formula, expression=expression)
                numbers = self._numbers_of(with_other)
                for right in known:
                    for point, there in zip(self._points, numbers):
                        there[_OTHER.name.text] = point.copies[right].data
                    if right is not wrong and self._holds(v, with_other, numbers):
                        says = say(
                            "{wrong} stands where {right} belongs",
                            wrong=words.name(wrong),
                            right=words.name(right),
                        )
                        return [Slip("wrong value", self.here[v], says)]
        return []

    def _numbers_of(self, formula: Formula) -> list[dict[str, float]]:
        """The numbers of the formula's names at each of the other points."""
        return [point.numbers(formula) for point in self._points]

    def _holds(self, v: Value, formula: Formula, numbers: list[dict[str, float]]) -> bool:
        """Whether a formula is right at the other points, with those numbers there."""
        for there, point, here in zip(self.there, self._points, numbers):
            x, copy = formula(here), point.copies[v]
            if not math.isfinite(x) or not agrees(x, there.exact[copy], there.noise[copy]):
                return False
        return True

    def where(self, there: Judgement, v: Value) -> str:
        """With which numbers in the leaves: ``w = 0.41, x = 2.3``."""
        mentioned = set(self.typed[v].values.values())
        leaves = [(c, o) for c, o in there.original.items() if o.op is LEAF]
        leaves.sort(key=lambda pair: pair[1] not in mentioned)
        said = [f"{self.words.name(o)} = {number(c.data)}" for c, o in leaves]
        if len(said) > SHOWN:
            return listed([*said[:SHOWN], say("other numbers for the rest")])
        return listed(said)


def _kind(slip: Slip) -> tuple[str, frozenset[tuple[Value, int]], str]:
    """What makes two slips the same one at different numbers."""
    words = re.sub(r"[-−]?\d+(?:\.\d+)?(?:e[-+−]?\d+)?", "#", slip.says)
    return slip.kind, frozenset(slip.changes), words
