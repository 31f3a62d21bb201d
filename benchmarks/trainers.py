"""What trains a workload: on scalars, on an engine's own `nn`, or on arrays.

A trainer has `step()`, one update of every parameter, which returns the times at its start, after
the forward pass, after the backward pass and at its end (of a fused step: start and end); `loss`
and `gradients()` of that step; and for the moons `evaluate()`, the scores without gradients.
"""

from time import perf_counter as now
from types import SimpleNamespace
from typing import Any

import scalar
from problems import PROBLEMS


class ScalarTrainer:
    """A workload of `scalar.py` on a class of Values with `data`, `grad` and `backward()`."""

    def __init__(self, workload: str, engine: SimpleNamespace) -> None:
        self.workload, self.engine = workload, engine
        self.problem = PROBLEMS[workload]()
        self.matrices = {
            name: [[engine.Value(x) for x in row] for row in rows]
            for name, rows in self.problem.parameters.items()
        }
        self.parameters = [v for rows in self.matrices.values() for row in rows for v in row]

    def forward(self) -> Any:
        return scalar.LOSSES[self.workload](self.engine, self.matrices, self.problem)

    def zero_grad(self) -> None:
        zero = self.engine.no_gradient
        for p in self.parameters:
            p.grad = zero

    def update(self) -> None:
        lr = self.problem.lr
        for p in self.parameters:
            p.data -= lr * p.grad

    def step(self) -> tuple[float, ...]:
        start = now()
        loss = self.forward()
        forward = now()
        self.zero_grad()
        loss.backward()
        backward = now()
        self.update()
        self.loss = float(loss.data)
        del loss  # dropping the graph counts
        return start, forward, backward, now()

    def gradients(self) -> list[float]:
        return [float(p.grad) for p in self.parameters]

    def evaluate(self) -> None:
        with self.engine.no_grad():
            scalar.moons_scores(self.engine, self.matrices, self.problem)


class FloatTrainer(ScalarTrainer):
    """The same loops over plain floats: the forward pass alone, which gives no gradient."""

    def step(self) -> tuple[float, ...]:
        start = now()
        self.loss = self.forward()
        return start, now()

    def gradients(self) -> None:
        return None


class ReplayTrainer(ScalarTrainer):
    """A workload of `scalar.py` that is recorded once, and then run again on lists of numbers."""

    def __init__(self, workload: str, engine: SimpleNamespace) -> None:
        super().__init__(workload, engine)
        self.replay = engine.Replay(self.forward(), self.parameters)
        self.numbers = [p.data for p in self.parameters]

    def step(self) -> tuple[float, ...]:
        start = now()
        self.loss, self.g = self.replay.run(self.numbers)
        lr = self.problem.lr
        self.numbers = [x - lr * g for x, g in zip(self.numbers, self.g)]
        return start, now()

    def gradients(self) -> list[float]:
        return self.g


class ProgramTrainer(ScalarTrainer):
    """A workload of `scalar.py` as an array program, on one array of all parameters."""

    def __init__(self, workload: str, engine: SimpleNamespace) -> None:
        super().__init__(workload, engine)
        self.program = engine.vectorize(self.forward(), self.parameters)
        self.theta = self.program.data()

    def step(self) -> tuple[float, ...]:
        start = now()
        self.loss, self.g = self.program(self.theta)
        self.theta -= self.problem.lr * self.g
        return start, now()

    def gradients(self) -> list[float]:
        of = dict(zip(self.program.parameters, self.g.tolist()))
        return [of[p] for p in self.parameters]


class ModelTrainer(ScalarTrainer):
    """A workload on an engine's own `nn`, which is alike in micrograd and in tinygrad_edu."""

    def __init__(self, workload: str, engine: SimpleNamespace) -> None:
        super().__init__(workload, engine)
        sizes = [len(rows) for name, rows in self.problem.parameters.items() if name[0] == "W"]
        self.model = engine.perceptron(workload, len(self.problem.inputs[0]), sizes)
        for k, layer in enumerate(self.model.layers, 1):
            for i, neuron in enumerate(layer.neurons):
                neuron.w[:] = self.matrices[f"W{k}"][i]
                neuron.b = self.matrices[f"b{k}"][0][i]
        if engine.SGD is None:
            self.zero_grad = self.model.zero_grad
        else:
            optimizer = engine.SGD(self.model.parameters(), lr=self.problem.lr)
            self.zero_grad, self.update = optimizer.zero_grad, optimizer.step

    def forward(self) -> Any:
        outputs = [self.model(x) for x in self.problem.inputs]
        if self.workload == "xor":
            return self.engine.mse_loss(outputs, self.problem.targets)
        if self.workload == "image":
            return self.engine.cross_entropy(outputs[0], self.problem.targets[0])
        losses = [(1 + -y * s).relu() for y, s in zip(self.problem.targets, outputs)]
        squares = self.engine.sum([p * p for p in self.model.parameters()])
        return self.engine.sum(losses) * (1.0 / len(losses)) + 1e-4 * squares

    def evaluate(self) -> None:
        with self.engine.no_grad():
            for x in self.problem.inputs:
                self.model(x)


class ArrayTrainer:
    """A workload on arrays: the subclass has `step()`, from the parameters `p` to their `g`."""

    def __init__(self, workload: str, asarray: Any) -> None:
        import numpy as np

        self.problem = PROBLEMS[workload]()
        inputs = self.problem.inputs
        self.x = asarray(np.array(inputs[0] if workload == "transformer" else inputs))
        self.t = asarray(np.array(self.problem.targets))
        self.p = {name: asarray(np.array(m)) for name, m in self.problem.parameters.items()}
        self.g: Any = {}

    def gradients(self) -> list[float]:
        return [float(v) for name in self.problem.parameters for v in self.g[name].reshape(-1)]
