"""The engines side by side: each, by its name, makes a trainer for a workload.

What an engine needs is imported where it is made, so that each runs in a process of its own.
"""

import math
import sys
from collections.abc import Callable
from contextlib import nullcontext
from time import perf_counter as now
from types import SimpleNamespace
from typing import Any

from trainers import (
    ArrayTrainer,
    FloatTrainer,
    ModelTrainer,
    ProgramTrainer,
    ReplayTrainer,
    ScalarTrainer,
)


def tinygrad_edu() -> SimpleNamespace:
    import tinygrad_edu as t
    from tinygrad_edu import arrays, losses, nn, optim

    def perceptron(workload: str, nin: int, nouts: list[int]) -> Any:
        both = {"activation": "sigmoid", "output_activation": "sigmoid"}
        return nn.MLP(nin, nouts, **(both if workload == "xor" else {}))

    return SimpleNamespace(
        **{name: getattr(t, name) for name in ("Value", "exp", "log", "relu", "sigmoid", "sum")},
        **{name: getattr(t, name) for name in ("normal_cdf", "sin", "tanh")},
        **{name: getattr(losses, name) for name in ("cross_entropy", "mse_loss")},
        SGD=optim.SGD,
        Replay=arrays.Replay,
        vectorize=arrays.vectorize,
        no_grad=t.no_grad,
        no_gradient=0.0,
        perceptron=perceptron,
    )


def slots_and_tuples() -> SimpleNamespace:
    import slots_and_tuples as s

    return SimpleNamespace(
        **{name: getattr(s, name) for name in ("Value", "exp", "log", "relu", "sigmoid")},
        no_gradient=0.0,
    )


def micrograd() -> SimpleNamespace:
    """micrograd, with the functions that it lacks written as it writes its own."""
    from micrograd.engine import Value
    from micrograd.nn import MLP
    from scalar import cross_entropy

    def function(f: Callable[[float], float], df: Callable[[float, float], float]) -> Any:
        def record(x: Any) -> Any:
            out = Value(f(x.data), (x,), "f")

            def _backward() -> None:
                x.grad += df(x.data, out.data) * out.grad

            out._backward = _backward
            return out

        return record

    engine = SimpleNamespace(
        Value=Value,
        exp=function(math.exp, lambda x, y: y),
        log=function(math.log, lambda x, y: 1.0 / x),
        sigmoid=function(lambda x: 1.0 / (1.0 + math.exp(-x)), lambda x, y: y * (1.0 - y)),
        relu=lambda x: x.relu(),
        sum=sum,
        no_grad=nullcontext,
        no_gradient=0.0,
        perceptron=lambda workload, nin, nouts: MLP(nin, nouts),
        SGD=None,
    )
    engine.cross_entropy = lambda scores, target: cross_entropy(engine, scores, target)
    return engine


def torch_scalars() -> SimpleNamespace:
    import torch

    def value(x: float) -> Any:
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)

    functions = {name: getattr(torch, name) for name in ("exp", "log", "relu", "sigmoid")}
    return SimpleNamespace(Value=value, **functions, no_gradient=None)


def floats() -> SimpleNamespace:
    return SimpleNamespace(
        Value=float,
        exp=math.exp,
        log=math.log,
        relu=lambda x: x if x > 0.0 else 0.0,
        sigmoid=lambda x: 1.0 / (1.0 + math.exp(-x)),
        no_grad=nullcontext,
    )


SCALAR_ENGINES = {
    "tinygrad_edu": tinygrad_edu,
    "slots and tuples": slots_and_tuples,
    "micrograd": micrograd,
    "PyTorch, a tensor a scalar": torch_scalars,
}


def numpy_functions(np: Any) -> SimpleNamespace:
    """What `arrays.py` needs, of NumPy or of what shares its interface."""
    return SimpleNamespace(
        exp=np.exp,
        log=np.log,
        relu=lambda x: np.maximum(x, 0.0),
        sigmoid=lambda x: 1.0 / (1.0 + np.exp(-x)),
        arange=np.arange,
        tri=np.tri,
    )


