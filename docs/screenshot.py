"""Makes the README's animation of the explorer, ``pictures/explorer.webp`` beside this file.

    python docs/screenshot.py

It needs the extra ``browser``, a Chromium on the PATH, and Pillow (which matplotlib brings along).
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from tinygrad_edu import Value
from tinygrad_edu.view import explore

PICTURE = Path(__file__).parent / "pictures" / "explorer.webp"
SIZE = {"width": 1280, "height": 660}


def main() -> None:
    """Step through (a·b + a).tanh(), then drag a where its second contribution comes."""
    a, b = Value(0.8, label="a"), Value(-0.5, label="b")
    y = (a * b + a).tanh()
    y.label = "y"
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        sys.exit("no Chromium on the PATH")
    frames: list[tuple[Any, int]] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport=SIZE, reduced_motion="reduce")
        page.set_content(explore(y).html())

        def shoot(milliseconds: int) -> None:
            frames.append((Image.open(io.BytesIO(page.screenshot())), milliseconds))

        shoot(900)
        for _ in range(7):
            page.keyboard.press("ArrowRight")
            shoot(900)
        page.keyboard.press("ArrowRight")
        shoot(1500)
        drag(page, shoot)
        chromium.close()
    pictures, durations = zip(*frames)
    pictures[0].save(
        PICTURE,
        save_all=True,
        append_images=pictures[1:],
        duration=list(durations),
        loop=0,
        lossless=False,
        quality=50,
        method=6,
    )


def drag(page: Any, shoot: Callable[[int], None]) -> None:
    """Drag a to the right and back by its handle, as a reader does."""
    box = page.locator("#inputs .handle").first.bounding_box()
    x, y = box["x"] + 5, box["y"] + 10
    page.mouse.move(x, y)
    page.mouse.down()
    for pixels in (20, 40, 60, 80, 60, 40, 20, 5, 0):
        page.mouse.move(x + pixels, y)
        shoot(180)
    page.mouse.up()
    shoot(1500)


if __name__ == "__main__":
    main()
