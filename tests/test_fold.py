"""Folding: the nodes that a neuron or a layer made, found from the structure, as one box."""

from __future__ import annotations

import re

import pytest

from tinygrad_edu import Value, tanh, topological_order
from tinygrad_edu.nn import MLP, Layer, Neuron
from tinygrad_edu.view import draw_dot
from tinygrad_edu.view.fold import by_layer, by_neuron, calls


def test_every_node_of_a_network_is_in_one_call() -> None:
    model = MLP(2, [16, 16, 1], seed=0)
    x = [Value(1.0), Value(-2.0)]
    y = model(x)
    order = topological_order(y)
    found = calls(order)
    assert len(found) == 33
    inside = [v for call in found for v in call.nodes]
    assert set(inside) == {v for v in order if v.op}
    assert len(inside) == len(set(inside))
    assert by_neuron(found)[0].title == "neuron 1.1, relu"
    assert {b.title for b in by_layer(found)} == {
        "layer 1: 16 neurons, relu",
        "layer 2: 16 neurons, relu",
        "layer 3: 1 neuron, linear",
    }


def test_slopes_are_the_gradients_through_a_box() -> None:
    neuron = Neuron(2, activation="tanh", seed=1)
    a, b = Value(0.3), Value(-0.7)
    y = neuron([a, b])
    y.backward()
    (call,) = calls(topological_order(y))
    assert call.output is y
    assert call.slopes() == pytest.approx({a: a.grad, b: b.grad}, rel=1e-15)


@pytest.mark.parametrize("activation", ["tanh", tanh, "leaky_relu", "linear", None])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("nin", [1, 3])
def test_all_kinds_of_neurons(activation: object, bias: bool, nin: int) -> None:
    neuron = Neuron(nin, activation=activation, bias=bias, seed=0)  # type: ignore[arg-type]
    for x in ([1.0, 2.0, 3.0][:nin], [Value(1.0) for _ in range(nin)]):
        y = neuron(x)
        (call,) = calls(topological_order(y))
        assert call.output is y


def test_an_activation_of_several_nodes_stays_outside() -> None:
    neuron = Neuron(2, activation=lambda z: z.tanh() * z, seed=0)
    (call,) = calls(topological_order(neuron([1.0, 2.0])))
    assert call.output.op == "+"


def test_a_neuron_called_twice_is_two_boxes() -> None:
    neuron = Neuron(2, nonlin=False, seed=0)
    x = [Value(1.0), Value(2.0)]
    y = neuron(x) + neuron(x)  # also where the sum of the two looks like one more partial sum
    assert len(calls(topological_order(y))) == 2


def test_what_only_looks_like_a_neuron_is_left_alone() -> None:
    neuron = Neuron(2, seed=0)
    v, w = neuron.w
    penalty = v * v + w * w
    assert calls(topological_order(penalty)) == []
    assert calls(topological_order(v * 3.0)) == []  # not all of its weights


def test_a_layer_on_two_points_is_two_boxes() -> None:
    layer = Layer(2, 3, seed=0)
    y = sum(layer([1.0, 2.0])) + sum(layer([3.0, 4.0])) + sum(layer([1.0, 2.0]))
    assert [len(b.calls) for b in by_layer(calls(topological_order(y)))] == [3, 3, 3]


def test_a_box_says_its_inputs_output_and_gradient() -> None:
    neuron = Neuron(2, activation="tanh", seed=0)
    neuron.w[0].data, neuron.w[1].data = 0.5, -0.25
    x = [Value(2.0, label="x₁"), Value(4.0, label="x₂")]
    y = neuron(x) * 3.0  # tanh(0.5·2 - 0.25·4) = 0
    y.backward()
    drawing = draw_dot(y, fold=True)
    assert "neuron, tanh\nin 2, 4\nout 0, grad 3" in drawing.source
    assert 'label=" 0.5 "' in drawing.source  # ∂out/∂x₁ = w₁(1 - tanh² 0)
    assert "class=parameter" not in drawing.source
    assert drawing.summary.endswith("11 values, drawn as 4")


def test_a_parameter_that_is_used_elsewhere_is_drawn() -> None:
    neuron = Neuron(1, bias=False, seed=0)
    source = draw_dot(neuron(2.0) + neuron.w[0] ** 2, fold=True).source
    assert source.count("class=parameter") == 1


def test_a_hidden_network_is_one_page() -> None:
    model = MLP(2, [16, 16, 1], seed=0)
    y = model([Value(1.0), Value(2.0)])
    drawing = draw_dot(y, fold=True)
    assert "neuron 2.16, relu" in drawing.source
    assert "layer 2: 16 neurons, relu" in draw_dot(y, fold="layer").source
    height = float(drawing.svg().split('height="')[1].split("pt")[0])
    assert height < 1000


def test_a_wide_network_is_folded_by_layer() -> None:
    model = MLP(200, [40, 30], seed=0)
    y = sum(model([1.0] * 200))
    source = draw_dot(y, fold=True).source
    assert "layer 1: 40 neurons, relu" in source
    with pytest.raises(ValueError, match=r"limit=\d+"):
        draw_dot(y, fold="neuron", limit=50)


def test_the_root_may_be_in_a_box() -> None:
    neuron = Neuron(2, seed=0)
    assert "class=root" in draw_dot(neuron([1.0, 2.0]), fold=True).source


def test_a_model_that_is_gone_cannot_be_folded() -> None:
    y = MLP(2, [16, 16, 1], seed=0)([1.0, 2.0])
    with pytest.raises(ValueError, match="no model that made part of it exists"):
        draw_dot(y, fold=True)


def test_wrong_folds() -> None:
    with pytest.raises(ValueError, match="fold is True"):
        draw_dot(Value(1.0), fold="model")
    with pytest.raises(ValueError, match="use one of the two"):
        draw_dot(Value(1.0, label="x"), fold=True, highlight="x")


def test_an_edge_between_boxes_is_as_thick_as_the_most_that_flows_in_it() -> None:
    """Whichever of a layer's neurons it comes from."""

    def width(first: float, second: float) -> float:
        model = MLP(1, [2, 1], activation=None, seed=0)
        hidden, out = model.layers
        for neuron in hidden.neurons:
            neuron.w[0].data = 0.5  # the same in both, so that only the last layer tells them apart
        out.neurons[0].w[0].data, out.neurons[0].w[1].data = first, second
        y = model([Value(1.0, label="x")]) * 10.0
        y.backward()
        source = draw_dot(y, fold="layer").source
        (found,) = re.findall(r"b0 -> b1 \[.*penwidth=([\d.]+)", source)
        return float(found)

    assert width(5.0, 0.1) == width(0.1, 5.0)
    assert width(5.0, 0.1) > width(0.1, 0.1)
