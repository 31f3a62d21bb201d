"""Derivations of graphs as learners make them, read by someone who marks in red."""

import gc
import math
import re

import pytest

from tinygrad_edu import OPS, Value, define, topological_order
from tinygrad_edu.engine import record
from tinygrad_edu.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    quadratic_cost,
)
from tinygrad_edu.nn import MLP, Layer, Module
from tinygrad_edu.teach import derive, names, worksheet
from tinygrad_edu.teach.notation.naming import live_model


def said(root, *wrt, **options):
    """The derivation in one row a line, blanks aside."""
    text = derive(root, list(wrt) or None, **options).text(10_000)
    return [re.sub(r"\s+", " ", row).strip() for row in text.split("\n")]


def line(root, left, *wrt):
    [found] = [row for row in said(root, *wrt) if row.startswith(f"{left} = ")]
    return found


@pytest.mark.parametrize("sizes", [[1], [3]])
def test_a_model_of_one_layer_is_the_model_and_not_its_layer(sizes):
    gc.collect()
    model = MLP(2, sizes, activation="tanh", seed=1)
    outputs = model([0.5, -1.0])
    one = sizes == [1]
    root = quadratic_cost([outputs] if one else outputs, [1.0] * sizes[0])
    assert live_model([*model.parameters(), root]) is model
    found = "\n".join(said(root))
    assert "w⁽¹⁾₁₂" in found
    assert "x₂ = −1" in found
    assert "neurons" not in found


def test_a_model_that_is_made_around_a_layer_is_the_model():
    class Whole(Module):
        def __init__(self, layer):
            self.only = layer

    gc.collect()
    layer = Layer(2, 1, seed=0)
    whole = Whole(layer)
    root = layer([0.5, 1.0]) ** 2
    assert live_model([*layer.parameters(), root]) is whole
    assert "b⁽¹⁾₁" in {str(name) for name in names(root).values()}  # (in the layer, neurons.0.b)


def test_a_root_beside_a_leaf_called_L_has_another_name():
    L, a = Value(0.5, "L"), Value(2.0, "a")
    assert line((L * a).tanh(), "J").startswith("J = tanh(z₁)")
    J = Value(1.0, "J")
    found = said((L * a * J).tanh())
    assert "The derivation of ∂C/∂L, ∂C/∂a, ∂C/∂J" in found
    assert "Loss" in found
    assert not any("[2]" in row for row in found)


def test_a_leaf_called_as_a_gradient_is_put_in_brackets():
    g, w = Value(2.0, "∂L/∂w"), Value(1.5, "w")
    document = derive(g * w)
    assert "∂L/∂(∂L/∂w) = w = 1.5" in document.text()
    assert r"{\partial (\partial L/\partial w)}" in document.latex()


def test_numbers_that_no_decimals_end_are_not_in_formulas():
    x = Value(3.0, "x")
    assert "1 / (x · ln(2)) = " in line(OPS["log2"].function(x), "∂L/∂x")
    assert "1 / (x · ln(10)) = " in line(OPS["log10"].function(x), "∂L/∂x")
    assert "2 · exp(−x²) / √(π) = " in line(OPS["erf"].function(x), "∂L/∂x")
    w, b = Value(0.2, "w"), Value(0.1, "b")
    pairs = ((1.0, 2.0), (2.0, 3.5), (3.0, 5.1))
    root = sum([(w * x + b - y) ** 2 for x, y in pairs]) / 3
    found = line(root, "∂L/∂w")
    assert " + 1/3 · 2 · (2 · w + b − 3.5) · 2 + 1/3 · 2 · (3 · w + b − 5.1) · 3 = " in found
    assert " = 28/3 · w + 4 · b − 16.2 = 28/3 · 0.2 + 4 · 0.1 − 16.2 = " in found
    assert not re.search(r"\d\.\d{9}", "\n".join(said(root)))


