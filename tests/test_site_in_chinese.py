"""The site in Chinese: nothing is untranslated, and a translation has what the original has."""

import importlib
import re
from pathlib import Path

import pytest

from tinygrad_edu import Value
from tinygrad_edu.language import using_language
from tinygrad_edu.teach import check_gradients, derive

pytest.importorskip("myst_nb", reason="the extra site reads the pages")
DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def tools():
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(str(DOCS))
        names = ("translate_site", "chinese_notebooks", "catalogues")
        yield [importlib.import_module(name) for name in names]


@pytest.fixture(scope="module")
def translate_site(tools):
    return tools[0]


@pytest.fixture(scope="module")
def chinese_notebooks(tools):
    return tools[1]


def catalogue(tools, **sentences):
    made = tools[2].empty("")
    for text, chinese in sentences.items():
        made.add(text, chinese)
    return made


def test_every_sentence_of_the_site_is_translated(tools):
    translate_site, _, catalogues = tools
    wanted = translate_site.wanted(translate_site.all_pages())
    for page, sentences in wanted.items():
        kept = catalogues.read(translate_site.LOCALE / f"{page}.po")
        assert translate_site.problems(page, kept, sentences) == []


def test_a_new_page_is_asked_for_before_it_has_a_catalogue(translate_site, tmp_path, monkeypatch):
    (tmp_path / "api").mkdir()
    for page in ("new.md", "api/new.rst"):
        (tmp_path / page).write_text("# New\n", encoding="utf-8")
    known = set(translate_site.all_pages())
    monkeypatch.setattr(translate_site, "SITE", tmp_path)
    assert set(translate_site.all_pages()) - known == {"new", "api/new"}
    monkeypatch.undo()
    assert {"api/values", "index", "sphinx", "course/04_xor"} <= known


TERMS = {
    "forward pass": "前向传播",
    "backward pass": "反向传播",
    "backpropagation": "反向传播",
    "chain rule": "链式法则",
    "gradient": "梯度",
    "weight": "权重",
    "bias": "偏置",
    "loss function": "损失函数",
    "activation function": "激活函数",
    "learning rate": "学习率",
}


@pytest.mark.parametrize("term", TERMS)
def test_the_terms_are_those_of_the_textbooks(tools, term):
    translate_site, _, catalogues = tools
    used = False
    for page in translate_site.all_pages():
        kept = catalogues.read(translate_site.LOCALE / f"{page}.po")
        for text, chinese in catalogues.translations(kept).items():
            used |= TERMS[term] in chinese
            words = translate_site.NOT_READ.sub(" ", text).lower()
            if re.search(rf"\b{term}s?\b", words):
                assert TERMS[term] in chinese, f"{page}: {text!r}"
    assert used


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The gradient", True),
        ("`grad` and `data`", True),
        ("[](students.md)", False),
        ("[Next](students.md)", True),
        ("`a`, `b_c`", False),
        ("``parameters``", False),
        ("$\\frac{a}{b}$ = 3", False),
        ("z = \\text{sum}", True),
        ("z = \\sigma(w \\cdot x)", False),
        ("![a picture](a.svg)", False),
        ("9.57e-05", False),
        ("10.1 ms", False),
        ("1,000 nodes", True),
        ("y = a * b", False),
    ],
)
def test_what_has_words_is_to_be_translated(translate_site, text, words):
    assert translate_site.has_words(text) is words


@pytest.mark.parametrize(
    ("english", "chinese", "problem"),
    [
        ("Call `backward` now", "现在调用 `backward`", None),
        ("Call `backward` now", "现在调用 `forward`", "other code"),
        ("Call `backward` now", "现在调用", "other code"),
        ("Call `backward` now", "", "not translated"),
        ("So $a = 2$ here", "这里 $a = 2$", None),
        ("So $a = 2$ here", "这里 $a = 3$", "other code"),
        ("See [one](b.ipynb)", "见[一](b.ipynb)", None),
        ("See [one](b.ipynb)", "见[一](c.ipynb)", "other code"),
        ("z = \\text{sum of } x", "z = \\text{和} x", None),
        ("z = \\text{sum of } x", "z = \\text{和} y", "other code"),
        ("**Is it?** It is", "**是吗？** 是的", None),
        ("**Is it?** It is", "**是吗？**是的", "marks that do not take effect"),
    ],
)
def test_a_translation_has_what_the_original_has(tools, english, chinese, problem):
    made = catalogue(tools, **{english: chinese})
    found = tools[0].problems("index", made, [english])
    assert [problem in line for line in found] == ([] if problem is None else [True])


