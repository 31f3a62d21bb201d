"""The matrix form of many kinds of graphs, each line read by NumPy, each gradient the engine's."""

import re
from itertools import pairwise
from random import Random

import pytest

from tinygrad_edu import Value, dot, topological_order
from tinygrad_edu.losses import cross_entropy, mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.reductions import softmax
from tinygrad_edu.teach import derive

np = pytest.importorskip("numpy", reason="the matrix form is read from the array program")

from matrix_reading import read  # noqa: E402 (it takes NumPy)


def rows(n, m, letter, seed=0):
    random = Random(seed)
    return [
        [Value(random.gauss(0, 1), f"{letter}{i + 1}{j + 1}") for j in range(m)] for i in range(n)
    ]


def column(n, letter, seed=0):
    random = Random(seed)
    return [Value(random.gauss(0, 1), f"{letter}{i + 1}") for i in range(n)]


def numbers(n, m, seed=0):
    random = Random(seed)
    return [[round(random.uniform(-1, 1), 2) for _ in range(m)] for _ in range(n)]


def recurrent(T, hidden=3, inputs=2, outputs=1, loss=mse_loss, x=None, samples=1):
    W, U, V = rows(hidden, hidden, "W"), rows(hidden, inputs, "U", 1), rows(outputs, hidden, "V", 2)
    b, c = column(hidden, "b", 3), column(outputs, "c", 4)
    found = []
    for sample in range(samples):
        h = [0.1 * (-1) ** i for i in range(hidden)]
        for t, step in enumerate(x or numbers(T, inputs, T + sample)):
            z = [dot(w, h) + dot(u, step) + d for w, u, d in zip(W, U, b)]
            h = [e.tanh() for e in z]
            if samples == 1 or t == T - 1:
                found.append([dot(v, h) + d for v, d in zip(V, c)])
    if loss is cross_entropy:
        return loss(found, [t % outputs for t in range(len(found))])
    return loss(found, numbers(len(found), outputs, 9))


def gate(weights, name, h, x):
    W, U, b = weights[name]
    return [dot(w, h) + dot(u, x) + d for w, u, d in zip(W, U, b)]


def gates(letters, hidden, inputs):
    return {
        g: (
            rows(hidden, hidden, f"W{g}", i),
            rows(hidden, inputs, f"U{g}", i + 9),
            column(hidden, f"b{g}", i),
        )
        for i, g in enumerate(letters)
    }


def lstm(T, hidden=2, each=False):
    weights, h, c = gates("fiog", hidden, 2), [0.1] * hidden, [0.3 - 0.1 * i for i in range(hidden)]
    found = []
    for x in numbers(T, 2, 5):
        f, i, o = ([z.sigmoid() for z in gate(weights, g, h, x)] for g in "fio")
        new = [z.tanh() for z in gate(weights, "g", h, x)]
        c = [p * q + r * s for p, q, r, s in zip(f, c, i, new)]
        h = [p * q.tanh() for p, q in zip(o, c)]
        found.append(h)
    found = found if each else found[-1:]
    return mse_loss(found, numbers(len(found), hidden, 6))


def gru(T):
    weights, h = gates("zrn", 2, 2), [0.1, -0.1]
    for x in numbers(T, 2, 5):
        z, r = ([e.sigmoid() for e in gate(weights, g, h, x)] for g in "zr")
        n = [e.tanh() for e in gate(weights, "n", [p * q for p, q in zip(r, h)], x)]
        h = [(1.0 - p) * q + p * s for p, q, s in zip(z, n, h)]
    return mse_loss(h, [0.5, -0.25])


def attention(T, size, causal=False):
    X = numbers(T, size, 3)
    Q, K, V = (rows(size, size, f"W{k}", i) for i, k in enumerate("qkv"))
    q, k, v = ([[dot(w, x) for w in W] for x in X] for W in (Q, K, V))
    found = []
    for t in range(T):
        n = t + 1 if causal else T
        p = softmax([dot(q[t], k[s]) / size**0.5 for s in range(n)])
        found.append([sum(p[s] * v[s][j] for s in range(n)) for j in range(size)])
    return mse_loss(found, numbers(T, size, 4))


def normalised(z):
    mean = sum(z) / len(z)
    centred = [a - mean for a in z]
    deviation = (sum([c**2 for c in centred]) / len(z) + 1e-5).sqrt()
    return [c / deviation for c in centred]


