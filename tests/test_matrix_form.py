"""The matrix form: a textbook's lines, checked entry by entry against the engine."""

import re
import sys
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
    assert "δ₁ = ∂L/∂ŷ · w₂ = 2 · 3 = 6" in found
    assert "∂L/∂w₁ = δ₁ · x = 6 · 2 = 12" in found


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
    right = form.MatrixForm._forms

    def half(self, node, *others):
        return right(self, node, *others)[:1] if node.shape == () else [self.symbols[node]]

    monkeypatch.setattr(form.MatrixForm, "_forms", half)
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
    w, x = rows(3, 3, "w"), [0.5, -1.0, 2.0]
    once = [dot(row, x) for row in w]
    loss = mse_loss([dot(row[1:], once[1:]).tanh() for row in w], [1.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="the same weights stand in several of its arrays"):
        derive(loss, form="matrix")
    with pytest.raises(ValueError, match="form is scalar or matrix, not 'array'"):
        derive(loss, form="array")
    a = Value(2.0, label="a")
    b = a * 3.0
    with pytest.raises(ValueError, match="the gradients of leaves"):
        derive(b * b, b, form="matrix")


def test_without_numpy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    for name in [name for name in sys.modules if ".derivation.matrices" in name]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'tinygrad_edu\[arrays\]'"):
        derive(MLP(2, [1], seed=0)([1.0, 2.0]) ** 2, form="matrix")


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
    assert "∂L/∂V = ∂L/∂u aᵀ" in text
    assert "δ = ∂L/∂a ⊙ tanh′(z)" in text


def test_shared_weights_of_steps_add_up():
    W, b = rows(3, 3, "W"), rows(1, 3, "b", 1)[0]
    h = [0.1, -0.2, 0.3]
    for _ in range(3):
        h = [(dot(row, h) + bias).tanh() for row, bias in zip(W, b)]
    text = "\n".join(formulas(derive(mse_loss(h, [1.0, 0.0, 0.5]), form="matrix")))
    assert "∂L/∂W = δ₁ a₀ᵀ + δ₂ a₁ᵀ + δ₃ a₂ᵀ" in text
    assert "∂L/∂b = δ₁ + δ₂ + δ₃" in text


def shown_gradient(document, name):
    """The matrix that stands at the end of the line of a gradient."""
    [row] = re.findall(rf"^  ∂L/∂{name} = .*$", document.text(10_000), re.MULTILINE)
    shown = re.findall(r"\(([^()×]*)\)", row)[-1].replace("−", "-")
    return np.array([[float(x) for x in line.split(", ")] for line in shown.split("; ")])


def engine_gradient(root, table):
    for v in (v for row in table for v in row):
        v.grad = 0.0
    root.backward()
    return [[v.grad for v in row] for row in table]


def recurrent(T, bias=False, outputs=0, samples=1):
    """A recurrent network's loss after T steps, and its weights by their names."""
    W, U, b, V = rows(3, 3, "W"), rows(3, 2, "U", 1), rows(1, 3, "b", 2), rows(2, 3, "V", 3)
    random, states = Random(T), []
    for _ in range(samples):
        h = [0.1, -0.2, 0.3]
        for _ in range(T):
            x = [random.uniform(-1.0, 1.0) for _ in range(2)]
            z = [dot(w, h) + dot(u, x) for w, u in zip(W, U)]
            h = [(e + c).tanh() if bias else e.tanh() for e, c in zip(z, b[0])]
        states.append(h)
    if outputs:
        loss = mse_loss([dot(v, states[0]) for v in V[:outputs]], [0.5, -0.25][:outputs])
    elif samples > 1:
        loss = mse_loss(states, [[1.0, 0.0, 0.5]] * samples)
    else:
        loss = mse_loss(states[0], [1.0, 0.0, 0.5])
    return loss, {"W": W, "U": U, **({"b": b} if bias else {}), **({"V": V} if outputs else {})}


@pytest.mark.parametrize("T", [1, 2, 3, 5])
@pytest.mark.parametrize(("bias", "outputs"), [(False, 0), (True, 0), (False, 2), (True, 2)])
def test_a_recurrent_network_with_inputs_is_derived_through_time(T, bias, outputs):
    loss, weights = recurrent(T, bias, outputs)
    document = derive(loss, form="matrix", digits=9)
    for name, table in weights.items():
        engine = engine_gradient(loss, table)
        shown = shown_gradient(document, name)
        assert np.allclose(shown.reshape(np.shape(engine)), engine, rtol=1e-8, atol=1e-9)
    found = formulas(document)
    if T == 3 and bias and not outputs:
        for line in (
            "z₁ = W a₀ + U x₁ + b",
            "a₁ = tanh(z₁)",
            "z₃ = W a₂ + U x₃ + b",
            "L = ‖a₃ − y₃‖² / 3",
            "δ₃ = 2/3 · (a₃ − y₃) ⊙ tanh′(z₃)",
            "δ₂ = Wᵀ δ₃ ⊙ tanh′(z₂)",
            "δ₁ = Wᵀ δ₂ ⊙ tanh′(z₁)",
            "∂L/∂W = δ₁ a₀ᵀ + δ₂ a₁ᵀ + δ₃ a₂ᵀ",
            "∂L/∂U = δ₁ x₁ᵀ + δ₂ x₂ᵀ + δ₃ x₃ᵀ",
            "∂L/∂b = δ₁ + δ₂ + δ₃",
        ):
            assert line in found
        assert "tanh′(z) is 1 − tanh(z)²." in " ".join(document.text().split())
    if T == 2 and outputs:
        assert "u = V a₂" in found
        assert "δ₂ = Vᵀ ∂L/∂u ⊙ tanh′(z₂)" in found
        assert "∂L/∂V = ∂L/∂u a₂ᵀ" in found
    if T == 1:
        assert "z = W x + U x[2]" + " + b" * bias in found


def test_a_gradient_comes_after_all_that_it_is_made_of():
    """Each symbol of a line is given, or has a line before it."""
    for T in (2, 4):
        loss, _ = recurrent(T, bias=True, outputs=2)
        text = derive(loss, form="matrix").text(10_000)
        known = set()
        for row in text.split("\n"):
            for symbol in re.findall(r"δ[₀-₉]|∂L/∂u", row.split(" = ")[1]) if " = " in row else ():
                assert symbol in known or "is ∂L" in row
            known.add(row.split(" = ")[0].strip())


def test_a_batch_of_recurrent_networks():
    loss, weights = recurrent(2, samples=4)
    document = derive(loss, form="matrix", digits=9)
    for name, table in weights.items():
        engine = engine_gradient(loss, table)
        assert np.allclose(shown_gradient(document, name), engine, rtol=1e-8, atol=1e-9)
    assert any(line.startswith("Z₂ = A₁ Wᵀ + ") for line in formulas(document))


@pytest.mark.parametrize("chosen", [[0, 3, 4], [0, 1, 2, 3], [1], [4], [1, 5], [0, 1, 2, 3, 4, 5]])
@pytest.mark.parametrize("power", [abs, lambda w: w * w])
def test_a_penalty_on_some_weights_has_a_mask(chosen, power):
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    some = [weights[i] for i in chosen]
    loss = mse_loss([model(x) for x in X], [1.0, 0.0, 1.0]) + 0.05 * sum(map(power, some))
    document = derive(loss, model=model, form="matrix", digits=9)
    for i, name in enumerate(("W⁽¹⁾", "W⁽²⁾")):
        engine = engine_gradient(loss, [neuron.w for neuron in model.layers[i].neurons])
        assert np.allclose(shown_gradient(document, name), engine, rtol=1e-8, atol=1e-9)


def test_the_mask_of_a_penalty_is_given_and_explained():
    model = MLP(2, [2, 1], seed=0)
    some = [neuron.w[0] for layer in model.layers for neuron in layer.neurons]
    loss = mse_loss([model(X[0])], [1.0]) + 0.1 * sum([p * p for p in some])
    document = derive(loss, model=model, form="matrix")
    text = " ".join(document.text(10_000).split())
    assert "M⁽¹⁾ = (1, 0; 1, 0) (2 × 2)" in text
    assert "M⁽¹⁾ has a 1 for each entry of W⁽¹⁾ that is penalized, and a 0 for the others." in text
    found = formulas(document)
    assert "L = (z⁽²⁾ − y)² + 0.1 · (‖M⁽¹⁾ ⊙ W⁽¹⁾‖² + (w⁽²⁾₁₁)²)" in found
    assert "∂L/∂W⁽¹⁾ = δ⁽¹⁾ xᵀ + 0.2 · (M⁽¹⁾ ⊙ W⁽¹⁾)" in found


def normalised(z, mean=True):
    mu = sum(z) / len(z) if mean else 0.0
    centred = [a - mu for a in z] if mean else z
    deviation = (sum([c**2 for c in centred]) / len(z) + 1e-5).sqrt()
    return [c / deviation for c in centred]


def test_layer_norm_is_a_textbooks():
    W, g, b = rows(3, 2, "W"), rows(1, 3, "g", 1), rows(1, 3, "b", 2)
    z = [dot(row, [0.3, -0.2]) for row in W]
    h = [(c * x + d).tanh() for c, x, d in zip(g[0], normalised(z), b[0])]
    loss = mse_loss(h, [1.0, 0.0, 0.5])
    document = derive(loss, form="matrix", digits=9)
    found = formulas(document)
    for line in (
        "z = W x",
        "μ = sum(z)/3",
        "s = √(‖z − μ‖² / 3 + 1e-5)",
        "x̂ = (z − μ) / s",
        "u = g ⊙ x̂ + b",
        "∂L/∂u = 2/3 · (a − y) ⊙ tanh′(u)",
        "∂L/∂x̂ = ∂L/∂u ⊙ g",
        "δ = (∂L/∂x̂ − sum(∂L/∂x̂)/3 − sum(∂L/∂x̂ ⊙ x̂) / 3 · x̂) / s",
        "∂L/∂g = ∂L/∂u ⊙ x̂",
        "∂L/∂b = ∂L/∂u",
        "∂L/∂W = δ xᵀ",
    ):
        assert line in found
    assert "μ and s depend on every component of z: hence" in " ".join(document.text().split())
    for name, table in (("W", W), ("g", g), ("b", b)):
        engine = np.array(engine_gradient(loss, table))
        shown = shown_gradient(document, name)
        assert np.allclose(shown.reshape(engine.shape), engine, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("mean", [True, False])
def test_layers_after_a_norm_and_before_it(mean):
    model = MLP(2, [3, 2], activation="tanh", seed=0)
    hidden = normalised(model.layers[0]([0.5, -1.0]), mean)
    loss = mse_loss(model.layers[1](hidden), [1.0, 0.0])
    document = derive(loss, model=model, form="matrix", digits=9)
    for i, name in enumerate(("W⁽¹⁾", "W⁽²⁾")):
        engine = engine_gradient(loss, [neuron.w for neuron in model.layers[i].neurons])
        assert np.allclose(shown_gradient(document, name), engine, rtol=1e-8, atol=1e-9)
    found = formulas(document)
    assert "δ⁽¹⁾ = ∂L/∂a⁽¹⁾ ⊙ tanh′(z⁽¹⁾)" in found
    assert any(line.startswith("∂L/∂a⁽¹⁾ = (∂L/∂x̂⁽¹⁾ − ") for line in found)


def test_a_wrong_gradient_of_a_norm_is_noticed(monkeypatch):
    from tinygrad_edu.teach.derivation.matrices.norms import Norm

    monkeypatch.setattr(Norm, "gradient", lambda self, above, whole, s, ones: above)
    W = rows(3, 2, "W")
    loss = mse_loss(normalised([dot(row, [0.3, -0.2]) for row in W]), [1.0, 0.0, 0.5])
    with pytest.raises(ValueError, match="the matrix form of δ does not come to its numbers"):
        derive(loss, form="matrix")


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
    from tinygrad_edu.teach.derivation.matrices.backward import Backward

    right = Backward.hand_back

    def without(self, node, e):
        if node.op != "**" or node.arrays[0] not in self._arrays.parameters:
            right(self, node, e)

    monkeypatch.setattr(Backward, "hand_back", without)
    model = MLP(2, [2, 1], seed=0)
    loss = mse_loss([model(X[0])], [1.0]) + 0.1 * sum([p**2 for p in model.parameters()])
    with pytest.raises(ValueError, match="does not come to its numbers"):
        derive(loss, model=model, form="matrix")


def cell(T):
    """A long short-term memory's loss after T steps, and its weights by their names."""
    weights = {
        f"{letter}{g}": rows(2, 2, f"{letter}{g}", i)
        for i, g in enumerate("fiog")
        for letter in "WU"
    }
    h, c, x = [0.1, -0.1], [0.2, 0.5], [[0.3, -0.7], [0.3, -0.7], [0.5, 0.5]]
    for t in range(T):
        sums = {
            g: [dot(w, h) + dot(u, x[t]) for w, u in zip(weights[f"W{g}"], weights[f"U{g}"])]
            for g in "fiog"
        }
        f, i, o = ([z.sigmoid() for z in sums[g]] for g in "fio")
        c = [a * b + d * e.tanh() for a, b, d, e in zip(f, c, i, sums["g"])]
        h = [a * b.tanh() for a, b in zip(o, c)]
    return mse_loss(h, [0.5, -0.25]), weights


@pytest.mark.parametrize("T", [1, 2, 3])
def test_a_long_short_term_memory(T):
    loss, weights = cell(T)
    document = derive(loss, form="matrix", digits=9)
    for name, table in weights.items():
        shown = shown_gradient(document, name)
        assert np.allclose(shown, engine_gradient(loss, table), rtol=1e-8, atol=1e-9)
    if T == 2:
        found = formulas(document)
        for line in (
            "z_f₂ = Wf h₁ + Uf x₂",
            "c₂ = c₁ ⊙ a_f₂ + (a_i₂ ⊙ a_g₂)",
            "h₂ = a_o₂ ⊙ a₂",
            "∂L/∂c₂ = ∂L/∂a₂ ⊙ tanh′(c₂)",
            "∂L/∂h₁ = Woᵀ δ_o₂ + Wfᵀ δ_f₂ + Wiᵀ δ_i₂ + Wgᵀ δ_g₂",
            "∂L/∂Wf = δ_f₁ h₀ᵀ + δ_f₂ h₁ᵀ",
        ):
            assert line in found


def with_outputs(T, loss, outputs, hidden=3, inputs=2):
    """A recurrent network with an output at every step; its inputs repeat."""
    W, U, V = rows(hidden, hidden, "W"), rows(hidden, inputs, "U", 1), rows(outputs, hidden, "V", 2)
    h, found = [0.0] * hidden, []
    for t in range(T):
        x = [1.0, 1.0] if t % 2 else [0.5, 1.0]
        h = [(dot(w, h) + dot(u, x[:inputs])).tanh() for w, u in zip(W, U)]
        found.append([dot(v, h) for v in V])
    targets = list(range(T)) if loss is cross_entropy else [[0.5] * outputs for _ in range(T)]
    return loss(found, targets), {"W": W, "U": U, "V": V}


@pytest.mark.parametrize(("loss", "outputs"), [(mse_loss, 1), (mse_loss, 2), (cross_entropy, 3)])
@pytest.mark.parametrize(("hidden", "inputs"), [(3, 2), (1, 2), (1, 1), (2, 1)])
def test_a_recurrent_network_with_an_output_at_each_step(loss, outputs, hidden, inputs):
    root, weights = with_outputs(3, loss, outputs, hidden, inputs)
    document = derive(root, form="matrix", digits=9)
    text = document.text(10_000)
    for name, table in weights.items():
        if np.size(table) == 1:
            [row] = re.findall(rf"^  ∂L/∂{name} = .*$", text, re.MULTILINE)
            shown = np.array(float(row.split(" = ")[-1].replace("−", "-")))
        else:
            shown = shown_gradient(document, f"[{name}{name.lower()}]")
        engine = np.array(engine_gradient(root, table))
        assert np.allclose(shown.ravel(), engine.ravel(), rtol=1e-8, atol=1e-9)


def test_equal_samples_stay_apart():
    same = [[0.5, 0.5], [0.5, 0.5], [0.5, 1.0]]
    W, V = rows(3, 2, "W"), rows(1, 3, "V", 1)
    outs = [dot(V[0], [dot(w, x).tanh() for w in W]) for x in same]
    loss = mse_loss(outs, [1.0, 1.0, 0.0])
    document = derive(loss, form="matrix", digits=9)
    assert "(0.5, 0.5; 0.5, 0.5; 0.5, 1)" in document.text(10_000)
    assert np.allclose(shown_gradient(document, "W"), engine_gradient(loss, W), rtol=1e-8)


def test_tied_weights_are_transposed():
    W, x = rows(3, 2, "W"), [0.3, -0.6]
    h = [dot(w, x).tanh() for w in W]
    loss = mse_loss([dot(column, h) for column in zip(*W)], x)
    document = derive(loss, form="matrix", digits=9)
    assert any("Wᵀ a" in line for line in formulas(document))
    assert np.allclose(shown_gradient(document, "W"), engine_gradient(loss, W), rtol=1e-8)


def test_what_has_no_matrix_form_is_refused_with_a_reason():
    w = rows(2, 2, "w")
    sums = [row[0] * 0.5 + row[1] * 1.5 for row in w]  # (a softplus of a difference, as any other)
    with pytest.raises(ValueError, match=r"no matrix form that can be written yet.*without form"):
        derive(cross_entropy(sums, 1), form="matrix")
    table, bias = rows(3, 2, "E"), rows(1, 3, "b")[0]
    looked_up = [sum(table[i]) + bias[i] for i in (0, 2, 2)]
    with pytest.raises(ValueError, match=r"no matrix form that can be written yet.*looked up"):
        derive(mse_loss(looked_up, [1.0, 0.0, 0.5]), form="matrix")
