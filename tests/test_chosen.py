"""Models that choose rows of parameters by the whole numbers of a sample, as arrays."""

from __future__ import annotations

import warnings
from random import Random

import pytest

np = pytest.importorskip("numpy", reason="NumPy is not installed")

from tinygrad_edu import Value, dot, mean, tanh  # noqa: E402
from tinygrad_edu.arrays import vectorize  # noqa: E402
from tinygrad_edu.arrays.models.chosen import chosen  # noqa: E402
from tinygrad_edu.arrays.refusals import NotVectorizable  # noqa: E402
from tinygrad_edu.losses import cross_entropy, mse_loss  # noqa: E402
from tinygrad_edu.nn import Module  # noqa: E402
from tinygrad_edu.optim import SGD, Adam  # noqa: E402
from tinygrad_edu.training import fit  # noqa: E402


class Net(Module):
    """Matrices by their names, and what is computed of them and a sample."""

    def __init__(self, compute, **shapes):
        rng = Random(1)
        for name, (rows, columns) in shapes.items():
            values = [[Value(rng.gauss(0.0, 0.5)) for _ in range(columns)] for _ in range(rows)]
            setattr(self, name, values)
        self.compute = compute

    def __call__(self, x):
        return self.compute(self, x)


def letters(net, x):
    """Three letters, each a row of C, and a layer of tanh (Y. Bengio et al., 2003)."""
    e = [v for letter in x for v in net.C[letter]]
    h = [tanh(dot(w, e) + b) for w, b in zip(net.W1, net.b1[0])]
    return [dot(w, h) + b for w, b in zip(net.W2, net.b2[0])]


def names():
    return Net(letters, C=(7, 2), W1=(5, 6), b1=(1, 5), W2=(7, 5), b2=(1, 7))


def whole(count, *values):
    """Samples of one number below each of `values`, and targets below the first."""
    rng = Random(2)
    X = [[rng.randrange(n) for n in values] for _ in range(count)]
    return X, [rng.randrange(values[0]) for _ in range(count)]


def agrees(net, loss, X, y, others=None):
    """The program of samples; its loss and gradient on them, and on others, are the engine's."""
    program = vectorize(net, loss, X, y)
    for xs, ts in ((X, y), others or (X[::-1], y[::-1])):
        found, gradient = program(program.data(), np.array(xs), np.array(ts))
        root = loss([net(x) for x in xs], ts)
        net.zero_grad()
        root.backward()
        assert found == pytest.approx(root.data, rel=1e-13)
        assert gradient == pytest.approx([v.grad for v in program.parameters], rel=1e-12, abs=1e-15)
    return program


def test_an_embedding_is_written_as_a_person_would():
    X, y = whole(6, 7, 7, 7)
    program = agrees(names(), cross_entropy, X, y, whole(6, 7, 7, 7))
    for line in (
        "    E = C[X]                           # (6, 3, 2)\n",
        "    Z1 = E.reshape(-1, 6) @ W1.T + b1  # (6, 5)\n",
        "    dC = one_hot[X].reshape(-1, 7).T @ (D1 @ W1).reshape(-1, 2)  # (7, 2)\n",
    ):
        assert line in program.source
    assert r"E &= C{}_{[X]}" in program.latex()
    assert r"\left[k = X{}_{ij}\right]_{ijk}" in program.latex()
    assert r"- \left[j = y{}_{i}\right]_{ij}" in program.latex()
    assert program.indices


