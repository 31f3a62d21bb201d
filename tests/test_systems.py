"""The worked systems against independent computations: plain floats, NumPy, PyTorch."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.data import moons
from tinygrad_edu.data import xor as xor_data
from tinygrad_edu.losses import binary_cross_entropy, mse_loss
from tinygrad_edu.optim import SGD
from tinygrad_edu.systems import (
    SYSTEMS,
    chain_111,
    delta_231,
    linear_231,
    logistic,
    pytorch,
    relu_10_20_1,
    xor,
)
from tinygrad_edu.systems.graphs import labelled


def test_the_systems_are_registered_in_their_order():
    names = ["linear-231", "chain-111", "logistic", "xor", "relu-10-20-1", "delta-231"]
    assert list(SYSTEMS) == names


def by_engine(root, rows):
    """What the engine has for rows of (name, formula, number by hand)."""
    root.backward()
    values = labelled(root)
    found = []
    for name, _, _ in rows:
        numerator, _, label = name.split(" = ")[-1].rpartition("/∂")
        found.append(values[label].grad if numerator else values[label].data)
    return found


# 1


LISTED = {
    0: (180.0, 7200.0),
    1: (140.3136, 3225.13717248),
    2: (118.317818193607, 1700.48395943131),
    5: (87.1021308761172, 367.262749013093),
    10: (69.4771952292423, 44.9086147065864),
    50: (60.0056875755872, 1.617425803e-05),
}


def test_linear_231_trains_through_the_listed_numbers():
    curve = linear_231.train_with_sgd()
    assert len(curve) == 100
    for epoch, (prediction, loss) in LISTED.items():
        assert curve[epoch][0] == pytest.approx(prediction, rel=1e-14)
        assert curve[epoch][1] == pytest.approx(loss, rel=1e-9 if epoch == 50 else 1e-14)
    assert f"{curve[99][0]:.15g}" == "60.0000007039146"
    assert f"{curve[99][1]:.4g}" == "2.477e-13"


def test_linear_231_is_the_same_to_the_last_bit_with_and_without_the_optimiser():
    assert linear_231.train_with_sgd() == linear_231.train_written_out()


def test_linear_231_trains_as_plain_floats_do():
    # All three neurons stay equal, so one of them (u, v from x₁, x₂ and w to ŷ) stands for all.
    u, v, w = 0.5, 0.5, 1.0
    for prediction, loss in linear_231.train_with_sgd():
        z = 40.0 * u + 80.0 * v
        error = 3.0 * w * z - 60.0
        assert prediction - 60.0 == pytest.approx(error, rel=1e-8)
        assert loss == pytest.approx(0.5 * error**2, rel=1e-8)
        u, v, w = u - 4e-4 * error * w, v - 8e-4 * error * w, w - 1e-5 * error * z


def test_linear_231_by_hand():
    rows = linear_231.gradients_by_hand()
    assert len(rows) == 13
    assert by_engine(linear_231.graph(), rows) == [number for _, _, number in rows]


# 2


numbers = st.floats(-1e3, 1e3)


@given(numbers, numbers, numbers, numbers)
def test_chain_111_by_hand_for_any_numbers(x, y, w1, w2):
    rows = chain_111.gradients_by_hand(x, y, w1, w2)
    assert by_engine(chain_111.graph(x, y, w1, w2), rows) == [number for _, _, number in rows]


# 3


def test_logistic_by_hand():
    cost, rows = logistic.graph(), logistic.gradients_by_hand()
    engine = by_engine(cost, rows)
    assert labelled(cost)["a"].data == 0.7941296281990528
    assert cost.data == pytest.approx(0.2305085713638753, rel=1e-15)
    assert engine == pytest.approx([number for _, _, number in rows], rel=1e-14)
    dz, dw1, dw2, db = engine
    assert (dz, db) == pytest.approx((-0.20587037180094725,) * 2, rel=1e-14)
    assert dw1 == pytest.approx(-0.30880556, abs=1e-8)
    assert dw2 == pytest.approx(0.41174074, abs=1e-8)


def test_two_logistic_layers_train_as_their_matrix_formulas_do():
    """200 steps of both, each going its own way: all gradients agree at every step."""
    X, y = moons(40, seed=0)
    model = logistic.network(seed=0)
    hidden, (output,) = model.layers[0].neurons, model.layers[1].neurons
    optimizer = SGD(model.parameters(), lr=1.0)

    inputs, targets = np.array(X), np.array(y)[:, None]
    W1 = np.array([[w.data for w in n.w] for n in hidden]).T
    W2 = np.array([[w.data for w in output.w]]).T
    b1, b2 = np.zeros(4), np.zeros(1)
    for _ in range(200):
        a1 = 1.0 / (1.0 + np.exp(-(inputs @ W1 + b1)))
        a2 = 1.0 / (1.0 + np.exp(-(a1 @ W2 + b2)))
        delta2 = a2 - targets
        delta1 = delta2 @ W2.T * a1 * (1.0 - a1)
        gW2, gb2 = a1.T @ delta2 / 40, delta2.mean(axis=0)
        gW1, gb1 = inputs.T @ delta1 / 40, delta1.mean(axis=0)

        optimizer.zero_grad()
        binary_cross_entropy([model(x) for x in X], y).backward()
        assert close([[w.grad for w in n.w] for n in hidden], gW1.T)
        assert close([n.b.grad for n in hidden], gb1)
        assert close([w.grad for w in output.w], gW2[:, 0])
        assert close([output.b.grad], gb2, scale=np.abs(delta2).mean())
        formulas = logistic.matrix_gradients([p.data for p in model.parameters()], X, y)
        assert close([p.grad for p in model.parameters()], formulas)

        optimizer.step()
        W1, b1, W2, b2 = W1 - gW1, b1 - gb1, W2 - gW2, b2 - gb2


def close(ours, theirs, scale=None):
    """Whether two arrays differ by at most 1e-12 of the largest number in them (or of `scale`)."""
    ours, theirs = np.array(ours), np.array(theirs)
    return np.abs(ours - theirs).max() <= 1e-12 * (scale or np.abs(theirs).max())


def test_logistic_says_how_close_it_came():
    losses, difference = logistic.train(logistic.network(0), *moons(40, seed=0))
    assert len(losses) == 200
    assert losses[-1] < losses[0]
    assert difference < 1e-12


# 4


def test_xor_as_in_numpy():
    model = xor.numpy_network(seed=0)
    X, y = map(np.array, xor_data())
    W1 = np.array([[w.data for w in n.w] for n in model.layers[0].neurons]).T
    W2 = np.array([[w.data for w in model.layers[1].neurons[0].w]]).T
    curve = []
    for _ in range(1000):
        a = 1.0 / (1.0 + np.exp(-(X @ W1)))
        o = 1.0 / (1.0 + np.exp(-(a @ W2)))
        error = o - y[:, None]
        curve.append(0.5 * (error**2).sum())
        delta2 = error * o * (1.0 - o)
        delta1 = delta2 @ W2.T * a * (1.0 - a)
        W1, W2 = W1 - 0.5 * X.T @ delta1, W2 - 0.5 * a.T @ delta2
    history = xor.train(model, xor.half_sum_of_squares, 0.5, 1000)
    assert history.losses == pytest.approx(curve, rel=1e-12)


@pytest.mark.parametrize(("lr", "loss", "learned"), [(0.1, 0.2, False), (1.0, 3e-4, True)])
def test_xor_as_in_pytorch(lr, loss, learned):
    """The whole curve of 10,000 epochs; what it comes to; and whether that is XOR."""
    model = xor.pytorch_network(seed=12)
    history = xor.train(model, mse_loss, lr, 10_000)
    assert history.losses[-1] == pytest.approx(loss, rel=0.1)
    assert xor.has_learned(model) == learned
    theirs = torch_curve(xor.pytorch_network(seed=12), "Sigmoid", *xor_data(), lr, 10_000)
    assert max(abs(a - b) for a, b in zip(history.losses, theirs)) < 1e-9


def torch_curve(model, activation, X, y, lr, epochs):
    """The losses of the same network in PyTorch."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    hidden, (output,) = model.layers[0].neurons, model.layers[1].neurons

    def parameter(numbers):
        return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)

    W1 = parameter([[w.data for w in n.w] for n in hidden])
    b1 = parameter([n.b.data for n in hidden])
    w2 = parameter([w.data for w in output.w])
    b2 = parameter(output.b.data)
    inputs = torch.tensor(X, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64)
    act = getattr(torch.nn, activation)()
    last = act if activation == "Sigmoid" else torch.nn.Identity()
    curve = []
    for _ in range(epochs):
        loss = ((last(act(inputs @ W1.T + b1) @ w2 + b2) - targets) ** 2).mean()
        curve.append(loss.item())
        gradients = torch.autograd.grad(loss, [W1, b1, w2, b2])
        with torch.no_grad():
            for p, g in zip([W1, b1, w2, b2], gradients):
                p -= lr * g
    return curve


