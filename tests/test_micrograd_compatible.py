"""Code written for micrograd runs here with only its import line changed, to the same numbers.

The two programs below are the example of its README and the loop of its demo notebook
(Andrej Karpathy, https://github.com/karpathy/micrograd, MIT licence), as they stand there.
"""

import contextlib
import io
import math
import random

import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP

EXPRESSION = """
from {package}.engine import Value

a = Value(-4.0)
b = Value(2.0)
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g += 10.0 / f
print(f'{{g.data:.4f}}')
g.backward()
print(f'{{a.grad:.4f}}')
print(f'{{b.grad:.4f}}')
"""

MOONS = """
import random
from {package}.engine import Value
from {package}.nn import Neuron, Layer, MLP

random.seed(1337)
model = MLP(2, [16, 16, 1])

def loss():
    inputs = [list(map(Value, xrow)) for xrow in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi*scorei).relu() for yi, scorei in zip(y, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    alpha = 1e-4
    reg_loss = alpha * sum((p*p for p in model.parameters()))
    total_loss = data_loss + reg_loss
    accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
    return total_loss, sum(accuracy) / len(accuracy)

for k in range(steps):
    total_loss, acc = loss()
    model.zero_grad()
    total_loss.backward()
    learning_rate = 1.0 - 0.9*k/100
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    print(k, total_loss.data, acc)
"""


def printed(code, package, **names):
    """The numbers that the code prints, one list a line."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code.format(package=package), names)
    return [[float(word) for word in line.split()] for line in out.getvalue().splitlines()]


def moons(n):
    """Two interleaved half circles, with the targets -1 and 1."""
    rng = random.Random(0)
    X, y = [], []
    for i in range(n):
        t = math.pi * rng.random()
        x = (math.cos(t), math.sin(t)) if i % 2 else (1.0 - math.cos(t), 0.5 - math.sin(t))
        X.append([c + rng.gauss(0.0, 0.1) for c in x])
        y.append(2 * (i % 2) - 1)
    return X, y


@pytest.fixture
def micrograd():
    return pytest.importorskip("micrograd.nn", reason="micrograd itself is compared with")


def test_the_readme_example():
    assert printed(EXPRESSION, "tinygrad_edu") == [[24.7041], [138.8338], [645.5773]]


def test_the_readme_example_side_by_side(micrograd):
    assert printed(EXPRESSION, "tinygrad_edu") == printed(EXPRESSION, "micrograd")


def test_the_moons_demo_side_by_side(micrograd):
    X, y = moons(20)
    ours = printed(MOONS, "tinygrad_edu", X=X, y=y, steps=6)
    theirs = printed(MOONS, "micrograd", X=X, y=y, steps=6)
    assert ours[0] == theirs[0]  # the forward pass: to the last bit
    for mine, other in zip(ours, theirs):
        # micrograd adds gradients up in the order of a set, which changes from run to run
        assert mine == pytest.approx(other, rel=1e-9)


def test_the_moons_demo_as_published():
    np = pytest.importorskip("numpy", reason="the demo draws its data by NumPy")
    datasets = pytest.importorskip("sklearn.datasets", reason="the demo's data are scikit-learn's")
    np.random.seed(1337)
    X, y = datasets.make_moons(n_samples=100, noise=0.1)
    steps = printed(MOONS, "tinygrad_edu", X=X, y=y * 2 - 1, steps=3)
    assert steps == [
        [0.0, 0.8958441028683222, 0.5],
        [1.0, pytest.approx(1.7235905336972, rel=1e-12), 0.81],
        [2.0, pytest.approx(0.7429006313851131, rel=1e-12), 0.77],
    ]


@pytest.mark.parametrize("sizes", [(2, [16, 16, 1]), (3, [4, 4, 1]), (1, [2])])
def test_the_same_seed_gives_the_same_weights_and_outputs_to_the_last_bit(micrograd, sizes):
    random.seed(1337)
    theirs = micrograd.MLP(*sizes)
    random.seed(1337)
    ours = MLP(*sizes)
    assert [p.data for p in ours.parameters()] == [p.data for p in theirs.parameters()]
    for _ in range(20):
        x = [random.gauss(0.0, 3.0) for _ in range(sizes[0])]
        y, z = ours(x), theirs(x)
        y, z = (y, z) if isinstance(y, list) else ([y], [z])
        assert [v.data for v in y] == [v.data for v in z]


def test_attributes_have_their_names():
    model = MLP(2, [3, 1])
    neuron = model.layers[0].neurons[0]
    assert (len(neuron.w), neuron.b.data, neuron.nonlin) == (2, 0.0, True)
    assert model.layers[1].neurons[0].nonlin is False


def test_one_nodes_own_step():
    a, b = Value(2.0), Value(-3.0)
    e = a * b
    d = e + a
    d.grad = 1.0
    d._backward()
    e._backward()
    a._backward()  # a leaf's does nothing
    assert (a.grad, b.grad, e.grad) == (-2.0, 2.0, 1.0)


def test_the_step_of_a_value_that_is_used_twice():
    a = Value(3.0)
    b = a + a
    b.grad = 1.0
    b._backward()
    assert a.grad == 2.0


def test_a_backward_pass_in_ones_own_order():
    def build(v, order, visited):
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build(child, order, visited)
            order.append(v)
        return order

    a, b = Value(2.0), Value(-3.0)
    f = (a * b) * (a + b) + a.tanh() / b
    f.grad = 1.0
    for node in reversed(build(f, [], set())):
        node._backward()
    by_hand = a.grad, b.grad
    a.grad = b.grad = 0.0
    f.backward()
    assert (a.grad, b.grad) == pytest.approx(by_hand, rel=1e-15)


def test_the_lectures_drawing_by_prev_and_op():
    """A program that draws a graph by micrograd's own names finds all that it looks for."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = (2 * (a * b) + b**2).tanh() - 1
    y.label = "y"
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(y)
    lines = ["{ %s | data %.4f | grad %.4f }" % (n.label, n.data, n.grad) for n in nodes]  # noqa: UP031
    assert "{ a | data 2.0000 | grad 0.0000 }" in lines
    assert sorted(n._op for n in nodes) == ["", "", "*", "*", "**2", "+", "-", "tanh"]
    assert len(edges) == 8