def norm(of_columns, samples):
    W, g, b = rows(3, 2, "W"), column(3, "g", 1), column(3, "b", 2)
    Z = [[dot(w, x) for w in W] for x in numbers(samples, 2, 7)]
    X = [*zip(*map(normalised, map(list, zip(*Z))))] if of_columns else [*map(normalised, Z)]
    found = [[(c * e + d).tanh() for c, e, d in zip(g, row, b)] for row in X]
    return mse_loss(found, numbers(samples, 3, 8))


def residual(samples):
    W, V = rows(3, 3, "W"), rows(3, 3, "V", 1)
    found = []
    for x in numbers(samples, 3, 2):
        h = [dot(w, x).tanh() for w in W]
        found.append([a + dot(v, h).tanh() for a, v in zip(h, V)])
    return mse_loss(found, numbers(samples, 3, 4))


def tied(samples):
    W, X = rows(3, 2, "W"), numbers(samples, 2, 3)
    h = [[dot(w, x).tanh() for w in W] for x in X]
    return mse_loss([[dot(w, a) for w in zip(*W)] for a in h], X)


def two_heads(samples):
    W, A, B = rows(3, 2, "W"), rows(2, 3, "A", 1), rows(1, 3, "B", 2)[0]
    h = [[dot(w, x).tanh() for w in W] for x in numbers(samples, 2, 3)]
    first = mse_loss([[dot(a, e) for a in A] for e in h], numbers(samples, 2, 4))
    return first + mse_loss([dot(B, e) for e in h], [y for (y,) in numbers(samples, 1, 5)])


def penalized(places, power):
    W, V = rows(2, 2, "W"), rows(1, 2, "V", 1)
    found = [dot(V[0], [dot(w, x).tanh() for w in W]) for x in numbers(2, 2, 3)]
    weights = [*W[0], *W[1], *V[0]]
    return mse_loss(found, [1.0, 0.0]) + 0.05 * sum([power(weights[i]) for i in places])


def network(shape, samples, activation, loss=mse_loss):
    weights = [rows(m, n, "WVU"[i], i) for i, (n, m) in enumerate(pairwise(shape))]
    biases = [column(m, "bcd"[i], i + 3) for i, m in enumerate(shape[1:])]
    found = []
    for x in numbers(samples, shape[0], 3):
        a = x
        for i, (W, b) in enumerate(zip(weights, biases)):
            z = [dot(w, a) + c for w, c in zip(W, b)]
            a = z if i == len(weights) - 1 else [getattr(e, activation)() for e in z]
        found.append(a)
    if loss is cross_entropy:
        return loss(found, [i % shape[-1] for i in range(samples)])
    return loss(found, numbers(samples, shape[-1], 4))


def of_functions(reduce):
    W = rows(3, 2, "W")
    return reduce([dot(w, [0.3, -0.4]).tanh() for w in W])


def factors():
    U, V = rows(3, 2, "U"), rows(4, 2, "V", 1)
    return mse_loss([[dot(u, v) for v in V] for u in U], numbers(3, 4, 2))


def kernel():
    k = column(3, "k")
    x = [0.1, -0.4, 0.9, 0.3, -0.7, 0.2]
    return mse_loss([dot(k, x[i : i + 3]).tanh() for i in range(4)], [1.0, 0.0, 0.5, 0.2])


def layer_of_rows(looked_up, bias=False, loss=mse_loss):
    E, W, b = rows(4, 2, "E"), rows(3, 2, "W", 1), column(3, "b", 2)
    found = [[dot(w, E[i]) for w in W] for i in looked_up]
    if bias:
        found = [[(z + c).tanh() for z, c in zip(z, b)] for z in found]
    classes = [i % 3 for i in looked_up]
    return loss(found, classes if loss is cross_entropy else numbers(len(found), 3, 4))


def pairs_of_rows(pairs):
    U, V = rows(3, 2, "U"), rows(4, 2, "V", 1)
    return mse_loss([dot(U[i], V[j]) for i, j in pairs], [0.5 * (i + j) for i, j in pairs])


def rows_side_by_side(pairs):
    E, W = rows(4, 2, "E"), rows(3, 4, "W", 1)
    found = [[dot(w, [*E[i], *E[j]]).tanh() for w in W] for i, j in pairs]
    return mse_loss(found, numbers(len(pairs), 3, 4))


