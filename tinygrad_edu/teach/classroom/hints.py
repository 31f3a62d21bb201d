"""Hints for the next step of a derivation, each telling a little more than the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...engine import Value
from ...language import say
from ...nn import Module
from ..checking.answers import Answers
from ..checking.check import check_gradients
from ..derivation.derive import derive
from ..derivation.lines import Line, Part, Role
from ..derivation.partials import Steps
from ..notation.expression import Blank, Expression, Negative, Product, Quotient, Sum
from ..notation.plain import Text
from ..notation.textbook import as_it_is
from ..notation.wording import Wording, explained
from ..record.ledger import Ledger

LEVELS: Final = 4
"""The step; the rule; the factors, one of them blank; the whole line."""

_BLANK: Final = Blank(6)


def hint(
    root: Value,
    answers: Mapping[Value | str, float | str | None],
    level: int = 1,
    *,
    model: Module | None = None,
) -> str:
    """A hint for the first gradient, in the order of the backward pass, that is missing or wrong.

    answers  as in `try_gradients`: None where you have none yet
    level    1: which step is next, and what it hangs on. 2: the chain rule in symbols. 3: the
             factors, the last one blank. 4: the whole line
    model    names its parameters, as w⁽²⁾₃₁

    A ValueError for another level, and the errors of `check_gradients`.

    >>> w, x = Value(3.0, label="w"), Value(5.0, label="x")
    >>> z = w * x
    >>> z.label = "z"
    >>> for level in (1, 2, 3, 4):
    ...     print(hint(z**2, {"z": 30, "w": None}, level))
    The next step is ∂L/∂w: w is used in z = w · x.
    ∂L/∂w = ∂L/∂z · ∂z/∂w
    ∂L/∂w = 2 · z · ______
    ∂L/∂w = ∂L/∂z · ∂z/∂w = 2 · z · x = 30 · 5 = 150
    """
    if level not in range(1, LEVELS + 1):
        raise ValueError(f"level is 1 to {LEVELS}, not {level!r}")
    words = Wording(root, model)
    v = _next(root, answers, words, model)
    if v is None:
        return say("Every gradient is right.")
    if v is root:
        return say("{gradient} is 1, as ever.", gradient=words.gradient(root))
    steps = Steps(as_it_is(root), model, [v])
    users = [step for step, operands in steps.operands.items() if v in operands]
    if level == 1:
        return explained(_step(v, users, steps, words))
    if level == 2 and users == [root]:
        value = str(steps.names[v])
        return say("Differentiate {line} by {value}.", line=_made(root, steps), value=value)
    return explained(_written(_line(root, v, model), level))


def _next(
    root: Value,
    answers: Mapping[Value | str, float | str | None],
    words: Wording,
    model: Module | None,
) -> Value | None:
    if not isinstance(answers, Mapping):
        raise TypeError(f'answers are a dict such as {{"w": None}}, not {answers!r}')
    reader = Answers(words)
    by_value: dict[Value | str, float | str] = {}
    open_ = set()
    for key, answer in answers.items():
        v = reader.value(key)
        if answer is None:
            open_.add(v)
        else:
            by_value[v] = answer
    if not answers:
        raise ValueError('no gradients are asked for: give some, as in {"w": None}')
    if by_value:
        report = check_gradients(root, by_value, model=model)
        if report.first:
            open_.add(report.first.node)
    return next((v for v in Ledger(root).completed if v in open_), None)


def _made(step: Value, steps: Steps) -> str:
    return f"{steps.names[step]} = {Text().write(steps.formula(step))}"


def _step(v: Value, users: list[Value], steps: Steps, words: Wording) -> str:
    lines = [_made(step, steps) for step in users]
    gradient, value = words.gradient(v), str(steps.names[v])
    if len(lines) == 1:
        return say(
            "The next step is {gradient}: {value} is used in {line}.",
            gradient=gradient,
            value=value,
            line=lines[0],
        )
    return say(
        "The next step is {gradient}: {value} is used {count} times, in {lines}, and each gives a "
        "contribution; they add up.",
        gradient=gradient,
        value=value,
        count=len(lines),
        lines=say("; ").join(lines),
    )


def _line(root: Value, v: Value, model: Module | None) -> Line:
    """The line of the derivation whose result is ∂root/∂v: the last one before an update."""
    document = derive(root, [v], model=model, detail="full")
    lines = [line for section in document.sections for line in section.lines]
    return [line for line in lines if isinstance(line, Line)][-1]


def _written(line: Line, level: int) -> str:
    notation = Text()
    by_role: dict[Role, Part] = {part.role: part for part in reversed(line.parts)}
    if level == 2 and "rule" in by_role:
        line = replace(line, parts=(by_role["rule"],))
    elif level <= 3:
        part = by_role.get("formula") or line.parts[0]
        line = replace(line, parts=(Part(_blanked(part.formula), "formula"),))
    left, *parts = line.parts_in(notation)
    return " ".join(left) + "".join(f" = {' '.join(part)}" for part in parts)


def _blanked(e: Expression) -> Expression:
    """With a blank for the last factor or divisor of each term, or for the last term."""
    match e:
        case Product(factors):
            return Product((*factors[:-1], _BLANK))
        case Quotient(above, _):
            return Quotient(above, _BLANK)
        case Negative(inner):
            return Negative(_blanked(inner))
        case Sum(terms) if all(map(_has_factors, terms)):
            return Sum(tuple(map(_blanked, terms)))
        case Sum(terms):
            return Sum((*terms[:-1], _blanked(terms[-1])))
        case _:
            return _BLANK


def _has_factors(term: Expression) -> bool:
    return isinstance(term.operand if isinstance(term, Negative) else term, (Product, Quotient))
