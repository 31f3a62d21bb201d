"""The loops of a training step over all parameters: worth compiling, so kept from the classes."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any, Final, cast

from .engine import COMPILED, Value, run

_SET_DATA: Final[Any] = cast(Any, Value)._data.__set__


def clear_grads(parameters: list[Value]) -> None:
    """Set every gradient to 0."""
    for p in parameters:
        p._grad = 0.0


def grads_of(parameters: list[Value]) -> list[float]:
    """The gradients."""
    return [p._grad for p in parameters]


def set_grads(parameters: list[Value], grads: list[float]) -> None:
    """Give every parameter its gradient."""
    for p, g in zip(parameters, grads):
        p._grad = g


def data_of(parameters: list[Value]) -> list[float]:
    """The numbers."""
    return [p._data for p in parameters]


def descended(parameters: list[Value], directions: list[float], lr: float) -> list[float]:
    """p - lr · direction for each parameter."""
    return [p._data - lr * d for p, d in zip(parameters, directions)]


def moments(
    grads: list[float], ms: list[float], vs: list[float], b1: float, b2: float
) -> tuple[list[float], list[float]]:
    """β₁ m + (1 - β₁) g and β₂ v + (1 - β₂) g² for each gradient g."""
    return (
        [b1 * m + (1.0 - b1) * g for m, g in zip(ms, grads)],
        [b2 * v + (1.0 - b2) * (g * g) for v, g in zip(vs, grads)],
    )


def scaled_descent(
    data: list[float],
    ms: list[float],
    vs: list[float],
    lr: float,
    m_scale: float,
    v_scale: float,
    eps: float,
) -> list[float]:
    """p - lr · m̂/(√v̂ + eps) for each parameter, with m̂ = m/m_scale and v̂ = v/v_scale."""
    return [
        x - lr * (m / m_scale) / (math.sqrt(v / v_scale) + eps) for x, m, v in zip(data, ms, vs)
    ]


def commit(
    parameters: list[Value], data: list[float], memory: dict[str, Any], new: dict[str, Any]
) -> None:
    """Give every parameter its new number, and `memory` what is `new`: all, or nothing.

    Python handles signals between its own instructions, so the plain build does it in one call in
    C; the compiled one is machine code already.
    """
    if COMPILED:
        for p, x in zip(parameters, data):
            p._data = x
        memory.update(new)
    else:
        run(chain(map(_SET_DATA, parameters, data), map(memory.update, [new])))
