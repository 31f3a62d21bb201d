"""`draw_network`: columns of neurons, edges by weight or gradient."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP, Layer
from tinygrad_edu.view import draw_network


def test_a_node_for_each_neuron_and_an_edge_for_each_weight() -> None:
    svg = draw_network(MLP(2, [4, 3, 1], seed=0)).svg()
    ElementTree.fromstring(svg)
    assert svg.count('class="node source"') == 2
    assert svg.count('class="node neuron"') == 8
    assert svg.count('class="edge ') == 2 * 4 + 4 * 3 + 3


def test_edges_by_weight_or_by_gradient() -> None:
    model = MLP(2, [1], seed=0)
    w = model.layers[0].neurons[0].w
    w[0].data, w[1].data, w[0].grad, w[1].grad = 1.0, -0.5, -3.0, 3.0
    source = draw_network(model).source
    assert re.search("class=positive .*penwidth=4.50 style=solid", source)
    assert re.search("class=negative .*penwidth=2.40 style=dashed", source)
    assert draw_network(model, color="grad").source.count("penwidth=4.50") == 2


def test_a_weight_of_0_is_not_negative() -> None:
    model = MLP(2, [1], seed=0)
    w = model.layers[0].neurons[0].w
    w[0].data, w[1].data = 0.0, 1.0
    assert draw_network(model).source.count("style=solid") == 2


def test_activations_when_it_has_been_run() -> None:
    model = MLP(2, [1], seed=0)
    w = model.layers[0].neurons[0].w
    w[0].data, w[1].data = 1.0, -0.5
    for x in ([3.0, 4.0], [Value(3.0), Value(4.0)], (3, 4)):
        source = draw_network(model, x).source
        assert all(f"label={n} " in source for n in (3, 4))
        assert 'label="1\nb 0"' in source  # 1·3 - 0.5·4 = 1


def test_weights_and_biases_are_written_where_there_is_room() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    for i, p in enumerate(model.parameters()):
        p.data, p.grad = 0.25 * i - 1.0, 10.0 + i
    numbers = re.compile(r"label=\"?(-?[\d.]+)\"? class=number")
    weights = [w.data for layer in model.layers for n in layer.neurons for w in n.w]
    source = draw_network(model).source
    assert sorted(map(float, numbers.findall(source))) == sorted(weights)
    assert sorted(map(float, re.findall(r"label=\"b (-?[\d.]+)\"", source))) == [-0.5, 0.25, 1.0]
    by_gradient = draw_network(model, color="grad").source
    assert sorted(numbers.findall(by_gradient)) == ["10", "11", "13", "14", "16", "17"]
    assert 'label="b 12"' in by_gradient
    assert "class=number" not in draw_network(model, values=False).source
    large = MLP(6, [8])
    assert "class=number" not in draw_network(large).source
    assert draw_network(large, values=True).source.count("class=number") == 48


def test_numbers_on_lines_do_not_cover_each_other() -> None:
    from tinygrad_edu.view.placing import places

    rows = [(0.0, 58.0 * i, 190.0, 58.0 * j) for i in range(4) for j in range(4)]
    found = places(rows, [25.0] * 16)
    for k, (x, y) in enumerate(found):
        a, b, to_a, to_b = rows[k]
        assert y == pytest.approx(b + (to_b - b) * (x - a) / (to_a - a))  # on its line
        assert all(abs(x - p) >= 25.0 or abs(y - q) >= 12.0 for p, q in found[:k])


def test_no_gradient_yet_is_said() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    source = draw_network(model, color="grad").source
    assert "every gradient is 0, as before backward()" in source
    assert set(re.findall(r"penwidth=([\d.]+)", source)) == {"0.30"}
    model([1.0, 2.0]).backward()
    assert "thicker: larger gradient" in draw_network(model, color="grad").source


def test_a_wide_layer_says_what_it_leaves_out() -> None:
    drawing = draw_network(MLP(784, [32, 10], init="zeros"))
    assert "… 776 more" in drawing.svg()
    assert "… 24 more" in drawing.svg()
    assert "784 inputs" in drawing.svg()
    assert drawing.summary == "Network 784-32-10, 25,450 parameters"


def test_a_layer_alone_and_one_input() -> None:
    assert draw_network(Layer(1, 2, seed=0), 3.0).svg().count('class="node neuron"') == 2


def test_not_finite_weights_are_drawn() -> None:
    model = MLP(1, [1], seed=0)
    model.parameters()[0].data = float("nan")
    assert "nan" in draw_network(model, 1.0).svg()


def test_bad_input() -> None:
    model = MLP(2, [1])
    with pytest.raises(ValueError, match="2 inputs, not 3"):
        draw_network(model, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="color is 'weight' or 'grad'"):
        draw_network(model, color="red")
