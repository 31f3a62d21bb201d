"""Look at every notebook in a real JupyterLab with its sidebar open, trusted and not.

    python tests/storms/jupyterlab.py FOLDER [01 09 …]

The notebooks are copied, each is opened at 1280 px in a headless Chromium (it, JupyterLab and
Playwright are needed) and scrolled through. Pictures of it are kept in FOLDER, to be looked at.
What needs no eye is printed: outputs that are cut, and letters under 10 px; the exit status is 1 if
there are any.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PORT = 18_973
SMALLEST = 10.0  # pixels of a letter

PROBLEMS = """(smallest) => {
  const found = [];
  const said = (element) => element.textContent.trim().slice(0, 60);
  for (const area of document.querySelectorAll(".jp-Notebook .jp-OutputArea-output")) {
    const inside = area.getBoundingClientRect();
    for (const picture of area.querySelectorAll("svg, img, iframe, table")) {
      if (picture.parentElement.closest("svg")) continue;
      const { right, width } = picture.getBoundingClientRect();
      let scrolls = false;
      for (let e = picture.parentElement; e && e !== area.parentElement; e = e.parentElement)
        scrolls ||= ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
      if (width > 0 && right > inside.right + 1 && !scrolls)
        found.push(`cut by ${Math.round(right - inside.right)} px: ${said(picture)}`);
    }
    for (const e of area.querySelectorAll("*")) {
      const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      const isUnseen = ["STYLE", "SCRIPT", "TITLE", "DESC"].includes(e.tagName);
      const isFormula = e.closest("math, mjx-container"); // an index may be small
      if (!own || isUnseen || isFormula || !e.checkVisibility()) continue;
      const scale = e.getScreenCTM ? e.getScreenCTM().a : 1;
      const size = parseFloat(getComputedStyle(e).fontSize) * scale;
      if (size < smallest) found.push(`letters of ${size.toFixed(1)} px: ${said(e)}`);
    }
  }
  return [...new Set(found)];
}"""


@contextmanager
def lab(folder: Path, trusted: bool) -> Iterator[str]:
    """JupyterLab on copies of the notebooks; its address."""
    for file in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(file, folder)
    own = {f"JUPYTER_{what}_DIR": str(folder / what) for what in ("CONFIG", "DATA", "RUNTIME")}
    environment = os.environ | own
    notebooks = sorted(map(str, folder.glob("*.ipynb")))
    if trusted:
        subprocess.run(["jupyter", "trust", *notebooks], env=environment, check=True)
    command = ["jupyter", "lab", "--no-browser", "--allow-root", f"--port={PORT}"]
    command += ["--ServerApp.token=", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class="]
    command[-1] += "jupyterlab.handlers.announcements.NeverCheckForUpdate"
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://localhost:{PORT}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait()


def look(page: Any, notebook: str, pictures: Path) -> list[str]:
    """Scroll through a notebook that is open; what is wrong with its outputs."""
    panel = page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
    problems: list[str] = []
    height = panel.evaluate("e => e.clientHeight")
    for screen in range(200):
        page.wait_for_timeout(400)
        problems += page.evaluate(PROBLEMS, SMALLEST)
        page.screenshot(path=pictures / f"{notebook}-{screen:02}.png")
        before = panel.evaluate("e => e.scrollTop")
        panel.evaluate("(e, by) => e.scrollBy(0, by)", 0.9 * height)
        page.wait_for_timeout(100)
        if panel.evaluate("e => e.scrollTop") <= before + 1:
            break
    return list(dict.fromkeys(problems))


def main() -> int:
    """Look at all, or at those whose names begin so; the exit status."""
    kept, wanted, wrong = Path(sys.argv[1]), tuple(sys.argv[2:]), 0
    for trusted in (True, False):
        how = "trusted" if trusted else "untrusted"
        pictures = kept / how
        pictures.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory() as folder,
            lab(Path(folder), trusted) as address,
            sync_playwright() as playwright,
        ):
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium)
            for file in sorted(Path(folder).glob("*.ipynb")):
                if wanted and not file.name.startswith(wanted):
                    continue
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(f"{address}/lab/tree/{file.name}?reset", timeout=120_000)
                page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
                page.wait_for_timeout(3000)
                for answer in page.get_by_role("button", name="No", exact=True).all():
                    answer.click()  # to news from Jupyter
                problems = look(page, file.stem, pictures)
                wrong += len(problems)
                print(f"{file.name}, {how}: {len(problems)} problems", *problems, sep="\n  ")
                page.close()
            browser.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