@pytest.mark.parametrize(
    ("chinese", "wrong"),
    [
        ("`grad`、``data`` 或`label`", True),
        ("`grad`（``data``，`label`）", True),
        ("（`grad`）``data``，`label`", True),
        ("`grad`\\ （``data``，`label`）", False),
        ("`grad` 和 ``data``，`label`。", False),
    ],
)
def test_code_in_a_docstring_has_room_on_both_sides(tools, chinese, wrong):
    english = "`grad` and ``data``, `label`"
    made = catalogue(tools, **{english: chinese})
    found = tools[0].problems("api/values", made, [english])
    assert ["marks that do not take effect" in line for line in found] == [True] * wrong


def test_what_is_gone_is_named(tools):
    assert "no longer said" in tools[0].problems("index", catalogue(tools, Old="旧"), [])[0]


def test_an_update_keeps_what_is_still_said(tools):
    old = catalogue(tools, One="一", Two="二")
    new = tools[0].updated("index", old, ["Three", "Two"])
    assert tools[2].translations(new) == {"Three": "", "Two": "二"}


def test_a_text_is_translated_within_its_marks(chinese_notebooks):
    markdown = """# One $a$

Two goes
on `here`.

- three
  and *more*
- three

| four | `x` |
|---|---|
| five | two |

$$
\\text{six} = x
$$

<details><summary>Seven</summary>

> eight
> nine

</details>
"""
    words = {
        "One $a$": "一 $a$",
        "Two goes on `here`.": "二 `here`。",
        "three and *more*": "三*多*",
        "three": "三",
        "four": "四",
        "five": "五",
        "\\text{six} = x": "\\text{六} = x",
        "Seven": "七",
        "eight nine": "八九",
    }
    chinese = chinese_notebooks.translated(markdown, lambda text: words.get(text, ""))
    assert (
        chinese
        == """# 一 $a$

二 `here`。

- 三*多*
- 三

| 四 | `x` |
|---|---|
| 五 | two |

$$
\\text{六} = x
$$

<details><summary>七</summary>

> 八九

</details>
"""
    )


def test_a_notebook_keeps_its_code(chinese_notebooks):
    for path in chinese_notebooks.paths():
        book = chinese_notebooks.notebook(path)
        original = chinese_notebooks.nbformat.read(path, as_version=4)
        code = [cell.source for cell in book.cells if cell.cell_type == "code"]
        assert "TINYGRAD_EDU_LANGUAGE" in code[0]
        assert code[1:] == [cell.source for cell in original.cells if cell.cell_type == "code"]
        chinese_notebooks.nbformat.validate(book)


def test_chinese_is_searched_by_pairs_of_characters(tools, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "site" / "extensions"))
    split = importlib.import_module("chinese_search").split
    assert split("用 chain_rule 求梯度。") == ["用", "chain_rule", "求梯", "梯度"]


PAGE = """
```python
from tinygrad_edu import Value
from tinygrad_edu.teach import check_gradients, derive

x = Value(2.0, label="x")
y = x.tanh()
y.label = "y"
print(derive(y))
```

```text
Given
  x = 2
```

```python
print(check_gradients(y, {"x": 1.0}))
```

```text
∂y/∂x should be
```
"""


def test_what_a_page_prints_is_shown_in_chinese(tools, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "site" / "extensions"))
    pages = importlib.import_module("printed_in_chinese")
    chinese = pages.in_chinese(PAGE)
    with using_language("zh"):
        y = Value(2.0, label="x").tanh()
        y.label = "y"
        derivation, report = str(derive(y)), str(check_gradients(y, {"x": 1.0}))
    assert pages.BLOCK.findall(chinese)[0] == pages.BLOCK.findall(PAGE)[0]
    shown = [block for language, block in pages.BLOCK.findall(chinese) if language == "text"]
    assert shown[0] == "已知\n  x = 2\n"
    assert shown[0] in derivation
    assert shown[1].strip() == report.strip()
    with pytest.raises(ValueError, match="no program of the page prints"):
        pages.in_chinese(PAGE.replace("should be", "shall be"))


def test_what_stands_around_a_page_is_translated_too(translate_site):
    said = translate_site.of_templates()
    assert "On this page" in said, "the theme's"
    assert "Notebook" in said, "ours"
    assert "Search" not in said, "which Sphinx has"


@pytest.mark.parametrize("text", ["用 chain_rule 求梯度。", "fit 检查点, x²", "a", "中", ""])
def test_a_page_cuts_what_is_asked_for_as_the_index_is_cut(tools, browser, monkeypatch, text):
    monkeypatch.syspath_prepend(str(DOCS / "site" / "extensions"))
    search = importlib.import_module("chinese_search")
    page = browser.new_page()
    script = f"(text) => {{ {search.SearchChinese.js_splitter_code}; return splitQuery(text); }}"
    assert page.evaluate(script, text) == search.split(text)
    page.close()
