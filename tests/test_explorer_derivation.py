"""The derivation in the explorer's page: true at any numbers, and one with graph and program."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from chain_rule_reading import total
from explorer_page import HOSTILE, node, press, tanh_graph
from formula_parsing import evaluate

from tinygrad_edu import Value, make_node, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach.notation.formula import names
from tinygrad_edu.view.explorer.derivation import LARGEST, derivation
from tinygrad_edu.view.explorer.explore import explore
from tinygrad_edu.view.explorer.model import Model
from tinygrad_edu.view.sources import record_sources


def written(root: Value, model: MLP | None = None) -> str:
    return derivation(Model(root, None, model, None))


def lines(root: Value, model: MLP | None = None) -> list[str]:
    return [unescape(said) for said in re.findall(r'aria-label="([^"]*)"', written(root, model))]


def test_its_lines_by_hand() -> None:
    # y = tanh(z), z = ab + a: ∂y/∂z = 1 - y², ∂z/∂a = b + 1, ∂z/∂b = a
    assert lines(tanh_graph()[2]) == [
        "z₁ = a · b + a",
        "y = tanh(z₁)",
        "∂y/∂z₁ = 1 − y²",
        "∂y/∂a = ∂y/∂z₁ · ∂z₁/∂a = (1 − y²) · (b + 1)",
        "∂y/∂b = ∂y/∂z₁ · ∂z₁/∂b = (1 − y²) · a",
    ]


def test_a_kink_nearer_the_root_hides_no_line_of_another_step() -> None:
    # y = |tanh(z) + z|, z = ab: ∂z/∂a = b on both sides of the kink, and ∂y/∂a = ±…
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    z = a * b
    z.label = "z"
    said = lines(abs(z.tanh() + z))
    assert {"∂a₁/∂z = 1 − a₁²", "∂z/∂a = b", "∂z/∂b = a"} <= set(said)
    assert not any("±" in line or "sign" in line for line in said)


def test_every_symbol_is_marked_with_its_node() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    for root, module in ((tanh_graph()[2], None), ((model([0.5, -1.0]) - 1.0) ** 2.0, model)):
        found = names(root, module)
        looks = [unicodedata.normalize("NFKC", found[v].text) for v in topological_order(root)]
        marked = re.findall(r'<mrow data-n="(\d+)">(.*?)</mrow>(?!</m)', written(root, module))
        assert len(marked) > 10
        for i, symbol in re.findall(r'<mrow data-n="(\d+)"><mi>(\w+)</mi></mrow>', str(marked)):
            assert looks[int(i)] == symbol
        unmarked = re.sub(r'<mrow data-n="\d+">', "", written(root, module))
        assert "<mi>z</mi>" in unmarked


PRIMES: dict[str, Callable[[float], str]] = {
    "ReLU": lambda z: str(float(z > 0.0)),
    "tanh": lambda z: f"({1.0 - math.tanh(z) ** 2!r})",
    "σ": lambda z: f"({1.0 / (2.0 + 2.0 * math.cosh(z))!r})",
}


def kinked(a: Value, b: Value) -> Value:
    return (a * b).relu() * b + (a - b).tanh() * (b * b + 1.0).log()


def inner_kinks(a: Value, b: Value) -> Value:
    return abs(a * b) * a.maximum(b) + (a + b).sigmoid() / (b * b + 2.0)


def deep(a: Value, b: Value) -> Value:
    for _ in range(6):
        a = (a * b + 0.25).tanh() * 1.5
    return a * a


@pytest.mark.parametrize("function", [kinked, inner_kinks, deep])
def test_what_it_says_holds_at_other_numbers_too(function: Callable[..., Value]) -> None:
    said = lines(function(Value(0.7, label="a"), Value(-1.3, label="b")))
    assert len(said) > 3
    # On the other side of every kink.
    root = function(Value(-0.4, label="a"), Value(-0.9, label="b"))
    root.backward()
    called = {v: name.text for v, name in names(root).items()}
    numbers = {name: v.data for v, name in called.items()}
    numbers |= {f"∂{y}/∂{x}": total(of, by) for of, y in called.items() for by, x in called.items()}
    numbers |= {f"δ{z[1:]}": v.grad for v, z in called.items() if z.startswith("z")}
    for line in said:
        left, *parts = line.split(" = ")
        for part in parts:
            plain = re.sub(r"(\w+)′\((\w+)\)", lambda f: PRIMES[f[1]](numbers[f[2]]), part)
            if "∂⁺" in plain:  # of a step, which need not be a node
                continue
            named = {name: x for name, x in numbers.items() if name in plain}
            assert evaluate(plain, named) == pytest.approx(numbers[left], rel=1e-9), line


def test_a_model_may_have_more_than_the_graph() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    first, second = model.layers[0]([0.5, -1.0])
    said = lines(first * second, model)
    assert any(line.startswith("L = a⁽¹⁾₁ · a⁽¹⁾₂") for line in said)
    assert lines(tanh_graph()[2], model) == lines(tanh_graph()[2])


def test_it_tells_no_number_of_the_graph() -> None:
    model = MLP(2, [2, 1], seed=0)
    root = (model([0.5, -1.0]) - 1.0) ** 2.0
    root.backward()
    text = " ".join(lines(root, model))
    for v in topological_order(root):
        for number in (v.data, v.grad):
            if number not in (0.0, 1.0, 2.0):
                assert f"{abs(number):.4g}" not in text
    assert "since" not in text


def test_without_one_a_sentence_says_why() -> None:
    x = Value(1.0, label="x")
    root = x
    for _ in range(LARGEST):
        root = root + x
    assert f"graphs of up to {LARGEST:,} values" in written(root)
    assert "has no formula" in written(make_node(4.0, (x, 2.0), op="f"))
    assert written(x) == ""


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_in_it_is_no_markup(label: str) -> None:
    a = Value(2.0, label=label)
    tags = set(re.findall(r"<\s*([\w-]+)", written((a * 3.0).tanh() * a)))
    assert tags <= {
        *("p", "h3", "wbr", "math", "mi", "mn", "mo", "mtext", "mspace", "mrow"),
        *("mfrac", "msup", "msub", "msubsup", "mover"),
    }


# In the page


def page_of(visit: Callable[..., Any], *size: int, **options: Any) -> Any:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    with record_sources() as sources:
        z = a * b + a
        z.label = "z"
        y = z.tanh()
    y.label = "y"
    page = visit(explore(y, sources=sources), *size, **options)
    page.click("#derivation summary")
    return page


def marked(page: Any) -> dict[str, Any]:
    """What is marked: lines and symbols of the derivation, lines of the program, nodes."""
    formulas = page.locator("#formulas")
    nodes = page.locator("#picture .node.pointed text:first-of-type").all_text_contents()
    current = "(all) => all.map((e) => e.ariaLabel)"
    return {
        "steps": formulas.locator(".step[aria-current]").evaluate_all(current),
        "symbols": formulas.locator("[data-n][aria-current]").all_text_contents(),
        "program": page.locator("#lines [aria-current=true] code").all_text_contents(),
        "nodes": [text.split(" = ")[0] for text in nodes],
    }


def test_pointing_at_a_node_marks_its_line_its_symbols_and_its_source(
    visit: Callable[..., Any],
) -> None:
    page = page_of(visit)
    node(page, "z").hover()
    expected = {
        "steps": ["z = a · b + a", "∂y/∂z = 1 − y²"],
        "symbols": ["z"] * 7,  # where it is computed, where it is used, and in ∂y/∂z and ∂z/∂a
        "program": ["z = a * b + a"],
        "nodes": ["z"],
    }
    assert marked(page) == expected
    page.locator("h1").hover()
    assert marked(page)["nodes"] == []
    node(page, "z").focus()  # the same by the keyboard
    assert marked(page) == expected
    press(page, "ArrowDown")
    assert marked(page)["nodes"] != ["z"]


def test_pointing_at_a_line_or_a_symbol_marks_the_node_and_its_source(
    visit: Callable[..., Any],
) -> None:
    page = page_of(visit)
    line = page.locator("#formulas .step", has_text="tanh")
    line.hover(position={"x": 2, "y": 2})
    assert marked(page)["nodes"] == ["y"]
    assert marked(page)["program"] == ["y = z.tanh()"]
    line.locator("[data-n]", has_text="z").hover()
    assert marked(page)["nodes"] == ["z"]
    assert marked(page)["program"] == ["z = a * b + a"]
    page.locator("#formulas .step").first.focus()
    assert sorted(marked(page)["nodes"]) == ["v₁", "z"]  # both are computed in this line
    press(page, "ArrowDown", "ArrowDown")
    assert marked(page)["nodes"] == ["z"]
    press(page, "ArrowDown")
    assert marked(page)["nodes"] == ["a"]
    press(page, "Enter")
    assert page.locator("#paths h2").text_content() == "a: 2 paths to y"


def test_a_tap_marks_all_three(visit: Callable[..., Any]) -> None:
    page = page_of(visit, 390, 844, has_touch=True, is_mobile=True)
    page.locator("#formulas .step", has_text="tanh").tap(position={"x": 20, "y": 8})
    assert page.locator("#paths h2").text_content().startswith("y")
    assert marked(page)["program"] == ["y = z.tanh()"]
    assert "y = tanh(z)" in marked(page)["steps"]


def test_the_derivation_follows_the_steps(visit: Callable[..., Any]) -> None:
    page = page_of(visit)
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    assert "y = tanh(z)" in marked(page)["steps"]
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    assert "∂y/∂z = 1 − y²" in marked(page)["steps"]
    page.click("#predict")
    assert page.locator("#derivation").is_hidden()


def test_it_says_where_a_plain_number_of_it_has_moved(visit: Callable[..., Any]) -> None:
    x = Value(3.0, label="x")
    page = visit(explore(x * 2.0 + 1.0))
    page.click("#derivation summary")
    assert page.locator("#moved").is_hidden()
    page.get_by_role("spinbutton", name="x", exact=True).fill("4")
    press(page, "Enter")
    assert page.locator("#moved").is_hidden()
    page.get_by_role("spinbutton", name="Plain number").first.fill("4")
    press(page, "Enter")
    assert page.locator("#moved").is_visible()
    page.click("#reset")
    assert page.locator("#moved").is_hidden()
