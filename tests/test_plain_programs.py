"""Programs read as a person would write them: no line without need, and none that is not true."""

import ast
import re

import pytest

from tinygrad_edu import Value, dot, exp, log, log_softmax, maximum, mean, softmax, sqrt, tanh
from tinygrad_edu import losses as L
from tinygrad_edu.calculus import gradients
from tinygrad_edu.nn import MLP, Module

np = pytest.importorskip("numpy", reason="array programs need NumPy")
from tinygrad_edu.arrays import vectorize  # noqa: E402

RNG = np.random.default_rng(5)
X = RNG.normal(size=(5, 3)).tolist()
Y = RNG.normal(size=5).tolist()
TWO = RNG.normal(size=(5, 2)).tolist()
TOKENS = RNG.normal(size=(5, 4, 2)).tolist()


def weights(*shape):
    if not shape:
        return Value(RNG.normal() * 0.5)
    return [weights(*shape[1:]) for _ in range(shape[0])]


class Model(Module):
    def __init__(self, function, **parts):
        self.__dict__.update(parts)
        self.function = function

    def __call__(self, x):
        return self.function(self, x)


def layer(W, x):
    return [dot(w, x) for w in W]


def tied(m, x):
    return layer(zip(*m.W), [tanh(z) for z in layer(m.W, x)])


def radial(m, x):
    squares = [sum((a - c) ** 2 for a, c in zip(x, row)) for row in m.C]
    return dot(m.w, [exp(-d) for d in squares])


def pooled_attention(m, x):
    Q, K, V = ([layer(w, t) for t in x] for w in (m.q, m.k, m.v))
    weighed = [softmax([dot(q, k) for k in K]) for q in Q]
    return [mean(dot(w, [v[j] for v in V]) for w in weighed) for j in range(2)]


def penalised_slope(m, x):
    given = [v if isinstance(v, Value) else Value(v) for v in x]
    y = m.net(given)
    return [y, sum(d * d for d in gradients(y, given))]


def graph_net(m, x):
    return dot(m.o, [tanh(sum(dot(w, t) for t in x)) for w in m.W])


def correlated(a, y):
    center, of_y = mean(a), sum(y) / len(y)
    products = sum((p - center) * (t - of_y) for p, t in zip(a, y))
    return 1.0 - products / sqrt(sum((p - center) ** 2 for p in a))


def penalised(parameters):
    return lambda a, y: L.mse_loss(a, y) + 0.01 * sum(p * p for p in parameters)


def mixture(m, x):
    return sum(a * b for a, b in zip(log_softmax(m.s), layer(m.W, x)))


def ranked(a, y):
    return sum(maximum(q * (t - p), (q - 1.0) * (t - p)) for p, t in zip(a, y) for q in (0.1, 0.9))


def distance(m, x):
    return sqrt(sum((z - 1.0) ** 2 for z in layer(m.W, x)) + 1e-6)


def surprise(p, y):
    return -mean(log(row[k]) for row, k in zip(p, y))


def crossed(p, y):
    return -sum(t * log(q) for row, targets in zip(p, y) for q, t in zip(row, targets)) / len(y)


NET = MLP(3, [4, 1], activation="tanh", seed=1)
OTHER = MLP(3, [4, 1], seed=1)


def slopes(p, y):
    return mean((a - t) ** 2 + 0.1 * (sqrt(n) - 1.0) ** 2 for (a, n), t in zip(p, y))


