"""Somebody's gradients with one mistake in them, for a learner to find."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from ..engine import Value
from ..language import say
from .checking.check import check_gradients
from .checking.report import GradientReport
from .checking.slips import Changes
from .checking.wrong_answers import WrongAnswers
from .derivation.lines import Line, Section, result
from .derivation.partials import Steps
from .notation.expression import Derivative, Symbol
from .notation.wording import Wording
from .record.ledger import Ledger

DIGITS = 6
"""To how many digits the numbers are given."""


def with_a_mistake(
    steps: Steps, wanted: list[Value], rng: Random
) -> tuple[dict[Value, float], GradientReport]:
    """The gradients of the steps and of the wanted values with one slip, and the report on it.

    What comes after the slip follows from it, and the check names it without a doubt. A ValueError
    where no slip can be planted so.
    """
    root = steps.root
    answers = WrongAnswers(Wording(root))
    shown = [v for v in Ledger(root).completed if v in wanted or (v in steps.lines and v.op)]
    shown.remove(root)
    places = [
        slip
        for v in shown
        for slip in answers.of(v)
        if slip.changes and all(node.operands[i] is v for node, i in slip.changes)
    ]
    rng.shuffle(places)
    for slip in places:
        wrong = _carried(root, slip.changes)
        numbers = {v: float(f"{wrong[v]:.{DIGITS}g}") for v in shown}
        report = check_gradients(root, {v: numbers[v] for v in shown})
        found = report.first.slips if report.first and not report.others else ()
        if len(found) == 1 and found[0].nodes == slip.nodes:
            return numbers, report
    raise ValueError(
        f"no mistake can be planted in {len(shown)} gradients so that it is told from every other: "
        "take a graph with more steps, or other numbers (seed=)"
    )


def _carried(root: Value, changes: Changes) -> dict[Value, float]:
    """Every gradient, as it follows with these local derivatives."""
    found = dict.fromkeys(Ledger(root).gradients, 0.0) | {root: 1.0}
    for e in Ledger(root):
        found[e.operand] += found[e.node] * changes.get((e.node, e.position), e.local)
    return found


def section(root: Value, numbers: Mapping[Value, float], words: Wording) -> Section:
    """The gradients one below the other, and what is to be found in them."""
    lines = [
        Line(Symbol(Derivative(words.names[root], words.names[v]), 0.0), (result(x),))
        for v, x in numbers.items()
    ]
    remark = say(
        "These gradients were worked out with one mistake: one step goes wrong, and what follows "
        "from it is wrong too. Which step is it, and what was the slip?"
    )
    return Section(say("Find the mistake"), lines, [remark])
