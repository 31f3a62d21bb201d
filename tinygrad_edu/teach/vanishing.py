"""Gradients that are finite and yet do not arrive: underflowed softmax, dead ReLUs, vanishing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ..engine import Value, topological_order
from ..language import say
from ..ops import LEAF, MUL
from .notation.wording import Wording, number
from .record.ledger import Ledger

SMALL: Final = 1e-8
"""By which part a leaf's gradient is smaller than the largest where it has vanished."""

FLAT: Final = 0.3
"""The derivative below which an activation is what a gradient vanishes at; σ′ is at most 1/4."""

OFTEN: Final = 2
"""In how many samples a ReLU is off at the least, and never on, that is called dead."""


class Finding(NamedTuple):
    """What does not arrive, and where.

    node    the operation that lets nothing through
    kind    "underflow", "dead" or "vanishing"
    number  its result, or the gradient that is left
    """

    node: Value
    kind: str
    number: float
    sentence: str


def find(root: Value, words: Callable[[], Wording]) -> Finding | None:
    """The first of them, of a graph whose numbers are all finite.

    words  makes what names its values, which takes its time, where something is found
    """
    order = topological_order(root)
    gradients = Ledger(root).gradients
    return (
        _underflowed(order, words)
        or _dead(order, gradients, words)
        or _vanished(root, order, gradients, words)
    )


def _underflowed(order: list[Value], named: Callable[[], Wording]) -> Finding | None:
    for node in order:
        if node.op == "exp" and node.data == 0.0:
            (x,) = node.operands
            words = named()
            says = say(
                "{exp} = 0, where {x} = {number}: eˣ underflows below x = −745.13, so its "
                "derivative is 0 too, and no gradient comes through. In a softmax, give the logits "
                "to the loss (cross_entropy, binary_cross_entropy_with_logits), which loses none.",
                exp=words.operation(node),
                x=words.made(x),
                number=number(x.data),
            )
            return Finding(node, "underflow", 0.0, says)
    return None


def _dead(
    order: list[Value], gradients: dict[Value, float], named: Callable[[], Wording]
) -> Finding | None:
    """A leaf all of whose ways to the root are through ReLUs that are off."""
    fed: dict[Value, dict[Value, None]] = {}  # the first ReLUs on the ways from each leaf
    around: dict[Value, bool] = {}  # whether one way leads past every ReLU
    for node in reversed(order):
        for v in node.operands:
            found = fed.setdefault(v, {})
            if node.op == "relu":
                found[node] = None
            else:
                found.update(fed.get(node, {}))
                around[v] = around.get(v, False) or around.get(node, node is order[-1])
    leaves = [v for v in order if v.op is LEAF and v in fed]
    silent = all(gradients[v] == 0.0 for v in leaves)
    for leaf in leaves:
        relus = list(fed[leaf])
        off = relus and not around.get(leaf, False) and all(r.data == 0.0 for r in relus)
        if off and (len(relus) >= OFTEN or silent):
            words = named()
            first = max(relus, key=lambda r: r.operands[0].data)
            says = say(
                "{gradient} = 0, because {relu} is off wherever {leaf} is used ({count} times; the "
                "largest {z} is {number}): where that is so for all data, the unit is dead. Lower "
                "the learning rate, begin with larger biases, or use leaky_relu.",
                gradient=words.gradient(leaf),
                relu=words.operation(first),
                leaf=words.name(leaf),
                count=len(relus),
                z=words.say(first.operands[0]),
                number=number(first.operands[0].data),
            )
            return Finding(first, "dead", 0.0, says)
    return None


def _vanished(
    root: Value, order: list[Value], gradients: dict[Value, float], named: Callable[[], Wording]
) -> Finding | None:
    leaves = [v for v in order if v.op is LEAF and gradients[v]]
    largest = max((abs(gradients[v]) for v in leaves), default=0.0)
    for leaf in leaves:
        if abs(gradients[leaf]) >= SMALL * largest:
            continue
        flattest, smallest = _least(root, leaf)
        if flattest is None:
            continue
        words = named()
        told = {
            "gradient": words.gradient(leaf),
            "number": number(gradients[leaf]),
            "factor": number(abs(gradients[leaf]) / largest, 2),
        }
        node, v, slope = flattest
        if slope < FLAT or smallest is None:
            says = say(
                "{gradient} = {number}, {factor} times the largest gradient of a leaf: it vanishes "
                "on the way, most of all at {line}, whose derivative is {slope} at {x} = {there}. "
                "Scale the inputs and the first weights down, or use relu, whose derivative does "
                "not shrink.",
                line=words.line(node),
                slope=number(slope, 2),
                x=words.say(v),
                there=number(v.data),
                **told,
            )
        else:
            node, v, slope = smallest
            says = say(
                "{gradient} = {number}, {factor} times the largest gradient of a leaf: it vanishes "
                "on the way, not in an activation but in products of small numbers, such as "
                "{operation}, whose derivative by {x} is {slope}. Begin with larger weights, or "
                "scale the inputs up.",
                operation=words.operation(node),
                x=words.made(v),
                slope=number(slope, 2),
                **told,
            )
        return Finding(node, "vanishing", gradients[leaf], says)
    return None


Slope = tuple[Value, Value, float]
"""A node, one of its operands, and the size of its derivative by that."""


def _least(root: Value, leaf: Value) -> tuple[Slope | None, Slope | None]:
    """The smallest derivatives of an activation and of a product between the leaf and the root."""
    above = {leaf}
    activation: Slope | None = None
    product: Slope | None = None
    for node in topological_order(root):
        if above.isdisjoint(node.operands):
            continue
        above.add(node)
        for v, local in zip(node.operands, node.local_grads):
            slope = abs(local)
            if v not in above:
                continue
            if node.op.is_activation and node.op != "relu":
                if activation is None or slope < activation[2]:
                    activation = node, v, slope
            elif node.op is MUL and (product is None or slope < product[2]):
                product = node, v, slope
    return activation, product
