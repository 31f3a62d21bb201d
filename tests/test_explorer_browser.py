"""The explorer's page in a real browser: what a reader sees after each key and each click."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import HOSTILE, ROOT, gradients, node, number, press, step, steps_of, tanh_graph

from tinygrad_edu import Value, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach.record.ledger import Ledger
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.sources import record_sources

S = 1.0 - math.tanh(4.0) ** 2  # ∂y/∂z of the graph that test_explorer.py works by hand


def test_its_steps_are_the_backward_pass_by_hand(visit: Callable[..., Any]) -> None:
    # y = tanh(z), z = v + a, v = a b at a = 2, b = -3: v = -6, z = -4, s = 1 - tanh² 4.
    # y gives z 1 s; z gives v and a s each; v gives a b s = -3s (so a has -2s) and b a s = 2s.
    steps = steps_of(visit(explore(tanh_graph()[2])))
    expected = [
        ("y", "z₁", 1.0, S, S, S),
        ("z₁", "v₁", S, 1.0, S, S),
        ("z₁", "a", S, 1.0, S, S),
        ("v₁", "a", S, -3.0, -3.0 * S, -2.0 * S),
        ("v₁", "b", S, 2.0, 2.0 * S, 2.0 * S),
    ]
    assert [found[1:3] for found in steps] == [by_hand[:2] for by_hand in expected]
    for found, by_hand in zip(steps, expected):
        assert found[3:] == pytest.approx(by_hand[2:], rel=1e-9)


def test_its_steps_are_the_ledger_to_the_last_bit(visit: Callable[..., Any]) -> None:
    model = MLP(2, [3, 1])
    root = ((model([0.5, -1.0]) - 1.0) ** 2.0).log() / 3.0
    found = [line[3:] for line in steps_of(visit(explore(root, model=model)))]
    assert found == [tuple(entry[3:]) for entry in Ledger(root)]


def test_the_running_totals_of_each_step(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    assert gradients(page) == dict.fromkeys(("a", "b", "v₁", "z₁", "y"), None)
    press(page, *["ArrowRight"] * 3)
    assert "−0.999329" in node(page, "y").text_content()
    assert page.locator("#now .formula").text_content() == "y = tanh(z₁) = tanh(−4) = −0.999329"
    zero = {"a": 0.0, "b": 0.0, "v₁": 0.0, "z₁": 0.0, "y": 1.0}
    press(page, "ArrowRight")
    assert gradients(page) == zero
    # Edge by edge: to whom, and the running total of the one who receives.
    expected: dict[str, float | str | None] = dict(zero)
    for name, total in (("z₁", S), ("v₁", S), ("a", S), ("a", -2.0 * S), ("b", 2.0 * S)):
        press(page, "ArrowRight")
        expected[name] = pytest.approx(total, rel=1e-5)
        assert gradients(page) == expected
        assert number(page.locator("#total").text_content()) == pytest.approx(total, rel=1e-5)
        assert page.locator("#picture .edge.lit").count() == 1
        assert page.locator("#picture .node.to text").first.text_content().startswith(name)
    assert page.locator("#step").is_disabled()


def test_accumulation_is_spelled_out(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, *["ArrowRight"] * 8)
    assert page.locator(".term b").all_text_contents() == ["0.00134095", "−3", "−0.00402285"]
    total = page.locator("#now .total").text_content()
    assert "0.00134095 + (−0.00402285) = −0.0026819" in total
    assert "contribution 2 of 2: complete" in total
    assert page.locator("#picture .badge").text_content() == "× (−3)"
    assert "times local −3 is −0.00402285" in page.locator("#say").text_content()
    assert page.locator("#say").get_attribute("aria-live") == "polite"
    cells = page.locator("#ledger tr[aria-current] td").all_text_contents()
    assert cells == ["v₁ → a", "0.00134095", "−3", "−0.00402285", "−0.0026819"]


def test_stepping_back_restores_every_state(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))

    def seen() -> str:
        # All that is shown; the focus and the position of the drawing aside.
        return str(
            page.evaluate(
                f"{ROOT}.querySelector('#main').innerText + {ROOT}.querySelector('#all').className"
            )
        )

    states = [seen()]
    for _ in range(9):
        press(page, "ArrowRight")
        states.append(seen())
    assert len(set(states)) == 10
    for state in reversed(states[:-1]):
        press(page, "ArrowLeft")
        assert seen() == state
    press(page, "ArrowLeft")
    assert step(page) == "0 of 9"


def test_first_last_slider_and_buttons(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, "End")
    assert step(page) == "9 of 9"
    press(page, "Home")
    assert step(page) == "0 of 9"
    for button, expected in (("step", 1), ("last", 9), ("back", 8), ("first", 0)):
        page.click(f"#{button}")
        assert step(page) == f"{expected} of 9"
    page.locator("#timeline").fill("6")
    assert step(page) == "6 of 9"


def test_play_and_pause(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.clock.install()
    press(page, " ")
    assert page.locator("#play .name").text_content() == "Pause"
    page.clock.run_for(3100)
    assert step(page) == "2 of 9"
    press(page, " ")
    page.clock.run_for(5000)
    assert step(page) == "2 of 9"
    assert page.locator("#play .name").text_content() == "Play"
    page.select_option("#speed", label="fast")
    page.click("#play")
    page.clock.run_for(30_000)
    assert step(page) == "9 of 9"
    assert page.locator("#play .name").text_content() == "Play"
    page.click("#play")  # at the end, it plays from the beginning
    assert step(page) == "0 of 9"


def test_a_step_by_hand_stops_playing(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.clock.install()
    press(page, " ", "ArrowRight")
    page.clock.run_for(5000)
    assert step(page) == "1 of 9"


def test_jump_to_a_node_an_edge_and_a_line(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.select_option("#jump", label="a")
    assert step(page) == "8 of 9"  # its second and last contribution
    assert page.locator("#paths h2").text_content() == "a: 2 paths to y"
    page.locator("#ledger tr", has_text="z₁ → a").click()
    assert step(page) == "7 of 9"
    page.locator("#picture .edge").last.dispatch_event("click")
    assert step(page) == "5 of 9"  # the last edge enters y
    node(page, "v₁").click()
    page.click("text=Its forward step")
    assert step(page) == "1 of 9"


def test_a_line_of_the_table_lights_its_edge(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    assert page.locator("#picture .edge.path").count() == 0
    page.locator("#ledger tr", has_text="v₁ → b").hover()
    assert page.locator("#picture .edge.path").count() == 1
    page.locator("h1").hover()
    assert page.locator("#picture .edge.path").count() == 0


def test_every_path_of_a_node_with_its_product(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    node(page, "a").click()
    assert page.locator("#paths li button").all_text_contents() == ["a → z₁ → y", "a → v₁ → z₁ → y"]
    assert page.locator("#paths li .factors").all_text_contents() == [
        "1 × 0.00134095 = 0.00134095",
        "(−3) × 1 × 0.00134095 = −0.00402285",
    ]
    assert page.locator("#paths .sum").text_content().endswith(" = −0.0026819")
    assert page.locator("#picture .edge.path").count() == 4
    page.locator("#paths button.path").first.focus()
    assert page.locator("#picture .edge.path").count() == 2
    press(page, "Escape")
    assert page.locator("#paths").is_hidden()
    assert page.locator("#picture .edge.path").count() == 0


def test_paths_beyond_the_first_eight_are_counted(visit: Callable[..., Any]) -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(70):  # each doubles the number of paths: 2^70 is beyond a float's integers
        y = y + y
    page = visit(explore(y))
    node(page, "x").click()
    assert page.locator("#paths li").count() == 8
    assert f"… {2**70 - 8:,} more paths" in page.locator("#paths").text_content()
    assert "… 63 more nodes …" in page.locator("#paths li").first.text_content()


def test_keyboard_alone(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))

    def focused() -> str:
        return str(
            page.evaluate(f"{ROOT}.activeElement?.id || {ROOT}.activeElement?.ariaLabel || ''")
        )

    stops = []
    for _ in range(30):
        press(page, "Tab")
        stops.append(focused())
        if stops[-1].startswith("Go to step"):
            break
    for control in ("speed", "jump", "predict", "step", "play", "last", "timeline", "fit", "node0"):
        assert control in stops
    assert sum(stop.startswith("node") for stop in stops) == 1  # the graph is one stop
    ring = page.evaluate(f"getComputedStyle({ROOT}.activeElement).outlineStyle")
    assert ring == "solid"
    press(page, "ArrowDown", "ArrowDown", "Enter")
    assert step(page) == "3 of 9"
    page.locator("#node0").focus()
    press(page, "ArrowDown")
    assert focused() == "node1"
    press(page, "Enter")
    assert page.locator("#paths").is_visible()
    press(page, "Escape")
    assert page.locator("#paths").is_hidden()
    assert focused() == "node1"
    press(page, "ArrowRight")
    assert step(page) == "4 of 9"


def test_in_a_sandboxed_frame_all_of_it_works(visit: Callable[..., Any]) -> None:
    shown = explore(tanh_graph()[2])
    page = visit(shown)  # for its watch over errors and requests
    page.set_content(f"<!DOCTYPE html><title>notebook</title>{shown._repr_html_()}")
    frame = page.frames[1]
    frame.click("#last")
    assert frame.locator("#count").text_content() == "9 of 9"
    frame.click("#predict")
    frame.fill("#answer", "1")
    frame.press("#answer", "Enter")
    assert frame.locator("#verdict").inner_text().startswith("Right")


def test_hostile_labels_run_nothing(visit: Callable[..., Any]) -> None:
    leaves = [Value(i + 1.0, label=label) for i, label in enumerate(HOSTILE)]
    root = leaves[0]
    with record_sources() as sources:
        for leaf in leaves[1:]:
            root = root * leaf  # </script><script>window.pwned = 1</script>
    root.label = HOSTILE[0]
    page = visit(explore(root, sources=sources), width=390)
    for _ in range(3):
        press(page, "End")
        for shape in page.locator("#picture .node").all()[:4]:
            shape.dispatch_event("click")
        press(page, "Home", "ArrowRight")
    page.click("#predict")
    page.fill("#answer", HOSTILE[1])
    press(page, "Enter")
    assert HOSTILE[1] in page.locator("#verdict").inner_text()
    assert page.evaluate("window.pwned") is None
    assert page.locator("script").count() == 2
    assert page.locator("img, #picture svg svg, b b, iframe").count() == 0
    assert HOSTILE[1] in page.locator("#jump").text_content()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_source_line_is_shown_with_its_part_marked(visit: Callable[..., Any]) -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    with record_sources() as sources:
        y = (a * b + a).tanh()
    page = visit(explore(y, sources=sources))
    press(page, "ArrowRight")
    assert page.locator("#now code").text_content() == "y = (a * b + a).tanh()"
    assert page.locator("#now mark").text_content() == "a * b"
    press(page, "ArrowRight")
    assert page.locator("#now mark").text_content() == "a * b + a"


def test_a_graph_of_300_values_steps_to_its_end(visit: Callable[..., Any]) -> None:
    model = MLP(2, [8, 7, 1])
    root = (model([0.5, -1.0]) - 1.0) ** 2.0
    page = visit(explore(root, model=model))
    press(page, "End")
    root.backward()
    total = number(page.locator("#total").text_content())
    at = page.locator("#picture .node.to").get_attribute("id").removeprefix("node")
    assert total == pytest.approx(topological_order(root)[int(at)].grad, rel=1e-5)
    press(page, "ArrowLeft", "ArrowLeft")
    inside = page.evaluate(
        f"""() => {{
          const p = {ROOT}.getElementById("picture").getBoundingClientRect();
          const q = {ROOT}.querySelector("#picture .to").getBoundingClientRect();
          return q.left >= p.left && q.right <= p.right && q.top >= p.top && q.bottom <= p.bottom;
        }}"""
    )
    assert inside  # the drawing follows the step
