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
from .ieee import float64
from .ops import LEAF
from .updates import clear_grads, commit, descended, grads_of


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
        self.lr = _number(lr, "lr")
        self.updates = 0

    @abstractmethod
    def step(self) -> None:
        """Update every parameter by its gradient. An interrupted step has changed nothing.

        An optimiser of your own defines this: it works out the new numbers, and ends in `commit`.
        """

    def commit(self, data: list[float], **memory: object) -> None:
        """Give the parameters their new numbers and this optimiser its new attributes, all at once.

        `updates` counts these calls.
        """
        commit(self.parameters, data, vars(self), {**memory, "updates": self.updates + 1})

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
        self.momentum = _number(momentum, "momentum")
        self.dampening = _number(dampening, "dampening")
        self.weight_decay = _number(weight_decay, "weight_decay")
        self.nesterov = nesterov
        if nesterov and (momentum == 0.0 or dampening != 0.0):
            raise ValueError(
                "nesterov needs a momentum above 0 and no dampening, "
                f"not momentum={momentum} and dampening={dampening}"
            )
        self._velocity: list[float] = []

    def step(self) -> None:
        """Update every parameter by its gradient."""
        lr = _number(self.lr, "lr")
        grads = grads_of(self.parameters)
        if self.weight_decay:
            grads = [g + self.weight_decay * p.data for g, p in zip(grads, self.parameters)]
        if self.momentum:
            keep, add = self.momentum, 1.0 - self.dampening
            velocity = [keep * b + add * g for b, g in zip(self._velocity, grads)] or grads
            ahead = [g + keep * b for b, g in zip(velocity, grads)] if self.nesterov else velocity
            self.commit(descended(self.parameters, ahead, lr), _velocity=velocity)
        else:
            self.commit(descended(self.parameters, grads, lr))


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
        if not isinstance(betas, tuple | list):
            raise TypeError(f"betas are two numbers such as (0.9, 0.999), not {betas!r}")
        if len(betas) != 2 or not all(0.0 <= float64(beta, "a beta") < 1.0 for beta in betas):
            raise ValueError(f"betas are two numbers from 0 to below 1, not {betas}")
        if not _number(eps, "eps") > 0.0:
            raise ValueError(f"eps is above 0, not {eps}")
        self.betas = betas
        self.eps = eps
        self.weight_decay = _number(weight_decay, "weight_decay")
        self._t = 0
        self._m = [0.0] * len(self.parameters)
        self._v = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Update every parameter by its gradient."""
        lr = _number(self.lr, "lr")
        b1, b2 = self.betas
        data, grads = self._decay(lr)
        t = self._t + 1
        ms = [b1 * m + (1.0 - b1) * g for m, g in zip(self._m, grads)]
        vs = [b2 * v + (1.0 - b2) * (g * g) for v, g in zip(self._v, grads)]
        m_scale, v_scale = 1.0 - b1**t, 1.0 - b2**t
        data = [
            x - lr * (m / m_scale) / (math.sqrt(v / v_scale) + self.eps)
            for x, m, v in zip(data, ms, vs)
        ]
        self.commit(data, _t=t, _m=ms, _v=vs)

    def _decay(self, lr: float) -> tuple[list[float], list[float]]:
        """Parameters and gradients, with weight decay as the derivative of ½ weight_decay · p²."""
        data = [p.data for p in self.parameters]
        return data, [p.grad + self.weight_decay * x for p, x in zip(self.parameters, data)]


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

    def _decay(self, lr: float) -> tuple[list[float], list[float]]:
        keep = 1.0 - lr * self.weight_decay
        return [p.data * keep for p in self.parameters], grads_of(self.parameters)


def _number(x: object, name: str) -> float:
    """`x` as a float, if it is 0 or more, and finite."""
    number = float64(x, name)
    if not 0.0 <= number < math.inf:
        raise ValueError(f"{name} is 0 or more, and finite, not {x}")
    return number
