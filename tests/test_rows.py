"""A graph that is too wide for a page goes on in further rows, and nothing of it is lost."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from tinygrad_edu import Value, mean, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.view import draw_dot, draw_network

EDGE = re.compile(r"^\t(\w+) -> (\w+) \[(.*)\]$", re.MULTILINE)


def chain(length: int) -> Value:
    x = Value(0.5, label="x")
    y = x
    for i in range(length):
        y = y * x + 0.1 if i % 2 else y.sin()
    y.backward()
    return y


def batch(samples: int) -> Value:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    points = [(0.1 * i, 1.0 - 0.2 * i) for i in range(samples)]
    loss = mean((model([a, b]) - 1.0) ** 2 for a, b in points)
    loss.backward()
    return loss


def edges(source: str) -> list[tuple[str, str, str]]:
    """All edges with their attributes, those from a node's stand-in as from the node itself."""
    found = [(tail.split("_")[0], head, more) for tail, head, more in EDGE.findall(source)]
    return sorted(found)


def width(svg: str) -> float:
    return float(ElementTree.fromstring(svg).get("width", "").removesuffix("pt")) / 0.75


GRAPHS = [lambda: chain(40), lambda: batch(4), lambda: batch(12), lambda: chain(150)]


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("rankdir", ["LR", "RL"])
def test_rows_have_every_edge_and_letters_of_ten_pixels(graph: object, rankdir: str) -> None:
    y = graph()  # type: ignore[operator]
    drawing = draw_dot(y, rankdir, limit=2000)
    assert edges(drawing.source) == edges(draw_dot(y, limit=2000, width=math.inf).source)
    assert width(drawing.svg()) <= 1.05 * 820 / 0.7  # the rows are chosen by an estimate
    shown = width(drawing._repr_svg_()) / width(drawing.svg())  # of its size
    assert 11 / 0.75 * shown >= 10.0


def test_what_stands_in_for_a_value_is_below_it() -> None:
    y = chain(20)
    source = draw_dot(y).source
    svg = draw_dot(y).svg()
    whole = set(re.findall(r"^\t(v\d+) \[", source, re.MULTILINE))
    used = {name for tail, head, _ in EDGE.findall(source) for name in (tail, head)}
    assert whole <= used  # a leaf stands whole beside its first use
    order = topological_order(y)
    heights = [
        float(
            re.search(rf"<text [^>]*y=\"(-?[\d.]+)\"[^>]*>{name}</text>\n<text[^>]*>data", svg)[1]
        )  # type: ignore[index]
        for name in ("x", "z₂", "z₄", "L")
    ]
    assert heights == sorted(heights)
    stand_ins = re.findall(r"^\t(v\d+)_(\d+) .*\n?from above", source, re.MULTILINE)
    assert len(stand_ins) == len(set(stand_ins))
    assert {order[int(name[1:])].label for name, _ in stand_ins} >= {"x"}
    assert svg.count(">from above<") == len(stand_ins)
    assert svg.count(">repeated<") == source.count("repeated") > 0


def test_a_node_of_a_folded_batch_says_which_call_it_stands_in_for() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    points = [(0, 0), (0, 1), (1, 0), (1, 1)]
    loss = mean((model([float(a), float(b)]) - 1.0) ** 2 for a, b in points)
    source = draw_dot(loss, fold="layer", width=400).source
    stand_ins = re.findall(r'"(layer 2[^"]*from above)"', source)
    assert len(stand_ins) >= 2
    assert len(set(stand_ins)) == len(stand_ins)


def test_a_graph_that_fits_is_one_row() -> None:
    for y in (chain(2), Value(1.0) + 1.0):
        assert draw_dot(y).source == draw_dot(y, width=math.inf).source
    assert "from above" not in draw_dot(chain(40), "TB").source  # its length is on the page's side
    assert draw_dot(chain(40), width=400).source.count("from above") > draw_dot(
        chain(40), width=1600
    ).source.count("from above")


@pytest.mark.parametrize("wrong", [0, -1.0, math.nan, True, "wide"])
def test_a_wrong_width(wrong: object) -> None:
    with pytest.raises(ValueError, match="width is a number of pixels, not"):
        draw_dot(Value(1.0), width=wrong)  # type: ignore[arg-type]


def test_a_notebook_gets_it_in_the_size_that_it_has_room_for() -> None:
    wide = draw_dot(chain(3), width=math.inf)
    assert width(wide.svg()) > 820
    assert width(wide._repr_svg_()) == width(wide.svg())
    shown = draw_dot(chain(6))._repr_svg_()
    assert width(shown) == pytest.approx(820, abs=0.1)
    assert "min-width:" in shown  # where a page shrinks it further, down to ten pixels
    network = draw_network(MLP(2, [2] * 8))
    assert width(network.svg()) > width(network._repr_svg_())


def test_a_chinese_label_makes_its_box_wider() -> None:
    label = "学习率为零点一的权重更新之后的损失函数值"
    leaf = Value(2.0, label=label)
    for drawing in (draw_dot(leaf), draw_dot(leaf * leaf), draw_dot(leaf * 2.0, parameters=[leaf])):
        box = re.search(
            r'class="node (?:root|input|parameter)">\n<(?:polygon|path)[^>]*', drawing.svg()
        )
        assert box is not None
        xs = [float(x) for x in re.findall(r"(-?[\d.]+),-?[\d.]+", box[0])]
        assert max(xs) - min(xs) >= 11.0 * len(label) + 8.0  # each fills a square of 11 points
