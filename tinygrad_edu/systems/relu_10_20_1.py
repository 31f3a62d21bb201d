"""System 5: a small regression network, step for step the same as PyTorch's.

10 inputs, 20 ReLU units and one linear output, with biases; mean squared error on five random
samples, SGD at lr 0.01.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from random import Random

from ..cli.options import seed
from ..cli.terminal import curve, has_progress_bars
from ..data import Rows
from ..language import say
from ..losses import mse_loss
from ..nn import MLP
from ..optim import SGD
from ..text import table
from ..training import History, fit
from . import derivations, pytorch

SUMMARY = "10 inputs, 20 ReLU units, 1 linear output: regression, the same as PyTorch's"
SAMPLES = 5
LEARNING_RATE = 0.01
STEPS = 100


def samples(seed: int) -> tuple[Rows, list[float]]:
    """Five samples of ten inputs and a target, all from N(0, 1)."""
    rng = Random(seed)
    X = [[rng.gauss(0.0, 1.0) for _ in range(10)] for _ in range(SAMPLES)]
    return X, [rng.gauss(0.0, 1.0) for _ in range(SAMPLES)]


def network(seed: int) -> MLP:
    """The network, its weights uniform between ±1/√nin, its biases 0."""
    return MLP(
        10,
        [20, 1],
        activation="relu",
        init=lambda nin, nout, rng: rng.uniform(-1.0, 1.0) / math.sqrt(nin),
        seed=seed,
    )


def train(model: MLP, X: Rows, y: list[float]) -> History:
    """100 steps of full-batch SGD."""
    return fit(
        model,
        X,
        y,
        loss=mse_loss,
        optimizer=SGD(model.parameters(), lr=LEARNING_RATE),
        epochs=STEPS,
        progress=has_progress_bars(),
    )


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu relu-10-20-1``."""
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        help=say("of the samples and the initial weights (default: %(default)s)"),
    )
    derivations.add_options(parser)


def run(options: Namespace) -> None:
    """Train, print the losses, and compare them with PyTorch's."""
    X, y = samples(options.seed)
    model = network(options.seed)
    if derivations.is_wanted(options):
        loss = mse_loss([model(x) for x in X], y)
        derivations.print_derivation(loss, model.parameters(), LEARNING_RATE, options, model)
        return
    history = train(model, X, y)
    print(say("{name}: {summary}", name="relu-10-20-1", summary=say(SUMMARY)) + "\n")
    how = say(
        "{count} random samples, mean squared error, SGD at learning rate {rate}",
        count=SAMPLES,
        rate=LEARNING_RATE,
    )
    print(f"  {how}")
    print(curve(say("step"), say("loss"), history.losses, every=10))
    rows = [(t, output.data) for x, t in zip(X, y) for output in model.outputs(x)]
    print(table((say("target"), say("prediction")), rows, digits=6))
    print("  " + pytorch.report(history.losses, network(options.seed), X, y, LEARNING_RATE))
    if history.stop_reason == "interrupted":
        raise KeyboardInterrupt
