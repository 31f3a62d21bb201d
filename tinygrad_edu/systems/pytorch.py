"""The same run in PyTorch, where it is installed, to hold the engine's losses against."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..language import say
from ..nn import MLP


def run(
    model: MLP, X: Sequence[Sequence[float]], y: Sequence[float], lr: float, epochs: int
) -> list[float]:
    """The mean squared errors of full-batch SGD in float64, from the weights that `model` has now.

    `model` has one output and the activations "sigmoid", "relu" or none.
    """
    torch: Any = import_module("torch")
    activations: dict[object, Any] = {
        "sigmoid": torch.nn.Sigmoid,
        "relu": torch.nn.ReLU,
        None: torch.nn.Identity,
    }

    def tensor(numbers: object) -> Any:
        return torch.tensor(numbers, dtype=torch.float64)

    layers = []
    for layer in model.layers:
        neurons = layer.neurons
        linear = torch.nn.Linear(len(neurons[0].w), len(neurons), dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(tensor([[w.data for w in n.w] for n in neurons]))
            linear.bias.copy_(tensor([n.parameters()[-1].data for n in neurons]))
        layers += [linear, activations[neurons[0].activation]()]
    network = torch.nn.Sequential(*layers)
    inputs, targets = tensor(X), tensor(y).reshape(-1, 1)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    curve = []
    for _ in range(epochs):
        loss = torch.nn.functional.mse_loss(network(inputs), targets)
        curve.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return curve


def report(
    losses: Sequence[float],
    model: MLP,
    X: Sequence[Sequence[float]],
    y: Sequence[float],
    lr: float,
) -> str:
    """A line that says how far our `losses` are from PyTorch's, from the weights in `model`."""
    if find_spec("torch") is None:
        return say("PyTorch is not installed: pip install torch to compare with it")
    theirs = run(model, X, y, lr, len(losses))
    difference = max(abs(a - b) for a, b in zip(losses, theirs))
    return say(
        "PyTorch from the same weights: the whole loss curve agrees to {difference}",
        difference=f"{difference:.1e}",
    )
