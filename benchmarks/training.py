"""A whole run of training, compiling or recording included: `fit` by each backend, and PyTorch."""

from collections.abc import Callable
from random import Random
from typing import Any

SIZES = [16, 10]


def fitted(backend: str) -> Callable[[Any, Any, int], list[float]]:
    def train(X: Any, y: Any, epochs: int) -> list[float]:
        from tinygrad_edu.losses import cross_entropy
        from tinygrad_edu.nn import MLP
        from tinygrad_edu.optim import Adam
        from tinygrad_edu.training import fit

        model = MLP(len(X[0]), SIZES, init="kaiming", seed=0)
        history = fit(
            model,
            X,
            y,
            loss=cross_entropy,
            optimizer=Adam(model.parameters(), lr=0.01),
            epochs=epochs,
            batch_size=32,
            progress=False,
            seed=0,
            backend=backend,
        )
        return history.losses

    return train


def torch_tensors(X: Any, y: Any, epochs: int) -> list[float]:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    model = nn.Sequential(nn.Linear(len(X[0]), SIZES[0]), nn.ReLU(), nn.Linear(*SIZES))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    inputs, targets = torch.tensor(X), torch.tensor(y)
    rng, order, losses = Random(0), list(range(len(y))), []
    for _ in range(epochs):
        rng.shuffle(order)
        total = 0.0
        for first in range(0, len(order), 32):
            batch = order[first : first + 32]
            index = torch.tensor(batch)
            loss = nn.functional.cross_entropy(model(inputs[index]), targets[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(y))
    return losses


TRAININGS = {
    **{f"tinygrad_edu {name}": fitted(name) for name in ("eager", "replay", "numpy")},
    "PyTorch": torch_tensors,
}