def test_the_zero_that_a_sum_begins_with_is_not_written():
    w = [Value(1.0 + i, f"w{i}") for i in range(3)]
    root = sum([v * v for v in w]) ** 2
    assert line(root, "z₁") == "z₁ = w0² + w1² + w2² = 1² + 2² + 3² = 14"
    x = Value(2.0, "x")
    assert line((x + 0.0) * 3.0, "L") == "L = 3 · (x + 0) = 3 · (2 + 0) = 6"


def test_a_tie_is_a_half_for_each():
    a, b = Value(2.0, "a"), Value(2.0, "b")
    root = a.maximum(b) * 3.0
    assert line(root, "∂L/∂a") == "∂L/∂a = 3 · ½ = 1.5 since a = b"
    assert any("½ for each of two equal ones" in row for row in said(root))


def test_a_reason_is_that_of_the_path_and_of_no_other():
    a, b = Value(0.3, "a"), Value(0.4, "b")
    root = l1_loss([a, b], [1.0, 0.4])
    assert line(root, "∂L/∂a") == "∂L/∂a = ½ · (−1) = −½ = −0.5 since a − 1 < 0"
    assert line(root, "∂L/∂b") == "∂L/∂b = ½ · 0 = 0 since b − 0.4 = 0"


def test_two_paths_have_their_reasons():
    x = Value(-0.5, "x")
    root = x.maximum(0.0).minimum(1.0) * 2.0 + x
    assert line(root, "∂L/∂x").endswith("= 2 · 0 + 1 = 1 since z₁ < 1, since x < 0")


def test_a_long_derivative_that_becomes_short_is_written_before():
    w = Value(0.7, "w")
    found = line((w + 1.0) * (w - 1.0) / (w * w), "∂L/∂w")
    assert "= (w − 1) · 1/w² + (w + 1) · 1/w² + " in found
    assert " = 2/w³ = " in found


def test_gradients_come_in_the_order_of_what_is_given():
    z = [Value(x, f"z{i + 1}") for i, x in enumerate((0.3, -1.0, 0.2, 0.5))]
    found = said(cross_entropy(z, 2))
    assert found[0] == "The derivation of ∂L/∂z1, ∂L/∂z2, ∂L/∂z3, ∂L/∂z4"
    gc.collect()
    model = MLP(2, [3], activation="tanh", seed=1)
    left = [row.split(" = ")[0] for row in said(cross_entropy([model([0.5, -1.0])], [1]))]
    found = [name[4:] for name in left if re.fullmatch(r"∂L/∂[wb]⁽¹⁾\S+", name)]
    assert found == [f"{v}⁽¹⁾{i}{j}" for i in "₁₂₃" for v, j in (("w", "₁"), ("w", "₂"), ("b", ""))]


def test_the_logits_of_a_softmax_come_in_their_order():
    z = [Value(0.1 * i, f"z{i}") for i in range(1, 12)]
    text = derive(cross_entropy(z, 3), detail="full").text(10_000)
    assert "exp(z2) + exp(z3)" in text
    assert "exp(z9) + exp(z10) + exp(z11)" in text


def test_two_logits_are_a_softmax_too():
    z = [Value(0.3, "z₁"), Value(-1.0, "z₂")]
    assert line(cross_entropy(z, 1), "∂L/∂z₂") == "∂L/∂z₂ = p₂ − y₂ = 0.214165 − 1 = −0.785835"
    score = [Value(0.3, "s"), Value(-1.0, "t")]
    assert "L = softplus(z₁) = " in "\n".join(said((score[0] - score[1]).softplus()))


def test_samples_are_counted_whether_they_have_labels_or_not():
    gc.collect()
    model = MLP(2, [1], activation="tanh", seed=0)
    labelled = [Value(0.5, "x⁽¹⁾₁"), Value(-1.0, "x⁽¹⁾₂")]
    root = mse_loss([model(labelled), model([1.0, 2.0])], [1.0, 0.0])
    found = "\n".join(said(root, *model.parameters()))
    assert "w⁽¹⁾₁₁ · x⁽²⁾₁ + w⁽¹⁾₁₂ · x⁽²⁾₂ + b⁽¹⁾₁" in found


