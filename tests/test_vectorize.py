"""`vectorize`: the arrays in a scalar graph, their gradient, and the text that they are."""

import math
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinygrad_edu import (
    OPS,
    Value,
    dot,
    elu,
    exp,
    leaky_relu,
    logaddexp,
    logsumexp,
    maximum,
    softmax,
    tanh,
)
from tinygrad_edu import losses as L
from tinygrad_edu.calculus import gradients
from tinygrad_edu.custom import make_node
from tinygrad_edu.nn import MLP, Module

np = pytest.importorskip("numpy", reason="array programs need NumPy")
from tinygrad_edu.arrays import Program, vectorize  # noqa: E402
from tinygrad_edu.arrays.programs import pieces  # noqa: E402
from tinygrad_edu.arrays.refusals import NotVectorizable  # noqa: E402

STORMS = Path(__file__).parent / "storms"
RNG = random.Random(5)
X = [[RNG.gauss(0, 1) for _ in range(3)] for _ in range(7)]
CLASSES = [RNG.randrange(3) for _ in X]
REAL = [x[0] * x[1] for x in X]
SIGNS = [math.copysign(1.0, x[0]) for x in X]
BITS = [float(x[0] > 0.0) for x in X]
ONE_HOT = [[float(c == k) for k in range(3)] for c in CLASSES]


def by_the_engine(root, parameters):
    for p in parameters:
        p.grad = 0.0
    root.backward()
    return root.data, [p.grad for p in parameters]


def check(root, parameters):
    """The program gives what the engine does; the program."""
    program = vectorize(root, parameters)
    value, grads = by_the_engine(root, parameters)
    loss, gradient = program(program.data())
    found = dict(zip(program.parameters, gradient.tolist()))
    assert loss == pytest.approx(value, rel=1e-12)
    assert [found[p] for p in parameters] == pytest.approx(grads, rel=1e-12, abs=1e-15)
    return program


def check_batch(model, loss, xs, ys, others=()):
    """The same of a model and a loss, on these samples and then on others."""
    program = vectorize(model, loss, xs, ys)
    for batch, targets in ((xs, ys), *others):
        root = loss([model(x) for x in batch], targets)
        value, grads = by_the_engine(root, model.parameters())
        got, gradient = program(program.data(), np.array(batch), np.array(targets))
        found = dict(zip(program.parameters, gradient.tolist()))
        assert got == pytest.approx(value, rel=1e-12)
        assert [found[p] for p in model.parameters()] == pytest.approx(grads, rel=1e-11, abs=1e-14)
    return program


def test_a_network_of_two_layers_is_what_the_textbook_has():
    model = MLP(2, [3, 2], activation="tanh", seed=0)
    program = vectorize(model, L.mse_loss, [[1.0, 2.0], [0.5, -1.0]], [[1.0, 0.0], [0.0, 1.0]])
    assert program.source == SOURCE


SOURCE = """\
import numpy as np


def loss_and_gradient(theta, X, y):
    # forward
    W1 = theta[:6].reshape(3, 2)      # (3, 2)
    b1 = theta[6:9]                   # (3,)
    Z1 = X @ W1.T + b1                # (2, 3)
    A1 = np.tanh(Z1)                  # (2, 3)
    W2 = theta[9:15].reshape(2, 3)    # (2, 3)
    b2 = theta[15:]                   # (2,)
    Z2 = A1 @ W2.T + b2               # (2, 2)
    T1 = Z2 - y                       # (2, 2)
    L = (T1 ** 2).sum() / 4.0
    # backward
    D2 = 0.5 * T1                     # (2, 2)
    db2 = D2.sum(0)                   # (2,)
    dW2 = D2.T @ A1                   # (2, 3)
    D1 = (D2 @ W2) * (1.0 - A1 * A1)  # (2, 3)
    db1 = D1.sum(0)                   # (3,)
    dW1 = D1.T @ X                    # (3, 2)
    dtheta = np.concatenate([dW1.ravel(), db1, dW2.ravel(), db2])  # (17,)
    return L, dtheta, Z2
"""


