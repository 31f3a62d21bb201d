"""What is said of a graph calls the parameters by their place in the model that exists now."""

import gc
import json

import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP, Layer, Module
from tinygrad_edu.teach import (
    assert_gradients,
    check_gradients,
    class_set,
    derive,
    diagnose,
    grade,
    hint,
    latex,
    ledger,
    names,
    quiz,
    text,
    try_gradients,
    worksheet,
)
from tinygrad_edu.teach.misconceptions import MISCONCEPTIONS, assigning
from tinygrad_edu.teach.notation.naming import name_of_path
from tinygrad_edu.view import draw_dot, explore

NAME = "w⁽¹⁾₁₂"


def text_of(function):
    return lambda root, v, **k: str(function(root, **k))


def refused(root, **k):
    with pytest.raises(AssertionError) as raised:
        assert_gradients(root, {NAME: 5.0}, **k)
    return str(raised.value)


SAYS = {
    "names": lambda root, v, **k: str(names(root, **k)[v]),
    "text": text_of(text),
    "latex": lambda root, v, **k: latex(root, **k).replace("w^{(1)}_{12}", NAME),
    "derive": lambda root, v, **k: str(derive(root, v, **k)),
    "derive all": lambda root, v, **k: str(derive(root, **k)),
    "ledger": text_of(ledger),
    "worksheet": lambda root, v, **k: str(worksheet(root, v, **k)),
    "worksheet with other numbers": lambda root, v, **k: str(worksheet(root, v, seed=1, **k)),
    "a mistake to find": lambda root, v, **k: str(worksheet(root, v, seed=1, mistakes=1, **k)),
    "check_gradients": lambda root, v, **k: str(check_gradients(root, {NAME: 5.0}, **k)),
    "formulas": lambda root, v, **k: str(check_gradients(root, {NAME: f"5 {NAME}"}, **k)),
    "try_gradients": lambda root, v, **k: str(try_gradients(root, {NAME: 5.0}, **k)),
    "hint": lambda root, v, **k: hint(root, {v: None}, **k),
    "quiz": lambda root, v, **k: repr(quiz(root, v, **k)),
    "a worksheet as a quiz": lambda root, v, **k: repr(quiz(root, v, steps=True, **k)),
    "misconceptions": lambda root, v, **k: (
        "".join([str(wrong(root, **k)) for wrong in MISCONCEPTIONS.values()])
        + assigning(root, **k).words.name(v)
    ),
    "diagnose": lambda root, v, **k: str(diagnose(root + 1.0 / (v - v.data), **k)),
    "assert_gradients": lambda root, v, **k: refused(root, **k),
    "class_set": lambda root, v, **k: str(class_set(root, ["A"], v, seed=1, **k).sheets["A"].key),
    "grade": lambda root, v, **k: str(grade(root, {"A": {NAME: 5.0}}, **k)),
    "draw_dot": lambda root, v, **k: draw_dot(root, **k).source,
    "explore": lambda root, v, **k: explore(root, **k).html().replace(json.dumps(NAME)[1:-1], NAME),
}


def two_layers():
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    return model, (model([0.5, -1.0]) - 0.25) ** 2


@pytest.mark.parametrize("function", SAYS)
def test_every_function_finds_the_names_of_the_model(function):
    gc.collect()
    model, root = two_layers()
    assert NAME in SAYS[function](root, model.layers[0].neurons[0].w[1])


@pytest.mark.parametrize("function", SAYS)
def test_with_the_model_every_function_says_the_same(function):
    gc.collect()
    model, root = two_layers()
    weight = model.layers[0].neurons[0].w[1]
    assert SAYS[function](root, weight) == SAYS[function](root, weight, model=model)


def test_of_two_models_in_a_graph_neither_gives_its_names():
    one, _ = two_layers()
    other, _ = two_layers()
    root = one([0.5, -1.0]) * other([1.0, 2.0])
    assert NAME not in {str(name) for name in names(root).values()}
    assert NAME in {str(name) for name in names(root, one).values()}


