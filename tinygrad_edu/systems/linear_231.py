"""System 1: two inputs, three linear neurons, one linear output, every gradient by hand.

    zⱼ = w′ⱼ₁·x₁ + w′ⱼ₂·x₂        ŷ = w″₁₁·z₁ + w″₁₂·z₂ + w″₁₃·z₃        L = ½(y − ŷ)²

No bias and no activation function. w′ⱼᵢ leads from xᵢ to zⱼ, and w″₁ⱼ from zⱼ to ŷ.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import NamedTuple

from ..cli.terminal import progress
from ..engine import Value
from ..language import say
from ..nn import Module
from ..optim import SGD
from ..text import number, table
from . import derivations, graphs

SUMMARY = "two inputs, three linear neurons, one linear output: every gradient by hand"
LEARNING_RATE = 1e-5
EPOCHS = 100


class Pass(NamedTuple):
    """What one forward pass computes."""

    z: list[Value]
    prediction: Value
    loss: Value


def indices(neuron: str, source: str, input_first: bool) -> str:
    """A weight's indices: of its neuron and of what it comes from, or in the tutorial's order."""
    return source + neuron if input_first else neuron + source


class Network(Module):
    """The inputs, the target and the nine weights, labelled.

    input_first  numbers the weights as the tutorial does: w′ᵢⱼ leads from xᵢ to zⱼ
    """

    def __init__(self, input_first: bool = False) -> None:
        self.x: list[Value] = [Value(40.0, "x₁"), Value(80.0, "x₂")]
        self.y: Value = Value(60.0, "y")
        self.hidden: list[list[Value]] = [
            [Value(0.5, "w′" + indices(j, i, input_first)) for i in "₁₂"] for j in "₁₂₃"
        ]
        self.output: list[Value] = [Value(1.0, "w″" + indices("₁", j, input_first)) for j in "₁₂₃"]

    def __call__(self) -> Pass:
        """The forward pass, its results labelled."""
        x1, x2 = self.x
        v1, v2, v3 = self.output
        z1, z2, z3 = (w1 * x1 + w2 * x2 for w1, w2 in self.hidden)
        prediction = v1 * z1 + v2 * z2 + v3 * z3
        loss = 0.5 * (self.y - prediction) ** 2
        z1.label, z2.label, z3.label = "z₁", "z₂", "z₃"
        prediction.label, loss.label = "ŷ", "L"
        return Pass([z1, z2, z3], prediction, loss)

    def parameters(self) -> list[Value]:
        """The weights: the inputs and the target are not trained."""
        return [*(w for row in self.hidden for w in row), *self.output]


def graph() -> Value:
    """L, with the whole graph behind it."""
    return Network()().loss


def gradients_by_hand(input_first: bool = False) -> list[tuple[str, str, float]]:
    """Each gradient as (its name, its formula, its number), by the chain rule on paper.

    ∂L/∂w″₁ⱼ = ∂L/∂ŷ · ∂ŷ/∂w″₁ⱼ, and ∂L/∂w′ⱼᵢ = ∂L/∂ŷ · ∂ŷ/∂zⱼ · ∂zⱼ/∂w′ⱼᵢ.
    """
    v_of = {j: "w″" + indices("₁", j, input_first) for j in "₁₂₃"}
    x, y, w, v = (40.0, 80.0), 60.0, 0.5, 1.0
    z = w * x[0] + w * x[1]  # = 60, for all three
    prediction = v * z + v * z + v * z  # = 180
    error = prediction - y  # = 120
    rows = [("∂L/∂ŷ", "ŷ − y", error)]
    rows += [(f"∂L/∂{v_of[j]}", f"(ŷ − y)·z{j}", error * z) for j in "₁₂₃"]
    rows += [(f"∂L/∂z{j}", f"(ŷ − y)·{v_of[j]}", error * v) for j in "₁₂₃"]
    rows += [
        (
            f"∂L/∂w′{indices(j, i, input_first)}",
            f"(ŷ − y)·{v_of[j]}·x{i}",
            error * v * x_i,
        )
        for j in "₁₂₃"
        for i, x_i in zip("₁₂", x)
    ]
    return rows


Curve = list[tuple[float, float]]
"""(prediction, loss) before each update."""


def train_written_out() -> Curve:
    """Gradient descent with its update written out: w ← w − lr · ∂L/∂w."""
    network = Network()
    curve = []
    for _ in range(EPOCHS):
        forward = network()
        curve.append((forward.prediction.data, forward.loss.data))
        network.zero_grad()
        forward.loss.backward()
        for w in network.parameters():
            w.data = w.data - LEARNING_RATE * w.grad
    return curve


def train_with_sgd() -> Curve:
    """The same by `optim.SGD`."""
    network = Network()
    optimizer = SGD(network.parameters(), lr=LEARNING_RATE)
    curve = []
    for _ in progress(range(EPOCHS)):
        forward = network()
        curve.append((forward.prediction.data, forward.loss.data))
        optimizer.zero_grad()
        forward.loss.backward()
        optimizer.step()
    return curve


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu linear-231``."""
    parser.add_argument(
        "--input-first",
        action="store_true",
        help=say("number the weights as the tutorial does: w′ᵢⱼ leads from xᵢ to zⱼ"),
    )
    parser.add_argument(
        "--all-epochs", action="store_true", help=say("print the prediction and loss of each step")
    )
    derivations.add_options(parser)
    graphs.add_options(parser)


