"""The model of gpt.py in PyTorch, trained from the same weights on the same names, beside it.

python examples/gpt_in_torch.py
"""

from __future__ import annotations

from random import Random

import torch
from gpt import CONTEXT, GPT, LETTERS, NAMES, tokens_of, train
from torch import Tensor, nn
from torch.nn import functional as F


def norm(x: Tensor) -> Tensor:
    """x / √(mean of x²), for each place."""
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-5)


def weights(rows: int, columns: int) -> nn.Parameter:
    """A matrix whose numbers are to be loaded."""
    return nn.Parameter(torch.zeros(rows, columns, dtype=torch.float64))


class TorchBlock(nn.Module):
    """Attention and an MLP for all places at once, a row each."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (weights(width, width) for _ in range(4))
        self.up, self.down = weights(4 * width, width), weights(width, 4 * width)

    def forward(self, x: Tensor) -> Tensor:
        """(places, width) → (places, width)."""
        normed = norm(x)
        query, key, value = (  # (heads, places, width of a head)
            F.linear(normed, w).unflatten(-1, (self.heads, -1)).transpose(0, 1)
            for w in (self.query, self.key, self.value)
        )
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + F.linear(seen.transpose(0, 1).flatten(1), self.out)
        return x + F.linear(F.relu(F.linear(norm(x), self.up)), self.down)


class TorchGPT(nn.Module):
    """A GPT with the shapes and the numbers of one in scalars."""

    def __init__(self, model: GPT) -> None:
        super().__init__()
        width = len(model.head[0])
        self.token, self.place = weights(len(LETTERS), width), weights(CONTEXT, width)
        self.blocks = nn.ModuleList(TorchBlock(width, block.heads) for block in model.blocks)
        self.head = weights(len(LETTERS), width)
        state = {
            name: torch.tensor(numbers, dtype=torch.float64)
            for name, numbers in model.state_dict().items()
        }
        self.load_state_dict(state)

    def forward(self, tokens: list[int]) -> Tensor:
        """Tokens → logits of shape (places, letters)."""
        x = self.token[tokens] + self.place[: len(tokens)]
        for block in self.blocks:
            x = block(x)
        return F.linear(norm(x), self.head)

    def loss(self, names: list[str]) -> Tensor:
        """The mean surprise at each next letter."""
        rows = [tokens_of(name) for name in names]
        targets = [token for row in rows for token in (*row[1:], 0)]
        return F.cross_entropy(torch.cat([self(row) for row in rows]), torch.tensor(targets))


def train_torch(
    model: TorchGPT, steps: int, batch: int = 4, lr: float = 0.02, seed: int = 0
) -> list[float]:
    """What `train` does."""
    rng = Random(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.99))
    losses = []
    for step in range(steps):
        loss = model.loss(rng.sample(NAMES, batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.param_groups[0]["lr"] = lr * (1.0 - step / steps)
        optimizer.step()
        losses.append(loss.item())
    return losses


def main() -> None:
    """Train both, and print their losses side by side."""
    ours, steps = GPT(), 50
    theirs = TorchGPT(ours)
    pairs = list(zip(train(ours, steps), train_torch(theirs, steps)))
    print("step  in scalars          in PyTorch")
    for step, (mine, other) in enumerate(pairs):
        if step % 5 == 0:
            print(f"{step:4}  {mine:.15f}  {other:.15f}")
    print(f"largest difference: {max(abs(mine - other) for mine, other in pairs):.1e}")


if __name__ == "__main__":
    main()
