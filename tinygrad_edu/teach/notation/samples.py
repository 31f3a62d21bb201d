"""Which numbers of a graph are a network's inputs and targets, and what they are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from ...engine import Value
from ...nn import Module
from ...ops import ADD, LEAF, MUL, POW, SUB
from .labels import subscript, superscript
from .naming import places_of


class Place(NamedTuple):
    """The number of a sample and that of a component of it, each from 1 on."""

    sample: int
    component: int


class Data:
    """The inputs x⁽ⁱ⁾ₖ and the targets y⁽ⁱ⁾ⱼ of a graph.

    An input is a number, or a leaf without a label, that a weight of the model's first layer
    multiplies; a target is one that an output is subtracted from or compared with. Without a
    model only leaves are recognized: what a square's other term is computed from.

    outputs  the model's outputs with their places
    """

    def __init__(self, order: list[Value], model: Module | None) -> None:
        self.outputs: dict[Value, Place] = {}
        self._numbers: dict[tuple[Value, int], tuple[str, Place]] = {}
        self._leaves: dict[Value, tuple[str, Place]] = {}
        self._made: dict[tuple[str, Place], Value] = {}
        self._copies: dict[Value, Value] = {}
        self._same: dict[Value, tuple[str, Place]] = {}
        if model is not None:
            self._find(order, model)
        else:
            self._find_targets(order)
        self._find_divergences(order)

    def _find(self, order: list[Value], model: Module) -> None:
        added = {v for node in order if node.op is ADD for v in node.operands}
        neurons = {v for v in order if v.op.is_activation or (v.op is ADD and v not in added)}
        places = places_of(order, neurons, model)
        last = max((place[0] for letter, place in places.values() if letter == "w"), default=0)
        activated = {v.operands[0] for v, (letter, _) in places.items() if letter == "a"}
        seen: Counter[int] = Counter()
        inputs: dict[Value, int] = {}  # of the weights of the first layer, the input's number
        for v, (letter, numbers) in places.items():
            if letter == "w" and numbers[0] == 1:
                inputs[v] = numbers[2]
            elif letter in ("z", "a") and numbers[0] == last and v not in activated:
                seen[numbers[1]] += 1
                self.outputs[v] = Place(seen[numbers[1]], numbers[1])
        users = _users(order, [*inputs, *self.outputs])
        for weight, component in inputs.items():
            products = [v for v in users[weight] if v.op is MUL]
            # (0.1 · w of the penalty 0.1 · w · w is multiplied with the weight again: no x · w)
            again = {v for product in products for v in product.operands}
            products = [v for v in products if v not in again]
            for sample, (node, i) in enumerate(_beside(weight, products, places), 1):
                if _has_no_name(node.arguments[i]):
                    self._note(node, i, "x", Place(sample, component))
        compared = set(_compared(order, [node for v in self.outputs for node in users[v]]))
        for output, place in self.outputs.items():
            nodes = [node for node in users[output] if node in compared]
            for node, i in _beside(output, nodes, places):
                if _has_no_name(node.arguments[i]):
                    self._note(node, i, "y", place)

    def _find_targets(self, order: list[Value]) -> None:
        found = 0
        for node in _compared(order, [node for node in order if node.op is SUB]):
            first, second = node.arguments
            for i, data, other in ((0, first, second), (1, second, first)):
                is_leaf = isinstance(data, Value) and _has_no_name(data)
                if is_leaf and isinstance(other, Value) and other.op is not LEAF:
                    found += 1
                    self._note(node, i, "y", Place(found, 1))
        for node in order:
            if node.op == "relu" and (product := _margin(node.operands[0])) is not None:
                found += 1
                self._note(product, 0, "y", Place(found, 1))

    def _find_divergences(self, order: list[Value]) -> None:
        """The y of y (ln y − x), and of e^y (y − x), of which a loss makes a leaf, or two."""
        for node, x, made in _divergences(order):
            key = "y", self.outputs.setdefault(x, Place(1, len(self.outputs) + 1))
            y = node.arguments[0]
            if isinstance(y, float):
                self._numbers[node, 0] = key
            elif not made:
                self._leaves.setdefault(y if y.op is LEAF else y.operands[0], key)
            self._same |= dict.fromkeys(made, key)

    def _note(self, node: Value, position: int, letter: str, place: Place) -> None:
        data = node.arguments[position]
        if isinstance(data, Value):
            self._leaves.setdefault(data, (letter, place))
        else:
            self._numbers[node, position] = letter, place

    # What they become

    @property
    def numbers(self) -> Container[Value]:
        """The leaves that a loss has made of a number, which stands elsewhere in it too."""
        return self._same

    def named(self, leaf: Value) -> Value:
        """The leaf, or one in its place that will have a name."""
        if leaf in self._same:
            return self._leaf(*self._same[leaf], leaf.data) or leaf
        if leaf not in self._leaves:
            return leaf
        return self._copies.setdefault(leaf, Value(leaf.data))

    def at(self, node: Value, position: int, number: float) -> Value | float:
        """A leaf in place of a plain number, if that is an input or a target."""
        key = self._numbers.get((node, position))
        leaf = None if key is None else self._leaf(*key, number)
        return number if leaf is None else leaf

    def target(self, output: Value, y: float) -> Value | None:
        """A leaf for the target of an output."""
        return self._leaf("y", self._place(output), y)

    def _place(self, output: Value) -> Place:
        """Where an output stands; one that is not the model's is that of the next sample."""
        return self.outputs.setdefault(output, Place(len(self.outputs) + 1, 1))

    def call(self, made: Value, letter: str, output: Value) -> None:
        """A name for what is made of an output: that letter with the output's indices."""
        self._made[letter, self._place(output)] = made

    def _leaf(self, letter: str, place: Place, number: float) -> Value | None:
        """The one leaf of that name, unless its number is another one."""
        made = self._made.setdefault((letter, place), Value(number))
        return made if made.data == number else None

    def label(self) -> None:
        """Give each a name: x⁽²⁾₁ is the first input of the second sample.

        Of one sample it is x₁, and x of one input.
        """
        leaves = [(self._leaves[old], new) for old, new in self._copies.items()]
        for (letter, place), leaf in [*self._made.items(), *leaves]:
            places = [p for other, p in [*self._made, *self._leaves.values()] if other == letter]
            leaf.label = letter + place_text(place, places)


