"""Derivations of graphs as learners make them, read by someone who marks in red."""

import gc
import re

import pytest

from tinygrad_edu import OPS, Value, define
from tinygrad_edu.engine import record
from tinygrad_edu.losses import cross_entropy, l1_loss, mse_loss, quadratic_cost
from tinygrad_edu.nn import MLP, Layer, Module
from tinygrad_edu.teach import derive, names
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
    assert "only.neurons.0.b" in {str(name) for name in names(root).values()}


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
    assert " 2/3 · (w + b − 2) + 4/3 · (2 · w + b − 3.5) + 2 · (3 · w + b − 5.1) = " in found
    assert not re.search(r"\d\.\d{9}", "\n".join(said(root)))


def test_the_zero_that_a_sum_begins_with_is_not_written():
    w = [Value(1.0 + i, f"w{i}") for i in range(3)]
    root = sum([v * v for v in w]) ** 2
    assert line(root, "z₁") == "z₁ = w0² + w1² + w2² = 1² + 2² + 3² = 14"
    x = Value(2.0, "x")
    assert line((x + 0.0) * 3.0, "L") == "L = (x + 0) · 3 = (2 + 0) · 3 = 6"


def test_a_tie_is_a_half_for_each():
    a, b = Value(2.0, "a"), Value(2.0, "b")
    root = a.maximum(b) * 3.0
    assert line(root, "∂L/∂a") == "∂L/∂a = 3 · 1/2 = 3/2 = 1.5 since a = b"
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
    assert "= 1/w² · (w − 1) + 1/w² · (w + 1) + " in found
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
