"""The wrong algorithms give what such programs give, and say where and why they depart."""

from __future__ import annotations

import math

import pytest
from graphs import random_graph

from tinygrad_edu import Value, no_grad, tanh, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach.misconceptions import (
    EXAMPLES,
    MISCONCEPTIONS,
    assigning,
    at_updated_data,
    keeping_inner_gradients,
    without_topological_order,
    without_zero_grad,
)


def labelled(gradients: dict[Value, float]) -> dict[str, float]:
    return {v.label: x for v, x in gradients.items() if v.label}


def tree() -> Value:
    """Every value is used once, nothing is between root and leaves, and the root is linear."""
    return Value(2.0, "a") + Value(3.0, "b")


# Worked by hand


def test_without_topological_order() -> None:
    # L = h + tanh h, h = 3x: h passes on 1 · 3 to x before tanh'(h) has arrived
    outcome = without_topological_order(EXAMPLES["without_topological_order"]())
    slope = 1.0 - math.tanh(1.5) ** 2
    assert labelled(outcome.gradients) == pytest.approx({"x": 3.0, "h": 1.0 + slope, "L": 1.0})
    assert labelled(outcome.right) == pytest.approx(
        {"x": 3.0 * (1.0 + slope), "h": 1.0 + slope, "L": 1.0}
    )
    assert outcome.first is not None
    assert outcome.first.label == "x"
    assert str(outcome) == (
        "Without a topological order: ∂L/∂x = 3 where 3.54212 is right, because h passed its "
        "gradient on when it was 1; the rest of its 1.18071 came later, on a longer path."
    )


def test_assigning() -> None:
    # L = ab + a with a = 2, b = -3: ∂L/∂a = 1 + b, and only b is kept
    outcome = assigning(EXAMPLES["assigning"]())
    assert labelled(outcome.gradients) == {"a": -3.0, "b": 2.0, "L": 1.0}
    assert outcome.first is not None
    assert outcome.first.label == "a"
    assert "a is used 2 times, so its gradient is a sum, 1 + (−3); only the last" in str(outcome)


def test_without_zero_grad() -> None:
    # L = (wx - 3)², w = 0.5, x = 2: ∂L/∂ŷ = 2(1 - 3) = -4, ∂L/∂w = -8, and twice that
    outcome = without_zero_grad(EXAMPLES["without_zero_grad"]())
    assert labelled(outcome.gradients) == {"w": -16.0, "x": -4.0, "ŷ": -4.0, "L": 1.0}
    assert labelled(outcome.right) == {"w": -8.0, "x": -2.0, "ŷ": -4.0, "L": 1.0}
    assert "adds its −8 to the −8 that the first one left" in str(outcome)


def test_keeping_inner_gradients() -> None:
    # (ab)a with a = 2, b = 3: ∂L/∂a = 2ab = 12 and ∂L/∂b = a² = 4, after two calls 24 and 8
    outcome = keeping_inner_gradients(EXAMPLES["keeping_inner_gradients"]())
    assert labelled(outcome.gradients) == {"a": 30.0, "b": 12.0, "c": 4.0, "L": 1.0}
    assert labelled(outcome.right) == {"a": 24.0, "b": 8.0, "c": 2.0, "L": 1.0}
    assert outcome.first is not None
    assert outcome.first.label == "c"


def test_what_is_right_after_two_calls_is_what_the_engine_gives() -> None:
    root = EXAMPLES["keeping_inner_gradients"]()
    right = keeping_inner_gradients(root).right
    root.backward()
    root.backward()
    assert right == {v: v.grad for v in right}


def test_keeping_inner_gradients_is_what_micrograd_does() -> None:
    micrograd = pytest.importorskip("micrograd.engine", reason="compares with micrograd")
    a, b = micrograd.Value(2.0), micrograd.Value(3.0)
    y = (a * b) * a
    y.backward()
    y.backward()
    outcome = keeping_inner_gradients(EXAMPLES["keeping_inner_gradients"]())
    assert (a.grad, b.grad) == (30.0, 12.0)
    assert labelled(outcome.gradients)["a"] == a.grad
    assert labelled(outcome.gradients)["b"] == b.grad


