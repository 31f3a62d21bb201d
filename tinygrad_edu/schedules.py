"""Schedules of the learning rate, named and defined as in torch.optim.lr_scheduler.

A schedule is made from an optimiser, whose `lr` at that moment is the base, lr₀. Each `step()`,
once an epoch, sets the optimiser's `lr` to what the schedule says of the epochs so far, t.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from .checks import count, number_in
from .ieee import float64
from .optim import Optimizer


class Schedule(ABC):
    """What all schedules share: the optimiser, the base rate `base_lr`, the epochs `last_epoch`.

    A schedule of your own defines `rate`.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule takes an optimiser, not {optimizer!r}")
        self.optimizer = optimizer
        self.base_lr: float = float64(optimizer.lr, "lr")
        self.last_epoch: int = 0
        optimizer.lr = self.rate(0)

    @abstractmethod
    def rate(self, epoch: int) -> float:
        """The learning rate after so many epochs."""

    def step(self) -> None:
        """One epoch has gone by: give the optimiser its new learning rate."""
        self.last_epoch += 1
        self.optimizer.lr = self.rate(self.last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where the schedule stands."""
        return {"base_lr": self.base_lr, "last_epoch": self.last_epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where another schedule of the same kind gave its `state_dict()`."""
        if set(state) != {"base_lr", "last_epoch"} or type(state["last_epoch"]) is not int:
            raise ValueError(f"a schedule's state has base_lr and last_epoch, not {state!r}")
        base = float64(state["base_lr"], "base_lr")
        self.base_lr, self.last_epoch = base, state["last_epoch"]
        self.optimizer.lr = self.rate(self.last_epoch)


class StepLR(Schedule):
    """lr = lr₀ · gamma^⌊t/step_size⌋: the rate times `gamma` every `step_size` epochs."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size: int = count(step_size, "step_size")
        self.gamma: float = number_in(gamma, "gamma")
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        """lr₀ · gamma^⌊t/step_size⌋."""
        return self.base_lr * self.gamma ** (epoch // self.step_size)


class LambdaLR(Schedule):
    """lr = lr₀ · lr_lambda(t), with a function of your own."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        if not callable(lr_lambda):
            raise TypeError(f"lr_lambda is a function of the epoch, not {lr_lambda!r}")
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        """lr₀ · lr_lambda(t)."""
        return self.base_lr * float64(self.lr_lambda(epoch), "lr_lambda's result")


class CosineAnnealingLR(Schedule):
    """lr = eta_min + ½ (lr₀ - eta_min)(1 + cos(π t/T_max)): down to `eta_min` in T_max epochs.

    Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    arXiv:1608.03983, eq. 5, without the restarts.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max: int = count(T_max, "T_max")
        self.eta_min: float = number_in(eta_min, "eta_min")
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        """eta_min + ½ (lr₀ - eta_min)(1 + cos(π t/T_max))."""
        span = self.base_lr - self.eta_min
        return self.eta_min + span * (1.0 + math.cos(math.pi * epoch / self.T_max)) / 2.0
