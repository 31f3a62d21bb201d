"""Sweeps over settings: the results of a loop, whatever the processes do."""

import math
import os
import signal
import sys
import threading
import time

import pytest

from tinygrad_edu import Value
from tinygrad_edu.data import xor
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD
from tinygrad_edu.sweeps import Trial, sweep
from tinygrad_edu.training import fit

processes = pytest.mark.skipif(
    sys.platform == "emscripten", reason="the browser's Python has no processes"
)


def train(lr, seed):
    model = MLP(2, [3, 1], activation="tanh", seed=seed)
    optimizer = SGD(model.parameters(), lr=lr)
    history = fit(
        model, *xor(), loss=mse_loss, optimizer=optimizer, epochs=20, progress=False, seed=seed
    )
    return [history.losses, model.state_dict()]


GRID = {"lr": [0.1, 0.5], "seed": range(3)}


@processes
def test_processes_give_the_bits_of_a_loop_in_its_order():
    loop = [
        Trial({"lr": lr, "seed": seed}, train(lr, seed)) for lr in (0.1, 0.5) for seed in range(3)
    ]
    assert sweep(train, GRID, processes=1) == loop
    assert sweep(train, GRID, processes=2) == loop
    assert sweep(train, GRID) == loop


def root_or_error(x):
    if x == 4:
        time.sleep(0.05)
    return math.sqrt(x)


@processes
@pytest.mark.parametrize("count", [1, 2])
def test_what_a_trial_raises_tells_its_settings(count):
    with pytest.raises(ValueError, match="math domain") as raised:
        sweep(root_or_error, {"x": [4, -1]}, processes=count)
    assert raised.value.__notes__ == ["in the trial x=-1"]


def killed(x):
    if x == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


@processes
@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_a_process_that_is_killed_is_told():
    with pytest.raises(RuntimeError, match=r"ended without an answer .* not done are .*x=2"):
        sweep(killed, {"x": [1, 2, 3]}, processes=2)


@processes
def test_a_graph_does_not_travel():
    with pytest.raises(TypeError, match="would lose the graph behind it"):
        sweep(graph, {"x": [1.0, 2.0]}, processes=2)


def graph(x):
    return Value(x) * 2.0


@processes
@pytest.mark.parametrize(("work", "x"), [(lambda x: x, [1, 2]), (train, [threading.Lock(), 2])])
def test_what_cannot_be_pickled_is_told_and_nothing_waits_for_it(work, x):
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="processes=1"):
        sweep(work, {"x": x}, processes=2)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("grid", [{}, {"x": []}])
def test_a_grid_without_a_combination_is_refused(grid):
    with pytest.raises(ValueError, match="at least one choice"):
        sweep(train, grid)
    with pytest.raises(ValueError, match="processes"):
        sweep(train, GRID, processes=0)
