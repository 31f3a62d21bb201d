"""Large graphs folded: neurons, layers and runs of values, opened and closed by the reader."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import press, step

from tinygrad_edu import Value, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.explorer.fold import MOST, Group, folded

SETTLED = 150  # milliseconds: a drawing is unpacked


def chain(links: int) -> Value:
    x = Value(0.5, label="x")
    for _ in range(links):
        x = (x * 1.1 - 0.1).tanh()
    return x


def network() -> tuple[MLP, Value]:
    model = MLP(2, [3, 1], seed=0)
    return model, (model([0.5, -1.0]) - 1.0) ** 2.0


def boxes(page: Any) -> list[str]:
    found = page.locator("#picture .module text:first-of-type").all_text_contents()
    return [str(text) for text in found]


@pytest.mark.parametrize("links", [1, 20, 1500])
def test_every_value_is_in_one_group_and_no_group_has_too_many(links: int) -> None:
    order = topological_order(chain(links))
    whole = folded(order, lambda v: v.label)
    values = whole.values()
    assert len(values) == len(set(values)) == len(order) == whole.size
    for group in whole.inside():
        assert 1 <= len(group.members) <= MOST
        assert all(m.parent is group for m in group.members if isinstance(m, Group))


def test_what_a_layer_made_is_a_group_of_its_neurons() -> None:
    model, root = network()
    whole = folded(topological_order(root), lambda v: v.label)
    layer, neuron, *others = whole.members
    assert isinstance(layer, Group)
    assert layer.title == "layer 1: 3 neurons, relu"
    titles = [m.title for m in layer.members if isinstance(m, Group)]
    assert titles == [f"neuron 1.{i}, relu" for i in (1, 2, 3)]
    first = layer.members[0]
    assert isinstance(first, Group)
    weights = model.layers[0].neurons[0].w
    assert set(weights) <= set(first.values())  # used there only, they are folded away with it
    assert isinstance(neuron, Group)
    assert [type(m) for m in others] == [Value, Value]


def test_a_neuron_is_folded_and_opened_again(visit: Callable[..., Any]) -> None:
    model, root = network()
    page = visit(explore(root, model=model))
    assert boxes(page) == []
    page.click("#fold")
    page.wait_for_timeout(SETTLED)
    assert boxes(page) == ["layer 1: 3 neurons, relu", "neuron 2.1, linear"]
    page.locator("#picture .module", has_text="layer 1").click()
    page.wait_for_timeout(SETTLED)
    assert "neuron 1.2, relu" in boxes(page)
    page.locator("#picture .module", has_text="neuron 1.2").focus()
    press(page, "Enter")
    page.wait_for_timeout(SETTLED)
    headings = page.locator("#picture .node text:first-of-type").all_text_contents()
    assert any(heading.startswith("z⁽¹⁾₂ = ") for heading in headings)
    assert not any(heading.startswith("z⁽¹⁾₁ = ") for heading in headings)
    press(page, "f")
    page.wait_for_timeout(SETTLED)
    assert "neuron 1.2, relu" in boxes(page)
    page.locator("#picture .cluster").click(position={"x": 5, "y": 5})
    page.wait_for_timeout(SETTLED)
    assert boxes(page) == ["layer 1: 3 neurons, relu", "neuron 2.1, linear"]
    page.click("#unfold")
    page.wait_for_timeout(SETTLED)
    assert boxes(page) == []
    assert page.locator("#unfold").is_disabled()


def test_a_box_shows_what_it_hands_on(visit: Callable[..., Any]) -> None:
    model, root = network()
    page = visit(explore(root, model=model))
    page.click("#last")
    page.click("#fold")
    page.wait_for_timeout(SETTLED)
    box = page.locator("#picture .module", has_text="neuron 2.1")
    _, size, out, grad = box.locator("text").all_text_contents()
    assert size == "10 values"
    root.backward()
    z = root.operands[0].operands[0]
    assert float(out.removeprefix("out ").replace("−", "-")) == pytest.approx(z.data, rel=1e-5)
    assert float(grad.removeprefix("grad ").replace("−", "-")) == pytest.approx(z.grad, rel=1e-5)


def test_a_step_opens_the_part_that_it_is_in(visit: Callable[..., Any]) -> None:
    model, root = network()
    page = visit(explore(root, model=model))
    page.click("#fold")
    page.wait_for_timeout(SETTLED)
    page.click("#step")
    page.wait_for_timeout(SETTLED)
    assert page.locator("#picture .node.to").count() == 1
    assert page.locator("#picture .edge.lit").count() >= 1
    page.click("#last")
    page.wait_for_timeout(SETTLED)
    assert page.locator("#picture .node.to").count() == 1
    assert page.locator("#picture .badge").text_content().startswith("× ")


def test_what_is_open_is_in_the_address(visit: Callable[..., Any]) -> None:
    model, root = network()
    page = visit(explore(root, model=model))
    page.click("#fold")
    page.wait_for_timeout(500)
    assert "open=0" in page.url
    page.reload()
    page.wait_for_timeout(SETTLED)
    assert len(boxes(page)) == 2


def test_a_thousand_values_come_folded(visit: Callable[..., Any]) -> None:
    # A tenth of it, since to lay out all of its drawings takes five seconds.
    root = chain(333)
    page = visit(explore(root))
    start = time.perf_counter()
    page.reload()
    assert time.perf_counter() - start < 10.0  # 0.3 s by itself
    assert len(boxes(page)) > 5
    page.locator("#picture .module").nth(3).click()
    page.wait_for_timeout(SETTLED)
    assert page.locator("#picture .cluster").count() == 1
    page.click("#last")
    page.wait_for_timeout(SETTLED)
    assert step(page) == "1999 of 1999"
    assert page.locator("#ledger caption").text_content().startswith("Lines 1000 to 1999 of 1999")
    assert page.locator("#ledger tr[aria-current]").count() == 1
    press(page, "Home")
    page.wait_for_timeout(SETTLED)
    page.click("#step")
    assert page.locator("#ledger tr[aria-current] th").text_content() == "1"