def test_the_text_is_what_runs():
    model = MLP(2, [3, 2], activation="tanh", seed=0)
    xs, ys = [[1.0, 2.0], [0.5, -1.0]], [[1.0, 0.0], [0.0, 1.0]]
    program = vectorize(model, L.mse_loss, xs, ys)
    names = dict(program.constants)
    exec(program.source, names)
    loss, gradient, output = names["loss_and_gradient"](program.data(), np.array(xs), np.array(ys))
    assert loss == program(program.data(), np.array(xs), np.array(ys))[0]
    assert output.tolist() == [pytest.approx([v.data for v in model(x)]) for x in xs]
    named = program.view(gradient)
    assert list(named) == ["W1", "b1", "W2", "b2"]
    assert named["W1"].shape == (3, 2)
    root = L.mse_loss([model(x) for x in xs], ys)
    root.backward()
    assert named["W1"].tolist() == [
        pytest.approx([w.grad for w in neuron.w]) for neuron in model.layers[0].neurons
    ]


def test_the_text_defines_what_it_needs_for_many_samples():
    rng, model = random.Random(2), MLP(3, [4, 3], seed=0)
    xs = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(20)]
    classes = [rng.randrange(3) for _ in xs]
    program = check_batch(model, L.cross_entropy, xs, classes, [(xs[::-1], classes)])
    for line in ("ones = np.ones(20)", "one_hot = np.eye(3)", "db1 = ones @ D1"):
        assert line in program.source
    assert program.constants == {}
    names = {}
    exec(program.source, names)
    given = program.data(), np.array(xs), np.array(classes)
    loss, gradient, _ = names["loss_and_gradient"](*given)
    assert loss == program(*given)[0]
    assert gradient.tolist() == program(*given)[1].tolist()


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda p: 0.5 * sum(v * v for v in p), id="theta itself"),
        pytest.param(lambda p: dot(p, [1.0, 2.0, 3.0]), id="a constant"),
        pytest.param(lambda p: 2.0 * sum(p) + 1.0, id="one number"),
    ],
)
def test_a_gradient_is_the_callers_own(build):
    p = [Value(0.5), Value(-1.0), Value(2.0)]
    program = vectorize(build(p), p)
    program.replay = None
    theta = program.data()
    _, gradient = program(theta)
    expected = gradient.tolist()
    theta -= gradient
    assert gradient.tolist() == expected
    gradient *= 0.0
    assert program(program.data())[1].tolist() == expected


@pytest.mark.parametrize("places", [[(0, 1), (2, 0), (3, 0), (4, 2)], [(0, 1), (2, 3), (4, 5)]])
def test_places_that_are_taken_twice_add_up(places):
    p = [Value(0.3 * k - 0.7) for k in range(6)]
    rows = [[p[a] + p[b] for a, b in places[n:] + places[:n]] for n in range(3)]
    program = check(sum(tanh(dot(row, row[::-1])) for row in rows) + p[5] * p[4], p)
    assert "np.add.at" not in program.source


def test_a_root_of_a_mean_square_is_divided_by_once():
    """Σ g x/s is (Σ g x)/s, where s is one number for each row."""
    rng = random.Random(4)
    xs = [[Value(rng.gauss(0, 1)) for _ in range(5)] for _ in range(4)]
    terms = []
    for row in xs:
        size = (dot(row, row) / 5.0 + 1e-5) ** 0.5
        terms += [tanh(0.1 * (k + 1) * x / size) for k, x in enumerate(row)]
    program = check(sum(terms), [x for row in xs for x in row])
    assert ".sum(1)" not in program.source
    assert program.source.count("np.vecdot(") == 2


