"""The explorer's predict mode, in a real browser."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import gradients, node, press, step, tanh_graph

from tinygrad_edu import Value, topological_order
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.explorer.slips import slips

S = 1.0 - math.tanh(4.0) ** 2  # ∂y/∂z of the graph that test_explorer.py works by hand


def predict(page: Any, name: str, answer: str) -> str:
    page.select_option("#asked", label=name)
    page.fill("#answer", answer)
    press(page, "Enter")
    return str(page.locator("#verdict").inner_text())


def test_predict_hides_every_gradient(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, "End")
    page.click("#predict")
    assert set(gradients(page).values()) == {"?"}
    backward = page.locator("#ledger tbody").last.locator("td.number").all_text_contents()
    assert set(backward) == {"?"}
    node(page, "a").click()
    shown = page.locator("#main").inner_text()
    for secret in ("0.00134095", "0.00402285", "0.0026819"):
        assert secret not in shown
    assert page.locator("#now").is_hidden()
    assert page.locator("#step").is_disabled()
    page.click("#predict")
    assert step(page) == "9 of 9"
    assert gradients(page)["y"] == 1.0


@pytest.mark.parametrize("answer", ["-0.0026819", "−0,00268", "-2.682e-3", "-.0026"])
def test_predict_right_and_rounded(visit: Callable[..., Any], answer: str) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.click("#predict")
    said = predict(page, "a", answer)
    if answer == "-.0026":  # cut to two digits it is 3 % off
        assert "rounded too far" in said
        assert gradients(page)["a"] == "?"
    else:
        assert said.startswith("Right: ∂y/∂a = −0.0026819")
        assert gradients(page)["a"] == pytest.approx(-2.0 * S, rel=1e-5)
        assert gradients(page)["b"] == "?"
        assert "1 of 5" in page.locator("#found").text_content()


def test_predict_tells_which_path_is_missing(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.click("#predict")
    said = predict(page, "a", "0.00134")  # by z₁ alone: through v₁ was forgotten
    assert said.startswith("Not yet, 0.00134 is what comes out if")
    missing = "the path through v₁ is missing (a is used 2 times)"
    assert page.locator("#verdict li").all_text_contents() == [missing]
    page.locator("#verdict li button").focus()
    assert page.locator("#picture .edge.path").count() == 1
    said = predict(page, "a", "-0.00402285")
    assert "the path through z₁ is missing" in said
    assert "only the last of the 2 contributions to ∂y/∂a is kept" in said


@pytest.mark.parametrize(
    "slip", ["sign is wrong", "inner derivative", "averaged", "operands of v₁ = a · b are swapped"]
)
def test_every_slip_of_the_checker_is_known(visit: Callable[..., Any], slip: str) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.click("#predict")
    # What the checker says to the same numbers is what the page says.
    y = tanh_graph()[2]
    (wrong,) = [s for s in slips(y, None)[topological_order(y)[0]] if slip in s.says]
    assert wrong.says in predict(page, "a", repr(wrong.gives))


def test_predict_says_other_things_that_are_wrong(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.click("#predict")
    assert "the sign is wrong" in predict(page, "a", "0.0026819")
    assert predict(page, "a", "12").startswith("Not yet. Add up")
    assert "“two” cannot be judged: t is no name of this graph" in predict(page, "a", "two")
    assert "not a number" in predict(page, "a", "")
    page.click("#give")
    assert "−0.0026819" in page.locator("#verdict").inner_text()


def test_predict_to_the_end(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.click("#predict")
    for answer in ("1", str(S), str(S), str(-2.0 * S), str(2.0 * S)):  # as they are asked
        page.fill("#answer", answer)
        page.click("#check")
    assert "5 of 5" in page.locator("#found").text_content()
    assert "the last one" in page.locator("#verdict").inner_text()


def test_fractions_and_what_is_not_finite_can_be_typed(visit: Callable[..., Any]) -> None:
    x = Value(4.0, label="x")
    page = visit(explore(x.log()))
    page.click("#predict")
    assert predict(page, "x", "1/4").startswith("Right")
    x = Value(0.0, label="x")
    page = visit(explore(x.log()))
    page.click("#predict")
    assert predict(page, "x", "inf").startswith("Right: ∂L/∂x = ∞")


def test_a_path_is_not_called_by_the_root_that_all_lead_to(visit: Callable[..., Any]) -> None:
    x = Value(1.0, label="x")
    doubled = x
    for _ in range(5):
        doubled = doubled + doubled
    doubled.label = "d"
    page = visit(explore(doubled + x * 3.0))
    page.click("#predict")
    said = predict(page, "x", "32")  # ∂L/∂x = 32 + 3: the way through x · 3 was forgotten
    assert "the path through v" in said
    assert "is missing (x is used 3 times)" in said
    assert predict(page, "x", "35").startswith("Right")
