"""Softmaxes as arrays: one call for each, and causal attention as one masked product."""

import random

import pytest

from tinygrad_edu import Value, dot, softmax, tanh
from tinygrad_edu import losses as L
from tinygrad_edu.nn import MLP, Module

np = pytest.importorskip("numpy", reason="array programs need NumPy")

from tinygrad_edu.arrays import vectorize  # noqa: E402

DRAW = random.Random(3)


def drawn(*shape):
    if not shape:
        return DRAW.gauss(0, 1)
    return [drawn(*shape[1:]) for _ in range(shape[0])]


def values(*shape):
    return (
        [Value(drawn()) for _ in range(shape[0])]
        if len(shape) == 1
        else [values(*shape[1:]) for _ in range(shape[0])]
    )


def linear(rows, x):
    return [dot(row, x) for row in rows]


class Causal(Module):
    """Attention of several heads, each place to those before it and itself."""

    def __init__(self, width=4, heads=1, layers=1):
        self.layers = [
            {name: values(width, width) for name in ("query", "key", "value")}
            for _ in range(layers)
        ]
        self.last = values(width)
        self.heads = heads

    def __call__(self, xs):
        for layer in self.layers:
            q, k, v = ([linear(layer[n], x) for x in xs] for n in ("query", "key", "value"))
            d = len(q[0]) // self.heads
            ys = []
            for i in range(len(xs)):
                y = []
                for h in range(0, d * self.heads, d):
                    scores = [dot(q[i][h : h + d], k[j][h : h + d]) / d**0.5 for j in range(i + 1)]
                    weights = softmax(scores)
                    y += [dot(weights, [v[j][c] for j in range(i + 1)]) for c in range(h, h + d)]
                ys.append(y)
            xs = [[a + b for a, b in zip(x, y)] for x, y in zip(xs, ys)]
        return sum(dot(self.last, x) for x in xs)


def check(root, parameters, inputs=(), rel=1e-12):
    """The program of a graph, whose numbers are the engine's, its arrays and not its record."""
    program = vectorize(root, parameters, inputs)
    for p in parameters:
        p.grad = 0.0
    root.backward()
    given = [np.array([x.data for x in inputs])] if inputs else []
    loss, gradient = program.run(program.data(), *given)
    assert loss == pytest.approx(root.data, rel=rel)
    expected = np.array([p.grad for p in program.parameters])
    assert np.abs(gradient - expected).max() <= 1e-12 * max(1.0, np.abs(expected).max())
    return program


def check_batch(model, X, y):
    """The program of a model, which agrees with the engine on these samples and on others."""
    program = vectorize(model, L.mse_loss, X, y)
    for xs in (X, drawn(*np.shape(X))):
        for p in model.parameters():
            p.grad = 0.0
        root = L.mse_loss([model(x) for x in xs], y)
        root.backward()
        loss, gradient = program(program.data(), np.array(xs), np.array(y))
        expected = np.array([p.grad for p in program.parameters])
        assert loss == pytest.approx(root.data, rel=1e-12)
        assert np.abs(gradient - expected).max() <= 1e-12 * max(1.0, np.abs(expected).max())
    return program


@pytest.mark.parametrize("n", [2, 3, 4, 17, 18, 40])
def test_a_softmax_is_written_once(n):
    p, w = values(n), values(n)
    program = check(dot(softmax(p), w) ** 2, [*p, *w])
    assert program.source.count("softmax(") == 1  # for the way back too
    assert "exp(" not in program.source
    assert program.calls < 25