def test_an_operation_of_ones_own_is_derived_by_its_rule():
    def cube(x):
        return record(x.data**3, op, x, 3.0 * x.data**2)

    op = define("cubed", cube, lambda x, y: 3.0 * x * x, text="cube")
    try:
        w, x = Value(0.5, "w"), Value(2.0, "x")
        found = line(cube(w * x + 1.0) * 2.0, "∂L/∂w")
        assert " = 6 · (w · x + 1)² · x = 6 · (0.5 · 2 + 1)² · 2 = 48" in found
    finally:
        del OPS["cubed"]


@pytest.mark.parametrize("targets", [[0.2, 0.3, 0.5], [0.0, 0.25, 0.75], [0.1, 0.2, 0.3, 0.4]])
def test_probabilities_as_targets_are_one_softmax(targets):
    z = [Value(x, f"z{i + 1}") for i, x in enumerate((0.3, -1.0, 0.2, 0.5)[: len(targets)])]
    root = cross_entropy([z], [targets])
    found = said(root)
    given = next(row for row in found if row.startswith("z1 = "))
    for i, y in enumerate(targets):
        assert given.count(f"y{i + 1} = ") == 1
        assert f"y{i + 1} = {y:g}" in given
    root.backward()
    for i, v in enumerate(z):
        row = line(root, f"∂L/∂z{i + 1}")
        assert row.startswith(f"∂L/∂z{i + 1} = p{i + 1} − y{i + 1} = ")
        assert float(row.split(" = ")[-1].replace("−", "-")) == pytest.approx(v.grad, abs=1e-5)


def test_a_batch_with_probabilities_as_targets():
    gc.collect()
    model = MLP(2, [3], activation="tanh", seed=1)
    X, y = [[0.5, -1.0], [0.25, 1.0]], [[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]]
    root = cross_entropy([model(x) for x in X], y)
    text = derive(root, model.parameters(), model=model).text(10_000)
    assert "y⁽¹⁾₂ = 0.3" in text
    assert "½ · (p⁽¹⁾₁ − y⁽¹⁾₁) · x⁽¹⁾₁ + ½ · (p⁽²⁾₁ − y⁽²⁾₁) · x⁽²⁾₁ = " in text
    pytest.importorskip("numpy", reason="the matrix form needs NumPy")
    assert " = 1/2 · (P − Y)" in derive(root, model=model, form="matrix").text(10_000).replace(
        "½", "1/2"
    )


def test_what_is_given_stands_in_the_order_in_which_it_is_read():
    a, b, c = Value(1.0, "a"), Value(3.0, "b"), Value(2.0, "c")
    assert "a = 1 b = 3 c = 2" in said(a / (b / c))
    assert "a = 1 b = 3 c = 2" in said(a - (b - c) - (-a))


def test_a_power_of_a_number_with_an_exponent_has_brackets():
    a, b = Value(1.0, "a"), Value(1e-12, "b")
    assert line(a / b, "∂L/∂b") == "∂L/∂b = −a/b² = −1/(1e-12)² = −1e24"


def test_numbers_stand_first_wherever_they_were_typed():
    E, k = Value(2.0, "E"), Value(1.5, "k")
    root = E * 3 * E + E * 2.5 - k * 0.5 * (k - E)
    assert line(root, "L") == (
        "L = 3 · E² + 2.5 · E − ½ · k · (k − E) = 3 · 2² + 2.5 · 2 − ½ · 1.5 · (1.5 − 2) = 17.375"
    )
    assert " = 6 · E + 2.5 + ½ · k = " in line(root, "∂L/∂E")
    assert line((E * k * 3.0).tanh(), "z₁").startswith("z₁ = 3 · E · k = 3 · 2 · 1.5 = ")


