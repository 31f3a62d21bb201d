"""Measure the explorer on a graph of 300 values: file size, time to make it, time of a step.

    python benchmarks/explorer.py

The aims: below 500 KB, made in below 2 s with the start of the renderer counted, and a step
answered in below 50 ms. A step's time is that from the key press to the next frame on the screen;
the work in it (script, style and layout) is given apart, since a frame alone takes up to 17 ms.
It needs Playwright and Chromium.
"""

import random
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter as now

from playwright.sync_api import sync_playwright

from tinygrad_edu import Value, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.view.explorer import explore

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

STEPS = """async () => {
  const frame = () => new Promise((done) =>
    requestAnimationFrame(() => { const c = new MessageChannel();
      c.port1.onmessage = done; c.port2.postMessage(0); }));
  const result = { work: [], frame: [] };
  while (now < LAST) {
    await frame();
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    document.body.getBoundingClientRect();
    result.work.push(performance.now() - start);
    await frame();
    result.frame.push(performance.now() - start);
  }
  return result;
}"""


def network() -> Value:
    """The loss of a 2-9-7-1 network on one point."""
    return (MLP(2, [9, 7, 1])([0.5, -1.0]) - 1.0) ** 2.0


def tangle(size: int = 300) -> Value:
    """A graph without any structure: operations on two values chosen at random."""
    choose = random.Random(0)
    values = [Value(choose.uniform(-1.0, 1.0)) for _ in range(20)]
    while len(topological_order(values[-1])) < size:
        a, b = values[-1], choose.choice(values[-30:])
        values.append(choose.choice([a + b, a - b, (a * b).tanh()]))
    return values[-1]


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for name, root in (("network", network()), ("tangle", tangle())):
            start = now()
            shown = explore(root)
            page_bytes = len(shown.html().encode())
            made = now() - start
            file = Path(folder) / f"{name}.html"
            shown.save(file)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(file.as_uri())
            times = page.evaluate(STEPS)
            print(
                f"{name}: {len(topological_order(root))} values, {page_bytes / 1000:.0f} KB, "
                f"made in {made:.2f} s, {len(times['work'])} steps"
            )
            for kind, all_of_it in times.items():
                worst = sorted(all_of_it)[int(0.99 * len(all_of_it))]
                print(
                    f"  {kind}: median {median(all_of_it):.1f} ms, "
                    f"99% below {worst:.1f} ms, at most {max(all_of_it):.1f} ms"
                )
        browser.close()


if __name__ == "__main__":
    main()
