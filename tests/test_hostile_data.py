"""Samples and targets of kinds that only plain numbers have: `fit` follows them, or stops.

Values compute as floats do, without ever raising: an int knows its parity beyond 2⁵³, a division by
0 is caught, a key
is found.
"""

import collections
import itertools
import math
import operator
import random
import re
import statistics

import pytest

from tinygrad_edu import Value, dot, log_softmax, maximum, mean, tanh
from tinygrad_edu.losses import mse_loss

pytest.importorskip("numpy", reason="two of the backends need NumPy")
import numpy as np
from test_hostile_models import RUNS, STOPS, X, Y, run

RNG = random.Random(9)
COUNTS = [[RNG.randint(0, 3), RNG.randint(-2, 2), RNG.randint(1, 9)] for _ in range(13)]
ZEROS = [[0.0 if k % 5 == 3 else x[0], *x[1:]] for k, x in enumerate(X)]
LARGE = [[3, 2, 1]] + [[2 * RNG.randint(10**7, 10**8) + 1, 0, 1] for _ in range(12)]
MIXED = [[k if k % 3 == 0 else float(k), 0.5, k * 0.1] for k in range(1, 14)]
FLAGS = [[k % 3 == 0, 0.5 * k - 3.0, 1.0] for k in range(1, 14)]
GAPS = [[None if k % 4 == 1 else x[0], x[1]] for k, x in enumerate(X)]
NANS = [[math.nan if k % 4 == 1 else x[0], x[1]] for k, x in enumerate(X)]
RAGGED = [[RNG.randrange(3) for _ in range(k % 4)] for k in range(13)]
BYTES = np.array([[200, 220, 250], *np.random.default_rng(1).integers(0, 256, (12, 3))], np.uint8)


def caught(number):
    """A model that takes another number where Python cannot compute one of a sample."""

    def model(w, x):
        try:
            z = number(x)
        except (ArithmeticError, ValueError):
            z = 0.5
        return w[0] * tanh(w[1] * z)

    return model


def matched(w, x):
    match x:
        case [0, *_]:
            return w[0] * x[2] * 0.1
        case [a, b, _] if a > b:
            return w[1] * x[2] * 0.1
    return w[2] * 1.0


def matched_flag(w, x):
    match x[0]:
        case True:
            return w[0] * x[1]
    return w[1] * x[1]


SAMPLES = {
    "a division by 0 that is caught": (caught(lambda x: 1.0 / x[0]), ZEROS),
    "a remainder by 0 that is caught": (caught(lambda x: x[1] % x[0]), ZEROS),
    "a power of 0 that is caught": (caught(lambda x: x[0] ** -1), ZEROS),
    "what is too large, and caught": (caught(lambda x: 10.0 ** (400.0 * x[0])), X),
    "a root that is complex": (lambda w, x: w[0] * abs(x[0] ** 0.5) + w[1], X),
    "whole numbers beyond floats": (lambda w, x: w[0] * (x[0] ** 3 % 7) * 0.1 + w[1], LARGE),
    "an int among floats": (lambda w, x: w[isinstance(x[0], int)] * x[1] + w[2], MIXED),
    "a bit": (lambda w, x: w[0] * (x[2] & 1) + w[1], COUNTS),
    "how often": (lambda w, x: sum([w[0]] * x[0], w[1] * 0.5), COUNTS),
    "as far as": (lambda w, x: sum(w[: x[0]], w[0] * 0.5), COUNTS),
    "a pattern": (matched, COUNTS),
    "a pattern of a flag": (matched_flag, FLAGS),
    "what is": (lambda w, x: w[x[0] is True] * x[1], FLAGS),
    "or": (lambda w, x: (x[0] or 2.0) * w[0] + w[1], ZEROS),
    "the commonest": (
        lambda w, x: w[0] * collections.Counter(x).most_common(1)[0][1] + w[1],
        COUNTS,
    ),
    "runs of one sign": (
        lambda w, x: w[0] * len([*itertools.groupby(x, lambda a: a > 0)]) + w[1],
        X,
    ),
    "an index of the largest": (lambda w, x: w[x.index(max(x))] * x[0], X),
    "NumPy's order": (lambda w, x: dot(w, [x[i] for i in np.argsort(x)]), X),
    "a number of 32 bits": (lambda w, x: w[0] * np.float32(x[0]) + w[1], X),
    "bytes that turn over": (lambda w, x: w[0] * ((x[0] - 128) / 100) + w[1], BYTES),
    "what is missing": (lambda w, x: w[0] * (0.3 if x[0] is None else x[0]) + w[1], GAPS),
    "what is no number": (lambda w, x: w[0] * (x[0] if x[0] == x[0] else 0.3) + w[1], NANS),
    "no words": (lambda w, x: sum((w[i] for i in x), w[1] * 0.1), RAGGED),
}


def line(w, x):
    return w[0] * x[0] + w[1] * x[1] + w[2]


