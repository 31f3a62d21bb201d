"""What a run of training went through, and the error that ends one."""

from __future__ import annotations

from dataclasses import dataclass, field

from .text import printable


@dataclass
class History:
    """What a run of `fit` went through.

    losses             the loss of each epoch, before that epoch's update
    stop_reason        "epochs" (all were run), "tol" (two consecutive losses differed by less),
                       "patience" (the validation loss fell no more), "callback" (it asked for
                       that), "interrupted" (by Ctrl-C) or "non-finite" (`NonFiniteLossError`)
    seconds            how long it took
    validation_losses  the loss on the validation data after each epoch, if there are such data
    best_epoch         the epoch with the least of these; None without them
    backend            what ran the batches, and why it was not what was asked for, if it was not
    """

    losses: list[float] = field(default_factory=list)
    stop_reason: str = "epochs"
    seconds: float = 0.0
    validation_losses: list[float] = field(default_factory=list)
    backend: str = "eager"

    @property
    def epochs(self) -> int:
        """How many epochs were run to their end."""
        return len(self.losses)

    @property
    def best_epoch(self) -> int | None:
        """The first epoch after which the validation loss was least (nan is never least)."""
        finite = [x for x in self.validation_losses if x == x]
        return self.validation_losses.index(min(finite)) if finite else None

    def __repr__(self) -> str:
        epochs = f"{self.epochs} epoch{'' if self.epochs == 1 else 's'}"
        losses = f", loss {self.losses[0]:.6g} → {self.losses[-1]:.6g}" if self.losses else ""
        if self.best_epoch is not None:
            best = self.validation_losses[self.best_epoch]
            losses += f", validation {best:.6g} at best, after epoch {self.best_epoch}"
        return printable(
            f"History({epochs}{losses}, stop_reason={self.stop_reason!r}, "
            f"seconds={self.seconds:.3g})"
        )


class NonFiniteLossError(ArithmeticError):
    """The loss, or its gradient, became nan or inf, and the run was stopped.

    `history` is the run until then. The parameters are as the last good update left them.
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history
