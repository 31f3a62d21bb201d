"""The example of an embedding: it runs, it trains as arrays, and PyTorch's losses are its own."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

import tinygrad_edu
from tinygrad_edu.losses import cross_entropy
from tinygrad_edu.optim import SGD
from tinygrad_edu.training import fit

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def letters(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module("letters")


def test_samples_by_hand(letters):
    assert letters.samples(["ab", "z"]) == (
        [[0, 0, 0], [0, 0, 1], [0, 1, 2], [0, 0, 0], [0, 0, 26]],
        [1, 2, 0, 26, 0],
    )


def test_the_example_runs_as_arrays_and_its_loss_falls():
    pytest.importorskip("numpy", reason="NumPy is not installed")
    home = str(Path(tinygrad_edu.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, EXAMPLES / "letters.py", "--epochs", "5"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": home, "PYTHONIOENCODING": "utf-8"},
    )
    first, *losses, how, made_up = done.stdout.splitlines()
    assert first == "2029 parameters, 1620 letters of 276 names"
    assert float(losses[-1].split()[-1]) < 2.4 < float(losses[0].split()[-1]) < 3.3
    assert how.startswith("numpy, ")
    assert made_up.startswith("made up: ")


def test_losses_are_those_of_pytorch(letters):
    torch = pytest.importorskip("torch", reason="PyTorch trains the same model")
    X, y = letters.samples(Random(0).sample(letters.NAMES, 10))
    model = letters.Letters(width=3, hidden=5)
    float64 = {"dtype": torch.float64, "requires_grad": True}
    C, W1, W2 = (
        torch.tensor([[v.data for v in row] for row in rows], **float64)
        for rows in (model.C, model.W1, model.W2)
    )
    b1, b2 = torch.zeros(5, **float64), torch.zeros(27, **float64)
    expected = []
    for _ in range(5):
        h = torch.tanh(C[torch.tensor(X)].flatten(1) @ W1.T + b1)
        loss = torch.nn.functional.cross_entropy(h @ W2.T + b2, torch.tensor(y))
        loss.backward()
        with torch.no_grad():
            for m in (C, W1, b1, W2, b2):
                m -= 0.5 * m.grad
                m.grad = None
        expected.append(loss.item())
    optimizer = SGD(model.parameters(), lr=0.5)
    options = {"loss": cross_entropy, "optimizer": optimizer, "progress": False}
    history = fit(model, X, y, epochs=5, backend="numpy", **options)
    assert history.backend == "numpy"
    assert history.losses == pytest.approx(expected, rel=1e-12)
