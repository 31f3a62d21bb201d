"""The worked derivation: its form, and its formulas read back and evaluated."""

import math
import re
from random import Random

import pytest
from formula_parsing import evaluate, mention

import tinygrad_edu as tg
from tinygrad_edu import Value, topological_order
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.systems import chain_111, delta_231, linear_231, logistic
from tinygrad_edu.teach import derive


def lines(derivation, title):
    """The lines of a section, each with its rows joined."""
    section = re.search(rf"^{title}\n(.*?)(?:\n\n|\Z)", str(derivation), re.DOTALL | re.M)[1]
    return re.sub(r"\n {3,}", " ", section).replace("\n  ", "\n").strip().split("\n")


def line(derivation, title, left):
    [found] = [row for row in lines(derivation, title) if re.match(rf"{left}\s+[=←]", row)]
    return re.sub(r"\s+", " ", found)


# The worked systems, as their tutorials write them


def test_linear_231_is_derived_gradient_by_gradient():
    network = linear_231.Network()
    d = derive(network().loss, network.parameters(), lr=1e-5)

    assert line(d, "Forward pass", "z₁") == (
        "z₁ = w′₁₁ · x₁ + w′₁₂ · x₂ = 0.5 · 40 + 0.5 · 80 = 60"
    )
    assert lines(d, "Loss") == ["L = ½ · (y − ŷ)² = ½ · (60 − 180)² = 7200"]
    assert lines(d, "Backward pass")[:2] == [
        "∂L/∂ŷ = ŷ − y = 180 − 60 = 120",
        "∂L/∂w″₁₁ = ∂L/∂ŷ · ∂ŷ/∂w″₁₁ = (ŷ − y) · z₁ = 120 · 60 = 7200",
    ]
    assert line(d, "Backward pass", "∂L/∂w′₁₁") == (
        "∂L/∂w′₁₁ = ∂L/∂ŷ · ∂ŷ/∂z₁ · ∂z₁/∂w′₁₁ = (ŷ − y) · w″₁₁ · x₁ = 120 · 1 · 40 = 4800"
    )
    # ∂L/∂ŷ, three ∂L/∂z that two weights each need, and nine weights
    assert len(lines(d, "Backward pass")) == 13
    assert line(d, "Update", "w′₁₁") == (
        "w′₁₁ ← w′₁₁ − 1e-5 · ∂L/∂w′₁₁ = 0.5 − 1e-5 · 4800 = 0.452"
    )
    assert line(d, "Update", "w″₁₁").endswith("= 0.928")
    assert len(lines(d, "Update")) == 9


def test_chain_111():
    d = derive(chain_111.graph(), ["w₁", "w₂"])
    assert lines(d, "Backward pass") == [
        "∂L/∂ŷ = ŷ − y = 3 − 1 = 2",
        "∂L/∂w₂ = ∂L/∂ŷ · ∂ŷ/∂w₂ = (ŷ − y) · z₁ = 2 · 1 = 2",
        "∂L/∂w₁ = ∂L/∂ŷ · ∂ŷ/∂z₁ · ∂z₁/∂w₁ = (ŷ − y) · w₂ · x = 2 · 3 · 2 = 12",
    ]


def test_logistic_cancels_to_a_minus_y():
    d = derive(logistic.graph(), ["w₁", "b"])
    assert line(d, "Backward pass", "∂J/∂w₁") == (
        "∂J/∂w₁ = ∂J/∂a · ∂a/∂z · ∂z/∂w₁ = (−y/a + (1 − y) / (1 − a)) · a · (1 − a) · x₁"
        " = (a − y) · x₁ = (0.79413 − 1) · 1.5 = −0.308806"
    )


def test_delta_231_is_the_delta_recursion():
    model = delta_231.network(0)
    d = derive(delta_231.cost(model), model.parameters())
    output = line(d, "Backward pass", "δ²₁")
    assert output.startswith(
        "δ²₁ = ∂C/∂z²₁ = ∂C/∂a²₁ · ∂a²₁/∂z²₁ = (a²₁ − y) · σ′(z²₁) = (a²₁ − y) · a²₁ · (1 − a²₁)"
    )
    hidden = line(d, "Backward pass", "δ¹₂")
    assert "= δ²₁ · w²₁₂ · σ′(z¹₂) = δ²₁ · w²₁₂ · a¹₂ · (1 − a¹₂) =" in hidden
    assert "= δ¹₂ · x₁ =" in line(d, "Backward pass", "∂C/∂w¹₂₁")
    assert "= δ¹₂ =" in line(d, "Backward pass", "∂C/∂b¹₂")
    assert "δ is the gradient of a weighted sum: δ²₁ = ∂C/∂z²₁." in str(d)