def test_a_row_that_is_the_answer():
    """The bigram model: row x of W, as it is, has the logits of what comes after letter x."""
    X, y = [3, 0, 3, 6], [1, 2, 0, 5]
    net = Net(lambda net, x: list(net.W[x]), W=(7, 7))
    program = vectorize(net, cross_entropy, X, y)
    found, gradient = program(program.data(), np.array(X), np.array(y))
    # By hand: ∂L/∂W[x] adds (softmax(W[x]) - [k = y])/4 for each sample with this x.
    W = program.data().reshape(7, 7)
    p = np.exp(W) / np.exp(W).sum(1, keepdims=True)
    expected = np.zeros((7, 7))
    for x, t in zip(X, y):
        expected[x] += p[x] / 4
        expected[x, t] -= 1 / 4
    assert found == pytest.approx(-np.mean([np.log(p[x, t]) for x, t in zip(X, y)]))
    assert gradient.reshape(7, 7) == pytest.approx(expected)
    assert "    E = W[X]                                            # (4, 7)\n" in program.source


def places(net, x):
    """A row for the token and one for its place; the mean of all."""
    rows = [[a + b for a, b in zip(net.token[t], net.place[i])] for i, t in enumerate(x)]
    return [mean(column) for column in zip(*rows)]


def two_tables(net, x):
    day, hour, before = x
    e = [a * b + c for a, b, c in zip(net.day[day], net.hour[hour], net.day[before])]
    return [dot(w, e) for w in net.out]


def tied(net, x):
    """The table also has the scores, as in language models (O. Press, L. Wolf, 2017)."""
    h = [tanh(a + b) for a, b in zip(net.C[x[0]], net.C[x[1]])]
    return [dot(row, h) for row in net.C]


@pytest.mark.parametrize(
    ("net", "values"),
    [
        (Net(places, token=(5, 4), place=(3, 4)), (4, 5, 5)),
        (Net(two_tables, day=(7, 3), hour=(4, 3), out=(7, 3)), (7, 4, 7)),
        (Net(two_tables, day=(7, 1), hour=(4, 1), out=(7, 1)), (7, 4, 7)),
        (Net(tied, C=(7, 3)), (7, 7)),
        (Net(lambda net, x: [v.relu() for v in net.C[x[0][0]]], C=(6, 6)), ((6,),)),
    ],
    ids=["token and place", "two tables", "columns", "tied", "nested"],
)
def test_tables_of_all_kinds(net, values):
    if isinstance(values[0], tuple):
        X, y = [[[k]] for k in (1, 5, 0, 2, 2)], [0, 3, 3, 1, 5]
    else:
        X, y = whole(5, *values)
    agrees(net, cross_entropy, X, y)


@pytest.mark.parametrize("backend", ["replay", "numpy", "auto"])
def test_training_has_the_engines_losses(backend):
    X, y = whole(50, 7, 7, 7)
    runs = {}
    for name in ("eager", backend):
        net = names()
        optimizer = Adam(net.parameters(), lr=0.02)
        options = {"epochs": 20, "batch_size": 8, "seed": 0, "progress": False}
        runs[name] = fit(
            net, X, y, loss=cross_entropy, optimizer=optimizer, backend=name, **options
        )
    assert runs[backend].losses == pytest.approx(runs["eager"].losses, rel=1e-12)
    assert runs[backend].backend == backend or backend == "auto"  # (which takes one of the others)


def train(net, X, y, backend, loss=cross_entropy):
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        optimizer = SGD(net.parameters(), lr=0.1)
        options = {"epochs": 3, "batch_size": 4, "seed": 0, "progress": False}
        return fit(net, X, y, loss=loss, optimizer=optimizer, backend=backend, **options)


def pair(net, x):
    return list(net.W[3 * x[0] + x[1]])


def number_too(net, x):
    return [v * float(x[1]) for v in net.W[x[0]]]


def a_special_pair(net, x):
    return list(net.W[8 if x[0] == x[1] else x[0]])


def another_operation(net, x):
    return [v * v if x[0] == 1 else v + v for v in net.W[x[1]]]


def any_number(net, x):
    return list(net.W[(x[0] + x[1]) % 9])


def decides(net, x):
    return [v if v > 0.0 else v * 0.1 for v in net.W[x[0] + 3 * x[1] * 0]]


