"""The LaTeX of programs is true: a reader that knows only the notation works it out."""

import math
import re

import pytest

from tinygrad_edu import Value, dot, exp, log, log_softmax, maximum, mean, softmax, sqrt, tanh
from tinygrad_edu import losses as L
from tinygrad_edu.calculus import gradients, hvp
from tinygrad_edu.nn import MLP
from tinygrad_edu.ops import OPS

np = pytest.importorskip("numpy", reason="array programs need NumPy")

from program_reading import read  # noqa: E402
from test_plain_programs import (  # noqa: E402
    NET,
    PROGRAMS,
    RNG,
    TOKENS,
    TWO,
    Model,
    X,
    Y,
    layer,
    program_of,
    weights,
)

from tinygrad_edu.arrays import vectorize  # noqa: E402
from tinygrad_edu.arrays.programs.symbols import number  # noqa: E402


def symbol(name):
    """A name of a source as LaTeX has it."""
    if name[0] == "d" and len(name) > 1:
        return rf"\frac{{\partial L}}{{\partial {symbol(name[1:])}}}"
    gate = re.fullmatch("([A-Zb])([a-z])", name)
    stem, number = gate.groups() if gate else re.fullmatch(r"(.*?)(\d*)", name).groups()
    if stem == "D" and number:
        stem = r"\delta"
    elif stem in ("theta", "mu", "gamma", "beta"):
        stem = f"\\{stem}"
    elif len(stem) > 1:
        stem = rf"\mathit{{{stem}}}"
    return f"{stem}_{{{number}}}" if number else stem