def place_text(place: Place, among: Iterable[Place]) -> str:
    """The sample as a superscript and the component as a subscript, where there are several."""
    sample = superscript(f"({place.sample})") if any(p.sample > 1 for p in among) else ""
    component = subscript(str(place.component)) if any(p.component > 1 for p in among) else ""
    return sample + component


def _users(order: list[Value], values: Iterable[Value]) -> dict[Value, list[Value]]:
    """The nodes that use each of the values, in the order of the forward pass."""
    found: dict[Value, list[Value]] = {v: [] for v in values}
    for node in order:
        for v in node.operands:
            if v in found:
                found[v].append(node)
    return found


def _compared(order: list[Value], nodes: Iterable[Value]) -> list[Value]:
    """Those of the nodes that are the y − a of (y − a)² and |y − a|, or the y · a of 1 − y · a."""
    return [
        node
        for node, users in _users(order, nodes).items()
        if (node.op is SUB and any(u.op in (POW, "abs") for u in users))
        or (node.op is MUL and any(u.op is SUB and u.arguments == (1.0, node) for u in users))
    ]


def made_of_numbers(order: list[Value]) -> set[Value]:
    """The leaves that losses have made of a number, which stands elsewhere in them too."""
    return {leaf for _, _, made in _divergences(order) for leaf in made}


def _divergences(order: list[Value]) -> Iterator[tuple[Value, Value, list[Value]]]:
    """The products of y and ln y − x, or of e^y and y − x, the x, and the leaves made for y."""
    for node in order:
        if node.op is not MUL or (found := _logarithm_beside(*node.arguments)) is None:
            continue
        logarithm, x = found
        y = node.arguments[0]
        if isinstance(y, float):
            yield node, x, [logarithm.operands[0]]
        elif logarithm.op is LEAF and y.operands[0] is not logarithm:
            yield node, x, [logarithm, y.operands[0]]
        else:
            yield node, x, []


def _logarithm_beside(y: Value | float, difference: Value | float) -> tuple[Value, Value] | None:
    """The ln y and the x of y · (ln y − x), or of e^y · (y − x), where y has no name."""
    if not isinstance(difference, Value) or difference.op is not SUB:
        return None
    logarithm, x = difference.arguments
    if not isinstance(logarithm, Value) or not isinstance(x, Value) or logarithm.label:
        return None
    if isinstance(y, float):
        is_one = logarithm.op == "log" and _is_number(logarithm.operands[0], y)
    elif y.op is LEAF:
        is_one = logarithm.op == "log" and logarithm.operands[0] is y and _has_no_name(y)
    else:
        of_numbers = y.op == "exp" and _is_number(y.operands[0], logarithm.data)
        is_one = of_numbers and _is_number(logarithm, logarithm.data)
    return (logarithm, x) if is_one else None


def _is_number(v: Value, x: float) -> bool:
    """Whether it is a leaf without a name that has that value."""
    return v.op is LEAF and _has_no_name(v) and v.data == x


def _margin(v: Value) -> Value | None:
    """The y · a of the 1 − y · a of a hinge loss with its target as a number."""
    if v.op is not SUB:
        return None
    first, product = v.arguments
    if first != 1.0 or not isinstance(product, Value) or product.op is not MUL:
        return None
    return product if product.arguments[0] in (1.0, -1.0) else None


def _beside(
    known: Value, nodes: Iterable[Value], places: Container[Value]
) -> Iterator[tuple[Value, int]]:
    """Where among the nodes' arguments a leaf or a number stands beside a known operand."""
    for node in nodes:
        first, second = node.arguments
        i, data = (0, first) if second is known else (1, second)
        if data not in places and not (isinstance(data, Value) and data.op):
            yield node, i


def _has_no_name(x: Value | float) -> bool:
    return not isinstance(x, Value) or (x.op is LEAF and not x.label.strip())
