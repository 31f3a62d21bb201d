"""A network that reads three letters of a name and says which one comes next.

    python examples/letters.py
    python examples/letters.py --epochs 20 --backend eager

Each letter is a row of a table, and the rows of three letters are what a layer of tanh sees: the
model of Y. Bengio et al., "A Neural Probabilistic Language Model", JMLR 3 (2003). It is written on
scalars, one name at a time; ``fit(backend="numpy")`` finds the arrays in it, `E = C[X]` the first.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

from tinygrad_edu import Value, dot, no_grad, softmax, tanh
from tinygrad_edu.losses import cross_entropy
from tinygrad_edu.nn import Module
from tinygrad_edu.optim import Adam
from tinygrad_edu.training import fit

NAMES = Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split()
LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # letter 0, the dot, stands before and after a name
CONTEXT = 3


def samples(names: list[str]) -> tuple[list[list[int]], list[int]]:
    """For each letter of some names, and the dot at their end, the letters before it.

    >>> samples(["ab"])
    ([[0, 0, 0], [0, 0, 1], [0, 1, 2]], [1, 2, 0])
    """
    X, y = [], []
    for name in names:
        before = [0] * CONTEXT
        for letter in map(LETTERS.index, name + "."):
            X.append(before)
            y.append(letter)
            before = [*before[1:], letter]
    return X, y


class Letters(Module):
    """Three letters → the logits of the next one."""

    def __init__(self, width: int = 6, hidden: int = 40, seed: int = 0) -> None:
        rng = Random(seed)

        def matrix(rows: int, columns: int, scale: float) -> list[list[Value]]:
            return [[Value(rng.gauss(0.0, scale)) for _ in range(columns)] for _ in range(rows)]

        inputs = CONTEXT * width
        self.C = matrix(len(LETTERS), width, 1.0)
        self.W1 = matrix(hidden, inputs, inputs**-0.5)
        self.b1 = [Value(0.0) for _ in range(hidden)]
        self.W2 = matrix(len(LETTERS), hidden, 0.1 * hidden**-0.5)  # at first, all are as likely
        self.b2 = [Value(0.0) for _ in LETTERS]

    def __call__(self, letters: list[int]) -> list[Value]:
        """Logits of all letters."""
        e = [v for letter in letters for v in self.C[letter]]
        h = [tanh(dot(w, e) + b) for w, b in zip(self.W1, self.b1)]
        return [dot(w, h) + b for w, b in zip(self.W2, self.b2)]

    @no_grad()
    def make_up(self, rng: Random) -> str:
        """A new name, letter by letter."""
        name = [0] * CONTEXT
        while True:
            probabilities = [p.data for p in softmax(self(name[-CONTEXT:]))]
            [letter] = rng.choices(range(len(LETTERS)), probabilities)
            if letter == 0:
                return "".join(LETTERS[i] for i in name[CONTEXT:])
            name.append(letter)


def main() -> None:
    """Train, report, and make up names."""
    parser = argparse.ArgumentParser(description="three letters say which one comes next")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--backend", default="numpy")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = Letters(seed=options.seed)
    X, y = samples(NAMES)
    print(f"{len(model.parameters())} parameters, {len(X)} letters of {len(NAMES)} names")
    optimizer = Adam(model.parameters(), lr=0.01)
    history = fit(
        model,
        X,
        y,
        loss=cross_entropy,
        optimizer=optimizer,
        epochs=options.epochs,
        batch_size=64,
        seed=options.seed,
        backend=options.backend,
        progress=False,
    )
    for epoch in range(0, history.epochs, max(1, history.epochs // 10)):
        print(f"epoch {epoch:3}: loss {history.losses[epoch]:.3f}")
    print(f"{history.backend}, {history.seconds:.1f} s")
    rng = Random(options.seed)
    print("made up:", ", ".join(model.make_up(rng) for _ in range(20)))


if __name__ == "__main__":
    main()
