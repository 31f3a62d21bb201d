"""What the check of a hand derivation found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ...engine import Value
from ...text import printable, wrapped
from .slips import Slip


@dataclass(frozen=True, slots=True)
class Step:
    """A step that goes wrong.

    node      the value whose gradient is wrong where all that it follows from are right
    given     the learner's ∂L/∂node
    expected  what it should be, from the gradients that are given before it
    slips     the usual slips that explain it; several where the number does not tell them apart
    same      other values whose gradients are wrong by the same slip
    typed     the formula that gave the learner's number, as it was understood; empty for a number
    where     at which other numbers in the leaves a formula goes wrong that is right at the graph's
    """

    node: Value
    given: float
    expected: float
    slips: tuple[Slip, ...]
    same: tuple[Value, ...]
    typed: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class GradientReport:
    """What `check_gradients` found: true if every gradient is right; `str()` tells it in words.

    right    the values whose gradients are right
    first    the first step that goes wrong, in the order of the backward pass, as it follows from
             the learner's forward pass if there is one
    follow   the values whose gradients are wrong because they follow from wrong ones, and only so
    others   the values with another step that goes wrong
    rounded  those of `right` that are right within the learner's rounding
    astray   the values of the learner's forward pass that are wrong
    read     the formulas, as they were understood
    """

    right: tuple[Value, ...]
    first: Step | None
    follow: tuple[Value, ...]
    others: tuple[Value, ...]
    text: str
    rounded: tuple[Value, ...] = ()
    astray: tuple[Value, ...] = ()
    read: Mapping[Value, str] = field(default_factory=dict)

    def of(self, original: Mapping[Value, Value]) -> GradientReport:
        """The report, still without a first step, on the graph of which each value is a copy."""

        def each(values: Iterable[Value]) -> tuple[Value, ...]:
            return tuple([original[v] for v in values])

        return replace(
            self,
            right=each(self.right),
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