def check(program, X, y):
    """Work the formulas out; compare them with what the source computes."""
    theta = program.data()
    names = dict(program.constants)
    exec(re.sub(r"\n    return .*\n$", "\n    return locals()\n", program.source), names)
    computed = names["loss_and_gradient"](theta.copy(), X, y)
    given = {"theta": theta.copy(), "X": X, "y": y, **program.view(theta)}
    given |= {name: x for name, x in program.constants.items() if not callable(x)}
    found = read(program.latex(), {symbol(k): v for k, v in given.items()}, program.classes)
    for name, x in computed.items():
        if symbol(name) in found and name not in given:
            assert np.shape(found[symbol(name)]) == np.shape(x), name
            assert found[symbol(name)] == pytest.approx(x, rel=1e-9, abs=1e-12), name
    assert found["L"] == pytest.approx(program.run(theta, X, y)[0])
    gradient = program.view(program.run(theta, X, y)[1])
    if symbol("dtheta") in found:
        gradient = {"theta": program.run(theta, X, y)[1]}
    for name, g in gradient.items():
        assert found[symbol(f"d{name}")] == pytest.approx(g, rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize("name", PROGRAMS)
def test_plain_programs(name):
    _, _, xs, ys, *_ = PROGRAMS[name]
    check(program_of(name), np.array(xs), np.array(ys))


def convolution(m, x):
    h = [tanh(dot(m.k, x[i : i + 3]) + m.c) for i in range(6)]
    return dot(m.w, h)


def channels(m, x):
    h = [[dot(k, x[i : i + 3]).relu() for i in range(6)] for k in m.k]
    g = [[tanh(sum(dot(k[c], h[c][i : i + 2]) for c in range(2))) for i in range(5)] for k in m.g]
    return dot(m.w, [mean(row) for row in g])


def pooled(m, x):
    h = [
        [
            [sum(dot(k[a], x[i + a][j : j + 2]) for a in range(2)) for j in range(4)]
            for i in range(4)
        ]
        for k in m.k
    ]
    four = [(0, 0), (0, 2), (2, 0), (2, 2)]
    p = [
        [
            maximum(maximum(c[i][j], c[i][j + 1]), maximum(c[i + 1][j], c[i + 1][j + 1]))
            for i, j in four
        ]
        for c in h
    ]
    return layer(m.W, [v for c in p for v in c])


def gated(m, x):
    h = [0.0, 0.0]
    for t in x:
        z = [(dot(w, t) + dot(u, h) + b).sigmoid() for w, u, b in zip(m.Wz, m.Uz, m.bz)]
        n = [tanh(dot(w, t) + dot(u, h)) for w, u in zip(m.Wn, m.Un)]
        h = [(1.0 - a) * b + a * c for a, b, c in zip(z, h, n)]
    return dot(m.o, h)


def joined(m, x):
    h = [0.0, 0.0]
    for t in x:
        h = [tanh(dot(w, [*t, *h]) + b) for w, b in zip(m.W, m.b)]
    return layer(m.o, h)


def causal(m, x):
    Q, K, V = ([layer(w, t) for t in x] for w in (m.q, m.k, m.v))
    out = []
    for i, q in enumerate(Q):
        w = softmax([dot(q, k) / 2**0.5 for k in K[: i + 1]])
        out.append([dot(w, [v[j] for v in V[: i + 1]]) for j in range(2)])
    return dot(m.o, [mean(column) for column in zip(*out)])


def two_heads(m, x):
    found = []
    for q, k, v in zip(m.q, m.k, m.v):
        Q, K, V = ([layer(w, t) for t in x] for w in (q, k, v))
        weighed = [softmax([dot(a, b) for b in K]) for a in Q]
        found += [mean(dot(w, [t[j] for t in V]) for w in weighed) for j in range(2)]
    return dot(m.o, found)


def normed(m, x):
    h = layer(m.W, x)
    center = mean(h)
    width = sqrt(mean((v - center) ** 2 for v in h) + 1e-5)
    return dot(m.o, [g * (v - center) / width + b for g, v, b in zip(m.gamma, h, m.beta)])


def split(m, x):
    h = layer(m.W, x)
    return [tanh(dot(h[:2], m.v)), tanh(dot(h[2:], m.v))]


def bilinear(m, x):
    return [dot(x, layer(w, x)) for w in m.W]


def tied_convolution(m, x):
    h = [tanh(dot(m.k, x[i : i + 3])) for i in range(6)]
    return [sum(m.k[j] * h[i - j] for j in range(3) if 0 <= i - j < 6) for i in range(8)]


def curved(m, x):
    given = [v if isinstance(v, Value) else Value(v) for v in x]
    y = m.net(given)
    return y + sum(gradients(g, [v])[0] for g, v in zip(gradients(y, given), given))


def along_a_vector(m, x):
    given = [v if isinstance(v, Value) else Value(v) for v in x]
    return sum(hvp(lambda *z: m.net(list(z)))(given, [1.0, 0.5, -1.0]))


def density(p, y):
    pairs = [(log_softmax(o[:3]), o[3:], t) for o, t in zip(p, y)]
    return -mean(log(sum(exp(w - (t - c) ** 2 / 2) for w, c in zip(ws, cs))) for ws, cs, t in pairs)


def standardized(p, y):
    columns = [[v - mean(column) for v in column] for column in zip(*p)]
    scaled = [[v / sqrt(mean(u * u for u in c) + 1e-5) for v in c] for c in columns]
    return mean((sum(row) - t) ** 2 for row, t in zip(zip(*scaled), y))


LONG, IMAGES = RNG.normal(size=(5, 8)).tolist(), RNG.normal(size=(5, 5, 5)).tolist()
CLASSES, THREE = [0, 2, 1, 1, 0], RNG.normal(size=(5, 3)).tolist()
GATES = {f"{k}{g}": weights(2, 2) for g in "zn" for k in "WU"} | {"bz": weights(2)}
HEADS = {k: weights(2, 2, 2) for k in "qkv"}
MODELS = {
    "a convolution": (Model(convolution, k=weights(3), c=weights(), w=weights(6)), LONG, Y),
    "channels": (Model(channels, k=weights(2, 3), g=weights(3, 2, 2), w=weights(3)), LONG, Y),
    "pooling": (Model(pooled, k=weights(2, 2, 2), W=weights(3, 8)), IMAGES, CLASSES),
    "gates": (Model(gated, **GATES, o=weights(2)), TOKENS, Y),
    "an input beside a state": (
        Model(joined, W=weights(2, 4), b=weights(2), o=weights(3, 2)),
        TOKENS,
        CLASSES,
    ),
    "causal attention": (
        Model(causal, q=weights(2, 2), k=weights(2, 2), v=weights(2, 2), o=weights(2)),
        TOKENS,
        Y,
    ),
    "two heads": (Model(two_heads, **HEADS, o=weights(4)), TOKENS, Y),
    "a layer norm": (
        Model(normed, W=weights(4, 3), gamma=weights(4), beta=weights(4), o=weights(4)),
        X,
        Y,
    ),
    "a layer in two parts": (Model(split, W=weights(4, 3), v=weights(2)), X, TWO),
    "a bilinear form": (Model(bilinear, W=weights(2, 3, 3)), X, TWO),
    "a tied convolution": (Model(tied_convolution, k=weights(3)), LONG, LONG),
    "a Laplacian": (Model(curved, net=NET), X, Y),
    "a Hessian times a vector": (Model(along_a_vector, net=NET), X, Y),
}


def loss_for(y):
    return L.cross_entropy if isinstance(y[0], int) else L.mse_loss


@pytest.mark.parametrize("name", MODELS)
def test_models(name):
    model, xs, ys = MODELS[name]
    check(vectorize(model, loss_for(ys), xs, ys), np.array(xs), np.array(ys))


@pytest.mark.parametrize("activation", [name for name, op in OPS.items() if op.is_activation])
def test_activations(activation):
    model = MLP(3, [4, 2], activation, seed=2)
    check(vectorize(model, L.mse_loss, X, TWO), np.array(X), np.array(TWO))


LOSSES = {
    "l1": (2, L.l1_loss, TWO),
    "smooth l1": (2, L.smooth_l1_loss, TWO),
    "huber": (2, L.huber_loss, TWO),
    "hinge": (1, L.hinge_loss, [1.0, -1.0, 1.0, 1.0, -1.0]),
    "logits": (1, L.binary_cross_entropy_with_logits, [0.0, 1.0, 1.0, 0.0, 0.25]),
    "classes": (3, L.cross_entropy, CLASSES),
    "a mixture": (6, density, Y),
    "columns": (2, standardized, Y),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    width, loss, ys = LOSSES[name]
    program = vectorize(MLP(3, [4, width], "tanh", seed=2), loss, X, ys)
    check(program, np.array(X), np.array(ys))


def test_what_is_only_tested_has_no_line():
    program = vectorize(NET, L.hinge_loss, X, [1.0, -1.0, 1.0, 1.0, -1.0])
    assert "np.abs(y)" in program.source
    assert r"\left|y\right|" not in program.latex()


def test_numbers_are_written_as_what_they_are_the_nearest_float_of():
    for x, text in (
        (1 / 6, r"\tfrac{1}{6}"),
        (-2 / 15, r"-\tfrac{2}{15}"),
        (2**0.5, r"\sqrt{2}"),
        (1 / 2**0.5, r"\tfrac{1}{\sqrt{2}}"),
        (math.sqrt(2.0 * math.pi), r"\sqrt{2 \pi}"),
        (0.25, "0.25"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1.5e-5, r"1.5 \cdot 10^{-5}"),
        (math.pi, "3.141592653589793"),
    ):
        assert number(x) == text


# The reader itself

FAULTS = {
    "a reshape that is not said": (r"\operatorname{reshape}_{30 \times 3}", ""),
    "a vec that is not said": (r"\operatorname{vec}", ""),
    "a factor that is left out": (r"\odot \left(1 - A_{1} \odot A_{1}\right)", ""),
    "a product the other way round": (r"A_{1}^{\top} \delta_{2}", r"\delta_{2} A_{1}^{\top}"),
    "brackets that are left out": (r"\left(\delta_{2} w^{\top}\right)", r"\delta_{2} w^{\top}"),
    "a number": ("0.4", "0.2"),
    "a sign": ("Z_{2} - y", "Z_{2} + y"),
    "a symbol that comes later": (r"T_{1} k", r"T_{2} k"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_reader_sees_what_is_false(name, monkeypatch):
    model, xs, ys = MODELS["a convolution"]
    program = vectorize(model, L.mse_loss, xs, ys)
    true = program.latex()
    assert FAULTS[name][0] in true
    monkeypatch.setattr(program, "latex", lambda: true.replace(*FAULTS[name]))
    with pytest.raises(AssertionError):
        check(program, np.array(xs), np.array(ys))
