"""What `draw_dot` draws: nodes, edges, local derivatives, kinds, widths, highlighted paths."""

from __future__ import annotations

import html
import re

import pytest

from tinygrad_edu import OPS, Value
from tinygrad_edu.nn import Neuron
from tinygrad_edu.view import draw_dot
from tinygrad_edu.view.numbers import Numbers

NODE = re.compile(r'^\t(\w+) \[label=("(?:[^"\\]|\\.)*"|\S+) class=(\w+)', re.MULTILINE)
EDGE = re.compile(r"^\t(\w+) -> (\w+) \[(.*)\]$", re.MULTILINE)


def nodes(source: str) -> dict[str, tuple[str, str]]:
    return {name: (kind, label.strip('"')) for name, label, kind in NODE.findall(source)}


def edges(source: str) -> list[tuple[str, str, str]]:
    found = []
    for tail, head, attributes in EDGE.findall(source):
        label = re.search(r'label="? ([^"]*) "', attributes)
        found.append((tail, head, label[1] if label else ""))
    return found


def test_a_number_is_equal_to_what_its_digits_give_and_else_about_so() -> None:
    numbers = Numbers(Value(1.0), precision=4, moved=())
    assert numbers.follows(0.1 + 0.2, 0.3) == "= 0.3"
    assert numbers.follows(1.0, 3.0 * 0.3333) == "≈ 1"


def test_every_value_operation_and_local_derivative() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + a
    y.label = "y"
    y.backward()
    source = draw_dot(y).source
    # y = ab + a: ∂(ab)/∂a = b = -3, ∂(ab)/∂b = a = 2; ∂y/∂a = b + 1 = -2, ∂y/∂b = a = 2
    assert nodes(source) == {
        "v0": ("input", "a\ndata 2\ngrad -2"),
        "v1": ("input", "b\ndata -3\ngrad 2"),
        "v2": ("value", "v₁\ndata -6\ngrad 1"),
        "v3": ("root", "y\ndata -4\ngrad 1"),
        "o2": ("operation", "×"),
        "o3": ("operation", "+"),
    }
    assert sorted(edges(source)) == [
        ("o2", "v2", ""),
        ("o3", "v3", ""),
        ("v0", "o2", "-3"),
        ("v0", "o3", "1"),
        ("v1", "o2", "2"),
        ("v2", "o3", "1"),
    ]


def test_both_edges_of_a_plus_a() -> None:
    a = Value(1.0)
    assert edges(draw_dot(a + a).source).count(("v0", "o1", "1")) == 2


def test_plain_numbers_are_drawn_as_such() -> None:
    source = draw_dot(2.0 / Value(4.0)).source
    assert nodes(source)["c0"] == ("constant", "2")
    assert ("c0", "o1", "") in edges(source)


def test_parameters_are_those_of_modules_and_those_that_are_given() -> None:
    neuron = Neuron(1, bias=False, nonlin=False, seed=0)
    x, w = Value(1.0, label="x"), Value(3.0, label="w")
    source = draw_dot(neuron([x]) * w, parameters=[w]).source
    leaves = {label.split()[0]: kind for kind, label in nodes(source).values()}
    assert (leaves["x"], leaves["w"]) == ("input", "parameter")
    assert source.count("class=parameter") == 2


def test_the_kinds_differ_in_shape() -> None:
    from tinygrad_edu.view.style import LOOKS

    kinds = ["input", "parameter", "constant", "operation", "value", "root", "module"]
    shapes = {(LOOKS[k].shape, "rounded" in LOOKS[k].style, str(LOOKS[k].more)) for k in kinds}
    assert len(shapes) == len(kinds)


def test_precision() -> None:
    assert "data 0.3333333\n" in draw_dot(Value(1 / 3), precision=7).source
    assert "data 0\ngrad 0" in draw_dot(Value(-0.0)).source
    assert "data 14400\n" in draw_dot(Value(14400.0)).source
    assert "data 1.44e+07\n" in draw_dot(Value(14.4e6)).source
    assert "data nan" in draw_dot(Value(float("nan"))).source
    with pytest.raises(ValueError, match="precision"):
        draw_dot(Value(1.0), precision=0)


