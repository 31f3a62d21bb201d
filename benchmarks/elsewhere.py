"""The array programs on other engines, an epoch of MNIST's size, and processes that share batches.

    python benchmarks/elsewhere.py            about ten minutes; writes results/elsewhere.md
    python benchmarks/elsewhere.py --quick    the steps alone, about a minute; only prints

Every row of a table is timed in turn, several times round, and the numbers are medians. Rows for a
GPU are there; where none is found they say so.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import random
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter as now
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread for everybody

import jax
import jax.numpy as jnp
import numpy as np
import torch
from report import duration, ratio

from tinygrad_edu.arrays import Program, vectorize
from tinygrad_edu.arrays.data_parallel import fit_data_parallel
from tinygrad_edu.arrays.programs.engines import Engine
from tinygrad_edu.engine import COMPILED
from tinygrad_edu.losses import cross_entropy, hinge_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import Adam
from tinygrad_edu.training import fit

RESULTS = Path(__file__).resolve().parent / "results" / "elsewhere.md"
NOT_FOUND = "not measured: no GPU was found"
jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)


def timed(rows: dict[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """The median seconds of each row; a row is repeated until a round takes a tenth of a second."""
    repeats = {}
    for name, run in rows.items():
        run()
        start = now()
        run()
        repeats[name] = max(1, min(1000, math.ceil(0.1 / max(now() - start, 1e-9))))
    found: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, run in rows.items():
            start = now()
            for _ in range(repeats[name]):
                run()
            found[name].append((now() - start) / repeats[name])
    return {name: median(times) for name, times in found.items()}


def moons_net() -> tuple[MLP, Any, list[Any], list[Any]]:
    rng = random.Random(1)
    X = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(100)]
    model = MLP(2, [16, 16, 1], seed=0)

    def loss(a: Any, y: Any) -> Any:
        return hinge_loss(a, y) + 1e-4 * sum(p * p for p in model.parameters())

    return model, loss, X, [1.0 if x[0] * x[1] > 0 else -1.0 for x in X]


def image_net(samples: int = 32) -> tuple[MLP, Any, list[Any], list[Any]]:
    rng = random.Random(3)
    X = [[rng.random() for _ in range(784)] for _ in range(samples)]
    model = MLP(784, [32, 10], init="xavier", seed=0)
    return model, cross_entropy, X, [rng.randrange(10) for _ in range(samples)]


def moons_by_hand(xp: Any, relu: Any, p: dict[str, Any], x: Any, t: Any) -> Any:
    h = relu(relu(x @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"])
    squares = sum((m * m).sum() for m in p.values())
    return relu(1.0 - t * (h @ p["W3"] + p["b3"])).mean() + 1e-4 * squares


def image_by_hand(xp: Any, relu: Any, p: dict[str, Any], x: Any, t: Any) -> Any:
    scores = relu(x @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"]
    return (xp.logsumexp(scores, 1) - scores[xp.arange(len(t)), t]).mean()


class JaxNames:
    """What the losses by hand take from PyTorch's namespace, of JAX."""

    arange = staticmethod(jnp.arange)
    logsumexp = staticmethod(jax.scipy.special.logsumexp)


def step_rows(program: Program, X: Any, y: Any, by_hand: Any, eager: Any) -> dict[str, Any]:
    """What is timed of one network: by name, a step, or a reason why it is not."""
    theta, xs, ys = program.data(), np.array(X), np.array(y)
    rows: dict[str, Any] = {"the scalar engine": eager}
    devices = [("", "float64"), ("cuda", "float64"), ("cuda", "float32")]
    rows["NumPy, our program"] = lambda: program(theta, xs, ys)
    for device, dtype in devices:
        where = f" on the GPU, {dtype}" if device else ""
        if device and not torch.cuda.is_available():
            rows[f"PyTorch, our program{where}"] = NOT_FOUND
        else:
            name = ":".join(["torch", *filter(None, [device]), dtype])
            run = Engine.named(name).function(program)
            rows[f"PyTorch, our program{where}"] = partial(run, theta, xs, ys)
    parts = {k: torch.tensor(v, requires_grad=True) for k, v in program.view(theta).items()}
    tensors = torch.tensor(xs), torch.tensor(ys)

    def torch_step() -> None:
        for p in parts.values():
            p.grad = None
        by_hand(torch, torch.relu, parts, *tensors).backward()

    rows["PyTorch, by hand"] = torch_step
    ours = jax.jit(program.to_jax().loss_and_gradient)
    given = [jnp.asarray(a) for a in (theta, xs, ys)]
    hand = jax.jit(jax.value_and_grad(partial(by_hand, JaxNames, jax.nn.relu)))
    arrays = {k: jnp.asarray(v) for k, v in program.view(theta).items()}
    rows["JAX jit, our program"] = lambda: jax.block_until_ready(ours(*given))
    rows["JAX jit, by hand"] = lambda: jax.block_until_ready(hand(arrays, *given[1:]))
    return rows


