"""Losses: by hand, against PyTorch with their gradients, and in the tails."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import Value, log, sigmoid
from tinygrad_edu.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    quadratic_cost,
    smooth_l1_loss,
)

PAIRWISE = [
    mse_loss,
    l1_loss,
    huber_loss,
    smooth_l1_loss,
    quadratic_cost,
    hinge_loss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
]


def leaves(numbers):
    """Nested lists of numbers as nested lists of Values."""
    if isinstance(numbers, list):
        return [leaves(x) for x in numbers]
    return Value(numbers)


def grads(values):
    if isinstance(values, list):
        return [grads(v) for v in values]
    return values.grad


def check(loss, input, target, expected, expected_grads, **options):
    """Value and gradients by the input, to 1e-12."""
    x = leaves(input)
    result = loss(x, target, **options)
    result.backward()
    assert result.data == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert np.array(grads(x)) == pytest.approx(np.array(expected_grads), rel=1e-12, abs=1e-12)


class TestByHand:
    def test_mse_loss(self):
        # ((1 - 3)² + (2 - 1)²)/2 = (4 + 1)/2;  2 (x - y)/2 = x - y
        check(mse_loss, [1.0, 2.0], [3.0, 1.0], 2.5, [-2.0, 1.0])
        check(mse_loss, [1.0, 2.0], [3.0, 1.0], 5.0, [-4.0, 2.0], reduction="sum")

    def test_l1_loss(self):
        # (|1 - 3| + |2 - 1|)/2 = 3/2;  the signs over 2, and 0 where they agree
        check(l1_loss, [1.0, 2.0], [3.0, 1.0], 1.5, [-0.5, 0.5])
        check(l1_loss, [1.0, 2.0], [1.0, 1.0], 1.0, [0.0, 1.0], reduction="sum")

    def test_quadratic_cost(self):
        # Two samples of two components: 1/(2·2) · (1² + 2² + 3² + 4²) = 30/4;  (a - y)/N = a/2
        a = [[1.0, 2.0], [3.0, 4.0]]
        zero = [[0.0, 0.0], [0.0, 0.0]]
        check(quadratic_cost, a, zero, 7.5, [[0.5, 1.0], [1.5, 2.0]])
        check(quadratic_cost, a, zero, 15.0, a, reduction="sum")
        # One sample: ½ (60 - 180)² = 7200;  a - y = 120
        check(quadratic_cost, 180.0, 60.0, 7200.0, 120.0)
        check(quadratic_cost, [180.0], [60.0], 7200.0, [120.0])

    def test_huber_loss(self):
        # near by ½: ½ · ½² = 1/8;  far by 3, delta 2: 2 · (3 - 1) = 4;  at the join, 2: ½ · 2²
        check(huber_loss, [0.5, -3.0, 2.0], [0, 0, 0], 6.125 / 3, [1 / 6, -2 / 3, 2 / 3], delta=2.0)
        # the same divided by beta
        check(smooth_l1_loss, [0.5, -3.0], [0, 0], 2.0625, [0.25, -1.0], reduction="sum", beta=2.0)
        check(smooth_l1_loss, [0.5, -3.0], [0, 0], 1.75, [0.5, -0.5], beta=0.0)

    def test_kl_div(self):
        # ½ ln(½/¼) + ½ ln(½/¾) = ½ ln(4/3), of q = (¼, ¾); by each input, -target
        input = [math.log(0.25), math.log(0.75)]
        check(kl_div, input, [0.5, 0.5], 0.5 * math.log(4 / 3), [-0.5, -0.5], reduction="sum")
        check(kl_div, input, [0.0, 1.0], -math.log(0.75) / 2, [0.0, -0.5])
        check(
            kl_div,
            [input],
            [[0.5, 0.5]],
            0.5 * math.log(4 / 3),
            [[-0.5, -0.5]],
            reduction="batchmean",
        )

    def test_hinge_loss(self):
        # right by 2: 0;  right by ½: ½;  wrong by 1: 2;  their mean is 2.5/3
        check(hinge_loss, [2.0, -0.5, -1.0], [1, -1, 1], 2.5 / 3, [0.0, 1 / 3, -1 / 3])
        check(hinge_loss, [2.0, -0.5, -1.0], [1, -1, 1], 2.5, [0.0, 1.0, -1.0], reduction="sum")

    def test_binary_cross_entropy(self):
        # -ln a with a = σ(0.5 · 1.5 + 0.25 · 2 + 0.1) = σ(1.35);  -1/a
        a = 0.7941296281990528
        check(binary_cross_entropy, a, 1, 0.2305085713638753, -1 / a)
        # -ln(1 - a);  1/(1 - a)
        check(binary_cross_entropy, a, 0, -math.log(1 - a), 1 / (1 - a))
        check(binary_cross_entropy_with_logits, 1.35, 1, 0.2305085713638753, a - 1)
        check(binary_cross_entropy_with_logits, [1.35], [0], 1.5805085713638753, [a])

    def test_cross_entropy(self):
        # softmax(ln 1, ln 2, ln 5) = (1/8, 2/8, 5/8); of class 1 the loss is ln 4
        logits = [0.0, math.log(2.0), math.log(5.0)]
        check(cross_entropy, logits, 1, math.log(4.0), [1 / 8, 2 / 8 - 1, 5 / 8])
        # Against (½, ½, 0): ½ ln 8 + ½ ln 4 = 2.5 ln 2
        p = [0.5, 0.5, 0.0]
        check(cross_entropy, logits, p, 2.5 * math.log(2.0), [1 / 8 - 0.5, 2 / 8 - 0.5, 5 / 8])

    def test_cross_entropy_of_one_class_is_zero(self):
        check(cross_entropy, [3.0], 0, 0.0, [0.0])
        check(cross_entropy, [3.0], [1.0], 0.0, [0.0])

    def test_nll_loss(self):
        check(nll_loss, [-1.0, -2.0], 1, 2.0, [0.0, -1.0])
        check(nll_loss, [[-1.0, -2.0], [-3.0, -4.0]], [1, 0], 2.5, [[0.0, -0.5], [-0.5, 0.0]])


SCORES = [[0.3, -1.2, 2.5], [-0.7, 0.1, 4.0], [1.5, 1.5, -3.0], [0.0, -0.2, 0.9]]
CLASSES = [2, 0, 1, 1]
SHARES = [[0.1, 0.2, 0.7], [1.0, 0.0, 0.0], [0.25, 0.25, 0.5], [0.0, 0.4, 0.6]]


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is the oracle here")


def check_with(torch, loss, input, target, reduction="mean"):
    """Value and gradients against PyTorch's, with lists and with arrays as targets."""
    x = torch.tensor(input, dtype=torch.float64, requires_grad=True)
    y = torch.tensor(target)
    y = y if y.dtype == torch.int64 else torch.tensor(target, dtype=torch.float64)
    expected = getattr(torch.nn.functional, loss.__name__)(x, y, reduction=reduction)
    expected.backward()
    check(loss, input, target, expected.item(), x.grad.tolist(), reduction=reduction)
    if isinstance(target, list):
        array = np.array(target)
        check(loss, input, array, expected.item(), x.grad.tolist(), reduction=reduction)


