"""Optimisers: by hand, and step for step against PyTorch."""

import math
import random

import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP, Neuron
from tinygrad_edu.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    clip_grad_norm_,
    clip_grad_value_,
)


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
        (RMSprop, {}),
        (RMSprop, {"lr": 0.02, "alpha": 0.8, "eps": 1e-3, "weight_decay": 0.1}),
        (RMSprop, {"lr": 0.02, "momentum": 0.7}),
        (Adagrad, {}),
        (Adagrad, {"lr": 0.3, "lr_decay": 0.1, "weight_decay": 0.1, "eps": 1e-4}),
        (Adagrad, {"lr": 0.3, "initial_accumulator_value": 2.0}),
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
    numbers = {
        Adam: ("lr", "betas", "eps", "weight_decay"),
        AdamW: ("lr", "betas", "eps", "weight_decay"),
        RMSprop: ("lr", "alpha", "eps", "weight_decay", "momentum"),
        Adagrad: ("lr", "lr_decay", "weight_decay", "eps"),
    }
    for optimizer, names in numbers.items():
        mine = optimizer([Value(1.0)])
        theirs = getattr(torch.optim, optimizer.__name__)([torch.tensor(1.0)]).defaults
        for name in names:
            assert getattr(mine, name) == theirs[name]


class TestState:
    MAKE = (
        lambda ps: SGD(ps, lr=0.1, momentum=0.9),
        lambda ps: Adam(ps, lr=0.1),
        lambda ps: AdamW(ps, lr=0.1),
        lambda ps: RMSprop(ps, momentum=0.5),
        lambda ps: Adagrad(ps, lr_decay=0.1),
    )

    @pytest.mark.parametrize("make", MAKE)
    @pytest.mark.parametrize("before", [0, 1, 5])
    def test_another_optimiser_goes_on_from_it_to_the_last_bit(self, make, before):
        def run(optimizer, steps):
            for _ in range(steps):
                for p in optimizer.parameters:
                    p.grad = math.sin(p.data + 1.0)
                optimizer.step()

        whole, first = make(at([0.5, -2.0], [0.0, 0.0])), make(at([0.5, -2.0], [0.0, 0.0]))
        run(whole, before + 7)
        run(first, before)
        second = make([Value(p.data) for p in first.parameters])
        state = first.state_dict()
        second.load_state_dict(state)
        run(first, 1)  # which does not reach the state that was given
        run(second, 7)
        assert data(second.parameters) == data(whole.parameters)
        assert second.updates == whole.updates

    def test_what_is_no_state_changes_nothing(self):
        optimizer = Adam(at([1.0, 2.0], [1.0, 1.0]))
        optimizer.step()
        good = optimizer.state_dict()
        for wrong, message in (
            (SGD([Value(1.0)], lr=0.1).state_dict(), "the state of Adam has lr, updates"),
            ({**good, "_m": [0.0]}, "_m is a list of 2 numbers"),
            ({**good, "_t": 1.5}, r"_t is like 1, not 1\.5"),
            ({**good, "betas": (0.9,)}, "betas is 2 numbers"),
            ({**good, "lr": -1.0}, "lr is 0 or more"),
            (5, "the state of Adam has"),
        ):
            with pytest.raises(ValueError, match=message):
                optimizer.load_state_dict(wrong)
            assert optimizer.state_dict() == good


class TestClipping:
    def test_the_norm_by_hand(self):
        # √(3² + 4²) = 5, scaled by 1/(5 + 1e-6); and a norm below the limit is left alone
        parameters = at([0.0, 0.0], [3.0, 4.0])
        assert clip_grad_norm_(parameters, 10.0) == 5.0
        assert [p.grad for p in parameters] == [3.0, 4.0]
        assert clip_grad_norm_(parameters, 1.0) == 5.0
        assert [p.grad for p in parameters] == pytest.approx([0.6, 0.8], rel=1e-6)

    def test_as_pytorch(self):
        torch = pytest.importorskip("torch", reason="PyTorch is the oracle here")
        rng = random.Random(3)
        for limit in (0.0, 0.5, 2.0, 100.0):
            grads = [rng.gauss(0.0, 1.0) for _ in range(20)]
            ours, theirs = at(grads, grads), torch.zeros(20, dtype=torch.float64)
            theirs.grad = torch.tensor(grads, dtype=torch.float64)
            norm = torch.nn.utils.clip_grad_norm_(theirs, limit).item()
            assert clip_grad_norm_(ours, limit) == pytest.approx(norm, rel=1e-14)
            assert [p.grad for p in ours] == pytest.approx(theirs.grad.tolist(), rel=1e-12)
            ours = at(grads, grads)
            theirs.grad = torch.tensor(grads, dtype=torch.float64)
            torch.nn.utils.clip_grad_value_(theirs, limit)
            clip_grad_value_(ours, limit)
            assert [p.grad for p in ours] == theirs.grad.tolist()

    def test_one_parameter_and_bad_input(self):
        p = at([0.0], [-7.0])[0]
        clip_grad_value_(p, 2)
        assert p.grad == -2.0
        with pytest.raises(ValueError, match="max_norm is 0 or more, and finite, not -1"):
            clip_grad_norm_([p], -1)
        with pytest.raises(ValueError, match="clip_value is 0 or more"):
            clip_grad_value_([p], math.nan)
        with pytest.raises(TypeError, match=r"a parameter is a Value, not 1\.0"):
            clip_grad_norm_([1.0], 1.0)

    def test_a_nan_stays_to_be_seen(self):
        ps = at([0.0, 0.0], [math.nan, 5.0])
        clip_grad_value_(ps, 1.0)
        assert math.isnan(ps[0].grad)
        assert ps[1].grad == 1.0
        assert math.isnan(clip_grad_norm_(ps, 1.0))


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