def test_samples_are_found_in_a_whole_graph():
    model = MLP(3, [4, 4, 1], seed=1)
    root = L.hinge_loss([model(x) for x in X], SIGNS)
    program = check(root + 1e-2 * sum(p * p for p in model.parameters()), model.parameters())
    for line in (
        "Z2 = A1 @ W2.T + b2",
        "D1 = (D2 @ W2) * (Z1 > 0.0)",
        "D2.T @ A1",
        "0.01 * (theta @ theta)",
    ):
        assert line in program.source


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu", "elu", "leaky_relu"])
@pytest.mark.parametrize(
    ("loss", "targets", "outputs"),
    [
        (L.mse_loss, REAL, 1),
        (L.l1_loss, REAL, 1),
        (L.huber_loss, REAL, 1),
        (L.quadratic_cost, ONE_HOT, 3),
        (L.hinge_loss, SIGNS, 1),
        (L.binary_cross_entropy_with_logits, BITS, 1),
        (L.cross_entropy, CLASSES, 3),
        (L.cross_entropy, ONE_HOT, 3),
        (L.nll_loss, CLASSES, 3),
    ],
)
def test_networks_and_losses(activation, loss, targets, outputs):
    model = MLP(3, [4, outputs], activation=activation, seed=2)
    check_batch(model, loss, X, targets, [(X[::-1], targets[::-1])])


def test_a_slope_that_is_a_part_of_the_formula_is_written_in_it():
    theta = [Value(0.5 * k - 1.0) for k in range(4)]
    for function in (leaky_relu, elu):
        terms = [function(v, 0.1 * (k % 2 + 1)) for k, v in enumerate(theta)]
        program = vectorize(sum(terms), theta)
        assert "0.1 * " in program.source
        assert "0.2 * " in program.source


@pytest.mark.parametrize(
    ("sizes", "rest"),
    [
        ([8, 3], "dtheta[56:] = db2"),
        ([8, 5, 3], "dtheta[24:32] = db1"),
        ([8, 2, 3], "dtheta[24:] = np.concatenate([db1, dW2.ravel(), db2, dW3.ravel(), db3])"),
    ],
)
def test_large_products_are_computed_where_they_lie_in_the_gradient(monkeypatch, sizes, rest):
    model = MLP(3, sizes, activation="tanh", seed=3)
    before = vectorize(model, L.cross_entropy, X, CLASSES)
    assert "out=" not in before.source
    monkeypatch.setattr(pieces, "LARGE", 24)
    after = check_batch(model, L.cross_entropy, X, CLASSES)
    assert "dW1 = np.matmul(D1.T, X, out=dtheta[:24].reshape(8, 3))" in after.source
    assert rest in after.source
    assert after.source.count("np.empty(") == 1
    given = after.data(), np.array(X), np.array(CLASSES)
    assert after(*given)[1].tolist() == before(*given)[1].tolist()
    assert after.latex().splitlines()[-2] == before.latex().splitlines()[-2]


def test_a_penalty_over_the_parameters():
    model = MLP(3, [4, 1], activation="tanh", seed=3)

    def penalty(a, y):
        return L.mse_loss(a, y) + 1e-3 * sum(p * p for p in model.parameters())

    assert "theta @ theta" in check_batch(model, penalty, X, REAL).source


def test_a_batch_of_one_and_samples_that_are_equal():
    model = MLP(3, [4, 3], activation="tanh", seed=3)
    check_batch(model, L.cross_entropy, X[:1], [2], [(X[1:2], [0])])
    check_batch(model, L.mse_loss, [X[0], X[1], X[0]], [ONE_HOT[0]] * 3)
    same = [X[0], X[1], X[0], X[0]]
    root = L.mse_loss([model(x) for x in same], [ONE_HOT[k] for k in (0, 1, 0, 0)])
    check(root, model.parameters())


