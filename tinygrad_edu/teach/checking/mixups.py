"""Slips by which a number of one value stands where that of another belongs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from ...engine import Value
from ...language import say
from ...ops import LEAF, MUL
from ..notation.wording import number
from ..record.paths import Edge
from ..record.points import apply
from .mistakes import is_function, power
from .slips import Case, Slip

RATES: Final = (0.1, 0.01, 0.5, 1.0, 0.001, 0.05, 0.2, 0.3, 0.0001)
"""The learning rates that are tried where a value may have been updated already."""


LARGEST: Final = 400
"""Up to how many lines of the backward pass a number may be mistaken for any other's."""


def of_factors(case: Case) -> Iterator[Slip]:
    """In ∂(w · a)/∂w = a: z or f′(z) for a = f(z), w updated already, or a neighbour's number."""
    products = [edge for edge in case.paths.edges if _is_product(edge)]
    activation = {v.operands[0]: v for v in case.exact if v.op.is_activation}
    for edge in sorted(products, key=lambda edge: edge.height):
        right = _other(edge)
        if not isinstance(right, Value):
            continue
        if len(right.operands) == 1:
            yield from _standing(case, edge, right, right.operands[0])
            yield from _differentiated(case, edge, right)
        if len(right.arguments) == 2:
            for part in right.arguments:
                yield from _standing(case, edge, right, part)
        if right in activation:
            yield from _standing(case, edge, right, activation[right])
        yield from _updated(case, edge, right)
    for edge in case.paths.edges:
        yield from _part_of_base(case, edge)
    yield from _one_for_all(case, products)
    if not case.nearly and len(case.paths.edges) <= LARGEST:
        yield from _neighbours(case, products)
        for edge in case.paths.edges:
            yield from _of_alike_function(case, edge)
            yield from _at_inner_value(case, edge)


def of_another_gradient(case: Case, above: bool = True) -> Iterator[Slip]:
    """The gradient of another value with a name, of one beside the target before any other.

    above  whether it may be that of a value on the way to the target: a factor is left out there
    """
    target, words = case.paths.target, case.words
    named = [v for v in case.exact if (v.label or v.op is LEAF) and v is not target]
    found = [v for v in named if case.fits(case.exact[v])]
    if case.negated:  # that of y is the opposite of that of a, in a − y
        found = []
    if not above:
        known = [case.exact[edge.entry.node] for edge in case.paths.edges]
        found = [v for v in found if not any(math.isclose(case.exact[v], x) for x in known)]
    found = [v for v in found if v in case.beside] or found
    if found and case.exact[found[0]] not in (0.0, 1.0, -1.0):
        one, more = words.gradient(found[0]), len(found) - 1
        if more:
            says = say(
                "that is {gradient}, as that of {count} more, and not the one asked for",
                gradient=one,
                count=more,
            )
        else:
            says = say("that is {gradient} and not the one asked for", gradient=one)
        yield Slip("wrong value", case.exact[found[0]], says)


def of_the_value_itself(case: Case) -> Iterator[Slip]:
    """The value in place of its gradient, or the value after an update by it."""
    target, words = case.paths.target, case.words
    if case.nearly or target is words.root:
        return
    if case.fits(target.data):
        says = say("that is {value} itself, not its gradient", value=words.say(target))
        yield Slip("wrong value", target.data, says)
    for rate in RATES if target.op is LEAF else ():
        step = rate * case.total
        if case.fits(target.data - step):
            says = say(
                "that is {value} after an update with the learning rate {rate}, not its gradient",
                value=words.say(target),
                rate=number(rate),
            )
            yield Slip("wrong value", target.data - step, says)
            break


def exchanged(case: Case, other: Value) -> Slip:
    """Each gradient stands where the other belongs."""
    says = say(
        "{one} and {other} are exchanged",
        one=case.words.gradient(case.paths.target),
        other=case.words.gradient(other),
    )
    return Slip("wrong value", case.exact[other], says)


def _is_product(edge: Edge) -> bool:
    node = edge.entry.node
    return node.op is MUL and len(set(node.arguments)) == 2


def _other(edge: Edge) -> Value | float:
    """The other factor."""
    first, second = edge.entry.node.arguments
    return second if first is edge.entry.operand else first


def with_number(case: Case, x: Value | float) -> str:
    """``z = 0.76``, or a plain number as it is."""
    return f"{case.words.say(x)} = {number(x.data)}" if isinstance(x, Value) else number(x)


def _standing(case: Case, edge: Edge, right: Value | float, wrong: Value | float) -> Iterator[Slip]:
    x = float(wrong)
    if x == edge.entry.local or not case.fits(gives := case.total + edge.change(float(right), x)):
        return
    says = _says_standing(case, edge, right, wrong)
    yield Slip("wrong value", gives, says, {edge.place: x})


def _says_standing(case: Case, edge: Edge, right: Value | float, wrong: Value | float) -> str:
    return say(
        "{wrong} stands where {right} belongs, in {line}",
        wrong=with_number(case, wrong),
        right=with_number(case, right),
        line=case.words.line(edge.entry.node),
    )


def _differentiated(case: Case, edge: Edge, right: Value) -> Iterator[Slip]:
    """The other factor is differentiated too: 3x² for x³ in ∂(a · x³)/∂a."""
    x = right.local_grads[0]
    if x in (1.0, -1.0, edge.entry.local):
        return
    if case.fits(gives := case.total + edge.change(float(right), x)):
        says = say(
            "{wrong} stands where {right} belongs, in {line}",
            wrong=f"{case.words.local(right, right.operands[0])} = {number(x)}",
            right=with_number(case, right),
            line=case.words.line(edge.entry.node),
        )
        yield Slip("wrong value", gives, says, {edge.place: x})


