"""What a source writes in one: arrays that are others one after the other, and softmaxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..instructions.ir import Array
from ..instructions.views import Index, affine

LARGE: Final = 10_000
"""A matrix product of so many numbers is computed where it lies in the result that it is a part of:
memory of its own would come from the system each time, and take longer than the copy."""


def pieces_of(node: Array) -> list[Array] | None:
    """The parts of a `place` in their order, where it is just them, one after the other."""
    if node.lanes or len(node.own) != 1:
        return None
    found: list[Array] = []
    at = 0
    for part, places in sorted(zip(node.args, node.info), key=lambda p: int(p[1].flat[0])):
        run = affine(places.ravel())
        if not isinstance(part, Array) or part.shape != places.shape or run is None:
            return None
        if run[0] != at or (places.size > 1 and run[1] != (1,)):
            return None
        found.append(part)
        at += places.size
    return found if at == node.own[0] else None


def softmaxes(
    users: Mapping[Array, Sequence[Array | None]],
) -> tuple[dict[Array, Array], set[Array]]:
    """For each instruction that is a softmax, eˣ⁻ˢ with s = ln Σ eˣ, its x; and what only it uses.

    `users` are those of each instruction; of a result, None.
    """
    found: dict[Array, Array] = {}
    inside: set[Array] = set()
    for node in users:
        inner = node.args[0] if node.op == "exp" else None
        if isinstance(inner, Array) and inner.op == "-" and len(inner.arrays) == 2:
            x, s = inner.arrays
            used = [inner, s, *s.arrays] if s.op == "view" else [inner, s]
            alone = all(len(users[a]) == 1 and not a.name for a in used)
            if alone and used[-1].op == "logsumexp" and used[-1].args[0] is x:
                found[node] = x
                inside.update(used)
    return found, inside


def wholes(users: Mapping[Array, Sequence[Array | None]]) -> dict[Array, tuple[Array, Index]]:
    """For each large matrix product that is only a part of a result: that, and where it lies there.

    `users` are those of each instruction; of a result, None.
    """
    found: dict[Array, tuple[Array, Index]] = {}
    for node in users:
        if node.op != "place" or users[node] != [None]:
            continue
        for piece in pieces_of(node) or ():
            if piece.op == "contraction" and len(piece.shape) == 2 and users[piece] == [node]:
                places: Index = node.info[node.args.index(piece)]
                if places.size >= LARGE:
                    found[piece] = node, places
    return found
