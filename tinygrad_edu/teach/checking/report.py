"""What the check of a hand derivation found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...engine import Value
from ...language import say
from ...text import printable
from ..notation.wording import Wording, bracketed, explained, number, wrapped
from ..record.paths import Edge, Paths
from .slips import Slip

SHOWN: Final = 3
"""How many of the slips that explain one number are told, or of the values that it explains."""

SHOWN_FACTORS: Final = 10
"""Up to how many factors the sum over paths is written out."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that goes wrong.

    node      the value whose gradient is wrong where all that it follows from are right
    given     the learner's ∂L/∂node
    expected  what it should be, from the gradients that are given before it
    slips     the usual slips that explain it; several where the number does not tell them apart
    same      other values whose gradients are wrong by the same slip
    """

    node: Value
    given: float
    expected: float
    slips: tuple[Slip, ...]
    same: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class GradientReport:
    """What `check_gradients` found: true if every gradient is right; `str()` tells it in words.

    right    the values whose gradients are right
    first    the first step that goes wrong, in the order of the backward pass
    follow   the values whose gradients are wrong because they follow from wrong ones, and only so
    others   the values with another step that goes wrong
    rounded  those of `right` that are right within the learner's rounding
    astray   the values of the learner's forward pass that are wrong
    """

    right: tuple[Value, ...]
    first: Step | None
    follow: tuple[Value, ...]
    others: tuple[Value, ...]
    text: str
    rounded: tuple[Value, ...] = ()
    astray: tuple[Value, ...] = ()

    def of(self, original: Mapping[Value, Value]) -> GradientReport:
        """The report on the graph of which each value here is a copy."""

        def each(values: Iterable[Value]) -> tuple[Value, ...]:
            return tuple([original[v] for v in values])

        first = self.first and replace(
            self.first,
            node=original[self.first.node],
            slips=tuple([slip.of(original) for slip in self.first.slips]),
            same=each(self.first.same),
        )
        return replace(
            self,
            right=each(self.right),
            first=first,
            follow=each(self.follow),
            others=each(self.others),
            rounded=each(self.rounded),
            astray=each(self.astray),
        )

    def __bool__(self) -> bool:
        return self.first is None and not self.astray

    def __str__(self) -> str:
        return printable(self.text)

    def __repr__(self) -> str:
        return wrapped(str(self))


def tell_right(right: Sequence[Value], rounded: Sequence[Value], words: Wording) -> str:
    """The report's text where nothing is wrong."""
    if len(right) == 1:
        name = words.gradient(right[0])
        if rounded:
            return say("{name} is right within your rounding.", name=name)
        return say("{name} is right.", name=name)
    if rounded:
        names = _some(rounded, words)
        return say(
            "All {count} gradients are right; within your rounding: {names}.",
            count=len(right),
            names=names,
        )
    return say("All {count} gradients are right.", count=len(right))


def tell_astray(
    v: Value, given: float, expected: float, follow: Sequence[Value], words: Wording
) -> str:
    """The report's text where the forward pass goes wrong, at v first."""
    right, mine = _told_apart(expected, given)
    text = say(
        "The forward pass goes wrong first: {step} should be {right} and you have {mine}.",
        step=words.line(v) if v.op else words.name(v),
        right=right,
        mine=mine,
    )
    if follow:
        names = _some(follow, words)
        text += "\n" + say(
            "Your backward pass follows from it without a mistake of its own in {names}.",
            names=names,
        )
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
    sentences = [_step(step, paths, own, words) + _because(step)]
    if step.same:
        sentences.append(f"The same slip explains {_some(step.same, words)}.")
    right, follow, others = counts
    if right + follow + others == 0:
        return explained(sentences[0])
    all_given = right + follow + others + 1
    tally = [f"{right or 'None'} of the {all_given} gradients {_are(right or 1)} right"]
    if follow:
        they = "it follows" if follow == 1 else "they follow"
        tally.append(f"{follow} {_are(follow)} wrong only because {they} from a wrong one")
    if rest := others - len(step.same):
        tally.append(f"{rest} more {_are(rest)} wrong: check again when this is put right")
    return explained("\n".join([*sentences, "; ".join(tally) + "."]))


def listed(phrases: Sequence[str]) -> str:
    """a, b and c."""
    *others, last = phrases
    return f"{', '.join(others)} and {last}" if others else last


def _step(step: Step, paths: Paths, own: Mapping[Value, float], words: Wording) -> str:
    name = words.gradient(step.node)
    if not paths.edges:
        return f"{name} should be 1, as ever, and you have {number(step.given)}"
    begin = [v for v in paths.sources if v is not words.root]
    said = [f"{words.gradient(v)} ({number(own[v])})" for v in begin]
    if len(begin) > SHOWN:
        lead = f"The {len(begin)} gradients before it are right; from there "
    elif len(begin) > 1:
        lead = f"{listed(said)} are right; from there "
    elif begin:
        lead = f"{words.gradient(begin[0])} is right ({number(own[begin[0]])}); from there "
    else:
        lead = ""
    value, given = _told_apart(step.expected, step.given)
    return f"{lead}{name} should be {_working(paths, own, value)} and you have {given}"


def _working(paths: Paths, own: Mapping[Value, float], value: str) -> str:
    """``120 · 40 = 4800``: the sum over paths in numbers, without the factors that are 1."""
    count = sum(paths.count[source] for source in paths.sources)
    if count > SHOWN_FACTORS:
        return f"{value} (the sum over {count:,} paths)"
    products = [_factors(path, own) for path in paths.each()]
    size = sum(map(len, products))
    if size > SHOWN_FACTORS:
        steps = f"sum over {count} paths" if count > 1 else f"product of {size} factors"
        return f"{value} (the {steps})"
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


def _because(step: Step) -> str:
    """The slips, as the end of a sentence."""
    said = [slip.says for slip in step.slips]
    if len(said) == 1:
        return f": {said[0]}."
    if said:
        rest = len(said) - SHOWN
        more = f"; or {rest} more" if rest > 0 else ""
        return (
            f". Several slips give this number, and it alone does not tell which: "
            f"{'; or '.join(said[:SHOWN])}{more}."
        )
    if abs(step.given - step.expected) < 0.01 * abs(step.expected):
        percent = 100.0 * abs(step.given / step.expected - 1.0)
        return (
            f". That is {percent:.2g} % off: has something been rounded on the way? Keep more "
            "digits, or allow the difference by rtol."
        )
    size = (
        f"it is {number(step.given / step.expected)} times the right one" if step.expected else ""
    )
    return f". None of the usual slips gives this number{f' ({size})' if size else ''}."


def _some(values: Sequence[Value], words: Wording) -> str:
    """∂L/∂a, ∂L/∂b, ∂L/∂c and 12 others."""
    names = [words.gradient(v) for v in values]
    more = len(names) - SHOWN
    return listed([*names[:SHOWN], f"{more} others"]) if more > 1 else listed(names)


def _are(n: int) -> str:
    return "is" if n == 1 else "are"