def test_softmaxes_side_by_side_are_one():
    rows, w = values(5, 6), values(6)
    root = sum(tanh(dot(softmax(row), w)) for row in rows)
    program = check(root, [*[p for row in rows for p in row], *w])
    assert program.source.count("softmax(") == 1


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda p: dot(softmax(p)[:2], p[:2]), id="a part"),
        pytest.param(lambda p: dot(softmax([p[0], p[0], p[1]]), p[:3]), id="equal scores"),
        pytest.param(lambda p: dot(softmax([2.0, p[0], 2.0]), p[:3]), id="numbers"),
        pytest.param(lambda p: dot(softmax(softmax(p)), p), id="of a softmax"),
        pytest.param(lambda p: (p[0] - p[0] + 1.0) * p[1], id="of one score"),
        pytest.param(lambda p: dot(softmax(p[::-1]), p), id="reversed"),
        pytest.param(lambda p: softmax(p[:2])[0] * softmax(p[1::-1])[0] * p[2], id="both ways"),
        pytest.param(
            lambda p: sum(dot(softmax(p[:n]), p[:n]) for n in (1, 2, 3)), id="of ever more"
        ),
        pytest.param(
            lambda p: sum(dot(softmax(p[n:]), p[n:]) * p[n] for n in range(4)), id="of ever less"
        ),
    ],
)
def test_softmaxes_of_all_kinds(build):
    p = values(4)
    check(build(p), p)


def test_causal_attention_is_one_masked_product():
    X, y = drawn(5, 6, 4), drawn(5)
    program = check_batch(Causal(), X, y)
    assert program.calls <= 50
    for text, count in (("softmax(T", 1), ("+ mask1", 1), ("np.zeros", 0), ("np.add.at", 0)):
        assert program.source.count(text) == count
    mask = program.constants["mask1"]
    assert (mask == np.where(np.tri(6), 0.0, -np.inf)).all()


@pytest.mark.parametrize(("heads", "layers"), [(2, 1), (1, 2), (2, 2)])
def test_causal_attention_of_several_heads_and_layers(heads, layers):
    program = check_batch(Causal(4, heads, layers), drawn(3, 5, 4), drawn(3))
    assert program.source.count("softmax(T") == layers


def test_what_comes_later_may_depend_on_what_came_before():
    """As where each place is made of those before it: then no square is made of the triangle."""

    class Generator(Module):
        def __init__(self):
            self.query, self.key, self.start = values(3, 3), values(3, 3), values(3)

        def __call__(self, x):
            made = [[a + b for a, b in zip(self.start, x)]]
            for _ in range(4):
                q = linear(self.query, made[-1])
                weights = softmax([dot(q, linear(self.key, v)) for v in made])
                made.append([tanh(dot(weights, column)) for column in zip(*made)])
            return sum(made[-1])

    check_batch(Generator(), drawn(4, 3), drawn(4))


def test_numbers_that_are_not_finite():
    """As the engine has them, but for a score of inf, whose e^(x - logsumexp) is no number."""
    p = values(4)
    program = vectorize(dot(softmax(p), p), p)
    for x in (-1e300, -np.inf, np.nan, 700.0):
        numbers = [x, 1e300 if x == -1e300 else 1.0, 2.0, 3.0]
        leaves = [Value(x) for x in numbers]
        root = dot(softmax(leaves), leaves)
        loss, _ = program.run(np.array(numbers))
        assert loss == pytest.approx(root.data, nan_ok=True)
    loss, _ = program.run(np.array([np.inf, 1.0, 2.0, 3.0]))
    assert loss != loss


def test_the_heads_of_an_attention_are_an_axis():
    program = check_batch(Causal(4, 2), drawn(3, 5, 4), drawn(3))
    assert "Z1.reshape(-1, 5, 2, 2).swapaxes(1, 2) @ " in program.source
    for text in ("einsum", "[:, I", "np.zeros", ".reshape(-1, 5, 4).reshape"):
        assert text not in program.source
    assert program.calls <= 45