def three(w, x):
    return [w[0] * x[0] + w[1], w[1] * x[1] + w[2], w[2] * x[2] + w[0]]


def of_each(weigh):
    """A mean of squares, each with a target, or a weight, that is made of its own."""
    return lambda a, y: mean(weigh(p, t, y) for p, t in zip(a, y))


def over_their_sum(a, y):
    try:
        scale = 1.0 / sum(y)
    except ZeroDivisionError:
        scale = 0.5
    return sum((p - t) ** 2 for p, t in zip(a, y)) * tanh(Value(1.0) * scale)


def by_pairs(a, y):
    pairs = [(p, q) for p, t in zip(a, y) for q, u in zip(a, y) if t > u]
    return sum(maximum(0.0, 0.5 - (p - q)) for p, q in pairs) + 0.01 * sum(p * p for p in a)


def of_each_class(a, y):
    return sum((sum(p for p, t in zip(a, y) if t == c) - c) ** 2 for c in (0, 1))


def surprise(choose):
    return lambda a, y: mean(-choose(log_softmax(o), t) for o, t in zip(a, y))


BITS, ONES = [int(x[0] > 0.0) for x in X], [1.0] + [0.0] * 12
THREE, TWO = [RNG.randrange(3) for _ in range(13)], [1 + k % 2 for k in range(13)]
SETS = [[*range(c + 1)] for c in THREE]
LARGE_TARGETS = [3] + [2 * RNG.randint(10**7, 10**8) + 1 for _ in range(12)]
TARGETS = {
    "how many are 1": (line, of_each(lambda p, t, y: (p - t) ** 2 * (1.0 + y.count(1))), BITS),
    "how many there are": (line, of_each(lambda p, t, y: (p - t) ** 2 * len({*y})), BITS),
    "a table": (line, of_each(lambda p, t, y: (p - {0: 0.2, 1: 0.9}[t]) ** 2), BITS),
    "words": (line, of_each(lambda p, t, y: (p - "np".index(t)) ** 2), ["np"[b] for b in BITS]),
    "parity": (line, of_each(lambda p, t, y: (p - 0.1 * t) ** 2 * (1 + t % 2)), [*range(13)]),
    "ints among floats": (
        line,
        of_each(lambda p, t, y: (p - (0.5 if isinstance(t, int) else 0.1 * t)) ** 2),
        [row[0] for row in MIXED],
    ),
    "whole numbers beyond floats": (
        line,
        of_each(lambda p, t, y: (p - t**3 % 7 * 0.1) ** 2),
        LARGE_TARGETS,
    ),
    "a division by 0 that is caught": (line, over_their_sum, ONES),
    "the median": (line, of_each(lambda p, t, y: (p - t + statistics.median(y)) ** 2), Y),
    "pairs in order": (line, by_pairs, Y),
    "groups": (line, of_each_class, BITS),
    "a table of some classes": (three, surprise(lambda o, t: o[{1: 1, 2: 2}[t]]), TWO),
    "a class that is refused": (three, surprise(lambda o, t: o[t] if t else 1 / 0), TWO),
    "the next class": (three, surprise(lambda o, t: o[(t + 1) % 3]), THREE),
    "a class from behind": (three, surprise(lambda o, t: o[-t]), THREE),
    "a set of classes": (three, surprise(lambda o, t: sum(o[j] for j in t)), SETS),
    "all but one": (three, surprise(lambda o, t: max(v for v in o if v is not o[t])), THREE),
    "a getter": (three, surprise(lambda o, t: operator.itemgetter(t)(o)), THREE),
}


def check(model, xs, ys, loss, backend, batch_size):
    """A backend has the engine's numbers, or its error, or stops and says what differs."""
    given = {"xs": xs, "ys": ys, "loss": loss}
    expected, _, _ = run(lambda: model, "eager", batch_size, 6, **given)
    try:
        got, _, _ = run(lambda: model, backend, batch_size, 6, **given)
    except RuntimeError as stops:
        got = str(stops)
    if isinstance(got, str):
        assert re.match(rf"{STOPS}|the loss .* is now .*, and by its record", got)
    else:
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-12)


@RUNS
@pytest.mark.parametrize("name", SAMPLES)
def test_samples(name, backend, batch_size):
    model, xs = SAMPLES[name]
    check(model, xs, Y, mse_loss, backend, batch_size)


@RUNS
@pytest.mark.parametrize("name", TARGETS)
def test_targets(name, backend, batch_size):
    model, loss, ys = TARGETS[name]
    check(model, X, ys, loss, backend, batch_size)


@pytest.mark.parametrize("backend", ["numpy", "auto"])
def test_a_loss_that_does_not_take_values_is_left_to_records(backend):
    model, loss, ys = TARGETS["a table"]
    _, used, said = run(lambda: model, backend, 4, 6, xs=X, ys=ys, loss=loss)
    assert used.startswith("replay")
    expected = "fit does without numpy, since the loss does not take Values as targets"
    assert said == ([expected] if backend == "numpy" else [])