PROGRAMS = {
    "tied weights": (
        Model(tied, W=weights(2, 3)),
        L.mse_loss,
        X,
        X,
        ["Z2 = A1 @ W ", "dW = A1.T @ D2 + D1.T @ X "],
        ["theta[:6]"],
    ),
    "centres": (
        Model(radial, C=weights(4, 3), w=weights(4)),
        L.mse_loss,
        X,
        Y,
        ["T1 = X[:, None, :] - C ", "T2 = np.exp(-(T1 ** 2).sum(2)) ", "dC = "],
        ["broadcast_to", "[I1]", "-(-"],
    ),
    "attention that is averaged": (
        Model(pooled_attention, q=weights(2, 2), k=weights(2, 2), v=weights(2, 2)),
        L.mse_loss,
        TOKENS,
        TWO,
        ["T1 = A4.sum(1) "],
        ["broadcast_to"],
    ),
    "a slope that is penalised": (
        Model(penalised_slope, net=NET),
        slopes,
        X,
        Y,
        ["Z3 = T2 @ W1 ", "dW1 = T2.T @ D3 + D1.T @ X ", "T3[:, 0] = Z2\n", "T3[:, 1] = Z4\n"],
        ["[I1]", "mask", "- T9 - T9"],
    ),
    "sums that are 0 at first": (
        Model(graph_net, W=weights(2, 2), o=weights(2)),
        L.mse_loss,
        TOKENS,
        Y,
        ["@ W.T"],
        ["+ 0.0", "mask"],
    ),
    "a correlation": (NET, correlated, X, Y, ["T4 / T3 / (2.0 * T3)"], ["-(-", "+ -", "(-T"]),
    "a penalty on all weights": (
        NET,
        penalised(NET.parameters()),
        X,
        Y,
        ["0.01 * (theta @ theta)"],
        ["dW1"],  # which is more than what comes from the data
    ),
    "a penalty on some": (
        NET,
        penalised(NET.layers[0].parameters()),
        X,
        Y,
        ["dW2 = D2 @ A1 ", "+= D1.T @ X\n"],
        ["dW1", "dtheta[I"],
    ),
    "logarithms of a softmax": (
        Model(mixture, s=weights(3), W=weights(3, 3)),
        L.mse_loss,
        X,
        Y,
        [],
        ["[None]"],
    ),
    "two quantiles": (OTHER, ranked, X, Y, ["db2 = D2.sum()"], []),
    "SiLU by its gate, which is computed once": (
        MLP(3, [4, 1], "silu", seed=1),
        L.mse_loss,
        X,
        Y,
        ["T1 = Z1 * A1 ", "T3 * A1 + T3 * Z1 * (A1 * (1.0 - A1))"],
        ["Z1 / (1.0"],
    ),
    "the logarithm of a softmax": (
        Model(lambda m, x: softmax(layer(m.W, x)), W=weights(3, 3)),
        surprise,
        X,
        [0, 2, 1, 1, 0],
        ["L = -(Z2[np.arange(5), y].sum() / 5.0)", "* A2 - T1 "],
        ["np.log("],
    ),
    "the logarithm of a softmax, with probabilities": (
        Model(lambda m, x: softmax(layer(m.W, x)), W=weights(3, 3)),
        crossed,
        X,
        [[0.2, 0.3, 0.5]] * 5,
        ["Z2 = Z1 - logsumexp(Z1)[:, None] "],
        ["np.log(", "/ A2"],
    ),
    "a number beside Python's 0": (
        Model(distance, W=weights(2, 3)),
        L.mse_loss,
        X,
        Y,
        ["np.sqrt(1e-06 + "],
        ["C1"],
    ),
    "an A that is a parameter": (
        Model(lambda m, x: [b * dot(m.A, x) for b in m.B], A=weights(3), B=weights(2)),
        L.mse_loss,
        X,
        TWO,
        ["dA = D1 @ X ", "np.concatenate([dA, dB])"],
        [],
    ),
}


def program_of(name):
    model, loss, xs, ys, *_ = PROGRAMS[name]
    return vectorize(model, loss, xs, ys)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_has_these_lines_and_not_those(name):
    *_, lines, not_these = PROGRAMS[name]
    source = program_of(name).source
    for line in lines:
        assert line in source, source
    for text in not_these:
        assert text not in source, source


