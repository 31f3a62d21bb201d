"""System 6: the δ recursion of the textbooks, 2-3-1 with sigmoids everywhere.

    zˡ = Wˡaˡ⁻¹ + bˡ        aˡ = σ(zˡ)        a⁰ = x        C = 1/(2N) Σ‖y − a²‖²
    δ² = (a² − y) ⊙ σ′(z²)                    δ¹ = (W²)ᵀδ² ⊙ σ′(z¹)
    ∂C/∂wˡⱼₖ = δˡⱼ·aˡ⁻¹ₖ                      ∂C/∂bˡⱼ = δˡⱼ

δˡⱼ is ∂C/∂zˡⱼ; the layers of weights are numbered 1 and 2. The numbers are those of one sample
(N = 1). Source of the notation: M. A. Nielsen, "Neural Networks and Deep Learning" (2015), ch. 2.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import NamedTuple

from .. import data
from ..cli.options import count, positive, seed
from ..cli.terminal import curve, has_progress_bars
from ..engine import Value
from ..language import say
from ..losses import quadratic_cost
from ..nn import MLP
from ..optim import SGD
from ..training import History, fit
from . import derivations, graphs

SUMMARY = "2-3-1 with sigmoids: the δ recursion beside the engine's gradients, trained on XOR"
X, Y = (1.0, 1.0), 0.0
"""The sample whose numbers are printed."""


def network(seed: int) -> MLP:
    """The network, its weights from N(0, 1), its biases 0, labelled."""
    model = MLP(
        2, [3, 1], activation="sigmoid", output_activation="sigmoid", init="normal", seed=seed
    )
    for n, layer in zip("¹²", model.layers):
        for j, neuron in zip("₁₂₃", layer.neurons):
            for k, w in zip("₁₂₃", neuron.w):
                w.label = f"w{n}{j}{k}"
            if neuron.b is not None:
                neuron.b.label = f"b{n}{j}"
    return model


def cost(model: MLP, x: Sequence[float] = X, y: float = Y) -> Value:
    """C of one sample, with the whole graph behind it, labelled."""
    a: list[Value] = [Value(x_k, f"x{k}") for k, x_k in zip("₁₂", x)]
    for n, layer in zip("¹²", model.layers):
        a = [neuron(a) for neuron in layer.neurons]
        for j, a_j in zip("₁₂₃", a):
            (z_j,) = a_j.operands
            z_j.label, a_j.label = f"z{n}{j}", f"a{n}{j}"
    result = 0.5 * (Value(y, "y") - a[0]) ** 2
    result.label = "C"
    return result


def graph(seed: int = 0) -> Value:
    """C of the sample, with the whole graph behind it, labelled."""
    return cost(network(seed))


Row = tuple[str, str, float]
"""A quantity: its name, its formula and its number."""


class Textbook(NamedTuple):
    """The quantities of the recursion, forward and backward."""

    forward: list[Row]
    deltas: list[Row]
    gradients: list[Row]


def by_hand(model: MLP, x: Sequence[float] = X, y: float = Y) -> Textbook:
    """The textbook's formulas, worked out on plain numbers."""
    hidden, (output,) = model.layers[0].neurons, model.layers[1].neurons
    z1 = [w.data * x[0] + v.data * x[1] + b.data for w, v, b in (n.parameters() for n in hidden)]
    a1 = [_sigmoid(z) for z in z1]
    *w2, b2 = [p.data for p in output.parameters()]
    z2 = w2[0] * a1[0] + w2[1] * a1[1] + w2[2] * a1[2] + b2
    a2 = _sigmoid(z2)
    delta2 = (a2 - y) * _slope(z2)
    delta1 = [w * delta2 * _slope(z) for w, z in zip(w2, z1)]

    js, ks = "₁₂₃", "₁₂"
    forward = [(f"z¹{j}", f"w¹{j}₁·x₁ + w¹{j}₂·x₂ + b¹{j}", z) for j, z in zip(js, z1)]
    forward += [(f"a¹{j}", f"σ(z¹{j})", a) for j, a in zip(js, a1)]
    forward += [("z²₁", "w²₁₁·a¹₁ + w²₁₂·a¹₂ + w²₁₃·a¹₃ + b²₁", z2), ("a²₁", "σ(z²₁)", a2)]
    forward += [("C", "½(y − a²₁)²", 0.5 * (y - a2) ** 2)]
    deltas = [("δ²₁ = ∂C/∂z²₁", "(a²₁ − y)·σ′(z²₁)", delta2)]
    deltas += [(f"δ¹{j} = ∂C/∂z¹{j}", f"w²₁{j}·δ²₁·σ′(z¹{j})", d) for j, d in zip(js, delta1)]
    gradients = [(f"∂C/∂w²₁{j}", f"δ²₁·a¹{j}", delta2 * a) for j, a in zip(js, a1)]
    gradients += [("∂C/∂b²₁", "δ²₁", delta2)]
    for j, d in zip(js, delta1):
        gradients += [(f"∂C/∂w¹{j}{k}", f"δ¹{j}·x{k}", d * x_k) for k, x_k in zip(ks, x)]
        gradients += [(f"∂C/∂b¹{j}", f"δ¹{j}", d)]
    return Textbook(forward, deltas, gradients)


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def _slope(z: float) -> float:
    """σ′(z) = σ(z)(1 − σ(z))."""
    return _sigmoid(z) * (1.0 - _sigmoid(z))


