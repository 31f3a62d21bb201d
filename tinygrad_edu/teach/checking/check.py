"""Finds the first step of a hand derivation that goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ...engine import Value
from ...ieee import float64
from ...nn import Module
from ..notation.wording import Wording
from ..record.moment import require_one_moment
from .answers import Answers
from .judgement import Judgement
from .report import GradientReport, Step
from .symbolic import Elsewhere
from .telling import tell_astray, tell_coincidence, tell_right, tell_wrong


def check_gradients(
    root: Value,
    gradients: Mapping[Value | str, float | str],
    *,
    forward: Mapping[Value | str, float | str] | None = None,
    model: Module | None = None,
    rtol: float = 1e-9,
) -> GradientReport:
    """Find the first step of a hand derivation that goes wrong, and the slip that was made there.

    gradients  your ∂root/∂value for some or all values of the graph, by the Value or its name:
               its label, or the name that the derivation gives it. Each is a number, or a formula
               as text: "2(a - y)σ'(z)x" or in LaTeX, with those names, ∂L/∂a among them
    forward    your numbers of the forward pass, for some values: the gradients follow from them,
               and where one of them is wrong, that is told first
    model      names its parameters, as w⁽²⁾₃₁
    rtol       relative difference that counts as right

    The gradients are taken in the order of the backward pass, and what follows from a wrong one
    is not blamed. A number is right if it is the gradient rounded to the digits that it has, of
    which at least three count, or if it follows from those that you have before it, rounded as
    they are. It is right within your rounding if the half-units of the last digit, carried as
    intervals through the forward and the backward pass, explain the difference: to as many digits
    or places as your longest number has, or in float32. A formula is right if it gives the gradient
    here and with other numbers in the leaves, so that nothing is right by chance; where ∂L/∂a is
    in it, that is your own. Nothing in the graph is changed.

    A ValueError for a name that no value has or more than one, for a value that is not in the
    graph or is given twice, for a formula that cannot be read, for nan and inf, for an rtol below
    0, for a forward pass or a formula where a leaf's data has changed since, and where the graph's
    own gradient is not finite; a TypeError for what is neither a number nor text.

    >>> w, x = Value(3.0, label="w"), Value(5.0, label="x")
    >>> print(check_gradients((w * x) ** 2, {"w": 30.0}))
    ∂L/∂w should be 30 · 5 = 150 and you have 30: the factor ∂(w · x)/∂w = 5 of w · x is left out.
    >>> print(check_gradients((w * x) ** 2, {"w": "2 w x^2", "x": r"2 w^2 x"}))
    All 2 gradients are right.
    """
    rtol = float64(rtol, "rtol")
    if not rtol >= 0.0:
        raise ValueError(f"rtol is 0 or more, not {rtol!r}")
    answers = Answers(Wording(root, model))
    numbers, formulas = answers.read(_answers(gradients), "gradient")
    if not isinstance(forward, Mapping | None):
        raise TypeError(f'a forward pass is a dict such as {{"z": 2.5}}, not {forward!r}')
    own, symbolic = answers.read(forward or {}, "value")
    if symbolic:
        v = next(iter(symbolic))
        name, typed = answers.words.name(v), symbolic[v].typed
        raise ValueError(f"a forward pass is in numbers: {typed!r} is none, for {name!r}")
    if own:
        require_one_moment(root, "check a forward pass against")
    if formulas:
        require_one_moment(root, "check formulas against")
    elsewhere = Elsewhere(answers.words, formulas, numbers, rtol)
    found = Judgement(answers.words, numbers | elsewhere.here, rtol, own, precise=formulas)
    if found.astray and formulas:  # which are then worked out with the learner's own values
        elsewhere = Elsewhere(answers.words, formulas, numbers, rtol, own)
        found = Judgement(answers.words, numbers | elsewhere.here, rtol, own, precise=formulas)
    return _report(found, elsewhere)


def assert_gradients(
    root: Value,
    gradients: Mapping[Value | str, float | str],
    *,
    forward: Mapping[Value | str, float | str] | None = None,
    model: Module | None = None,
    rtol: float = 1e-9,
) -> None:
    """Raise an AssertionError with the report of `check_gradients` if a gradient is wrong."""
    __tracebackhide__ = True  # pytest shows the line of the test
    report = check_gradients(root, gradients, forward=forward, model=model, rtol=rtol)
    if not report:
        raise AssertionError(str(report))


def _report(found: Judgement, elsewhere: Elsewhere) -> GradientReport:
    """What was found, in the values of the learner's graph."""
    words, original = found.words, found.original
    chance = {v: there for v, there in elsewhere.wrong() if v in map(original.get, found.right)}
    report = GradientReport(
        right=tuple([v for v in found.right if original[v] not in chance]),
        first=None,
        follow=tuple(found.follow),
        others=tuple(found.wrong),
        text="",
        rounded=tuple(found.rounded),
        astray=tuple(found.astray),
    ).of(original)
    report = replace(report, read={v: str(f) for v, f in elsewhere.typed.items()})
    if found.astray:
        v = found.astray[0]
        expected = found.expected(v).centre
        text = tell_astray(v, found.forward[v], expected, found.follow, found.wrong, words)
        return replace(_with_step(report, found, elsewhere) if found.wrong else report, text=text)
    if found.wrong:
        return _with_step(report, found, elsewhere)
    if chance:
        return _by_chance(report, chance, elsewhere)
    return replace(report, text=tell_right(found.right, found.rounded, words))


def _with_step(report: GradientReport, found: Judgement, elsewhere: Elsewhere) -> GradientReport:
    first, *rest = found.wrong
    slips, same = found.explanation()
    v = found.original[first]
    fitting = [slip.of(found.original) for slip in slips]
    kept = elsewhere.confirmed(v, fitting, partial(found.every_slip_of, first))
    kept = kept or (elsewhere.another_name(v) if v in elsewhere.typed else [])
    step = Step(
        first,
        found.given[first],
        found.own[first],
        tuple(kept),
        tuple(same if kept else ()),
        report.read.get(v, ""),
    )
    counts = len(report.right), len(found.follow), len(rest)
    paths = found.paths(first, found.basis)
    text = tell_wrong(step, paths, found.basis, counts, found.words)
    others = tuple([found.original[u] for u in rest])
    told = replace(step, node=v, same=tuple([found.original[u] for u in step.same]))
    return replace(report, first=told, others=others, text=text)


def _by_chance(
    report: GradientReport, chance: Mapping[Value, Judgement], elsewhere: Elsewhere
) -> GradientReport:
    v, *others = chance
    there = chance[v]
    copy = next(c for c, original in there.original.items() if original is v)
    slips = elsewhere.confirmed(v, [s.of(there.original) for s in there.slips_of(copy)])
    slips = slips or elsewhere.numbers_for_names(v)
    where = elsewhere.where(there, v)
    step = Step(v, there.given[copy], there.own[copy], tuple(slips), (), report.read[v], where)
    text = tell_coincidence(step, elsewhere.words)
    return replace(report, first=step, others=tuple(others), text=text)


def _answers(gradients: object) -> Mapping[Value | str, float | str]:
    if not isinstance(gradients, Mapping):
        kind = type(gradients).__name__
        raise TypeError(f'gradients are a dict such as {{"w": 0.25}}, not {kind}: {gradients!r}')
    if not gradients:
        raise ValueError('no gradients to check: give some, as in {"w": 0.25}')
    return gradients