def rows_with_places(looked_up):
    E, P, W = rows(3, 2, "E"), rows(len(looked_up), 2, "P", 1), rows(3, 2, "W", 2)
    X = [[a + b for a, b in zip(E[i], p)] for i, p in zip(looked_up, P)]
    return cross_entropy([[dot(w, x) for w in W] for x in X], looked_up)


def tied_to_rows(looked_up):
    E, W = rows(3, 2, "E"), rows(2, 2, "W", 1)
    hidden = [[dot(w, E[i]).tanh() for w in W] for i in looked_up]
    return cross_entropy([[dot(e, h) for e in E] for h in hidden], looked_up)


def penalized_rows(looked_up):
    root = layer_of_rows(looked_up)
    E = [v for v in topological_order(root) if v.label.startswith("E")]
    return root + 0.1 * sum([v * v for v in E])


def kernel_on_kernel(stride=1, bias=False, pool=False):
    k, m, x = column(3, "k"), column(2, "m", 1), numbers(1, 6, 3)[0]
    b = Value(0.25, "b")
    z = [dot(k, x[i : i + 3]) for i in range(4)]
    h = [(e + b if bias else e).tanh() for e in z]
    if pool:
        h = [(h[i] + h[i + 1]) / 2 for i in (0, 2)]
        return mse_loss([dot(w, h) for w in rows(2, 2, "W", 1)], [0.5, 0.25])
    u = [dot(m, h[i : i + 2]) for i in range(0, 3, stride)]
    return mse_loss(u, numbers(1, len(u), 4)[0])


def kernels_on_channels():
    K, M, x = rows(2, 3, "K"), rows(2, 2, "M", 1), numbers(1, 5, 3)[0]
    h = [[dot(k, x[i : i + 3]).tanh() for i in range(3)] for k in K]
    u = [sum([dot(m, c[i : i + 2]) for m, c in zip(M, h)]) for i in range(2)]
    return mse_loss(u, [0.5, 0.25])


SAME = [[0.5, 0.5], [0.5, 0.25], [0.5, 0.5]]
KINDS = {
    **{f"an output at each of {T} steps": lambda T=T: recurrent(T) for T in (1, 2, 4)},
    "two outputs at each step": lambda: recurrent(3, outputs=2),
    "classes at each step": lambda: recurrent(3, outputs=3, loss=cross_entropy),
    "a recurrent network with inputs that repeat": lambda: recurrent(3, x=SAME),
    "a batch of recurrent networks": lambda: recurrent(2, samples=3),
    "hidden size 1": lambda: recurrent(3, hidden=1),
    "hidden size 1 and one input": lambda: recurrent(3, hidden=1, inputs=1),
    "hidden size 1 and two outputs": lambda: recurrent(3, hidden=1, inputs=1, outputs=2),
    "one input": lambda: recurrent(3, inputs=1),
    **{f"an LSTM of {T} steps": lambda T=T: lstm(T) for T in (1, 2, 3)},
    "an LSTM with an output at each step": lambda: lstm(3, each=True),
    "an LSTM of hidden size 1": lambda: lstm(2, hidden=1),
    **{f"a GRU of {T} steps": lambda T=T: gru(T) for T in (1, 2, 3)},
    "attention": lambda: attention(3, 2),
    "attention of two places": lambda: attention(2, 3),
    "causal attention": lambda: attention(3, 2, causal=True),
    **{f"layer norm of {n} samples": lambda n=n: norm(False, n) for n in (1, 2, 3, 4)},
    **{f"batch norm of {n} samples": lambda n=n: norm(True, n) for n in (2, 3, 4)},
    **{f"residual, {n}": lambda n=n: residual(n) for n in (1, 2, 4)},
    **{f"tied weights, {n}": lambda n=n: tied(n) for n in (1, 3)},
    **{f"two heads, {n}": lambda n=n: two_heads(n) for n in (1, 3)},
    **{
        f"a penalty on {places}, {i}": lambda places=places, power=power: penalized(places, power)
        for places in ((1,), (5,), (0, 3), (2, 4), (0, 1, 2, 3), (0, 1, 2, 3, 4, 5))
        for i, power in enumerate((abs, lambda w: w * w, lambda w: w**2))
    },
    **{
        f"{shape}, {n}, {activation}": lambda s=shape, n=n, a=activation: network(s, n, a)
        for shape in ((2, 3, 1), (2, 2, 3, 2), (1, 3, 1), (1, 1), (2, 1, 1), (1, 1, 1), (3, 2))
        for n in (1, 2, 4)
        for activation in ("tanh", "relu", "sigmoid")
    },
    **{
        f"cross-entropy of {n}": lambda n=n: network((2, 3, 3), n, "tanh", cross_entropy)
        for n in (1, 2, 4)
    },
    "a mean of functions": lambda: of_functions(lambda a: sum(a) / 3),
    "a sum of functions": lambda: of_functions(sum),
    "a softmax with squares": lambda: of_functions(lambda a: mse_loss(softmax(a), [1.0, 0.0, 0.0])),
    "matrix factors": factors,
    "a kernel": kernel,
    **{
        f"rows {i} of a table": lambda i=i: layer_of_rows(i)
        for i in ((0, 2, 3), (1, 2, 1), (2, 1, 0), (3, 3, 0, 3))
    },
    "rows of a table with a bias": lambda: layer_of_rows((3, 1, 1), bias=True),
    "classes of rows of a table": lambda: layer_of_rows((0, 2, 2), loss=cross_entropy),
    "pairs of rows of two tables": lambda: pairs_of_rows(((0, 1), (1, 2), (2, 2), (0, 0))),
    "a row of each of two tables": lambda: pairs_of_rows(((0, 1), (1, 2))),
    "two rows side by side": lambda: rows_side_by_side(((0, 1), (2, 1), (3, 3))),
    "two rows in both orders": lambda: rows_side_by_side(((0, 1), (1, 0))),
    "rows of a table and of places": lambda: rows_with_places((2, 1, 2)),
    "rows of a table and of places, each once": lambda: rows_with_places((2, 0)),
    **{f"tied to rows {i}": lambda i=i: tied_to_rows(i) for i in ((1, 2, 1), (1, 2), (0, 1, 2))},
    "penalized rows": lambda: penalized_rows((0, 2, 2)),
    "a kernel on a kernel": kernel_on_kernel,
    "a kernel on a kernel with a bias": lambda: kernel_on_kernel(bias=True),
    "a kernel on a kernel in steps of 2": lambda: kernel_on_kernel(stride=2),
    "means of a kernel": lambda: kernel_on_kernel(pool=True),
    "kernels on channels": kernels_on_channels,
}


