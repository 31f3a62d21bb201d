"""Operations that a program does otherwise than the engine, in steps that it needs anyway."""

from __future__ import annotations

from ..instructions.builder import Builder
from ..instructions.ir import Array, Operand, places_of


def otherwise(build: Builder, op: str, x: Operand) -> Operand | None:
    """An operation on `x`, if a program does it otherwise.

    SiLU is x σ(x), with the gate of which the reverse sweep makes use. ln of a softmax, or of some
    of its numbers, is x - ln Σ eˣ, which is the right number where that of the softmax is 0.
    """
    if not isinstance(x, Array):
        return None
    if op == "silu":
        return build.map("*", x, build.map("sigmoid", x))
    return _logarithm(build, x) if op == "log" else None


def _logarithm(build: Builder, x: Array) -> Array | None:
    """ln x, where x is a softmax or a part of one."""
    inner = x.args[0] if x.args else None
    if not isinstance(inner, Array):
        return None
    if x.op == "exp":
        subtracted = inner.args[1] if inner.op == "-" else None
        while isinstance(subtracted, Array) and subtracted.op == "view":
            subtracted = subtracted.arrays[0]
        is_softmax = isinstance(subtracted, Array) and subtracted.op == "logsumexp"
        return inner if is_softmax else None
    if x.op not in ("view", "take", "samples", "along", "pick"):
        return None
    found = _logarithm(build, inner)
    if found is None:
        return None
    if x.op in ("view", "take"):
        return build.index(found, places_of(x))
    key = None if x.info is None else x.info.tobytes()
    return build.add(x.op, (found, *x.args[1:]), x.own, x.lanes, x.info, key)
