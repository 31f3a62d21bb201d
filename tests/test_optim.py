"""Optimisers: by hand, and step for step against PyTorch."""

import math
import random

import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP, Neuron
from tinygrad_edu.optim import SGD, Adam, AdamW, Optimizer


def at(numbers, grads):
    """Parameters with these values and gradients."""
    parameters = [Value(x) for x in numbers]
    for p, g in zip(parameters, grads):
        p.grad = g
    return parameters


def data(parameters):
    return [p.data for p in parameters]


class TestByHand:
    def test_sgd(self):
        # The worked system's update: 1 - 1e-5 · 7200, 0.5 - 1e-5 · 4800, 0.5 - 1e-5 · 9600
        parameters = at([1.0, 0.5, 0.5], [7200.0, 4800.0, 9600.0])
        SGD(parameters, lr=1e-5).step()
        assert data(parameters) == pytest.approx([0.928, 0.452, 0.404], rel=1e-15)

    def test_a_plain_step_is_the_written_out_update_to_the_last_bit(self):
        rng = random.Random(0)
        numbers = [rng.gauss(0.0, 1.0) * 10.0 ** rng.randint(-9, 9) for _ in range(1000)]
        grads = [rng.gauss(0.0, 1.0) * 10.0 ** rng.randint(-9, 9) for _ in range(1000)]
        stepped, written = at(numbers, grads), at(numbers, grads)
        SGD(stepped, lr=0.1).step()
        for p in written:
            p.data -= 0.1 * p.grad
        assert data(stepped) == data(written)

    def test_momentum(self):
        # b = 1, then 0.5 · 1 + 1 = 1.5;  0 - 1 - 1.5
        parameters = at([0.0], [1.0])
        optimizer = SGD(parameters, lr=1.0, momentum=0.5)
        optimizer.step()
        assert data(parameters) == [-1.0]
        optimizer.step()
        assert data(parameters) == [-2.5]

    def test_nesterov(self):
        # 1 + 0.5 · 1 = 1.5, then 1 + 0.5 · 1.5 = 1.75
        parameters = at([0.0], [1.0])
        optimizer = SGD(parameters, lr=1.0, momentum=0.5, nesterov=True)
        optimizer.step()
        optimizer.step()
        assert data(parameters) == [-3.25]

    @pytest.mark.parametrize("optimizer", [Adam, AdamW])
    @pytest.mark.parametrize("grad", [1e-3, -1.0, 1e6])
    def test_the_first_step_of_adam_has_the_size_lr_whatever_the_gradient(self, optimizer, grad):
        # m̂ = g and v̂ = g², so that m̂/√v̂ is the sign of g
        parameters = at([1.0], [grad])
        optimizer(parameters, lr=0.01, weight_decay=0.0).step()
        assert parameters[0].data == pytest.approx(1.0 - math.copysign(0.01, grad), abs=1e-7)

    def test_weight_decay_of_adamw_is_apart_from_the_gradient(self):
        # No gradient, so only the decay: 2 - 0.1 · 0.5 · 2
        parameters = at([2.0], [0.0])
        AdamW(parameters, lr=0.1, weight_decay=0.5).step()
        assert data(parameters) == [1.9]


STEPS = 60


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        (SGD, {"lr": 0.1}),
        (SGD, {"lr": 0.1, "weight_decay": 0.01}),
        (SGD, {"lr": 0.05, "momentum": 0.9}),
        (SGD, {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}),
        (SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
        (SGD, {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02}),
        (SGD, {"lr": 0.05, "momentum": 0.8, "dampening": 0.1, "weight_decay": 0.02}),
        (Adam, {}),
        (Adam, {"lr": 0.05}),
        (Adam, {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3}),
        (Adam, {"lr": 0.05, "betas": (0.0, 0.9), "weight_decay": 0.1}),
        (AdamW, {}),
        (AdamW, {"lr": 0.05}),
        (AdamW, {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.2}),
    ],
)
@pytest.mark.parametrize("schedule", [False, True])
def test_step_for_step_as_pytorch(optimizer, options, schedule):
    """The same valley, descended in both: f(x) = Σ cᵢ (xᵢ - i)² + sin x₀ · x₁."""
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle here")
    start, curvature = [0.5, -2.0, 3.0, 10.0], [0.1, 1.0, 2.0, 0.01]

    def loss(x, sin):
        total = sin(x[0]) * x[1]
        for i, c in enumerate(curvature):
            total = total + c * (x[i] - float(i)) ** 2
        return total

    ours = [Value(x) for x in start]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in start]
    mine = optimizer(ours, **({"lr": 1e-3} | options))
    other = getattr(torch.optim, optimizer.__name__)(theirs, **({"lr": 1e-3} | options))
    for step in range(STEPS):
        if schedule:
            mine.lr = other.param_groups[0]["lr"] = 0.05 / (1.0 + step)
        mine.zero_grad()
        loss(ours, lambda x: x.sin()).backward()
        mine.step()
        other.zero_grad()
        loss(theirs, torch.sin).backward()
        other.step()
        expected = [p.item() for p in theirs]
        assert data(ours) == pytest.approx(expected, rel=1e-12, abs=1e-12), step


