"""Checkpoints: a run that goes on from one ends in the same bits as one that never stopped."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tinygrad_edu.data import moons
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from tinygrad_edu.schedules import CosineAnnealingLR
from tinygrad_edu.tensors import TensorFileError, read_tensors, write_tensors
from tinygrad_edu.training import fit

pytest.importorskip("safetensors", reason="checkpoints are safetensors files")

X, Y = moons(12, noise=0.1, seed=0)

OPTIMIZERS = {
    "SGD": lambda ps: SGD(ps, lr=0.05, momentum=0.9),
    "Adam": lambda ps: Adam(ps, lr=0.05, betas=(0.8, 0.95)),
    "AdamW": lambda ps: AdamW(ps, lr=0.05),
    "RMSprop": lambda ps: RMSprop(ps, lr=0.05),
    "Adagrad": lambda ps: Adagrad(ps, lr=0.05),
}


class Run:
    def __init__(self, make=OPTIMIZERS["Adam"], scheduled=True):
        self.model = MLP(2, [4, 1], activation="tanh", seed=0)
        self.optimizer = make(self.model.parameters())
        self.schedule = CosineAnnealingLR(self.optimizer, T_max=9) if scheduled else None

    def fit(self, epochs, **options):
        options = {"validation": (X[:3], Y[:3]), "seed": 5, "samples": 12} | options
        n = options.pop("samples")
        return fit(
            self.model,
            X[:n],
            Y[:n],
            loss=mse_loss,
            optimizer=self.optimizer,
            epochs=epochs,
            batch_size=5,
            progress=False,
            schedule=self.schedule,
            **options,
        )

    def weights(self):
        return [p.data for p in self.model.parameters()]


@pytest.mark.parametrize("backend", ["eager", "replay"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_in_pieces_is_the_run(name, backend, tmp_path):
    whole = Run(OPTIMIZERS[name])
    expected = whole.fit(8)
    file = tmp_path / "run.safetensors"
    for epochs in (2, 3, 8):
        part = Run(OPTIMIZERS[name])
        history = part.fit(epochs, checkpoint=file, resume=True, backend=backend)
    assert history.losses == expected.losses
    assert history.validation_losses == expected.validation_losses
    assert part.weights() == whole.weights()
    assert part.optimizer.state_dict() == whole.optimizer.state_dict()


def test_a_run_that_has_ended_stays_ended(tmp_path):
    file = tmp_path / "run.safetensors"
    first = Run()
    stopped = first.fit(50, tol=0.05, checkpoint=file)
    assert stopped.stop_reason == "tol"
    second = Run()
    again = second.fit(50, tol=0.05, checkpoint=file, resume=True)
    assert (again.losses, again.stop_reason) == (stopped.losses, "tol")
    assert second.weights() == first.weights()


def test_patience_goes_on_counting(tmp_path):
    whole, file = Run(), tmp_path / "run.safetensors"
    expected = whole.fit(40, patience=3)
    for epochs in (2, 4, 40):
        part = Run()
        history = part.fit(epochs, patience=3, checkpoint=file, resume=True)
    assert history.stop_reason == expected.stop_reason
    assert history.validation_losses == expected.validation_losses
    assert part.weights() == whole.weights()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: (Run(OPTIMIZERS["SGD"]), {}), "it is of Adam, not of SGD"),
        (lambda: (Run(), {"samples": 11}), "it is of 12 samples, not of 11"),
        (lambda: (Run(scheduled=False), {}), None),
    ],
)
def test_of_another_run(change, message, tmp_path):
    file = tmp_path / "run.safetensors"
    Run().fit(2, checkpoint=file)
    other, options = change()
    before, state = other.weights(), other.optimizer.state_dict()
    if message is None:
        assert other.fit(3, checkpoint=file, resume=True).epochs == 3
        return
    with pytest.raises(TensorFileError, match=f"run.safetensors is no checkpoint.*{message}"):
        other.fit(3, checkpoint=file, resume=True, **options)
    assert (other.weights(), other.optimizer.state_dict()) == (before, state)


def test_without_the_schedule_of_this_run_nothing_changes(tmp_path):
    file = tmp_path / "run.safetensors"
    Run(scheduled=False).fit(2, checkpoint=file)
    tensors, said = read_tensors(file)
    write_tensors(file, tensors, {**said, "schedule": {"last_epoch": "two"}})
    other = Run()
    before = other.weights(), other.optimizer.state_dict(), other.schedule.state_dict()
    with pytest.raises(TensorFileError, match="is no checkpoint of this run"):
        other.fit(3, checkpoint=file, resume=True)
    assert (other.weights(), other.optimizer.state_dict(), other.schedule.state_dict()) == before


def test_damaged_files_are_refused_and_change_nothing(tmp_path):
    file, rng = tmp_path / "run.safetensors", random.Random(1)
    Run().fit(2, checkpoint=file)
    good = file.read_bytes()
    header = int.from_bytes(good[:8], "little") + 8
    for _ in range(300):
        bad = bytearray(good)
        bad[rng.randrange(header)] = rng.randrange(32, 127)
        file.write_bytes(bad)
        run = Run()
        before = run.weights(), run.optimizer.state_dict(), run.schedule.state_dict()
        try:
            run.fit(2, checkpoint=file, resume=True)
        except TensorFileError:
            after = run.weights(), run.optimizer.state_dict(), run.schedule.state_dict()
            assert after == before


PROGRAM = """
    import sys
    sys.path[:0] = {path!r}
    sys.path.insert(0, {tests!r})
    from test_checkpoints import Run
    Run().fit(400, checkpoint={file!r}, resume=True, callback=lambda h: print(h.epochs, flush=True))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a process")
