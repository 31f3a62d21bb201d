"""Schedules of the learning rate: by hand, and against PyTorch."""

import math

import pytest

from tinygrad_edu import Value
from tinygrad_edu.optim import SGD
from tinygrad_edu.schedules import CosineAnnealingLR, LambdaLR, Schedule, StepLR


def sgd(lr=0.1):
    return SGD([Value(1.0)], lr=lr)


def rates(schedule, epochs):
    found = [schedule.optimizer.lr]
    for _ in range(epochs):
        schedule.step()
        found.append(schedule.optimizer.lr)
    return found


def test_step_by_hand():
    # two epochs at 1, two at ½, then ¼
    assert rates(StepLR(sgd(1.0), step_size=2, gamma=0.5), 4) == [1.0, 1.0, 0.5, 0.5, 0.25]


def test_cosine_by_hand():
    # (1 + cos 0)/2 = 1, (1 + cos π/2)/2 = ½, (1 + cos π)/2 = 0, between 3 and 1
    assert rates(CosineAnnealingLR(sgd(3.0), T_max=2, eta_min=1.0), 2) == pytest.approx([3, 2, 1])


def test_lambda_by_hand():
    assert rates(LambdaLR(sgd(2.0), lambda epoch: 1.0 / (1 + epoch)), 3) == [2.0, 1.0, 2 / 3, 0.5]


@pytest.mark.parametrize(
    ("schedule", "options"),
    [
        (StepLR, {"step_size": 1}),
        (StepLR, {"step_size": 7, "gamma": 0.3}),
        (LambdaLR, {"lr_lambda": lambda epoch: 0.95**epoch}),
        (CosineAnnealingLR, {"T_max": 10}),
        (CosineAnnealingLR, {"T_max": 7, "eta_min": 0.01}),
    ],
)
def test_as_pytorch(schedule, options):
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle here")
    other = torch.optim.SGD([torch.tensor(1.0)], lr=0.3)
    theirs = getattr(torch.optim.lr_scheduler, schedule.__name__)(other, **options)
    mine = schedule(sgd(0.3), **options)
    for _ in range(35):
        assert mine.optimizer.lr == pytest.approx(other.param_groups[0]["lr"], rel=1e-12, abs=1e-12)
        mine.step()
        other.step()
        theirs.step()


def test_another_schedule_goes_on_from_its_state():
    whole = StepLR(sgd(), step_size=3)
    expected = rates(whole, 9)
    first = StepLR(sgd(), step_size=3)
    rates(first, 4)
    second = StepLR(sgd(lr=7.0), step_size=3)
    second.load_state_dict(first.state_dict())
    assert rates(second, 5) == expected[4:]
    with pytest.raises(ValueError, match="has base_lr and last_epoch"):
        second.load_state_dict({"last_epoch": 1})


def test_one_of_your_own_defines_its_rate():
    class Warmup(Schedule):
        def rate(self, epoch):
            return self.base_lr * min(1.0, (epoch + 1) / 4)

    assert rates(Warmup(sgd(0.4)), 4) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])


def test_bad_input():
    with pytest.raises(TypeError, match="a schedule takes an optimiser, not 5"):
        StepLR(5, step_size=1)
    with pytest.raises(ValueError, match="step_size is a whole number of at least 1, not 0"):
        StepLR(sgd(), step_size=0)
    with pytest.raises(ValueError, match="gamma is 0 or more, and finite, not nan"):
        StepLR(sgd(), step_size=1, gamma=math.nan)
    with pytest.raises(TypeError, match=r"lr_lambda is a function of the epoch, not 0\.5"):
        LambdaLR(sgd(), 0.5)
    with pytest.raises(TypeError, match="lr_lambda's result"):
        LambdaLR(sgd(), lambda epoch: "fast")
    with pytest.raises(ValueError, match="T_max is a whole number"):
        CosineAnnealingLR(sgd(), T_max=2.5)