def test_defaults_are_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle here")
    for optimizer in (Adam, AdamW):
        mine = optimizer([Value(1.0)])
        theirs = getattr(torch.optim, optimizer.__name__)([torch.tensor(1.0)]).defaults
        for name in ("lr", "betas", "eps", "weight_decay"):
            assert getattr(mine, name) == theirs[name]


class TestParameters:
    def test_state_is_in_the_optimiser_and_zero_grad_clears(self):
        parameters = at([1.0, 2.0], [3.0, 4.0])
        first, second = Adam(parameters), Adam(parameters)
        first.step()
        after_first = data(parameters)
        second.step()  # its own first step, as large as the other's
        assert data(parameters) == pytest.approx([x - 1e-3 for x in after_first], abs=1e-9)
        first.zero_grad()
        assert [p.grad for p in parameters] == [0.0, 0.0]

    def test_a_shared_parameter_is_updated_once(self):
        w = at([1.0], [1.0])[0]
        SGD([w, w], lr=0.5).step()
        assert w.data == 0.5

    def test_they_may_come_from_an_iterator(self):
        neuron = Neuron(2)
        assert SGD((p for p in neuron.parameters()), lr=0.1).parameters == neuron.parameters()

    def test_what_is_no_parameter(self):
        with pytest.raises(ValueError, match="at least one parameter"):
            SGD([], lr=0.1)
        with pytest.raises(ValueError, match=r"a leaf, not the result of \*"):
            SGD([Value(1.0) * 2.0], lr=0.1)
        with pytest.raises(TypeError, match=r"a parameter is a Value, not 1\.0"):
            SGD([1.0], lr=0.1)
        for wrong in (MLP(2, [1]), Value(1.0), None):
            with pytest.raises(TypeError, match=r"such as model\.parameters\(\), not"):
                SGD(wrong, lr=0.1)

    def test_a_new_optimiser_needs_only_a_step(self):
        class SignDescent(Optimizer):
            def step(self):
                for p in self.parameters:
                    p.data -= math.copysign(self.lr, p.grad)

        parameters = at([0.0, 0.0], [3.0, -0.1])
        SignDescent(parameters, lr=0.5).step()
        assert data(parameters) == [-0.5, 0.5]
        with pytest.raises(TypeError, match="abstract"):
            Optimizer(parameters, lr=0.1)


@pytest.mark.parametrize(
    ("optimizer", "options", "message"),
    [
        (SGD, {"lr": -0.1}, r"lr is 0 or more, and finite, not -0\.1"),
        (SGD, {"lr": math.nan}, "lr is 0 or more, and finite, not nan"),
        (SGD, {"lr": math.inf}, "lr is 0 or more, and finite, not inf"),
        (SGD, {"lr": 0.1, "momentum": -0.5}, r"momentum is 0 or more, and finite, not -0\.5"),
        (SGD, {"lr": 0.1, "weight_decay": -1}, "weight_decay is 0 or more, and finite, not -1"),
        (SGD, {"lr": 0.1, "nesterov": True}, "nesterov needs a momentum above 0"),
        (
            SGD,
            {"lr": 0.1, "nesterov": True, "momentum": 0.9, "dampening": 0.1},
            r"no dampening, not momentum=0\.9 and dampening=0\.1",
        ),
        (Adam, {"lr": -1}, "lr is 0 or more"),
        (
            Adam,
            {"betas": (1.0, 0.999)},
            r"betas are two numbers from 0 to below 1, not \(1\.0, 0\.999\)",
        ),
        (Adam, {"betas": (0.9, -0.1)}, "betas are two numbers from 0 to below 1"),
        (Adam, {"betas": (0.9,)}, "betas are two numbers"),
        (Adam, {"eps": 0.0}, r"eps is above 0, not 0\.0"),
        (AdamW, {"weight_decay": -0.1}, r"weight_decay is 0 or more, and finite, not -0\.1"),
    ],
)
def test_invalid_hyperparameters(optimizer, options, message):
    with pytest.raises(ValueError, match=message):
        optimizer([Value(1.0)], **options)
