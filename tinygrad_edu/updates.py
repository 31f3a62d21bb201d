"""The loops of a training step over all parameters: worth compiling, so kept from the classes."""

from __future__ import annotations

from itertools import chain
from typing import Any, Final, cast

from .engine import COMPILED, Value
from .rules import Rule
from .turns import run

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


def moved(
    parameters: list[Value], rule: Rule, memory: list[list[float]]
) -> tuple[list[float], list[list[float]]]:
    """The new numbers of all parameters, and of what is remembered of each: m, or m and v."""
    if not memory:
        return [rule.move(x._data, x._grad, 0.0, 0.0)[0] for x in parameters], []
    data: list[float] = []
    ms: list[float] = []
    if len(memory) == 1:
        for x, m in zip(parameters, memory[0]):
            p, m, _ = rule.move(x._data, x._grad, m, 0.0)
            data.append(p)
            ms.append(m)
        return data, [ms]
    vs: list[float] = []
    for x, m, v in zip(parameters, memory[0], memory[1]):
        p, m, v = rule.move(x._data, x._grad, m, v)
        data.append(p)
        ms.append(m)
        vs.append(v)
    return data, [ms, vs]


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