class Recurrent(Module):
    def __init__(self, inputs, width, seed=0):
        draw = random.Random(seed)

        def weights(rows, columns):
            return [[Value(draw.uniform(-0.5, 0.5)) for _ in range(columns)] for _ in range(rows)]

        self.W, self.U, self.out = weights(width, inputs), weights(width, width), weights(1, width)
        self.b = [Value(0.1) for _ in range(width)]

    def __call__(self, steps):
        h = [0.0] * len(self.b)
        for x in steps:
            h = [tanh(dot(w, x) + dot(u, h) + b) for w, u, b in zip(self.W, self.U, self.b)]
        return dot(self.out[0], h)


class Attention(Module):
    def __init__(self, width, seed=0):
        draw = random.Random(seed)

        def weights():
            return [[Value(draw.uniform(-0.5, 0.5)) for _ in range(width)] for _ in range(width)]

        self.q, self.k, self.v = weights(), weights(), weights()

    def __call__(self, tokens):
        q, k, v = ([[dot(w, x) for w in m] for x in tokens] for m in (self.q, self.k, self.v))
        out = []
        for i, query in enumerate(q):  # each token sees those before it
            s = softmax([dot(query, key) for key in k[: i + 1]])
            out += [sum(a * row[j] for a, row in zip(s, v)) for j in range(len(query))]
        return sum(x * x for x in out)


def test_recurrent_networks_and_attention():
    draw = random.Random(1)
    sequences = [[[draw.gauss(0, 1) for _ in range(3)] for _ in range(4)] for _ in range(5)]
    targets = [draw.gauss(0, 1) for _ in sequences]
    others = [(sequences[::-1], targets[::-1])]
    program = check_batch(Recurrent(3, 4), L.mse_loss, sequences, targets, others)
    assert {"W", "U", "b"} <= set(program.views)
    program = check_batch(Attention(3), L.mse_loss, sequences, targets, others)
    assert {"q", "k", "v"} <= set(program.views)


def test_sums_of_ever_more_terms_are_one_array():
    """As of causal attention: each filled up to the longest, with what adds nothing."""
    p = [Value(0.1 * k + 0.2) for k in range(6)]
    squares = [v * v for v in p]
    sums = [sum(squares[:n]) for n in range(1, 7)]
    program = check(sum(tanh(s) for s in sums), p)
    assert program.source.count("np.tanh") == 2  # of the first, which is no sum, and of the others
    folds = [logsumexp(p[:n]) for n in range(3, 7)]
    assert check(dot(folds, p[:4]), p).source.count("logsumexp(T") == 1
    weights = [[exp(-v * n) for v in p[:n]] for n in range(2, 7)]
    mixed = [[dot(w, p[: len(w)]) * q for q in p] for w in weights]
    assert check(sum(tanh(x) for row in mixed for x in row), p).source.count("np.tanh") == 1


def test_one_layer_of_what_was_computed_in_several_ways_is_one_array():
    model = MLP(3, [4, 1], activation="tanh", seed=0)
    rows = [[p * x for p, x in zip(model.parameters(), X[k])] for k in range(3)]
    several = [rows[0], [tanh(v) for v in rows[1]], [v * v for v in rows[2]]]
    program = check(sum(model(x) for x in several), model.parameters())
    assert program.source.count("np.tanh") == 2  # of the second of them, and of the layer
    # but not of what depends on itself
    once = model.layers[0](X[0])
    again = model.layers[0](once[:3])
    check(sum(again) * model.layers[1](model.layers[0](again[1:])), model.parameters())


class Awkward(Module):
    """Its attributes have names that mean something in a program, or nothing in Python."""

    def __init__(self):
        self.X, self.theta, self.T1, self.np, self.dW, self.tanh = map(Value, range(6))
        setattr(self, "lambda", Value(0.5))

    def __call__(self, x):
        return tanh(sum((p * x[0] for p in self.parameters()), 0.0))