def test_factors_stand_in_the_order_in_which_they_are_read():
    a, b, c, d = (Value(x, name) for name, x in zip("abcd", (2.0, 3.0, 5.0, 7.0)))
    root = a * b * c * d
    assert line(root, "∂L/∂a") == "∂L/∂a = b · c · d = 3 · 5 · 7 = 105"
    assert line(root, "∂L/∂b") == "∂L/∂b = a · c · d = 2 · 5 · 7 = 70"
    assert line(root * 4.0, "∂L/∂c") == "∂L/∂c = 4 · a · b · d = 4 · 2 · 3 · 7 = 168"
    assert line(a * b * a, "L") == "L = a² · b = 2² · 3 = 12"


def test_terms_stand_in_the_order_in_which_they_are_read_and_a_constant_last():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    root = mse_loss([w * x + b for x in range(4)], [0.1, 0.4, 0.7, 1.0])
    assert " = 7 · w + 3 · b − 2.4 = " in line(root, "∂L/∂w")
    assert " = 3 · w + 2 · b − 1.1 = " in line(root, "∂L/∂b")


def test_no_number_is_rounded_in_a_formula():
    """253/3, and not 84.3333333333333; 0.2 / (3 · x), and not 1/15/x."""
    w, b = Value(0.5, "w"), Value(0.1, "b")
    root = mse_loss([w * x + b for x in range(12)], [0.3 * i + 0.1 for i in range(12)])
    assert " = 253/3 · w + 11 · b − 26.4 = 253/3 · 0.5 + 11 · 0.1 − 26.4 = " in line(root, "∂L/∂w")
    assert not any(re.search(r"\d\.\d{10}", row) for row in said(root))
    found = line((w.log() * 0.2 + b) / 3.0, "∂L/∂w")
    assert " = 0.2 / (3 · w) = 0.2 / (3 · 0.5) = 0.133333" in found
    assert " = 1/3 · 1 " not in "".join(said(hinge_loss([w * 1.5 + b], [1])))


def test_what_is_subtracted_twice_is_added():
    w = Value(0.5, "w")
    assert line(l1_loss([w * 2.0], [-1.0]), "L") == "L = |2 · w + 1| = |2 · 0.5 + 1| = 2"
    assert line(w - (w + 1.0) * (-2.0), "L") == "L = w + 2 · (w + 1) = 0.5 + 2 · (0.5 + 1) = 3.5"


def test_a_sum_of_products_is_not_simplified_in_a_jump():
    w, b = Value(0.5, "w"), Value(0.2, "b")
    root = quadratic_cost([[w * x + b] for x in (1.0, -2.0)], [[1.0], [-1.0]])
    found = line(root, "∂L/∂w")
    assert found.index(" · (½ · 2 · (y⁽¹⁾ − w − b) · (−1) + ") < found.index(" = ½ · (5 · w ")


def test_a_path_that_is_0_is_dropped_and_its_reason_is_kept():
    w = Value(0.5, "w")
    found = line(huber_loss([w * 8.0, w * 2.0], [1.0, 0.5]), "∂L/∂z₁")
    assert " · 0 + ½ · z₂ = ½ · z₂ = " in found
    assert "= 0 +" not in found
    assert found.endswith("since z₁ > 1")


# Targets


def test_the_targets_of_a_divergence_are_y():
    q = [Value(x, f"q{i}") for i, x in enumerate((-1.6, -1.2, -0.7), 1)]
    root = kl_div(q, [0.1, 0.6, 0.3], reduction="sum")
    assert "y₁ = 0.1 q1 = −1.6 y₂ = 0.6 q2 = −1.2 y₃ = 0.3 q3 = −0.7" in said(root)
    assert line(root, "L").startswith("L = y₁ · (ln(y₁) − q1) + y₂ · (ln(y₂) − q2) + ")
    for v in q:
        v.grad = 0.0
    root.backward()
    assert line(root, "∂L/∂q2") == "∂L/∂q2 = y₂ · (−1) = −y₂ = −0.6"
    assert q[1].grad == pytest.approx(-0.6)
    found = said(kl_div(q, [-2.0, -0.5, -1.0], reduction="sum", log_target=True))
    assert any(row.startswith("L = exp(y₁) · (y₁ − q1) + exp(y₂) · (y₂ − q2) + ") for row in found)
    assert line(kl_div(Value(-0.5, "x"), 0.3), "L").startswith("L = y · (ln(y) − x) = 0.3 · ")


