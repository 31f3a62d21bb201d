"""The matrix form: a textbook's lines, checked entry by entry against the engine."""

import re
from xml.etree import ElementTree

import pytest

from tinygrad_edu import Value
from tinygrad_edu.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    l1_loss,
    mse_loss,
    quadratic_cost,
)
from tinygrad_edu.nn import MLP
from tinygrad_edu.systems import chain_111, delta_231, linear_231, logistic
from tinygrad_edu.teach import derive

np = pytest.importorskip("numpy", reason="the matrix form is read from the array program")
form = pytest.importorskip("tinygrad_edu.teach.derivation.matrices.form")

X = [[0.5, -1.0], [0.25, 1.0], [1.0, 2.0]]


def lines(document):
    return [re.sub(r"\s+", " ", row).strip() for row in document.text(10_000).split("\n")]


def formulas(document):
    """The first two sides of each line."""
    return [" = ".join(row.split(" = ")[:2]) for row in lines(document) if " = " in row]


def test_delta_231_as_its_textbook_has_it():
    model = delta_231.network(0)
    found = formulas(derive(delta_231.cost(model), model.parameters(), form="matrix"))
    for line in (
        "z¹ = W¹ x + b¹",
        "a¹ = σ(z¹)",
        "z² = W² a¹ + b²",
        "a² = σ(z²)",
        "δ² = (a² − y) · σ′(z²)",
        "δ¹ = (W²)ᵀ δ² ⊙ σ′(z¹)",
        "∂C/∂W² = δ² (a¹)ᵀ",
        "∂C/∂b² = δ²",
        "∂C/∂W¹ = δ¹ xᵀ",
        "∂C/∂b¹ = δ¹",
    ):
        assert line in found


def test_the_hadamard_product_is_introduced_with_an_example():
    model = delta_231.network(0)
    text = derive(delta_231.cost(model), model.parameters(), form="matrix").text()
    assert "⊙ multiplies entry by entry: (1, 2) ⊙ (3, 4) = (3, 8)." in " ".join(text.split())


def test_linear_231_with_its_numbers_and_shapes():
    network = linear_231.Network()
    d = derive(network().loss, network.parameters(), form="matrix", lr=1e-5)
    found = lines(d)
    assert "ŷ = W″ z = (1, 1, 1) (60, 60, 60) = 180" in found
    assert "∂L/∂ŷ = ŷ − y = 180 − 60 = 120" in found
    gradient = "(4800, 9600; 4800, 9600; 4800, 9600)"
    assert f"∂L/∂W′ = δ xᵀ = (120, 120, 120) (40, 80)ᵀ = {gradient} (3 × 2)" in found
    assert found[-1] == (
        "W″ ← W″ − η · ∂L/∂W″ = (1, 1, 1) − 1e-5 · (7200, 7200, 7200)"
        " = (0.928, 0.928, 0.928) (1 × 3)"
    )


def test_logistic_ends_in_a_minus_y_and_a_chain_of_numbers_has_lines_too():
    neuron = logistic.Logistic()
    found = lines(derive(neuron(), neuron.parameters(), form="matrix"))
    assert "z = wᵀ x + b = (0.5, −0.25)ᵀ (1.5, −2) + 0.1 = 1.35" in found
    assert "δ = ∂J/∂a · σ′(z) = a − y = 0.79413 − 1 = −0.20587" in found
    chain = chain_111.Chain(0.5, 3.0)
    found = lines(derive(chain(2.0, 1.0), chain.parameters(), form="matrix"))
    assert "∂L/∂w₁ = −(y − ŷ) · w₂ · x = −(1 − 3) · 3 · 2 = 12" in found


def test_fifteen_lines_for_a_network_of_979_values():
    model = MLP(2, [16, 16, 1], activation="tanh", seed=0)
    text = derive(mse_loss([model([0.5, -1.0])], [1.0]), model=model, form="matrix").text(10_000)
    body = text.split("Forward pass")[1]
    assert len(re.findall(r"^  \S+ = ", body, re.MULTILINE)) == 15
    assert "W⁽²⁾ = (−0.479015, 0.610056, …, 0.135021; " in text
    assert "(16 × 16)" in text


def test_a_batch_has_its_samples_in_rows():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    loss = mse_loss([model(x) for x in X], [1.0, 0.0, 1.0])
    found = formulas(derive(loss, model=model, form="matrix"))
    for line in (
        "Z⁽¹⁾ = X (W⁽¹⁾)ᵀ + 𝟏 (b⁽¹⁾)ᵀ",
        "A⁽¹⁾ = tanh(Z⁽¹⁾)",
        "z⁽²⁾ = A⁽¹⁾ (W⁽²⁾)ᵀ + 𝟏 b⁽²⁾",
        "L = ‖z⁽²⁾ − y‖² / 3",
        "δ⁽²⁾ = 2/3 · (z⁽²⁾ − y)",
        "Δ⁽¹⁾ = δ⁽²⁾ W⁽²⁾ ⊙ tanh′(Z⁽¹⁾)",
        "∂L/∂W⁽¹⁾ = (Δ⁽¹⁾)ᵀ X",
        "∂L/∂b⁽¹⁾ = (Δ⁽¹⁾)ᵀ 𝟏",
        "∂L/∂W⁽²⁾ = (δ⁽²⁾)ᵀ A⁽¹⁾",
    ):
        assert line in found


