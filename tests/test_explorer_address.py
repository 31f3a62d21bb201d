"""The explorer's state in its address, two of it in one document, and where no script runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from explorer_page import ROOT, gradients, press, step, tanh_graph

from tinygrad_edu import Value
from tinygrad_edu.view.explorer.explore import explore


def arrive(page: Any, state: str) -> None:
    """Go to an address of the page, and wait until it has been read."""
    page.evaluate(
        """(state) => new Promise((done) => {
             addEventListener("hashchange", () => setTimeout(done), { once: true });
             location.hash = state; })""",
        state,
    )


def test_an_address_names_a_moment(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    arrive(page, "step=8&a=1.2&node=a")
    assert step(page) == "8 of 9"
    assert page.locator("#inputs input").first.input_value() == "1.2"
    assert page.locator("#paths h2").text_content() == "a: 2 paths to y"
    arrive(page, "step=3&by=layer&skip")
    assert step(page) == "3 of 7"
    assert page.locator("#inputs input").first.input_value() == "2"
    page.reload()
    assert step(page) == "3 of 7"


@pytest.mark.parametrize("state", ["step=99", "step=-3", "step=x&a=y", "by=atom&node=q", "=&=&%"])
def test_an_address_that_makes_no_sense_does_no_harm(visit: Callable[..., Any], state: str) -> None:
    page = visit(explore(tanh_graph()[2]))
    arrive(page, state)
    press(page, "Home", "ArrowRight")
    assert step(page) == "1 of 9"


def test_what_is_shown_is_written_into_the_address(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2] * 3.0))
    press(page, "ArrowRight", "ArrowRight")
    page.locator("#inputs input").last.fill("0.25")
    press(page, "Enter")
    page.wait_for_timeout(400)  # a drag is not kept whole
    assert page.evaluate("decodeURIComponent(location.hash)") == "#step=2&L@2=0.25"
    at = page.locator("#picture svg").text_content()
    page.reload()
    assert page.locator("#picture svg").text_content() == at


def test_two_in_one_document(browser: Any, tmp_path: Path) -> None:
    x = Value(3.0, label="x")
    file = tmp_path / "both.html"
    both = explore(tanh_graph()[2]).element() + explore(x * x).element()
    file.write_text(f"<!DOCTYPE html><meta charset=utf-8><title>two</title>{both}", "utf-8")
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(file.as_uri())
    first, second = (page.locator("tinygrad-explorer").nth(i) for i in (0, 1))
    first.locator("#last").click()
    assert first.locator("#count").text_content() == "9 of 9"
    assert second.locator("#count").text_content() == "0 of 4"
    second.locator("#step").focus()
    press(page, "ArrowRight")  # a key is meant for the one that has the focus
    assert first.locator("#count").text_content() == "9 of 9"
    assert second.locator("#count").text_content() == "1 of 4"
    second.locator("#inputs input").fill("5")
    press(page, "Enter")
    assert "data 25" in second.locator("#picture").text_content()
    assert page.url == file.as_uri()
    names = page.evaluate(
        "['graph', 'Graph', 'Explorer', 'FUNCTIONS', 'show', 'write'].filter((k) => k in window)"
    )
    assert names == []
    assert problems == []
    page.close()


def test_without_a_script_the_numbers_are_there(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "step.html"
    explore(tanh_graph()[2]).save(file)
    page = browser.new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    assert page.locator("noscript p").is_visible()
    said = [n.text_content().split() for n in page.locator("#picture .node").all()]
    assert ["a", "data", "2", "grad", "−0.0026819"] in said
    assert ["y", "=", "tanh(z₁)", "data", "−0.999329", "grad", "1"] in said
    page.close()


@pytest.mark.parametrize(("theme", "dark"), [("light", False), ("dark", True), ("auto", True)])
def test_the_theme_is_followed(visit: Callable[..., Any], theme: str, dark: bool) -> None:
    page = visit(explore(tanh_graph()[2], theme=theme), color_scheme="dark")
    paper = page.evaluate(f"getComputedStyle({ROOT}.getElementById('all')).backgroundColor")
    assert paper == ("rgb(18, 22, 27)" if dark else "rgb(255, 255, 255)")
    fill = "e => getComputedStyle(e.querySelector('path, polygon')).fill"
    assert page.locator("#node0").evaluate(fill) == (
        "rgb(18, 56, 79)" if dark else "rgb(220, 236, 248)"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_notebooks_frame_follows_the_notebook(visit: Callable[..., Any], scheme: str) -> None:
    shown = explore(tanh_graph()[2])
    page = visit(shown, color_scheme="no-preference")  # none is emulated: the document's own holds
    frame = shown._repr_html_()
    page.set_content(f"<!DOCTYPE html><html style='color-scheme: {scheme}'>{frame}</html>")
    paper = page.frames[1].evaluate(
        f"getComputedStyle({ROOT}.getElementById('all')).backgroundColor"
    )
    assert (paper == "rgb(18, 22, 27)") == (scheme == "dark")


def test_paper_has_all_steps_and_no_controls(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for part in ("#controls", "#options", "#numbers", "#hint"):
        assert page.locator(part).is_hidden()
    assert page.locator("#ledger tr.ahead").count() == 0
    assert None not in gradients(page).values()
    size = page.locator("#ledger").evaluate("e => [e.scrollHeight, e.clientHeight]")
    assert size[0] <= size[1] + 1
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert step(page) == "0 of 9"


def test_forced_colours_reveal_nothing_ahead(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]), forced_colors="active")
    ahead = page.locator("#ledger tr.ahead td.number").first
    assert ahead.evaluate("e => getComputedStyle(e).visibility") == "hidden"
    press(page, "End")
    assert page.locator("#ledger tr.ahead").count() == 0
