"""0.0 and -0.0 in array programs: told apart where an operation of the graph tells them apart."""

import itertools
import math
import re

import pytest

from tinygrad_edu import Value, atan2, dot, exp, mean, tanh
from tinygrad_edu.history import NonFiniteLossError
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import Module
from tinygrad_edu.optim import SGD
from tinygrad_edu.training import fit

np = pytest.importorskip("numpy", reason="array programs need NumPy")

from tinygrad_edu.arrays import vectorize  # noqa: E402

ASKED = {
    "atan2": lambda z: atan2(z, -1.0),
    "a division": lambda z: tanh(1.0 / z),
    "a negative power": lambda z: tanh(z**-1),
}
WITH_A_ZERO = {
    "Python's sum": lambda p: sum(p),
    "x + 0": lambda p: p[0] + 0.0,
    "0 + x": lambda p: 0.0 + p[0],
    "x + -0": lambda p: p[0] + -0.0,
    "-0 + x": lambda p: -0.0 + p[0],
    "x - 0": lambda p: p[0] - 0.0,
    "0 - x": lambda p: 0.0 - p[0],
    "x - -0": lambda p: p[0] - (-0.0),
    "-0 - x": lambda p: -0.0 - p[0],
    "0 + xyz": lambda p: 0.0 + p[0] * p[1] * p[2],
    "a difference": lambda p: p[0] - p[1],
    "a product": lambda p: p[0] * p[1] * -1.0,
    "negations": lambda p: -p[0] - p[1],
    "a cube": lambda p: p[0] ** 3,
}
SUMS = {
    "of two": lambda p: p[0] + p[1],
    "of three": lambda p: p[0] + p[1] + p[2],
    "of one twice": lambda p: p[0] + p[0],
    "of products": lambda p: dot(p, p[::-1]),
    "of some of each": lambda p: dot(p[:2], [p[1], -1.0]) + p[2],
    "a mean": mean,
}


def check(form, ask):
    w, p = Value(0.3), [Value(1.0) for _ in range(3)]
    program = vectorize(w * ask(form(p)), [w], p)
    for numbers in itertools.product((0.0, -0.0, 1.0), repeat=3):
        expected = (w * ask(form([Value(x) for x in numbers]))).data
        loss, _ = program.run(program.data(), np.array(numbers))
        assert loss == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("form", WITH_A_ZERO.values(), ids=WITH_A_ZERO)
def test_zeros_are_told_apart(form, ask):
    check(form, ask)


@pytest.mark.parametrize("form", SUMS.values(), ids=SUMS)
def test_sums_of_negative_zeros_are_negative_where_atan2_asks(form):
    check(form, ASKED["atan2"])


def test_a_zero_is_left_out_where_nobody_asks():
    p = [Value(0.1 * k + 0.1) for k in range(5)]
    for root in (sum(p) * 2.0, sum(p) / sum(exp(x) for x in p), tanh(0.0 - p[0]), sum(p) ** 2):
        assert "0.0 +" not in vectorize(root, p).source
        assert "0.0 -" not in vectorize(root, p).source
    assert "0.0 + " in vectorize(1.0 / (0.0 + p[0]), p).source


# Factors of what is 0


class Recurrent(Module):
    """A network whose state begins as zeros; `gated`, with a part of it kept."""

    def __init__(self, gated=False, steps=3):
        rng = np.random.default_rng(1)

        def weights(*shape):
            return np.vectorize(Value, otypes=[object])(rng.normal(size=shape)).tolist()

        self.W, self.U, self.V = weights(2, 2), weights(2, 2), weights(2, 2)
        self.o = weights(2)
        self.gated, self.steps = gated, steps

    def __call__(self, x):
        h = [0.0] * 2
        for t in x[: self.steps]:
            new = [tanh(dot(w, t) + dot(u, h)) for w, u in zip(self.W, self.U)]
            kept = [dot(v, t).sigmoid() if self.gated else 0.0 for v in self.V]
            h = [k * a + (1.0 - k) * b for k, a, b in zip(kept, h, new)]
        return dot(self.o, h)


SERIES = np.random.default_rng(2).normal(size=(6, 3, 2)).tolist()
Y = [0.5, -0.25, 0.0, 1.0, 0.75, -1.0]


def another(function):
    """The same weights, used by another function."""
    model = Recurrent()
    model.__class__ = type("Another", (Recurrent,), {"__call__": function})
    return model


def train(model, xs, backend):
    made = SGD(model.parameters(), 0.1)
    fit(model, xs, Y, optimizer=made, loss=mse_loss, epochs=2, backend=backend, progress=False)


def check_model(model, xs=SERIES, ys=Y):
    program = vectorize(model, mse_loss, xs, ys)
    root = mse_loss([model(x) for x in xs], ys)
    model.zero_grad()
    root.backward()
    loss, gradient = program(program.data(), np.array(xs), np.array(ys))
    assert loss == pytest.approx(root.data, rel=1e-12)
    assert gradient.tolist() == pytest.approx([p.grad for p in program.parameters], rel=1e-11)
    return program


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("gated", [False, True])
def test_a_state_that_begins_as_zeros_is_left_out(gated, steps):
    program = check_model(Recurrent(gated, steps))
    assert program.finite
    assert re.search(r"Z\d = X\[:, 0\] @ W.T ", program.source)
    assert "0.0 *" not in program.source
    assert "mask" not in program.source
    assert program.source.count("@ U.T") == steps - 1


def test_a_matrix_with_zeros_in_it_stays_whole():
    near = [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]

    def convolved(m, x):
        h = [[tanh(dot(w, t)) for w in m.W] for t in x]
        mixed = [[dot(row, [t[j] for t in h]) for j in range(2)] for row in near]
        return sum(dot(m.o, t) for t in mixed)

    assert not check_model(another(convolved)).finite


@pytest.mark.parametrize("broken", [math.inf, math.nan])
@pytest.mark.parametrize("backend", ["numpy", "replay"])
def test_a_weight_that_is_not_finite_is_seen(backend, broken):
    def made():
        model = Recurrent(steps=1)
        model.U[0][0].data = broken
        return model

    for by in ("eager", backend):
        with pytest.raises(NonFiniteLossError, match="the loss became nan in epoch 0"):
            train(made(), SERIES, by)


def test_a_sample_that_is_not_finite_is_seen():
    def gated(m, x):
        return dot(m.o, [tanh(dot(m.W[0], x[0])).sigmoid() * 0.0, 1.0])

    for bad in (math.inf, math.nan):
        samples = [[[bad, -bad], *x[1:]] for x in SERIES]
        for by in ("eager", "numpy"):
            with pytest.raises(NonFiniteLossError, match="the loss became nan in epoch 0"):
                train(another(gated), samples, by)


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_zero_whose_sign_is_asked_stays(ask):
    model = another(lambda m, x: m.o[0] * ask(0.0 * m.W[0][0]))
    for weight in (1.0, -1.0):
        model.W[0][0].data = weight
        program = vectorize(model, mse_loss, SERIES, Y)
        expected = mse_loss([model(x) for x in SERIES], Y).data
        loss = program.run(program.data(), np.array(SERIES), np.array(Y))[0]
        assert loss == pytest.approx(expected, rel=1e-12, nan_ok=True)