def test_xor_and_relu_networks_are_derived():
    for sizes, activation in (((2, [4, 1]), "sigmoid"), ((3, [4, 1]), "relu")):
        model = MLP(*sizes, activation=activation, seed=0)
        samples = [[0.1 * (i + j) for j in range(sizes[0])] for i in range(3)]
        loss = mse_loss([model(x) for x in samples], [0.0, 1.0, 1.0])
        d = derive(loss, model.parameters()[:3], model=model, detail="full", digits=0)
        check_against_engine(d, loss)


# What holds of any derivation


def check_against_engine(derivation, root, **tolerance):
    """Evaluate each formula of the text with the text's own numbers, and compare to the engine.

    The forward lines give the values that later formulas mention, the backward lines the
    gradients. Parts that mention ∂a/∂b of inner steps are the chain rule in symbols; the factors'
    formulas follow them.
    """
    tolerance = tolerance or {"rel": 1e-9, "abs": 1e-9}
    known = {}
    for row in lines(derivation, "Given"):
        known |= {k: _float(v) for k, v in re.findall(r"(\S+) = (\S+)", row)}
    forward = lines(derivation, "Forward pass") if "Forward pass" in str(derivation) else []
    last = "Loss" if "\nLoss\n" in str(derivation) else "Result"
    for row in [*forward, *lines(derivation, last)]:
        name, formula, *others = re.split(r"\s+= ", row)
        known[name] = evaluate(formula, known)
        assert evaluate(others[-1] if others else formula, {}) == pytest.approx(
            known[name], **tolerance
        )
    assert known[name] == pytest.approx(root.data, **tolerance)
    checked = 0
    for row in lines(derivation, "Backward pass"):
        if not re.match(r"\S+\s+= ", row):
            continue  # a remark in words
        name, *parts = re.split(r"\s+= ", row)
        result = evaluate(parts[-1], {})
        formulas = [p for p in parts if not re.search(r"∂|′\(", _without(known, p))]
        assert formulas, row
        for formula in formulas:
            assert evaluate(formula, known) == pytest.approx(result, **tolerance), row
            checked += 1
        for part in parts[:1]:
            if re.fullmatch(r"∂\w+/∂\S+", part):  # δ = ∂C/∂z
                known[part] = result
        known[name] = result
    return known, checked


def _float(text):
    return float(text.replace("−", "-").replace("∞", "inf"))


def _without(known, text):
    for name in sorted(known, key=len, reverse=True):
        text = re.sub(mention(name), "", text)
    return text


FUNCTIONS = [
    tg.tanh, tg.sigmoid, tg.sin, tg.cos, tg.exp, tg.softplus, tg.relu, tg.silu, tg.gelu,
    tg.abs, tg.elu, tg.leaky_relu, tg.expm1,
]  # fmt: skip
BINARY = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b,
    tg.maximum, tg.minimum, tg.logaddexp,
]  # fmt: skip
WITH_NUMBER = [
    lambda a: a * 3.0, lambda a: 2.0 - a, lambda a: a / 4.0, lambda a: 0.5 * a, lambda a: a**2,
    lambda a: a**3, lambda a: 1.0 / (a * a + 1.0), lambda a: -a, lambda a: (a * a + 0.5) ** 0.5,
    lambda a: (a * a + 1.0).log(), lambda a: (a * a + 1.0).sqrt(), lambda a: 2.0 ** (-a),
    lambda a: (a * a + 0.25) ** a, lambda a: (a * a).log1p(),
]  # fmt: skip


def random_graph(rng):
    values = [Value(round(rng.uniform(-2, 2), 2), label=label) for label in "abc"]
    for _ in range(rng.randint(2, 8)):
        kind = rng.random()
        a, b = rng.choice(values[-4:]), rng.choice(values)
        if kind < 0.35:
            new = rng.choice(FUNCTIONS)(a)
        elif kind < 0.7:
            new = rng.choice(BINARY)(a, b)
        else:
            new = rng.choice(WITH_NUMBER)(a)
        if rng.random() < 0.3:
            new.label = f"h_{len(values)}"
        values.append(new)
    return values[-1]


def test_derivations_of_200_random_graphs_evaluate_to_the_engines_gradients():
    rng, done, checked = Random(0), 0, 0
    while done < 200:
        root = random_graph(rng)
        order = topological_order(root)
        leaves = [v for v in order if not v.op]
        if not root.op or not all(math.isfinite(v.data) and abs(v.data) < 1e4 for v in order):
            continue
        for v in leaves:
            v.grad = 0.0
        root.backward()
        if not all(math.isfinite(v.grad) and abs(v.grad) < 1e6 for v in order):
            continue
        d = derive(root, leaves, detail="full", digits=0)
        known, count = check_against_engine(d, root, rel=1e-7, abs=1e-9)
        for v in leaves:
            name = f"∂{root.label or 'L'}/∂{v.label}"
            assert known[name] == pytest.approx(v.grad, rel=1e-9, abs=1e-12)
        done, checked = done + 1, checked + count
    assert checked > 800