def is_weight(v):
    return not v.op and bool(re.fullmatch(r"[A-Z][a-z]?\d+|[bcdgkm][a-z]?\d", v.label))


@pytest.mark.parametrize("kind", KINDS)
def test_each_line_is_what_is_printed_before_it(kind):
    root = KINDS[kind]()
    document = derive(root, form="matrix", digits=17)
    known, wrong = read(document.text(10**6))
    assert not wrong
    root.backward()
    gradients = {name: x for name, x in known.items() if name.startswith("∂")}
    by_kind = {}
    for v in weights_of(root):
        by_kind.setdefault(re.sub(r"\d", "", v.label), []).append(v)
    for name, values in by_kind.items():
        values.sort(key=lambda v: v.label)
        wanted = [v.grad for v in values]
        shown = [x for key, x in gradients.items() if key.lower() == f"∂l/∂{name}".lower()]
        if f"∂L/∂{name}[2]" in gradients:  # of blocks side by side
            shown = [np.hstack([*shown, gradients[f"∂L/∂{name}[2]"]])]
        assert any(x.size == len(wanted) and np.allclose(x.ravel(), wanted, 1e-9) for x in shown)


def weights_of(root):
    return [v for v in topological_order(root) if is_weight(v)]


@pytest.mark.parametrize("samples", [1, 2, 4])
@pytest.mark.parametrize("shape", [(2, [3, 1]), (2, [1, 1]), (1, [1, 1]), (1, [2, 2]), (3, [2, 3])])
def test_models_with_their_names(shape, samples):
    inputs, layers = shape
    model = MLP(inputs, layers, activation="tanh", seed=1)
    X = [[0.5] * inputs for _ in range(samples)]  # equal samples, of equal numbers
    y = numbers(samples, layers[-1], 4)
    root = mse_loss([model(x) for x in X], y if layers[-1] > 1 else [row[0] for row in y])
    _, wrong = read(derive(root, model=model, form="matrix", digits=17).text(10**6))
    assert not wrong


@pytest.mark.parametrize("samples", [1, 3])
def test_two_classes_are_a_softmax_as_more_are(samples):
    model = MLP(2, [3, 2], activation="tanh", seed=1)
    outputs = [model(x) for x in numbers(samples, 2, 3)]
    text = derive(cross_entropy(outputs, [0, 1, 1][:samples]), model=model, form="matrix").text()
    assert "softmax(" in text
    assert "softplus" not in text


