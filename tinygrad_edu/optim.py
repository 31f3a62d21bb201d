"""Optimisers, each the update of its paper, step for step equal to PyTorch's.

An optimiser is made from a model's parameters; `step()` moves each against its gradient. What it
remembers between steps is kept here, never on the Values. `lr` may be assigned between steps, as a
schedule does.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from . import rules
from .checks import elements, number_in
from .engine import Value
from .ieee import float64
from .ops import LEAF
from .updates import clear_grads, commit, grads_of, moved


class Optimizer(ABC):
    """What all optimisers share: the parameters and the learning rate.

    A ValueError without parameters, for one that is not a leaf, and for an `lr` below 0.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        if not isinstance(parameters, Iterable):
            raise TypeError(
                f"an optimiser takes parameters, such as model.parameters(), not {parameters!r}"
            )
        self.parameters: list[Value] = _each_once(parameters)
        if not self.parameters:
            raise ValueError("an optimiser takes at least one parameter")
        for p in self.parameters:
            if p.op is not LEAF:
                raise ValueError(f"a parameter is a leaf, not the result of {p.op!s}: {p!r}")
        self.lr: float = number_in(lr, "lr")
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

    def state_dict(self) -> dict[str, Any]:
        """All that this optimiser knows but the parameters: its numbers, and lists of them."""
        state = {name: part for name, part in vars(self).items() if name != "parameters"}
        return {name: list(x) if isinstance(x, list) else x for name, x in state.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where another optimiser of the same kind gave its `state_dict()`.

        A ValueError for a state of another kind or of another number of parameters; then nothing
        has changed.
        """
        own = self.state_dict()
        if not isinstance(state, Mapping) or set(state) != set(own):
            raise ValueError(
                f"the state of {type(self).__name__} has {', '.join(own)}, not "
                f"{', '.join(map(str, state)) if isinstance(state, Mapping) else repr(state)}"
            )
        new = {name: _like(own[name], state[name], name, len(self.parameters)) for name in own}
        vars(self).update(new)


class ElementwiseOptimizer(Optimizer):
    """An optimiser by one of the `rules`: each parameter moves by its own numbers alone.

    So `fit` may work the rule out on arrays, where it trains by arrays.
    """

    @property
    @abstractmethod
    def memory(self) -> tuple[str, ...]:
        """The attributes that are m and v of each parameter; a list that is empty means zeros."""

    @abstractmethod
    def rule(self, kinds: Any) -> tuple[Any, dict[str, Any]]:
        """The rule of the next step, of the module `kinds`, and new attributes after it."""

    def step(self) -> None:
        """Update every parameter by its gradient."""
        rule, new = self.rule(rules)
        kept = [getattr(self, name) or [0.0] * len(self.parameters) for name in self.memory]
        data, kept = moved(self.parameters, rule, kept)
        self.commit(data, **new, **dict(zip(self.memory, kept)))


class SGD(ElementwiseOptimizer):
    """Gradient descent: p ← p - lr · g, with g = ∂L/∂p, or with momentum.

        g ← g + weight_decay · p
        b ← momentum · b + (1 - dampening) · g
        p ← p - lr · b

    In the first step b = g; with `nesterov`, p ← p - lr · (g + momentum · b).

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
        self.momentum: float = number_in(momentum, "momentum")
        self.dampening: float = number_in(dampening, "dampening")
        self.weight_decay: float = number_in(weight_decay, "weight_decay")
        self.nesterov = nesterov
        if nesterov and (momentum == 0.0 or dampening != 0.0):
            raise ValueError(
                "nesterov needs a momentum above 0 and no dampening, "
                f"not momentum={momentum} and dampening={dampening}"
            )
        self._velocity: list[float] = []

    @property
    def memory(self) -> tuple[str, ...]:
        """The velocity b, where there is momentum."""
        return ("_velocity",) if self.momentum else ()

    def rule(self, kinds: Any) -> tuple[Any, dict[str, Any]]:
        """What the class says."""
        lr = number_in(self.lr, "lr")
        if not self.momentum:
            return kinds.SGDRule(lr, self.weight_decay), {}
        add = 1.0 - self.dampening if len(self._velocity) else 1.0
        return kinds.MomentumRule(lr, self.weight_decay, self.momentum, add, self.nesterov), {}


class Adam(ElementwiseOptimizer):
    """Steps of about lr, by running means of the gradient and of its square.

        g ← ∂L/∂p + weight_decay · p
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← p - lr · m̂/(√v̂ + eps)

    Here m̂ = m/(1 - β₁ᵗ) and v̂ = v/(1 - β₂ᵗ) in step t = 1, 2 …

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
        if not number_in(eps, "eps") > 0.0:
            raise ValueError(f"eps is above 0, not {eps}")
        self.betas = betas
        self.eps = eps
        self.weight_decay: float = number_in(weight_decay, "weight_decay")
        self._t = 0
        self._m = [0.0] * len(self.parameters)
        self._v = [0.0] * len(self.parameters)

    @property
    def memory(self) -> tuple[str, ...]:
        """m and v."""
        return "_m", "_v"

    def rule(self, kinds: Any) -> tuple[Any, dict[str, Any]]:
        """What the class says."""
        lr, t = number_in(self.lr, "lr"), self._t + 1
        b1, b2 = map(float, self.betas)
        # lr · m̂/(√v̂ + eps) as in the paper's section 2: √(1 - β₂ᵗ) goes from v̂ to lr and eps.
        root = math.sqrt(1.0 - b2**t)
        step, eps = lr * root / (1.0 - b1**t), self.eps * root
        return kinds.AdamRule(step, *self._decay(lr), b1, b2, eps), {"_t": t}

    def _decay(self, lr: float) -> tuple[float, float]:
        """What times the parameter is added to its gradient, and what the parameter is times."""
        return self.weight_decay, 1.0


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

    def _decay(self, lr: float) -> tuple[float, float]:
        return 0.0, 1.0 - lr * self.weight_decay


class RMSprop(ElementwiseOptimizer):
    """Steps scaled by a running root mean square of the gradient, with or without momentum.

        g ← ∂L/∂p + weight_decay · p
        v ← α v + (1 - α) g²
        b ← momentum · b + g/(√v + eps)
        p ← p - lr · b

    A ValueError for numbers below 0 and for an α above 1. Source: G. Hinton, "Neural networks for
    machine learning", lecture 6e (2012), where α is 0.9; the form is PyTorch's, with eps outside
    the root.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha: float = number_in(alpha, "alpha", 0.0, 1.0)
        self.eps: float = number_in(eps, "eps")
        self.weight_decay: float = number_in(weight_decay, "weight_decay")
        self.momentum: float = number_in(momentum, "momentum")
        self._mean_square = [0.0] * len(self.parameters)
        self._velocity = [0.0] * len(self.parameters)

    @property
    def memory(self) -> tuple[str, ...]:
        """b and v."""
        return "_velocity", "_mean_square"

    def rule(self, kinds: Any) -> tuple[Any, dict[str, Any]]:
        """What the class says."""
        lr, decay, keep = number_in(self.lr, "lr"), self.weight_decay, self.momentum
        return kinds.RMSpropRule(lr, decay, self.alpha, keep, self.eps), {}


class Adagrad(ElementwiseOptimizer):
    """Steps that shrink with all the squared gradients so far.

        g ← ∂L/∂p + weight_decay · p
        s ← s + g²
        p ← p - lr/(1 + (t - 1) lr_decay) · g/(√s + eps)

    This is step t = 1, 2 …; before the first, s = `initial_accumulator_value`.

    A ValueError for numbers below 0. Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient
    methods for online learning and stochastic optimization", JMLR 12 (2011).
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(parameters, lr)
        self.lr_decay: float = number_in(lr_decay, "lr_decay")
        self.weight_decay: float = number_in(weight_decay, "weight_decay")
        self.eps: float = number_in(eps, "eps")
        start = number_in(initial_accumulator_value, "initial_accumulator_value")
        self._sum = [start] * len(self.parameters)
        self._t = 0

    @property
    def memory(self) -> tuple[str, ...]:
        """s."""
        return ("_sum",)

    def rule(self, kinds: Any) -> tuple[Any, dict[str, Any]]:
        """What the class says."""
        lr = number_in(self.lr, "lr") / (1.0 + self._t * self.lr_decay)
        return kinds.AdagradRule(lr, self.weight_decay, self.eps), {"_t": self._t + 1}


def clip_grad_norm_(parameters: Value | Iterable[Value], max_norm: float) -> float:
    """Scale all gradients together so that their norm √(Σ g²) is at most `max_norm`.

    Returns the norm that they had. They are multiplied by min(1, max_norm/(norm + 1e-6)), as in
    torch.nn.utils. A ValueError for a `max_norm` below 0.
    """
    most = number_in(max_norm, "max_norm")
    clipped = _parameters(parameters)
    norm = math.hypot(*grads_of(clipped))
    scale = min(1.0, most / (norm + 1e-6)) if norm == norm else norm
    for p in clipped:
        p.grad *= scale
    return norm


def clip_grad_value_(parameters: Value | Iterable[Value], clip_value: float) -> None:
    """Bring every gradient between -clip_value and clip_value. A ValueError for one below 0."""
    most = number_in(clip_value, "clip_value")
    for p in _parameters(parameters):
        p.grad = min(max(p.grad, -most), most)  # nan, of which nothing is larger, stays


def _parameters(parameters: Value | Iterable[Value]) -> list[Value]:
    given = [parameters] if isinstance(parameters, Value) else parameters
    return _each_once(elements(given, "parameters are those of a model"))


def _each_once(parameters: Iterable[Value]) -> list[Value]:
    """Each once, though it may be shared."""
    found = list(parameters)
    for p in found:
        if not isinstance(p, Value):
            raise TypeError(f"a parameter is a Value, not {p!r}")
    return list(dict.fromkeys(found))


def _like(own: Any, x: Any, name: str, parameters: int) -> Any:
    """`x` as a part of an optimiser's state, of the kind that `own` is."""
    if isinstance(own, list):
        if not isinstance(x, list | tuple) or len(x) not in {len(own), parameters}:
            raise ValueError(f"{name} is a list of {parameters} numbers, not {x!r:.60}")
        return [float64(item, name) for item in x]
    if isinstance(own, bool | int):
        if type(x) is not type(own):
            raise ValueError(f"{name} is like {own!r}, not {x!r}")
        return x
    if isinstance(own, tuple):
        if not isinstance(x, list | tuple) or len(x) != len(own):
            raise ValueError(f"{name} is {len(own)} numbers, not {x!r}")
        return tuple(float64(item, name) for item in x)
    return number_in(x, name) if isinstance(own, float) else x
