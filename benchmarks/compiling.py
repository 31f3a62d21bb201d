"""What `vectorize` costs, beside one eager step of the batch, which is what it saves each time.

A model and a loss are recorded on one sample and one batch, as `fit` does once for each size of
batch; the GPT of examples/gpt.py is recorded whole.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1] / "examples"))

import problems

from tinygrad_edu.arrays import vectorize
from tinygrad_edu.losses import cross_entropy, hinge_loss
from tinygrad_edu.nn import MLP


class Compiling(NamedTuple):
    """A batch: its loss by the engine, the parameters of that, and what makes its program."""

    loss: Callable[[], Any]
    parameters: list[Any]
    program: Callable[[], Any]


def of_batch(model: Any, loss: Any, X: Any, y: Any) -> Compiling:
    return Compiling(
        lambda: loss([model(x) for x in X], y),
        model.parameters(),
        lambda: vectorize(model, loss, X, y),
    )


def pictures(size: int, init: str) -> Compiling:
    """A net with 32 hidden neurons on 32 pictures of any pixels."""
    rng = Random(3)
    X = [[rng.random() for _ in range(size)] for _ in range(32)]
    y = [rng.randrange(10) for _ in X]
    return of_batch(MLP(size, [32, 10], init=init, seed=0), cross_entropy, X, y)


def moons() -> Compiling:
    given = problems.moons()
    return of_batch(MLP(2, [16, 16, 1], seed=0), hinge_loss, given.inputs, given.targets)


def gpt() -> Compiling:
    from gpt import GPT, NAMES

    model, names = GPT(), Random(0).sample(NAMES, 4)
    parameters = model.parameters()
    return Compiling(
        lambda: model.loss(names), parameters, lambda: vectorize(model.loss(names), parameters)
    )


COMPILINGS: dict[str, Callable[[], Compiling]] = {
    "moons": moons,
    "digits": lambda: pictures(64, "kaiming"),
    "images": lambda: pictures(784, "xavier"),
    "gpt": gpt,
}