class NumPyTrainer(ArrayTrainer):
    """`by_hand.py`: every gradient worked out by hand."""

    def __init__(self, workload: str) -> None:
        import by_hand
        import numpy as np
        from arrays import moons_scores

        super().__init__(workload, np.asarray)
        self.by_hand = by_hand.STEPS[workload]
        self.evaluate = lambda: moons_scores(numpy_functions(np), self.p, self.x)

    def step(self) -> tuple[float, ...]:
        start = now()
        self.loss, self.g = self.by_hand(self.p, self.x, self.t)
        for name, m in self.p.items():
            m -= self.problem.lr * self.g[name]
        return start, now()


class AutogradTrainer(ArrayTrainer):
    def __init__(self, workload: str) -> None:
        import autograd
        from arrays import LOSSES

        xp = numpy_functions(autograd.numpy)
        super().__init__(workload, autograd.numpy.array)
        self.differentiate = autograd.value_and_grad(
            lambda p: LOSSES[workload](xp, p, self.x, self.t)
        )

    def step(self) -> tuple[float, ...]:
        start = now()
        self.loss, self.g = self.differentiate(self.p)
        for name, m in self.p.items():
            m -= self.problem.lr * self.g[name]
        return start, now()


class JaxTrainer(ArrayTrainer):
    def __init__(self, workload: str) -> None:
        import jax
        from arrays import LOSSES

        jax.config.update("jax_enable_x64", True)
        xp = numpy_functions(jax.numpy)
        super().__init__(workload, jax.numpy.asarray)
        differentiate = jax.value_and_grad(lambda p: LOSSES[workload](xp, p, self.x, self.t))

        @jax.jit
        def step(p: Any) -> Any:
            loss, g = differentiate(p)
            return loss, g, {name: m - self.problem.lr * g[name] for name, m in p.items()}

        self.jitted = step

    def step(self) -> tuple[float, ...]:
        start = now()
        loss, self.g, self.p = self.jitted(self.p)
        self.loss = float(loss)  # waits for the result
        return start, now()


class TorchTrainer(ArrayTrainer):
    def __init__(self, workload: str) -> None:
        import torch
        from arrays import LOSSES, moons_scores

        torch.set_num_threads(1)  # its fastest on arrays as small as these
        xp = SimpleNamespace(
            **{name: getattr(torch, name) for name in ("exp", "log", "relu", "sigmoid", "arange")},
            tri=lambda n: torch.ones(n, n, dtype=torch.float64).tril(),
        )
        super().__init__(workload, torch.from_numpy)
        self.leaves = [m.requires_grad_() for m in self.p.values()]
        self.forward = lambda: LOSSES[workload](xp, self.p, self.x, self.t)
        self.scores = lambda: moons_scores(xp, self.p, self.x)
        self.no_grad = torch.no_grad

    def step(self) -> tuple[float, ...]:
        start = now()
        for m in self.leaves:
            m.grad = None
        loss = self.forward()
        forward = now()
        loss.backward()
        backward = now()
        with self.no_grad():
            for m in self.leaves:
                m -= self.problem.lr * m.grad
        self.loss = loss.item()
        del loss
        end = now()
        self.g = {name: m.grad for name, m in self.p.items()}
        return start, forward, backward, end

    def evaluate(self) -> None:
        with self.no_grad():
            self.scores()


ENGINES: dict[str, Callable[[str], Any]] = {
    **{
        name: (lambda workload, engine=engine: ScalarTrainer(workload, engine()))
        for name, engine in SCALAR_ENGINES.items()
    },
    "tinygrad_edu nn": lambda workload: ModelTrainer(workload, tinygrad_edu()),
    "tinygrad_edu replay": lambda workload: ReplayTrainer(workload, tinygrad_edu()),
    "tinygrad_edu arrays": lambda workload: ProgramTrainer(workload, tinygrad_edu()),
    "micrograd nn": lambda workload: ModelTrainer(workload, micrograd()),
    "Python floats, forward": lambda workload: FloatTrainer(workload, floats()),
    "NumPy by hand": NumPyTrainer,
    "autograd": AutogradTrainer,
    "JAX jit": JaxTrainer,
    "PyTorch": TorchTrainer,
}


def allow_recursion() -> None:
    """micrograd's backward calls itself once for each node of a path."""
    sys.setrecursionlimit(10**6)