def steps() -> list[str]:
    lines = []
    for title, (model, loss, X, y), by_hand in (
        ("One step of a 2-16-16-1 net on 100 points", moons_net(), moons_by_hand),
        ("One step of a 784-32-10 net on 32 images", image_net(), image_by_hand),
    ):

        def eager(model: Any = model, loss: Any = loss, X: Any = X, y: Any = y) -> None:
            model.zero_grad()
            loss([model(x) for x in X], y).backward()

        rows = step_rows(vectorize(model, loss, X, y), X, y, by_hand, eager)
        found = timed({name: run for name, run in rows.items() if callable(run)})
        lines += ["", f"### {title}", "", "| | time | ÷ NumPy |", "|---|---:|---:|"]
        base = found["NumPy, our program"]
        for name, run in rows.items():
            if name in found:
                lines.append(f"| {name} | {duration(found[name])} | {ratio(found[name] / base)} |")
            else:
                lines.append(f"| {name} | {run} | |")
    return lines


def epoch() -> list[str]:
    """An epoch of 60,000 images by each backend, everything included."""
    rng = np.random.default_rng(0)
    X, y = rng.random((60_000, 784)).tolist(), rng.integers(0, 10, 60_000).tolist()
    lines = ["", "### An epoch of 60,000 images, 784-32-10, batches of 128, Adam: whole `fit`", ""]
    lines += ["| backend | time |", "|---|---:|"]
    for backend in ("numpy", "jax", "torch"):
        model = MLP(784, [32, 10], init="xavier", seed=0)
        optimizer = Adam(model.parameters(), lr=0.001)
        options: Any = {"batch_size": 128, "seed": 0, "progress": False, "backend": backend}
        history = fit(model, X, y, loss=cross_entropy, optimizer=optimizer, epochs=1, **options)
        lines.append(f"| {history.backend} | {history.seconds:.1f} s |")
    return lines


def processes() -> list[str]:
    """Epochs of full batches shared out by processes on this machine."""
    lines = ["", "### An epoch of one batch of 4,096 images, 784-32-10, by processes", ""]
    lines += ["| processes | an epoch | ÷ one |", "|---:|---:|---:|"]
    model, loss, X, y = image_net(4096)
    make = partial(torch.optim.SGD, lr=0.01)
    single = math.nan
    for count in (1, 2, 4):
        times = []
        for epochs in (10, 110):  # the difference leaves out what is done once
            history = fit_data_parallel(
                model, X, y, loss=loss, optimizer=make, epochs=epochs, processes=count
            )
            times.append(history.seconds)
        each = (times[1] - times[0]) / 100
        single = each if count == 1 else single
        lines.append(f"| {count} | {duration(each)} | {ratio(each / single)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the steps alone, only printed")
    quick = parser.parse_args().quick
    build = "compiled" if COMPILED else "plain Python"
    lines = [
        "Measured on:\n",
        f"    {date.today()}: python {platform.python_version()}, {os.cpu_count()} cores, "
        f"one thread, the scalar engine {build}, numpy {np.__version__}, jax {jax.__version__}, "
        f"torch {torch.__version__}",
        *steps(),
    ]
    if not quick:
        lines += [*epoch(), *processes()]
    print("\n".join(lines))
    if not quick:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
