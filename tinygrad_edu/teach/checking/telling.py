"""How what was found in a hand derivation is told, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ...engine import Value
from ...language import say
from ..notation.wording import Wording, bracketed, explained, number
from ..record.paths import Edge, Paths
from .report import Step

SHOWN: Final = 3
"""How many of the slips that explain one number are told, or of the values that it explains."""

SHOWN_FACTORS: Final = 10
"""Up to how many factors the sum over paths is written out."""


def tell_right(right: Sequence[Value], rounded: Sequence[Value], words: Wording) -> str:
    """The report's text where nothing is wrong."""
    if len(right) == 1:
        name = words.gradient(right[0])
        if rounded:
            return say("{name} is right within your rounding.", name=name)
        return say("{name} is right.", name=name)
    if rounded:
        names = some(rounded, words)
        return say(
            "All {count} gradients are right; within your rounding: {names}.",
            count=len(right),
            names=names,
        )
    return say("All {count} gradients are right.", count=len(right))


def tell_astray(
    v: Value,
    given: float,
    expected: float,
    follow: Sequence[Value],
    wrong: Sequence[Value],
    words: Wording,
) -> str:
    """The report's text where the forward pass goes wrong, at v first.

    follow  the values whose gradients follow from it
    wrong   those whose gradients go wrong besides
    """
    right, mine = _told_apart(expected, given)
    text = say(
        "The forward pass goes wrong first: {step} should be {right} and you have {mine}.",
        step=words.line(v) if v.op else words.name(v),
        right=right,
        mine=mine,
    )
    if follow:
        names = some(follow, words)
        text += "\n" + say(
            "Your backward pass follows from it without a mistake of its own in {names}.",
            names=names,
        )
    if wrong:
        names = some(wrong, words)
        text += "\n" + say("It goes wrong besides, in {names}.", names=names)
    return text


def tell_wrong(
    step: Step,
    paths: Paths,
    own: Mapping[Value, float],
    counts: tuple[int, int, int],
    words: Wording,
) -> str:
    """The report's text where a step is wrong.

    own     the gradients from which the expected one follows
    counts  how many gradients are right, wrong because they follow, and wrong by themselves
    """
    sentences = [tell_slips(_step(step, paths, own, words), step)]
    if step.same:
        sentences.append(say("The same slip explains {names}.", names=some(step.same, words)))
    right, follow, others = counts
    if right + follow + others:
        sentences.append(_tally(right, follow, others, len(step.same)))
    return explained("\n".join(sentences))


def tell_slips(statement: str, step: Step) -> str:
    """The statement that a step is wrong, and the slips that explain it, as sentences."""
    said = [slip.says for slip in step.slips]
    if len(said) == 1:
        return say("{statement}: {slip}.", statement=statement, slip=said[0])
    if said:
        shown = say("; or ").join(said[:SHOWN])
        if rest := len(said) - SHOWN if len(said) > SHOWN else 0:
            shown = say("{slips}; or {count} more", slips=shown, count=rest)
        return say(
            "{statement}. Several slips give this number, and it alone does not tell which: "
            "{slips}.",
            statement=statement,
            slips=shown,
        )
    if abs(step.given - step.expected) < 0.01 * abs(step.expected) and not step.typed:
        percent = 100.0 * abs(step.given / step.expected - 1.0)
        return say(
            "{statement}. That is {percent} % off: has something been rounded on the way? Keep "
            "more digits, or allow the difference by rtol.",
            statement=statement,
            percent=f"{percent:.2g}",
        )
    if step.typed:
        return say("{statement}. None of the usual slips gives this formula.", statement=statement)
    if step.expected:
        return say(
            "{statement}. None of the usual slips gives this number (it is {factor} times the "
            "right one).",
            statement=statement,
            factor=number(step.given / step.expected),
        )
    return say("{statement}. None of the usual slips gives this number.", statement=statement)


def tell_coincidence(step: Step, words: Wording) -> str:
    """The report's text on a formula that is right at the graph's numbers alone."""
    right, given = _told_apart(step.expected, step.given)
    statement = say(
        "{gradient} is right with these numbers alone: with {where} it should be {right}, and "
        "your {formula} gives {given}",
        gradient=words.gradient(step.node),
        where=step.where,
        right=right,
        formula=step.typed,
        given=given,
    )
    return tell_slips(statement, step)


