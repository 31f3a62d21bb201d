"""Models that do with numbers what no record can follow: `fit` is never silently wrong about them.

Each backend gives the engine's numbers, by its own means or after saying that it leaves the model
to the engine, or stops with an error that says what the model gives and what its record.
"""

import copy
import itertools
import math
import pickle
import random
import re
import statistics
import struct
import threading
import warnings
from contextvars import Context
from typing import NamedTuple

import pytest

from tinygrad_edu import Value, no_grad, tanh, topological_order
from tinygrad_edu import losses as L
from tinygrad_edu.arrays.tapes.player import native
from tinygrad_edu.calculus import gradients
from tinygrad_edu.nn import Module
from tinygrad_edu.optim import SGD
from tinygrad_edu.training import fit

pytest.importorskip("numpy", reason="two of the backends need NumPy")
import numpy as np

RNG = random.Random(5)
X = [[RNG.gauss(0, 1) for _ in range(3)] for _ in range(13)]
Y = [x[0] * x[1] for x in X]
RUNS = pytest.mark.parametrize(
    ("backend", "batch_size"), [*itertools.product(("replay", "numpy", "auto"), (None, 4))]
)


STOPS = r"for X\[\d+\] the model now gives .* its record"


STOPPED = "stopped"
ANOTHER = "eager, since the model gives other numbers when it is called again"


def told(make, backend, batch_size, epochs):
    """What ran the batches, or that an error stopped the run."""
    try:
        return run(make, backend, batch_size, epochs)[1]
    except RuntimeError as stops:
        return STOPPED if re.match(STOPS, str(stops)) else str(stops)


class Model(Module):
    def __init__(self, function):
        self.w = [Value(0.3 * k - 0.4) for k in range(3)]
        self.function = function

    def __call__(self, x):
        return self.function(self.w, x)


def run(make, backend, batch_size, epochs=12, xs=X, ys=Y, loss=L.mse_loss):
    """The losses, the parameters afterwards, what ran the batches, and the warnings."""
    model, samples = Model(make()), copy.deepcopy(xs)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        history = fit(
            model,
            samples,
            ys,
            loss=loss,
            optimizer=SGD(model.parameters(), 0.1),
            epochs=epochs,
            progress=False,
            seed=3,
            batch_size=batch_size,
            backend=backend,
        )
    numbers = history.losses + [p.data for p in model.w]
    # (what the collector closes meanwhile is not said by fit)
    own = [str(w.message) for w in said if w.category is not ResourceWarning]
    return numbers, history.backend, own


def read_as_text(spell):
    return lambda w, x: w[0] * x[0] + w[1] * len(spell(w[0] * x[1]))


def changes(number):
    def model(w, x):
        z = w[0] * x[0]
        number(w, z)
        return z * w[1] + w[2]

    return model


def differentiates(w, x):
    z = w[0] * x[0] * w[1]
    z.backward()
    (slope, *_) = z.contributions
    for p in w:
        p.grad = 0.0
    return z + slope * w[2]


READ_OUT = {
    "data of a parameter": lambda w, x: w[0] * x[0] + w[0].data * w[1],
    "data of a result": lambda w, x: w[0] * x[0] / (abs((w[0] * x[0]).data) + 1.0),
    "float": lambda w, x: w[0] * float(w[1] * w[0]) + w[1] * x[0],
    "a gradient": lambda w, x: w[0] * x[0] + w[0].grad * 0.5,
    "a local derivative": lambda w, x: w[0] * x[0] * tanh(w[0] * x[1]).local_grads[0],
    "a gradient inside": differentiates,
    "repr": read_as_text(repr),
    "str": read_as_text(str),
    "an f-string": read_as_text(lambda z: f"{z}"),
    "a format": read_as_text(lambda z: f"{z:.3f}"),
    "a percent sign": lambda w, x: w[0] * float("%.2f" % (w[0] * x[0])),
    "print": lambda w, x: print(w[0] * x[0], end="") or w[0] * x[0],
    "floor": lambda w, x: w[0] * math.floor(w[0] * x[0] * 3.0) + w[1],
    "fsum": lambda w, x: w[0] * math.fsum([w[0] * x[0], w[1] * x[1]]),
    "struct": lambda w, x: w[0] * struct.unpack("d", struct.pack("d", w[0] * x[0]))[0],
    "a NumPy number": lambda w, x: w[0] * np.float64(w[0] * x[0]),
    "a NumPy array": lambda w, x: w[0] * float(np.array(w, dtype=float).sum()) * x[0],
    "isfinite": lambda w, x: w[0] * x[0] if math.isfinite(w[0] * x[0]) else w[1] * 1.0,
    "a sort key": lambda w, x: max([w[0] * x[0], w[1] * x[1]], key=lambda v: v.data) * 1.5,
    "a copy": lambda w, x: w[0] * x[0] + copy.copy(w[0]) * x[1],
    "a deep copy": lambda w, x: w[0] * x[0] + copy.deepcopy(w)[0] * x[1],
    "a pickle": lambda w, x: w[0] * x[0] + pickle.loads(pickle.dumps(w[0])) * x[1],
    "the graph": lambda w, x: w[0] * sum(v.data for v in topological_order(w[0] * x[0])),
}


