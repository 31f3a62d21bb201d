"""Well-known wrong ways to run the backward pass, on any graph: what they give, and why.

Each is one step of the right algorithm left out or done at the wrong time. On many graphs that
makes no difference, which is how such programs pass their author's first test; on the graphs of
`EXAMPLES` each one goes wrong. A `model` names its parameters in what is said, as w⁽²⁾₃₁.

>>> wrong = keeping_inner_gradients(EXAMPLES["keeping_inner_gradients"]())
>>> [gradient for v, gradient in wrong.gradients.items() if not v.op]
[30.0, 12.0]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..checks import number_in
from ..engine import Value
from ..functions import tanh
from ..language import say
from ..nn import Module
from ..ops import LEAF
from ..text import printable, wrapped
from .checking.rounding import noise
from .notation.wording import Wording, bracketed, number
from .record.ledger import Ledger
from .record.points import slopes_at


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What a wrong algorithm computes on a graph; true if that is right all the same.

    mistake    what the algorithm does, in words
    gradients  what it has computed for each value in the end
    right      what is right
    first      the first value, in the order of the backward pass, whose gradient is wrong
    why        how that came about, in words; empty where all is right
    """

    mistake: str
    gradients: dict[Value, float]
    right: dict[Value, float]
    first: Value | None
    why: str
    words: Wording

    def __bool__(self) -> bool:
        return self.first is None

    def __str__(self) -> str:
        if self.first is None:
            return say(
                "{mistake}: on this graph every gradient is right all the same.",
                mistake=self.mistake,
            )
        return printable(
            say(
                "{mistake}: {gradient} = {wrong} where {right} is right, because {why}.",
                mistake=self.mistake,
                gradient=self.words.gradient(self.first),
                wrong=number(self.gradients[self.first]),
                right=number(self.right[self.first]),
                why=self.why,
            )
        )

    def __repr__(self) -> str:
        return wrapped(str(self))


def without_topological_order(root: Value, *, model: Module | None = None) -> Outcome:
    """Each node passes its gradient on as soon as it is reached, level by level from the root.

    A node that is reached on a short path has passed on too little when the contribution of a
    longer path arrives.
    """
    ledger, words = Ledger(root), Wording(root, model)
    found = dict.fromkeys(ledger.gradients, 0.0)
    found[root] = 1.0
    passed: dict[Value, float] = {}
    waiting, seen = deque([root]), {root}
    while waiting:
        node = waiting.popleft()
        passed[node] = found[node]
        for operand, contribution in zip(node.operands, node.pull_back(found[node])):
            found[operand] += contribution
            if operand not in seen:
                seen.add(operand)
                waiting.append(operand)

    def why(v: Value) -> str:
        lines = [e for e in ledger if e.operand is v]
        e = max(lines, key=lambda e: abs(passed[e.node] - e.upstream))
        return say(
            "{node} passed its gradient on when it was {early}; the rest of its {all} came later, "
            "on a longer path",
            node=words.made(e.node),
            early=number(passed[e.node]),
            all=number(e.upstream),
        )

    return _outcome(say("Without a topological order"), ledger, found, why, words)


def assigning(root: Value, *, model: Module | None = None) -> Outcome:
    """Each contribution takes the place of those before it: ``=`` where ``+=`` belongs."""
    ledger, words = Ledger(root), Wording(root, model)
    found = {root: 1.0}
    for e in ledger:
        found[e.operand] = e.node.pull_back(found[e.node])[e.position]

    def why(v: Value) -> str:
        terms = [bracketed(e.contribution) for e in ledger if e.operand is v]
        shown = terms if len(terms) <= 4 else [*terms[:2], "…", terms[-1]]
        return say(
            "{value} is used {count} times, so its gradient is a sum, {sum}; only the last "
            "contribution is kept",
            value=words.made(v),
            count=len(terms),
            sum=" + ".join(shown),
        )

    return _outcome(say("With = in place of +="), ledger, found, why, words)


def without_zero_grad(root: Value, *, model: Module | None = None) -> Outcome:
    """A second step runs `backward()` without setting the leaves' gradients to zero before."""
    ledger, words = Ledger(root), Wording(root, model)
    found = {v: x + x if v.op is LEAF else x for v, x in ledger.gradients.items()}

    def why(v: Value) -> str:
        x = number(ledger.gradients[v])
        return say(
            "the second backward() adds its {number} to the {number} that the first one left",
            number=x,
        )

    return _outcome(say("Without zero_grad before the second step"), ledger, found, why, words)


