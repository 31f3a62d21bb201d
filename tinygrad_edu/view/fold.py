"""Which nodes of a graph one call of a neuron, or of a layer, has made.

Nothing on a node says so. It follows from the structure: a neuron's weights lead to its products,
those to the sum that all of them and the bias are in, and that to the activation function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..engine import Value
from ..language import say
from ..nn import Layer, Neuron, activation_name, live_modules
from ..ops import ADD, MUL


@dataclass
class Call:
    """A call of a neuron: its nodes, operands first, and what each weight was multiplied by."""

    neuron: Neuron
    nodes: list[Value]
    inputs: dict[Value, Value | float] = field(default_factory=dict)
    has_bias: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every weight, and the bias if there is one, is in the sum."""
        has_all_weights = len(self.inputs) == len(self.neuron.w)
        return has_all_weights and self.has_bias == (self.neuron.b is not None)

    @property
    def output(self) -> Value:
        """What the call returned."""
        return self.nodes[-1]

    def slopes(self) -> dict[Value, float]:
        """∂output/∂x of each Value x that is an input."""
        found = {self.output: 1.0}
        for v in reversed(self.nodes):
            for operand, slope in zip(v.operands, v.pull_back(found[v])):
                found[operand] = found.get(operand, 0.0) + slope
        return {x: found[x] for x in self.inputs.values() if isinstance(x, Value)}


@dataclass
class Box:
    """Calls that are drawn as one: a neuron's, or those of a layer's neurons on one input."""

    title: str
    calls: list[Call]

    @property
    def outputs(self) -> list[Value]:
        """What the calls returned."""
        return [call.output for call in self.calls]

    @property
    def inputs(self) -> list[Value | float]:
        """What the calls were given, the same for all, in the order of the weights."""
        call = self.calls[0]
        return [call.inputs[w] for w in call.neuron.w]


def calls(order: Iterable[Value]) -> list[Call]:
    """Every call of a live neuron whose nodes are all in `order`, which has operands first."""
    neurons = [m for m in live_modules() if isinstance(m, Neuron)]
    by_weight = {w: neuron for neuron in neurons for w in neuron.w}
    sums: dict[Value, Call] = {}  # by their last node, those that are not complete
    complete: dict[Value, Call] = {}
    found: list[Call] = []
    for v in order:
        call = _product(v, by_weight) or _sum(v, sums)
        if call is None:
            _activate(v, complete)
        elif call.is_complete:
            complete[v] = call
            found.append(call)
        else:
            sums[v] = call
    return found


def _product(v: Value, by_weight: dict[Value, Neuron]) -> Call | None:
    """The call that begins with a product of a weight and something else."""
    if v.op is not MUL:
        return None
    weights = [x for x in v.operands if x in by_weight]
    if len(weights) != 1:
        return None
    a, b = v.arguments
    w = weights[0]
    return Call(by_weight[w], [v], {w: b if a is w else a})


def _sum(v: Value, sums: dict[Value, Call]) -> Call | None:
    """The call whose parts, or part and bias, `v` adds."""
    if v.op is not ADD or len(v.operands) != 2:
        return None
    a, b = v.operands
    left, right = sums.get(a), sums.get(b)
    if left is not None and right is not None:
        if left.neuron is not right.neuron or not left.inputs.keys().isdisjoint(right.inputs):
            return None
        left.inputs |= right.inputs
        left.nodes += right.nodes
        left.has_bias |= right.has_bias
        whole = left
    else:
        part, other = (left, b) if left is not None else (right, a)
        if part is None or other is not part.neuron.b or part.has_bias:
            return None
        part.has_bias = True
        whole = part
    whole.nodes.append(v)
    sums.pop(a, None)
    sums.pop(b, None)
    return whole


def _activate(v: Value, complete: dict[Value, Call]) -> None:
    """Add `v` to the call whose weighted sum it applies the neuron's activation function to."""
    if len(v.operands) == 1 and v.operands[0] in complete:
        activation = complete[v.operands[0]].neuron.activation
        if activation is not None and (v.op == activation or v.op.function is activation):
            complete.pop(v.operands[0]).nodes.append(v)


def by_neuron(found: Sequence[Call]) -> list[Box]:
    """A box for each call."""
    places = _places()
    return [Box(_neuron(places[id(c.neuron)], c.neuron), [c]) for c in found]


def by_layer(found: Sequence[Call]) -> list[Box]:
    """A box for each call of a layer; a neuron that is in no layer has its own."""
    layers = {
        id(neuron): layer
        for layer in live_modules()
        if isinstance(layer, Layer)
        for neuron in layer.neurons
    }
    places = _places()
    boxes: dict[tuple[object, ...], Box] = {}
    times: dict[tuple[object, ...], int] = {}
    for call in found:
        whole = layers.get(id(call.neuron))
        inputs = tuple(call.inputs[w] for w in call.neuron.w)
        this = (id(call.neuron), inputs)
        times[this] = times.get(this, 0) + 1  # a second call on the same is another of the layer's
        key = (id(whole or call.neuron), inputs, times[this])
        if key not in boxes:
            if whole is None:
                title = _neuron(places[id(call.neuron)], call.neuron)
            else:
                title = _layer(places[id(whole)], len(whole.neurons), call.neuron)
            boxes[key] = Box(title, [])
        boxes[key].calls.append(call)
    return list(boxes.values())


def _places() -> dict[int, str]:
    """The place of each live module in the largest that holds it: `` 2.3`` of layers.1.neurons.2.

    Counted from 1, as in the formulas: the weights of neuron 2.3 are w⁽²⁾₃₁, w⁽²⁾₃₂ … By `id`:
    the modules are alive while the graph is drawn.
    """
    paths: dict[int, str] = {}
    for module in live_modules():
        for path, part in module.named_modules():
            if len(path) >= len(paths.get(id(part), "")):
                paths[id(part)] = path
    places = {}
    for i, path in paths.items():
        names = [name for name in path.split(".") if name not in ("", "layers", "neurons")]
        numbers = [str(int(name) + 1) if name.isdigit() else name for name in names]
        places[i] = " " + ".".join(numbers) if numbers else ""
    return places


def _neuron(place: str, neuron: Neuron) -> str:
    activation = activation_name(neuron.activation)
    return say("neuron{place}, {activation}", place=place, activation=activation)


def _layer(place: str, size: int, neuron: Neuron) -> str:
    activation = activation_name(neuron.activation)
    if size == 1:
        return say("layer{place}: 1 neuron, {activation}", place=place, activation=activation)
    return say(
        "layer{place}: {number} neurons, {activation}",
        place=place,
        number=size,
        activation=activation,
    )