@RUNS
@pytest.mark.parametrize("name", READ_OUT)
def test_a_number_that_is_read_out_is_refused_with_its_line(name, backend, batch_size, capsys):
    model = READ_OUT[name]
    expected, _, _ = run(lambda: model, "eager", batch_size)
    got, used, said = run(lambda: model, backend, batch_size)
    assert got == expected
    why, _, line = used.partition(", by line ")
    assert why == "eager, since a number was read out of the graph"
    number, _, file = line.partition(" of ")
    assert file == __file__
    assert int(number) > READ_OUT["data of a parameter"].__code__.co_firstlineno - 40
    if backend == "auto":
        assert said == []
    else:
        [text] = said
        assert text.startswith(f"fit does without {backend}, since a number was read out")


@RUNS
@pytest.mark.parametrize(
    "number",
    [
        lambda w, z: setattr(w[2], "data", 0.5),
        lambda w, z: setattr(z, "data", 1.0),
    ],
    ids=["of a parameter", "of a result"],
)
def test_a_number_that_is_changed_is_refused(number, backend, batch_size):
    expected, _, _ = run(lambda: changes(number), "eager", batch_size)
    got, used, _ = run(lambda: changes(number), backend, batch_size)
    assert got == expected
    assert used.startswith("eager, since a number of the graph was changed by hand, by line ")
    assert used.endswith(__file__)


def hidden(w, x):
    with no_grad():
        scale = w[0] * 2.0
    return w[0] * x[0] * scale


@RUNS
def test_what_no_grad_hides_is_refused(backend, batch_size):
    expected, _, _ = run(lambda: hidden, "eager", batch_size)
    got, used, _ = run(lambda: hidden, backend, batch_size)
    assert got == expected
    assert used.startswith("eager, since no_grad() hides operations from the recording, by line")


def largest_in_place(w, x):
    v = [w[0] * x[0], w[1] * x[1], w[2] * x[2]]
    i = max(range(3), key=lambda i: v[i])
    return v[i] * w[(i + 1) % 3]


def as_deep_as_the_sample_says(w, x):
    z = w[0] * x[0] + 1.0
    for _ in range(1 + int(abs(x[1]) * 2)):
        z = tanh(z * w[1] + w[2])
    return z


def as_deep_as_its_numbers_say(w, x):
    z, n = w[0] * x[0] + 2.0, 0
    while z * z > 0.5 and n < 10:
        z, n = z * 0.7, n + 1
    return z * w[1] * n


def clipped(w, x):
    if w[0] > 5.0:
        w[0].data = 5.0
    return w[0] * x[0] + w[1]


def a_root_of_what_has_one(w, x):
    try:
        return w[0] * math.sqrt(x[0]) + w[1]
    except ValueError:
        return w[2] * x[1]


def derived(w, x):
    z = tanh(w[0] * x[0] + w[1])
    return z + gradients(z, [w[0]])[0] * w[2]


