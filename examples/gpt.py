"""A character-level GPT in scalars: it reads given names and makes up new ones.

    python examples/gpt.py
    python examples/gpt.py --steps 1000 --seed 1

Every number of it is a Value: what the matrices of a transformer do is here in sums and products
that can be drawn, derived and stepped through. Its shape is that of GPT-2 (A. Radford et al.,
"Language Models are Unsupervised Multitask Learners", 2019), with the norm of B. Zhang and
R. Sennrich, "Root Mean Square Layer Normalization", arXiv:1910.07467, and without biases. Next to
it, in gpt_in_torch.py, is the same model in PyTorch, with the same losses.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

from tinygrad_edu import Value, dot, mean, no_grad, softmax
from tinygrad_edu.losses import cross_entropy
from tinygrad_edu.nn import Module
from tinygrad_edu.optim import Adam

Vector = list[Value]
Matrix = list[list[Value]]

NAMES = Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split()
LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # token 0, the dot, stands before and after a name
CONTEXT = 1 + max(map(len, NAMES))


def tokens_of(name: str) -> list[int]:
    """``ada`` is 0 1 4 1: what the model reads. What it is to say at each place is 1 4 1 0."""
    return [LETTERS.index(letter) for letter in "." + name]


def matrix(rows: int, columns: int, rng: Random) -> Matrix:
    """Weights of mean 0, so small that what comes out is no larger than what goes in."""
    return [[Value(rng.gauss(0.0, columns**-0.5)) for _ in range(columns)] for _ in range(rows)]


def linear(weights: Matrix, x: Vector) -> Vector:
    """W x."""
    return [dot(row, x) for row in weights]


def plus(x: Vector, y: Vector) -> Vector:
    """x + y."""
    return [a + b for a, b in zip(x, y)]


def norm(x: Vector) -> Vector:
    """x / √(mean of x²), so that numbers stay of the size of 1 however deep the model is."""
    size = (mean([a * a for a in x]) + 1e-5) ** 0.5
    return [a / size for a in x]


class Block(Module):
    """Attention, by which a place learns from those before it, then a small MLP for each place.

    Both add to what was there, so that gradients have a straight way back.
    """

    def __init__(self, width: int, heads: int, rng: Random) -> None:
        self.heads = heads
        self.query = matrix(width, width, rng)
        self.key = matrix(width, width, rng)
        self.value = matrix(width, width, rng)
        self.out = matrix(width, width, rng)
        self.up = matrix(4 * width, width, rng)
        self.down = matrix(width, 4 * width, rng)

    def __call__(self, xs: list[Vector]) -> list[Vector]:
        """The vectors of all places → as many new ones."""
        normed = [norm(x) for x in xs]
        queries = [linear(self.query, x) for x in normed]
        keys = [linear(self.key, x) for x in normed]
        values = [linear(self.value, x) for x in normed]
        ys = []
        for i, x in enumerate(xs):
            seen = self.attend(queries[i], keys[: i + 1], values[: i + 1])  # never what comes later
            x = plus(x, linear(self.out, seen))
            hidden = [h.relu() for h in linear(self.up, norm(x))]
            ys.append(plus(x, linear(self.down, hidden)))
        return ys

    def attend(self, query: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
        """The values of the places so far, mixed by how well their keys answer the query.

        Each head does so in its own part of the vectors: softmax(k·q / √d) weighs the values.
        """
        d = len(query) // self.heads
        mixed = []
        for start in range(0, len(query), d):
            part = slice(start, start + d)
            scores = [dot(query[part], key[part]) / d**0.5 for key in keys]
            weights = softmax(scores)
            for column in zip(*[value[part] for value in values]):
                mixed.append(dot(weights, column))
        return mixed


class GPT(Module):
    """Tokens → for each place, the logits of the token that comes next."""

    def __init__(self, width: int = 8, heads: int = 2, layers: int = 1, seed: int = 0) -> None:
        rng = Random(seed)
        self.token = matrix(len(LETTERS), width, rng)
        self.place = matrix(CONTEXT, width, rng)
        self.blocks = [Block(width, heads, rng) for _ in range(layers)]
        self.head = matrix(len(LETTERS), width, rng)

    def __call__(self, tokens: list[int]) -> list[Vector]:
        """Logits of shape (places, letters); those of a place depend on the tokens up to it."""
        xs = [plus(self.token[token], self.place[i]) for i, token in enumerate(tokens)]
        for block in self.blocks:
            xs = block(xs)
        return [linear(self.head, norm(x)) for x in xs]

    def loss(self, names: list[str]) -> Value:
        """The mean surprise at each next letter of some names, in nats: ln 27 = 3.30 at random."""
        logits, targets = [], []
        for name in names:
            tokens = tokens_of(name)
            logits += self(tokens)
            targets += [*tokens[1:], 0]
        return cross_entropy(logits, targets)

    @no_grad()
    def make_up(self, rng: Random, temperature: float = 0.7) -> str:
        """A new name, letter by letter; a higher temperature is more daring."""
        tokens = [0]
        while len(tokens) < CONTEXT:
            probabilities = softmax([x / temperature for x in self(tokens)[-1]])
            [token] = rng.choices(range(len(LETTERS)), [p.data for p in probabilities])
            if token == 0:
                break
            tokens.append(token)
        return "".join(LETTERS[token] for token in tokens[1:])


def train(model: GPT, steps: int, batch: int = 4, lr: float = 0.02, seed: int = 0) -> list[float]:
    """Train on a few names a step, with a learning rate that falls to 0; the loss of each step."""
    rng = Random(seed)
    optimizer = Adam(model.parameters(), lr=lr, betas=(0.9, 0.99))
    losses = []
    for step in range(steps):
        loss = model.loss(rng.sample(NAMES, batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.lr = lr * (1.0 - step / steps)
        optimizer.step()
        losses.append(loss.data)
    return losses


def main() -> None:
    """Train, report, and make up names."""
    parser = argparse.ArgumentParser(description="a GPT in scalars that makes up names")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = GPT(seed=options.seed)
    print(f"{len(model.parameters())} parameters, {len(NAMES)} names")
    losses = train(model, options.steps, seed=options.seed)
    tenth = max(1, options.steps // 10)
    for first in range(0, options.steps, tenth):
        part = losses[first : first + tenth]
        print(f"steps {first:4} to {first + len(part) - 1:4}: loss {sum(part) / len(part):.3f}")
    rng = Random(options.seed)
    print("made up:", ", ".join(model.make_up(rng) for _ in range(20)))


if __name__ == "__main__":
    main()
