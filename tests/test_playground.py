"""The playground: what it says of a program, and its page in a real browser with a real Python."""

import http.server
import importlib
import json
import os
import re
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FOLDER = HERE.parent / "docs" / "playground"
PYODIDE = Path(os.environ.get("PYODIDE", HERE.parent / "node_modules" / "pyodide"))
EXAMPLES = sorted((FOLDER / "examples").glob("*.py"))


def tool(name):
    """A module of the playground's folder, which is no package."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def playground():
    return tool("playground")


def told(playground, code, language="en"):
    return json.loads(playground.run(code, language))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda f: f.stem)
def test_the_examples_run(playground, example, capsys):
    code = example.read_text(encoding="utf-8")
    for comment in re.findall("# .*", code):
        assert re.fullmatch(r"# [^|一-鿿]+ \| [^|]*[一-鿿][^|]*", comment), "English and Chinese"
    answer = told(playground, code)
    assert answer["error"] is None
    assert capsys.readouterr().out or answer["shown"]


def test_an_example_is_in_the_language_of_the_page():
    first = tool("build").examples()[0]
    assert first["title"] == {"en": "A value and its graph", "zh": "数值与计算图"}
    assert "# a is used twice, so two contributions meet in its gradient.\n" in first["code"]["en"]
    assert "# a 用了两次，两份贡献在梯度里相加。\n" in first["code"]["zh"]


def test_a_program_has_its_graph_explorer_and_derivation(playground):
    code = "from tinygrad_edu import Value\na = Value(2.0, label='a')\ny = a * a\nz = y.tanh()"
    answer = told(playground, code)
    assert answer["shown"] is None
    assert 'aria-label="' in answer["graph"]["data"]
    assert "tanh" in answer["graph"]["data"], "z is drawn, since y is a part of it"
    assert "<!doctype html>" in answer["explorer"]["data"].lower()
    assert "<math" in answer["derivation"]["data"]
    only_y = told(playground, f"{code}\ny")
    assert "tanh" not in only_y["graph"]["data"], "the last line says which root is meant"


def test_of_a_large_graph_the_size_is_said_and_no_picture_is_made(playground):
    code = "from tinygrad_edu import Value\nx = Value(1.0)\nfor _ in range(3000): x = x * 1.01"
    answer = told(playground, code)
    assert answer["large"] == 3001
    assert "graph" not in answer


@pytest.mark.parametrize(
    ("code", "line", "text"),
    [
        ("x = 1\ny = x +\n", 2, "SyntaxError"),
        ("def f():\n    return 1 / 0\n\nf()\n", 2, "ZeroDivisionError"),
        ("from tinygrad_edu import Value\nValue('3')\n", 2, "TypeError"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit"),
        ("raise KeyboardInterrupt", 1, "KeyboardInterrupt"),
    ],
)
def test_an_error_is_told_with_its_line(playground, code, line, text):
    error = told(playground, code)["error"]
    assert error["line"] == line
    assert text in error["text"]
    assert "playground.py" not in error["text"]


def test_what_is_not_in_the_page_is_said(playground, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    error = told(playground, "x = 1\nimport torch")["error"]
    assert error["text"].startswith("torch is not in this page")
    chinese = told(playground, "import torch", "zh")["error"]["text"]
    assert chinese.startswith("这个网页里没有 torch")
    assert error["line"] == 2


def test_output_is_handed_over_now_and_then(playground):
    sent, clock = [], [0.0]
    out = playground.Out(sent.append, lambda: clock[0])
    out.write("a")
    out.write("b")
    assert sent == []
    clock[0] = 0.1
    out.write("c")
    out.write("d")
    assert sent == ["abc"]
    out.flush()
    out.flush()
    assert sent == ["abc", "d"]


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a playground that is built and served here."""
    if not PYODIDE.is_dir():
        pytest.skip("the npm package pyodide is not installed")
    folder = tmp_path_factory.mktemp("playground")
    tool("build").build(folder, PYODIDE)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(folder))
    )
    server.handle_error = lambda *arguments: None  # a page that is closed while it loads
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def page(browser, address):
    """The page, ready; in the end it has asked no other host for anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked, problems = [], []
    context.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}?lang=en")
    ready(page)
    yield page
    context.close()
    assert problems == []
    assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []


def ready(page):
    page.wait_for_selector("body[data-state=ready]")


def run(page, code):
    page.fill("#code", code)
    page.click("#run")
    ready(page)


def test_the_first_example_is_shown_from_all_sides(page):
    page.click("#run")
    ready(page)
    assert "∂L/∂a = -2.0" in page.inner_text("#printed")
    page.click("#to-graph")
    page.wait_for_selector("#graph img")
    assert (
        page.locator("#graph img").evaluate("image => image.decode().then(() => image.width)") > 99
    )
    page.click("#to-explorer")
    page.frame_locator("#explorer iframe").get_by_text("L, step by step").first.wait_for()
    page.click("#to-derivation")
    assert page.frame_locator("#derivation iframe").locator("math").count() > 3


def test_an_error_marks_its_line(page):
    run(page, "x = 1\ny = x / 0\nprint(y)\n")
    assert page.inner_text("#gutter .marked") == "2"
    assert "ZeroDivisionError" in page.inner_text("#error")
    page.fill("#code", "x = 1")
    assert page.locator("#gutter .marked").count() == 0


def test_stop_recovers_from_an_endless_loop(page):
    page.fill("#code", "i = 0\nwhile True:\n    i += 1\n    if i % 100_000 == 0: print(i)")
    page.click("#run")
    page.wait_for_selector("#stop:enabled")
    page.get_by_text("100000").first.wait_for()
    page.click("#stop")
    ready(page)
    run(page, "print(6 * 7)")
    assert page.inner_text("#printed") == "42\n"


def test_a_program_travels_in_the_address(page, address, browser):
    code = "# Grüße, 你好\nprint('∂L/∂w', 1 < 2)\n"
    page.fill("#code", code)
    page.click("#link")
    page.wait_for_url("**#code=*")
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector("#gutter span:nth-child(3)")
    assert other.input_value("#code") == code
    other.goto(f"{address}#code=cut")
    other.reload()
    other.wait_for_selector("#gutter span")
    assert "from tinygrad_edu" in other.input_value("#code"), "a broken address: the first example"
    other.close()


def test_what_is_printed_is_text_and_a_bar_writes_over_itself(page):
    run(page, "print('<b>a</b>')\nprint(' 10%\\r 50%\\r100%')")
    assert page.inner_text("#printed") == "<b>a</b>\n100%\n"


def test_a_phone_has_it_in_one_column_and_without_a_network(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}?lang=zh")
    ready(page)
    assert page.inner_text("#stop") == "停止"
    root = page.locator("html")
    assert root.evaluate("root => root.scrollWidth - root.clientWidth") <= 0
    root.evaluate("() => navigator.serviceWorker.ready")
    context.set_offline(True)
    page.reload()
    ready(page)
    run(page, "print(6 * 7)")
    assert page.inner_text("#printed") == "42\n"
    context.close()