FOLLOWED = {
    "sorted": lambda w, x: sorted([w[0] * x[0], w[1] * x[1], w[2] * x[2]])[1],
    "max": lambda w, x: max([w[0] * x[0], w[1] * x[1], w[2] * x[2]]) * 1.5,
    "argmax": largest_in_place,
    "median": lambda w, x: statistics.median([w[0] * x[0], w[1] * x[1], w[2] * x[2]]),
    "NumPy's max": lambda w, x: np.max(np.array([w[0] * x[0], w[1] * x[1]], dtype=object)),
    "an array of Values": lambda w, x: (np.array(w) * np.array(x)).sum(),
    "a bool as an index": lambda w, x: w[int(w[0] * x[0] > 0.0)] * x[1] + w[2],
    "the sign of a sample": lambda w, x: w[x[0] > 0.0] * x[1],
    "a sample's equal": lambda w, x: w[0] * x[0] if x[0] == X[3][0] else w[1] * x[1],
    "a sample among others": lambda w, x: w[0] * x[0] if x in X[:5] else w[1] * x[1],
    "floor of a sample": lambda w, x: w[0] * math.floor(x[0] * 3.0) + w[1],
    "text of a sample": lambda w, x: w[0] * len(f"{x[0]:.9g}") * 0.1 + w[1],
    "a seed from a sample": lambda w, x: w[0] * random.Random(repr(x)).random() + w[1] * x[1],
    "what a sample's number is": lambda w, x: w[0 if isinstance(x[0], float) else 1] * x[1],
    "depth by the sample": as_deep_as_the_sample_says,
    "depth by its numbers": as_deep_as_its_numbers_say,
    "an error that is caught": a_root_of_what_has_one,
    "a derivative of its own": derived,
    "a bound that is not met": clipped,
    "equality of objects": lambda w, x: w[0] * len({w[0] * x[0], w[0] * x[0]}) * x[1],
}


@RUNS
@pytest.mark.parametrize("name", FOLLOWED)
def test_what_is_decided_again_in_every_batch(name, backend, batch_size):
    expected, _, _ = run(lambda: FOLLOWED[name], "eager", batch_size)
    got, used, _ = run(lambda: FOLLOWED[name], backend, batch_size)
    assert not used.startswith("eager")
    if backend == "replay":
        assert got == expected
    else:
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-12)


def noise():
    rng = random.Random(1)
    return lambda w, x: w[0] * x[0] + rng.random()


def counting():
    n = itertools.count()
    return lambda w, x: w[0] * x[0] * (1.0 + 0.001 * next(n))


def remembering():
    last = [Value(0.0)]

    def model(w, x):
        last[0] = tanh(w[0] * x[0] + last[0] * 0.5)
        return last[0]

    return model


@RUNS
@pytest.mark.parametrize("make", [noise, counting, remembering])
def test_a_model_that_differs_from_call_to_call_is_left_to_the_engine(make, backend, batch_size):
    _, used, said = run(make, backend, batch_size)
    assert used == "eager, since the model gives other numbers when it is called again"
    assert bool(said) == (backend != "auto")


def rare_dropout():
    rng = random.Random(1)
    return lambda w, x: w[0] * x[0] * (0.0 if rng.random() < 0.05 else 1.0) + w[1]


def kept_graph():
    kept = {}

    def model(w, x):
        return kept.setdefault(tuple(x), w[0] * x[0]) * w[1]

    return model


def wears_out():
    calls = []

    def model(w, x):
        calls.append(1)
        return w[0] * x[0] * (1.0 if len(calls) < 18 else 2.0)

    return model


def decides_elsewhere():
    def model(w, x):
        found = []

        def decide():
            z = w[0] * x[0] + w[1]
            found.append(z if z > 0.0 else z * 0.1)

        thread = threading.Thread(target=decide)
        thread.start()
        thread.join()
        return found[0]

    return model


def decides_in_a_context_of_its_own():
    def decide(w, x):
        z = w[0] * x[0] + w[1]
        return z if z > 0.0 else z * 0.1

    return lambda w, x: Context().run(decide, w, x)


def reads_private_slots():
    return lambda w, x: tanh(w[0] * x[0] + w[1]) * tanh(w[0] * x[0] + w[1])._da


@RUNS
@pytest.mark.parametrize(
    "make",
    [
        rare_dropout,
        wears_out,
        reads_private_slots,
    ],
)
def test_what_nobody_could_see_while_recording_stops_the_run(make, backend, batch_size):
    assert told(make, backend, batch_size, epochs=40) in (STOPPED, ANOTHER)


ELSEWHERE = (
    "eager, since the model uses Values that were computed elsewhere: before it was called, or in "
    "another thread"
)


@RUNS
@pytest.mark.parametrize("make", [decides_elsewhere, decides_in_a_context_of_its_own])
def test_what_was_computed_elsewhere_is_left_to_the_engine(make, backend, batch_size):
    if (backend, batch_size) == ("replay", None):
        with pytest.raises(RuntimeError, match=STOPS):
            run(make, backend, batch_size)
        return
    expected, _, _ = run(make, "eager", batch_size)
    got, used, _ = run(make, backend, batch_size)
    assert used == ELSEWHERE
    assert got == expected