def a_rare_pair(net, x):
    return list(net.W[8] if (x[0] + 1, x[1]) == (3, 0) else net.W[x[0]])


def by_name(net, x):
    return list(getattr(net, "W" if str(x[0]) != "2" else "V")[0])


def with_a_step(net, x):
    return list(net.W[(x[0] + 1) % 3])


def asserts(net, x):
    assert x[0] in range(3), "letters are 0, 1, 2"
    return list(net.W[x[0]])


def by_attribute(net, x):
    return [v * 2.0 for v in getattr(net, "WV"[x[0] % 2])[0]] if x[0] < 3 else net.none


def a_sign(net, x):
    return list(net.W[8 if (-x[0], x[1]) == (-2, 1) else x[0]])


def own_row(net, x):
    """A row of its own for one letter: another table, whose rows are W's and V's."""
    return list(net.V[0] if x[0] == 1 else net.W[x[0]])


@pytest.mark.parametrize(
    "compute",
    [
        *(pair, number_too, a_special_pair, another_operation, any_number, decides, own_row),
        *(a_rare_pair, by_name, with_a_step, asserts, by_attribute, a_sign),
    ],
    ids=lambda f: f.__name__.replace("_", " "),
)
def test_whatever_a_model_does_with_its_numbers_it_trains_as_the_engine_does(compute):
    X, y = whole(12, 3, 3)
    runs = [train(Net(compute, W=(9, 3), V=(1, 3)), X, y, name) for name in ("eager", "numpy")]
    assert runs[1].losses == pytest.approx(runs[0].losses, rel=1e-12)


@pytest.mark.parametrize(
    "compute", [pair, number_too, a_special_pair, another_operation, any_number]
)
def test_numbers_that_do_more_than_choose_are_no_choice(compute):
    net = Net(compute, W=(9, 3), V=(1, 3))
    assert chosen(net, [1, 2], net.parameters()) is None
    with pytest.raises(NotVectorizable):
        vectorize(net, cross_entropy, [[1, 2]], [0])


@pytest.mark.parametrize("compute", [a_rare_pair, a_sign, own_row])
def test_a_decision_by_a_number_is_refused_with_its_line(compute):
    line = compute.__code__.co_firstlineno + 1 + (compute is own_row)
    net = Net(compute, W=(9, 3), V=(1, 3))
    with pytest.raises(NotVectorizable, match=f"by numbers, by line {line} of .*chosen.py"):
        vectorize(net, cross_entropy, [[0, 0]], [0])


def test_a_letter_with_a_row_of_its_own_is_a_row():
    net = Net(own_row, W=(3, 3), V=(1, 3))
    own = {v: i for i, v in enumerate(net.parameters())}
    found = chosen(net, [0], net.parameters())
    [choice] = found.choices
    expected = [net.W[0], net.V[0], net.W[2]]
    assert choice.table.tolist() == [[own[v] for v in row] for row in expected]
    assert found.values == [3]


def test_a_number_that_is_not_used_is_any_number():
    X, y = [[1, 900], [2, -5], [0, 0], [1, 3]], [0, 1, 2, 0]
    net = Net(lambda net, x: [v * v for v in net.W[x[0]]], W=(3, 3))
    agrees(net, cross_entropy, X, y)


def test_a_sample_that_the_table_has_no_row_for_is_the_engines_error():
    net, (X, y) = names(), whole(12, 7, 7, 7)
    X[10] = [1, 7, 2]
    for backend in ("eager", "numpy"):
        with pytest.raises(IndexError, match="list index out of range"):
            train(net, X, y, backend)


def test_a_row_counted_from_the_end_is_left_to_the_engine():
    X, y = whole(12, 7, 7, 7)
    X[5] = [-1, 2, 3]
    runs = [train(names(), X, y, backend) for backend in ("eager", "numpy")]
    assert runs[1].losses == pytest.approx(runs[0].losses, rel=1e-12)


