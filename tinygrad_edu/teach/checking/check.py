"""Finds the first step of a hand derivation that goes wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ...engine import Value
from ...ieee import float64, is_real
from ...nn import Module
from ..notation.wording import Wording
from ..record.lookup import value_of
from ..record.moment import require_one_moment
from .judgement import Judgement
from .report import GradientReport, Step, tell_astray, tell_right, tell_wrong


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
    forward    your numbers of the forward pass, for some values: the gradients follow from them,
               and where one of them is wrong, that is told first
    model      names its parameters, as w⁽²⁾₃₁
    rtol       relative difference that counts as right

    The gradients are taken in the order of the backward pass, and what follows from a wrong one
    is not blamed. A number is right if it is the gradient rounded to the digits that it has, of
    which at least three count, or if it follows from those that you have before it, rounded as
    they are. It is right within your rounding if the half-units of the last digit, carried as
    intervals through the forward and the backward pass, explain the difference: to as many digits
    or places as your longest number has, or in float32. Nothing in the graph is changed.

    A ValueError for a name that no value has or more than one, for a value that is not in the
    graph or is given twice, for nan and inf, for an rtol below 0, for a forward pass where a leaf's
    data has changed since, and where the graph's own gradient is not finite; a TypeError for what
    is not a number.

    >>> w, x = Value(3.0, label="w"), Value(5.0, label="x")
    >>> print(check_gradients((w * x) ** 2, {"w": 30.0}))
    ∂L/∂w should be 30 · 5 = 150 and you have 30: the factor ∂(w · x)/∂w = 5 of w · x is left out.
    """
    if not float64(rtol) >= 0.0:
        raise ValueError(f"rtol is 0 or more, not {rtol!r}")
    words = Wording(root, model)
    given = _given(gradients, words)
    own = _numbers(forward or {}, "value", words)
    if own:
        require_one_moment(root, "check a forward pass against")
    found = Judgement(words, given, rtol, own)
    return _report(found).of(found.original)


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


def _report(found: Judgement) -> GradientReport:
    """What was found, in the values and the words of the learner's graph."""
    words = found.words
    right, follow, rounded = tuple(found.right), tuple(found.follow), tuple(found.rounded)
    if astray := tuple(found.astray):
        v = astray[0]
        expected = found.expected(v).centre
        text = tell_astray(v, found.forward[v], expected, follow, words)
        others = tuple(found.wrong)
        return GradientReport(right, None, follow, others, text, rounded=rounded, astray=astray)
    if not found.wrong:
        text = tell_right(right, rounded, words)
        return GradientReport(right, None, (), (), text, rounded=rounded)
    first, *rest = found.wrong
    slips, same = found.explanation()
    step = Step(first, found.given[first], found.own[first], tuple(slips), tuple(same))
    counts = len(right), len(follow), len(rest)
    text = tell_wrong(step, found.paths(first, found.basis), found.basis, counts, words)
    return GradientReport(right, step, follow, tuple(rest), text, rounded=rounded)


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
