"""A penalty's gradient where it does not belong: in ∂J/∂b, too."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from ...engine import Value
from ...language import say
from ...ops import LEAF
from ..record.points import apply
from .slips import Case, Slip


def of_penalties(case: Case) -> Iterator[Slip]:
    """∂R/∂w of a penalty R on other leaves, such as w², is added, or the same of the target."""
    target = case.paths.target
    penalties = list(_penalties(case))
    own = {str(v.op) for v in penalties if target in v.operands}
    if case.nearly or target.op is not LEAF:
        return
    penalties = [v for v in penalties if v.op not in own]
    own_terms: dict[float, Value] = {}  # w₁² and w₂² would give b the same
    for v in penalties:
        slopes = apply(v, *[target.data for _ in v.operands]).local_grads
        own_terms.setdefault(_contribution(case, v, slopes), v)
        yield from _added(case, [v], _contribution(case, v, v.local_grads))
    for term, v in own_terms.items():
        yield from _added(case, [v], term, target)
    alike: dict[Value | str, list[Value]] = {}
    for v in penalties:
        alike.setdefault(str(v.op), []).append(v)
        alike.setdefault(v.operands[0], []).append(v)
    for group in alike.values():
        if len(group) > 1:
            every = math.fsum(_contribution(case, v, v.local_grads) for v in group)
            yield from _added(case, group, every)


def _penalties(case: Case) -> Iterator[Value]:
    """The operations on a leaf alone that is used elsewhere as well."""
    uses = Counter(u for v in case.exact for u in set(v.operands))
    for v in case.exact:
        of = set(v.operands)
        if len(of) == 1 and v.op not in ("+", "-", "neg") and (len(v.operands) == 2 or _is_bent(v)):
            leaf = v.operands[0]
            if leaf.op is LEAF and uses[leaf] > 1:
                yield v


def _is_bent(v: Value) -> bool:
    """Whether it is no multiple of its operand."""
    return v.op not in ("*", "/")


def _contribution(case: Case, v: Value, slopes: tuple[float, ...]) -> float:
    return case.exact[v] * math.fsum(slopes)


def _added(
    case: Case, penalties: list[Value], term: float, target: Value | None = None
) -> Iterator[Slip]:
    """The term is added, as the penalties' own or, given a target, as if that had one."""
    gives = case.total + term
    if not term or not case.fits(gives):
        return
    words, leaf = case.words, penalties[0].operands[0]
    line = words.line(penalties[0])
    if target is not None:
        says = say(
            "a term for {value} is added, as that of {line} for {other}: {value} is in no penalty",
            value=words.say(target),
            line=line,
            other=words.say(leaf),
        )
    elif len(penalties) > 1:
        says = say(
            "what {line} contributes to {gradient} is added, and {count} more like it, which do "
            "not belong here",
            line=line,
            gradient=words.gradient(leaf),
            count=len(penalties) - 1,
        )
    else:
        says = say(
            "what {line} contributes to {gradient} is added, which does not belong here",
            line=line,
            gradient=words.gradient(leaf),
        )
    yield Slip("extra term", gives, says)
