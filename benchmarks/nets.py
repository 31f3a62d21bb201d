"""Networks on batches: as one writes them on scalars, and the same by hand with matrices.

By hand, `xp` is PyTorch or JAX (`in_torch`, `in_jax`), `p` the matrices by their names, `x` and `t`
the samples and their targets; `images_in_numpy` has its gradients worked out too.
"""

from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from by_hand import dense

from tinygrad_edu import Value, dot, mean, relu, sigmoid, softmax, tanh
from tinygrad_edu.nn import Module


class Net(Module):
    """A model of matrices of Values, by names; `matrices` are their first numbers."""

    def __init__(self, **shapes: tuple[int, int]) -> None:
        rng = Random(1)
        for name, (rows, columns) in shapes.items():
            values = [[Value(rng.uniform(-0.4, 0.4)) for _ in range(columns)] for _ in range(rows)]
            setattr(self, name, values)
        self.names = list(shapes)

    def matrices(self) -> dict[str, Any]:
        """Their numbers."""
        found = {name: getattr(self, name) for name in self.names}
        return {k: np.array([[v.data for v in row] for row in rows]) for k, rows in found.items()}


def linear(weights: Any, x: Any) -> list[Any]:
    return [dot(row, x) for row in weights]


class RNN(Net):
    def __init__(self) -> None:
        super().__init__(W=(16, 4), U=(16, 16), b=(1, 16), out=(1, 16))

    def __call__(self, xs: Any) -> Any:
        h: list[Any] = [0.0] * 16
        for x in xs:
            z = zip(linear(self.W, x), linear(self.U, h), self.b[0])
            h = [tanh(p + q + r) for p, q, r in z]
        return dot(self.out[0], h)


class GRU(Net):
    def __init__(self) -> None:
        gates = {"W": (12, 4), "U": (12, 12), "b": (1, 12)}
        shapes = {letter + gate: shape for gate in "zrn" for letter, shape in gates.items()}
        super().__init__(**shapes, out=(1, 12))

    def gate(self, name: str, f: Any, x: Any, h: Any) -> list[Any]:
        inputs = linear(getattr(self, f"W{name}"), x), linear(getattr(self, f"U{name}"), h)
        return [f(p + q + r) for p, q, r in zip(*inputs, getattr(self, f"b{name}")[0])]

    def __call__(self, xs: Any) -> Any:
        h: list[Any] = [0.0] * 12
        for x in xs:
            z, r = self.gate("z", sigmoid, x, h), self.gate("r", sigmoid, x, h)
            n = self.gate("n", tanh, x, [a * b for a, b in zip(r, h)])
            h = [(1.0 - a) * c + a * b for a, b, c in zip(z, h, n)]
        return dot(self.out[0], h)


class Attention(Net):
    """Attention over 8 vectors of 8 numbers, then a relu layer, each added to its input."""

    def __init__(self, causal: bool) -> None:
        square = dict.fromkeys(("query", "key", "value", "mix"), (8, 8))
        super().__init__(**square, up=(16, 8), down=(8, 16), out=(1, 8))
        self.causal = causal

    def __call__(self, xs: Any) -> Any:
        matrices = self.query, self.key, self.value
        queries, keys, values = ([linear(w, x) for x in xs] for w in matrices)
        outputs = []
        for i, x in enumerate(xs):
            n = i + 1 if self.causal else len(xs)
            weights = softmax([dot(queries[i], key) * 8**-0.5 for key in keys[:n]])
            seen = [dot(weights, column) for column in zip(*values[:n])]
            x = [a + b for a, b in zip(x, linear(self.mix, seen))]
            hidden = [relu(z) for z in linear(self.up, x)]
            x = [a + b for a, b in zip(x, linear(self.down, hidden))]
            outputs.append(dot(self.out[0], x))
        return mean(outputs)


# The same by hand: `xp` is PyTorch or JAX, `p` the matrices


