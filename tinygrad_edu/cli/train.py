"""``python -m tinygrad_edu train``: an MLP on real data or on a learner's own table."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from random import Random

from ..arrays.backends import BACKENDS
from ..data import Dataset, Rows, Standardizer, digits, iris
from ..losses import cross_entropy, mse_loss
from ..nn import MLP
from ..optim import Adam
from ..recording import no_grad
from ..tables import TableError, read_table
from ..text import number
from ..training import fit
from .options import count, fraction, positive, seed, sizes
from .terminal import has_progress_bars

SUMMARY = "train an MLP on iris, on digits or on your own CSV table; test it on held-out rows"

REAL_DATA = {"iris": iris, "digits": digits}
HIDDEN = {"iris": [8], "digits": [16]}
HIDDEN_OF_A_TABLE = [16, 16]
EPOCHS = {"iris": 50, "digits": 5}
EPOCHS_OF_A_TABLE = 100


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu train``."""
    parser.add_argument(
        "source",
        metavar="iris|digits|FILE.csv",
        help="iris and digits come with scikit-learn; a CSV file has a header row",
    )
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help="the column of the CSV file to predict: a regression if it holds numbers, a "
        "classification if it holds text (so write classes as yes and no, not as 1 and 0); all "
        "other columns are features and hold numbers",
    )
    parser.add_argument(
        "--hidden",
        type=sizes,
        metavar="SIZES",
        help="sizes of the hidden layers, such as 16,16 (default: 8 for iris, 16 for digits, "
        "16,16 for a file)",
    )
    parser.add_argument(
        "--epochs", type=count, help="default: 50 for iris, 5 for digits, 100 for a file"
    )
    parser.add_argument("--lr", type=positive, default=0.01, help="of Adam (default: %(default)s)")
    parser.add_argument(
        "--batch-size", type=count, default=32, help="rows an update (default: %(default)s)"
    )
    parser.add_argument(
        "--test-fraction",
        type=fraction,
        default=0.25,
        help="the part of the rows that is held out (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        help="of the split, the initial weights and the batches (default: %(default)s)",
    )
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="auto",
        help="what runs the batches: the engine (eager), a record of the network that is run "
        "again (replay), or the fastest that serves (default: %(default)s)",
    )


def run(options: Namespace) -> None:
    """Split, standardise, train, and report on the held-out rows what was learned."""
    dataset = _load(options.source, options.target)
    hidden = options.hidden or HIDDEN.get(options.source, HIDDEN_OF_A_TABLE)
    epochs = options.epochs or EPOCHS.get(options.source, EPOCHS_OF_A_TABLE)
    rng = Random(options.seed)
    train, test = dataset.split(options.test_fraction, rng)
    features, targets = Standardizer.of(train.X), _Targets(train)
    outputs = len(dataset.classes) or 1
    model = MLP(len(dataset.features), [*hidden, outputs], init="kaiming", seed=rng)

    kind = f"{outputs} classes" if dataset.classes else f"regression of {options.target!r}"
    print(f"{options.source}: {len(dataset.y)} rows, {len(dataset.features)} features, {kind}")
    print(f"{len(train.y)} rows to train on, {len(test.y)} held out, seed {options.seed}")
    layers = "-".join(map(str, [len(dataset.features), *hidden, outputs]))
    print(f"A {layers} MLP with ReLU: {len(model.parameters())} parameters")
    print(f"Adam at lr {options.lr:g}, batches of {options.batch_size}\n")
    history = fit(
        model,
        features.apply(train.X),
        targets.standardised(train.y),
        loss=cross_entropy if dataset.classes else mse_loss,
        optimizer=Adam(model.parameters(), lr=options.lr),
        epochs=epochs,
        batch_size=options.batch_size,
        log_every=max(1, epochs // 10),
        progress=has_progress_bars(),
        seed=rng,
        backend=options.backend,
    )
    interrupted = history.stop_reason == "interrupted"
    what = f"Interrupted: {history.epochs} of {epochs}" if interrupted else f"{epochs}"
    print(f"\n{what} epochs in {history.seconds:.1f} s, run by {history.backend}")
    for name, part in (("held-out", test), ("training", train)):
        predicted = targets.predicted(model, features.apply(part.X))
        print(f"on the {len(part.y)} {name} rows: {_quality(part, predicted)}")
    if interrupted:
        raise KeyboardInterrupt


def _load(source: str, target: str | None) -> Dataset:
    if source in REAL_DATA:
        if target is not None:
            raise TableError(f"{source} has a target of its own: leave --target out")
        return REAL_DATA[source]()
    if target is None:
        raise TableError(f"{source}: which column is to be predicted? Say --target COLUMN")
    return read_table(source, target)


class _Targets:
    """Between targets and what the network works with: class indices, or standardised numbers."""

    def __init__(self, train: Dataset) -> None:
        self.are_classes = bool(train.classes)
        scale = Standardizer.of([[t] for t in train.y])
        self.mean = scale.means[0]
        # (a column that is constant in training has no deviation to divide by)
        self.deviation = scale.deviations[0] if math.isfinite(scale.deviations[0]) else 1.0

    def standardised(self, y: Sequence[float]) -> Sequence[float]:
        return y if self.are_classes else [(t - self.mean) / self.deviation for t in y]

    def predicted(self, model: MLP, X: Rows) -> list[float]:
        with no_grad():
            outputs = [model(x) for x in X]
        if self.are_classes:
            return [max(range(len(scores)), key=scores.__getitem__) for scores in outputs]
        return [output.data * self.deviation + self.mean for output in outputs]


def _quality(part: Dataset, predicted: Sequence[float]) -> str:
    """The accuracy of a classification; R² and the root of the mean squared error of a regression.

    R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)²: 1 is perfect, 0 is no better than always saying the mean.
    """
    n = len(part.y)
    if part.classes:
        right = sum(p == t for p, t in zip(predicted, part.y))
        return f"accuracy {100.0 * right / n:.1f} % ({right} right)"
    error = math.dist(predicted, part.y)
    rmse = f"RMSE {number(error / math.sqrt(n), 6)}"
    mean = sum(t / n for t in part.y)
    spread = math.dist(part.y, [mean] * n)
    if min(part.y) == max(part.y):
        return f"{rmse} (R² is undefined: all these targets are equal)"
    ratio = error / spread
    return f"R² {1.0 - ratio * ratio:.4f}, {rmse}"