def _updated(case: Case, edge: Edge, right: Value) -> Iterator[Slip]:
    """The other factor has taken its step of gradient descent before it was used."""
    if right.op is not LEAF or not case.exact[right]:
        return
    for rate in RATES:
        x = right.data - rate * case.exact[right]
        if case.fits(gives := case.total + edge.change(right.data, x)):
            says = say(
                "{value} is taken as {there}, updated with the learning rate {rate}, where the "
                "old {here} belongs, in {line}",
                value=case.words.say(right),
                there=number(x),
                rate=number(rate),
                here=number(right.data),
                line=case.words.line(edge.entry.node),
            )
            yield Slip("wrong value", gives, says, {edge.place: x})
            return


def _one_for_all(case: Case, products: list[Edge]) -> Iterator[Slip]:
    """The number of one sample in all the samples of a batch."""
    alike: dict[int, list[Edge]] = {}
    for edge in products:
        alike.setdefault(edge.height, []).append(edge)
    for edges in alike.values():
        for one in edges if len(edges) > 1 else ():
            x = one.entry.local
            others = [edge for edge in edges if edge.entry.local != x]
            gives = case.total + math.fsum(e.change(e.entry.local, x) for e in others)
            if len(others) > 1 and case.fits(gives):
                says = say(
                    "{slip}, and so in {count} more like it",
                    slip=_says_standing(case, others[0], _other(others[0]), _other(one)),
                    count=len(others) - 1,
                )
                yield Slip("wrong value", gives, says, {edge.place: x for edge in others})


def _part_of_base(case: Case, edge: Edge) -> Iterator[Slip]:
    """a for a − y in the derivative 2(a − y) of its square."""
    e = edge.entry
    n, base = power(e), e.operand
    if n is None or base.op not in ("+", "-"):
        return
    for part in base.arguments:
        x = float(part)
        slope = n * x ** (n - 1.0) if x > 0.0 or (n.is_integer() and (x or n >= 1.0)) else e.local
        if slope != e.local and case.fits(gives := case.total + edge.change(e.local, slope)):
            says = say(
                "{wrong} stands where {right} belongs, in the derivative of {line}",
                wrong=with_number(case, part),
                right=with_number(case, base),
                line=case.words.line(e.node),
            )
            yield Slip("wrong value", gives, says, {edge.place: slope})


def _of_alike_function(case: Case, edge: Edge) -> Iterator[Slip]:
    """The derivative of the same function in another place, or of another layer's activation."""
    e = edge.entry
    if not is_function(e.node) and not power(e):
        return
    for other in case.exact:
        if not _is_alike(e.node, other) or other.local_grads[0] == e.local:
            continue
        slope = other.local_grads[0]
        if case.fits(gives := case.total + edge.change(e.local, slope)):
            says = say(
                "the derivative of {other}, {there}, stands where that of {line}, {here}, belongs",
                other=case.words.line(other),
                there=number(slope),
                line=case.words.line(e.node),
                here=number(e.local),
            )
            yield Slip("wrong value", gives, says, {edge.place: slope})


def _is_alike(node: Value, other: Value) -> bool:
    if node.op.is_activation and is_function(node):
        return other.op.is_activation and is_function(other)
    return other.op == node.op and other.arguments[1:] == node.arguments[1:]


def _at_inner_value(case: Case, edge: Edge) -> Iterator[Slip]:
    """The outer derivative at the inner value: f′(x) · g′(x) for the derivative of f(g(x))."""
    e, x = edge.entry, case.paths.target
    if not (is_function(e.node) or power(e)) or x is e.operand:
        return
    slope = apply(e.node, x.data).local_grads[0]
    gives = case.total + edge.change(e.local, slope)
    if slope != e.local and math.isfinite(gives) and case.fits(gives):
        says = say(
            "the derivative of {line} is taken at {wrong} = {there} instead of at {right} = {here}",
            line=case.words.line(e.node),
            wrong=case.words.say(x),
            there=number(x.data),
            right=case.words.say(e.operand),
            here=number(e.operand.data),
        )
        yield Slip("wrong point", gives, says, {edge.place: slope})


def _neighbours(case: Case, edges: list[Edge]) -> Iterator[Slip]:
    """A number from the same place in another product, or the same activation of another neuron."""
    products: list[dict[float, Value | float]] = [{}, {}]  # each number, where it is first
    activations: dict[str, dict[float, Value | float]] = {}
    for node in case.exact:
        if node.op is MUL:
            for numbers, wrong in zip(products, node.arguments):
                numbers.setdefault(float(wrong), wrong)
        elif node.op.is_activation:
            activations.setdefault(str(node.op), {}).setdefault(node.data, node)
    for edge in edges:
        right = _other(edge)
        others = products[edge.entry.node.arguments.index(right)]
        if isinstance(right, Value) and right.op.is_activation:
            others = others | activations[str(right.op)]
        for x, wrong in others.items():
            gives = case.total + edge.change(edge.entry.local, x)
            if wrong is not edge.entry.operand and x != edge.entry.local and case.fits(gives):
                yield from _standing(case, edge, right, wrong)
