"""The workloads in NumPy with every gradient worked out by hand: (loss, gradients) of each."""

from typing import Any

import numpy as np

Arrays = dict[str, Any]


def dense(d: Any, x: Any, weights: Any, k: int | str, g: Arrays) -> Any:
    """Enter the gradients of W x + b, where its output has d; return its input's."""
    g[f"W{k}"], g[f"b{k}"] = d.T @ x, d.sum(0, keepdims=True)
    return d @ weights


def moons(p: Arrays, x: Any, t: Any) -> tuple[float, Arrays]:
    h1 = np.maximum(x @ p["W1"].T + p["b1"], 0.0)
    h2 = np.maximum(h1 @ p["W2"].T + p["b2"], 0.0)
    margins = 1.0 - t[:, None] * (h2 @ p["W3"].T + p["b3"])
    loss = np.maximum(margins, 0.0).mean() + 1e-4 * sum((m * m).sum() for m in p.values())
    g: Arrays = {}
    d = -t[:, None] * (margins > 0.0) / len(t)
    d = dense(d, h2, p["W3"], 3, g) * (h2 > 0.0)
    d = dense(d, h1, p["W2"], 2, g) * (h1 > 0.0)
    dense(d, x, p["W1"], 1, g)
    return loss, {name: g[name] + 2e-4 * m for name, m in p.items()}


def xor(p: Arrays, x: Any, t: Any) -> tuple[float, Arrays]:
    h = 1.0 / (1.0 + np.exp(-(x @ p["W1"].T + p["b1"])))
    y = 1.0 / (1.0 + np.exp(-(h @ p["W2"].T + p["b2"])))
    error = y - t[:, None]
    g: Arrays = {}
    d = 2.0 / len(t) * error * y * (1.0 - y)
    d = dense(d, h, p["W2"], 2, g) * h * (1.0 - h)
    dense(d, x, p["W1"], 1, g)
    return (error * error).mean(), g


def image(p: Arrays, x: Any, t: Any) -> tuple[float, Arrays]:
    h = np.maximum(x @ p["W1"].T + p["b1"], 0.0)
    e = np.exp(h @ p["W2"].T + p["b2"])
    d = e / e.sum()
    loss = -np.log(d[0, t[0]])
    d[0, t[0]] -= 1.0
    g: Arrays = {}
    dense(dense(d, h, p["W2"], 2, g) * (h > 0.0), x, p["W1"], 1, g)
    return loss, g


def transformer(p: Arrays, x: Any, t: Any) -> tuple[float, Arrays]:
    n, scale = len(t), p["tokens"].shape[1] ** -0.5
    x0 = p["tokens"][x] + p["positions"]
    query, key, value = (x0 @ p[name].T for name in ("query", "key", "value"))
    weights = np.exp(query @ key.T * scale) * np.tri(n)
    weights /= weights.sum(1, keepdims=True)
    seen = weights @ value
    x1 = x0 + seen @ p["mix"].T
    hidden = np.maximum(x1 @ p["up"].T, 0.0)
    x2 = x1 + hidden @ p["down"].T
    d = np.exp(x2 @ p["scores"].T)
    d /= d.sum(1, keepdims=True)
    loss = -np.log(d[np.arange(n), t]).mean()

    d[np.arange(n), t] -= 1.0
    d /= n
    g = {name: np.zeros_like(m) for name, m in p.items()}
    g["scores"] = d.T @ x2
    d2 = d @ p["scores"]
    g["down"] = d2.T @ hidden
    d_hidden = d2 @ p["down"] * (hidden > 0.0)
    g["up"] = d_hidden.T @ x1
    d1 = d2 + d_hidden @ p["up"]
    g["mix"] = d1.T @ seen
    d_seen = d1 @ p["mix"]
    d_weights = d_seen @ value.T
    d_scores = weights * (d_weights - (d_weights * weights).sum(1, keepdims=True)) * scale
    d0 = d1.copy()
    for name, d in (
        ("query", d_scores @ key),
        ("key", d_scores.T @ query),
        ("value", weights.T @ d_seen),
    ):
        g[name] = d.T @ x0
        d0 += d @ p[name]
    g["positions"] = d0
    np.add.at(g["tokens"], x, d0)
    return loss, g


def rosenbrock(p: Arrays, x: Any, t: Any) -> tuple[float, Arrays]:
    a, b = p["x"][0, :-1], p["x"][0, 1:]
    rise, rest = b - a * a, 1.0 - a
    g = np.zeros_like(p["x"])
    g[0, 1:] = 200.0 * rise
    g[0, :-1] -= 400.0 * a * rise + 2.0 * rest
    return (100.0 * rise * rise + rest * rest).sum(), {"x": g}


STEPS = {
    "moons": moons,
    "xor": xor,
    "image": image,
    "transformer": transformer,
    "rosenbrock": rosenbrock,
}
