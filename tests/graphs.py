"""Random graphs of every kind of operation, for tests."""

from __future__ import annotations

import math
from random import Random

from tinygrad_edu import OPS, Value
from tinygrad_edu.engine import topological_order

FUNCTIONS = ("tanh", "sigmoid", "sin", "exp", "softplus", "silu", "gelu", "log", "sqrt")


def random_graph(seed: int, size: int = 12, labels: bool = True) -> Value:
    """A graph whose values and local derivatives are of moderate size, with values used again."""
    random = Random(seed)
    values = [Value(round(random.uniform(0.3, 2.0), 3), f"x{i}") for i in range(4)]
    while len(values) < 4 + size:
        made = _node(random, values)
        if math.isfinite(made.data) and 0.05 < abs(made.data) < 20.0:
            values.append(made)
    root = values[-1]
    for v in reversed(values[4:-1]):  # so that everything counts
        if v not in topological_order(root):
            root = root * v if random.random() < 0.5 else root + v
    if labels:
        for i, v in enumerate(topological_order(root)):
            v.label = v.label or f"v{i}"
    return root


def _node(random: Random, values: list[Value]) -> Value:
    a, b = random.choices(values[-6:], k=2)
    match random.randrange(8):
        case 0:
            return a + b
        case 1:
            return a - b
        case 2:
            return a * b
        case 3:
            return a / b
        case 4:
            return a * round(random.uniform(0.3, 3.0), 2)
        case 5:
            return a ** random.choice((2, 3))
        case 6:
            return a / random.choice((2, 3, 4))
        case _:
            name = random.choice(FUNCTIONS)
            return OPS[name].function(abs(a) if name in ("log", "sqrt") else a)


def saturated_graph(seed: int) -> Value:
    """A graph of activations so far out that 1 − a², a(1 − a) and 1 − σ lose their digits."""
    random = Random(seed)
    x, w = (Value(round(random.uniform(0.5, 4.5), 2), label) for label in "xw")
    z = w * x if random.random() < 0.5 else -w * x
    a = OPS[random.choice(("tanh", "sigmoid"))].function(z)
    match random.randrange(5):
        case 0:
            root = a * x
        case 1:
            root = (a - 1.0) ** 2
        case 2:
            root = OPS[random.choice(("tanh", "sigmoid"))].function(a * w + z)
        case 3:
            root = -(1.0 - a if a.data < 0.5 else a).log() + x * a
        case _:
            root = a * (1.0 - a)
    for i, v in enumerate(topological_order(root)):
        v.label = v.label or f"v{i}"
    return root
