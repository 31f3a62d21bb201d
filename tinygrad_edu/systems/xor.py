"""System 4: a three-layer network, 2-4-1 with sigmoids, trained on XOR in two ways.

(a) As in plain NumPy: no biases, weights from N(0, 1), the gradient of ½Σ(y−o)² over the four
    points.
(b) As in PyTorch: biases, the mean of (y−o)², SGD with all four points in each step, once at
    lr 0.1, which after 10,000 epochs has not learned XOR, and once at lr 1.0, which has.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from .. import data
from ..cli.options import count, seed
from ..cli.terminal import curve, has_progress_bars
from ..engine import Value
from ..language import say
from ..losses import mse_loss, quadratic_cost
from ..nn import MLP
from ..optim import SGD
from ..recording import no_grad
from ..training import History, fit
from . import derivations, pytorch

SUMMARY = "2-4-1 with sigmoids learns XOR, as in plain NumPy and as in PyTorch"
SIZES = [4, 1]

Loss: TypeAlias = Callable[[list[Value], list[float]], Value]


def numpy_network(seed: int) -> MLP:
    """The network of (a): weights from N(0, 1), no biases."""
    return MLP(
        2,
        SIZES,
        activation="sigmoid",
        output_activation="sigmoid",
        bias=False,
        init="normal",
        seed=seed,
    )


def pytorch_network(seed: int) -> MLP:
    """The network of (b): weights and biases uniform between ±1/√nin, as `torch.nn.Linear` has."""
    rng = Random(seed)
    model = MLP(
        2,
        SIZES,
        activation="sigmoid",
        output_activation="sigmoid",
        init=lambda nin, nout, rng: rng.uniform(-1.0, 1.0) / math.sqrt(nin),
        seed=rng,
    )
    for layer in model.layers:
        for neuron in layer.neurons:
            if neuron.b is not None:
                neuron.b.data = rng.uniform(-1.0, 1.0) / math.sqrt(len(neuron.w))
    return model


def train(model: MLP, loss: Loss, lr: float, epochs: int) -> History:
    """Gradient descent on the four points, with a progress bar on a terminal."""
    X, y = data.xor()
    optimizer = SGD(model.parameters(), lr=lr)
    return fit(
        model, X, y, loss=loss, optimizer=optimizer, epochs=epochs, progress=has_progress_bars()
    )


def half_sum_of_squares(outputs: list[Value], targets: list[float]) -> Value:
    """½Σ(y−o)²."""
    return quadratic_cost(outputs, targets, reduction="sum")


def has_learned(model: MLP) -> bool:
    """Whether each of the four outputs is within 0.1 of its target."""
    X, y = data.xor()
    with no_grad():
        outputs = [output.data for x in X for output in model.outputs(x)]
    return all(abs(output - target) < 0.1 for output, target in zip(outputs, y))


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu xor``."""
    parser.add_argument(
        "--epochs", type=count, default=10_000, help=say("of each run (default: %(default)s)")
    )
    parser.add_argument(
        "--seed", type=seed, default=12, help=say("of the initial weights (default: %(default)s)")
    )
    derivations.add_options(parser)


def run(options: Namespace) -> None:
    """Train in both ways and print the losses every 1000 epochs."""
    X, y = data.xor()
    if derivations.is_wanted(options):
        model = numpy_network(options.seed)
        loss = half_sum_of_squares([output for x in X for output in model.outputs(x)], y)
        derivations.print_derivation(loss, model.parameters(), 0.5, options, model)
        return
    print(say("{name}: {summary}", name="xor", summary=say(SUMMARY)) + "\n")
    print(
        say(
            "(a) as in plain NumPy: no biases, weights from N(0, 1), gradient of ½Σ(y−o)², "
            "learning rate 0.5"
        )
    )
    model = numpy_network(options.seed)
    history = train(model, half_sum_of_squares, 0.5, options.epochs)
    history.losses = [loss / 2.0 for loss in history.losses]  # ½ the sum is twice the mean of four
    _print_run(model, history)

    for lr in (0.1, 1.0):
        title = say(
            "(b) as in PyTorch: biases, mean squared error, SGD at learning rate {rate}", rate=lr
        )
        print(f"\n{title}")
        model = pytorch_network(options.seed)
        history = train(model, mse_loss, lr, options.epochs)
        _print_run(model, history)
        print("  " + pytorch.report(history.losses, pytorch_network(options.seed), X, y, lr))


def _print_run(model: MLP, history: History) -> None:
    print(curve(say("epoch"), say("mean squared error"), history.losses, every=1000))
    X, y = data.xor()
    with no_grad():
        outputs = [output.data for x in X for output in model.outputs(x)]
    shown = ", ".join(f"{x[0]:g} xor {x[1]:g} = {o:.3f}" for x, o in zip(X, outputs))
    final = mse_loss(outputs, y).data
    end = say(
        "after {count} epochs: mean squared error {error}",
        count=history.epochs,
        error=f"{final:.6g}",
    )
    print(f"  {end}")
    print(f"  {shown}")
    if has_learned(model):
        print("  " + say("XOR is learned: each output is within 0.1 of its target."))
    else:
        print("  " + say("XOR is NOT learned: not every output is within 0.1 of its target."))
    if history.stop_reason == "interrupted":
        raise KeyboardInterrupt
