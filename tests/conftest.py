"""A headless browser for the tests of pages, and the frames of films."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tinygrad_edu.view import renderers
from tinygrad_edu.view.explorer.explore import Explorer

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SVG of each frame of a film, which is not painted."""
    painted: list[str] = []

    def paint(svg: str, pixels: float) -> bytes:
        painted.append(html.unescape(svg))
        return b""

    monkeypatch.setattr(renderers, "painted", paint)
    return painted


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens an explorer's page; at the end, nothing may have gone wrong or out to the network."""
    problems: list[str] = []
    contexts = []

    def open_page(shown: Explorer, width: int = 1280, height: int = 800, **options: Any) -> Any:
        file = tmp_path / f"step{len(contexts)}.html"
        shown.save(file)
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: check_request(request.url, file))
        page.goto(file.as_uri())
        return page

    def check_request(url: str, file: Path) -> None:
        if url not in (file.as_uri(), "data:,"):
            problems.append(f"request: {url}")

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
