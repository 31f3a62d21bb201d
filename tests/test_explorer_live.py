"""Numbers changed in the explorer's page: everything that is shown follows, as Python has it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import gradients, node, number, press, steps_of, tanh_graph

from tinygrad_edu import OPS, Value, relu
from tinygrad_edu.engine import record
from tinygrad_edu.nn import MLP
from tinygrad_edu.ops import define
from tinygrad_edu.teach.notation.formula import names
from tinygrad_edu.teach.record.ledger import Ledger
from tinygrad_edu.view.explorer.explore import explore

NEAR = 1e-12


def field(page: Any, name: str) -> Any:
    return page.locator(f"#inputs input[aria-label='{name}']")


def type_in(page: Any, name: str, text: str) -> None:
    field(page, name).fill(text)
    press(page, "Enter")


def same_as_python(page: Any, root: Value) -> None:
    """The page's backward pass is that of a graph recorded at the numbers that it shows now."""
    found = [line[3:] for line in steps_of(page)]
    assert found == [pytest.approx(tuple(entry[3:]), rel=NEAR) for entry in Ledger(root)]


def test_a_typed_number_moves_everything(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, *["ArrowRight"] * 8)
    page.select_option("#jump", label="a")
    type_in(page, "a", "1/4")
    a, b = Value(0.25, label="a"), Value(-3.0, label="b")
    y = (a * b + a).tanh()
    same_as_python(page, y)
    y.backward()
    assert gradients(page)["a"] == pytest.approx(a.grad, rel=1e-5)
    assert "−0.462117" in node(page, "y").text_content()
    assert page.locator("#now .why").text_content() == "∂v₁/∂a = b = −3"
    assert number(page.locator("#total").text_content()) == pytest.approx(a.grad, rel=1e-5)
    total = page.locator("#ledger tr[aria-current] td").last.text_content()
    assert number(total) == pytest.approx(a.grad, rel=1e-5)
    # 0.786448 + (−2.35934), as it stands there, is −1.57289, and the gradient −1.5729.
    assert (
        f"≈ {page.locator('#total').text_content()}" in page.locator("#paths .sum").text_content()
    )
    assert "0.786448" in page.locator("#paths li .factors").first.text_content()


def test_every_input_of_a_network_can_be_changed(visit: Callable[..., Any]) -> None:
    model = MLP(2, [3, 1])
    page = visit(explore((model([0.5, -1.0]) - 1.0) ** 2.0, model=model))
    for i, p in enumerate(model.parameters()):
        p.data = math.sin(i + 1.0)
    order = page.evaluate(
        """() => document.querySelector("tinygrad-explorer").graph.inputs
             .map(({ node, place }) => place === null ? node.name : "")"""
    )
    root = (model([0.5, -1.0]) - 1.0) ** 2.0
    numbers = {name.text: v.data for v, name in names(root, model).items() if not v.op}
    page.evaluate(
        """(numbers) => { const e = document.querySelector("tinygrad-explorer");
             const leaves = e.graph.inputs.filter((x) => x.place === null);
             e.change(leaves.map((x) => [x, numbers[x.node.name]])); }""",
        numbers,
    )
    assert set(order) - {""} == set(numbers)
    same_as_python(page, root)


def test_arrow_keys_step_a_number(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    field(page, "b").focus()
    press(page, "ArrowUp")
    assert field(page, "b").input_value() == "−2.9"
    press(page, "ArrowDown", "ArrowDown")
    assert field(page, "b").input_value() == "−3.1"
    press(page, "Shift+ArrowUp")
    assert field(page, "b").input_value() == "−2.1"
    assert field(page, "b").get_attribute("aria-valuenow") == "-2.1"
    assert page.locator("#count").text_content() == "0 of 9"


def drag(page: Any, element: Any, pixels: int) -> None:
    box = element.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for part in (3, pixels):
        page.mouse.move(x + part, y)
    page.mouse.up()


def test_a_number_is_dragged_in_its_field_and_in_the_graph(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    drag(page, page.locator("#inputs .handle").first, 15)
    assert field(page, "a").input_value() == "3.5"
    drag(page, node(page, "a"), -25)
    assert field(page, "a").input_value() == "1"
    assert page.locator("#paths").is_hidden()  # what is dragged is not chosen besides
    node(page, "a").click()
    assert page.locator("#paths").is_visible()
    b = Value(-3.0)
    a = Value(1.0)
    same_as_python(page, (a * b + a).tanh())


def test_a_plain_number_can_be_changed_too(visit: Callable[..., Any]) -> None:
    x = Value(2.0, label="x")
    page = visit(explore(x**3.0 + 5.0))
    node(page, "v₁").click()
    own = page.locator("#own input")
    own.fill("-2")
    press(page, "Enter")
    assert node(page, "v₁").locator("text").first.text_content() == "v₁ = x⁻²"
    same_as_python(page, Value(2.0) ** -2.0 + 5.0)
    page.click("#last")
    assert page.locator("#now .why").text_content() == "∂v₁/∂x = −2 · x⁻³ = −2 · 2⁻³ = −0.25"


def test_reset_restores_the_exact_text(visit: Callable[..., Any]) -> None:
    model = MLP(2, [3, 1])
    page = visit(explore((model([0.1, 0.7]) - 1.0) ** 2.0, model=model))
    press(page, "End")

    def seen() -> list[str]:
        parts = [page.locator(part).text_content() for part in ("#now", "#ledger", "#picture svg")]
        return parts + [box.input_value() for box in page.locator("#inputs input").all()]

    before = seen()
    assert page.locator("#reset").is_disabled()
    type_in(page, "b⁽¹⁾₁", "0.3")
    assert seen() != before
    page.click("#reset")
    page.wait_for_timeout(200)  # the lines out of sight are written last
    assert seen() == before
    assert page.locator("#reset").is_disabled()


def test_over_a_kink_and_out_of_the_domain(visit: Callable[..., Any]) -> None:
    x = Value(2.0, label="x")
    page = visit(explore(relu(x).log()))
    press(page, "End")
    assert page.locator("#now .why").text_content() == "∂a₁/∂x = step(x) = step(2) = 1"
    assert page.locator("#fault").is_hidden()
    type_in(page, "x", "-1")
    assert page.locator("#now .why").text_content() == "∂a₁/∂x = step(x) = step(−1) = 0"
    said = page.locator("#fault").text_content()
    assert said == "L = ln(a₁) = ln(0) = −∞: the first number that is not finite."
    assert page.locator("#picture .fault text").first.text_content() == "L = ln(a₁)"
    type_in(page, "x", "two")
    assert field(page, "x").get_attribute("aria-invalid") == "true"
    page.click("#reset")
    assert page.locator("#fault").is_hidden()


def test_to_predict_the_numbers_are_the_recorded_ones(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    type_in(page, "a", "5")
    page.click("#predict")
    assert field(page, "a").input_value() == "2"
    assert page.locator("#numbers").evaluate("e => e.inert")


def test_an_operation_of_ones_own_stays_as_it_was_recorded(visit: Callable[..., Any]) -> None:
    def cube(x: Value) -> Value:
        return record(x.data**3, CUBE, x, 3.0 * x.data**2)

    CUBE = define("cube", cube, lambda x, y: 3.0 * x * x)
    try:
        page = visit(explore(cube(Value(2.0, label="x"))))
        assert "does not know the operation “cube”" in page.locator("#inputs").text_content()
        assert page.locator("#numbers").evaluate("e => e.inert")
        press(page, "End")
        assert page.locator("#now .why").text_content() == "∂L/∂x = 3 · x² = 3 · 2² = 12"
    finally:
        del OPS["cube"]
