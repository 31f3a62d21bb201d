"""Measure the explorer: the file, the time to make it, of a step, and of a number that is dragged.

    python benchmarks/explorer.py

The aims, for 300 values: made in below 2 s with the start of the renderer counted, a step answered
in below 50 ms, and a changed number, on which every value and gradient depends, in below 100 ms; in
below 33 ms for 50 values. A page of 1,000 values is made in below 3 s and open in below 2 s, one of
10,000, which comes folded, open in below 5 s. A time is that from the key press or the change to
the next frame on the screen; the work in it (script, style and layout) is given apart, since a
frame alone takes up to 17 ms. It needs Playwright and Chromium.
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
from tinygrad_edu.view.explorer.explore import explore

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

TIMES = """async () => {
  const explorer = document.querySelector("tinygrad-explorer");
  const { graph } = explorer;
  const frame = () => new Promise((done) =>
    requestAnimationFrame(() => { const c = new MessageChannel();
      c.port1.onmessage = done; c.port2.postMessage(0); }));
  const timed = async (times, act) => {
    const result = { work: [], frame: [] };
    for (let i = 0; i < times; i++) {
      await frame();
      const start = performance.now();
      act(i);
      document.body.getBoundingClientRect();
      result.work.push(performance.now() - start);
      await frame();
      result.frame.push(performance.now() - start);
    }
    return result;
  };
  const key = (key) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const step = await timed(Math.min(graph.last, 600), () => key("ArrowRight"));
  const drag = await timed(60, (i) =>
    explorer.change(graph.inputs.slice(0, 20).map((x) => [x, x.recorded + 0.001 * (i + 1)])));
  return { step, drag };
}"""


def network(*layers: int) -> Value:
    """The loss of a network of two inputs on one point."""
    return (MLP(2, [*layers])([0.5, -1.0]) - 1.0) ** 2.0


def tangle(size: int = 300) -> Value:
    """A graph without any structure: operations on two values chosen at random."""
    choose = random.Random(0)
    values = [Value(choose.uniform(-1.0, 1.0)) for _ in range(20)]
    while len(topological_order(values[-1])) < size:
        a, b = values[-1], choose.choice(values[-30:])
        values.append(choose.choice([a + b, a - b, (a * b).tanh()]))
    return values[-1]


def chain(size: int) -> Value:
    """A chain of that many values, one after the other."""
    x = Value(0.5)
    while size > 3:
        x, size = (x * 1.1 - 0.1).tanh(), size - 3
    return x


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no chromium on the PATH")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for name, root in (
            ("small network", network(4, 1)),
            ("network", network(9, 7, 1)),
            ("tangle", tangle()),
            ("large network", network(16, 16, 1)),
            ("chain", chain(10_000)),
        ):
            start = now()
            shown = explore(root)
            page_bytes = len(shown.html().encode())
            made = now() - start
            file = Path(folder) / f"{name}.html"
            shown.save(file)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            start = now()
            page.goto(file.as_uri())
            opened = now() - start
            times = page.evaluate(TIMES)
            print(
                f"{name}: {len(topological_order(root))} values, {page_bytes / 1000:.0f} KB, "
                f"made in {made:.2f} s, opened in {opened:.2f} s"
            )
            for what, kinds in times.items():
                for kind, all_of_it in kinds.items():
                    worst = sorted(all_of_it)[int(0.99 * len(all_of_it))]
                    print(
                        f"  {what}, {kind}: median {median(all_of_it):.1f} ms, "
                        f"99% below {worst:.1f} ms, at most {max(all_of_it):.1f} ms"
                    )
        browser.close()


if __name__ == "__main__":
    main()