def listed(phrases: Sequence[str]) -> str:
    """a, b and c."""
    *others, last = phrases
    return say("{first} and {last}", first=say(", ").join(others), last=last) if others else last


def some(values: Sequence[Value], words: Wording) -> str:
    """∂L/∂a, ∂L/∂b, ∂L/∂c and 12 others."""
    names = [words.gradient(v) for v in values]
    more = len(names) - SHOWN
    if more <= 1:
        return listed(names)
    return listed([*names[:SHOWN], say("{count} others", count=more)])


def _tally(right: int, follow: int, others: int, same: int) -> str:
    total = right + follow + others + 1
    if right == 0:
        tally = [say("None of the {total} gradients is right", total=total)]
    elif right == 1:
        tally = [say("1 of the {total} gradients is right", total=total)]
    else:
        tally = [say("{count} of the {total} gradients are right", count=right, total=total)]
    if follow == 1:
        tally.append(say("1 is wrong only because it follows from a wrong one"))
    elif follow:
        says = say("{count} are wrong only because they follow from a wrong one", count=follow)
        tally.append(says)
    if others - same == 1:
        tally.append(say("1 more is wrong: check again when this is put right"))
    elif others > same:
        rest = others - same
        tally.append(say("{count} more are wrong: check again when this is put right", count=rest))
    return say("; ").join(tally) + say(".")


def _step(step: Step, paths: Paths, own: Mapping[Value, float], words: Wording) -> str:
    name = words.gradient(step.node)
    if not paths.edges:
        return say(
            "{gradient} should be 1, as ever, and you have {given}",
            gradient=name,
            given=number(step.given),
        )
    right, given = _told_apart(step.expected, step.given)
    if step.typed and step.typed != given:
        given = say("{number}, by {formula}", number=given, formula=step.typed)
    statement = say(
        "{gradient} should be {right} and you have {given}",
        gradient=name,
        right=_working(paths, own, right),
        given=given,
    )
    begin = [v for v in paths.sources if v is not words.root]
    said = [f"{words.gradient(v)} ({number(own[v])})" for v in begin]
    if len(begin) > SHOWN:
        return say(
            "The {count} gradients before it are right; from there {statement}",
            count=len(begin),
            statement=statement,
        )
    if len(begin) > 1:
        return say(
            "{names} are right; from there {statement}", names=listed(said), statement=statement
        )
    if begin:
        return say(
            "{gradient} is right ({value}); from there {statement}",
            gradient=words.gradient(begin[0]),
            value=number(own[begin[0]]),
            statement=statement,
        )
    return statement


def _working(paths: Paths, own: Mapping[Value, float], value: str) -> str:
    """``120 · 40 = 4800``: the sum over paths in numbers, without the factors that are 1."""
    count = sum(paths.count[source] for source in paths.sources)
    if count > SHOWN_FACTORS:
        return say("{value} (the sum over {count} paths)", value=value, count=f"{count:,}")
    products = [_factors(path, own) for path in paths.each()]
    size = sum(map(len, products))
    if size > SHOWN_FACTORS and count > 1:
        return say("{value} (the sum over {count} paths)", value=value, count=count)
    if size > SHOWN_FACTORS:
        return say("{value} (the product of {count} factors)", value=value, count=size)
    written = " + ".join(" · ".join(map(bracketed, factors)) for factors in products)
    return value if size == 1 else f"{written} = {value}"


def _factors(path: list[Edge], own: Mapping[Value, float]) -> list[float]:
    factors = [own[path[0].entry.node], *[edge.entry.local for edge in path]]
    return [x for x in factors if x != 1.0] or [1.0]


def _told_apart(x: float, y: float) -> tuple[str, str]:
    """Both numbers, with as many digits, six or more, as it takes to see that they differ."""
    for digits in range(6, 17):
        if number(x, digits) != number(y, digits):
            break
    return number(x, digits), number(y, digits)
