"""The loops of a training step over all parameters: worth compiling, so kept from the classes."""

from __future__ import annotations

from .engine import Value


def clear_grads(parameters: list[Value]) -> None:
    """Set every gradient to 0."""
    for p in parameters:
        p._grad = 0.0


def grads_of(parameters: list[Value]) -> list[float]:
    """The gradients."""
    return [p._grad for p in parameters]


def descend(parameters: list[Value], directions: list[float], lr: float) -> None:
    """p ← p - lr · direction for each parameter."""
    for p, d in zip(parameters, directions):
        p._data -= lr * d
