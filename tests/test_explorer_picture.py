"""The explorer's drawing moved, scaled and saved by the reader."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer_page import press, tanh_graph

from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import explore

SCROLL = "e => [e.scrollLeft, e.scrollTop]"


def large(visit: Callable[..., Any], *size: int, **options: Any) -> Any:
    model = MLP(2, [4, 1])
    shown = explore((model([0.5, -1.0]) - 1.0) ** 2.0, model=model)
    return visit(shown, *size, **options)


def width(page: Any) -> float:
    found: float = page.locator("#picture svg").evaluate("e => e.getBoundingClientRect().width")
    return found


def test_it_is_dragged(visit: Callable[..., Any]) -> None:
    page = large(visit)
    panel = page.locator("#picture")
    panel.evaluate("e => e.scrollTo(200, 100)")
    box = panel.bounding_box()
    x, y = box["x"] + 2, box["y"] + 2
    before = panel.evaluate(SCROLL)
    page.mouse.move(x + 60, y + 40)
    page.mouse.down()
    page.mouse.move(x + 30, y + 20)
    page.mouse.up()
    after = panel.evaluate(SCROLL)
    assert [a - b for a, b in zip(after, before)] == [30, 20]


def test_the_wheel_scales_around_the_pointer(visit: Callable[..., Any]) -> None:
    page = large(visit)
    before = width(page)
    box = page.locator("#picture").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    assert 1.9 < width(page) / before < 2.1
    page.mouse.wheel(0, 50)  # alone it scrolls
    page.wait_for_timeout(100)
    assert 1.9 < width(page) / before < 2.1


def test_keys_scale_and_show(visit: Callable[..., Any]) -> None:
    page = large(visit)
    before = width(page)
    press(page, "+")
    assert width(page) > before
    press(page, "-", "-")
    assert width(page) < before
    press(page, "0")
    box = page.locator("#picture").bounding_box()
    assert width(page) <= box["width"]
    press(page, "+", "+", "+", "+", "+", "+", "+", "+", "r")
    root = page.locator("#picture .node.root").bounding_box()
    assert box["x"] <= root["x"] + root["width"] / 2 <= box["x"] + box["width"]
    press(page, "End", "s")
    to = page.locator("#picture .to").first.bounding_box()
    assert box["x"] <= to["x"] + to["width"] / 2 <= box["x"] + box["width"]


def test_the_step_is_saved_as_svg_and_as_png(visit: Callable[..., Any], tmp_path: Path) -> None:
    page = visit(explore(tanh_graph()[2]))
    press(page, "End")
    with page.expect_download() as download:
        page.select_option("#save", label="SVG")
    assert download.value.suggested_filename == "step-9.svg"
    download.value.save_as(tmp_path / "step.svg")
    text = (tmp_path / "step.svg").read_text("utf-8")
    texts = [e.text for e in ET.fromstring(text).iter() if e.tag.endswith("text")]
    assert "grad −0.0026819" in texts
    assert "class=" not in text.replace('class="tinygrad-edu"', "")
    with page.expect_download() as download:
        page.select_option("#save", label="PNG")
    download.value.save_as(tmp_path / "step.png")
    png = (tmp_path / "step.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    natural = page.locator("#picture svg").evaluate("e => e.viewBox.baseVal.width")
    assert struct.unpack(">I", png[16:20])[0] == int(2 * natural)


class Fingers:
    """Fingers on a page, as a screen reports them."""

    def __init__(self, page: Any) -> None:
        self._session = page.context.new_cdp_session(page)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def move(self, *ways: tuple[tuple[float, float], tuple[float, float]], steps: int = 15) -> None:
        """Put each finger down at the first point of its way, and lift it at the second."""
        self.touch("touchStart", *[start for start, _ in ways])
        for i in range(1, steps + 1):
            at = [tuple(a + (b - a) * i / steps for a, b in zip(start, end)) for start, end in ways]
            self.touch("touchMove", *at)  # type: ignore[arg-type]
        self.touch("touchEnd")


def test_two_fingers_scale_around_their_middle(visit: Callable[..., Any]) -> None:
    page = large(visit, 390, 844, has_touch=True, is_mobile=True)
    fingers = Fingers(page)
    panel = page.locator("#picture")
    box = panel.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    panel.evaluate("e => e.scrollTo(300, 100)")
    where = "(e, x) => (x - e.getBoundingClientRect().left) / e.getBoundingClientRect().width"
    before, between = width(page), page.locator("#picture svg").evaluate(where, x)
    fingers.move(((x, y - 30.0), (x, y - 60.0)), ((x, y + 30.0), (x, y + 60.0)))
    assert 1.9 < width(page) / before < 2.1
    assert abs(page.locator("#picture svg").evaluate(where, x) - between) < 0.01
    # Only one of them moves: the panel does not scroll in place of scaling.
    fingers.move(((x, y + 60.0), (x, y + 10.0)), ((x, y - 40.0), (x, y - 40.0)))
    assert 0.9 < width(page) / before < 1.1
    assert page.evaluate("visualViewport.scale") == 1.0  # the drawing is scaled, not the page


def test_fingers_on_leaves_scale_and_change_no_number(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]), 390, 844, has_touch=True, is_mobile=True)
    a, b = (page.locator(f"#picture #node{i}").bounding_box() for i in (0, 1))
    (ax, ay), (bx, by) = ((n["x"] + n["width"] / 2, n["y"] + n["height"] / 2) for n in (a, b))
    before = width(page)
    toward = ((ax, ay), (ax, ay + (by - ay) / 4)), ((bx, by), (bx + 30.0, by - (by - ay) / 4))
    Fingers(page).move(*toward)
    assert width(page) < 0.9 * before
    assert page.locator("#reset").is_disabled()


def test_one_finger_moves_the_drawing(visit: Callable[..., Any]) -> None:
    page = large(visit, 390, 844, has_touch=True, is_mobile=True)
    panel = page.locator("#picture")
    box = panel.bounding_box()
    x, y = box["x"] + 200.0, box["y"] + 20.0
    before = panel.evaluate("e => { e.scrollTo(300, 100); return e.scrollLeft; }")
    Fingers(page).move(((x, y), (x - 90.0, y)))
    moved = "([panel, before]) => panel.scrollLeft > before + 50"
    page.wait_for_function(moved, arg=[panel.element_handle(), before])