def test_rows_that_are_no_samples_are_not_called_so():
    kinds = "attention", "a kernel", "matrix factors"
    assert not any("sample" in derive(KINDS[kind](), form="matrix").text() for kind in kinds)
    batch = derive(KINDS["a batch of recurrent networks"](), form="matrix").text()
    assert "losses of the N = 3 samples" in " ".join(batch.split())


def test_attention_divides_by_a_root_on_the_way_back_too():
    text = derive(attention(3, 2), form="matrix").text(10_000)
    assert " / √(2)" in text
    assert "1/√(2) · ∂L/∂S" in text
    assert "0.7071" not in text


def test_equal_numbers_are_not_one_sample():
    W, V = rows(3, 2, "W"), rows(1, 3, "V", 1)[0]
    found = [dot(V, [dot(w, x).tanh() for w in W]) for x in ([0.5, 0.5], [0.5, 0.5], [0.5, 1.0])]
    text = derive(mse_loss(found, [1.0, 1.0, 0.0]), form="matrix").text(10_000)
    assert "X = (0.5, 0.5; 0.5, 0.5; 0.5, 1) (3 × 2)" in " ".join(text.split())


def test_a_row_that_is_looked_up_has_the_number_of_its_row():
    E, W = rows(4, 2, "E"), rows(3, 2, "W", 1)
    root = mse_loss([dot(w, E[2]).tanh() for w in W], [1.0, 0.0, 0.5])
    known, wrong = read(derive(root, form="matrix", digits=17).text(10**6))
    root.backward()
    assert not wrong
    assert np.allclose(known["∂L/∂e₃"].ravel(), [v.grad for v in E[2]], 1e-9)


def test_a_row_that_all_look_up_is_repeated_by_ones():
    root = layer_of_rows((1, 1))
    known, wrong = read(derive(root, form="matrix", digits=17).text(10**6))
    root.backward()
    assert not wrong
    wanted = [v.grad for v in weights_of(root) if v.label.startswith("E")]
    assert np.allclose(known["∂L/∂e₂"].ravel(), wanted, 1e-9)


def test_rows_that_are_looked_up_are_a_product_with_ones_and_zeros():
    text = derive(layer_of_rows((3, 1, 1), bias=True), form="matrix").text(10_000)
    for line in ("X = O E", "Z = X Wᵀ + 𝟏 bᵀ", "∂L/∂X = Δ W", "∂L/∂E = Oᵀ ∂L/∂X"):
        assert f"  {line} = " in text
    assert "O = (0, 1; 1, 0; 1, 0)   (3 × 2)" in text
    assert "E has the rows 2, 4 of its labels" in text


def test_windows_are_gathered_and_their_gradients_scattered():
    document = derive(kernel_on_kernel(), form="matrix")
    text = document.text(10_000)
    assert "J = (1, 2; 2, 3; 3, 4)   (3 × 2)" in text
    for line in ("R = gather(a, J)", "u = R m", "∂L/∂m = Rᵀ ∂L/∂u", "∂L/∂R = ∂L/∂u mᵀ"):
        assert f"  {line} = " in text
    assert "  ∂L/∂a = scatter(∂L/∂R, J) = " in text
    assert r"R = \operatorname{gather}(a, J)" in document.latex()


def test_the_probabilities_have_another_name_than_a_parameter_p():
    text = derive(rows_with_places((2, 1, 2)), form="matrix").text(10_000)
    assert "  P[2] = softmax(" in text


def test_a_layer_of_two_vectors_is_the_sum_of_its_blocks():
    W, V, x = rows(3, 2, "W"), rows(1, 5, "V", 1)[0], [0.3, -0.4]
    root = mse_loss([dot(V, [*[dot(w, x).tanh() for w in W], *x])], [0.4])
    document = derive(root, form="matrix", digits=17)
    known, wrong = read(document.text(10**6))
    assert not wrong
    assert "u = V a + V[2] x" in document.text(10_000)
    assert "V[2] has the columns 4, 5 of its labels." in document.text(10_000)
    root.backward()
    found = [*known["∂L/∂V"].ravel(), *known["∂L/∂V[2]"].ravel()]
    assert np.allclose(found, [v.grad for v in V], 1e-9)
