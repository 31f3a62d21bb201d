"""What a wrong gradient in the page's predict mode means: the slips of the checker, tried out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ..engine import Value
from ..nn import Module
from ..teach.checking.mistakes import MISTAKES
from ..teach.checking.places import in_many_places, in_one_place, options, sign
from ..teach.checking.slips import Case, Slip
from ..teach.checking.sums import anywhere, in_the_sum
from ..teach.notation.wording import Wording
from ..teach.record.ledger import Entry, Ledger
from ..teach.record.paths import Paths


class PageWording(Wording):
    """Wording that calls every value by the name that the page shows."""

    def _is_known(self, v: Value) -> bool:
        return True


def slips(root: Value, model: Module | None) -> dict[Value, list[Slip]]:
    """For each value, the usual slips in ∂root/∂value and what each gives.

    None is left that gives the right number, nor one that is no number.
    """
    lines, words = Ledger(root), PageWording(root, model)
    into: dict[Value, list[tuple[int, Entry]]] = {}
    for line in enumerate(lines):
        into.setdefault(line[1].operand, []).append(line)
    found = {}
    for v in into:
        paths = Paths(v, into, lines.gradients, {root})
        if math.isfinite(paths.total):
            found[v] = _of(paths, words, lines.gradients)
    return found


def _of(paths: Paths, words: Wording, exact: Mapping[Value, float]) -> list[Slip]:
    total = paths.total

    def case(fits: Callable[[float], bool]) -> Case:
        return Case(fits, 0.0, paths, exact, (), [], list, words)

    # A lost sign is asked for apart: where the whole is negated, the search looks no further.
    negated, other = case(lambda x: x == -total), case(lambda x: x != -total)
    found = options(other, MISTAKES)
    usual = [
        *sign(negated, found),
        *in_one_place(other, found),
        *in_the_sum(other),
        *in_many_places(other, found),
    ]
    explained = {slip.gives for slip in usual}
    usual += [slip for slip in anywhere(other) if slip.gives not in explained]
    wrong = [s for s in usual if abs(s.gives - total) > 1e-9 * abs(total)]
    return list({s.says: s for s in wrong if math.isfinite(s.gives)}.values())