def test_a_process_that_is_killed_leaves_a_whole_checkpoint(tmp_path):
    file = tmp_path / "run.safetensors"
    program = textwrap.dedent(PROGRAM).format(
        path=sys.path, tests=os.path.dirname(__file__), file=str(file)
    )
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(9):
                process.stdout.readline()
            time.sleep(random.Random(os.getpid()).random() / 50)
            process.kill()
    whole, resumed = Run(), Run()
    expected = whole.fit(60)
    reached = Run().fit(1, checkpoint=file, resume=True).epochs
    assert reached >= 20
    history = resumed.fit(max(60, reached), checkpoint=file, resume=True)
    assert history.losses[:20] == expected.losses[:20]
    assert [f.name for f in tmp_path.iterdir() if f.suffix != ".tmp"] == ["run.safetensors"]


class InterruptedSGD(SGD):
    """Ctrl-C right after the update with that number."""

    last = 0

    def step(self):
        super().step()
        if self.updates == self.last:
            raise KeyboardInterrupt


def test_an_epoch_whose_last_update_was_made_counts_in_a_resumed_run(tmp_path, monkeypatch):
    file = tmp_path / "run.safetensors"
    make = lambda parameters: InterruptedSGD(parameters, lr=0.05)  # noqa: E731
    Run(make).fit(2, checkpoint=file)
    whole = Run(make).fit(4)
    resumed = Run(make)
    monkeypatch.setattr(InterruptedSGD, "last", 9)  # the third batch of the third epoch
    history = resumed.fit(4, checkpoint=file, resume=True)
    assert history.stop_reason == "interrupted"
    assert history.losses == whole.losses[:3]


def test_the_seconds_of_all_parts_are_counted(tmp_path):
    file = tmp_path / "run.safetensors"
    Run().fit(1, checkpoint=file)
    tensors, said = read_tensors(file)
    assert 0.0 < said["seconds"] < 600.0
    write_tensors(file, tensors, {**said, "seconds": 1000.0})
    assert 1000.0 < Run().fit(2, checkpoint=file, resume=True).seconds < 1600.0


def test_an_order_that_names_a_sample_twice_is_of_no_run(tmp_path):
    file = tmp_path / "run.safetensors"
    Run().fit(1, checkpoint=file)
    tensors, said = read_tensors(file)
    tensors["order"][0] = tensors["order"][1]
    write_tensors(file, tensors, said)
    with pytest.raises(TensorFileError, match="no checkpoint of this run"):
        Run().fit(2, checkpoint=file, resume=True)
