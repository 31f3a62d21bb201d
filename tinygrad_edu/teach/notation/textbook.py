"""A graph as a textbook would have written it down: inputs and targets with names, losses plain.

A network that is given plain numbers keeps no names for them, and the package's losses are written
to be stable. Before it is derived, a graph is therefore written anew, with the same values: the
numbers that go into the first layer are x⁽ⁱ⁾ₖ and those that outputs are compared with y⁽ⁱ⁾ⱼ,
binary cross-entropy is −(y ln a + (1 − y) ln(1 − a)), softmax with cross-entropy has its
probabilities pⱼ, and a mean over one sample is that sample's loss.
"""

from __future__ import annotations

import math
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property
from operator import is_
from typing import Final, NamedTuple

from ...engine import Value, topological_order
from ...functions import log, sigmoid
from ...nn import Module
from ...ops import ADD, DIV, LEAF, MUL, NEG, OPS, SUB, unknown
from .labels import superscript
from .samples import Data, place_text
from .steps import steps

LEAST: Final = math.exp(-100.0)
"""The probability below which the losses keep a logarithm constant."""

SATURATED: Final = 1e-6
"""How near to 0 or 1 an output has too few digits for its loss to be worked out of it."""


_WRITTEN_OTHERWISE: Final = frozenset((ADD, NEG, DIV, OPS["softplus"]))
"""The operations of which the package's losses and means are the last one."""


class Softmax(NamedTuple):
    """The logits of a cross-entropy in the graph written anew, and the target for each.

    indices  of the probabilities and targets, where the logits are outputs of the model
    """

    logits: list[Value]
    targets: list[float]
    indices: list[str]


@dataclass(frozen=True, eq=False)
class Textbook:
    """The graph written anew.

    counterpart  of each value of the old graph that has one
    softmax      by the node of each cross-entropy
    """

    root: Value
    counterpart: dict[Value, Value]
    softmax: dict[Value, Softmax]

    @cached_property
    def order(self) -> list[Value]:
        """Its values, in the order of the forward pass."""
        return topological_order(self.root)

    @property
    def hidden(self) -> set[Value]:
        """The nodes between a cross-entropy and its logits, of which the textbook writes none."""
        found: set[Value] = set()
        for node, (logits, _, _) in self.softmax.items():
            waiting = [node]
            while waiting:
                below = [v for v in waiting.pop().operands if v not in logits]
                found.update(below)
                waiting += below
        return found

    @property
    def lines(self) -> list[Value]:
        """The `steps` of the graph as it is written here, in the order of the forward pass."""
        logits = {z for found in self.softmax.values() for z in found.logits if z.op is not LEAF}
        own = steps(self.order)
        if not self.softmax:
            return own
        chosen = ({*own} - self.hidden) | logits | {*self.softmax}
        return [v for v in self.order if v in chosen]


def as_it_is(root: Value) -> Textbook:
    """The graph itself, with nothing written anew."""
    return Textbook(root, {}, {})


def textbook(root: Value, model: Module | None) -> Textbook:
    """The graph of `root` written anew."""
    order = topological_order(root)
    if any(node.op.function is unknown for node in order):
        return as_it_is(root)  # what was made by its numbers cannot be made again
    return Context().run(_Writer(order, model).written)