# PyTorch warns that the mean of its kl_div is not the one of mathematics.
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
class TestAgainstPyTorch:
    @pytest.mark.parametrize("reduction", ["mean", "sum"])
    @pytest.mark.parametrize("nested", [False, True])
    @pytest.mark.parametrize(
        "loss",
        [
            mse_loss,
            l1_loss,
            huber_loss,
            smooth_l1_loss,
            kl_div,
            binary_cross_entropy,
            binary_cross_entropy_with_logits,
        ],
    )
    def test_pairwise(self, torch, loss, nested, reduction):
        input, target = SCORES, SHARES
        if loss is binary_cross_entropy:
            input = [[1.0 / (1.0 + math.exp(-x)) for x in row] for row in input]
        if not nested:
            input, target = input[0], target[0]
        check_with(torch, loss, input, target, reduction)

    @pytest.mark.parametrize("reduction", ["mean", "sum"])
    @pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
    def test_classes_by_index(self, torch, loss, reduction):
        check_with(torch, loss, SCORES, CLASSES, reduction)
        check_with(torch, loss, SCORES[0], CLASSES[0], reduction)

    @pytest.mark.parametrize("width", [0.3, 1.0, 4.0])
    def test_where_squared_becomes_absolute(self, torch, width):
        for ours, theirs in (
            (functools.partial(huber_loss, delta=width), {"delta": width}),
            (functools.partial(smooth_l1_loss, beta=width), {"beta": width}),
        ):
            x = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
            y = torch.tensor(SHARES, dtype=torch.float64)
            expected = getattr(torch.nn.functional, ours.func.__name__)(x, y, **theirs)
            expected.backward()
            check(ours, SCORES, SHARES, expected.item(), x.grad.tolist())

    def test_kl_div_of_the_batch_and_of_logarithms(self, torch):
        x = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
        y = torch.tensor(SHARES, dtype=torch.float64)
        for options in ({"reduction": "batchmean"}, {"log_target": True}):
            x.grad = None
            expected = torch.nn.functional.kl_div(x, y, **{"reduction": "mean", **options})
            expected.backward()
            check(kl_div, SCORES, SHARES, expected.item(), x.grad.tolist(), **options)

    @pytest.mark.parametrize("reduction", ["mean", "sum"])
    def test_class_probabilities(self, torch, reduction):
        check_with(torch, cross_entropy, SCORES, SHARES, reduction)
        check_with(torch, cross_entropy, SCORES[0], SHARES[0], reduction)

    @given(
        st.lists(st.floats(-50, 50), min_size=1, max_size=6).flatmap(
            lambda x: st.tuples(st.just(x), st.integers(0, len(x) - 1))
        )
    )
    def test_cross_entropy_of_any_logits(self, torch, sample):
        check_with(torch, cross_entropy, *sample)

    def test_the_logarithm_ends_at_minus_100(self, torch):
        for p, y in ((0.0, 1.0), (1.0, 0.0), (0.0, 0.25), (1e-60, 1.0), (0.0, 0.0), (1.0, 1.0)):
            expected = torch.nn.functional.binary_cross_entropy(
                torch.tensor(p, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
            )
            assert binary_cross_entropy(p, y).data == pytest.approx(expected.item(), rel=1e-12)


class TestTails:
    @pytest.mark.parametrize("z", [1000.0, 1e300, 40.0])
    def test_binary_cross_entropy_with_logits(self, z):
        # Confidently right: e^-z, and its derivative ∓e^-z; confidently wrong: z, and ±1.
        small = math.exp(-z)
        for sign, right in ((1.0, 1.0), (-1.0, 0.0)):
            for target, loss, slope in ((right, small, -small), (1.0 - right, z, 1.0)):
                x = Value(sign * z)
                result = binary_cross_entropy_with_logits(x, target)
                result.backward()
                assert result.data == pytest.approx(loss, rel=1e-15, abs=0.0)
                assert sign * x.grad == pytest.approx(slope, rel=1e-15, abs=0.0)

    def test_cross_entropy_keeps_its_digits(self):
        x = [Value(50.0), Value(0.0), Value(0.0)]
        result = cross_entropy(x, 0)
        result.backward()
        # ln(1 + 2 e^-50) = 2 e^-50 and softmax₀ - 1 = -2 e^-50, but for terms in e^-100
        e = math.exp(-50.0)
        assert result.data == pytest.approx(2 * e, rel=1e-14, abs=0.0)
        assert [v.grad for v in x] == pytest.approx([-2 * e, e, e], rel=1e-14, abs=0.0)

    def test_cross_entropy_does_not_overflow(self):
        for target, loss, slopes in ((0, 0.0, [0.0, 0.0]), (1, 2e4, [1.0, -1.0])):
            check(cross_entropy, [1e4, -1e4], target, loss, slopes)
            check(cross_entropy, [1e4, -1e4], [1.0 - target, target], loss, slopes)

    def test_a_saturated_probability_has_finite_gradients(self):
        for p in (0.0, 1.0):
            for y in (0.0, 0.5, 1.0):
                x = Value(p)
                binary_cross_entropy(x, y).backward()
                assert math.isfinite(x.grad)

    def test_nan_goes_through_to_be_seen(self):
        nan = math.nan
        for loss in PAIRWISE:
            assert math.isnan(loss([nan], [1.0]).data)
        assert math.isnan(cross_entropy([nan, 0.0], 0).data)


class TestArguments:
    def test_numbers_values_and_arrays_all_do(self):
        for x in ([1.0, 2.0], leaves([1.0, 2.0]), (1, 2), np.array([1.0, 2.0]), np.array([1, 2])):
            for y in ([3.0, 1.0], leaves([3.0, 1.0]), (3, 1), np.array([3.0, 1.0])):
                assert mse_loss(x, y).data == 2.5

    def test_a_target_that_is_a_value_takes_a_gradient(self):
        for loss in PAIRWISE:
            x, y = Value(0.75), Value(1.0)
            loss(x, y).backward()
            assert y.grad != 0.0, loss

    def test_the_gradient_reaches_through_the_model(self):
        w = Value(2.0)
        binary_cross_entropy([sigmoid(w * 3.0)], [1]).backward()
        expected = w.grad
        w.grad = 0.0
        (-log(sigmoid(w * 3.0))).backward()
        assert expected == pytest.approx(w.grad, rel=1e-12)

    @pytest.mark.parametrize("loss", PAIRWISE)
    @pytest.mark.parametrize(
        ("input", "target", "message"),
        [
            ([1.0, 0.0], [1.0], "input is a list of 2, but target is a list of 1"),
            ([1.0], 1.0, "input is a list of 1, but target is one value"),
            (1.0, [1.0], "input is one value, but target is a list of 1"),
            (
                [[1.0], [1.0, 0.0]],
                [[1.0], [1.0]],
                "input is a list of 2, but target is a list of 1",
            ),
            ([1.0, 1.0], [[1.0], [1.0]], "input is one value, but target is a list of 1"),
        ],
    )
    def test_sizes_that_differ(self, loss, input, target, message):
        with pytest.raises(ValueError, match=message):
            loss(input, target)

    @pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
    @pytest.mark.parametrize(
        ("input", "target", "message"),
        [
            ([[1.0, 2.0]], [0, 1], "input is a list of 1, but target is a list of 2"),
            ([[1.0, 2.0]], 0, "input is a list of 1, but target is one value"),
            ([1.0, 2.0], 2, "of 2 classes, the target is a whole number from 0 to 1, not 2"),
            ([1.0, 2.0], -1, "from 0 to 1, not -1"),
            ([1.0, 2.0], 0.5, "from 0 to 1, not 0.5"),
            ([1.0, 2.0], [0.2, 0.3, 0.5], "a sample is a list of 2, but its target is a list of 3"),
            (1.0, 0, "input is a list of values, one for each class, not 1.0"),
            ([], 0, "input is a list of values"),
        ],
    )
    def test_classes_that_do_not_fit(self, loss, input, target, message):
        with pytest.raises(ValueError, match=message):
            loss(input, target)

    def test_impossible_targets(self):
        with pytest.raises(ValueError, match="hinge_loss takes the targets -1 and 1, not 0"):
            hinge_loss([0.3], [0])
        for loss in (binary_cross_entropy, binary_cross_entropy_with_logits):
            with pytest.raises(
                ValueError, match=r"target is a probability, from 0 to 1, not -1\.0"
            ):
                loss([0.3], [-1])
        with pytest.raises(ValueError, match=r"input is a probability, from 0 to 1, not 1\.5"):
            binary_cross_entropy([1.5], [1])
        with pytest.raises(ValueError, match=r"has the sum 1, not 3\.0"):
            cross_entropy([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
        with pytest.raises(ValueError, match="target is a probability"):
            cross_entropy([1.0, 2.0], [2.0, -1.0])
        with pytest.raises(
            ValueError, match=r"kl_div: target is a probability, 0 or more, not -0\.5"
        ):
            kl_div([0.1], [-0.5])
        for wrong in (0.0, -1.0, math.inf, math.nan):
            with pytest.raises(ValueError, match="delta is above 0, and finite, not"):
                huber_loss([1.0], [0.0], delta=wrong)
        with pytest.raises(ValueError, match="beta is 0 or more, and finite, not -1"):
            smooth_l1_loss([1.0], [0.0], beta=-1)
        with pytest.raises(ValueError, match="whole number"):
            nll_loss([1.0, 2.0], [0.5, 0.5])

    @pytest.mark.parametrize("loss", PAIRWISE)
    def test_what_is_no_loss(self, loss):
        with pytest.raises(ValueError, match='reduction is "mean" or "sum", not \'none\''):
            loss([1.0], [1.0], reduction="none")
        with pytest.raises(ValueError, match="at least one prediction"):
            loss([], [])
        for wrong in ("ab", None, True, 1j):
            with pytest.raises(TypeError, match="Values, numbers or lists of them"):
                loss(wrong, [1.0, 1.0])
