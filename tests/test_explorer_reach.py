"""The explorer by hand, by finger and by ear: targets, colours of paths, the program, axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import FAINTEST, ROOT, node, press, step, tanh_graph

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import Explorer, explore
from tinygrad_edu.view.sources import record_sources


def test_an_edge_is_hit_beside_it(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    for keys in ((), ("-", "-", "-"), ("+",) * 6):  # at any size
        press(page, "Home", *keys)
        edge = page.locator("#picture .edge path:not(.hit)").last
        edge.evaluate("e => e.scrollIntoView({ block: 'center', inline: 'center' })")
        x, y = edge.evaluate(
            """(line) => { const middle = line.getPointAtLength(line.getTotalLength() / 2);
                 const at = middle.matrixTransform(line.getScreenCTM()); return [at.x, at.y]; }"""
        )
        page.mouse.click(x, y - 7)
        assert step(page) == "5 of 9", keys


def test_targets_are_large_enough(visit: Callable[..., Any]) -> None:
    targets = "button, select, summary, input:not([type=checkbox]):not([type=range])"
    for touch, least in ((False, 24), (True, 44)):
        page = visit(explore(tanh_graph()[2]), 390, 844, has_touch=touch, is_mobile=touch)
        page.click("#last")
        page.locator("#picture .node").first.dispatch_event("click")
        for target in page.locator(targets).all():
            box = target.bounding_box()
            if box is not None:
                assert box["height"] >= least - 0.5, target.evaluate("e => e.outerHTML")[:90]
        for shape in page.locator("#picture .node").all():
            assert shape.bounding_box()["height"] >= least


def test_paths_have_colours_and_make_a_sum(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, "End")
    node(page, "a").click()
    colours = page.locator("#paths li").evaluate_all(
        "(items) => items.map((e) => getComputedStyle(e).borderLeftColor)"
    )
    assert len(set(colours)) == 2
    drawn = [
        page.locator(f"#picture .edge.path-{i} path:not(.hit)").evaluate_all(
            "(lines) => lines.map((e) => getComputedStyle(e).stroke)"
        )
        for i in (0, 1)
    ]
    assert [len(lines) for lines in drawn] == [2, 3]
    assert colours[0] in drawn[0]
    assert colours[1] in drawn[1]
    said = page.locator("#paths .sum").text_content()
    assert said == "sum over all paths: ∂y/∂a = 0.00134095 + (−0.00402285) = −0.0026819"
    press(page, "Escape")
    assert page.locator("#picture .edge.path-0").count() == 0


def test_a_line_of_the_program_and_its_nodes(visit: Callable[..., Any]) -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    with record_sources() as sources:
        p = a * b
        y = (p + a).tanh()
    page = visit(explore(y, sources=sources))
    lines = page.locator("#lines button")
    assert [line.split(" ", 3)[3] for line in lines.all_text_contents()] == [
        "p = a * b",
        "y = (p + a).tanh()",
    ]
    lines.last.focus()
    marked = page.locator("#picture .node.pointed text:first-of-type").all_text_contents()
    assert [text.split(" = ")[1] for text in marked] == ["v₁ + a", "tanh(z₁)"]
    press(page, "Home", "ArrowRight")
    assert lines.first.get_attribute("aria-current") == "true"
    press(page, "ArrowRight")
    assert lines.first.get_attribute("aria-current") == "false"
    assert lines.last.get_attribute("aria-current") == "true"
    node(page, "v₁").click()
    assert lines.first.get_attribute("aria-current") == "true"


def test_without_sources_there_is_no_program(visit: Callable[..., Any]) -> None:
    assert visit(explore(tanh_graph()[2])).locator("#program").is_hidden()


def test_bare_for_a_slide(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, *["ArrowRight"] * 8, "b")
    for part in ("#controls", "#options", "#right", "#hint"):
        assert page.locator(part).is_hidden()
    assert page.locator("#now").is_visible()
    page.wait_for_timeout(400)
    page.reload()
    assert page.locator("#controls").is_hidden()
    assert page.locator("#picture .badge").text_content() == "× (−3)"
    press(page, "b")
    assert page.locator("#controls").is_visible()


SIZES = [(1280, 800), (960, 700), (828, 760), (390, 844)]


def network(sizes: list[int]) -> Explorer:
    model = MLP(2, sizes, activation="tanh", seed=1)
    with record_sources() as sources:
        loss = (model([0.5, -1.0]) - 1.0) ** 2.0
    return explore(loss, model=model, sources=sources)


@pytest.mark.parametrize("graph", ["small", "network"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_edge_card_and_total_are_on_the_screen_together(
    visit: Callable[..., Any], width: int, height: int, graph: str
) -> None:
    shown = explore(tanh_graph()[2]) if graph == "small" else network([6, 1])
    touch = width < 500
    page = visit(shown, width, height, has_touch=touch, is_mobile=touch)
    press(page, "End", *["ArrowLeft"] * (1 if graph == "small" else 7))
    for part in ("#picture .edge.lit path:not(.hit)", "#now h2", "#total"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= width, part
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= height, part


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_graph_fills_its_panel_or_is_panned(
    visit: Callable[..., Any], width: int, height: int
) -> None:
    for shown in (explore(tanh_graph()[2]), network([6, 1])):
        page = visit(shown, width, height)
        wide, high, inside_wide, inside_high = page.locator("#picture").evaluate(
            """(panel) => { const svg = panel.querySelector("svg").getBoundingClientRect();
                 return [svg.width, svg.height, panel.clientWidth, panel.clientHeight]; }"""
        )
        assert wide >= 0.95 * inside_wide or high >= 0.95 * inside_high
        larger = wide > inside_wide + 1 or high > inside_high + 1
        assert page.locator("#minimap").is_visible() == larger


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_column_is_cut_without_a_cue(visit: Callable[..., Any], width: int, height: int) -> None:
    page = visit(network([6, 1]), width, height)
    press(page, "End")
    # Nothing but these panels is wider than its place, and they are scrolled, and show it.
    cut = page.evaluate(
        f"""() => [...{ROOT}.querySelectorAll("#all *")].filter((e) => e.clientWidth > 1
          && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible")
          .map((e) => e.id)"""
    )
    assert set(cut) - {""} <= {"picture", "ledger", "formulas"}
    if "ledger" in cut:
        shadows = page.locator("#ledger").evaluate("e => getComputedStyle(e).backgroundAttachment")
        assert shadows == "local, scroll"


def test_forced_colours_lose_no_text(visit: Callable[..., Any]) -> None:
    texts = {}
    for forced in ("none", "active"):
        page = visit(network([2, 1]), forced_colors=forced)
        press(page, "End")
        page.click("#derivation summary")
        page.locator("#formulas .step").first.wait_for()
        texts[forced] = page.evaluate(f"{ROOT}.getElementById('all').innerText")
        assert page.evaluate(FAINTEST) >= 4.5
    assert texts["none"] == texts["active"]
