"""The first inf or nan is found, and explained by the operation that made it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from graphs import random_graph

from tinygrad_edu import (
    Value,
    exp,
    expm1,
    log,
    log1p,
    log2,
    maximum,
    mean,
    no_grad,
    sqrt,
    tanh,
    topological_order,
)
from tinygrad_edu.losses import cross_entropy
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach.diagnosis import diagnose

INF, NAN = math.inf, math.nan


def leaf(data: float, label: str = "x") -> Value:
    return Value(data, label=label)


RESULTS: list[tuple[Callable[[], Value], str, str]] = [
    (lambda: log(leaf(0.0, "p")), "ln(p) = -inf, where p = 0", "with_logits"),
    (lambda: log(leaf(-1.0, "p")), "ln(p) = nan, where p = −1", "maximum(p, 1e-12)"),
    (lambda: log1p(leaf(-1.0)), "ln(1 + x) = -inf, where x = −1", "keep x above -1"),
    (lambda: log1p(leaf(-2.0)), "ln(1 + x) = nan, where x = −2", "keep x above -1"),
    (lambda: sqrt(leaf(-4.0)), "√(x) = nan, where x = −4", "no real square root"),
    (lambda: exp(leaf(1000.0, "z")), "exp(z) = inf, where z = 1000", "logsumexp, softmax"),
    (lambda: expm1(leaf(1000.0)), "= inf, where x = 1000", "709.78"),
    (lambda: leaf(1.0, "a") / leaf(0.0, "b"), "a/b = inf, where a = 1 and b = 0", "b + 1e-12"),
    (lambda: leaf(0.0, "a") / leaf(0.0, "b"), "a/b = nan", "0 / 0 is undefined"),
    (lambda: 1.0 / leaf(0.0, "n"), "1/n = inf, where n = 0", "n + 1e-12"),
    (lambda: leaf(1e300) / leaf(1e-300, "b"), "= inf", "so small that it overflows"),
    (lambda: leaf(0.0) ** -1.0, "x⁻¹ = inf, where x = 0", "divides by 0"),
    (lambda: leaf(-2.0) ** 0.5, "x^½ = nan, where x = −2", "abs(x)"),
    (lambda: leaf(1e200) ** 2.0, "x² = inf, where x = 1e200", "beyond the largest float"),
    (lambda: leaf(1e200, "a") * leaf(1e200, "b"), "a · b = inf", "lower the learning rate"),
    (lambda: leaf(1e308, "a") + leaf(1e308, "b"), "a + b = inf", "beyond the largest float"),
    (lambda: log2(leaf(0.0)), "log₂(x) = -inf", "the logarithm of 0 is -inf; keep it above 0"),
    (lambda: log2(leaf(-1.0)), "log₂(x) = nan", "no real logarithm"),
    (lambda: leaf(1.0).atanh(), "artanh(x) = inf", "infinite at 1 and -1; keep x between"),
    (lambda: leaf(2.0, "a").xlogy(leaf(0.0, "b")), "= -inf", "of 0 is -inf; keep b above 0"),
    (lambda: leaf(0.0).acosh(), "arcosh(x) = nan", "no number is defined there"),
    (lambda: leaf(0.0, "a") % leaf(0.0, "b"), "mod(a, b) = nan", "no number is defined there"),
    (lambda: leaf(2.0) * INF, "∞ · x = inf", "plain number in it is not finite"),
    (lambda: leaf(2.0) - NAN, "= nan", "plain number in it is not finite"),
]
GRADIENTS: list[tuple[Callable[[], Value], str, str]] = [
    (lambda: sqrt(leaf(0.0, "v")), "∂L/∂v = inf", "1/(2√x) is inf at x = 0"),
    (lambda: 0.0 * sqrt(leaf(0.0, "v")), "∂L/∂v = nan", "v + 1e-12"),
    (lambda: leaf(0.0, "v") ** 0.5, "∂L/∂v = inf", "n xⁿ⁻¹ is inf at x = 0"),
    (lambda: leaf(-2.0) ** leaf(2.0, "n"), "∂L/∂n = nan", "make the exponent a plain number"),
    (lambda: log(leaf(5e-324)), "∂L/∂x = inf", "1/x overflows"),
    (lambda: leaf(1.0).acos(), "∂L/∂x = -inf", "derivative is infinite at 1 and -1; keep x"),
    (lambda: leaf(1.0).acosh(), "∂L/∂x = inf", "derivative is infinite at 1; keep x above 1"),
    (lambda: 1.0 / leaf(1e-200), "∂L/∂x = -inf", "divisor overflows"),
    (
        lambda: leaf(1e-200, "a") * leaf(1e150, "b") * 1e200 * 1e150,
        "∂L/∂(a · b) = inf, though every result is finite",
        "grown beyond the largest float",
    ),
]


@pytest.mark.parametrize(("make", "what", "why"), RESULTS)
def test_a_result(make: Callable[[], Value], what: str, why: str) -> None:
    node = make()
    found = diagnose(node * 2.0 + 1.0)
    assert found is not None
    assert (found.node, found.kind) == (node, "result")
    assert found.number == node.data or math.isnan(node.data)
    assert what in str(found)
    assert why in str(found)


@pytest.mark.parametrize(("make", "what", "why"), GRADIENTS)
def test_a_gradient(make: Callable[[], Value], what: str, why: str) -> None:
    found = diagnose(make())
    assert found is not None
    assert found.kind == "gradient"
    assert not math.isfinite(found.number)
    assert what in str(found)
    assert why in str(found)


@pytest.mark.parametrize("make", [case[0] for case in RESULTS + GRADIENTS])
def test_it_says_one_sentence(make: Callable[[], Value]) -> None:
    text = str(diagnose(make()))
    assert text.endswith(".")
    assert ". " not in text
    assert "{" not in text
    assert "\n" not in text


@pytest.mark.parametrize("bad", [INF, -INF, NAN])
def test_an_input(bad: float) -> None:
    w = leaf(1.0, "w")
    loss = (w * 2.0 - 1.0) ** 2
    assert diagnose(loss) is None
    w.data = bad  # as after an update with too large a learning rate
    found = diagnose(loss)
    assert found is not None
    assert (found.node, found.kind) == (w, "input")
    assert str(found).startswith(f"w = {bad}, and it is an input")
    assert "learning rate" in str(found)


def test_the_first_of_several_and_not_what_follows() -> None:
    z = leaf(800.0, "z")
    first = exp(z)
    second = first / exp(z + 1.0)  # inf / inf
    found = diagnose(second - second)
    assert found is not None
    assert found.node is first


def test_a_whole_power_of_a_negative_number_overflows_and_is_no_fraction() -> None:
    for n in (400, 401):
        said = str(diagnose(Value(-10.0, label="x") ** n))
        assert "the result is beyond the largest float" in said
        assert "fraction" not in said


def test_an_unlabelled_operand_is_shown_with_what_it_is() -> None:
    p = leaf(1.0, "p")
    assert "where 1 − p = 0" in str(diagnose(log(1.0 - p)))


def test_braces_in_a_label_are_text() -> None:
    assert "maximum({a}{0}, 1e-12)" in str(diagnose(log(leaf(0.0, "{a}{0}"))))


def test_the_remedies_help() -> None:
    assert diagnose(log(maximum(leaf(0.0), 1e-12))) is None
    assert diagnose(sqrt(leaf(0.0) + 1e-12)) is None
    assert diagnose(1.0 / (leaf(0.0) + 1e-12)) is None
    assert diagnose((leaf(0.0) + 1e-12) ** 0.5) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_finite_graph_needs_no_diagnosis(seed: int) -> None:
    assert diagnose(random_graph(seed)) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_planted_infinity_is_found_where_it_was_planted(seed: int) -> None:
    root = random_graph(seed)
    planted = log(root - root.data)
    found = diagnose(random_graph(seed + 100) * planted)
    assert found is not None
    assert found.node is planted


def test_it_disturbs_no_gradient() -> None:
    v = leaf(0.0, "v")
    v.grad = 5.0
    y = sqrt(v)
    with no_grad():
        str(diagnose(y))
    assert [x.grad for x in topological_order(y)] == [5.0, 0.0]


# Finite, and yet nothing arrives


def test_an_underflowed_softmax() -> None:
    a, b = Value(-800.0, "a"), Value(0.0, "b")
    p = exp(a) / (exp(a) + exp(b))
    found = diagnose(-log(p + 1e-12))
    assert found is not None
    assert found.kind == "underflow"
    assert str(found).startswith("exp(a) = 0, where a = −800: eˣ underflows below x = −745.13")
    assert "cross_entropy" in str(found)
    assert diagnose(cross_entropy([Value(-800.0), Value(0.0)], 0)) is None


def test_a_dead_relu() -> None:
    def loss(bias: float) -> Value:
        w, b, v = Value(0.5, "w"), Value(bias, "b"), Value(2.0, "v")
        return mean([(v * (w * x + b).relu() + x - 1.0) ** 2 for x in (0.5, 1.0, 2.0)])

    found = diagnose(loss(-3.0))
    assert found is not None
    assert found.kind == "dead"
    assert str(found).startswith(
        "∂L/∂w = 0, because ReLU(2 · w + b) is off wherever w is used (3 times; the largest "
        "2 · w + b is −2): where that is so for all data, the unit is dead."
    )
    assert diagnose(loss(-0.9)) is None  # on in one sample
    one, w = Value(-1.0, "x"), Value(2.0, "w")
    assert diagnose(w * one.relu() + one) is None  # off in the only sample, and all is well
    assert diagnose((-w).relu() + (w * -2.0).relu() + w) is None  # a way leads past them
    silent = diagnose((w * one).relu() ** 2)
    assert silent is not None
    assert silent.kind == "dead"


def test_a_gradient_that_has_vanished() -> None:
    first, x = Value(3.0, "first"), Value(2.0, "x")
    a = first * x * 4.0
    for _ in range(4):
        a = tanh(a) * 3.0
    last = Value(0.5, "last")
    found = diagnose((last * a - 1.0) ** 2)
    assert found is not None
    assert found.kind == "vanishing"
    assert str(found).startswith("∂L/∂first = ")
    assert "most of all at" in str(found)
    assert "tanh(4 · first · x)" in str(found)
    # a softened one is not called so
    b = tanh(Value(0.3, "first") * 0.5)
    assert diagnose((last * b - 1.0) ** 2) is None


def test_a_gradient_that_vanishes_in_small_weights_is_not_blamed_on_the_activation() -> None:
    model = MLP(2, [3] * 30 + [1], activation="tanh", seed=0)
    for p in model.parameters():
        p.data *= 0.05
    found = diagnose((model([0.5, -1.0]) - 1.0) ** 2)
    assert found is not None
    assert found.kind == "vanishing"
    assert "not in an activation but in products of small numbers, such as w" in str(found)
    assert "Begin with larger weights" in str(found)


def test_a_sound_training_is_not_accused() -> None:
    for activation in ("relu", "tanh", "sigmoid"):
        model = MLP(2, [4, 4, 1], activation=activation, seed=3)
        points = [(0.2 * i - 1.0, 0.7 - 0.3 * (i % 5)) for i in range(12)]
        assert diagnose(mean([(model(list(p)) - p[0]) ** 2 for p in points])) is None


def test_the_names_of_a_model() -> None:
    model = MLP(1, [1, 1], activation="relu", seed=0)
    for p in model.parameters():
        p.data = -1.0
    found = diagnose(mean([(model([x]) - 1.0) ** 2 for x in (0.5, 1.0)]), model)
    assert found is not None
    assert "∂L/∂b⁽¹⁾₁ = 0" in str(found)
