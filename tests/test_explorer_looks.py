"""The explorer's page in a real browser: readable at any width, in light and dark, by ear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import FAINTEST, ROOT, press, tanh_graph

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.sources import record_sources

OVERLAPS = """() => {
  const document = window.document.querySelector("tinygrad-explorer").shadowRoot;
  const parts = ["h1", "#options", "#help", "#controls", "#hint", "#picture", "#now", "#quiz",
    "#paths", "#numbers", "#training", "#program", "#derivation", "#ledger", "#first", "#back",
    "#play", "#step", "#last", "#count", "#timeline"]
    .map((s) => document.querySelector(s)).filter((e) => e.checkVisibility());
  const found = [];
  for (const a of parts) for (const b of parts) {
    if (a === b || a.contains(b) || b.contains(a)) continue;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    if (p.left < q.right - 1 && q.left < p.right - 1 &&
        p.top < q.bottom - 1 && q.top < p.bottom - 1)
      found.push(`${a.id} ${b.id}`);
  }
  // A text of the drawing that is wider than its node.
  for (const node of document.querySelectorAll("#picture .node")) {
    const box = node.querySelector("path, polygon").getBBox();
    for (const text of node.querySelectorAll("text"))
      if (text.textContent && text.getBBox().width > box.width) found.push(text.textContent);
  }
  return found;
}"""


def overlaps(page: Any) -> list[str]:
    page.evaluate("scrollTo(0, 0)")  # on a phone the controls stay in sight, over what scrolls
    found: list[str] = page.evaluate(OVERLAPS)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_nothing_overflows_or_overlaps(
    visit: Callable[..., Any], width: int, height: int, scheme: str
) -> None:
    model = MLP(2, [3, 1])
    with record_sources() as sources:
        root = (model([0.5, -1.0]) - 1.0) ** 2.0
    shown = explore(root, model=model, sources=sources)
    page = visit(shown, width, height, color_scheme=scheme)
    paper = page.evaluate(f"getComputedStyle({ROOT}.getElementById('all')).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    for keys in (("Home",), ("ArrowRight",), ("End",)):
        press(page, *keys)
        assert overlaps(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("#derivation summary")
    page.locator("#formulas .step").first.focus()
    assert overlaps(page) == []
    page.select_option("#jump", index=3)
    assert overlaps(page) == []
    page.click("#predict")
    assert overlaps(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Text on its background, by the contrast ratio of WCAG 2: at least 4.5 to 1.
    assert page.evaluate(FAINTEST) >= 4.5


def test_without_motion_nothing_moves(visit: Callable[..., Any]) -> None:
    motions = {}
    for preference in ("no-preference", "reduce"):
        page = visit(explore(tanh_graph()[2]), reduced_motion=preference)
        press(page, "End")
        edge = page.locator("#picture .edge.lit path:not(.hit)")
        motions[preference] = edge.evaluate("e => getComputedStyle(e).animationName")
    assert motions == {"no-preference": "flow", "reduce": "none"}


def test_text_alternatives(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, "End")
    labels = [n.get_attribute("aria-label") for n in page.locator("#picture [role=button]").all()]
    assert "z₁ = v₁ + a data −4 grad 0.00134095" in labels
    assert page.locator("#picture svg").get_attribute("role") == "group"
    assert page.locator("#picture svg").get_attribute("aria-label")
    assert page.locator("#ledger thead th[scope=col]").count() == 6
    unnamed = "e => !(e.innerText.trim() || e.ariaLabel || e.labels?.length)"
    controls = page.locator("button, select, input")
    assert [c.evaluate(unnamed) for c in controls.all()] == [False] * controls.count()


def test_the_number_beside_an_edge_is_on_no_node(visit: Callable[..., Any]) -> None:
    x = Value(3.0, label="x")
    for root in (x * x * x, x * x * x * x + x):
        page = visit(explore(root))
        for _ in range(page.evaluate("document.querySelector('tinygrad-explorer').graph.last")):
            press(page, "ArrowRight")
            badge = page.locator("#picture .badge")
            if not badge.text_content():
                continue
            a = badge.bounding_box()
            for shape in page.locator("#picture .node").all():
                b = shape.bounding_box()
                apart = a["x"] >= b["x"] + b["width"] - 2 or a["x"] + a["width"] <= b["x"] + 2
                above = a["y"] >= b["y"] + b["height"] - 2 or a["y"] + a["height"] <= b["y"] + 2
                assert apart or above, badge.text_content()