def test_the_number_of_a_divergence_is_no_value_to_derive_by():
    """As a number it has no gradient, and the leaf in ln y has not the one of y."""
    x = Value(-0.5)
    root = kl_div(x, 0.3)
    assert said(root)[0] == "The derivation of ∂L/∂x₁"
    (leaf,) = [v for v in topological_order(root) if v.data == 0.3]
    leaf.grad = 0.0
    root.backward()
    assert float(said(root, leaf)[-1].split(" = ")[-1]) == pytest.approx(leaf.grad)


def test_targets_that_are_values_without_a_label_are_y_and_are_derived():
    x, y = Value(-0.5), Value(0.3)
    root = kl_div(x, y)
    root.backward()
    found = line(root, "∂L/∂y")
    assert found.startswith("∂L/∂y = y · 1/y + (ln(y) − x₁) = 1 + ln(y) − x₁ = ")
    assert float(found.split(" = ")[-1].replace("−", "-")) == pytest.approx(y.grad, abs=1e-6)


def test_the_targets_of_a_divergence_of_a_network():
    gc.collect()
    model = MLP(2, [3], activation="tanh", seed=1)
    root = kl_div([model([0.5, -1.0])], [[0.2, 0.5, 0.3]])
    found = said(root)
    assert found[0].endswith("(9 gradients)")
    assert str(worksheet(root).key).count("y₂ = 0.5") == 1
    assert any("(ln(y₂) − z⁽¹⁾₂)" in row for row in found)
    assert any(row.startswith("z⁽¹⁾₁ = w⁽¹⁾₁₁ · x₁ + w⁽¹⁾₁₂ · x₂ + b⁽¹⁾₁ = ") for row in found)


def test_the_targets_of_a_hinge_loss_are_y():
    w, b = Value(0.5, "w"), Value(0.2, "b")
    root = hinge_loss([w * x + b for x in (1.0, -2.0)], [1, -1])
    assert line(root, "z₂") == ("z₂ = 1 − y⁽²⁾ · (−2 · w + b) = 1 − (−1 · (−2 · 0.5 + 0.2)) = 0.2")


def test_a_target_with_a_label_is_its_label():
    w, y = Value(0.5, "w"), Value(1.0, "t")
    found = line(binary_cross_entropy_with_logits([w * 3.0], [y]), "∂L/∂w")
    assert found.startswith("∂L/∂w = ∂L/∂p · ∂p/∂z₁ · ∂z₁/∂w = (−t/p + (1 − t) / (1 − p)) · p · ")
    assert " = 3 · (p − t) = " in found


# One symbol has one value


def test_the_second_value_of_a_name_tells_of_the_first_as_it_is_written():
    a = Value(0.5, "a")
    h = a * a
    h.label = "a_2"
    assert "a_2[2] is the second of the values called a2." in said(h * Value(2.0, "a2") + a)


def test_probabilities_and_targets_have_letters_that_are_free():
    z = [Value(0.1 * i, f"z{i}") for i in (1, 2, 3)]
    found = said(cross_entropy(z, 1) * Value(2.0, "p1") + Value(3.0, "y2"))
    assert any(row.endswith("p1 = 2 y2 = 3 t1 = 0 t2 = 1 t3 = 0") for row in found)
    assert any(row.startswith("q1 = exp(z1) / (") for row in found)
    assert any("∂qₖ/∂zᵢ is qᵢ · (1 − qᵢ)" in row for row in found)


def test_no_gradient_is_called_delta_where_a_value_is():
    w, x, d = Value(0.2, "w"), Value(0.5, "x"), Value(0.3, "δ1")
    z1 = w * x + 0.1
    z1.label = "z1"
    z2 = z1.tanh() * w + d
    z2.label = "z2"
    found = said((z2.tanh() - d) ** 2)
    assert any(row.startswith("∂L/∂z2 = ") for row in found)
    assert not any(row.startswith(("δ1 = ∂", "δ2 = ")) for row in found)


