"""What is said of a graph calls the parameters by their place in the model that exists now."""

import gc
import json

import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import (
    check_gradients,
    derive,
    diagnose,
    hint,
    latex,
    ledger,
    names,
    quiz,
    text,
    try_gradients,
    worksheet,
)
from tinygrad_edu.teach.misconceptions import assigning
from tinygrad_edu.view import explore

NAME = "w⁽¹⁾₁₂"

SAYS = {
    "names": lambda root, v: str(names(root)[v]),
    "text": lambda root, v: text(root),
    "latex": lambda root, v: latex(root).replace("w^{(1)}_{12}", NAME),
    "derive": lambda root, v: str(derive(root, v)),
    "ledger": lambda root, v: str(ledger(root)),
    "worksheet": lambda root, v: str(worksheet(root, v)),
    "worksheet with other numbers": lambda root, v: str(worksheet(root, v, seed=1)),
    "check_gradients": lambda root, v: str(check_gradients(root, {NAME: 5.0})),
    "formulas": lambda root, v: str(check_gradients(root, {NAME: f"5 {NAME}"})),
    "try_gradients": lambda root, v: str(try_gradients(root, {NAME: 5.0})),
    "hint": lambda root, v: hint(root, {v: None}),
    "quiz": lambda root, v: repr(quiz(root, v)),
    "misconceptions": lambda root, v: str(assigning(root).words.name(v)),
    "diagnose": lambda root, v: str(diagnose(root + 1.0 / (v - v.data))),
    "explore": lambda root, v: explore(root).html().replace(json.dumps(NAME)[1:-1], NAME),
}


def two_layers():
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    return model, (model([0.5, -1.0]) - 0.25) ** 2


@pytest.mark.parametrize("function", SAYS)
def test_every_function_finds_the_names_of_the_model(function):
    gc.collect()
    model, root = two_layers()
    assert NAME in SAYS[function](root, model.layers[0].neurons[0].w[1])


def test_of_two_models_in_a_graph_neither_gives_its_names():
    one, _ = two_layers()
    other, _ = two_layers()
    root = one([0.5, -1.0]) * other([1.0, 2.0])
    assert NAME not in {str(name) for name in names(root).values()}
    assert NAME in {str(name) for name in names(root, one).values()}


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
