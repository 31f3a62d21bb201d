"""Steps on batches, and an epoch: scalars as arrays beside the same written with matrices.

    python benchmarks/batches.py                 all of them, as a table
    python benchmarks/batches.py images gpt      some

The rows of a workload are timed in one process, in turn, with one thread each, and a row's time is
the least of many rounds. The losses that all rows begin with must agree with the engine's.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter as now
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread for everybody
sys.path.append(str(Path(__file__).resolve().parents[1] / "examples"))

import nets
import numpy as np
import problems
import torch
from by_hand import moons as moons_in_numpy
from report import ARRAYS, EAGER, batch

from tinygrad_edu.arrays import vectorize
from tinygrad_edu.engine import COMPILED
from tinygrad_edu.losses import cross_entropy, hinge_loss, mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import Adam
from tinygrad_edu.training import fit

torch.set_num_threads(1)
LR = 1e-3

Rows = dict[str, Callable[[], float]]
"""By the name of a row, one step of it, which returns the loss before it."""


def stepping(
    model: Any, loss: Any, X: Any, y: Any, matrices: Any, by_hand: Any, in_numpy: Any = None
) -> Rows:
    """Steps of gradient descent."""
    xs, ts = np.array(X), np.array(y)
    program, parameters = vectorize(model, loss, X, y), model.parameters()
    theta = program.data()

    def eager() -> float:
        root = loss([model(x) for x in X], y)
        return descended(model, parameters, root)

    def arrays() -> float:
        nonlocal theta
        found, gradient = program(theta, xs, ts)
        theta -= LR * gradient  # (in place, as by hand)
        return found

    rows: Rows = {EAGER: eager, ARRAYS: arrays}
    if in_numpy is not None:
        rows["NumPy by hand"] = partial(numpy_step, in_numpy, copied(matrices), xs, ts)
    tensors = {name: torch.tensor(m, requires_grad=True) for name, m in matrices.items()}
    given = torch.tensor(xs), torch.tensor(ts)
    whole = partial(by_hand, nets.in_torch(), tensors, *given)
    rows["PyTorch"] = partial(torch_step, whole, list(tensors.values()))
    with suppress(ModuleNotFoundError):
        rows["JAX jit"] = jax_step(by_hand, matrices, xs, ts)
    return rows


def descended(model: Any, parameters: list[Any], root: Any) -> float:
    model.zero_grad()
    root.backward()
    for p in parameters:
        p.data -= LR * p.grad
    return float(root.data)


def copied(matrices: dict[str, Any]) -> dict[str, Any]:
    return {name: m.copy() for name, m in matrices.items()}


def numpy_step(in_numpy: Any, p: dict[str, Any], xs: Any, ts: Any) -> float:
    found, g = in_numpy(p, xs, ts)
    for name, m in p.items():
        m -= LR * g[name]
    return float(found)


def torch_step(loss: Callable[[], Any], tensors: list[Any]) -> float:
    for m in tensors:
        m.grad = None
    found = loss()
    found.backward()
    with torch.no_grad():
        for m in tensors:
            m -= LR * m.grad
    return float(found.item())


def jax_step(by_hand: Any, matrices: dict[str, Any], xs: Any, ts: Any) -> Callable[[], float]:
    import jax

    loss = partial(by_hand, nets.in_jax())  # (which asks for float64)
    p = {name: jax.numpy.asarray(m) for name, m in matrices.items()}
    given = jax.numpy.asarray(xs), jax.numpy.asarray(ts)

    @jax.jit
    def step(p: Any) -> Any:
        found, g = jax.value_and_grad(loss)(p, *given)
        return found, {name: m - LR * g[name] for name, m in p.items()}

    def run() -> float:
        nonlocal p
        found, p = step(p)
        return float(found)

    return run


def layers(model: MLP) -> dict[str, Any]:
    """W1, b1 … of a perceptron, biases as rows."""
    found = {}
    for k, layer in enumerate(model.layers, 1):
        found[f"W{k}"] = np.array([[v.data for v in neuron.w] for neuron in layer.neurons])
        found[f"b{k}"] = np.array([[neuron.b.data for neuron in layer.neurons]])
    return found


def moons() -> Rows:
    given, model = problems.moons(), MLP(2, [16, 16, 1], seed=0)

    def loss(a: Any, y: Any) -> Any:
        return hinge_loss(a, y) + 1e-4 * sum(p * p for p in model.parameters())

    X, y = given.inputs, given.targets
    return stepping(model, loss, X, y, layers(model), nets.moons_by_hand, moons_in_numpy)


def images() -> Rows:
    rng = Random(3)
    X = [[rng.random() for _ in range(784)] for _ in range(32)]
    y = [rng.randrange(10) for _ in X]
    model = MLP(784, [32, 10], init="xavier", seed=0)
    by_hand, in_numpy = nets.images_by_hand, nets.images_in_numpy
    return stepping(model, cross_entropy, X, y, layers(model), by_hand, in_numpy)


def sequences(make: Callable[[], Any], by_hand: Any, count: int, width: int) -> Rows:
    rng, model = Random(5), make()
    X = [[[rng.gauss(0, 1) for _ in range(width)] for _ in range(8)] for _ in range(count)]
    y = [rng.gauss(0, 1) for _ in X]
    return stepping(model, mse_loss, X, y, model.matrices(), by_hand)


def gpt() -> Rows:
    from gpt import GPT, NAMES
    from gpt_in_torch import TorchGPT

    model, names = GPT(), Random(0).sample(NAMES, 4)
    other, parameters = TorchGPT(model), model.parameters()
    program = vectorize(model.loss(names), parameters)
    theta = program.data()

    def arrays() -> float:
        nonlocal theta
        found, gradient = program(theta)
        theta -= LR * gradient  # (in place, as by hand)
        return found

    return {
        EAGER: lambda: descended(model, parameters, model.loss(names)),
        ARRAYS: arrays,
        "PyTorch": partial(torch_step, partial(other.loss, names), list(other.parameters())),
    }


def mnist() -> Rows:
    rng = np.random.default_rng(0)
    shades = np.array([k / 255 for k in range(256)], dtype=object)  # whose objects are shared
    X = shades[rng.integers(0, 256, (60_000, 784))].tolist()
    y = rng.integers(0, 10, 60_000).tolist()
    first = layers(MLP(784, [32, 10], init="xavier", seed=0))

    def fitted() -> float:
        model = MLP(784, [32, 10], init="xavier", seed=0)
        options: Any = {"batch_size": 128, "seed": 0, "progress": False, "backend": "numpy"}
        adam = Adam(model.parameters(), lr=1e-3)
        return fit(model, X, y, loss=cross_entropy, optimizer=adam, epochs=1, **options).losses[0]

    def in_torch() -> float:
        tensors = {name: torch.tensor(m, requires_grad=True) for name, m in first.items()}
        adam = torch.optim.Adam(tensors.values(), lr=1e-3)
        xs, ts, xp = torch.tensor(X, dtype=torch.float64), torch.tensor(y), nets.in_torch()
        order, total = list(range(len(y))), 0.0
        Random(0).shuffle(order)
        for start in range(0, len(order), 128):
            batch = torch.tensor(order[start : start + 128])
            adam.zero_grad()
            loss = nets.images_by_hand(xp, tensors, xs[batch], ts[batch])
            loss.backward()
            adam.step()
            total += loss.item() * len(batch)
        return total / len(order)

    return {"tinygrad_edu, fit by numpy": fitted, "PyTorch": in_torch}


WORKLOADS: dict[str, Callable[[], Rows]] = {
    "moons": moons,
    "images": images,
    "rnn": partial(sequences, nets.RNN, nets.rnn_by_hand, 16, 4),
    "gru": partial(sequences, nets.GRU, nets.gru_by_hand, 16, 4),
    "attention": partial(sequences, partial(nets.Attention, False), nets.attention_by_hand, 8, 8),
    "causal attention": partial(
        sequences, partial(nets.Attention, True), partial(nets.attention_by_hand, causal=True), 8, 8
    ),
    "gpt": gpt,
    "mnist": mnist,
}


def measured(workload: str, seconds: float) -> dict[str, float]:
    """The least time of each row. A ValueError where losses do not agree."""
    rows = WORKLOADS[workload]()
    losses = {name: step() for name, step in rows.items()}
    expected = next(iter(losses.values()))
    for name, loss in losses.items():
        if abs(loss - expected) > 1e-9 * abs(expected):
            raise ValueError(f"{workload}: the loss of {name} is {loss!r}, not {expected!r}")
    least = dict.fromkeys(rows, float("inf"))
    end = now() + seconds
    while now() < end:
        for name, step in rows.items():
            once, often = least[name], 1
            if once < 1e-3:  # many in a row, as in a training
                often = 10
            start = now()
            for _ in range(often):
                step()
            least[name] = min(once, (now() - start) / often)
    return least


def main() -> None:
    if sys.argv[1:2] == ["--json"]:
        workload, seconds = sys.argv[2:]
        print(json.dumps(measured(workload, float(seconds))))
        return
    print(f"the scalar engine is {'compiled' if COMPILED else 'plain Python'}")
    for workload in sys.argv[1:] or WORKLOADS:
        print("\n".join(batch(workload, measured(workload, 3.0))), flush=True)


if __name__ == "__main__":
    main()