@RUNS
def test_a_graph_that_is_kept_is_seen_or_stops_the_run(backend, batch_size):
    if backend != "replay" and batch_size:
        assert run(kept_graph, backend, batch_size)[1] == ELSEWHERE
    else:
        with pytest.raises(RuntimeError, match=STOPS):
            run(kept_graph, backend, batch_size)


@pytest.mark.parametrize("outputs", [1, 2])
@RUNS
def test_a_loss_that_changes_is_followed_or_stops_the_run(backend, batch_size, outputs):
    def trained(backend):
        weight = [0.0]

        def function(w, x):
            y = w[0] * x[0] + w[1]
            return y if outputs == 1 else [y, (tanh(w[1] * x[1]), x[0] * w[2])]

        def loss(a, y):
            first = a if outputs == 1 else [p + q * r for p, (q, r) in a]
            return L.mse_loss(first, y) + weight[0] * sum(p * p for p in model.w)

        def warm(history):
            weight[0] += 0.05

        model = Model(function)
        options = {"epochs": 12, "progress": False, "seed": 3, "batch_size": batch_size}
        optimizer = SGD(model.parameters(), 0.1)
        history = fit(
            model,
            X,
            Y,
            loss=loss,
            optimizer=optimizer,
            backend=backend,
            callback=warm,
            **options,
        )
        return history.losses

    if batch_size is not None and backend != "numpy":  # by replay, whose losses are the engine's
        assert trained(backend) == trained("eager")
    else:
        with pytest.raises(
            RuntimeError, match=r"the loss of the same predictions is now .* record"
        ):
            trained(backend)


@RUNS
@pytest.mark.parametrize("what", ["samples", "targets"])
def test_data_that_change_between_epochs_are_followed_or_stop_the_run(what, backend, batch_size):
    def trained(backend):
        model = Model(lambda w, x: w[0] * x[0] + tanh(w[1] * x[1]))
        samples, targets = [list(x) for x in X], [[y] for y in Y]

        def change(history):
            for rows in {"samples": samples, "targets": targets}[what]:
                rows[0] += 0.1

        return fit(
            model,
            samples,
            targets,
            loss=lambda a, y: L.mse_loss(a, [t[0] for t in y]),
            optimizer=SGD(model.parameters(), 0.1),
            epochs=12,
            progress=False,
            seed=3,
            batch_size=batch_size,
            backend=backend,
            callback=change,
        ).losses

    played = backend == "replay" or (backend == "auto" and native is not None)
    if what == "targets" and not (played and batch_size is None):
        assert trained(backend) == pytest.approx(trained("eager"), rel=1e-9)
    else:  # in the record
        with pytest.raises(
            RuntimeError, match=r"(the model|the same predictions is) now .* record"
        ):
            trained(backend)


@RUNS
def test_a_sample_that_the_model_changes(backend, batch_size):
    def model(w, x):
        x.append(1.0)
        return w[0] * x[0] + w[1] * 0.01 * len(x)

    _, used, said = run(lambda: model, backend, batch_size)
    assert used.startswith("eager, since the model gives other numbers when it is called again")
    assert bool(said) == (backend != "auto")


@RUNS
@pytest.mark.parametrize(
    "model",
    [lambda w, x: w[0] * int(w[0] * x[0]), lambda w, x: w[0] * x[0] * ((w[0] * x[0]) > 0.0)],
    ids=["int", "a product with a bool"],
)
def test_what_the_engine_refuses_is_refused_in_its_words(model, backend, batch_size):
    said = []
    for name in ("eager", backend):
        with pytest.raises(TypeError) as caught:
            run(lambda: model, name, batch_size)
        said.append(str(caught.value))
    assert said[0] == said[1]


class Point(NamedTuple):
    a: float
    b: float
    c: float


def squares(pairs):
    return sum((p - t) ** 2 for p, t in pairs) / len(X)


