"""Why a model, a loss or a graph is no array program, or cannot be run again from a record."""

from __future__ import annotations


class NotVectorizable(ValueError):
    """Why something is no array program."""


class NotReplayable(Exception):
    """Why a model or a loss cannot be run again from its record."""


class Unsteady(NotVectorizable, NotReplayable):
    """A model or a loss that keeps something from call to call: no record is what it is now."""

    def __init__(self, what: str = "model") -> None:
        super().__init__(f"the {what} gives other numbers when it is called again")


class UsesOlder(NotVectorizable, NotReplayable):
    """A model or a loss that does not compute all that it uses: of the rest there is no record."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the {what} uses Values that were computed elsewhere: before it was called, or in "
            "another thread"
        )
