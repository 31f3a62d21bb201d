"""The accessibility checker axe finds nothing: in both schemes and languages, and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from explorer_page import node, press

from tinygrad_edu import Value
from tinygrad_edu.language import using_language
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import derive, grade
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.sources import record_sources

AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
"""The accessibility checker: ``npm install axe-core``, or where the variable says."""

pytestmark = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is not installed (npm install axe-core)"
)

AUDIT = """axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.flat()).join(" ")}`))"""


def audit(page: Any) -> list[str]:
    found: list[str] = page.evaluate(AUDIT)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_axe_finds_nothing_in_the_explorer(
    visit: Callable[..., Any], width: int, height: int, scheme: str, language: str
) -> None:
    model = MLP(2, [2, 1], seed=0)
    with record_sources() as sources:
        root = (model([0.5, -1.0]) - 1.0) ** 2.0
    with using_language(language):
        shown = explore(root, model=model, sources=sources)
    page = visit(shown, width, height, color_scheme=scheme, bypass_csp=True)
    page.evaluate(AXE.read_text("utf-8") + ";0")
    assert audit(page) == []
    press(page, "End")
    node(page, "b⁽¹⁾₁").dispatch_event("click")
    assert audit(page) == []
    page.click("#update")
    page.locator("details:not([open])").evaluate_all("(all) => all.forEach((e) => (e.open = true))")
    assert audit(page) == []
    page.click("#fold")
    assert audit(page) == []
    page.click("#predict")
    for answer in ("2*(", "a", "12"):
        page.fill("#answer", answer)
        page.click("#check")
        assert audit(page) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_what_is_saved(
    browser: Any, tmp_path: Path, width: int, scheme: str, language: str
) -> None:
    w, x = Value(3.0, label="w"), Value(5.0, label="x")
    root = (w * x) ** 2
    with using_language(language):
        derive(root, wrt=[w], lr=0.1).save(tmp_path / "derivation.html")
        book = grade(root, {"Ada": {"w": 30}, "Ben": {"w": -150, "x": 90}})
        book.save(tmp_path / "marks.html")
        (tmp_path / "element.html").write_text(
            f'<!DOCTYPE html><html lang="{language}"><meta charset="utf-8"><title>two</title>'
            f"<main>{explore(root).element()}</main></html>",
            "utf-8",
        )
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    for file in sorted(tmp_path.glob("*.html")):
        page.goto(file.as_uri())
        page.evaluate(AXE.read_text("utf-8") + ";0")
        assert audit(page) == [], file.name
    context.close()