def rnn_by_hand(xp: Any, p: Any, x: Any, t: Any) -> Any:
    h = xp.tanh(x[:, 0] @ p["W"].T + p["b"])
    for k in range(1, x.shape[1]):
        h = xp.tanh(x[:, k] @ p["W"].T + h @ p["U"].T + p["b"])
    return ((h @ p["out"][0] - t) ** 2).mean()


def gru_by_hand(xp: Any, p: Any, x: Any, t: Any) -> Any:
    h = xp.zeros_like(x[:, 0, :1] * p["bz"])
    for k in range(x.shape[1]):
        z = xp.sigmoid(x[:, k] @ p["Wz"].T + h @ p["Uz"].T + p["bz"])
        r = xp.sigmoid(x[:, k] @ p["Wr"].T + h @ p["Ur"].T + p["br"])
        n = xp.tanh(x[:, k] @ p["Wn"].T + (r * h) @ p["Un"].T + p["bn"])
        h = (1.0 - z) * n + z * h
    return ((h @ p["out"][0] - t) ** 2).mean()


def attention_by_hand(xp: Any, p: Any, x: Any, t: Any, causal: bool = False) -> Any:
    query, key, value = (x @ p[name].T for name in ("query", "key", "value"))
    scores = query @ xp.swapaxes(key, -1, -2) * 8**-0.5
    if causal:
        scores = xp.where(xp.tri(8), scores, -xp.inf)
    x = x + xp.softmax(scores, -1) @ value @ p["mix"].T
    x = x + xp.relu(x @ p["up"].T) @ p["down"].T
    return (((x @ p["out"][0]).mean(1) - t) ** 2).mean()


def images_by_hand(xp: Any, p: Any, x: Any, t: Any) -> Any:
    return xp.cross_entropy(xp.relu(x @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"], t)


def moons_by_hand(xp: Any, p: Any, x: Any, t: Any) -> Any:
    h = xp.relu(xp.relu(x @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"])
    squares = sum((m * m).sum() for m in p.values())
    return xp.relu(1.0 - t * (h @ p["W3"].T + p["b3"])[:, 0]).mean() + 1e-4 * squares


def images_in_numpy(p: Any, x: Any, t: Any) -> tuple[float, dict[str, Any]]:
    h = np.maximum(x @ p["W1"].T + p["b1"], 0.0)
    scores = h @ p["W2"].T + p["b2"]
    d = np.exp(scores - scores.max(1, keepdims=True))
    d /= d.sum(1, keepdims=True)
    rows, g = np.arange(len(t)), dict[str, Any]()
    loss = -np.log(d[rows, t]).mean()
    d[rows, t] -= 1.0
    d /= len(t)
    dense(dense(d, h, p["W2"], 2, g) * (h > 0.0), x, p["W1"], 1, g)
    return loss, g


def in_torch() -> SimpleNamespace:
    lower = torch.ones(8, 8, dtype=torch.bool).tril()
    names = ("tanh", "sigmoid", "relu", "softmax", "swapaxes", "where", "zeros_like", "inf")
    return SimpleNamespace(
        **{name: getattr(torch, name) for name in names},
        cross_entropy=torch.nn.functional.cross_entropy,
        tri=lambda n: lower,
    )


def in_jax() -> SimpleNamespace:
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    lower = jnp.tri(8, dtype=bool)

    def surprise(scores: Any, t: Any) -> Any:
        own = scores[jnp.arange(len(t)), t]
        return (jax.scipy.special.logsumexp(scores, axis=1) - own).mean()

    names = ("tanh", "swapaxes", "where", "zeros_like", "inf")
    return SimpleNamespace(
        **{name: getattr(jnp, name) for name in names},
        **{name: getattr(jax.nn, name) for name in ("sigmoid", "relu", "softmax")},
        cross_entropy=surprise,
        tri=lambda n: lower,
    )
