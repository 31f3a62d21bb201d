"""The overview of a graph that is larger than its panel: what it frames, what it never hides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import ROOT, press, tanh_graph

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import explore

SIZES = [(1280, 800), (960, 700), (828, 760), (390, 844)]

IN_SIGHT = """(panel) => {
  const [all, view] = [panel.querySelector("svg"), panel].map((e) => e.getBoundingClientRect());
  return [(view.left - all.left) / all.width, (view.top - all.top) / all.height,
    panel.clientWidth / all.width, panel.clientHeight / all.height];
}"""

FRAMED = """(map) => {
  const [all, frame] = [map, map.querySelector(".frame")].map((e) => e.getBoundingClientRect());
  return [(frame.left - all.left) / all.width, (frame.top - all.top) / all.height,
    frame.width / all.width, frame.height / all.height];
}"""


def large(visit: Callable[..., Any], *size: int, **options: Any) -> Any:
    model = MLP(2, [6, 1], seed=0)
    shown = explore((model([0.5, -1.0]) - 1.0) ** 2.0, model=model)
    return visit(shown, *size, **options)


def settle(page: Any) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_where_all_is_in_sight_there_is_none(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, "0")
    assert page.locator("#minimap").is_hidden()
    press(page, *["+"] * 8)
    settle(page)
    assert page.locator("#minimap").is_visible()
    press(page, "0")
    assert page.locator("#minimap").is_hidden()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_frames_what_is_in_sight(visit: Callable[..., Any], width: int, height: int) -> None:
    page = large(visit, width, height)
    panel, minimap = page.locator("#picture"), page.locator("#minimap svg")
    for left, top in ((0, 0), (250, 120), (10_000, 10_000)):
        panel.evaluate("(e, [x, y]) => e.scrollTo(x, y)", [left, top])
        settle(page)
        seen = panel.evaluate(IN_SIGHT)
        # Beside the drawing, where it is lower than its panel, there is nothing to frame.
        seen = [max(0.0, seen[0]), max(0.0, seen[1]), min(1.0, seen[2]), min(1.0, seen[3])]
        assert minimap.evaluate(FRAMED) == pytest.approx(seen, abs=0.04)


def test_beside_a_narrow_drawing_it_frames_nothing(visit: Callable[..., Any]) -> None:
    level = [Value(0.5) for _ in range(16)]
    while len(level) > 1:  # five columns, the first of 16 nodes
        level = [a + b for a, b in zip(level[::2], level[1::2])]
    page = visit(explore(level[0]), 2400, 800)
    settle(page)
    *_, wide, high = page.locator("#picture").evaluate(IN_SIGHT)
    assert wide > 1.0 > high
    *_, wide, _ = page.locator("#minimap svg").evaluate(FRAMED)
    assert wide == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize("by_finger", [False, True])
def test_the_frame_is_dragged(visit: Callable[..., Any], by_finger: bool) -> None:
    page = large(visit, 390, 844, has_touch=by_finger, is_mobile=by_finger)
    panel, minimap = page.locator("#picture"), page.locator("#minimap")
    panel.evaluate("e => e.scrollTo(0, 0)")
    settle(page)
    box, frame = minimap.bounding_box(), minimap.locator(".frame").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    if by_finger:
        session = page.context.new_cdp_session(page)
        for kind, at in (("touchStart", x), ("touchMove", x + 20), ("touchMove", x + 40)):
            touch = {"type": kind, "touchPoints": [{"x": at, "y": y}]}
            session.send("Input.dispatchTouchEvent", touch)
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 40, y, steps=4)
        page.mouse.up()
    settle(page)
    moved = minimap.locator(".frame").bounding_box()
    assert moved["x"] - frame["x"] == pytest.approx(40, abs=3)
    whole = panel.evaluate("e => e.querySelector('svg').clientWidth")
    expected = 40 * whole / box["width"]
    assert panel.evaluate("e => e.scrollLeft") == pytest.approx(expected, rel=0.1)


def test_a_press_beside_the_frame_brings_that_place_into_sight(visit: Callable[..., Any]) -> None:
    page = large(visit)
    panel, minimap = page.locator("#picture"), page.locator("#minimap")
    panel.evaluate("e => e.scrollTo(0, 0)")
    settle(page)
    box = minimap.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    settle(page)
    left, _, share, _ = panel.evaluate(IN_SIGHT)
    assert left + share == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_hides_nothing_of_the_step(visit: Callable[..., Any], width: int, height: int) -> None:
    page = large(visit, width, height)
    over = f"""() => {{
      const root = {ROOT}, map = root.getElementById("minimap").getBoundingClientRect();
      return [...root.querySelectorAll("#picture :is(.to, .from, .lit)")].filter((e) => {{
        const box = e.getBoundingClientRect();
        return box.left < map.right && box.right > map.left &&
          box.top < map.bottom && box.bottom > map.top;
      }}).length; }}"""
    for _ in range(12):
        page.evaluate(f"{ROOT}.host.go({ROOT}.host.now + 9)")
        settle(page)
        assert page.locator("#minimap").is_visible()
        assert page.evaluate(over) == 0


def test_it_is_no_stop_of_the_keys_and_is_not_printed_nor_on_a_slide(
    visit: Callable[..., Any],
) -> None:
    page = large(visit)
    settle(page)
    minimap = page.locator("#minimap")
    assert minimap.is_visible()
    assert minimap.get_attribute("aria-hidden") == "true"
    assert minimap.locator("[tabindex], button, a, [id]").count() == 0
    assert minimap.locator("text").count() == 0  # it tells no number ahead
    press(page, "b")
    assert minimap.is_hidden()
    press(page, "b")
    page.emulate_media(media="print")
    assert minimap.is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_frame_is_seen_on_any_paper(visit: Callable[..., Any], scheme: str) -> None:
    page = large(visit, color_scheme=scheme)
    contrast = page.locator("#minimap").evaluate(
        """(map) => {
          const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          const light = (css) => { const [r, g, b] = css.match(/[\\d.]+/g).map(Number);
            return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
          const [a, b] = [getComputedStyle(map.querySelector(".frame")).stroke,
            getComputedStyle(map).backgroundColor].map(light).sort((x, y) => y - x);
          return (a + 0.05) / (b + 0.05); }"""
    )
    assert contrast >= 3.0
