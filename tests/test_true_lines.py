"""Every line of a derivation is true as it is read: its arithmetic, and its chain rules.

All 1,000 graphs of each are in storms/derivations.py; here are some of them.
"""

import re

import pytest
from chain_rule_reading import false_chain_rules
from displayed_arithmetic import equations, unfounded, untrue, worked_out
from graphs import random_graph, saturated_graph

from tinygrad_edu import Value, make_node
from tinygrad_edu.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    mse_loss,
    quadratic_cost,
)
from tinygrad_edu.nn import MLP
from tinygrad_edu.systems import linear_231, logistic
from tinygrad_edu.teach import derive, worksheet
from tinygrad_edu.teach.derivation.gradients import Gradients


@pytest.mark.parametrize("seed", range(0, 1000, 20))
def test_displayed_numbers_give_the_displayed_results(seed):
    digits = 3 + seed // 20 % 5
    root = random_graph(seed, size=4 + seed % 9)
    text = derive(root, detail="full", digits=digits, lr=0.1).text()
    assert untrue(text, digits) == []


@pytest.mark.parametrize("seed", range(7, 1000, 20))
def test_chain_rules_hold_as_they_are_read(seed):
    root = random_graph(seed, size=4 + seed % 9)
    assert false_chain_rules(root, derive(root, detail="full")) == []


@pytest.mark.parametrize("seed", range(12))
def test_the_lines_of_an_answer_key_add_up(seed):
    network = linear_231.Network()
    key = worksheet(network().loss, network.parameters(), seed=seed, digits=4, lr=1e-5).key.text()
    assert untrue(key, 4) == []
    assert len(list(equations(key))) > 20


@pytest.mark.parametrize("seed", range(0, 1000, 20))
def test_factors_follow_from_the_displayed_numbers_of_saturated_activations(seed):
    digits = 3 + seed // 20 % 5
    for root in (saturated_graph(seed), random_graph(seed, size=4 + seed % 9)):
        text = derive(root, detail="full", digits=digits).text()
        assert [*untrue(text, digits), *unfounded(text, digits)] == []


def test_where_digits_cancel_the_factor_is_shown_with_as_many_as_it_takes():
    w, x = Value(4.0, label="w"), Value(1.5, label="x")
    text = str(derive((w * x).tanh(), wrt=w))
    assert "= (1 − L²) · x = (1 − 0.9999877116508²) · 1.5 = 3.68648e-5" in text
    w.data = 16.0
    text = str(derive((w * x).tanh(), wrt=w))
    assert "since the digits cancel here, it is worked out in another way" in text
    assert "(1 − 1" not in text


def test_the_reader_of_factors_notices_what_the_displayed_digits_do_not_give(monkeypatch):
    from tinygrad_edu.teach.derivation import worked as module

    monkeypatch.setattr(module, "has_lost_digits", lambda *_: False)
    roots = map(saturated_graph, range(40))
    assert [root for root in roots if unfounded(derive(root, detail="full").text(), 6)]


def test_the_readers_find_what_is_false():
    assert untrue("L\n  L = ½ · (y − ŷ)² = ½ · (79 − 1049)² = 470528", 6)
    assert untrue("L\n  d = ŷ − y = 1049 − 79 = 970.1", 4)
    assert not untrue("L\n  d = ŷ − y = 1049.1 − 79 = 970.1", 4)
    assert untrue("w\n  w ← w − η · g = 0.5 − 0.1 · (−0.2) = 0.51", 2)
    assert worked_out("−(1 · ln(0.5) + 2^(−1) · √(4)) / 1e-1") == pytest.approx(-3.0685281944)


def test_the_reader_of_chain_rules_notices_a_local_derivative_that_is_written_as_a_total_one(
    monkeypatch,
):
    monkeypatch.setattr(Gradients, "is_direct", lambda *_: False)
    seeds = range(20)
    graphs = [random_graph(seed, 8) for seed in seeds]
    assert any(false_chain_rules(root, derive(root, detail="full")) for root in graphs)


# Cases that were once false, or not as a textbook has them


def lines(document):
    return [re.sub(r"\s+", " ", row).strip() for row in document.text(10_000).split("\n")]