NESTED = {
    "dicts": (
        lambda w, x: {"p": w[0] * x["u"][0] + w[1] * x["v"]["w"], "q": [w[2] * x["u"][1]]},
        [{"u": x[:2], "v": {"w": x[2]}} for x in X],
        [{"a": x[0], "b": x[1]} for x in X],
        lambda a, y: squares((p["p"] + p["q"][0], t["a"] * t["b"]) for p, t in zip(a, y)),
    ),
    "named tuples": (
        lambda w, x: Point(w[0] * x.a, w[1] * x.b, w[2] * x.c),
        [Point(*x) for x in X],
        [Point(*x) for x in X],
        lambda a, y: squares((p.a + p.b, t.c * t.a) for p, t in zip(a, y)),
    ),
    "nothing": (
        lambda w, x: w[0] * w[1] + sum(x),
        [[] for _ in X],
        Y,
        L.mse_loss,
    ),
    "targets of several lengths": (
        lambda w, x: [w[0] * x[0], w[1] * x[1]],
        X,
        [([x[0], x[1]], x[2]) for x in X],
        lambda a, y: squares((p[0] + p[1], t[0] * t[1] + u) for p, (t, u) in zip(a, y)),
    ),
}


@RUNS
@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_in_other_ways_is_run_by_records_too(name, backend, batch_size):
    model, xs, ys, loss = NESTED[name]
    data = {"xs": xs, "ys": ys, "loss": loss}
    expected, _, _ = run(lambda: model, "eager", batch_size, **data)
    got, used, said = run(lambda: model, backend, batch_size, **data)
    assert used == (used if backend == "auto" else backend)
    assert not used.startswith("eager")
    assert said == []
    if backend == "replay":
        assert got == expected
    else:
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("lengths", [[1, 2, 3], [2, 1, 2]])
def test_targets_that_are_nested_in_several_ways_are_left_to_replay(lengths):
    ys = [x[: lengths[i % 3]] for i, x in enumerate(X)]

    def loss(a, y):
        return squares((p, t) for row, own in zip(a, y) for p, t in zip(row, own))

    def model(w, x):
        return [p * v for p, v in zip(w, x)]

    expected, _, _ = run(lambda: model, "eager", 4, ys=ys, loss=loss)
    got, used, _ = run(lambda: model, "numpy", 4, ys=ys, loss=loss)
    assert used == "replay, since targets are nested in several ways"
    assert got == pytest.approx(expected, rel=1e-12)


class Answer:
    def __init__(self, v):
        self.v = v


@RUNS
@pytest.mark.parametrize(
    ("model", "read", "kind"),
    [
        (lambda w, x: Answer(w[0] * x[0]), lambda p: p.v, "Answer"),
        (lambda w, x: (p * v for p, v in zip(w, x)), sum, "generator"),
        (lambda w, x: np.array(w) * np.array(x), np.sum, "ndarray"),
    ],
)
def test_an_answer_that_is_no_list_of_values_is_told(model, read, kind, backend, batch_size):
    def loss(a, y):
        return L.mse_loss([read(p) for p in a], y)

    expected, _, _ = run(lambda: model, "eager", batch_size, loss=loss)
    got, used, _ = run(lambda: model, backend, batch_size, loss=loss)
    assert got == expected
    assert used == (
        f"eager, since the model returns an object of the class {kind}, of which there is no record"
    )


SPECIAL = {X[7][0]: 2.0, X[9][1]: 0.5}

LOOKED_UP = {
    "in a dict": lambda w, x: w[0] * x[0] * SPECIAL.get(x[0], 1.0) + w[1],
    "in a set": lambda w, x: w[0] * x[0] if x[1] in {*SPECIAL} else w[1] * x[1],
    "all of them": lambda w, x: w[0] * x[0] * (3.0 if tuple(x) in {tuple(X[5])} else 1.0),
    "by their hash": lambda w, x: w[0] * (hash(x[0]) % 7) * 0.1 + w[1],
}


@RUNS
@pytest.mark.parametrize("name", LOOKED_UP)
def test_a_number_that_is_looked_up_is_found(name, backend, batch_size):
    model = LOOKED_UP[name]
    expected, _, _ = run(lambda: model, "eager", batch_size, epochs=3)
    got, used, said = run(lambda: model, backend, batch_size, epochs=3)
    assert got == expected
    if backend == "numpy":
        looked_up = "replay, since the model looks up a number of its sample, by line "
        assert used.startswith("replay, since the model " if "hash" in name else looked_up)
        assert len(said) == 1


@RUNS
def test_a_target_that_is_looked_up_is_found(backend, batch_size):
    ys = [float(y > 0.5) for y in Y]

    def loss(a, y):
        return sum({1.0: 3.0}.get(t, 1.0) * (p - t) ** 2 for p, t in zip(a, y)) / len(y)

    def model(w, x):
        return w[0] * x[0] + w[1] * x[1] + w[2]

    expected, _, _ = run(lambda: model, "eager", batch_size, ys=ys, loss=loss)
    got, used, _ = run(lambda: model, backend, batch_size, ys=ys, loss=loss)
    assert used.startswith("replay")
    assert got == expected


