"""Optimisers, each the update of its paper, step for step equal to PyTorch's.

An optimiser is made from a model's parameters; `step()` moves each against its gradient. What it
remembers between steps is kept here, never on the Values. `lr` may be assigned between steps, as a
schedule does.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable

from .engine import Value
from .ops import LEAF
from .updates import clear_grads, descend, grads_of


class Optimizer(ABC):
    """What all optimisers share: the parameters and the learning rate.

    A ValueError without parameters, for one that is not a leaf, and for an `lr` below 0.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        if not isinstance(parameters, Iterable):
            raise TypeError(
                f"an optimiser takes parameters, such as model.parameters(), not {parameters!r}"
            )
        self.parameters = list(dict.fromkeys(parameters))  # each once, though it may be shared
        if not self.parameters:
            raise ValueError("an optimiser takes at least one parameter")
        for p in self.parameters:
            if not isinstance(p, Value):
                raise TypeError(f"a parameter is a Value, not {p!r}")
            if p.op is not LEAF:
                raise ValueError(f"a parameter is a leaf, not the result of {p.op!s}: {p!r}")
        self.lr = _at_least_0(lr, "lr")

    @abstractmethod
    def step(self) -> None:
        """Update every parameter by its gradient."""

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        clear_grads(self.parameters)


class SGD(Optimizer):
    """Gradient descent: p ← p - lr · g, with g = ∂L/∂p, or with momentum.

    g ← g + weight_decay · p
    b ← momentum · b + (1 - dampening) · g    (b = g in the first step)
    p ← p - lr · b                            (nesterov: p ← p - lr · (g + momentum · b))

    A ValueError for numbers below 0, and for `nesterov` without momentum or with dampening.
    Source: I. Sutskever et al., "On the importance of initialization and momentum in deep
    learning" (ICML 2013); the form is PyTorch's, where lr multiplies the whole step.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = _at_least_0(momentum, "momentum")
        self.dampening = dampening
        self.weight_decay = _at_least_0(weight_decay, "weight_decay")
        self.nesterov = nesterov
        if nesterov and (momentum == 0.0 or dampening != 0.0):
            raise ValueError(
                "nesterov needs a momentum above 0 and no dampening, "
                f"not momentum={momentum} and dampening={dampening}"
            )
        self._velocity: list[float] = []

    def step(self) -> None:
        """Update every parameter by its gradient."""
        grads = grads_of(self.parameters)
        if self.weight_decay:
            grads = [g + self.weight_decay * p.data for g, p in zip(grads, self.parameters)]
        if self.momentum:
            grads = self._with_momentum(grads)
        descend(self.parameters, grads, float(self.lr))

    def _with_momentum(self, grads: list[float]) -> list[float]:
        if self._velocity:
            keep, add = self.momentum, 1.0 - self.dampening
            self._velocity = [keep * b + add * g for b, g in zip(self._velocity, grads)]
        else:
            self._velocity = grads
        if self.nesterov:
            return [g + self.momentum * b for b, g in zip(self._velocity, grads)]
        return self._velocity


class Adam(Optimizer):
    """Steps of about lr, by running means of the gradient and of its square.

    g ← ∂L/∂p + weight_decay · p
    m ← β₁ m + (1 - β₁) g
    v ← β₂ v + (1 - β₂) g²
    p ← p - lr · m̂/(√v̂ + eps),    m̂ = m/(1 - β₁ᵗ),    v̂ = v/(1 - β₂ᵗ)    in step t = 1, 2 …

    A ValueError for numbers below 0, an `eps` of 0, and betas that are not from 0 to below 1.
    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if len(betas) != 2 or not all(0.0 <= beta < 1.0 for beta in betas):
            raise ValueError(f"betas are two numbers from 0 to below 1, not {betas}")
        if not eps > 0.0:
            raise ValueError(f"eps is above 0, not {eps}")
        self.betas = betas
        self.eps = eps
        self.weight_decay = _at_least_0(weight_decay, "weight_decay")
        self._t = 0
        self._m = [0.0] * len(self.parameters)
        self._v = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Update every parameter by its gradient."""
        b1, b2 = self.betas
        grads = self._decay()
        self._t += 1
        self._m = [b1 * m + (1.0 - b1) * g for m, g in zip(self._m, grads)]
        self._v = [b2 * v + (1.0 - b2) * (g * g) for v, g in zip(self._v, grads)]
        m_scale, v_scale = 1.0 - b1**self._t, 1.0 - b2**self._t
        for p, m, v in zip(self.parameters, self._m, self._v):
            p.data -= self.lr * (m / m_scale) / (math.sqrt(v / v_scale) + self.eps)

    def _decay(self) -> list[float]:
        """The gradients, with weight decay as the derivative of ½ weight_decay · p²."""
        return [p.grad + self.weight_decay * p.data for p in self.parameters]


class AdamW(Adam):
    """Adam with the weight decay apart from the gradient: p ← p - lr · weight_decay · p first.

    Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", arXiv:1711.05101.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _decay(self) -> list[float]:
        for p in self.parameters:
            p.data *= 1.0 - self.lr * self.weight_decay
        return [p.grad for p in self.parameters]


def _at_least_0(x: float, name: str) -> float:
    if not 0.0 <= x < math.inf:
        raise ValueError(f"{name} is 0 or more, and finite, not {x}")
    return x
