"""The usual wrong answers to an exercise, and the slips that lead to them."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...engine import Value
from ..notation.wording import Wording
from ..record.ledger import Entry, Ledger
from ..record.paths import Paths
from .mistakes import MISTAKES
from .mixups import of_factors
from .penalties import of_penalties
from .places import in_many_places, in_one_place, options, sign
from .slips import Case, Slip
from .sums import anywhere, in_the_sum, of_products


class WrongAnswers:
    """What the usual slips give for the gradients of one graph."""

    def __init__(self, words: Wording) -> None:
        self.words = words
        ledger = Ledger(words.root)
        self.right: dict[Value, float] = ledger.gradients
        self._into: dict[Value, list[tuple[int, Entry]]] = {v: [] for v in self.right}
        for line in enumerate(ledger):
            self._into[line[1].operand].append(line)

    def of(self, v: Value) -> list[Slip]:
        """Every usual slip in ∂root/∂v, with the number that it gives, the commonest first.

        None that gives the right number, nor what is no number; one of those that give the same.
        """
        case, slips = self._searched(v, opposites=True)
        slips += [*of_products(case), *of_factors(case), *of_penalties(case)]
        found: dict[str, Slip] = {}
        for slip in slips:
            found.setdefault(f"{slip.gives:.9g}", slip)
        return list(found.values())

    def told_apart(self, v: Value) -> list[Slip]:
        """The slips in ∂root/∂v that are said in other words, though they give the same number.

        With them is what a slip that nobody names would give, where no other gives it.
        """
        case, slips = self._searched(v, opposites=False)
        explained = {slip.gives for slip in slips}
        slips += [slip for slip in anywhere(case) if slip.gives not in explained]
        return list({slip.says: slip for slip in slips}.values())

    def _searched(self, v: Value, opposites: bool) -> tuple[Case, list[Slip]]:
        """The case of any wrong answer, and the slips of one or more places that explain some.

        opposites  whether the right answer with the other sign is explained by more than a sign
        """
        paths = Paths(v, self._into, self.right, {self.words.root})
        right = paths.total

        def case(fits: Callable[[float], bool]) -> Case:
            return Case(fits, math.nan, paths, self.right, (), [], list, self.words)

        def is_wrong(x: float) -> bool:
            return math.isfinite(x) and not math.isclose(x, right, abs_tol=1e-12)

        def is_opposite(x: float) -> bool:
            return math.isclose(x, -right, rel_tol=1e-12)

        # A lost sign is asked for apart: where the whole is negated, the search looks no further.
        negated = case(is_opposite)
        other = case(lambda x: is_wrong(x) and (opposites or not is_opposite(x)))
        found = options(other, MISTAKES)
        return other, [
            *(sign(negated, found) if right else ()),
            *in_one_place(other, found),
            *in_the_sum(other),
            *in_many_places(other, found),
        ]
