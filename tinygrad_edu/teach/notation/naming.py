"""A name for every value of a graph: as labelled, by its place in a model, or numbered."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from itertools import count
from typing import Final

from ...engine import Value
from ...nn import Module, live_modules
from ...ops import LEAF
from .labels import Name, indexed, name_of, run_together, subscript, superscript
from .otherwise import quoted, read_otherwise

LOSSES: Final = ("L", "J", "C", "E", "loss", "cost")
"""What a root is called that is a loss; without a label it has the first that is not taken."""


def live_model(order: Iterable[Value]) -> Module | None:
    """The one that exists now and has all parameters that are in a graph.

    Of several it is the smallest, since a graph may have a part of a collection of models, and of
    modules with the same parameters the outermost. Two models beside each other have no names in
    common, so then there is none.
    """
    leaves = {v for v in order if not v.op}
    found: list[tuple[set[Value], Module]] = []
    for module in live_modules():
        with suppress(Exception):  # one that cannot tell has nothing to do with this graph
            own = set(module.parameters())
            if not own.isdisjoint(leaves):
                found.append((own, module))
    used = set[Value]().union(*[own for own, _ in found]) & leaves
    having_all = [(own, module) for own, module in found if own >= used]
    least = min([len(own) for own, _ in having_all], default=0)
    complete = [module for own, module in having_all if len(own) == least]
    if len(complete) > 1:  # a layer that is alone in its model has all of its parameters
        parts = {id(part) for module in complete for path, part in module.named_modules() if path}
        complete = [module for module in complete if id(module) not in parts]
    return complete[-1] if complete else None


def name_all(
    order: list[Value],
    lines: Iterable[Value],
    model: Module | None,
    mentioned: Set[Value] | None = None,
) -> dict[Value, Name]:
    """A name for each value, where `lines` are the nodes that stand by their name in formulas.

    With `mentioned` for those alone (the leaves and the lines among them), and the same names.
    """
    kept = set(lines)
    root, model = order[-1], model or live_model(order)
    labels = {v.label.strip() for v in order if v.label}
    otherwise = read_otherwise(labels, order)
    if mentioned is not None and all(v.op is LEAF or v in kept for v in mentioned):
        order = [v for v in order if v in mentioned]  # no v₁, v₂ …, of which all are counted
    places = places_of(order, kept, model)
    found: dict[Value, Name] = {}
    for v in order:
        if label := v.label.strip():
            found[v] = quoted(name_of(label)) if label in otherwise else name_of(label)
        elif v is root and v.op:
            letter = next((letter for letter in LOSSES if letter not in labels), "L")
            found[v] = name_of(letter)
        elif v in places:
            letter, (layer, *rest) = places[v]
            found[v] = indexed(letter, *rest, layer=layer) if layer else name_of_path(letter)
    numbered = Numbered(_told_apart(found))
    given: dict[Value, int] = {}
    passed = 0
    for v in order:
        if v in found:
            continue
        if mentioned is not None and v not in mentioned:
            passed += 1
            continue
        letter = "x" if v.op is LEAF else "z" if v in kept else "v"
        if letter == "v":
            for _ in range(passed):
                numbered.next(letter)
            passed = 0
        n = 0
        if v in kept and v.op.is_activation:  # a₃ = σ(z₃)
            letter, n = "a", given.get(v.operands[0], 0)
        given[v], found[v] = numbered.next(letter, n)
    return found


class Numbered:
    """Names x₁, x₂, … with the numbers that are not taken (see `looks_of`)."""

    def __init__(self, taken: set[object]) -> None:
        self._taken = taken
        self._numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))

    def next(self, letter: str, n: int = 0) -> tuple[int, Name]:
        """The next name of that letter and its number, which is `n` where that is free."""
        while not n or not self._taken.isdisjoint(_looks(indexed(letter, n))):
            n = next(self._numbers[letter])
        name = indexed(letter, n)
        self._taken.update(_looks(name))
        return n, name


def _told_apart(found: dict[Value, Name]) -> set[object]:
    """Number the second and later values of one name: h, h[2], h[3]; the looks of all."""
    seen: Counter[str] = Counter()
    used: set[object] = set()
    for v, name in found.items():
        while not used.isdisjoint(_looks(name)):
            seen[found[v].text] += 1
            name = Name(name.typed, name.pieces, seen[found[v].text] + 1)
        found[v] = name
        used.update(_looks(name))
    return used


def looks_of(names: Iterable[Name]) -> set[object]:
    """How a reader sees each of the names."""
    return {look for name in names for look in _looks(name)}


def _looks(name: Name) -> tuple[object, object]:
    """How a reader sees a name in text and in a formula: w_11 and w₁₁ are one there."""
    return name.text, name.looks


Place = tuple[str, tuple[int, ...]]
"""A letter, and the numbers of the layer, the neuron and the input, as far as it has them."""


def places_of(
    order: Iterable[Value], lines: Container[Value], model: Module | None
) -> dict[Value, Place]:
    """Where in the model each of its parameters is, and each z and a of its neurons.

    Layers are counted in the order in which the model has them. A parameter outside of layers is at
    (its path, (0,)).
    """
    if model is not None and not isinstance(model, Module):
        kind = type(model).__name__
        raise TypeError(f"model is a Module, such as an MLP, not {kind}: {model!r}")
    found: dict[Value, Place] = {}
    layers: dict[str, int] = {}  # by their paths
    for path, parameter in model.named_parameters() if model is not None else ():
        place = _PLACE.fullmatch(path)
        if place is None:
            found[parameter] = path, (0,)
        else:
            layer, *inside = place.groups()
            numbers = [int(i) + 1 for i in inside if i is not None]
            number = layers.setdefault(layer, len(layers) + 1)
            found[parameter] = "w" if ".w." in path else "b", (number, *numbers)
    for v in order if found else ():
        if v in lines and v.op and (neuron := _neuron_of(v, found)) is not None:
            letter, (layer, unit, *_) = neuron
            if letter == "z" or _is_activated(model, list(layers)[layer - 1], unit):
                found[v] = letter, (layer, unit)
    return found


def _is_activated(model: Module | None, layer: str, unit: int) -> bool:
    """Whether that neuron has an activation; without one, a function of its z is not its a."""
    parts = dict(model.named_modules()) if model is not None else {}
    neurons = getattr(parts.get(layer), "neurons", ())
    return unit > len(neurons) or bool(getattr(neurons[unit - 1], "nonlin", True))


def name_of_path(path: str) -> Name:
    """The name of a parameter that is kept in an attribute, alone or in lists: W₁₂ of ``W.0.1``.

    Where the attribute is a letter and a number, that is the layer's, as in textbooks.

    >>> [str(name_of_path(path)) for path in ("scale", "W.0.1", "b.0", "w2.0.1", "W_h.0.1")]
    ['scale', 'W₁₂', 'b₁', 'w⁽²⁾₁₂', 'W_h_12']
    """
    attribute, *places = path.split(".")
    if not places or not all(place.isdigit() for place in places):
        return name_of(path)  # (of a module in the model)
    index = run_together([int(place) + 1 for place in places])
    layer = _LAYER.fullmatch(attribute)
    if layer is not None:
        return name_of(layer[1] + superscript(f"({layer[2]})") + subscript(index))
    if attribute.isalpha():
        return name_of(attribute + subscript(index))
    return name_of(f"{attribute}_{{{index}}}" if "," in index else f"{attribute}_{index}")


_LAYER: Final = re.compile(r"([^\W\d_])(\d+)")
_PLACE: Final = re.compile(r"([^.]+(?:\.\d+)?)\.neurons\.(\d+)\.(?:w\.(\d+)|b)")
"""A parameter of a layer that the model has in an attribute, or in a list: not in another model."""


def _neuron_of(v: Value, places: Mapping[Value, Place]) -> Place | None:
    """The z or the a of a neuron: what sums up its weights and bias, or the activation of that."""
    if v.op.is_activation:
        letter, place = places.get(v.operands[0], ("", (0,)))
        return ("a", place) if letter == "z" else None
    while v.op == "+":  # down the sum, to a term that has a parameter
        first, last = v.arguments
        for term in (last, first):
            if isinstance(term, Value):
                factors = [places[u] for u in term.operands if u in places and term.op == "*"]
                weights = [place for letter, place in factors if letter == "w" and place[0]]
                letter, place = places.get(term, ("", (0,)))
                if letter == "b" and place[0]:
                    return "z", place[:2]
                if len(weights) == 1:  # (two are multiplied in a penalty)
                    return "z", weights[0][:2]
        if not isinstance(first, Value):
            break
        v = first
    return None
