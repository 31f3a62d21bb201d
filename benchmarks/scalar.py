"""The workloads as a user writes them on scalars: sums and products over lists of Values.

`engine` gives them Value and the functions that they need; `p` is a Problem's parameters as Values.
"""

import math
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from problems import Problem


def dot(a: list[Any], b: list[Any]) -> Any:
    return sum(x * y for x, y in zip(a, b))


def linear(weights: list[list[Any]], bias: list[list[Any]], x: list[Any]) -> list[Any]:
    """W x + b, as micrograd's Neuron sums it: from the bias on."""
    return [sum((w * v for w, v in zip(row, x)), b) for row, b in zip(weights, bias[0])]


def cross_entropy(engine: SimpleNamespace, scores: list[Any], target: int) -> Any:
    """-ln softmax(scores)[target]."""
    return engine.log(sum(engine.exp(z) for z in scores)) - scores[target]


def moons_scores(engine: SimpleNamespace, p: Any, problem: Problem) -> list[Any]:
    scores = []
    for row in problem.inputs:
        x = [engine.Value(v) for v in row]
        x = [engine.relu(z) for z in linear(p["W1"], p["b1"], x)]
        x = [engine.relu(z) for z in linear(p["W2"], p["b2"], x)]
        scores.append(linear(p["W3"], p["b3"], x)[0])
    return scores


def moons(engine: SimpleNamespace, p: Any, problem: Problem) -> Any:
    """Hinge loss and L2, as in micrograd's demonstration."""
    scores = moons_scores(engine, p, problem)
    losses = [engine.relu(1 + -y * s) for y, s in zip(problem.targets, scores)]
    squares = sum(v * v for rows in p.values() for row in rows for v in row)
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * squares


def xor(engine: SimpleNamespace, p: Any, problem: Problem) -> Any:
    """Mean squared error of a sigmoid net."""
    total = 0.0
    for x, target in zip(problem.inputs, problem.targets):
        hidden = [engine.sigmoid(z) for z in linear(p["W1"], p["b1"], x)]
        output = engine.sigmoid(linear(p["W2"], p["b2"], hidden)[0])
        total = total + (output - target) ** 2
    return total / len(problem.inputs)


def image(engine: SimpleNamespace, p: Any, problem: Problem) -> Any:
    x = [engine.Value(v) for v in problem.inputs[0]]
    hidden = [engine.relu(z) for z in linear(p["W1"], p["b1"], x)]
    return cross_entropy(engine, linear(p["W2"], p["b2"], hidden), problem.targets[0])


def transformer(engine: SimpleNamespace, p: Any, problem: Problem) -> Any:
    """Attention to oneself and those before, then a relu layer, each added to its input."""
    keys: list[list[Any]] = []
    values: list[list[Any]] = []
    total = 0.0
    for place, (token, target) in enumerate(zip(problem.inputs[0], problem.targets)):
        x = [a + b for a, b in zip(p["tokens"][token], p["positions"][place])]
        query = [dot(row, x) for row in p["query"]]
        keys.append([dot(row, x) for row in p["key"]])
        values.append([dot(row, x) for row in p["value"]])
        weights = [engine.exp(dot(query, key) * (1 / math.sqrt(len(x)))) for key in keys]
        whole = sum(weights)
        weights = [w / whole for w in weights]
        seen = [dot(weights, column) for column in zip(*values)]
        x = [a + dot(row, seen) for a, row in zip(x, p["mix"])]
        hidden = [engine.relu(dot(row, x)) for row in p["up"]]
        x = [a + dot(row, hidden) for a, row in zip(x, p["down"])]
        scores = [dot(row, x) for row in p["scores"]]
        total = total + cross_entropy(engine, scores, target)
    return total / len(problem.targets)


def rosenbrock(engine: SimpleNamespace, p: Any, problem: Problem) -> Any:
    """Σ 100 (xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)²."""
    total = 0.0
    for a, b in pairwise(p["x"][0]):
        total = total + 100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2
    return total


def greeks(engine: SimpleNamespace, p: Any, problem: Problem) -> Any:
    """What the calls are worth, by F. Black and M. Scholes; its derivatives are the greeks."""
    [[share, rate, volatility]] = p["market"]
    total = 0.0
    for strike, years in problem.inputs:
        spread = volatility * math.sqrt(years)
        d = (engine.log(share / strike) + (rate + volatility * volatility / 2) * years) / spread
        discounted = strike * engine.exp(rate * -years)
        total = total + share * engine.normal_cdf(d) - discounted * engine.normal_cdf(d - spread)
    return total


def irregular(engine: SimpleNamespace, p: Any, problem: Problem) -> Any:
    """Any operation on any numbers before it; the sum of the last 50."""
    operations = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / (b * b + 1.0),
        lambda a, b: engine.tanh(a),
        lambda a, b: engine.sin(b),
    ]
    made = list(p["x"][0])
    for which, i, j in problem.inputs:
        made.append(operations[which](made[i], made[j]))
    return sum(made[-50:])


LOSSES = {
    "moons": moons,
    "xor": xor,
    "image": image,
    "transformer": transformer,
    "rosenbrock": rosenbrock,
    "greeks": greeks,
    "irregular": irregular,
}