class _Writer:
    """Writes a graph anew, node by node; what does not change is the old node itself."""

    def __init__(self, order: list[Value], model: Module | None) -> None:
        self.order = order
        self.data = Data(order, model)
        self.new: dict[Value, Value] = {}
        self.softmax: dict[Value, Softmax] = {}
        self.terms: list[Value] = []  # the losses of single samples

    def written(self) -> Textbook:
        """The graph anew."""
        for node in self.order:
            if node.op is LEAF:
                self.new[node] = self.data.named(node)
            elif node.op in _WRITTEN_OTHERWISE:
                again = self._plain(node)
                if node.label and again.label != node.label:
                    again = self._rebuilt(node)
                self.new[node] = again
            else:
                self.new[node] = self._rebuilt(node)
        self.data.label()
        for i, term in enumerate(self.terms, 1):
            if len(self.terms) > 1 and not term.label:
                term.label = "ℓ" + superscript(f"({i})")
        own = {old: new for old, new in self.new.items() if old not in self.data.numbers}
        return Textbook(self.new[self.order[-1]], own, self.softmax)

    def _plain(self, node: Value) -> Value:
        """A node that may have a textbook form, in that."""
        if node.op is DIV and node.arguments[1] == 1.0 and node.operands[0].op is not LEAF:
            return self.new[node.operands[0]]
        loss = self._cross_entropy(node) if node.op is NEG else self._from_logits(node)
        if loss is not None:
            loss.label = node.label
            self.terms.append(loss)
            return loss
        softmax = self._softmax(node) or self._of_probabilities(node)
        again = self._rebuilt(node, anew=softmax is not None)
        if softmax is not None:
            self.softmax[again] = softmax
            self.terms.append(again)
        return again

    def _rebuilt(self, node: Value, anew: bool = False) -> Value:
        """The same operation on the new arguments."""
        before = node.arguments
        arguments = [
            self.new[x] if isinstance(x, Value) else self.data.at(node, i, x)
            for i, x in enumerate(before)
        ]
        if not anew and all(map(is_, arguments, before)):
            return node
        again: Value = node.op.function(*arguments)
        if node.label:
            again.label = node.label
        return again

    # Losses

    def _cross_entropy(self, node: Value) -> Value | None:
        """−(y ln a + (1 − y) ln(1 − a)), of −(…) that keeps its logarithms above -100."""
        if (terms := _two_products(node.operands[0], "log")) is None:
            return None
        (y, first), (rest, second) = terms
        a, b = _above_least(first), _above_least(second)
        if a is None or b is None or b.op is not SUB or b.arguments != (1.0, a):
            return None
        target = self._target(y, rest, a)
        if target is None:
            return None
        p = self.new[a]
        return -(target * log(p) + (1.0 - target) * log(1.0 - p))

    def _from_logits(self, node: Value) -> Value | None:
        """The same with a = σ(z), of the form y softplus(−z) + (1 − y) softplus(z)."""
        if (terms := _two_products(node, "softplus")) is None:
            return None
        (y, first), (rest, second) = terms
        (negative,), (z,) = first.operands, second.operands
        if negative.op is not NEG or negative.operands[0] is not z:
            return None
        target = self._target(y, rest, z)
        if target is None:
            return None
        p = sigmoid(self.new[z])
        if not SATURATED < p.data < 1.0 - SATURATED:
            return None
        self.data.call(p, "p", z)
        return -(target * log(p) + (1.0 - target) * log(1.0 - p))

    def _target(self, y: Value | float, rest: Value | float, output: Value) -> Value | None:
        """The y of a loss that takes y and 1 − y, if they are that."""
        if isinstance(y, Value):
            is_rest = isinstance(rest, Value) and rest.op is SUB and rest.arguments == (1.0, y)
            return self.new[y] if is_rest else None
        if isinstance(rest, Value) or not math.isclose(y + rest, 1.0):
            return None
        return self.data.target(output, y)

    def _softmax(self, node: Value) -> Softmax | None:
        """What a cross-entropy of class t is made of: softplus(ln Σⱼ₌ₜ̸ e^zⱼ − zₜ)."""
        if node.op != "softplus" or (inner := node.operands[0]).op is not SUB:
            return None
        others, target = inner.arguments
        if not isinstance(others, Value) or not isinstance(target, Value):
            return None
        logits = [target]
        waiting = [others]
        while waiting:
            z = waiting.pop()
            if z.op == "logaddexp" and len(z.operands) == 2 and not z.label:
                waiting += reversed(z.operands)
            else:
                logits.append(z)
        places = [self.data.outputs[z] for z in logits if z in self.data.outputs]
        if len(places) == len(logits):
            logits = [z for _, z in sorted(zip(places, logits), key=lambda pair: pair[0])]
        elif len(logits) < 3 and not all(z.label.startswith("z") for z in logits):
            return None  # the softplus of a difference
        elif all(z.label for z in logits):
            logits.sort(key=lambda z: (len(z.label), z.label))
        else:
            place = {v: i for i, v in enumerate(self.order)}
            logits.sort(key=place.__getitem__)
        among = self.data.outputs
        indices = [place_text(among[z], among.values()) for z in logits if z in among]
        targets = [float(z is target) for z in logits]
        return Softmax([self.new[z] for z in logits], targets, indices)

    def _of_probabilities(self, node: Value) -> Softmax | None:
        """What Σ yₜ · softplus(…) is made of, the cross-entropies of all classes t with their y."""
        if not self.softmax or node.op is not ADD:
            return None
        found: list[tuple[float, Value]] = []
        waiting = [node]
        while waiting:
            x = waiting.pop()
            if x.op is ADD and len(x.operands) == 2 and (x is node or not x.label):
                waiting += x.operands
                continue
            is_term = x.op is MUL and len(x.operands) == 1
            if not is_term or self.new[x.operands[0]] not in self.softmax:
                return None
            (y,) = [y for y in x.arguments if isinstance(y, float)]
            found.append((y, self.new[x.operands[0]]))
        logits, _, indices = self.softmax[found[0][1]]
        targets = dict.fromkeys(logits, 0.0)
        for y, term in found:
            if set(self.softmax[term].logits) != set(logits):
                return None
            targets[logits[self.softmax[term].targets.index(1.0)]] += y
        if len(found) != len(logits) or not math.isclose(sum(targets.values()), 1.0):
            return None
        for _, term in found:
            del self.softmax[term]
        parts = {term for _, term in found}
        self.terms = [term for term in self.terms if term not in parts]
        return Softmax(logits, list(targets.values()), indices)


def _two_products(node: Value, function: str) -> list[tuple[Value | float, Value]] | None:
    """The factors and the function's nodes of c · f(…) + d · f(…)."""
    if node.op is not ADD or node.label or len(node.operands) != 2:
        return None
    found = []
    for term in node.operands:
        if term.op is not MUL or term.label:
            return None
        first, second = term.arguments
        for c, f in ((first, second), (second, first)):
            if isinstance(f, Value) and f.op == function and not f.label:
                found.append((c, f))
                break
    return found if len(found) == 2 else None


def _above_least(logarithm: Value) -> Value | None:
    """The p of ln max(p, least), where it is the larger one."""
    (inner,) = logarithm.operands
    if inner.op != "maximum" or inner.arguments[1] != LEAST or inner.label:
        return None
    (p,) = inner.operands
    return p if p.data > LEAST else None
