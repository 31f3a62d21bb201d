"""The site: the Python of its pages prints what they say, and its tools see what is wrong."""

import importlib
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted((DOCS / "site").glob("*.md"))


def words(text):
    """A text without its line breaks and indentation."""
    return " ".join(text.split())


def tool(monkeypatch, folder, name):
    """A module of docs/, which is no package."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_the_python_of_a_page_prints_what_is_shown(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    variables, printed = {}, ""
    text = page.read_text(encoding="utf-8")
    for language, block in re.findall(r"^```(python|text)\n(.*?)^```", text, re.M | re.S):
        if language == "text":
            assert words(block) in words(printed)
            continue
        exec(compile(block, str(page), "exec"), variables)
        printed = capsys.readouterr().out
        for line, comment in re.findall(r"^(print\(.*\))  # (.*)$", block, re.M):
            exec(line, variables)
            assert capsys.readouterr().out.strip() == comment


def test_links_that_lead_nowhere_are_found(tmp_path, monkeypatch):
    links = tool(monkeypatch, DOCS, "links")
    page = tmp_path / "index.html"
    good = '<p id="here"><a href="#here">a</a><a href="more/">b</a><a href="https://x.org/">c</a>'
    page.write_text(good)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "index.html").write_text('<a href="../index.html#here">back</a>')
    assert links.problems(tmp_path) == []
    for planted in (
        '<a href="#there">',
        '<a href="less.html">',
        '<img src="a.png">',
        '<script src="https://x.org/a.js"></script>',
        '<link rel="stylesheet" href="//x.org/a.css">',
    ):
        page.write_text(good + planted)
        assert len(links.problems(tmp_path)) == 1, planted


def test_formulas_that_are_shown_as_latex_are_found(tmp_path, monkeypatch):
    formulas = tool(monkeypatch, DOCS, "formulas")
    page = tmp_path / "index.html"
    good = "<p>It costs $5 &amp; more.</p><pre>$$ \\frac12 $$</pre><code>\\alpha</code>"
    page.write_text(good)
    assert formulas.problems(tmp_path) == []
    for planted in (
        "<p>$$ w = 0.5 $$</p>",
        "<p>so $\\eta$ is small</p>",
        "<li>\\begin{aligned}",
        "<mi>&</mi>",
    ):
        page.write_text(good + planted)
        assert len(formulas.problems(tmp_path)) == 1, planted


def test_the_lines_of_a_formula_stand_below_each_other(monkeypatch):
    pytest.importorskip("latex2mathml", reason="the extra site writes formulas")
    mathml = tool(monkeypatch, DOCS / "site" / "extensions", "mathml").mathml
    shown = mathml(r"\begin{aligned} z &= a \\ &= b \end{aligned}", "block")
    assert shown.count("<mtr>") == 2
    assert "&<" not in shown


def test_docstrings_become_markup(monkeypatch):
    pytest.importorskip("sphinx", reason="Sphinx makes the site")
    docstrings = tool(monkeypatch, DOCS / "site" / "extensions", "docstrings")
    converted = docstrings.converted(
        [
            "|x| times a*b, see `f` and ``**2``, `define`d.",
            "",
            "x     a number,",
            "      or two:",
            '      "a"   one',
            '      "bb"  two',
            "      and no more",
            "y, z  others",
            "",
            "    y = x * z",
            "",
            ">>> f(2)",
            "4",
        ]
    )
    text = "\n".join(converted)
    assert r"\|x\| times a\*b, see `f` and ``**2``, `define`\ d." in text
    assert '\n``x``\n    a number,\n    or two:\n\n    ``"a"``\n        one\n' in text
    assert '\n    ``"bb"``\n        two\n\n    and no more\n\n``y``, ``z``\n    others\n' in text
    assert "\n::\n\n        y = x * z\n\n>>> f(2)\n4\n" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_what_a_page_shows_of_a_file_is_there(page):
    text = page.read_text(encoding="utf-8")
    for path, options in re.findall(r"^```\{literalinclude\} (\S+)\n(.*?)^```", text, re.M | re.S):
        shown = (page.parent / path).read_text(encoding="utf-8")
        for option, what in re.findall(r'^:([\w-]+): "?(.*?)"?$', options, re.M):
            if option == "pyobject":
                assert re.search(rf"^ *(def|class) {what.split('.')[-1]}\b", shown, re.M), what
            elif option in ("start-at", "end-at", "start-after", "end-before"):
                assert what in shown, what


def test_the_reference_has_every_public_name():
    text = "".join(p.read_text(encoding="utf-8") for p in (DOCS / "site" / "api").glob("*.rst"))
    modules = set(re.findall(r"automodule:: (\S+)", text))
    for door in ("", ".teach", ".view", ".arrays", ".interop"):
        package = importlib.import_module(f"tinygrad_edu{door}")
        for name in package.__all__:
            thing = getattr(package, name)
            home = getattr(thing, "__module__", None)
            if isinstance(thing, type) or callable(thing):
                assert home in modules, f"{package.__name__}.{name} is of {home}"
