"""Slips with the label of a cross-entropy: p + 1 or p for p − 1, and p − 1 for p."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...engine import Value
from ...language import say
from .slips import Case, Slip


class _Instead(NamedTuple):
    """Where p − 1 comes from, and what gives p + 1, or p, in place of the local derivative."""

    place: tuple[Value, int]
    added: float
    left_out: float


def of_labels(case: Case) -> Iterator[Slip]:
    """The 1 of the class that is right is added, left out, or subtracted for another class."""
    if case.nearly:
        return
    found = [instead for node in case.exact if (instead := _of(node)) is not None]
    for some in [found, *([one] for one in found if len(found) > 1)]:
        added = {one.place: one.added for one in some}
        if some and case.fits(gives := case.changed(added)):
            says = say("the 1 of the label is added to p: p + 1 stands where p − 1 belongs")
            yield Slip("sign", gives, says, added)
        left_out = {one.place: one.left_out for one in some}
        if some and case.fits(gives := case.changed(left_out)):
            says = say("the label is left out: p stands where p − 1 belongs")
            yield Slip("factor", gives, says, left_out)
    yield from _of_another_class(case)


def _of(node: Value) -> _Instead | None:
    """Of ln σ(z), softplus(−z), and softplus(ln Σⱼ₌ₜ̸ e^zⱼ − zₜ)."""
    if node.op == "log" and node.operands[0].op == "sigmoid":
        p = node.operands[0].data
        return _Instead((node.operands[0], 0), -p * (1.0 + p), -p * p)
    slope = node.local_grads[0] if node.op == "softplus" else 0.0  # 1 − p
    inner = node.operands[0] if slope else node
    if slope and inner.op == "neg":
        return _Instead((node, 0), slope - 2.0, slope - 1.0)
    if slope and inner.op == "-" and len(inner.operands) == 2:
        return _Instead((inner, 1), (2.0 - slope) / slope, (1.0 - slope) / slope)
    return None


def _of_another_class(case: Case) -> Iterator[Slip]:
    """p − 1 for the p of a class that is not the label's."""
    entropies = [v for v in case.exact if v.op == "softplus" and v.operands[0].op == "-"]
    for node in entropies if len(entropies) == 1 else ():
        for edge in case.paths.edges:
            above, z = edge.entry.node, edge.entry.operand
            is_logit = above.op == "logaddexp" and z.op != "logaddexp"
            if not is_logit or not edge.upstream:
                continue
            wrong = edge.entry.local - case.exact[node] / edge.upstream
            if case.fits(gives := case.total + edge.change(edge.entry.local, wrong)):
                says = say(
                    "1 is subtracted from p, as for the class of the label, which is another"
                )
                yield Slip("extra term", gives, says, {edge.place: wrong})
