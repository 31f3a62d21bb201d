"""`explore`: the page as text: what it holds, what it refuses, and that a label stays a label."""

from __future__ import annotations

import html
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from explorer_page import HOSTILE, tanh_graph

from tinygrad_edu import Value, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.sources import record_sources


class Elements(HTMLParser):
    """The tags of a page with their attributes, and the text of each script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            self.scripts.append(data)


def model_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', page)
    assert found is not None
    model: dict[str, Any] = json.loads(found[1])
    return model


def test_the_model_holds_the_graph_as_it_was_recorded() -> None:
    model = model_of(explore(tanh_graph()[2]).html())
    names = [node["name"] for node in model["nodes"]]
    a, b, v, z, y = model["nodes"]
    assert sorted(names) == sorted(["a", "b", "v₁", "z₁", "y"])
    assert [node["data"] for node in (v, z, y)] == [-6.0, -4.0, math.tanh(-4.0)]
    assert (v["op"], v["arguments"], v["slopes"]) == ("*", [0, 1], [-3.0, 2.0])
    assert (z["arguments"], z["direct"]) == ([2, 0], [False, True])
    assert y["slopes"] == pytest.approx([1.0 - math.tanh(4.0) ** 2], rel=1e-9)
    assert "op" not in a
    assert "op" not in b


def test_a_plain_number_stands_in_brackets() -> None:
    (_, node) = model_of(explore(Value(3.0) * 2.0).html())["nodes"]
    assert (node["arguments"], node["slopes"]) == ([0, [2.0]], [2.0])


def test_nothing_is_changed() -> None:
    a, b, y = tanh_graph()
    a.grad = 7.0
    explore(y).html()
    assert (a.grad, b.grad, y.grad) == (7.0, 0.0, 0.0)


def test_each_edge_is_drawn_once() -> None:
    a = Value(3.0, label="a")
    page = explore(a * a + a).html()
    drawn = re.findall(r'<g id="(edge\d+)"', page)
    assert sorted(drawn) == ["edge0", "edge1", "edge2", "edge3"]
    assert len(re.findall(r'<g id="node\d+"', page)) == 3


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert explore(tanh_graph()[2]).html() == explore(tanh_graph()[2]).html()


def test_a_leaf_alone_is_a_page_too() -> None:
    model = model_of(explore(Value(1.0, label="x")).html())
    assert [node["name"] for node in model["nodes"]] == ["x"]
    assert model["rules"] == {}


def test_what_is_not_finite_is_kept() -> None:
    x = Value(0.0, label="x")
    model = model_of(explore(x.log() * x).html())
    assert [node["data"] for node in model["nodes"]] == [0.0, "-inf", "nan"]


def test_sources_are_shown_where_they_are_known() -> None:
    a = Value(2.0, label="a")
    before = a + 1.0
    with record_sources() as sources:
        y = before * a
    nodes = {n["name"]: n for n in model_of(explore(y, sources=sources).html())["nodes"]}
    assert [name for name, node in nodes.items() if "source" in node] == ["L"]
    source = nodes["L"]["source"]
    assert source["text"] == "y = before * a"
    assert source["text"][source["start"] : source["end"]] == "before * a"
    assert source["place"] == f"test_explorer.py, line {sources[y].line}"


def test_parameters_of_a_model_have_its_names() -> None:
    model = MLP(1, [1])
    page = explore(model([2.0]), model=model).html()
    assert any(node["name"].startswith("w") for node in model_of(page)["nodes"])


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_never_becomes_markup(label: str) -> None:
    def page(name: str) -> str:
        a, b = Value(2.0, label=name), Value(3.0, label=name)
        y = a * b
        y.label = name
        return explore(y).html()

    plain, hostile = Elements(page("plain")), Elements(page(label))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert [list(attrs) for _, attrs in hostile.tags] == [list(attrs) for _, attrs in plain.tags]
    assert hostile.scripts[-1] == plain.scripts[-1]
    assert model_of(page(label))["nodes"][0]["name"].strip("“”").split() == label.split()


def test_only_its_own_script_may_run() -> None:
    page = explore(tanh_graph()[2]).html()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/=]+';", policy)
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def test_in_a_notebook_it_is_a_sandboxed_frame() -> None:
    shown = explore(tanh_graph()[2])
    ((tag, attrs),) = Elements(shown._repr_html_()).tags
    assert tag == "iframe"
    assert attrs["sandbox"] == "allow-scripts allow-downloads"
    assert attrs["srcdoc"] == shown.html()
    assert attrs["title"] == "y, step by step"
    assert "5 values, 5 contributions" in repr(shown)


def test_save_writes_the_page(tmp_path: Path) -> None:
    shown = explore(tanh_graph()[2])
    shown.save(tmp_path / "step.html")
    assert (tmp_path / "step.html").read_bytes() == shown.html().encode()
    assert [file.name for file in tmp_path.iterdir()] == ["step.html"]


@pytest.mark.parametrize("label", HOSTILE)
def test_any_label_can_be_saved(tmp_path: Path, label: str) -> None:
    explore(Value(1.0, label=label) * 2.0).save(str(tmp_path / "step.HTML"))
    explore(Value(1.0, label=label)).save(tmp_path / "leaf.htm")


@pytest.mark.parametrize("name", ["step.svg", "step", "html"])
def test_save_refuses_another_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(name)):
        explore(Value(1.0)).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_is_too_large_is_refused_with_what_to_do() -> None:
    x = Value(1.0)
    for _ in range(20_000):
        x = x + 1.0
    with pytest.raises(
        ValueError, match=r"20,001 values.*at most 20,000.*fewer samples.*fold=True"
    ):
        explore(x)


def test_a_graph_of_300_values_is_below_500_kilobytes() -> None:
    xs = [Value(i / 10.0, label=f"x{i}") for i in range(100)]
    total = xs[0] * xs[1]
    for x in xs[2:]:
        total = (total + x).tanh()
    root = total + 1.0
    page = explore(root)
    assert len(topological_order(root)) == 298
    assert len(page.html().encode()) < 500_000


def test_the_title_is_escaped() -> None:
    page = explore(Value(1.0, label="<i> & co")).html()
    assert f"<h1>{html.escape('<i> & co')}, step by step</h1>" in page


def test_without_trust_a_notebook_says_what_to_do() -> None:
    shown = explore(tanh_graph()[2])._repr_html_()
    left = re.sub(r"</?iframe[^>]*>", "", shown)  # what a sanitizer leaves
    assert left == (
        "y, step by step. Run this cell or trust the notebook to see it; "
        ".save(&#x27;step.html&#x27;) keeps it."
    )


def test_in_a_dark_notebook_the_explorer_is_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = explore(tanh_graph()[2])
    light = shown._repr_html_()
    monkeypatch.setattr("tinygrad_edu.view.notebook.is_dark", lambda: True)
    dark = shown._repr_html_()
    assert "color-scheme: dark" in html.unescape(dark)
    assert "prefers-color-scheme: dark" not in html.unescape(dark)
    assert "prefers-color-scheme: dark" in html.unescape(light)
    assert "prefers-color-scheme: dark" in shown.html()  # a page of its own asks the screen
    chosen = explore(tanh_graph()[2], theme="light")._repr_html_()
    assert "color-scheme: dark" not in html.unescape(chosen)