def keeping_inner_gradients(root: Value, *, model: Module | None = None) -> Outcome:
    """`backward()` is called twice, and the nodes between root and leaves keep their gradients.

    Leaves should have twice the gradient then. But what a node kept from the first call is passed
    on a second time.
    """
    ledger, words = Ledger(root), Wording(root, model)
    found = dict.fromkeys(ledger.gradients, 0.0)
    for _ in range(2):
        found[root] = 1.0
        for e in ledger:
            found[e.operand] += e.node.pull_back(found[e.node])[e.position]
    right = {v: x + x if v.op is LEAF else x for v, x in ledger.gradients.items()}
    right[root] = 1.0

    def why(v: Value) -> str:
        x = number(right[v])
        return say(
            "the second call adds {number} to the {number} that it kept, and passes the sum on",
            number=x,
        )

    return _outcome(
        say("With inner gradients kept between two calls"), ledger, found, why, words, right
    )


def at_updated_data(
    root: Value, learning_rate: float = 0.1, *, model: Module | None = None
) -> Outcome:
    """The leaves take a step of gradient descent after the forward pass, and before `backward()`.

    Code that reads `.data` in the backward pass then finds new numbers in the leaves and the old
    ones in the results of the forward pass, and takes its derivatives at no point at all.
    """
    learning_rate = number_in(learning_rate, "learning_rate")
    ledger, words = Ledger(root), Wording(root, model)
    moved = {v: v.data - learning_rate * x for v, x in ledger.gradients.items() if v.op is LEAF}
    slopes = slopes_at(root, moved)
    found = dict.fromkeys(ledger.gradients, 0.0)
    found[root] = 1.0
    for e in ledger:
        found[e.operand] += found[e.node] * slopes[e.node][e.position]

    def why(v: Value) -> str:
        lines = [e for e in ledger if e.operand is v]
        e = max(lines, key=lambda e: abs(slopes[e.node][e.position] - e.local))
        return say(
            "{derivative} is taken as {new}, at the updated data, and was {old} in the forward "
            "pass",
            derivative=words.local(e.node, v),
            new=number(slopes[e.node][e.position]),
            old=number(e.local),
        )

    return _outcome(say("With derivatives at updated data"), ledger, found, why, words)


def _outcome(
    mistake: str,
    ledger: Ledger,
    found: dict[Value, float],
    why: Callable[[Value], str],
    words: Wording,
    right: dict[Value, float] | None = None,
) -> Outcome:
    right = right or ledger.gradients
    tolerance = noise(ledger)
    wrong = [v for v in ledger.completed if not _same(found[v], right[v], tolerance[v])]
    first = wrong[0] if wrong else None
    return Outcome(mistake, found, right, first, "" if first is None else why(first), words)


def _same(x: float, y: float, tolerance: float) -> bool:
    return x == y or abs(x - y) <= tolerance or (x != x and y != y)


MISCONCEPTIONS: Final[dict[str, Callable[..., Outcome]]] = {
    function.__name__: function
    for function in (
        without_topological_order,
        assigning,
        without_zero_grad,
        keeping_inner_gradients,
        at_updated_data,
    )
}
"""Every wrong algorithm by its name."""


# Graphs on which they go wrong


def _two_ways_of_unequal_length() -> Value:
    x = Value(0.5, label="x")
    h = _labelled("h", 3.0 * x)
    return _labelled("L", h + tanh(h))


def _one_value_used_twice() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return _labelled("L", a * b + a)


def _squared_error() -> Value:
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    return _labelled("L", (_labelled("ŷ", w * x) - 3.0) ** 2)


def _product_of_products() -> Value:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    return _labelled("L", _labelled("c", a * b) * a)


def _two_layers() -> Value:
    x, w1, w2 = Value(1.5, label="x"), Value(0.5, label="w₁"), Value(-2.0, label="w₂")
    h = _labelled("h", tanh(_labelled("z", w1 * x)))
    return _labelled("L", (_labelled("ŷ", w2 * h) - 1.0) ** 2)


def _labelled(label: str, v: Value) -> Value:
    v.label = label
    return v


EXAMPLES: Final[dict[str, Callable[[], Value]]] = {
    "without_topological_order": _two_ways_of_unequal_length,
    "assigning": _one_value_used_twice,
    "without_zero_grad": _squared_error,
    "keeping_inner_gradients": _product_of_products,
    "at_updated_data": _two_layers,
}
"""For each of `MISCONCEPTIONS`, what makes a small graph on which it goes wrong."""
