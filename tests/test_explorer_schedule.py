"""Steps as coarse as the reader wants, and the gradient's flow along the edges."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import gradients, press, step, tanh_graph

from tinygrad_edu import Value, relu
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import explore


def whole_batch_xor() -> tuple[Value, MLP]:
    random.seed(1)
    model = MLP(2, [4, 1])
    points = [((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)]
    losses = [(model(x) - y) ** 2.0 for x, y in points]
    return (losses[0] + losses[1] + losses[2] + losses[3]) / 4.0, model


def steps_by(page: Any, by: str, skip: bool) -> int:
    page.select_option("#by", label=by)
    page.locator("#skip").set_checked(skip)
    return int(step(page).split(" of ")[1])


def test_whole_batch_xor_takes_few_steps(visit: Callable[..., Any]) -> None:
    root, model = whole_batch_xor()
    page = visit(explore(root, model=model))
    counts = {
        (by, skip): steps_by(page, by, skip)
        for by in ("edge", "node", "layer")
        for skip in (False, True)
    }
    assert counts["edge", False] > 200
    assert counts["edge", True] < counts["edge", False] - 50
    assert counts["node", False] < counts["edge", False]
    assert counts["layer", True] <= 40
    page.click("#last")
    at_the_end = gradients(page)
    page.select_option("#by", label="edge")
    page.uncheck("#skip")
    page.click("#last")
    assert gradients(page) == at_the_end


def test_by_node_both_contributions_at_once(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    assert steps_by(page, "node", False) == 7  # 3 operations, the seed, 3 operations
    page.locator("h1").click()
    press(page, *["ArrowRight"] * 6)
    assert page.locator("#now h2").text_content() == "Backward 2 of 3: 2 contributions"
    assert page.locator("#now .entry").all_text_contents() == [
        "z₁ → v₁: 0.00134095 × 1 = 0.00134095",
        "z₁ → a: 0.00134095 × 1 = 0.00134095",
    ]
    assert page.locator("#picture .edge.lit").count() == 2
    assert page.locator("#ledger tr[aria-current]").count() == 2
    assert "2 contributions" in page.locator("#say").text_content()


def test_cutting_anew_stays_at_what_is_shown(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    for _ in range(8):
        page.click("#step")
    assert steps_by(page, "layer", False) == 7
    assert step(page) == "7 of 7"
    page.select_option("#by", label="edge")
    assert step(page).startswith("8 of 9")


def test_zeros_are_taken_along(visit: Callable[..., Any]) -> None:
    a, b = Value(-1.0, label="a"), Value(2.0, label="b")
    page = visit(explore(relu(a) * 3.0 + b))
    assert steps_by(page, "edge", False) == 8
    # The product's 3 · 1 arrives at relu(a), whose own slope is 0: that step goes with it.
    assert steps_by(page, "edge", True) == 7
    page.click("#last")
    assert gradients(page)["a"] == 0.0


def test_edges_are_as_thick_as_what_flows(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    assert page.locator("#flow").is_hidden()
    page.click("#last")
    flows = page.locator("#picture .edge").evaluate_all(
        "(edges) => edges.map((e) => [e.style.getPropertyValue('--flow'), e.className.baseVal])"
    )
    widths = [float(width) for width, _ in flows]
    assert max(widths) == 6.0  # a's −3 s is the largest of all
    assert ["negative" in kind for _, kind in flows] == [width == 6.0 for width in widths]
    legend = page.locator("#flow").text_content()
    assert legend == "Contributions, up to 0.00402285 in size: + −, the larger the thicker"


def test_where_all_is_zero_nothing_is_the_largest(visit: Callable[..., Any]) -> None:
    page = visit(explore(relu(Value(-1.0, label="x"))))
    page.click("#last")
    assert page.locator("#picture .edge:is(.positive, .negative)").count() == 0
    assert page.locator("#flow").text_content().startswith("Contributions, all 0")


@pytest.mark.parametrize("by", ["node", "layer"])
def test_every_state_comes_back(visit: Callable[..., Any], by: str) -> None:
    page = visit(explore(tanh_graph()[2]))
    last = steps_by(page, by, True)
    states = []
    for t in range(last + 1):
        states.append(gradients(page))
        if t < last:
            page.click("#step")
    for state in reversed(states[:-1]):
        page.click("#back")
        assert gradients(page) == state
