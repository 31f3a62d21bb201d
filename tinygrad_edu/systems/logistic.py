"""System 3: one sigmoid neuron with binary cross-entropy, and then two layers of them.

    z = w₁·x₁ + w₂·x₂ + b        a = σ(z)        J = −[y ln a + (1−y) ln(1−a)]

Over m samples J is the mean.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from ..cli.options import seed
from ..cli.terminal import curve, progress
from ..data import Rows, moons
from ..engine import Value
from ..functions import log, sigmoid
from ..language import say
from ..losses import binary_cross_entropy
from ..nn import MLP, Module
from ..optim import SGD
from ..text import number
from . import derivations, graphs

SUMMARY = "one sigmoid neuron, binary cross-entropy; then two layers against matrix formulas"
HIDDEN = 4
STEPS = 200
LEARNING_RATE = 1.0


class Logistic(Module):
    """The one neuron: its weights and its bias, labelled."""

    def __init__(self) -> None:
        self.w1: Value = Value(0.5, "w₁")
        self.w2: Value = Value(-0.25, "w₂")
        self.b: Value = Value(0.1, "b")

    def __call__(self) -> Value:
        """J for x = (1.5, -2) and y = 1, with the whole graph behind it, labelled."""
        x1, x2, y = Value(1.5, "x₁"), Value(-2.0, "x₂"), Value(1.0, "y")
        z = self.w1 * x1 + self.w2 * x2 + self.b
        a = sigmoid(z)
        cost = -(y * log(a) + (1.0 - y) * log(1.0 - a))
        z.label, a.label, cost.label = "z", "a", "J"
        return cost


def graph() -> Value:
    """J of the one neuron, with the whole graph behind it, labelled."""
    return Logistic()()


def gradients_by_hand() -> list[tuple[str, str, float]]:
    """Each gradient as (its name, its formula, its number), by the chain rule on paper.

    ∂J/∂a = −y/a + (1−y)/(1−a) and ∂a/∂z = a(1−a), whose product is ∂J/∂z = a − y.
    """
    w, x, b, y = (0.5, -0.25), (1.5, -2.0), 0.1, 1.0
    a = 1.0 / (1.0 + math.exp(-(w[0] * x[0] + w[1] * x[1] + b)))
    return [
        ("∂J/∂z", "a − y", a - y),
        ("∂J/∂w₁", "(a − y)·x₁", (a - y) * x[0]),
        ("∂J/∂w₂", "(a − y)·x₂", (a - y) * x[1]),
        ("∂J/∂b", "a − y", a - y),
    ]


def network(seed: int) -> MLP:
    """Two sigmoid layers, 2-4-1: weights from N(0, 1), biases 0."""
    return MLP(
        2,
        [HIDDEN, 1],
        activation="sigmoid",
        output_activation="sigmoid",
        init="normal",
        seed=seed,
    )


def matrix_gradients(parameters: Sequence[float], X: Rows, y: Sequence[float]) -> list[float]:
    """The gradients of the mean J by the matrix formulas, on plain numbers.

    δ₂ = a₂ − y                        ∂J/∂W₂ = a₁ᵀδ₂/m        ∂J/∂b₂ = mean of δ₂
    δ₁ = δ₂W₂ᵀ ⊙ σ′(z₁)                ∂J/∂W₁ = Xᵀδ₁/m         ∂J/∂b₁ = mean of δ₁

    Parameters and gradients are in the order of ``network(seed).parameters()``: each hidden
    neuron's weights and bias, then the output's.
    """
    inputs, m = len(X[0]), len(X)
    W1 = [list(parameters[j : j + inputs]) for j in range(0, HIDDEN * (inputs + 1), inputs + 1)]
    b1 = parameters[inputs : HIDDEN * (inputs + 1) : inputs + 1]
    W2, b2 = parameters[-HIDDEN - 1 : -1], parameters[-1]

    a1 = [[_sigmoid(_dot(w, x) + b) for w, b in zip(W1, b1)] for x in X]
    a2 = [_sigmoid(_dot(W2, a) + b2) for a in a1]
    delta2 = [a - t for a, t in zip(a2, y)]
    delta1 = [[d * v * a * (1.0 - a) for v, a in zip(W2, hidden)] for d, hidden in zip(delta2, a1)]
    gradients = []
    for delta in zip(*delta1):  # of one hidden neuron, over the samples
        gradients += [_dot(delta, x) / m for x in zip(*X)]
        gradients.append(sum(delta) / m)
    gradients += [_dot(delta2, a) / m for a in zip(*a1)]
    gradients.append(sum(delta2) / m)
    return gradients


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def _dot(u: Sequence[float], v: Sequence[float]) -> float:
    return sum(p * q for p, q in zip(u, v))


def train(model: MLP, X: Rows, y: Sequence[float]) -> tuple[list[float], float]:
    """Full-batch gradient descent: the losses, and how far the gradients were from the formulas.

    That is the largest of all steps' ‖engine − formulas‖/‖formulas‖.
    """
    optimizer = SGD(model.parameters(), lr=LEARNING_RATE)
    losses, difference = [], 0.0
    for _ in progress(range(STEPS)):
        loss = binary_cross_entropy([model(x) for x in X], y)
        losses.append(loss.data)
        optimizer.zero_grad()
        loss.backward()
        formulas = matrix_gradients([p.data for p in model.parameters()], X, y)
        engine = [p.grad for p in model.parameters()]
        difference = max(difference, math.dist(engine, formulas) / math.hypot(*formulas))
        optimizer.step()
    return losses, difference


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu logistic``."""
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        help=say("of the two layers' weights (default: %(default)s)"),
    )
    derivations.add_options(parser)
    graphs.add_options(parser)


