"""Training in several real processes: the numbers of one, and a word where one is lost."""

import multiprocessing
import os
import random
import signal
import threading
import time
from functools import partial

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from tinygrad_edu.arrays.data_parallel import fit_data_parallel  # noqa: E402
from tinygrad_edu.losses import cross_entropy, mse_loss  # noqa: E402
from tinygrad_edu.nn import MLP  # noqa: E402
from tinygrad_edu.optim import SGD  # noqa: E402
from tinygrad_edu.training import fit  # noqa: E402

RNG = random.Random(1)
X = [[RNG.gauss(0, 1), RNG.gauss(0, 1)] for _ in range(8)]
REAL = [x[0] * x[1] for x in X]
CLASSES = [int(x[0] > 0.0) for x in X]
MAKE = partial(torch.optim.SGD, lr=0.1, momentum=0.9)


def model(outputs=1):
    return MLP(2, [4, outputs], activation="tanh", seed=0)


def numbers(trained):
    return [p.data for p in trained.parameters()]


def test_two_processes_train_as_one_engine_does():
    parallel, alone = model(2), model(2)
    history = fit_data_parallel(
        parallel, X, CLASSES, loss=cross_entropy, optimizer=MAKE, epochs=5, processes=2
    )
    optimizer = SGD(alone.parameters(), lr=0.1, momentum=0.9)
    expected = fit(
        alone, X, CLASSES, loss=cross_entropy, optimizer=optimizer, epochs=5, progress=False
    )
    assert history.backend == "torch in 2 processes"
    assert history.losses == pytest.approx(expected.losses, rel=1e-12)
    assert numbers(parallel) == pytest.approx(numbers(alone), rel=1e-12)


def test_four_processes_share_each_batch_and_keep_the_weights(tmp_path):
    pytest.importorskip("safetensors", reason="checkpoints are safetensors files")
    parallel, alone, kept = model(), model(), model()
    file = tmp_path / "net.safetensors"
    options = {"epochs": 3, "processes": 4, "batch_size": 4, "seed": 3, "checkpoint": file}
    fit_data_parallel(parallel, X, REAL, loss=mse_loss, optimizer=MAKE, **options)
    order, rng, optimizer = list(range(8)), random.Random(3), SGD(alone.parameters(), 0.1, 0.9)
    for _ in range(3):
        rng.shuffle(order)
        for batch in (order[:4], order[4:]):
            optimizer.zero_grad()
            mse_loss([alone(X[i]) for i in batch], [REAL[i] for i in batch]).backward()
            optimizer.step()
    assert numbers(parallel) == pytest.approx(numbers(alone), rel=1e-12)
    kept.load(file)
    assert numbers(kept) == numbers(parallel)


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_a_process_that_is_killed_ends_the_run_with_its_last_checkpoint(tmp_path):
    pytest.importorskip("safetensors", reason="checkpoints are safetensors files")
    file, trained = tmp_path / "net.safetensors", model()
    before = numbers(trained)

    def kill():
        while not file.exists():
            time.sleep(0.01)
        victim = max(multiprocessing.active_children(), key=lambda process: process.name)
        os.kill(victim.pid, signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    message = r"process 1 was killed by signal 9 in epoch \d+; the weights after epoch \d+ are in "
    with pytest.raises(RuntimeError, match=message):
        fit_data_parallel(
            trained,
            X,
            REAL,
            loss=mse_loss,
            optimizer=MAKE,
            epochs=10**6,
            processes=2,
            checkpoint=file,
        )
    assert numbers(trained) == before
    trained.load(file)
    assert numbers(trained) != before
    assert multiprocessing.active_children() == []


def failing(predictions, targets):
    raise ZeroDivisionError("a loss that fails")


def test_what_a_process_raises_is_told():
    with pytest.raises(RuntimeError, match=r"(?s)process \d failed in epoch 0:.*a loss that fails"):
        fit_data_parallel(
            model(), X, REAL, loss=failing, optimizer=MAKE, epochs=1, processes=2, timeout=5.0
        )


def test_batches_that_cannot_be_shared_out_are_refused():
    for options in ({"processes": 3}, {"processes": 2, "batch_size": 3}, {"processes": 0}):
        with pytest.raises(ValueError, match=r"evenly|processes"):
            fit_data_parallel(model(), X, REAL, loss=mse_loss, optimizer=MAKE, epochs=1, **options)
