"""The workloads on arrays: one text for NumPy's interface, which autograd, JAX and PyTorch share.

`xp` gives exp, log, relu, sigmoid, arange and tri; `p` is a Problem's parameters as arrays, `x`
and `t` its inputs and targets.
"""

from types import SimpleNamespace
from typing import Any


def moons_scores(xp: SimpleNamespace, p: Any, x: Any) -> Any:
    h = xp.relu(x @ p["W1"].T + p["b1"])
    h = xp.relu(h @ p["W2"].T + p["b2"])
    return (h @ p["W3"].T + p["b3"])[:, 0]


def moons(xp: SimpleNamespace, p: Any, x: Any, t: Any) -> Any:
    squares = sum((m * m).sum() for m in p.values())
    return xp.relu(1.0 - t * moons_scores(xp, p, x)).mean() + 1e-4 * squares


def xor(xp: SimpleNamespace, p: Any, x: Any, t: Any) -> Any:
    h = xp.sigmoid(x @ p["W1"].T + p["b1"])
    y = xp.sigmoid(h @ p["W2"].T + p["b2"])[:, 0]
    return ((y - t) ** 2).mean()


def image(xp: SimpleNamespace, p: Any, x: Any, t: Any) -> Any:
    h = xp.relu(x @ p["W1"].T + p["b1"])
    scores = (h @ p["W2"].T + p["b2"])[0]
    return xp.log(xp.exp(scores).sum()) - scores[t[0]]


def transformer(xp: SimpleNamespace, p: Any, x: Any, t: Any) -> Any:
    x = p["tokens"][x] + p["positions"]
    query, key, value = (x @ p[name].T for name in ("query", "key", "value"))
    weights = xp.exp(query @ key.T * x.shape[1] ** -0.5) * xp.tri(len(x))
    weights = weights / weights.sum(1)[:, None]
    x = x + weights @ value @ p["mix"].T
    x = x + xp.relu(x @ p["up"].T) @ p["down"].T
    scores = x @ p["scores"].T
    return (xp.log(xp.exp(scores).sum(1)) - scores[xp.arange(len(t)), t]).mean()


def rosenbrock(xp: SimpleNamespace, p: Any, x: Any, t: Any) -> Any:
    a, b = p["x"][0, :-1], p["x"][0, 1:]
    return (100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2).sum()


LOSSES = {
    "moons": moons,
    "xor": xor,
    "image": image,
    "transformer": transformer,
    "rosenbrock": rosenbrock,
}