# 5


def test_relu_10_20_1_is_the_same_as_pytorch():
    X, y = relu_10_20_1.samples(seed=0)
    history = relu_10_20_1.train(relu_10_20_1.network(seed=0), X, y)
    theirs = torch_curve(relu_10_20_1.network(seed=0), "ReLU", X, y, 0.01, 100)
    assert len(history.losses) == 100
    assert history.losses == pytest.approx(theirs, abs=1e-12, rel=0.0)


def test_the_comparison_that_systems_print_is_a_comparison():
    X, y = relu_10_20_1.samples(seed=0)
    model = relu_10_20_1.network(seed=0)
    theirs = torch_curve(model, "ReLU", X, y, 0.01, 20)
    assert pytorch.run(model, X, y, 0.01, 20) == pytest.approx(theirs, abs=1e-12)
    theirs[7] += 0.25
    assert "agrees to 2.5e-01" in pytorch.report(theirs, model, X, y, 0.01)


def test_without_pytorch_the_systems_say_what_to_install(monkeypatch):
    monkeypatch.setattr(pytorch, "find_spec", lambda name: None)
    said = pytorch.report([], relu_10_20_1.network(seed=0), [], [], 0.01)
    assert "pip install torch" in said


# 6


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("x", "y"), [*zip(*xor_data())])
def test_delta_231_by_hand(seed, x, y):
    model = delta_231.network(seed)
    textbook = delta_231.by_hand(model, x, y)
    rows = [*textbook.forward, *textbook.deltas, *textbook.gradients]
    assert len(rows) == 9 + 4 + 13
    engine = by_engine(delta_231.cost(model, x, y), rows)
    assert engine == pytest.approx([number for _, _, number in rows], rel=1e-14, abs=1e-300)


def test_delta_231_stops_by_the_tolerance():
    history = delta_231.train(delta_231.network(0), lr=5.0, max_iterations=10_000, tol=1e-4)
    assert history.stop_reason == "tol"
    steps = [abs(a - b) for a, b in zip(history.losses, history.losses[1:])]
    assert steps[-1] < 1e-4
    assert all(step >= 1e-4 for step in steps[:-1])


def test_delta_231_stops_by_the_number_of_iterations():
    history = delta_231.train(delta_231.network(0), lr=5.0, max_iterations=30, tol=1e-9)
    assert history.stop_reason == "epochs"
    assert history.epochs == 30


def test_the_cost_of_delta_231_is_half_the_mean_square():
    model = delta_231.network(0)
    (first,) = delta_231.train(model, lr=1.0, max_iterations=1, tol=1.0).losses
    model = delta_231.network(0)
    squares = [(y - model(x).data) ** 2 for x, y in zip(*xor_data())]
    assert first == pytest.approx(math.fsum(squares) / (2 * 4), rel=1e-15)