def run(options: Namespace) -> None:
    """Print the neuron's numbers, draw its graph, and train the two layers."""
    neuron = Logistic()
    cost = neuron()
    if derivations.is_wanted(options):
        _print_derivations(neuron, cost, options)
        return
    values = graphs.labelled(cost)
    z, a = values["z"].data, values["a"].data
    print(say("{name}: {summary}", name="logistic", summary=say(SUMMARY)) + "\n")
    print(say("One neuron: w = (0.5, -0.25), b = 0.1, x = (1.5, -2), y = 1"))
    print(f"  z = w·x + b = {number(z)}")
    print(f"  a = σ(z) = {a!r}")
    print(f"  J = −[y ln a + (1−y) ln(1−a)] = {cost.data!r}\n")
    print(say("∂J/∂z = ∂J/∂a · ∂a/∂z = (−y/a + (1−y)/(1−a)) · a(1−a) = a − y, and so"))
    cost.backward()
    print(graphs.compare(cost, gradients_by_hand()))

    X, y = moons(40, seed=options.seed)
    losses, difference = train(network(options.seed), X, y)
    title = say(
        "Two layers, {layers}, on 40 points of two moons: {steps} steps at learning rate {rate}",
        layers=f"2-{HIDDEN}-1",
        steps=STEPS,
        rate=f"{LEARNING_RATE:g}",
    )
    print(f"\n{title}")
    print("  " + say("δ₂ = a₂ − y,  δ₁ = δ₂W₂ᵀ ⊙ σ′(z₁),  averaged over the 40 points"))
    print(curve(say("step"), "J", losses, every=50))
    farthest = say(
        "‖engine − formulas‖/‖formulas‖ of the gradient, the largest of the {steps} steps: {norm}",
        steps=STEPS,
        norm=f"{difference:.1e}",
    )
    print(f"  {farthest}")
    graphs.draw(cost, options.out)


def _print_derivations(neuron: Logistic, cost: Value, options: Namespace) -> None:
    """Print the derivation of the neuron, or of the two layers on three points as well."""
    rate = Value(LEARNING_RATE, "α")
    derivations.print_derivation(cost, neuron.parameters(), rate, options)
    if options.matrix:
        X, y = moons(40, seed=options.seed)
        model = network(options.seed)
        batch = binary_cross_entropy([model(x) for x in X[::14]], y[::14])
        batch.label = "J"
        print()
        derivations.print_derivation(batch, model.parameters(), rate, options, model)
    derivations.print_notes(
        [
            "∂J/∂wⱼ = 1/m Σᵢ (h(x⁽ⁱ⁾) − y⁽ⁱ⁾)·xⱼ⁽ⁱ⁾",
            "z₁ = W₁x + b₁    a₁ = σ(z₁)    z₂ = W₂a₁ + b₂    a₂ = σ(z₂)",
            "δ₂ = a₂ − y    δₕ = (Σₖ Wₕₖδₖ)·σ′(zₕ)    ∂J/∂Wⱼₖ = aⱼδₖ    W ← W − α·∂J/∂W",
            say("and as arrays whose m rows are the samples:"),
            "δ₂ = a₂ − y            ∂J/∂W₂ = a₁ᵀδ₂    " + say("∂J/∂b₂ = the column sums of δ₂"),
            "δ₁ = δ₂W₂ᵀ ⊙ σ′(z₁)    ∂J/∂W₁ = Xᵀδ₁     " + say("∂J/∂b₁ = the column sums of δ₁"),
            say("(Its listing has these sums; its formulas, and this system, divide them by m.)"),
        ]
    )
