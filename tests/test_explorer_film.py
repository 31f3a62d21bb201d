"""The explorer's steps as an animated picture: a frame a step, with what the page says of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from explorer_page import gradients, press, tanh_graph

from tinygrad_edu import Value, mean
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.explorer.film import LONGEST, Steps
from tinygrad_edu.view.explorer.model import Model
from tinygrad_edu.view.theme import THEMES

image = pytest.importorskip("PIL.Image", reason="a GIF is written by pillow")
pytest.importorskip("resvg_py", reason="its frames are painted by resvg-py")


def nodes(svg: str) -> dict[str, list[str]]:
    """By the name of each node: its lines."""
    found = {}
    for group in re.findall(r'<g id="node\d+".*?</g>', svg, re.DOTALL):
        heading, data, grad = re.findall(r"<text[^>]*?(?:/>|>([^<]*)</text>)", group)
        found[heading.split(" = ")[0]] = [data, grad]
    return found


def caption(svg: str) -> list[str]:
    outside = re.sub(r'<g id="(?:node|edge)\d+".*?</g>', "", svg, flags=re.DOTALL)
    return [said for said in re.findall(r"<text[^>]*>([^<]*)</text>", outside) if said]


def test_a_frame_says_what_the_page_says_at_its_step(
    frames: list[str], visit: Callable[..., Any]
) -> None:
    shown = explore(tanh_graph()[2])
    film = shown.film()
    page = visit(shown)
    assert len(film.frames) == len(frames) == 10  # steps 0 to 9
    for svg in frames:
        drawn = {name: grad.removeprefix("grad ") for name, (_, grad) in nodes(svg).items()}
        said = {
            name: None if grad is None else f"{grad:.6g}" for name, grad in gradients(page).items()
        }
        assert {
            name: f"{float(grad.replace('−', '-')):.6g}" if grad else None
            for name, grad in drawn.items()
        } == said
        known = page.locator("#picture .node:not(.unknown)").count()
        assert sum(bool(data) for data, _ in nodes(svg).values()) == known
        press(page, "ArrowRight")


def test_its_captions_by_hand(frames: list[str]) -> None:
    # y = tanh(z), z = v + a, v = ab at a = 2, b = -3; y' = 1 - tanh² 4 = 0.00134095
    explore(tanh_graph()[2]).film()
    assert [caption(svg) for svg in frames] == [
        ["The numbers that are given"],
        ["Forward 1 of 3", "v₁ = a · b = 2 · (−3) = −6"],
        ["Forward 2 of 3", "z₁ = v₁ + a = −6 + 2 = −4"],
        ["Forward 3 of 3", "y = tanh(z₁) = tanh(−4) = −0.999329"],
        ["Backward begins at y", "∂y/∂y = 1"],
        ["Backward 1 of 5: from y to z₁", "∂y/∂z₁ = 1 · 0.00134095 = 0.00134095"],
        ["Backward 2 of 5: from z₁ to v₁", "∂y/∂v₁ = 0.00134095 · 1 = 0.00134095"],
        ["Backward 3 of 5: from z₁ to a", "∂y/∂a so far = 0.00134095 · 1 = 0.00134095"],
        ["Backward 4 of 5: from v₁ to a", "∂y/∂a = 0.00134095 + 0.00134095 · (−3) = −0.0026819"],
        ["Backward 5 of 5: from v₁ to b", "∂y/∂b = 0.00134095 · 2 = 0.0026819"],
    ]


def test_what_rounds_is_said_to(frames: list[str]) -> None:
    x = Value(1.0 / 3.0, label="x")
    explore(x * 3.0).film()
    assert caption(frames[1])[1] == "L = x · 3 = 0.333333 · 3 ≈ 1"


def xor() -> tuple[MLP, Value]:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    points = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)]
    return model, mean((model(x) - y) ** 2.0 for x, y in points)


@pytest.mark.parametrize("by", ["node", "layer"])
def test_its_steps_are_the_pages_in_any_size(
    frames: list[str], visit: Callable[..., Any], by: Any
) -> None:
    model, root = xor()
    shown = explore(root, model=model)
    shown.film(by)
    page = visit(shown)
    page.select_option("#by", by)
    last = page.evaluate("document.querySelector('tinygrad-explorer').graph.last")
    assert len(frames) == last + 1
    for t in range(0, last + 1, 4):
        page.evaluate("(t) => document.querySelector('tinygrad-explorer').go(t)", t)
        drawn = {name: grad.removeprefix("grad ") for name, (_, grad) in nodes(frames[t]).items()}
        for name, total in gradients(page).items():
            said = drawn[name].replace("−", "-")
            assert (said == "") == (total is None)
            if total is not None:
                assert float(said) == pytest.approx(total, rel=1e-5, abs=1e-12)


def test_both_edges_of_a_square_are_lit_in_turn(frames: list[str]) -> None:
    x = Value(3.0, label="x")
    explore(x * x).film()
    bold = r'<g id="(edge\d)"[^>]*>(?:(?!</g>).)*?stroke-width="2.5"'
    lit = [re.findall(bold, svg, re.DOTALL) for svg in frames]
    assert lit == [[], ["edge0", "edge1"], [], ["edge0"], ["edge1"]]


def test_it_is_saved_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = explore(tanh_graph()[2], theme="dark")
    shown.save(tmp_path / "run.gif")
    with image.open(tmp_path / "run.gif") as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (10, 1200, 0)
        gif.seek(9)
        pixels = gif.convert("RGB")
    dark = THEMES["dark"]
    assert pixels.getpixel((0, 0)) == tuple(bytes.fromhex(dark.paper[1:]))
    colours = {colour for _, colour in pixels.getcolors(1_000_000)}
    assert tuple(bytes.fromhex(dark.backward[1:])) in colours
    before = (tmp_path / "run.gif").read_bytes()
    for missing in ("PIL", "resvg_py"):
        monkeypatch.setitem(sys.modules, missing, None)
        with pytest.raises(ImportError, match="extra pictures"):
            shown.save(tmp_path / "run.gif")
        monkeypatch.delitem(sys.modules, missing)
    assert (tmp_path / "run.gif").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.gif"]


def test_what_cannot_be_a_film() -> None:
    x = Value(0.5, label="x")
    for _ in range(LONGEST // 2):
        x = x.sin()
    with pytest.raises(ValueError, match=r"152 steps, and a film shows at most 150: by='layer'"):
        explore(x).film()
    with pytest.raises(ValueError, match="an edge, a node or a layer, not 'week'"):
        explore(x).film("week")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="some seconds, not 0"):
        explore(x).film(seconds=0)


def test_a_layer_passes_its_gradients_on_when_all_of_them_have_arrived() -> None:
    """Also where a value is used near the root and, later in the program, far from it."""
    x = Value(0.5, label="x")
    h = x * 1.5
    near = h * 2.0
    y = near + (h * 3.0).tanh().exp()
    steps = Steps.of(Model(y, None, None, None), "layer")
    when = {entry.node: t for t, group in enumerate(steps.backward) for entry in group}
    arrivals = [t for t, group in enumerate(steps.backward) for e in group if e.operand is h]
    assert len(arrivals) == 2
    assert when[h] > max(arrivals)


def test_a_film_by_layers_adds_up_in_the_order_of_layers(frames: list[str]) -> None:
    """Which is not that of the program, in which the far use of h comes first."""
    h = Value(0.0, label="h")
    y = h * 2.0 + (h * 3.0).sin()
    y.label = "y"
    explore(y).film("layer")
    said = [line for svg in frames for line in caption(svg) if line.startswith("∂y/∂h")]
    assert said == ["∂y/∂h so far = 1 · 2 = 2", "∂y/∂h = 2 + 1 · 3 = 5"]
    shown = [nodes(svg)["h"][1] for svg in frames]
    assert [grad for grad in shown if grad] == ["grad 0", "grad 0", "grad 2", "grad 5"]
