"""The example that tinkerers try first: it runs, it learns, and PyTorch's losses are its own."""

import importlib
import math
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

import tinygrad_edu
from tinygrad_edu.gradcheck import gradcheck

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def gpt(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module("gpt")


def test_the_example_runs_and_its_loss_falls():
    home = str(Path(tinygrad_edu.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, EXAMPLES / "gpt.py", "--steps", "10"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": home, "PYTHONIOENCODING": "utf-8"},
    )
    first, *losses, made_up = done.stdout.splitlines()
    assert first == "1272 parameters, 276 names"
    assert float(losses[-1].split()[-1]) < float(losses[0].split()[-1]) < 3.6
    assert made_up.startswith("made up: ")


def test_losses_are_those_of_pytorch(gpt, monkeypatch):
    pytest.importorskip("torch", reason="PyTorch trains the same model")
    beside = importlib.import_module("gpt_in_torch")
    ours = gpt.GPT(width=4, layers=2)
    theirs = beside.TorchGPT(ours)
    losses = gpt.train(ours, 5, batch=2)
    assert losses == pytest.approx(beside.train_torch(theirs, 5, batch=2), rel=1e-12)


def test_a_place_sees_nothing_of_what_comes_later(gpt):
    model = gpt.GPT(width=4)
    one, other = model(gpt.tokens_of("ada")), model(gpt.tokens_of("adx"))
    assert [x.data for row in one[:3] for x in row] == [x.data for row in other[:3] for x in row]
    assert [x.data for x in one[3]] != [x.data for x in other[3]]


def test_the_gradient_of_some_weights_by_differences(gpt):
    model = gpt.GPT(width=4)
    block = model.blocks[0]
    rows = [block.query[0], block.up[3], model.token[1]]

    def loss(*numbers):
        kept = [row[:] for row in rows]
        for row, start in zip(rows, range(0, 12, 4)):
            row[:] = numbers[start : start + 4]
        try:
            return model.loss(["ada"])
        finally:
            for row, before in zip(rows, kept):
                row[:] = before

    assert gradcheck(loss, [p.data for row in rows for p in row], order=1)


def test_an_untrained_model_knows_nothing(gpt):
    assert abs(gpt.GPT().loss(gpt.NAMES[:8]).data - math.log(27)) < 1.5


def test_made_up_names_are_letters_and_repeat_with_the_seed(gpt):
    model = gpt.GPT(width=4)
    names = [model.make_up(Random(1)) for _ in range(2)]
    assert names[0] == names[1]
    assert set(names[0]) <= set(gpt.LETTERS[1:])


def test_names_are_distinct_and_in_the_letters(gpt):
    assert len(set(gpt.NAMES)) == len(gpt.NAMES)
    assert set("".join(gpt.NAMES)) <= set(gpt.LETTERS[1:])