def convention(input_first: bool) -> str:
    """How the weights are numbered, in words."""
    if input_first:
        return say("w′ᵢⱼ leads from xᵢ to zⱼ: the input's index comes first, as in the tutorial")
    return say("w′ⱼᵢ leads from xᵢ to zⱼ: the neuron's index comes first; the tutorial has w′ᵢⱼ")


def run(options: Namespace) -> None:
    """Print the system's numbers, train it, and draw its graph."""
    network = Network(options.input_first)
    first = network()
    if derivations.is_wanted(options):
        derivations.print_derivation(first.loss, network.parameters(), LEARNING_RATE, options)
        print("\n" + convention(options.input_first))
        return
    print(say("{name}: {summary}", name="linear-231", summary=say(SUMMARY)) + "\n")
    sums = [f"{w.label}·{x.label}" for w, x in zip(network.hidden[0], network.x)]
    output = " + ".join(f"{v.label}·z{j}" for v, j in zip(network.output, "₁₂₃"))
    print(f"  z₁ = {' + '.join(sums)}    ŷ = {output}    L = ½(y − ŷ)²")
    print(f"  {convention(options.input_first)}")
    print("  " + say("x₁ = 40, x₂ = 80, y = 60; every w′ is 0.5, every w″ is 1") + "\n")
    print(say("The forward pass"))
    for j, z in zip("₁₂₃", first.z):
        print(f"  z{j} = 0.5·40 + 0.5·80 = {number(z.data)}")
    print(f"  ŷ  = 1·60 + 1·60 + 1·60 = {number(first.prediction.data)}")
    print(f"  L  = ½(60 − 180)² = {number(first.loss.data)}\n")

    print(say("The gradients"))
    first.loss.backward()
    print(graphs.compare(first.loss, gradients_by_hand(options.input_first)))

    rate = f"{LEARNING_RATE:.5f}"
    print("\n" + say("One step of gradient descent: w ← w − {rate}·∂L/∂w", rate=rate))
    for w in [network.output[0], *network.hidden[0]]:
        after = w.data - LEARNING_RATE * w.grad
        step = f"{w.data:g} − {rate}·{w.grad:g}"
        print(f"  {w.label:4} = {step} = {number(after)}")
    print("  " + say("(and the same for neurons 2 and 3)") + "\n")

    curve = train_with_sgd()
    print(say("{count} such steps, prediction and loss before each", count=EPOCHS))
    shown = range(EPOCHS) if options.all_epochs else [0, 1, 2, 5, 10, 50, 99]
    print(table((say("epoch"), "ŷ", "L"), [(float(epoch), *curve[epoch]) for epoch in shown]))
    same = curve == train_written_out()
    how = say("identical to the last bit") if same else say("DIFFERENT")
    print("  " + say("by optim.SGD, and with the update written out: {how}", how=how))
    graphs.draw(first.loss, options.out)
