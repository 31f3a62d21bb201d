"""The small plot of a step's operation: the curve, the point on it and the tangent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import number, press, tanh_graph

from tinygrad_edu import Value
from tinygrad_edu.view.explorer.explore import explore

PARTS = """() => {
  const root = document.querySelector("tinygrad-explorer").shadowRoot;
  const svg = root.querySelector("#now .curve svg");
  const at = (e, ...names) => names.map((name) => Number(e.getAttribute(name)));
  return [svg.querySelector(".graph-of").getAttribute("d"),
    at(svg.querySelector(".tangent"), "x1", "y1", "x2", "y2"),
    at(svg.querySelector("circle"), "cx", "cy")];
}"""


def slopes(page: Any) -> tuple[float, float]:
    """Of the curve at the point, by its drawn neighbours, and of the tangent, both in pixels."""
    d, (x1, y1, x2, y2), (x, y) = page.evaluate(PARTS)
    points = [tuple(map(float, p.split())) for p in re.findall(r"[ML]([^ML]+)", d)]
    left = max(p for p in points if p[0] < x - 1)
    right = min(p for p in points if p[0] > x + 1)
    assert min(abs(y - q) for p, q in points if abs(p - x) < 3) < 3  # the point is on the curve
    assert abs(y1 + (y2 - y1) * (x - x1) / (x2 - x1) - y) < 0.01  # and on the tangent
    return (right[1] - left[1]) / (right[0] - left[0]), (y2 - y1) / (x2 - x1)


def test_the_tangent_touches_the_curve_and_both_move(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    assert page.locator("#now .curve").count() == 0
    press(page, *["ArrowRight"] * 5)
    seen = set()
    for typed in ("2", "0.3", "-0.1", "0.5"):
        page.locator("#inputs input").first.fill(typed)
        press(page, "Enter")
        curve, tangent = slopes(page)
        assert curve == pytest.approx(tangent, abs=0.03)
        seen.add(tangent)
        caption = page.locator("#now .curve figcaption b").text_content()
        assert caption == page.locator("#now .why b").text_content()
    assert len(seen) == 4
    assert "with the tangent of slope" in page.locator("#now .curve svg").get_attribute(
        "aria-label"
    )


def test_of_two_operands_the_other_is_held_fixed(visit: Callable[..., Any]) -> None:
    x = Value(3.0, label="x")
    page = visit(explore(x * x))
    press(page, "End")  # a straight line of slope 3, not the parabola of slope 6
    curve, tangent = slopes(page)
    assert curve == pytest.approx(tangent, abs=0.03)
    assert page.locator("#now .curve b").text_content() == "3"


def test_where_nothing_is_finite_there_is_no_plot(visit: Callable[..., Any]) -> None:
    page = visit(explore(Value(0.0, label="p").log()))
    press(page, "End")
    assert page.locator("#now .curve").count() == 0


def test_the_sign_before_what_rounds_is_the_approximate_one(visit: Callable[..., Any]) -> None:
    x, y = Value(1.0 / 3.0, label="x"), Value(2.0 / 3.0, label="y")
    page = visit(explore((x * 3.0 + y * 3.0) * (y / x)))
    signs = {}
    for _ in range(page.evaluate("document.querySelector('tinygrad-explorer').graph.last")):
        page.keyboard.press("ArrowRight")
        card = page.locator("#now")
        for part in (".formula", ".total"):
            for said in card.locator(part).all_text_contents():
                signs[said] = re.search(r"([=≈]) [^=≈]*$", said)[1]  # type: ignore[index]
        if card.locator(".product").count():
            up, local, given = map(number, card.locator(".term b").all_text_contents())
            sign = card.locator(".term .sign").last.text_content()
            assert (sign == "=") == (f"{up * local:.6g}" == f"{given:.6g}"), (up, local, given)
    assert signs["v₁ = x · 3 = 0.333333 · 3 ≈ 1"] == "≈"
    assert "≈" in signs.values()
    assert "=" in signs.values()