def test_names_that_are_taken_are_not_given_again():
    check_batch(Awkward(), L.mse_loss, X, REAL, [(X[::-1], REAL[::-1])])


@pytest.mark.parametrize("names", [("ones", "one_hot"), ("softmax", "e"), ("ones2", "one_hot2")])
def test_names_of_what_a_source_defines_are_not_given_to_weights(names):
    class Named(Module):
        def __init__(self):
            rng = random.Random(1)
            setattr(self, names[0], [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(3)])
            setattr(self, names[1], [Value(rng.gauss(0, 1)) for _ in range(3)])

        def __call__(self, x):
            rows, biases = (getattr(self, name) for name in names)
            return [exp(tanh(dot(row, x) + b)) for row, b in zip(rows, biases)]

    many = X * 20  # so many that rows are added up by a product with ones
    program = check_batch(Named(), L.cross_entropy, many[:20], (CLASSES * 20)[:20])
    assert "ones @ D1" in program.source
    assert "one_hot[y]" in program.source
    assert list(program.views) == ["W1", "b1"]


def test_weights_that_are_not_trained_are_constants():
    model = MLP(3, [4, 1], activation="tanh", seed=0)
    some = model.parameters()[:4]
    program = vectorize(model, L.mse_loss, X, REAL, parameters=some)
    root = L.mse_loss([model(x) for x in X], REAL)
    value, grads = by_the_engine(root, some)
    loss, gradient = program(program.data(), np.array(X), np.array(REAL))
    assert loss == pytest.approx(value, rel=1e-12)
    assert dict(zip(program.parameters, gradient)) == pytest.approx(dict(zip(some, grads)))


# What an earlier attempt at this met


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(
            lambda p: p[0] * 1.0 + p[1] * 0.0 + p[2] * 2.0, id="constants that count rows"
        ),
        pytest.param(lambda p: maximum(p[0], -0.0) + 1.0 / (p[1] - 0.0), id="negative zero"),
        pytest.param(lambda p: p[0] * p[0] + p[0], id="a parameter used twice"),
        pytest.param(lambda p: p[0] + p[0] + p[0], id="one term three times"),
        pytest.param(lambda p: tanh(p[1]), id="unused parameters"),
        pytest.param(lambda p: p[1] * 1.0, id="one parameter, hardly touched"),
        pytest.param(lambda p: sum(v * v for v in p) * dot(p, p), id="a sum used by a product"),
        pytest.param(lambda p: dot(p[:2], p[1:]), id="overlapping views"),
        pytest.param(lambda p: dot(p, p[::-1]), id="a reversal"),
        pytest.param(lambda p: sum(a * b for a in p for b in p), id="an outer product"),
        pytest.param(lambda p: logsumexp([*p, p[0], 1.0]), id="a logsumexp of mixed things"),
        pytest.param(lambda p: sum(softmax(p)[::2]), id="parts of a softmax"),
        pytest.param(lambda p: p[0] ** 2 + p[1] ** 3 + p[2] ** -1, id="powers"),
        pytest.param(lambda p: (p[0] * p[0]) ** p[1] + 2.0 ** p[2], id="powers of Values"),
        pytest.param(lambda p: p[0] - p[0], id="nothing left"),
    ],
)
def test_pitfalls(build):
    parameters = [Value(x) for x in (0.7, -0.4, 1.3)]
    check(build(parameters), parameters)


def test_a_loss_of_no_parameter():
    p, x = Value(1.0), Value(3.0)
    loss, gradient = vectorize(x * 2.0, [p])(np.array([1.0]))
    assert loss == 6.0
    assert gradient.tolist() == [0.0]
    assert vectorize(x, [])(np.zeros(0))[0] == 3.0
    loss, gradient = vectorize(p, [p])(np.array([5.0]))
    assert (loss, gradient.tolist()) == (5.0, [1.0])