@pytest.mark.parametrize("name", PROGRAMS)
def test_its_numbers_are_the_engines(name):
    model, loss, xs, ys, *_ = PROGRAMS[name]
    program = program_of(name)
    root = loss([model(x) for x in xs], ys)
    model.zero_grad()
    root.backward()
    value, gradient = program(program.data(), np.array(xs), np.array(ys))
    assert value == pytest.approx(root.data, rel=1e-12)
    expected = [p.grad for p in program.parameters]
    assert gradient.tolist() == pytest.approx(expected, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_shapes_that_it_says_are_those_that_it_has(name):
    _, _, xs, ys, *_ = PROGRAMS[name]
    program = program_of(name)
    lines, said = [], 0
    for line in program.source.splitlines():
        lines.append(line)
        found = re.fullmatch(r"    (\w+) = .*?(?:  # (\(.*\)))?", line)
        if found and line[-1] not in "([":
            lines.append(f"    assert np.shape({found[1]}) == {found[2] or '()'}, {found[1]!r}")
            said += 1
    names = dict(program.constants)
    exec("\n".join(lines), names)
    names["loss_and_gradient"](program.data(), np.array(xs), np.array(ys))
    assert said > 5


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_line_is_used_and_each_name_is_one_thing(name):
    [function] = [
        x for x in ast.parse(program_of(name).source).body if isinstance(x, ast.FunctionDef)
    ]
    made = [
        statement.targets[0].id
        for statement in function.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    ]
    used = {
        x.id for x in ast.walk(function) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load)
    }
    assert len({*made}) == len(made)
    assert {*made} <= used


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_formula_has_all_that_it_uses(name):
    program = program_of(name)
    lines = program.latex().replace(r"\mathrel{+}", "").splitlines()[1:-1]
    known = {r"\theta", "X", "y", *(f"I_{{{k}}}" for k in range(1, 9))}
    symbol = re.compile(r"(?<![A-Za-z\\])(?:T|Z|A|\\delta)_\{\d+\}")
    for line in lines:
        left, _, right = line.partition("&=")
        assert {*symbol.findall(right)} <= known, line
        known |= {*symbol.findall(left)}
    grads = [line for line in lines if line.startswith(r"\frac{\partial L}")]
    assert grads  # by all parameters together, or by each
    if not any(r"\partial \theta" in line for line in grads):
        assert len(grads) >= len(program.views)


def test_what_is_added_at_places_is_in_the_formula():
    def pairs(a, y):
        return sum(tanh(a[i] - a[j]) for i, j in [(0, 1), (1, 0), (2, 1), (3, 1), (0, 2)])

    text = vectorize(NET, pairs, X, Y).latex()
    assert r"\delta_{2} &= \left[\sum_{i: I_{3}{}_{i} = j} \left(" in text


def test_a_product_that_is_none_of_matrices_is_written_with_its_indices():
    def model(m, x):
        return sum(dot(w, h) for w, h in zip(m.o, [layer(W, x) for W in m.W]))

    made = vectorize(Model(model, W=weights(2, 3, 3), o=weights(2, 3)), L.mse_loss, X, Y)
    assert "einsum" not in made.latex()
    formula = vectorize(
        Model(lambda m, x: [dot(w, r) for w, r in zip(m.W, x)], W=weights(4, 2)),
        L.mse_loss,
        TOKENS,
        RNG.normal(size=(5, 4)).tolist(),
    ).latex()
    assert r"Z_{1} &= \left[\sum_{k} X{}_{bik}\,W{}_{ik}\right]_{bi} \\" in formula


def test_a_quotient_that_is_turned_stands_in_brackets():
    def normed(m, x):
        return layer([[a / sqrt(dot(row, row)) for a in row] for row in m.W], x)

    made = vectorize(Model(normed, W=weights(2, 3)), L.mse_loss, X, TWO)
    quotient = r"\left(\frac{W}{A_{1} \mathbf{1}^{\top}}\right)^{\top}"
    assert rf"X {quotient} \\" in made.latex() or r"X T_{1}^{\top} \\" in made.latex()


def test_a_diagonal_is_one_of_the_elements_that_lie_in_a_row():
    def contrast(p, y):
        return mean(-log_softmax([dot(a[:2], b[2:]) for b in p])[i] for i, a in enumerate(p))

    formula = vectorize(MLP(3, [4], seed=1), contrast, X, Y).latex()
    assert r"\operatorname{vec}\left(Z_{2}\right){}_{[::6]}" in formula


def test_the_logarithm_of_a_softmax_is_right_where_the_softmax_is_0():
    model = Model(lambda m, x: softmax(layer(m.W, x)), W=weights(3, 3))
    for row, weight in zip(model.W, (0.0, 400.0, -600.0)):
        for p in row:
            p.data = weight
    program = vectorize(model, surprise, [[1.0, 0.5, 0.5]], [2])
    loss, gradient = program(program.data(), np.array([[1.0, 0.5, 0.5]]), np.array([2]))
    assert loss == 2000.0  # -ln(e⁻¹²⁰⁰ / (1 + e⁸⁰⁰ + e⁻¹²⁰⁰))
    assert gradient.tolist() == [0.0, 0.0, 0.0, 1.0, 0.5, 0.5, -1.0, -0.5, -0.5]
