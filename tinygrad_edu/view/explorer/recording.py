"""A recording of a training run, epoch by epoch, for the explorer to go back and forth in."""

from __future__ import annotations

from collections.abc import Iterable

from ...checks import elements
from ...engine import Value
from ...history import History
from ...nn import Module

MOST = 200
"""The most epochs of a recording that a page holds; of a longer run, so many evenly spread."""


class Recording:
    """The numbers of all parameters before a run of `fit` and after each of its epochs.

    It is the callback of the run: ``fit(…, callback=recording)``. A TypeError for what is neither a
    `Module` nor Values, a
    ValueError for no parameter.

    >>> from tinygrad_edu.losses import mse_loss
    >>> from tinygrad_edu.nn import Neuron
    >>> from tinygrad_edu.optim import SGD
    >>> from tinygrad_edu.training import fit
    >>> model = Neuron(1, activation=None)
    >>> recording = Recording(model)
    >>> optimizer = SGD(model.parameters(), lr=0.1)
    >>> data = dict(loss=mse_loss, optimizer=optimizer, epochs=3, progress=False)
    >>> run = fit(model, [[1.0], [2.0]], [1.0, 2.0], callback=recording, **data)
    >>> len(recording.weights), len(recording.losses)
    (4, 3)
    """

    def __init__(self, model: Module | Iterable[Value]) -> None:
        self.parameters: list[Value] = (
            model.parameters()
            if isinstance(model, Module)
            else elements(model, "a Recording is made of a Module or a list of Values")
        )
        if not self.parameters:
            raise ValueError("a Recording is made of at least one parameter")
        for p in self.parameters:
            if not isinstance(p, Value):
                raise TypeError(f"a parameter is a Value, not {type(p).__name__}: {p!r}")
        self.losses: list[float] = []
        self.weights: list[list[float]] = []
        self._keep()

    def __call__(self, history: History) -> None:
        """Keep the numbers of the parameters after an epoch, and its loss."""
        self.losses.append(history.losses[-1])
        self._keep()

    def _keep(self) -> None:
        self.weights.append([p.data for p in self.parameters])

    def epochs(self) -> list[int]:
        """The epochs that a page holds: all, or `MOST` of them with the first and the last."""
        last = len(self.weights) - 1
        if last < MOST:
            return list(range(last + 1))
        return sorted({round(i * last / (MOST - 1)) for i in range(MOST)})