def test_a_number_that_is_not_whole_is_the_engines_error():
    X, y = whole(12, 7, 7, 7)
    X[11] = [1.0, 2.0, 3.0]
    with pytest.raises(TypeError, match="list indices must be integers"):
        train(names(), X, y, "numpy")


def test_targets_that_are_numbers():
    X, _ = whole(6, 5, 5)
    net = Net(lambda net, x: [dot(net.C[x[0]], net.C[x[1]])], C=(5, 3))
    agrees(net, mse_loss, X, [[0.1 * k] for k in range(6)])


def test_other_libraries_look_rows_up_too(tmp_path):
    X, y = whole(6, 7, 7, 7)
    net = names()
    program = vectorize(net, cross_entropy, X, y)
    expected, gradient = program(program.data(), np.array(X), np.array(y))
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    module = program.to_torch()
    loss = module(torch.tensor(X), torch.tensor(y))
    loss.backward()
    assert loss.item() == pytest.approx(expected, rel=1e-12)
    start, shape = program.views["C"]
    assert module.C.grad.ravel().tolist() == pytest.approx(
        gradient[start : start + shape[0] * shape[1]].tolist(), rel=1e-12
    )
    pytest.importorskip("onnx", reason="onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    program.to_onnx(tmp_path / "names.onnx")
    session = runtime.InferenceSession(tmp_path / "names.onnx")
    [given] = session.get_inputs()
    assert given.type == "tensor(int64)"
    [found] = session.run(None, {"X": np.array(X)})
    assert found == pytest.approx(np.array([[v.data for v in net(x)] for x in X]), abs=1e-5)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_libraries_train_by_rows_too(backend):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    X, y = whole(12, 7, 7, 7)
    runs = [train(names(), X, y, name) for name in ("eager", backend)]
    assert runs[1].losses == pytest.approx(runs[0].losses, rel=1e-9)
    assert runs[1].backend == backend


@pytest.mark.parametrize("seed", range(40))
def test_random_tables(seed):
    """Any numbers choose rows of any tables, some of several or of none."""
    rng = Random(seed)
    sizes = [(rng.randrange(2, 6), rng.randrange(1, 4)) for _ in range(rng.randrange(1, 4))]
    read = [[rng.randrange(len(sizes)) for _ in range(rng.randrange(3))] for _ in range(4)]
    read[0] = read[0] or [0]
    values = [min([sizes[t][0] for t in tables], default=9) for tables in read]
    form, classes = rng.randrange(4), rng.randrange(2, 5)

    def compute(net, x):
        rows = [getattr(net, f"T{t}")[i] for i, tables in zip(x, read) for t in tables]
        e = [v.tanh() if form == 1 else v * 0.5 if form == 2 else v for row in rows for v in row]
        if form == 3:
            e = [a * b for a, b in zip(e, e[::-1])]
        return [dot(w, e) for w in net.out]

    width = sum(sizes[t][1] for tables in read for t in tables)
    net = Net(compute, out=(classes, width), **{f"T{t}": size for t, size in enumerate(sizes)})
    count = rng.choice([1, 2, 5, 20])
    batches = [
        (
            [[rng.randrange(n) for n in values] for _ in range(count)],
            [rng.randrange(classes) for _ in range(count)],
        )
        for _ in range(2)
    ]
    agrees(net, cross_entropy, *batches[0], batches[1])


def test_tables_of_the_same_parameters_in_other_shapes_are_two():
    """Four rows of one, and two rows of two: one after the other they are the same four."""

    def compute(net, x):
        row = net.C[0]
        return [row[x[0]], row[2 * x[1]], row[2 * x[1] + 1]]

    net = Net(compute, C=(1, 4))
    agrees(net, cross_entropy, [[3, 1], [0, 0], [2, 1]], [0, 2, 1])
    tables = [choice.table.shape for choice in chosen(net, [0, 0], net.parameters()).choices]
    assert tables == [(4, 1), (2, 2)]
