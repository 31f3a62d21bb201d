"""What each workload trains on: its data and its first weights, the same for every engine.

Parameters are named matrices (lists of rows); a bias is a matrix of one row.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

Matrix = list[list[float]]
Parameters = dict[str, Matrix]


@dataclass(frozen=True)
class Problem:
    """Inputs, one row an example (for the transformer, one row of tokens), and their targets."""

    inputs: list[Any]
    targets: list[int]
    parameters: Parameters
    lr: float


def matrix(rng: Random, rows: int, columns: int, scale: float = 1.0) -> Matrix:
    return [[rng.uniform(-scale, scale) for _ in range(columns)] for _ in range(rows)]


def perceptron(rng: Random, sizes: list[int], scale: float = 1.0) -> Parameters:
    """W1, b1, W2, b2 … of a multilayer perceptron; Wk has one row for each neuron."""
    parameters = {}
    for k, (nin, nout) in enumerate(pairwise(sizes), 1):
        parameters[f"W{k}"] = matrix(rng, nout, nin, scale)
        parameters[f"b{k}"] = matrix(rng, 1, nout, scale)
    return parameters


def moons() -> Problem:
    """100 points of two half moons, labelled 1 and -1; a 2-16-16-1 net."""
    rng = Random(1)
    inputs, targets = [], []
    for i in range(100):
        angle = math.pi * rng.random()
        x, y = math.cos(angle), math.sin(angle)
        if i % 2 == 0:
            x, y = 1.0 - x, 0.5 - y
        inputs.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
        targets.append(1 if i % 2 else -1)
    return Problem(inputs, targets, perceptron(rng, [2, 16, 16, 1]), lr=0.01)


def xor() -> Problem:
    """The four points of exclusive or; a 2-4-1 net."""
    inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    return Problem(inputs, [0, 1, 1, 0], perceptron(Random(2), [2, 4, 1]), lr=0.1)


def image() -> Problem:
    """One picture of 28 × 28 pixels, of class 3 out of 10; a 784-32-10 net."""
    rng = Random(3)
    pixels = [[rng.random() for _ in range(784)]]
    return Problem(pixels, [3], perceptron(rng, [784, 32, 10], scale=1 / 28), lr=0.01)


def transformer() -> Problem:
    """8 tokens, the next to be told from those before; one block of width 16 with one head."""
    rng = Random(4)
    tokens = rng.sample(range(8), 8)
    shapes = {
        "tokens": (8, 16),
        "positions": (8, 16),
        **dict.fromkeys(("query", "key", "value", "mix"), (16, 16)),
        "up": (32, 16),
        "down": (16, 32),
        "scores": (8, 16),
    }
    parameters = {name: matrix(rng, *shape, scale=0.25) for name, shape in shapes.items()}
    return Problem([tokens], tokens[1:] + tokens[:1], parameters, lr=0.01)


def rosenbrock() -> Problem:
    """A point of 100 numbers in H. Rosenbrock's curved valley, and nothing else."""
    rng = Random(5)
    return Problem([], [], {"x": matrix(rng, 1, 100, scale=1.5)}, lr=1e-4)


def greeks() -> Problem:
    """A book of 20 calls on one share: strikes and years; the share, the rate, the volatility."""
    rng = Random(6)
    calls = [[rng.uniform(80.0, 120.0), rng.uniform(0.1, 2.0)] for _ in range(20)]
    return Problem(calls, [], {"market": [[100.0, 0.02, 0.25]]}, lr=0.0)


def irregular() -> Problem:
    """700 operations, each on any two numbers before it: (which, the first, the second)."""
    rng = Random(7)
    plan = [(rng.randrange(6), rng.randrange(20 + k), rng.randrange(20 + k)) for k in range(700)]
    return Problem(plan, [], {"x": matrix(rng, 1, 20)}, lr=1e-9)


PROBLEMS = {
    "moons": moons,
    "xor": xor,
    "image": image,
    "transformer": transformer,
    "rosenbrock": rosenbrock,
    "greeks": greeks,
    "irregular": irregular,
}