def test_an_edge_is_thicker_the_more_gradient_flows() -> None:
    a, b = Value(1.0), Value(1.0)
    y = a * 100.0 + b
    plain = set(re.findall(r"penwidth=([\d.]+)", draw_dot(y).source))
    assert plain == {"1"}  # backward has not run
    y.backward()
    width = {
        tail: float(w)
        for tail, w in re.findall(r"(v\d) -> .*penwidth=([\d.]+)", draw_dot(y).source)
    }
    assert width["v0"] > width["v1"]


def test_not_finite_gradients_are_drawn() -> None:
    x = Value(0.0, label="x")
    y = x.log()
    y.backward()
    assert "grad inf" in draw_dot(y).svg()


def test_highlight_lights_every_path_with_its_product() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + a
    y.label = "y"
    for wanted in (a, "a"):
        drawing = draw_dot(y, highlight=wanted)
        svg = html.unescape(drawing.svg())
        # through ab: ∂y/∂(ab) · ∂(ab)/∂a = 1 · (-3); directly: 1
        assert "1 · (-3) = -3" in svg
        assert "∂y/∂a = the sum of 2 paths = -2" in svg
        lit = re.findall(r"\t(\w+) -> (\w+) .*class=lit", drawing.source)
        assert sorted(lit) == [("o2", "v2"), ("o3", "v3"), ("v0", "o2"), ("v0", "o3"), ("v2", "o3")]
    assert y.grad == 0.0  # nothing of the graph is changed


def test_highlight_of_two_to_the_hundred_paths() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(100):
        y = y + y
    svg = draw_dot(y, highlight=x).svg()
    assert f"and {2**100 - 6:,} more" in svg
    assert "1 · 1 · 1 · 1 · 1 · … · 1 · 1 · 1 · 1 · 1 = 1" in svg


def test_highlight_the_root_itself() -> None:
    y = Value(1.0) + 1.0
    y.label = "y"
    assert "∂y/∂y = 1" in draw_dot(y, highlight="y").svg()


def test_highlight_of_what_is_not_there() -> None:
    a = Value(1.0, label="a")
    y = a + Value(2.0, label="a")
    with pytest.raises(ValueError, match="'z' is not in this graph"):
        draw_dot(y, highlight="z")
    with pytest.raises(ValueError, match="2 values are labelled 'a'"):
        draw_dot(y, highlight="a")
    with pytest.raises(ValueError, match="not in this graph"):
        draw_dot(y, highlight=Value(1.0))
    with pytest.raises(TypeError, match="highlight is a Value or a label, not int"):
        draw_dot(y, highlight=3)  # type: ignore[arg-type]


def test_a_large_graph_is_refused_with_advice() -> None:
    y = Value(1.0)
    for _ in range(100_000):
        y = y + 1.0
    with pytest.raises(ValueError, match=r"100,001 values.*fold=True.*limit=100001"):
        draw_dot(y)


def test_a_deep_chain_is_drawn() -> None:
    y = Value(1.0)
    for _ in range(1500):
        y = -y
    source = draw_dot(y, limit=2000, highlight=y).source
    assert source.count("grad") == 1501


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_rankdir(rankdir: str) -> None:
    assert f"rankdir={rankdir}" in draw_dot(Value(1.0) + 1.0, rankdir).source


def test_a_wrong_rankdir_is_refused() -> None:
    with pytest.raises(ValueError, match="rankdir is 'LR'"):
        draw_dot(Value(1.0), "left")


@pytest.mark.parametrize("name", [n for n in OPS if n.isidentifier()])
def test_every_operation_is_drawn(name: str) -> None:
    op = OPS[name]
    y = op.function(*[Value(0.5) for _ in op.rules])
    assert draw_dot(y).svg().count('class="node operation"') == 1