def test_softmax_with_cross_entropy():
    model = MLP(2, [4, 3], activation="tanh", seed=3)
    found = formulas(
        derive(cross_entropy([model(x) for x in X], [0, 2, 1]), model=model, form="matrix")
    )
    assert "P = softmax(Z⁽²⁾)" in found
    assert "L = −sum(Y ⊙ ln(P)) / 3" in found
    assert "Δ⁽²⁾ = 1/3 · (P − Y)" in found


LOSSES = [
    (mse_loss, 1, [1.0, 0.0, 1.0]),
    (quadratic_cost, 2, [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
    (l1_loss, 1, [1.0, 0.0, 1.0]),
    (hinge_loss, 1, [-1, 1, 1]),
    (binary_cross_entropy_with_logits, 1, [1.0, 0.0, 1.0]),
    (cross_entropy, 3, [0, 2, 1]),
]


@pytest.mark.parametrize(("loss", "outputs", "y"), LOSSES, ids=[row[0].__name__ for row in LOSSES])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("samples", [1, 3])
def test_every_network_and_loss(loss, outputs, y, activation, samples):
    """Each line is worked out and compared when it is made; here the last ones once more."""
    model = MLP(2, [4, 3, outputs], activation=activation, seed=5)
    root = loss([model(x) for x in X[:samples]], y[:samples])
    root.backward()
    text = derive(root, model=model, form="matrix", digits=9).text(10_000)
    [row] = re.findall(r"^  ∂L/∂W⁽²⁾ = .*$", text, re.MULTILINE)
    shown = re.findall(r"\(([^()]*;[^()]*)\)", row)[-1].replace("−", "-")
    found = [[float(x) for x in line.split(", ")] for line in shown.split("; ")]
    engine = [[w.grad for w in neuron.w] for neuron in model.layers[1].neurons]
    assert np.allclose(found, engine, rtol=1e-8, atol=1e-9)


def test_binary_cross_entropy_of_a_batch_ends_in_a_minus_y():
    model = MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=3)
    loss = binary_cross_entropy([model(x) for x in X], [1, 0, 1])
    found = lines(derive(loss, model=model, form="matrix"))
    assert any("δ⁽²⁾ = ∂L/∂a⁽²⁾ ⊙ σ′(z⁽²⁾) = 1/3 · (a⁽²⁾ − y) = " in row for row in found)


def test_a_formula_that_is_wrong_is_noticed(monkeypatch):
    network = linear_231.Network()
    root = network().loss
    right = form.MatrixForm.derivative

    def half(self, node):
        return right(self, node)[:1] if node.shape == () else [self.symbols[node]]

    monkeypatch.setattr(form.MatrixForm, "derivative", half)
    with pytest.raises(ValueError, match="does not come to its numbers"):
        derive(root, network.parameters(), form="matrix")


def test_a_gradient_that_is_not_the_engines_is_noticed(monkeypatch):
    network = linear_231.Network()
    monkeypatch.setattr(form.MatrixForm, "gradient_entries", lambda self: {})
    with pytest.raises(ValueError, match="does not come to its numbers"):
        derive(network().loss, network.parameters(), form="matrix")


def test_other_formats():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    loss = mse_loss([model(x) for x in X], [1.0, 0.0, 1.0])
    d = derive(loss, model=model, form="matrix", lr=0.1)
    latex = d.latex()
    assert r"\begin{pmatrix}" in latex
    assert r"\Delta^{(1)} = \delta^{(2)} \, W^{(2)} \odot \tanh'(Z^{(1)})" in latex.replace("&", "")
    assert r"(W^{(1)})^{\top}" in latex
    page = d.html()
    for element in re.findall(r"<math.*?</math>", page, re.DOTALL):
        ElementTree.fromstring(element)
    assert "<mtable " in page


def test_what_it_cannot_write_is_said():
    model = MLP(2, [2, 1], seed=0)
    loss = mse_loss([model(X[0])], [1.0]) + 0.1 * sum([p * p for p in model.parameters()])
    with pytest.raises(ValueError, match="no matrix form that can be written yet"):
        derive(loss, model=model, form="matrix")
    with pytest.raises(ValueError, match="form is scalar or matrix, not 'array'"):
        derive(loss, model=model, form="array")
    a = Value(2.0, label="a")
    b = a * 3.0
    with pytest.raises(ValueError, match="the gradients of leaves"):
        derive(b * b, b, form="matrix")
