"""The explorer's drawing moved, scaled and saved by the reader."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer_page import press, tanh_graph

from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer import explore

SCROLL = "e => [e.scrollLeft, e.scrollTop]"


def large(visit: Callable[..., Any]) -> Any:
    model = MLP(2, [4, 1])
    return visit(explore((model([0.5, -1.0]) - 1.0) ** 2.0, model=model))


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
