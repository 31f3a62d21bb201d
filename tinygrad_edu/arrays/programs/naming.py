"""Names for the arrays of a program, as the textbooks have them: W and b, Z and A, D for δ."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from ...ops import OPS
from ..instructions.ir import Array, places_of
from ..instructions.views import Shape
from ..lifting.theta import Theta

_TAKEN: Final = (
    *("theta", "np", "float", "slice", "L", "X", "x", "y", "logsumexp", "softmax"),
    "e",  # of eˣ, in formulas
)
_OWN: Final = r"[ACDITXZ]\d+|mask\d+|ones\d*|one_hot\d*|d\w*"
_FUNCTIONS: Final = frozenset(name for name, op in OPS.items() if len(op.rules) == 1) - {"neg"}


def variable(path: str) -> str:
    """The name of a tensor as a variable of a program: "" where it would mean something else."""
    name = re.sub(r"\W", "_", path)
    taken = name in _TAKEN or name in OPS or keyword.iskeyword(name) or re.fullmatch(_OWN, name)
    return "" if taken or not name.isidentifier() else name


def name_parameters(
    steps: Sequence[Array], theta: Theta, given: Mapping[tuple[int, ...], str]
) -> dict[str, tuple[int, Shape]]:
    """The blocks of θ by their names: where each begins, and its shape.

    `given` has the names of tensors by the numbers of their parameters.
    """
    weights = {
        places_of(a).flat[0]
        for node in steps
        if node.op == "contraction"
        for a in node.arrays
        if a.op == "view" and a.args[0] is theta.array
    }
    counts = {"W": 0, "b": 0}
    blocks: dict[str, tuple[int, Shape]] = {}
    for start, shape in theta.blocks:
        size = math.prod(shape)
        own = tuple(theta.order[start : start + size])
        name = given.get(own, "")
        if not name or name in blocks:
            letter = "W" if len(shape) > 1 or start in weights else "b"
            counts[letter] += 1
            name = f"{letter}{counts[letter]}"
            while name in blocks or name in given.values():
                counts[letter] += 1
                name = f"{letter}{counts[letter]}"
        blocks[name] = start, shape
    return blocks


def name_arrays(forward: Sequence[Array], loss: Array) -> None:
    """Name the weighted sums Z1, Z2 …, what a function makes of them A1, A2 …, and the loss L."""
    users: dict[Array, list[Array]] = {}
    for node in forward:
        for a in node.arrays:
            users.setdefault(a, []).append(node)
    sums: set[Array] = set()
    for node in forward:
        adds = node.op in ("+", "-") and any(a in sums for a in node.arrays)
        if adds or (node.op == "contraction" and node.shape):
            sums.add(node)
    count = 0
    for node in forward:
        used = users.get(node, [])
        goes_on = len(used) == 1 and used[0] in sums and used[0].op in ("+", "-")
        if node in sums and not goes_on and node is not loss and not node.name:
            count += 1
            node.name = f"Z{count}"
        elif node.op in _FUNCTIONS and node.arrays[0].name[:1] == "Z" and node is not loss:
            others = [u for u in users[node.arrays[0]] if u.op in _FUNCTIONS]
            if len(others) == 1:
                node.name = f"A{node.arrays[0].name[1:]}"
    loss.name = "L"


def name_views(
    steps: Sequence[Array], theta: Array, blocks: Mapping[str, tuple[int, Shape]]
) -> None:
    """Name the views of θ that are a block."""
    names = {(start, shape): name for name, (start, shape) in blocks.items()}
    for node in steps:
        if node.op == "view" and node.args[0] is theta:
            places = places_of(node).ravel()
            start = int(places[0])
            name = names.get((start, node.shape), "")
            if name and np.array_equal(places, np.arange(start, start + places.size)):
                node.name = name


def name_gradients(
    gradients: Mapping[Array, Array], forward: int, theta: Array, users: Iterable[Array]
) -> None:
    """Name the gradients of arrays that have a name: of Z1 D1, of W1 dW1.

    Not of parts of θ that some of its `users` use elsewhere too, as a penalty does: what comes
    from one place is not their gradient yet.
    """
    uses = np.zeros(theta.shape, int)
    for node in users:
        of_parts = node.op in ("view", "take")
        uses[np.unique(places_of(node)) if of_parts else slice(None)] += 1
    taken: set[str] = set()
    for g, node in gradients.items():
        while g.op == "lanes":
            g = g.arrays[0]
        old = g.name or g.number < forward
        if old or not node.name or node.op in ("input", "constant") or node.name == "L":
            continue
        if node.op == "view" and node.args[0] is theta and uses[places_of(node)].max() > 1:
            continue
        name = f"D{node.name[1:]}" if node.name[0] == "Z" else f"d{node.name}"
        if name not in taken and g.op not in ("theta", "input", "constant", "view"):
            taken.add(name)
            g.name = name


def name_data(steps: Sequence[Array]) -> None:
    """Call the constants that weights are multiplied with X, X2 …"""
    count = 0
    for node in steps:
        if node.op == "contraction":
            for a in node.arrays:
                if a.op == "constant" and not a.name:
                    count += 1
                    a.name = "X" if count == 1 else f"X{count}"