def keeping(kept):
    def model(w, x):
        kept[:] = [tanh(w[0] * x[0])]
        return kept[0] * w[1]

    return model


@pytest.mark.parametrize("backend", ["replay", "numpy", "auto"])
def test_a_loss_that_uses_what_the_model_kept_is_left_to_the_engine(backend):
    def trained(backend):
        kept = []
        return run(
            lambda: keeping(kept),
            backend,
            4,
            loss=lambda a, y: L.mse_loss(a, y) + 0.1 * kept[0] ** 2,
        )

    expected, _, _ = trained("eager")
    got, used, _ = trained(backend)
    assert used.startswith("eager, since the loss uses Values that were computed elsewhere")
    assert got == expected


@RUNS
def test_a_penalty_that_was_added_up_once_is_never_another(backend, batch_size):
    def trained(backend):
        model = Model(lambda w, x: w[0] * x[0] + w[1])
        penalty = sum(p * p for p in model.w)  # of the weights as they are now
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            history = fit(
                model,
                X,
                Y,
                loss=lambda a, y: L.mse_loss(a, y) + 0.1 * penalty,
                optimizer=SGD(model.parameters(), 0.1),
                epochs=6,
                progress=False,
                seed=3,
                batch_size=batch_size,
                backend=backend,
            )
        return history.losses + [p.data for p in model.w]

    if backend == "replay" and batch_size is None:
        with pytest.raises(RuntimeError, match="the loss of the same predictions is now"):
            trained(backend)
    else:
        assert trained(backend) == trained("eager")


def after_a_large_one():
    before = [0.0]

    def model(w, x):
        bonus = 0.05 if before[0] > 0.9 else 0.0
        before[0] = X[0][0] if isinstance(x[0], Value) else x[0]
        return w[0] * x[0] + bonus

    return model


def each_thirteenth():
    n = itertools.count(1)
    return lambda w, x: w[0] * x[0] * (1.5 if next(n) % 13 == 0 else 1.0)


def second_half():
    n = itertools.count()
    return lambda w, x: w[0] * x[0] * (1.0 if next(n) % 13 < 7 else 1.01)


class Remembers:
    def __init__(self):
        self.largest = -9.0

    def __call__(self, w, x):
        self.largest = max(self.largest, X[0][0] if isinstance(x[0], Value) else x[0])
        return w[0] * x[0] + 0.001 * self.largest


@RUNS
@pytest.mark.parametrize("make", [after_a_large_one, each_thirteenth, second_half, Remembers])
def test_what_a_model_holds_from_call_to_call_is_seen_in_the_first_epoch(make, backend, batch_size):
    if told(make, backend, batch_size, epochs=1) not in (STOPPED, ANOTHER):
        expected, _, _ = run(make, "eager", batch_size, epochs=1)
        assert run(make, backend, batch_size, epochs=1)[0] == pytest.approx(expected, rel=1e-12)


@RUNS
def test_a_model_that_notes_its_calls_is_run_by_records(backend, batch_size):
    def noting():
        notes, known = [], {}

        def model(w, x):
            notes.append(len(notes))
            return w[0] * x[0] * known.setdefault("scale", 2.0) + w[1]

        return model

    expected, _, _ = run(noting, "eager", batch_size)
    got, used, said = run(noting, backend, batch_size)
    assert not used.startswith("eager")
    assert said == []
    assert got == pytest.approx(expected, rel=1e-9)


def test_a_model_that_is_called_with_its_numbers_in_three_ways_is_told_apart():
    n = itertools.count()

    def model(w, x):  # counts as the calls of a record do: Values, numbers, numbers
        return w[0] * x[0] * (2.0 if next(n) % 5 == 0 else 1.0)

    _, used, _ = run(lambda: model, "numpy", None)
    assert used == "eager, since the model gives other numbers when it is called again"


def test_an_error_without_words_is_told_by_its_kind():
    def model(w, x):
        if not isinstance(x[0], float):
            raise AssertionError
        return w[0] * x[0]

    _, used, _ = run(lambda: model, "numpy", None)
    assert used == "replay, since the model does not take Values as a sample: AssertionError"
