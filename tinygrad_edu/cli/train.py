"""``python -m tinygrad_edu train``: an MLP on real data or on a learner's own table."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from random import Random
from typing import Literal

from ..arrays.fitting.backends import BACKENDS
from ..data import Dataset, Standardizer, digits, iris
from ..language import say
from ..losses import cross_entropy, mse_loss
from ..nn import MLP
from ..optim import Adam
from ..predictor import Predictor, Scale, quality
from ..tables import TableError, read_table
from ..tensors import file_libraries
from ..training import fit
from .options import backend, count, fraction, positive, seed, sizes, weights
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
        help=say("iris and digits come with scikit-learn; a CSV file has a header row"),
    )
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help=say(
            "the column of the CSV file to predict: a classification if it holds text, or "
            "nothing but 0 and 1, otherwise a regression; all other columns are features and hold "
            "numbers"
        ),
    )
    parser.add_argument(
        "--as",
        dest="target_as",
        choices=["numbers", "classes"],
        help=say(
            "what the target holds, whatever it looks like: numbers make a regression of 0 and "
            "1, classes a classification of other numbers"
        ),
    )
    parser.add_argument(
        "--hidden",
        type=sizes,
        metavar="SIZES",
        help=say(
            "sizes of the hidden layers, such as 16,16 (default: 8 for iris, 16 for digits, "
            "16,16 for a file)"
        ),
    )
    parser.add_argument(
        "--epochs", type=count, help=say("default: 50 for iris, 5 for digits, 100 for a file")
    )
    parser.add_argument(
        "--lr", type=positive, default=0.01, help=say("of Adam (default: %(default)s)")
    )
    parser.add_argument(
        "--batch-size", type=count, default=32, help=say("rows an update (default: %(default)s)")
    )
    parser.add_argument(
        "--test-fraction",
        type=fraction,
        default=0.25,
        help=say("the part of the rows that is held out (default: %(default)s)"),
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        help=say("of the split, the initial weights and the batches (default: %(default)s)"),
    )
    parser.add_argument(
        "--backend",
        type=backend,
        metavar="|".join(BACKENDS),
        default="auto",
        help=say(
            "what runs the batches: the engine (eager), a record of the network that is run "
            "again (replay), array operations by NumPy, JAX or PyTorch (with a device and a width "
            "where they matter: torch:cuda:float32), or what suits it best (default: %(default)s)"
        ),
    )
    parser.add_argument(
        "--save",
        type=weights,
        metavar="MODEL.safetensors",
        help=say("keep the trained network there, for `predict` (needs the extra 'export')"),
    )


def run(options: Namespace) -> None:
    """Split, standardise, train, and report on the held-out rows what was learned."""
    if options.save:
        file_libraries()  # a model that cannot be saved is not trained first
    dataset = _load(options.source, options.target, options.target_as)
    hidden = options.hidden or HIDDEN.get(options.source, HIDDEN_OF_A_TABLE)
    epochs = options.epochs or EPOCHS.get(options.source, EPOCHS_OF_A_TABLE)
    rng = Random(options.seed)
    train, test = dataset.split(options.test_fraction, rng)
    outputs = len(dataset.classes) or 1
    model = MLP(len(dataset.features), [*hidden, outputs], init="kaiming", seed=rng)
    predictor = Predictor(
        model,
        dataset.features,
        Standardizer.of(train.X),
        options.target or options.source,
        dataset.classes,
        Scale.of(train),
    )

    kind = (
        say("{count} classes", count=outputs)
        if dataset.classes
        else say("regression of {target}", target=repr(options.target))
    )
    if dataset.classes == ("0", "1") and options.target_as is None:
        kind += say(", 0 and 1 (a regression: --as numbers)")
    print(
        say(
            "{source}: {rows} rows, {features} features, {kind}",
            source=options.source,
            rows=len(dataset.y),
            features=len(dataset.features),
            kind=kind,
        )
    )
    print(
        say(
            "{training} rows to train on, {held_out} held out, seed {seed}",
            training=len(train.y),
            held_out=len(test.y),
            seed=options.seed,
        )
    )
    layers = "-".join(map(str, [len(dataset.features), *hidden, outputs]))
    parameters = len(model.parameters())
    print(say("A {layers} MLP with ReLU: {count} parameters", layers=layers, count=parameters))
    rate = f"{options.lr:g}"
    print(say("Adam at lr {rate}, batches of {size}", rate=rate, size=options.batch_size) + "\n")
    history = fit(
        model,
        predictor.inputs.apply(train.X),
        predictor.targets(train.y),
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
    how = {"seconds": f"{history.seconds:.1f}", "backend": history.backend, "all": epochs}
    print()
    if interrupted:
        print(
            say(
                "Interrupted: {count} of {all} epochs in {seconds} s, run by {backend}",
                count=history.epochs,
                **how,
            )
        )
    else:
        print(say("{all} epochs in {seconds} s, run by {backend}", **how))
    judged = quality(test, predictor.predict(test.X))
    print(say("on the {count} held-out rows: {quality}", count=len(test.y), quality=judged))
    judged = quality(train, predictor.predict(train.X))
    print(say("on the {count} training rows: {quality}", count=len(train.y), quality=judged))
    if options.save:
        predictor.save(options.save)
        print(say("saved to {file}", file=options.save))
    if interrupted:
        raise KeyboardInterrupt


def _load(
    source: str, target: str | None, target_as: Literal["numbers", "classes"] | None
) -> Dataset:
    if source in REAL_DATA:
        if target is not None or target_as is not None:
            raise TableError(f"{source} has a target of its own: leave --target and --as out")
        return REAL_DATA[source]()
    if target is None:
        raise TableError(f"{source}: which column is to be predicted? Say --target COLUMN")
    return read_table(source, target, target_as)
