"""Makes the README's screenshot of the explorer, ``pictures/explorer.png`` beside this file.

    python docs/screenshot.py

It needs the extra ``browser`` and a Chromium on the PATH.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tinygrad_edu import Value
from tinygrad_edu.view import explore

PICTURE = Path(__file__).parent / "pictures" / "explorer.png"


def main() -> None:
    """Take (a·b + a).tanh() to the step at which a's second contribution arrives."""
    a, b = Value(0.8, label="a"), Value(-0.5, label="b")
    y = (a * b + a).tanh()
    y.label = "y"
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        sys.exit("no Chromium on the PATH")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 640})
        page.set_content(explore(y).html())
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        PICTURE.write_bytes(page.screenshot())
        chromium.close()


if __name__ == "__main__":
    main()
