"""Ctrl-C at random moments, thousands of times: is anything ever left half-done?

    python tests/storms/interrupts.py           10,000 interrupts of each work
    python tests/storms/interrupts.py 300       fewer, as the suite does

Each work runs again and again while a timer raises KeyboardInterrupt after a random time, every
third time twice, the second close behind the first. Then its promise is checked: recording is on
again; gradients are those of whole calls; an optimiser made whole steps; a history of `fit` tells
as many losses as the model had updates. Prints how often each was interrupted, and how often it was
wrong.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from tinygrad_edu import Value, no_grad
from tinygrad_edu.engine import COMPILED
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD, Adam, AdamW, Optimizer
from tinygrad_edu.training import History, fit

Work = tuple[Callable[[], object], Callable[[], bool]]
"""What is interrupted, and whether its promise holds afterwards."""


def recording() -> Work:
    """Operations in and out of no_grad."""
    x = Value(2.0)

    def work() -> None:
        for _ in range(50):
            with no_grad():
                x * x
            x * x

    return work, lambda: len((x * x).operands) == 2


def backward() -> Work:
    """A graph that is differentiated again and again."""
    a, b = Value(0.5), Value(2.0)
    y = a
    for _ in range(100):
        y = y * b + a
    y.backward()
    once = a.grad, b.grad
    a.grad = b.grad = 0.0

    def right() -> bool:
        calls = a.grad / once[0]
        whole = calls == round(calls) and b.grad == calls * once[1]
        a.grad = b.grad = 0.0
        return whole

    return lambda: [y.backward() for _ in range(4)], right  # sums of up to 4 are exact


def steps(make: Callable[[list[Value]], Optimizer]) -> Work:
    """An optimiser's steps, beside those of its twin, which nobody interrupts."""
    twins = []
    for _ in range(2):
        parameters = [Value(0.1 * k) for k in range(60)]
        for k, p in enumerate(parameters):
            p.grad = 0.01 * k - 0.3
        twins.append(make(parameters))
    stormy, calm = twins

    def state(optimizer: Optimizer) -> list[Any]:
        numbers = [p.data for p in optimizer.parameters]
        return [numbers, *(v for k, v in vars(optimizer).items() if k != "parameters")]

    def right() -> bool:
        while calm.updates < stormy.updates:
            calm.step()
        return state(stormy) == state(calm)

    return lambda: [stormy.step() for _ in range(10)], right


def fitting() -> Work:
    """Runs of fit, which returns its history when it is interrupted."""
    points, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]

    def train(epochs: int) -> tuple[Optimizer, Callable[[], History]]:
        model = MLP(2, [3, 1], seed=1)
        optimizer = Adam(model.parameters(), lr=0.05)
        return optimizer, lambda: fit(
            model,
            points,
            targets,
            loss=mse_loss,
            optimizer=optimizer,
            epochs=epochs,
            progress=False,
        )

    epochs = 6
    losses = train(epochs)[1]().losses
    parameters = [[p.data for p in train(1)[0].parameters]]  # after 0, 1, 2 … updates
    for k in range(1, epochs + 1):
        optimizer, run = train(k)
        run()
        parameters.append([p.data for p in optimizer.parameters])
    last: list[Any] = []

    def work() -> None:
        last[:] = [train(epochs)]
        last.append(last[0][1]())

    def right() -> bool:
        if not last:
            return True
        optimizer = last[0][0]
        whole = [p.data for p in optimizer.parameters] == parameters[optimizer.updates]
        if len(last) == 1:  # interrupted a second time, outside of fit
            return whole
        return whole and last[1].losses == losses[: optimizer.updates]

    return work, right


WORKS: dict[str, Callable[[], Work]] = {
    "no_grad": recording,
    "backward": backward,
    "SGD": lambda: steps(lambda ps: SGD(ps, lr=0.01)),
    "SGD with momentum": lambda: steps(lambda ps: SGD(ps, lr=0.01, momentum=0.9)),
    "Adam": lambda: steps(lambda ps: Adam(ps, lr=0.01, weight_decay=0.1)),
    "AdamW": lambda: steps(lambda ps: AdamW(ps, lr=0.01)),
    "fit": fitting,
}


def storm(name: str, interrupts: int, seed: int = 0) -> tuple[int, int]:
    """How often a work was interrupted, and how often its promise did not hold then."""
    rng, hits, wrong = random.Random(seed), 0, 0
    work, right = WORKS[name]()
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    armed = again = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal again, hits
        if not armed:
            return
        hits += 1
        if again:
            again = False
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-6, 2e-5))
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        while hits < interrupts:
            again = rng.random() < 1 / 3
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-6, 1.2 * seconds))
                armed = True
                work()
                armed = False
            except KeyboardInterrupt:
                armed = False  # no signal is handled before this
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            wrong += not right()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        time.sleep(0.001)  # a signal that is under way arrives
        signal.signal(signal.SIGALRM, before)
    return hits, wrong


def main() -> int:
    """Run every work; the exit status is 1 where a promise did not hold."""
    interrupts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    failed = 0
    print(f"{'compiled' if COMPILED else 'plain'} build")
    for name in WORKS:
        hits, wrong = storm(name, interrupts)
        print(f"{name:20} interrupted {hits:6} times, wrong {wrong}", flush=True)
        failed += wrong
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