def train(model: MLP, lr: float, max_iterations: int, tol: float) -> History:
    """Gradient descent on XOR until `max_iterations`, or until the loss moves by less than tol."""
    points, targets = data.xor()
    return fit(
        model,
        points,
        targets,
        loss=quadratic_cost,
        optimizer=SGD(model.parameters(), lr=lr),
        epochs=max_iterations,
        tol=tol,
        progress=has_progress_bars(),
    )


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu delta-231``."""
    parser.add_argument(
        "--max-iterations", type=count, default=10_000, help=say("at most (default: %(default)s)")
    )
    parser.add_argument(
        "--tol",
        type=positive,
        default=1e-6,
        help=say("stop when two consecutive losses differ by less (default: %(default)s)"),
    )
    parser.add_argument(
        "--lr", type=positive, default=5.0, help=say("learning rate (default: %(default)s)")
    )
    parser.add_argument(
        "--seed", type=seed, default=0, help=say("of the initial weights (default: %(default)s)")
    )
    derivations.add_options(parser)
    graphs.add_options(parser)


def run(options: Namespace) -> None:
    """Print the recursion beside the engine's numbers, draw the graph, and train on XOR."""
    model = network(options.seed)
    root = cost(model)
    if derivations.is_wanted(options):
        derivations.print_derivation(root, model.parameters(), options.lr, options)
        derivations.print_notes(_notes())
        return
    root.backward()
    textbook = by_hand(model)
    print(say("{name}: {summary}", name="delta-231", summary=say(SUMMARY)) + "\n")
    print(say("Forward, for the sample x = (1, 1), y = 0: zˡ = Wˡaˡ⁻¹ + bˡ, aˡ = σ(zˡ)"))
    print(graphs.compare(root, textbook.forward))
    print("\n" + say("Backward: δ² = (a² − y) ⊙ σ′(z²), δ¹ = (W²)ᵀδ² ⊙ σ′(z¹)"))
    print(graphs.compare(root, textbook.deltas))
    print("\n" + say("The gradients: ∂C/∂wˡⱼₖ = δˡⱼ·aˡ⁻¹ₖ, ∂C/∂bˡⱼ = δˡⱼ"))
    print(graphs.compare(root, textbook.gradients))

    # (a network of its own, since the graph shows the weights that the numbers above are for)
    history = train(network(options.seed), options.lr, options.max_iterations, options.tol)
    rate = f"{options.lr:g}"
    title = say("Trained on XOR, C = 1/(2N) Σ‖y − a²‖², SGD at learning rate {rate}", rate=rate)
    print(f"\n{title}")
    print(curve(say("iteration"), "C", history.losses, every=max(history.epochs // 10, 1)))
    print(f"  {_stop(history, options.tol)}")
    graphs.draw(root, options.out)
    if history.stop_reason == "interrupted":
        raise KeyboardInterrupt


def _notes() -> list[str]:
    """The tutorial's lines, in its order."""
    return [
        "aˡ = σ(zˡ) = σ(Wˡaˡ⁻¹ + bˡ)    C = 1/(2N) Σ‖y − a‖²",
        "∂C/∂wˡ = ∂C/∂aˡ · ∂aˡ/∂zˡ · ∂zˡ/∂wˡ    (1, 2) ⊙ (3, 4) = (3, 8)",
        "δᴸ = (aᴸ − y) ⊙ σ′(zᴸ)    ∂C/∂wˡ = δˡaˡ⁻¹    ∂C/∂bˡ = δˡ",
        "zˡ⁺¹ = Wˡ⁺¹σ(zˡ) + bˡ⁺¹    ∂zˡ⁺¹/∂zˡ = Wˡ⁺¹ diag(σ′(zˡ))    δˡ = (Wˡ⁺¹)ᵀδˡ⁺¹ ⊙ σ′(zˡ)",
        "w ← w − η·∂C/∂w    b ← b − η·∂C/∂b",
        say(
            "Training stops after a number of iterations, or when the error changes by less than a "
            "tolerance."
        ),
        say(
            "(It counts the input as layer 1 and neurons from 0, so that its W² is W¹ here; where "
            "it prints σ, the minus in exp(−z) is missing.)"
        ),
    ]


def _stop(history: History, tol: float) -> str:
    if history.stop_reason == "tol":
        return say(
            "Stopped by the tolerance: the last two losses differ by less than {tol}.",
            tol=f"{tol:g}",
        )
    if history.stop_reason == "interrupted":
        return say("Interrupted after {count} iterations.", count=history.epochs)
    return say("Stopped by the maximum number of iterations, {count}.", count=history.epochs)