def test_inputs_take_other_numbers_and_may_be_parameters():
    w, x = Value(3.0), Value(2.0)
    program = vectorize((w * x - 1.0) ** 2, [w], inputs=[x])
    loss, gradient = program(np.array([1.0]), np.array([4.0]))  # (4 - 1)², 2 (4 - 1) · 4
    assert (loss, gradient.tolist()) == (9.0, [24.0])
    program = vectorize(w * w, [w], inputs=[w])
    loss, gradient = program(np.array([3.0]), np.array([7.0]))
    assert (loss, gradient.tolist()) == (9.0, [6.0])


@pytest.mark.parametrize("name", [name for name in OPS if name != "neg"])
def test_the_rules_are_lowered_as_they_are(name):
    """In every operation, at kinks, at infinities and at nan, for Values and plain numbers."""
    op = OPS[name]
    extra = [0.3] * (op.arity - len(op.rules))
    points = (0.0, -0.0, 1.0, -1.0, 2.5, -3.0, math.inf, -math.inf, math.nan)
    a, b = Value(0.5), Value(0.25)
    two = len(op.rules) == 2
    program = vectorize(op.function(*[a, b][: len(op.rules)], *extra), [a, b])
    for x in points:
        for z in points if two else (0.0,):
            arguments = [Value(x), Value(z)][: len(op.rules)]
            y = op.function(*arguments, *extra)
            value, grads = by_the_engine(y, arguments)
            by_rules = [float(rule(*arguments, *extra, y)) for rule in op.rules]
            got, gradient = program(np.array([x, z]))
            if name in ("silu", "gelu") and x == -math.inf:
                continue  # -∞ · 0 is no number
            assert got == pytest.approx(value, rel=1e-13, abs=1e-300, nan_ok=True), (x, z)
            if all(map(math.isfinite, (x, z, *grads, *by_rules))):
                expected = pytest.approx(grads, rel=1e-12, abs=1e-15)
                assert gradient.tolist()[: len(grads)] == expected, (x, z)


def test_derivatives_of_derivatives_are_programs_too():
    """The gradient graph, and the product of the Hessian matrix with a vector, at other points."""
    model = MLP(2, [5, 4, 1], seed=1)
    parameters = model.parameters()
    root = L.hinge_loss([model(x[:2]) for x in X], SIGNS)
    draw = random.Random(2)
    direction = [Value(draw.gauss(0, 1)) for _ in parameters]
    along = dot(gradients(root, parameters), direction)
    program = vectorize(along, parameters, inputs=direction)
    for _ in range(2):
        for p in (*parameters, *direction):
            p.data = draw.gauss(0, 1)
        root = L.hinge_loss([model(x[:2]) for x in X], SIGNS)
        value, product = by_the_engine(dot(gradients(root, parameters), direction), parameters)
        got, found = program(program.data(), np.array([v.data for v in direction]))
        assert got == pytest.approx(value, rel=1e-12, abs=1e-12)
        assert dict(zip(program.parameters, found)) == pytest.approx(
            dict(zip(parameters, product)), rel=1e-9, abs=1e-12
        )
    assert program.calls < program.nodes / 10


class Decides(Module):
    def __init__(self):
        self.w = [Value(1.0), Value(2.0)]

    def __call__(self, x):
        return self.w[0] * x[0] if self.w[1] > x[0] else self.w[1] * 2.0


def test_a_decision_is_a_test_of_the_program():
    model = Decides()
    program = vectorize(model, L.mse_loss, [[0.5], [1.0]], [1.0, 1.0])
    [test] = program.tests
    assert test.answer is True
    assert "test_vectorize.py" in test.line
    assert program(program.data(), np.array([[0.1], [1.9]]), np.ones(2))[0] > 0.0
    with pytest.raises(ValueError, match=r"decisions that these numbers change: line \d+ of"):
        program(program.data(), np.array([[0.1], [2.1]]), np.ones(2))