def test_a_learning_rate_is_called_as_no_value_of_the_graph():
    w, x = Value(0.2, "w"), Value(0.5, "η")
    assert "w ← w − α · ∂L/∂w = 0.2 − 0.1 · 0.5 = 0.15" in said(w * x, lr=Value(0.1, "w"))
    letters = [Value(1.0 + i, letter) for i, letter in enumerate("ηαε")]
    assert "The learning rate is η1 = 0.1." in said(sum(letters), lr=0.1)


def test_a_leaf_is_no_graph_to_derive():
    with pytest.raises(ValueError, match=r"nothing leads up to Value\(data=2.0.*label='w'\)"):
        derive(Value(2.0, "w"))


def test_factors_of_products_and_quotients_that_are_nested_keep_their_order():
    a, b, c, d = (Value(x, name) for name, x in zip("abcd", (2.0, 4.0, 8.0, 16.0)))
    assert line(a / b / c, "∂L/∂a") == "∂L/∂a = 1/b · 1/c = 1 / (b · c) = 1 / (4 · 8) = 0.03125"
    assert line(a * (b * c) * d, "∂L/∂b") == "∂L/∂b = a · c · d = 2 · 8 · 16 = 256"
    assert line(a * (b * (c * d)), "∂L/∂c") == "∂L/∂c = a · b · d = 2 · 4 · 16 = 128"


def test_a_divisor_that_no_decimals_end_stays_one():
    x = Value(0.5, "x")
    found = line((-(x**2) / 2.0).exp() / math.sqrt(2.0 * math.pi), "∂L/∂x")
    assert " = −exp(−½ · x²) · x / √(2π) = " in found
    assert "0.3989" not in found
    assert "1/√(2)" in line((x / math.sqrt(2.0)).exp(), "∂L/∂x")


def test_a_large_whole_number_is_no_fraction():
    x = Value(3e8, "x")
    assert line(x / 1e10, "L") == "L = x/10000000000 = 300000000/10000000000 = 0.03"


def test_a_sign_before_a_sum_of_plus_signs_stays_before_it():
    x = Value(1.5, "x")
    assert " − 3 · (x² + 1) · x² / (x³ − 2 · x)² + " in line((x**2 + 1) / (x**3 - 2 * x), "∂L/∂x")


def test_a_reason_is_said_once():
    a = Value(-0.5, "a")
    assert line(a.elu(1.0) + a.leaky_relu(0.1), "∂L/∂a").count("since") == 1


def test_a_second_name_is_explained_where_the_first_numbers_are():
    a, b = Value(2.0, "w"), Value(3.0, "w")
    found = said(a * b + a)
    assert found[found.index("Given") + 1] == "w[2] is the second of the values called w."


def test_what_is_left_of_paths_that_are_0_is_simplified():
    gc.collect()
    model = MLP(1, [2, 1], activation="relu", seed=2)
    root = mse_loss([model([x]) for x in (1.0, -1.0)], [1.0, 0.0])
    found = line(root, "∂L/∂b⁽¹⁾₁")
    assert " · 1 + (" in found
    assert " = (z⁽²⁾₁ − y⁽¹⁾) · w⁽²⁾₁₁ = (−1.552534 − 1) · (−0.8868973) = 2.26384 since" in found


def test_a_partial_derivative_that_is_0_but_for_rounding_is_0():
    """∂v/∂μ of a variance is 2μ − ⅔ Σ x, which is 0 at the mean."""
    xs = [Value(x, f"x{i}") for i, x in enumerate((1.0, 2.0, 4.0), 1)]
    mean = sum(xs) / 3
    mean.label = "μ"
    variance = sum((x - mean) ** 2 for x in xs) / 3
    variance.label = "v"
    found = line((xs[0] - mean) / (variance + 1e-5).sqrt(), "∂L/∂μ")
    assert " · 0 + (−" in found
    assert "e-1" not in found