def test_the_numbers_that_a_model_is_given_have_names():
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    text = derive(mse_loss([model([0.5, 0.25])], [0.4667]), model=model).text()
    assert "x₁ = 0.5 " in text
    assert "x₂ = 0.25" in text
    assert "y = 0.4667" in text
    assert "L = (z⁽²⁾₁ − y)² = " in text  # and no "/1"
    both = mse_loss([model([0.5, 0.25]), model([1.0, 2.0])], [1.0, 0.0])
    text = derive(both, model=model).text(10_000)
    assert "x⁽²⁾₂ = 2 " in text
    assert "L = ((z⁽²⁾₁ − y⁽¹⁾)² + (z⁽²⁾₁[2] − y⁽²⁾)²) / 2 = " in text


def test_plain_numbers_of_a_formula_are_written_to_their_end():
    w, b = Value(0.3, label="w"), Value(0.2, label="b")
    text = derive((0.123456789 * w - b) ** 2, digits=3).text()
    assert "(0.123456789 · w − b)²" in text


def test_a_target_is_not_called_x():
    model = MLP(2, [1], activation="tanh", seed=1)
    text = derive(quadratic_cost([model([1, 2])], [1.0]), model=model).text()
    assert "L = (y − z⁽¹⁾₁)² / 2 = " in text
    text = derive(quadratic_cost([Value(2.0, label="a") ** 2], [1.0])).text()
    assert "(y − a²)²" in text


def test_the_side_of_a_kink_is_said():
    z = Value(2.0, label="w") * Value(0.5, label="x")
    z.label = "z"
    a = z.relu()
    a.label = "a"
    text = derive(a * 3.0, "w").text(10_000)
    assert "ReLU′(z) is 1 where z > 0, and 0 elsewhere." in text
    assert "= 3 · ReLU′(z) · x = 3 · 1 · x = 3 · x = 3 · 0.5 = 1.5   since z > 0" in text
    a, b = Value(1.0, label="a"), Value(4.0, label="b")
    assert "since a < b" in derive(a.maximum(b) * 2.0).text()
    assert "since a − b < 0" in derive(abs(a - b)).text()


def test_binary_cross_entropy_ends_in_a_minus_y():
    for target in (0.0, 1.0, 0.25):
        a, y = Value(0.8, label="z").sigmoid(), target
        a.label = "a"
        loss = binary_cross_entropy([a], [y])
        assert "L = −(y · ln(a) + (1 − y) · ln(1 − a)) = " in derive(loss).text(10_000)
        [gradient] = [row for row in lines(derive(loss)) if row.startswith("∂L/∂z =")]
        assert " · a · (1 − a) = a − y = " in gradient
    loss = binary_cross_entropy_with_logits([Value(0.8, label="z")], [1.0])
    assert " = p − y = 0.689974 − 1 = −0.310026" in derive(loss).text(10_000)


def test_the_mean_of_binary_cross_entropies():
    model = MLP(2, [1], output_activation="sigmoid", seed=1)
    loss = binary_cross_entropy([model([0.5, 1.0]), model([-1.0, 2.0])], [1, 0])
    text = derive(loss, model=model).text(10_000)
    assert "L = (ℓ⁽¹⁾ + ℓ⁽²⁾) / 2 = " in text
    assert " = ½ · (a⁽¹⁾₁ − y⁽¹⁾) · x⁽¹⁾₁ + ½ · (a⁽¹⁾₁[2] − y⁽²⁾) · x⁽²⁾₁ = " in text
    assert "max(" not in text
    assert "e-44" not in text


def test_softmax_with_cross_entropy_ends_in_p_minus_y():
    logits = [Value(x, label=f"z{i}") for i, x in zip("₁₂₃", (0.3, -1.0, 0.5))]
    found = lines(derive(cross_entropy(logits, 1)))
    loss = "L = −(y₁ · ln(p₁) + y₂ · ln(p₂) + y₃ · ln(p₃)) = −ln(p₂) = −ln(0.109278) = 2.21386"
    assert loss in found
    assert "∂L/∂z₁ = p₁ − y₁ = 0.400973 − 0 = 0.400973" in found
    assert "∂L/∂z₂ = p₂ − y₂ = 0.109278 − 1 = −0.890722" in found
    model = MLP(2, [3], activation="tanh", seed=1)
    loss = cross_entropy([model([0.5, -1.0]), model([0.25, 1.0])], [1, 0])
    found = lines(derive(loss, model.parameters(), model=model))
    assert any(row.startswith("∂ℓ⁽²⁾/∂z⁽¹⁾₁[2] = p⁽²⁾₁ − y⁽²⁾₁ = ") for row in found) or any(
        "½ · (p⁽²⁾₁ − y⁽²⁾₁) · x⁽²⁾₁" in row for row in found
    )