def test_what_is_no_program_says_why(monkeypatch):
    model = MLP(3, [2], seed=0)
    with pytest.raises(NotVectorizable, match="a number was read out of the graph, by line"):
        vectorize(lambda x: model(x)[0].data * model(x)[1], L.mse_loss, X, REAL, model.parameters())
    with pytest.raises(NotVectorizable, match="the loss is another one for each class"):
        vectorize(
            model, lambda a, y: sum(v[t] * (t + 1) for v, t in zip(a, y)), X, [0, 1] * 3 + [0]
        )
    with pytest.raises(NotVectorizable, match="other things than numbers"):
        vectorize(model, L.mse_loss, ["abc"], [1.0])
    with pytest.raises(TypeError, match="parameters of a model that is no Module"):
        vectorize(lambda x: x, L.mse_loss, X, REAL)
    with pytest.raises(ValueError, match="as many samples as targets, not 7 and 1"):
        vectorize(model, L.mse_loss, X, [1.0])
    x = Value(3.0)
    with pytest.raises(NotVectorizable, match="a node of halved has its numbers, but no rule"):
        vectorize(make_node(1.5, (x, 0.5), op="halved") * 2.0, [x])
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda x, y: 1.0 if x > 0.0 else 0.0,))
    with pytest.raises(NotVectorizable, match="the rule of tanh looks at a number"):
        vectorize(tanh(x), [x])
    assert repr(vectorize(model, L.nll_loss, X, [0] * 7)).startswith("<Program of 8 parameters")


def test_arrays_of_another_shape_are_refused():
    model = MLP(3, [2], seed=0)
    program = vectorize(model, L.nll_loss, X, [0] * 7)
    for arrays, wrong in (
        ((np.zeros(9), np.array(X), np.zeros(7, int)), r"theta has the shape \(8,\) .*not \(9,\)"),
        ((program.data(), np.array(X[:5]), np.zeros(7, int)), r"X has the shape \(7, 3\)"),
        ((program.data(), np.array(X), np.zeros((7, 1), int)), r"y has the shape \(7,\)"),
    ):
        with pytest.raises(ValueError, match=wrong):
            program(*arrays)


def test_rows_that_are_equal_however_deep_are_one():
    """Also where they become so one after the other, and where a sum is among them."""
    for depth in (2, 30):
        p = Value(0.3)
        ends = []
        for _ in range(3):
            x = p * 1.5
            for _ in range(depth):
                x = tanh(x) * 1.25
            ends.append(tanh(x + 1.0) * 2.0)
        program = vectorize(ends[0] * ends[1] + exp(ends[2]), [p])
        assert program.source.count("np.tanh(") == depth + 1
        check(ends[0] * ends[1] + exp(ends[2]), [p])


@pytest.mark.parametrize("grow", [lambda t, x: t + x, lambda t, x: x + t, logaddexp])
def test_a_chain_takes_time_by_its_length_to_whichever_side_it_grows(grow):
    xs = [Value(math.sin(k)) for k in range(40_000)]
    root = xs[0]
    for x in xs[1:]:
        root = grow(root, x)
    value, grads = by_the_engine(root, xs)
    start = time.process_time()
    program = vectorize(root, xs)
    assert time.process_time() - start < 3.0
    loss, gradient = program(program.data())
    assert loss == pytest.approx(value, rel=1e-9)
    assert dict(zip(program.parameters, gradient)) == pytest.approx(dict(zip(xs, grads)), rel=1e-8)


def test_random_graphs(monkeypatch):
    monkeypatch.syspath_prepend(str(STORMS))
    import vectorized

    compared, wrong = vectorized.storm(150)
    assert compared > 1000
    assert wrong == []


def test_the_storm_notices_a_wrong_rule(monkeypatch):
    monkeypatch.syspath_prepend(str(STORMS))
    import vectorized

    monkeypatch.setattr(OPS["tanh"], "rules", (lambda x, y: 1.0 - y,))
    assert vectorized.storm(60)[1]


