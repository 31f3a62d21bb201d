"""The explorer's page in Chinese, and that no sentence of it is written past the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from explorer_page import ROOT, node, press

from tinygrad_edu import Value
from tinygrad_edu.language import using_language
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer.explore import Explorer, explore
from tinygrad_edu.view.explorer.words import sentences

PAGE = files("tinygrad_edu") / "view" / "explorer" / "page"

KEPT = {"data", "grad", "nan", "linear", "tanh", "relu", "ReLU", "SVG", "PNG", "JavaScript"}
KEYS = {"Space", "Home", "End", "Tab", "Enter", "Shift", "Ctrl", "Esc"}

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:[^"\\\n]|\\.)*")"""
    r"""|(?P<regex>/(?:[^/\\\n ]|\\.)+/)|(?P<template>`)|(?P<open>\$?\{)|(?P<close>\})""",
    re.DOTALL,
)


def literals(source: str) -> Iterator[tuple[str, str]]:
    """The texts of a script, each with what stands before it."""
    place, inside = 0, list[str]()  # what is open: templates and braces
    while place < len(source):
        if inside and inside[-1] == "`":
            end = re.compile(r"`|\$\{").search(source, place)
            assert end is not None
            yield source[place : end.start()], source[max(0, place - 30) : place]
            place = end.end()
            if end[0] == "`":
                inside.pop()
            else:
                inside.append("{")
            continue
        found = TOKEN.search(source, place)
        if found is None:
            return
        place = found.end()
        if found["string"]:
            yield found[0][1:-1], source[max(0, found.start() - 30) : found.start()]
        elif found["template"]:
            inside.append("`")
        elif found["open"]:
            inside.append("{")
        elif found["close"]:
            inside.pop()


# What begins with a capital or has two words, and is for the browser.
FOR_THE_BROWSER = {
    *(
        "path, polygon, ellipse",
        "use strict",
        "uses complete",
        "remark more",
        "Infinity",
        "IDLE",
        "DOMContentLoaded",
    ),
    *("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "PageUp", "PageDown"),
    *("Home", "End", "Escape", "Enter", "SELECT", "INPUT", "BUTTON", "SUMMARY"),
}


def unsaid_in_script(source: str) -> list[str]:
    """The texts of a script that look like words for people and are not `say`'s."""
    found = []
    for text, before in literals(source):
        is_said = re.search(r"\.(?:say|phrase)\($", before)
        is_words = re.search(r"[A-Za-z]{2,},? [A-Za-z]{2,}|^[A-Z][a-z]+", text)
        is_selector = re.search(r"[#.:\[][\w-]+", text) and not re.search(r"[.:] |[.]$", text)
        if is_words and not is_said and not is_selector and text not in FOR_THE_BROWSER:
            found.append(text)
    return found


def unsaid_in_page(source: str) -> list[str]:
    """What a reader of the HTML sees or hears that is not between double braces."""
    source = re.sub(r"\{\{.*?\}\}|\$\w+|<kbd>.*?</kbd>|<option>(?:SVG|PNG)", "", source)
    heard = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', source)
    seen = re.sub(r"<style>.*?</style>|<[^>]*>", "\n", source, flags=re.DOTALL).split("\n")
    return [text for text in heard + seen if re.search("[A-Za-z]", text)]


def test_every_text_of_the_page_is_said() -> None:
    for part in PAGE.iterdir():
        source = part.read_text("utf-8")
        if part.name.endswith(".js"):
            assert unsaid_in_script(source) == [], part.name
            # What is said is found in the catalogue only where it is written out.
            calls = re.findall(r"\.(?:say|phrase)\((?!sentence)", source)
            assert len(calls) == len(sentences(source))
        elif part.name == "explorer.html":
            assert unsaid_in_page(source) == []


def test_a_text_that_is_not_said_is_found() -> None:
    planted = 'write(button, "Close"); make("p", {}, `${n} more paths`); graph.say("Not this one");'
    assert unsaid_in_script(planted) == ["Close", " more paths"]
    planted = '<b title="{{Fine}}">{{So}}</b> <i aria-label="Larger">Fold</i> $root <kbd>Tab</kbd>'
    assert unsaid_in_page(planted) == ["Larger", "Fold"]


SEEN_OR_HEARD = f"""() => {{
  const found = [];
  for (const e of {ROOT}.querySelectorAll("*")) {{
    if (["STYLE", "SCRIPT", "KBD"].includes(e.tagName)) continue;
    for (const name of ["aria-label", "title", "aria-valuetext", "placeholder"])
      if (e.hasAttribute(name)) found.push(e.getAttribute(name));
    for (const n of e.childNodes) if (n.nodeType === Node.TEXT_NODE) found.push(n.data);
  }}
  return found;
}}"""


def english(page: Any) -> set[str]:
    words = {w for said in page.evaluate(SEEN_OR_HEARD) for w in re.findall("[A-Za-z]{2,}", said)}
    return words - KEPT - KEYS


def in_chinese(root: Value, **options: Any) -> Explorer:
    with using_language("zh"):
        return explore(root, **options)


def test_the_page_says_its_language(visit: Callable[..., Any]) -> None:
    page = visit(in_chinese(Value(2.0, label="a").tanh()))
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert page.locator("tinygrad-explorer").get_attribute("lang") == "zh"
    assert page.title() == "L，逐步演示"


def test_every_step_and_answer_is_in_chinese(visit: Callable[..., Any]) -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    page = visit(in_chinese((a * b + a * a).tanh()))
    for kind in ("edge", "node", "layer"):
        page.select_option("#by", kind)
        press(page, "Home")
        for _ in range(int(page.locator("#timeline").get_attribute("max"))):
            press(page, "ArrowRight")
            assert english(page) == set()
    node(page, "a").dispatch_event("click")
    assert english(page) == set()
    page.locator("#inputs input").first.fill("inf")
    press(page, "Enter")
    assert page.locator("#fault").is_visible()
    assert english(page) == set()
    page.click("#predict")
    for answer in ("two", "0.1", "12", "-0.00001"):
        page.fill("#answer", answer)
        page.click("#check")
        assert english(page) - {"two"} == set()
    for _ in range(6):
        page.click("#give")
        assert english(page) == set()


def test_training_and_folding_are_in_chinese(visit: Callable[..., Any]) -> None:
    model = MLP(2, [3, 1], seed=0)
    root = (model([0.5, -1.0]) - 1.0) ** 2.0
    page = visit(in_chinese(root, model=model))
    for button in ("#update", "#run", "#fold"):
        page.click(button)
        assert english(page) == set()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_chinese_page_fits(visit: Callable[..., Any], width: int) -> None:
    model = MLP(2, [3, 1], seed=0)
    page = visit(in_chinese((model([0.5, -1.0]) - 1.0) ** 2.0, model=model), width, 844)
    press(page, "End")
    for press_first in (None, "#predict"):
        if press_first:
            page.click(press_first)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        cut = page.locator("button, summary, h1, h2, label").evaluate_all(
            "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1"
            " && getComputedStyle(e).display !== 'inline').map((e) => e.textContent)"
        )
        assert cut == []
