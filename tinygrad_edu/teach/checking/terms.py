"""Slips with the numbers before the terms of a cross-entropy: weights of classes, and targets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from ...engine import Value
from ...language import say
from ...ops import LEAF
from ..notation.wording import number
from .mixups import with_number
from .slips import Case, Changes, Slip

_LOGARITHMS: Final = ("log", "softplus")


class _Term(NamedTuple):
    """A product that is a term of a sum.

    above    the sum or difference whose operand it is, and its place there
    product  the term
    factors  what stands before its logarithm
    """

    above: tuple[Value, int]
    product: Value
    factors: list[Value | float]


def of_terms(case: Case) -> Iterator[Slip]:
    """The weight of one term at another, or one of the classes taken for sure."""
    if case.nearly:
        return
    for terms in _sums(case):
        yield from _of_weights(case, terms)
        yield from _of_targets(case, terms)


def _sums(case: Case) -> Iterator[list[_Term]]:
    """The terms with a logarithm of each sum of several, by the outermost + or −."""
    inside = {a for v in case.exact if v.op in ("+", "-") for a in v.operands}
    for node in case.exact:
        if node.op not in ("+", "-") or node in inside:
            continue
        terms: list[_Term] = []
        waiting = [node]
        while waiting:
            v = waiting.pop()
            for place, a in enumerate(v.operands):
                if a.op in ("+", "-"):
                    waiting.append(a)
                elif (factors := _before_logarithm(a)) is not None:
                    terms.append(_Term((v, place), a, factors))
        if len(terms) > 1:
            yield terms


def _before_logarithm(v: Value) -> list[Value | float] | None:
    """The factors of a product beside its one logarithm; None of anything else."""
    factors: list[Value | float] = []
    logarithms = 0
    waiting: list[Value | float] = [v]
    while waiting:
        x = waiting.pop()
        if isinstance(x, Value) and x.op in ("*", "neg"):
            waiting += x.arguments
        elif isinstance(x, Value) and x.op in _LOGARITHMS:
            logarithms += 1
        else:
            factors.append(x)
    return factors if logarithms == 1 else None


def _of_weights(case: Case, terms: list[_Term]) -> Iterator[Slip]:
    """c (p − y) for c y ln(p) + (1 − y) ln(1 − p), and the weight at the other term alone."""
    for term in terms:
        others = [other for other in terms if other is not term]
        for weight in term.factors:
            x = float(weight)
            is_leaf = not isinstance(weight, Value) or weight.op is LEAF
            if not is_leaf or weight is case.paths.target or x in (0.0, 1.0, -1.0):
                continue
            both = {t.above: _local(t.above) * x for t in others}
            parts = {
                "weight": with_number(case, weight),
                "term": case.words.say(term.product),
                "other": case.words.say(others[0].product),
            }
            if case.fits(gives := case.changed(both)):
                says = say("the weight {weight} of {term} is put on {other} too", **parts)
                yield Slip("factor", gives, says, both)
            moved = {**both, term.above: _local(term.above) / x}
            if case.fits(gives := case.changed(moved)):
                says = say("the weight {weight} of {term} is put on {other} instead", **parts)
                yield Slip("factor", gives, says, moved)


def _of_targets(case: Case, terms: list[_Term]) -> Iterator[Slip]:
    """p − 1 for p − t, where t is the largest of the targets, which are probabilities."""
    targets = [math.prod([float(x) for x in term.factors]) for term in terms]
    largest = max(targets)
    if not math.isclose(math.fsum(targets), 1.0) or min(targets) < 0.0 or largest == 1.0:
        return
    changes: Changes = {
        term.above: _local(term.above) * ((t == largest) / t if t else 0.0)
        for term, t in zip(terms, targets)
    }
    if case.fits(gives := case.changed(changes)):
        says = say(
            "the target {largest} is taken as 1, and the others as 0", largest=number(largest)
        )
        yield Slip("wrong value", gives, says, changes)


def _local(place: tuple[Value, int]) -> float:
    node, i = place
    return node.local_grads[i]