def test_at_updated_data() -> None:
    # L = (w₂ tanh(w₁x) - 1)²: the step is taken, then e · w₂(new) · tanh'(w₁x) · x(new) for w₁
    root = EXAMPLES["at_updated_data"]()
    w1, w2, x = 0.5, -2.0, 1.5
    h = math.tanh(w1 * x)
    e = 2.0 * (w2 * h - 1.0)
    new_w2 = w2 - 0.1 * e * h
    new_x = x - 0.1 * e * w2 * (1.0 - h * h) * w1
    outcome = at_updated_data(root)
    found = labelled(outcome.gradients)
    assert found["ŷ"] == pytest.approx(e)
    assert found["h"] == pytest.approx(e * new_w2)
    assert found["w₁"] == pytest.approx(e * new_w2 * (1.0 - h * h) * new_x)
    assert "because ∂ŷ/∂h is taken as" in str(outcome)
    assert outcome.first is not None
    assert outcome.first.label == "h"
    assert labelled(at_updated_data(root, learning_rate=0.0).gradients) == pytest.approx(
        labelled(outcome.right)
    )
    assert at_updated_data(root, learning_rate=0.0)


# On any graph


@pytest.mark.parametrize("name", MISCONCEPTIONS)
def test_each_goes_wrong_on_its_example(name: str) -> None:
    outcome = MISCONCEPTIONS[name](EXAMPLES[name]())
    assert not outcome
    assert outcome.first is not None
    assert outcome.gradients[outcome.first] != outcome.right[outcome.first]
    assert outcome.why in str(outcome)
    assert " ".join(repr(outcome).split()) == str(outcome)


@pytest.mark.parametrize("name", MISCONCEPTIONS)
def test_each_is_right_where_it_does_not_matter(name: str) -> None:
    root = tree() if name != "without_zero_grad" else tree() * 0.0
    outcome = MISCONCEPTIONS[name](root)
    assert outcome
    assert outcome.first is None
    assert str(outcome).endswith("on this graph every gradient is right all the same.")


@pytest.mark.parametrize("name", sorted(set(MISCONCEPTIONS) - {"without_zero_grad"}))
def test_each_is_right_on_a_single_value(name: str) -> None:
    x = Value(2.0, "x")
    assert MISCONCEPTIONS[name](x)
    assert MISCONCEPTIONS[name](x).gradients == {x: 1.0}


@pytest.mark.parametrize("name", MISCONCEPTIONS)
def test_on_random_graphs_the_first_departure_is_the_first(name: str) -> None:
    departed = 0
    for seed in range(40):
        root = random_graph(seed)
        outcome = MISCONCEPTIONS[name](root)
        assert set(outcome.gradients) == set(outcome.right) == set(topological_order(root))
        if outcome.first is None:
            assert outcome.gradients == pytest.approx(outcome.right, rel=1e-9, abs=1e-9)
            continue
        departed += 1
        first = outcome.first
        for node in topological_order(root):
            if first in node.operands:  # what its gradient comes from is right
                assert outcome.gradients[node] == pytest.approx(outcome.right[node])
        text = str(outcome)
        assert outcome.words.gradient(first) in text
        assert "nan" not in text
    assert departed >= 10


@pytest.mark.parametrize("seed", range(20))
def test_a_chain_needs_neither_order_nor_sums(seed: int) -> None:
    y = Value(0.1 * seed, "x")
    for _ in range(5):
        y = tanh(y * 1.5) + 0.5
    assert without_topological_order(y)
    assert assigning(y)


@pytest.mark.parametrize("name", MISCONCEPTIONS)
def test_it_disturbs_nothing(name: str) -> None:
    root = random_graph(4)
    for i, v in enumerate(topological_order(root)):
        v.grad = float(i)
    before = [(v.data, v.grad) for v in topological_order(root)]
    expected = str(MISCONCEPTIONS[name](root))
    with no_grad():
        assert str(MISCONCEPTIONS[name](root)) == expected
    assert [(v.data, v.grad) for v in topological_order(root)] == before


def test_it_is_fast_enough_for_a_deep_graph() -> None:
    y = Value(0.5, "x")
    for _ in range(3000):
        y = y * 0.999 + 0.001
    for run in MISCONCEPTIONS.values():
        assert str(run(y))


@pytest.mark.parametrize("name", MISCONCEPTIONS)
def test_a_model_names_its_parameters(name: str) -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    root = (model([0.5, -1.0]) - 0.25) ** 2
    outcome = MISCONCEPTIONS[name](root, model=model)
    names = {str(n) for v, n in outcome.words.names.items() if v in set(model.parameters())}
    assert "w⁽¹⁾₁₂" in names