def test_a_cross_entropy_is_the_one_of_the_textbooks():
    model, X, classes = MLP(4, [5], seed=0), drawn(6, 4), [0, 1, 2, 4, 3, 2]
    program = vectorize(model, L.cross_entropy, X, classes)
    for line in (
        "T1 = logsumexp(Z1)",
        "L = (T1 - Z1[np.arange(6), y]).sum() / 6.0",
        "one_hot = np.eye(5)",
        "D1 = 0.16666666666666666 * (np.exp(Z1 - T1[:, None]) - one_hot[y])",
    ):
        assert line in program.source
    for line in (
        r"L &= \frac{\sum \left(T_{1} - \left[Z_{1}{}_{i, y{}_{i}}\right]_{i}\right)}{6} \\",
        r"\delta_{1} &= \tfrac{1}{6}\,\left(e^{Z_{1} - T_{1} \mathbf{1}^{\top}} - "
        r"\left[j = y{}_{i}\right]_{ij}\right) \\",
    ):
        assert line in program.latex().splitlines()
    for xs, ys in ((X, classes), (drawn(6, 4), [4, 4, 0, 1, 2, 3])):
        for p in model.parameters():
            p.grad = 0.0
        root = L.cross_entropy([model(x) for x in xs], ys)
        root.backward()
        loss, gradient = program(program.data(), np.array(xs), np.array(ys))
        assert loss == pytest.approx(root.data, rel=1e-13)
        expected = [p.grad for p in program.parameters]
        assert gradient == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_cross_entropy_with_probabilities():
    p, weights = values(4), [0.1, 0.2, 0.3, 0.4]
    program = check(L.cross_entropy([p], [weights]), p)
    assert program.source.count("logsumexp(") == 1


SEEN = {
    "those before": lambda i, n, rng: range(i + 1),
    "those after": lambda i, n, rng: range(i, n),
    "the last three": lambda i, n, rng: range(max(0, i - 2), i + 1),
    "the others before": lambda i, n, rng: range(i) or [0],
    "all": lambda i, n, rng: range(n),
    "some": lambda i, n, rng: sorted(rng.sample(range(n), rng.randint(1, n))),
    "the first": lambda i, n, rng: range(rng.randint(1, n)),
}


@pytest.mark.parametrize("carried", [False, True])
@pytest.mark.parametrize("seen", SEEN)
def test_random_attention(seen, carried):
    """To places of every choice; where results are carried on, only to those before."""
    for seed in range(8):
        rng = random.Random(seed)
        n, d = rng.randint(1, 6), rng.randint(1, 3)

        def graph(ps, xs, n=n, d=d, seed=seed):
            rng = random.Random(seed)
            rows = [xs[i * d : (i + 1) * d] for i in range(n)]
            q, k, v = ([ps[m + i * d : m + (i + 1) * d] for i in range(d)] for m in (0, 9, 18))
            outputs = []
            for i in range(n):
                places = [j for j in SEEN[seen](i, n, rng) if not carried or j <= i] or [0]
                scores = [dot(linear(q, rows[i]), linear(k, rows[j])) for j in places]
                if rng.random() < 0.2:
                    scores = [s + 0.1 * j for j, s in enumerate(scores)]
                weights = softmax(scores)
                made = [dot(weights, c) for c in zip(*[linear(v, rows[j]) for j in places])]
                if carried and i + 1 < n:
                    rows[i + 1] = [a + b for a, b in zip(rows[i + 1], made)]
                outputs.append([a + weights[0] for a in made] if rng.random() < 0.3 else made)
            return sum(tanh(dot(ps[27 : 27 + d], output)) for output in outputs)

        parameters, inputs = values(30), values(n * d)
        program = vectorize(graph(parameters, inputs), parameters, inputs)
        order = [parameters.index(p) for p in program.parameters]
        theta, x = np.array(drawn(30)), drawn(n * d)
        leaves = [Value(p) for p in theta]
        root = graph(leaves, [Value(number) for number in x])
        root.backward()
        loss, gradient = program.run(theta[order], np.array(x))
        expected = np.array([leaves[i].grad for i in order])
        assert loss == pytest.approx(root.data, rel=1e-11, abs=1e-12)
        assert np.abs(gradient - expected).max() <= 1e-11 * max(1.0, np.abs(expected).max())
