"""What the tests of the explorer's page share: graphs, and reading the page as a reader does."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import Value

HOSTILE = (
    "</script><script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    '"><svg onload="window.pwned = 1">',
    "</text></svg><script>window.pwned = 1</script>",
    "<!-- <script>",
    "]]>",
    "&lt;b&gt; &amp; &#60;",
    "$title ${model}",
    "\\N \\",
    "<b>bold</b>",
    "line\u2028break\nhere",
    "nul\0 bell\a",
    "half \ud800 character",
    "x" * 400,
)


ROOT = "document.querySelector('tinygrad-explorer').shadowRoot"
"""The page's own elements, for scripts; Playwright's locators find them by themselves."""

STEPS = """() => document.querySelector("tinygrad-explorer").graph.steps.map((s) =>
  [s.edge, s.from.name, s.to.name, s.upstream, s.local, s.contribution, s.total])"""


FAINTEST = """() => {
  const document = window.document.querySelector("tinygrad-explorer").shadowRoot;
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = (css) => {
    const [r, g, b] = css.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const css = getComputedStyle(e).backgroundColor;
      if (!css.endsWith(", 0)")) return css;
    }
  };
  let faintest = 21;
  const texts = "h1, h2, h3, p, td, th, label, button:enabled, summary, span, b, code, math";
  for (const e of document.querySelectorAll(texts)) {
    if (!e.checkVisibility() || !e.innerText) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    faintest = Math.min(faintest, (a + 0.05) / (b + 0.05));
  }
  // In the drawing, on what its node is filled with.
  for (const e of document.querySelectorAll("#picture text")) {
    if (!e.textContent || getComputedStyle(e).fill.startsWith("none")) continue;
    const shape = e.parentElement.querySelector(":scope > :is(path, polygon, ellipse)");
    const fill = shape ? getComputedStyle(shape).fill : "none";
    const on = fill === "none" || fill.endsWith(", 0)") ? behind(e.closest("#picture")) : fill;
    const [a, b] = [light(getComputedStyle(e).fill), light(on)].sort((x, y) => y - x);
    faintest = Math.min(faintest, (a + 0.05) / (b + 0.05));
  }
  return faintest;
}"""
"""The lowest contrast ratio of a text and its background, as WCAG 2 has it."""


def steps_of(page: Any) -> list[tuple[int, str, str, float, float, float, float]]:
    """The contributions as the page computes them: edge, from, to, and the four numbers."""
    return [tuple(step) for step in page.evaluate(STEPS)]


def tanh_graph() -> tuple[Value, Value, Value]:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = (a * b + a).tanh()
    y.label = "y"
    return a, b, y


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def node(page: Any, name: str) -> Any:
    """The node of this name in the drawing."""
    nodes = page.locator("#picture .node")
    headings = nodes.locator("text:first-of-type").all_text_contents()
    return nodes.nth([heading.split(" = ")[0] for heading in headings].index(name))


def gradients(page: Any) -> dict[str, float | str | None]:
    """What the drawing says of each gradient: a number, "?" where hidden, None if nothing."""
    found: dict[str, float | str | None] = {}
    lines = page.locator("#picture .node").evaluate_all(
        "(nodes) => nodes.map((n) => [...n.querySelectorAll('text')].map((t) => t.textContent))"
    )
    for heading, _, grad in lines:
        said = grad.removeprefix("grad ")
        found[heading.split(" = ")[0]] = said if said == "?" else number(said) if said else None
    return found


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def step(page: Any) -> str:
    return str(page.locator("#count").text_content())