def test_without_numpy_it_says_what_to_install():
    program = "import sys; sys.modules['numpy'] = None; from tinygrad_edu.arrays import vectorize"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert "pip install 'tinygrad_edu[arrays]'" in run.stderr


def test_a_program_is_a_program():
    assert isinstance(vectorize(Value(1.0) * 2.0, []), Program)


class TestReplayInItsPlace:
    """A graph without regularity is played, to the engine's last bit."""

    def irregular(self):
        rng = random.Random(2)
        leaves = [Value(rng.uniform(0.5, 1.5)) for _ in range(6)]
        made = list(leaves)
        for _ in range(200):
            x, y = rng.choice(made), rng.choice(made)
            made.append(rng.choice((x.tanh, x.sin, lambda x=x, y=y: x * y + 0.5))())
        return leaves, sum(made[-9:])

    @pytest.fixture(autouse=True)
    def as_compiled(self, monkeypatch):
        monkeypatch.setattr("tinygrad_edu.arrays.tapes.player._FEWEST", 150)

    def test_its_numbers_are_the_engines(self):
        leaves, root = self.irregular()
        program = vectorize(root, leaves)
        assert program.nodes < 20 * program.calls
        assert program.replay is not None
        loss, gradient = program(program.data())
        root.backward()
        assert loss == root.data
        assert gradient.tolist() == [p.grad for p in program.parameters]
        by_numpy, also = program.run(program.data())
        assert by_numpy == pytest.approx(loss, rel=1e-12)
        assert also == pytest.approx(gradient, rel=1e-9)

    def test_with_inputs(self):
        leaves, root = self.irregular()
        program = vectorize(root, leaves[:4], leaves[4:])
        theta, x = program.data() + 0.1, np.array([0.7, 0.9])
        loss, gradient = program(theta, x)
        by_numpy, also = program.run(theta, x)
        assert by_numpy == pytest.approx(loss, rel=1e-12)
        assert also == pytest.approx(gradient, rel=1e-9)
        with pytest.raises(ValueError, match="x has the shape"):
            program(theta, x[:1])

    def test_what_is_regular_runs_as_arrays(self):
        model = MLP(8, [32, 1], seed=0)
        X = [[0.1 * (i + j) for j in range(8)] for i in range(32)]
        root = L.mse_loss([model(x) for x in X], [0.0] * 32)
        assert vectorize(root, model.parameters()).replay is None


class TestGradientsOfFewerNumbersThanTheirArrays:
    """A gradient that is the same along an axis is counted there, not summed."""

    def test_along_an_axis(self):
        xs, b = [Value(0.1 * i + 0.3) for i in range(5)], Value(2.0)
        root = sum(x - b for x in xs) ** 2  # S = 2.5 - 10: 2 S by each x, and -5 · 2 S by b
        program = vectorize(root, [*xs, b])
        assert "10.0 * T1" in program.source
        loss, gradient = program.run(program.data())
        assert loss == pytest.approx(56.25)
        root.backward()
        assert gradient == pytest.approx([p.grad for p in program.parameters], rel=1e-14)
        assert b.grad == pytest.approx(75.0)

    def test_over_the_samples(self):
        w = [Value(0.5), Value(-0.3)]
        X, y = [1.0, 2.0, 4.0], [0.0, 0.0, 0.0]

        def model(x):
            return (x + w[0]) * w[1]

        def loss(a, y):
            return sum(a) * 0.5

        # w₁ Σ (x + w₀)/2: 3 w₁/2 by w₀, and (7 + 1.5)/2 by w₁
        program = vectorize(model, loss, X, y, w)
        value, gradient = program(program.data(), np.array(X), np.array(y))
        assert value == pytest.approx(-0.3 * 8.5 / 2)
        assert gradient == pytest.approx([-0.45, 4.25], rel=1e-14)
