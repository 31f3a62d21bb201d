"""The matrix form: a textbook's lines, checked entry by entry against the engine."""

import re
from random import Random
from xml.etree import ElementTree

import pytest

from tinygrad_edu import Value, dot
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
    some = [neuron.w[0] for layer in model.layers for neuron in layer.neurons]
    loss = mse_loss([model(X[0])], [1.0]) + 0.1 * sum([p * p for p in some])
    with pytest.raises(ValueError, match="the same weights stand in several of its arrays"):
        derive(loss, model=model, form="matrix")
    with pytest.raises(ValueError, match="form is scalar or matrix, not 'array'"):
        derive(loss, model=model, form="array")
    a = Value(2.0, label="a")
    b = a * 3.0
    with pytest.raises(ValueError, match="the gradients of leaves"):
        derive(b * b, b, form="matrix")


def rows(n, m, letter, seed=0):
    random = Random(seed)
    return [
        [Value(random.gauss(0, 1), f"{letter}{i + 1}{j + 1}") for j in range(m)] for i in range(n)
    ]


def test_weight_decay_adds_its_own_term_to_each_matrix():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    loss = mse_loss([model(x) for x in X], [1.0, 0.0, 1.0]) + 0.05 * sum(w**2 for w in weights)
    text = formulas(derive(loss, model=model, form="matrix"))
    assert "L = ‖z⁽²⁾ − y‖² / 3 + 0.05 · (‖W⁽¹⁾‖² + ‖W⁽²⁾‖²)" in text
    assert "∂L/∂W⁽²⁾ = (δ⁽²⁾)ᵀ A⁽¹⁾ + 0.1 · W⁽²⁾" in text
    assert "∂L/∂W⁽¹⁾ = (Δ⁽¹⁾)ᵀ X + 0.1 · W⁽¹⁾" in text
    assert not any("w₁" in line for line in text)


def test_a_penalty_on_all_parameters_with_a_symbol_for_its_weight():
    model = MLP(2, [2, 3], seed=0)
    rate = Value(0.03, "λ")
    penalty = rate / 2.0 * sum([p * p for p in model.parameters()])
    loss = cross_entropy([model(x) for x in X], [0, 1, 2]) + penalty
    text = formulas(derive(loss, model=model, form="matrix"))
    assert any(line.startswith("∂L/∂b⁽²⁾ = (Δ⁽²⁾)ᵀ 𝟏 + ") for line in text)
    assert any(line.startswith("L = −sum(Y ⊙ ln(P)) / 3 + λ/2 · (‖W⁽¹⁾‖²") for line in text)


def test_an_absolute_penalty():
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    loss = mse_loss([model(x) for x in X], [1.0, 0.0, 1.0]) + 0.05 * sum(map(abs, weights))
    text = formulas(derive(loss, model=model, form="matrix"))
    assert "∂L/∂W⁽¹⁾ = (Δ⁽¹⁾)ᵀ X + 0.05 · sign(W⁽¹⁾)" in text


def test_residual_connections():
    W, V = rows(3, 3, "W"), rows(3, 3, "V", 1)
    x = [0.3, -0.2, 0.7]
    h = [dot(row, x).tanh() for row in W]
    out = [a + dot(row, h).tanh() for a, row in zip(h, V)]
    text = formulas(derive(mse_loss(out, [1.0, 0.0, 0.5]), form="matrix"))
    assert "∂L/∂V = δ[2] aᵀ" in text
    assert "δ = ∂L/∂a ⊙ tanh′(z)" in text


def test_shared_weights_of_steps_add_up():
    W, b = rows(3, 3, "W"), rows(1, 3, "b", 1)[0]
    h = [0.1, -0.2, 0.3]
    for _ in range(3):
        h = [(dot(row, h) + bias).tanh() for row, bias in zip(W, b)]
    text = "\n".join(formulas(derive(mse_loss(h, [1.0, 0.0, 0.5]), form="matrix")))
    assert re.search(r"∂L/∂W = δ\S* \(0\.1, −0\.2, 0\.3\)ᵀ \+ δ\S* \S+ᵀ \+ δ\S* \S+ᵀ", text)
    assert re.search(r"∂L/∂b = δ\S* \+ δ\S* \+ δ", text)


def test_weights_that_are_in_a_wider_matrix_too_are_refused():
    W, U = rows(3, 3, "W"), rows(3, 2, "U", 1)
    h = [0.1, -0.2, 0.3]
    for x in ([0.4, -0.6], [0.7, 0.1]):
        h = [(dot(w, h) + dot(u, x)).tanh() for w, u in zip(W, U)]
    with pytest.raises(ValueError, match=r"stand in several of its arrays \(W₁, W, U\)"):
        derive(mse_loss(h, [1.0, 0.0, 0.5]), form="matrix")


def test_an_entrywise_scale_and_bias():
    W, g, b = rows(3, 2, "W"), rows(1, 3, "g", 1)[0], rows(1, 3, "b", 2)[0]
    h = [(c * dot(row, [0.3, -0.2]) + d).tanh() for row, c, d in zip(W, g, b)]
    text = formulas(derive(mse_loss(h, [1.0, 0.0, 0.5]), form="matrix"))
    assert any(line.startswith("∂L/∂g = ") and line.endswith("⊙ z") for line in text)


def test_a_kernel_that_slides():
    kernel = [Value(0.5 - 0.3 * i, f"k{i}") for i in range(3)]
    x = [0.1, -0.4, 0.9, 0.3, -0.7, 0.2]
    h = [dot(kernel, x[i : i + 3]).tanh() for i in range(4)]
    document = derive(mse_loss(h, [1.0, 0.0, 0.5, 0.2]), form="matrix")
    text = "\n".join(formulas(document))
    assert re.search(r"z = \(0\.1, -?−?0\.4, 0\.9; .*\) k", text)
    assert re.search(r"∂L/∂k = \(.*\)ᵀ δ", text)
    assert "is a row of X" not in str(document)


def test_a_gradient_that_leaves_the_penalty_out_is_noticed(monkeypatch):
    from tinygrad_edu.teach.derivation.matrices.penalties import Penalties

    monkeypatch.setattr(Penalties, "on", lambda *_: [])
    model = MLP(2, [2, 1], seed=0)
    loss = mse_loss([model(X[0])], [1.0]) + 0.1 * sum([p * p for p in model.parameters()])
    with pytest.raises(ValueError, match="does not come to its numbers"):
        derive(loss, model=model, form="matrix")
