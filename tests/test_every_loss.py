"""Every loss and every layer in the classroom: checked, drawn anew as a sheet, asked in a quiz."""

import inspect
import math

import pytest

import tinygrad_edu.losses as losses
from tinygrad_edu import OPS, Value, topological_order
from tinygrad_edu.nn import MLP, Layer, Neuron
from tinygrad_edu.teach import check_gradients, hint, names, quiz, worksheet


def inputs(*numbers):
    return [Value(x, f"x_{i}") for i, x in enumerate(numbers, 1)]


LOSSES = {
    "mse_loss": lambda: losses.mse_loss(inputs(0.7, -0.3), [0.2, 0.5]),
    "l1_loss": lambda: losses.l1_loss(inputs(0.7, -0.3), [0.2, 0.5]),
    "huber_loss": lambda: losses.huber_loss(inputs(0.7, -2.3), [0.2, 0.5]),
    "smooth_l1_loss": lambda: losses.smooth_l1_loss(inputs(0.7, -2.3), [0.2, 0.5], beta=0.8),
    "quadratic_cost": lambda: losses.quadratic_cost(inputs(0.7, -0.3), [0.2, 0.5]),
    "hinge_loss": lambda: losses.hinge_loss(inputs(0.7, -0.3), [1.0, -1.0]),
    "binary_cross_entropy": lambda: losses.binary_cross_entropy(inputs(0.7, 0.3), [1.0, 0.0]),
    "binary_cross_entropy_with_logits": lambda: losses.binary_cross_entropy_with_logits(
        inputs(0.7, -0.3), [1.0, 0.0]
    ),
    "cross_entropy": lambda: losses.cross_entropy([inputs(0.7, -0.3, 0.4)], [1]),
    "nll_loss": lambda: losses.nll_loss([inputs(-0.7, -0.9, -1.4)], [1]),
    "kl_div": lambda: losses.kl_div(inputs(-0.7, -0.9), [0.4, 0.6]),
}


def layers():
    for activation in [str(name) for name, op in OPS.items() if op.is_activation]:
        model = MLP(2, [2, 1], activation=activation, seed=7)
        yield activation, (model(inputs(0.7, -0.4)) - 0.3) ** 2, model
    neuron, layer = Neuron(2, activation="tanh", seed=1), Layer(2, 3, activation="relu", seed=1)
    yield "Neuron", (neuron(inputs(0.7, -0.4)) - 0.3) ** 2, neuron
    yield "Layer", losses.mse_loss(layer(inputs(0.7, -0.4)), [0.1, 0.2, 0.3]), layer


LAYERS = list(layers())


def named_leaves(root, model=None):
    known = set(model.parameters()) if model else set()
    return [v for v in topological_order(root) if not v.op and (v.label or v in known)]


def test_each_public_loss_is_here():
    own = {name: f for name, f in vars(losses).items() if inspect.isfunction(f)}
    public = {n for n, f in own.items() if f.__module__ == losses.__name__ and n[0] != "_"}
    assert public == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_in_the_classroom(name):
    root = LOSSES[name]()
    root.backward()
    wanted = named_leaves(root)
    right = {v: v.grad for v in wanted}
    assert check_gradients(root, right)
    assert check_gradients(root, {v: float(f"{x:.3g}") for v, x in right.items()})
    for v, x in right.items():
        wrong = check_gradients(root, {v: -x})
        assert wrong.first.node is v
        assert wrong.first.slips
    sheet = worksheet(root, wanted, seed=2)
    copies = {v.label: v for v in named_leaves(sheet.root)}
    sheet.root.backward()
    assert all(math.isfinite(v.grad) and v.grad for v in copies.values())
    assert sheet.check({label: v.grad for label, v in copies.items()})
    assert not sheet.check({label: -v.grad for label, v in copies.items()})
    assert "____" in str(sheet.sheet)
    assert "____" not in str(sheet.key)
    for question, v in zip(quiz(root, wanted).questions, wanted):
        assert question.right == v.grad
        assert len(question.wrong) >= 3
    for level in (1, 2, 3, 4):
        assert hint(root, {wanted[0]: None}, level)


@pytest.mark.parametrize(("name", "root", "model"), LAYERS, ids=[layer[0] for layer in LAYERS])
def test_a_layer_in_the_classroom(name, root, model):
    root.backward()
    wanted = [v for v in named_leaves(root, model) if v.grad]
    called = {names(root, model)[v].text: v for v in wanted}
    assert len(called) == len(wanted) >= 5
    assert check_gradients(root, {n: v.grad for n, v in called.items()}, model=model)
    rounded = {n: float(f"{v.grad:.3g}") for n, v in called.items()}
    assert check_gradients(root, rounded, model=model)
    for n, v in called.items():
        wrong = check_gradients(root, {n: -v.grad}, model=model)
        assert wrong.first.node is v
        assert wrong.first.slips
    sheet = worksheet(root, wanted[:2], seed=2, model=model)
    assert "____" in str(sheet.sheet)
    for question, v in zip(quiz(root, wanted[:3], model=model).questions, wanted):
        assert question.right == v.grad
