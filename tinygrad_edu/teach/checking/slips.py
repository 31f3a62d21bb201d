"""A slip, which is a usual mistake of a hand derivation, and the case that it is to explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ...engine import Value
from ..notation.wording import Wording
from ..record.paths import Paths

Changes = Mapping[tuple[Value, int], float]
"""Other local derivatives, by node and number of the operand, than the right ones."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A usual mistake that gives the learner's number.

    kind     "sign", "missing path", "double path", "overwritten", "inner derivative", "factor",
             "product rule", "wrong point", "wrong derivative", "wrong operand", "wrong value",
             "wrong function", "extra term", "wrong digits" or "two slips"
    gives    the number that it gives
    says     what it is, in words
    changes  the local derivatives that it changes, 0 for a path that is left out
    scale    by what it multiplies the result, where no place can be told
    """

    kind: str
    gives: float
    says: str
    changes: Changes = field(default_factory=dict)
    scale: float = 1.0

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The operations in whose backward step it is made, none where that cannot be told."""
        return tuple(dict.fromkeys(node for node, _ in self.changes))

    def of(self, original: Mapping[Value, Value]) -> Slip:
        """The slip in the graph of which the nodes here are copies."""
        changes = {(original[node], i): slope for (node, i), slope in self.changes.items()}
        return replace(self, changes=changes)


@dataclass(frozen=True, slots=True)
class OtherPass:
    """Local derivatives that are not those of the forward pass, and how somebody comes by them."""

    kind: str
    changes: Changes
    says: str


@dataclass(frozen=True)
class Case:
    """One wrong gradient.

    fits    whether a slip's result is the learner's number
    given   the learner's number
    paths   how the gradient comes about
    exact   the gradient of every value
    beside  the values for which the target may have been mistaken first of all
    moved   the local derivatives at new data, if leaves were given any
    misread the local derivatives of other forward passes
    nearly  whether `fits` allows for rounding on the way, by which numbers agree by chance
    """

    fits: Callable[[float], bool]
    given: float
    paths: Paths
    exact: Mapping[Value, float]
    beside: tuple[Value, ...]
    moved: list[OtherPass]
    misread: Callable[[], list[OtherPass]]
    words: Wording
    nearly: bool = False

    @property
    def total(self) -> float:
        """What is right."""
        return self.paths.total

    def changed(self, changes: Changes) -> float:
        """The gradient with these local derivatives."""
        return self.paths.run([changes.get(e.place, e.entry.local) for e in self.paths.edges])

    @cached_property
    def negated(self) -> bool:
        """Whether the learner has the opposite of the right number."""
        return self.fits(-self.total)
