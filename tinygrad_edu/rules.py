"""The optimisers' rules: how one parameter moves, and what is remembered of it.

Each is written once, for floats, and computes with arrays too: `arrays/fitting/flat.py` reads
these lines as plain Python, where they take NumPy's arrays for the floats and round alike.
"""

from __future__ import annotations

from math import sqrt

from .ieee import divide


class Rule:
    """What all rules share: one has its numbers in attributes, and `move`."""

    def move(self, p: float, g: float, m: float, v: float) -> tuple[float, float, float]:
        """The new p, m and v, of a parameter p with the gradient g, and m, v to be remembered."""
        raise NotImplementedError


class SGDRule(Rule):
    """p ← p - lr · g, with g ← g + decay · p before."""

    def __init__(self, lr: float, decay: float) -> None:
        self.lr = lr
        self.decay = decay

    def move(self, p: float, g: float, m: float, v: float) -> tuple[float, float, float]:
        """What the class says."""
        if self.decay:
            g = g + self.decay * p
        return p - self.lr * g, m, v


class MomentumRule(Rule):
    """m ← keep · m + add · g, and p ← p - lr · m; with nesterov p ← p - lr · (g + keep · m)."""

    def __init__(self, lr: float, decay: float, keep: float, add: float, nesterov: bool) -> None:
        self.lr = lr
        self.decay = decay
        self.keep = keep
        self.add = add
        self.nesterov = nesterov

    def move(self, p: float, g: float, m: float, v: float) -> tuple[float, float, float]:
        """What the class says."""
        if self.decay:
            g = g + self.decay * p
        m = self.keep * m + self.add * g
        d = g + self.keep * m if self.nesterov else m
        return p - self.lr * d, m, v


class AdamRule(Rule):
    """m ← b1 · m + (1 - b1) · g, v ← b2 · v + (1 - b2) · g², p ← p - lr · m/(√v + eps).

    Before, p ← shrink · p and g ← g + decay · p.
    """

    def __init__(
        self,
        lr: float,
        decay: float,
        shrink: float,
        b1: float,
        b2: float,
        eps: float,
    ) -> None:
        self.lr = lr
        self.decay = decay
        self.shrink = shrink
        self.b1 = b1
        self.b2 = b2
        self.eps = eps

    def move(self, p: float, g: float, m: float, v: float) -> tuple[float, float, float]:
        """What the class says."""
        if self.decay:
            g = g + self.decay * p
        if self.shrink != 1.0:
            p = p * self.shrink
        m = self.b1 * m + (1.0 - self.b1) * g
        v = self.b2 * v + (1.0 - self.b2) * (g * g)
        return p - divide(self.lr * m, sqrt(v) + self.eps), m, v


class RMSpropRule(Rule):
    """v ← alpha · v + (1 - alpha) · g², m ← keep · m + g/(√v + eps), p ← p - lr · m."""

    def __init__(self, lr: float, decay: float, alpha: float, keep: float, eps: float) -> None:
        self.lr = lr
        self.decay = decay
        self.alpha = alpha
        self.keep = keep
        self.eps = eps

    def move(self, p: float, g: float, m: float, v: float) -> tuple[float, float, float]:
        """What the class says."""
        if self.decay:
            g = g + self.decay * p
        v = self.alpha * v + (1.0 - self.alpha) * (g * g)
        m = self.keep * m + divide(g, sqrt(v) + self.eps)
        return p - self.lr * m, m, v


class AdagradRule(Rule):
    """m ← m + g², p ← p - lr · g/(√m + eps)."""

    def __init__(self, lr: float, decay: float, eps: float) -> None:
        self.lr = lr
        self.decay = decay
        self.eps = eps

    def move(self, p: float, g: float, m: float, v: float) -> tuple[float, float, float]:
        """What the class says."""
        if self.decay:
            g = g + self.decay * p
        m = m + g * g
        return p - self.lr * divide(g, sqrt(m) + self.eps), m, v
