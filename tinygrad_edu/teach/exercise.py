"""Feedback on the answers to an exercise: what is right and what went wrong, never the solution.

An answer that is still None is not wrong, it is not there yet. So an exercise can stand in a
notebook with an empty slot, and the notebook runs from top to bottom.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from ..engine import Value, topological_order
from ..ieee import float64, is_real
from ..language import say
from ..nn import Module
from ..text import printable, wrapped
from .checking.answers import Answers
from .checking.check import check_gradients
from .checking.rounding import agrees
from .checking.secrecy import kept_secret
from .checking.slips import Slip
from .checking.telling import SHOWN, listed
from .notation.wording import Wording, explained
from .record.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Feedback:
    """Whether everything is answered and right, and what to tell the learner."""

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        return printable(self.text)

    def __repr__(self) -> str:
        return wrapped(str(self))


def try_gradients(
    root: Value,
    answers: Mapping[Value | str, float | str | None],
    *,
    forward: Mapping[Value | str, float | str] | None = None,
    model: Module | None = None,
) -> Feedback:
    """Feedback on hand-worked gradients, with the slip that explains a wrong one.

    answers  your ∂root/∂value by the Value or its name, None where you have none yet: a number, or
             a formula as text
    forward  your numbers of the forward pass, for some values
    model    names its parameters, as w⁽²⁾₃₁

    What counts as right, and which errors are raised, is as in `check_gradients`, which tells the
    right number too.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> try_gradients(a * b + a, {"a": -3.0, "b": None})
    ∂L/∂a is not right yet. It may be that the direct path to L is missing (a is used 2 times); or
    that only the last ...
    """
    topological_order(root)  # which refuses what is no Value
    if not isinstance(answers, Mapping):
        raise TypeError(f'answers are a dict such as {{"w": None}}, not {answers!r}')
    given = {v: x for v, x in answers.items() if x is not None}
    missing = len(answers) - len(given)
    if not given:
        return _empty()
    report = check_gradients(root, given, forward=forward, model=model)
    words = Wording(root, model)
    if report.astray:
        name = words.name(report.astray[0])
        return Feedback(False, say("Your forward pass goes wrong first, at {name}.", name=name))
    if report.first is not None:
        first, solution = report.first, Ledger(root).gradients
        asked = [solution[Answers(words).value(v)] for v in answers]
        slips = tuple([kept_secret(slip, asked) for slip in first.slips])
        return Feedback(False, explained(_wrong(words.gradient(first.node), slips, first.where)))
    names = listed([words.gradient(v) for v in report.right])
    if missing == 1:
        return Feedback(False, say("Right: {names}. Now the other one.", names=names))
    if missing:
        says = say("Right: {names}. Now the other {count}.", names=names, count=missing)
        return Feedback(False, says)
    return Feedback(True, say("Right: {names}.", names=names))


def sealed(right: float, slips: Mapping[float, str] | None = None) -> str:
    """A right number and its slips as a word that nobody reads by the way, for `try_number`.

    It keeps an exercise's cell from showing its solution; it is no cipher.

    >>> try_number(2.5, sealed(2.5))
    Right.
    """
    if not isinstance(slips, Mapping | None):
        raise TypeError(f'slips are a dict such as {{0.5: "a factor is missing"}}, not {slips!r}')
    told = [[float64(x, "a slip"), says] for x, says in (slips or {}).items()]
    plain = json.dumps([float64(right, "a right number"), told])
    return base64.b64encode(zlib.compress(plain.encode(), 9)).decode()


def try_number(
    answer: float | None, right: float | str, slips: Mapping[float, str] | None = None
) -> Feedback:
    """Feedback on a number.

    answer  yours, or None; rounded to at least three digits it is right
    right   the right one, or what `sealed` made of it and of the slips
    slips   for numbers to which a mistake would lead, what to tell whoever has them

    A TypeError for an answer that is not a number, a ValueError for a word that `sealed` did not
    make.
    """
    if isinstance(right, str):
        right, slips = _unsealed(right)
    right = float64(right, "a right number")
    if answer is None:
        return _empty()
    if not is_real(answer):
        raise TypeError(f"an answer is a number, not {type(answer).__name__}: {answer!r}")
    answer = float64(answer)
    if not math.isfinite(answer):
        return Feedback(
            False, say("Not right yet: {number} is not a finite number.", number=answer)
        )
    if agrees(answer, right):
        return Feedback(True, say("Right."))
    for number, says in (slips or {}).items():
        if agrees(answer, number):
            return Feedback(False, say("Not right yet: {slip}.", slip=says))
    if agrees(-answer, right):
        return Feedback(False, say("Not right yet: the sign is wrong."))
    if answer > right:
        return Feedback(False, say("Not right yet: the number is too large."))
    return Feedback(False, say("Not right yet: the number is too small."))


def _empty() -> Feedback:
    says = say("Not yet: put your own numbers in place of None, and run the cell again.")
    return Feedback(False, says)


def _unsealed(word: str) -> tuple[float, dict[float, str]]:
    try:
        right, slips = json.loads(zlib.decompress(base64.b64decode(word, validate=True)))
        return float(right), {float(x): str(says) for x, says in slips}
    except (ValueError, zlib.error) as error:
        raise ValueError(f"not a word that sealed() made: {word!r}") from error


def _wrong(gradient: str, slips: tuple[Slip, ...], where: str) -> str:
    one_of_a_kind = {slip.kind: slip.says for slip in reversed(slips)}
    said = [slip.says for slip in slips if one_of_a_kind[slip.kind] == slip.says][:SHOWN]
    if not said and where:
        return say(
            "{gradient} is right with these numbers alone, and not in general.", gradient=gradient
        )
    if not said:
        return say(
            "{gradient} is not right yet, and none of the usual slips gives your answer. Find "
            "every path from the value to the root, multiply along each, and add the products.",
            gradient=gradient,
        )
    if len(slips) == 1:
        return say("{gradient} is not right yet: {slip}.", gradient=gradient, slip=said[0])
    return say(
        "{gradient} is not right yet. It may be that {slips}.",
        gradient=gradient,
        slips=say("; or that ").join(said),
    )