def test_one_of_two_models_that_exist_is_found_by_its_parameters():
    gc.collect()
    one, root = two_layers()
    other, _ = two_layers()
    for function, say in SAYS.items():
        assert NAME in say(root, one.layers[0].neurons[0].w[1]), function
    assert other.parameters()


def test_a_graph_of_one_output_has_the_names_of_its_model():
    gc.collect()
    model = MLP(2, [3, 2], activation="tanh", seed=0)
    first, _ = model([0.5, -1.0])
    root = (first - 0.25) ** 2
    assert NAME in {str(name) for name in names(root).values()}
    assert "w⁽²⁾₁₃ · a⁽¹⁾₃ + b⁽²⁾₁" in derive(root).text(10_000)


def test_a_model_in_a_collection_is_named_by_itself():
    class Both(Module):
        def __init__(self, *models):
            self.models = list(models)

    gc.collect()
    one, root = two_layers()
    both = Both(one, MLP(2, [1], seed=1))
    assert NAME in {str(name) for name in names(root).values()}
    together = root + both.models[1]([0.5, 1.0])
    assert "models.0.layers.0.neurons.0.w.1" in {str(name) for name in names(together).values()}


def test_layers_in_attributes_are_counted_in_their_order():
    """As in PyTorch's modules: ``self.hidden``, ``self.out``."""

    class Two(Module):
        def __init__(self):
            self.hidden = Layer(2, 3, activation="tanh", seed=0)
            self.out = Layer(3, 1, activation=None, seed=1)

        def __call__(self, x):
            return self.out(self.hidden(x))

    gc.collect()
    model = Two()
    root = (model([0.5, -1.0]) - 0.25) ** 2
    named = {str(name): v for v, name in names(root).items()}
    assert named["w⁽¹⁾₃₂"] is model.hidden.neurons[2].w[1]
    assert named["b⁽²⁾₁"] is model.out.neurons[0].b
    # The second layer has no activation: what comes of its z is no a.
    assert {"z⁽¹⁾₃", "a⁽¹⁾₃", "z⁽²⁾₁"} <= set(named)
    assert "a⁽²⁾₁" not in named
    pytest.importorskip("numpy", reason="NumPy is not installed")
    matrix = str(derive(root, form="matrix"))
    assert "∂L/∂W⁽¹⁾ = δ⁽¹⁾ xᵀ" in matrix


def test_parameters_in_lists_have_their_rows_and_columns():
    class Own(Module):
        def __init__(self):
            self.W = [[Value(0.1), Value(0.2)], [Value(0.3), Value(0.4)]]
            self.b = [Value(0.5), Value(0.6)]
            self.w2 = [[Value(0.7), Value(0.8)]]
            self.W_h = [[Value(0.9)]]
            self.scale = Value(1.0)

    model = Own()
    found = names(sum(model.parameters()), model=model)
    assert [found[p].text for p in model.parameters()] == [
        *["W₁₁", "W₁₂", "W₂₁", "W₂₂", "b₁", "b₂"],
        *["w⁽²⁾₁₁", "w⁽²⁾₁₂", "W_h_11", "scale"],
    ]


@pytest.mark.parametrize(
    ("path", "latex"),
    [
        ("w0.0.1", "w^{(0)}_{12}"),  # layers that are counted from 0
        ("w1.0.9", "w^{(1)}_{1,10}"),
        ("W.10.0", "W_{11,1}"),
        ("W_h.0.1", "W_{h,12}"),
        ("W_h.0.10", "W_{h,1,11}"),
        ("cell.W.0.1", "\\mathrm{cell}.W.0.1"),
    ],
)
def test_a_path_is_a_letter_with_its_places(path, latex):
    assert name_of_path(path).latex == latex


def test_a_model_that_is_gone_has_no_names():
    model, root = two_layers()
    weight = model.layers[0].neurons[0].w[1]
    del model
    gc.collect()
    assert str(names(root)[weight]).startswith("x")


def test_a_label_goes_before():
    model, root = two_layers()
    model.layers[0].neurons[0].w[1].label = "mine"
    assert "mine" in text(root)
    assert str(names(Value(1.0) * 2.0)) != ""