@pytest.mark.parametrize("loss", [binary_cross_entropy_with_logits, hinge_loss, mse_loss])
def test_a_saturated_loss_keeps_the_engines_gradient(loss):
    z = Value(60.0, label="z")
    root = loss([z], [1.0])
    root.backward()
    [row] = [row for row in lines(derive(root, digits=12)) if row.startswith("∂L/∂z =")]
    result = worked_out(row.split(" = ")[-1].split(" since")[0])
    assert result == pytest.approx(z.grad, rel=1e-9)


def test_derivatives_are_written_in_the_operands():
    x, w = Value(0.7, label="x"), Value(0.3, label="w")
    assert "∂L/∂x = −w/x² = " in derive(w / x).text()
    assert "1 / (2 · √(x)) = " in derive(x.sqrt()).text()
    assert "∂L/∂x = 1 + tan(x)² = " in derive(x.tan()).text()
    assert "∂L/∂x = exp(x) = " in derive(x.exp()).text()


def test_the_bias_comes_last():
    model = MLP(2, [1], seed=1)
    assert (
        "w⁽¹⁾₁₁ · x₁ + w⁽¹⁾₁₂ · x₂ + b⁽¹⁾₁ = " in derive(model([1.0, 2.0]) ** 2, model=model).text()
    )


def test_every_weighted_sum_has_a_delta_or_none():
    model = MLP(2, [3, 3, 1], activation="tanh", seed=1)
    text = derive(mse_loss([model([0.5, -1.0])], [1.0]), model.parameters(), model=model).text()
    left = re.findall(r"^  (\S+) +=", text.split("Backward pass")[1], re.MULTILINE)
    assert {"δ⁽³⁾₁", "δ⁽²⁾₁", "δ⁽¹⁾₃"} <= set(left)
    assert not [name for name in left if re.match("∂L/∂z", name)]


def test_gradients_come_in_the_order_of_layers():
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    text = derive(mse_loss([model([0.5, -1.0])], [1.0]), model.parameters(), model=model).text()
    left = re.findall(r"^  ∂L/∂([wb]\S+) +=", text, re.MULTILINE)
    assert left[:3] == ["w⁽²⁾₁₁", "w⁽²⁾₁₂", "b⁽²⁾₁"]
    assert left[3:] == ["w⁽¹⁾₁₁", "w⁽¹⁾₁₂", "b⁽¹⁾₁", "w⁽¹⁾₂₁", "w⁽¹⁾₂₂", "b⁽¹⁾₂"]


def test_local_derivatives_that_a_short_graph_repeats_have_lines_of_their_own():
    found = lines(derive(logistic.graph(), ["w₁", "w₂", "b"]))
    start = found.index("Local derivatives")
    assert found[start + 1].startswith("∂J/∂a = −y/a + (1 − y) / (1 − a) = ")
    assert found[start + 2] == "∂a/∂z = a · (1 − a) = 0.79413 · (1 − 0.79413) = 0.163488"
    assert found[start + 3] == "∂z/∂w₁ = x₁ = 1.5"


def test_a_difference_that_comes_to_nothing_is_0():
    x = Value(0.1, label="x")
    root = x * 3.0 - (x + x + x)
    assert "∂L/∂x" in derive(root).text()
    assert "e-" not in derive(root).text().split("Backward")[1]


def test_a_node_that_was_made_by_its_numbers_is_derived():
    model = MLP(2, [2], seed=0)
    a, b = model([1.0, 2.0])
    r = make_node(5.0, (a, 0.6), (b, 0.8), op="distance")
    r.label = "r"
    text = derive((r - 1.0) ** 2, model.parameters(), model=model).text(10_000)
    assert "r = distance(z⁽¹⁾₁, z⁽¹⁾₂) = " in text
    assert "= 2 · (r − 1) · 0.6 · 2 = " in text
