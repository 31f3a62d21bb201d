"""Keeps the catalogues of the site's sentences in Chinese, one for each page.

    python docs/translate_site.py                 take up new sentences, drop those that are gone
    python docs/translate_site.py --check         say what is wrong; the exit status is 1 if
                                                  anything is
    python docs/translate_site.py index course/04_xor      these pages only, new ones too

Where none is named: all pages.

The translations are in `docs/locale/zh_CN/LC_MESSAGES/PAGE.po`, to be edited there. The sentences
of a notebook are read from its cells; those of the other pages, docstrings among them, Sphinx
finds; `sphinx.po` has those that stand around a page. What has no words (numbers with their units,
code, formulas, pictures) is not asked for.
"""

from __future__ import annotations

import argparse
import gettext
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import catalogues
import furo
import sphinx.locale
from babel.messages.catalog import Catalog
from chinese_notebooks import LOCALE, MARKDOWN, paths, sentences
from jinja2.ext import babel_extract
from markdown_it.token import Token

SITE = Path(__file__).resolve().parent / "site"

CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
NOT_READ = re.compile(
    rf"{CODE.pattern}|\$\$.+?\$\$|\$[^$]+\$|!\[[^]]*\]\([^)]*\)|(?<=\])\([^)]*\)|<[^>]*>"
    r"|\\text(?=\{)|\\[A-Za-z]+|\d[\d.,]*(e[-+]\d+)? ?(ns|µs|ms|s|GB|MB|kB)?\b",
    re.S,
)
"""Code, formulas, pictures, addresses, tags, the commands of LaTeX, and numbers with units."""

WORDS = {"Lu", "Ll", "Lm", "Lo", "Nd"}
"""Letters and digits, as Unicode calls them."""


def has_words(text: str) -> bool:
    """Whether there is anything to translate: a word of two letters outside of what is not read."""
    return re.search(r"[A-Za-z]{2}", NOT_READ.sub(" ", text)) is not None


def wanted(pages: list[str]) -> dict[str, list[str]]:
    """The sentences of each page that is named, in its order."""
    found = {f"course/{path.stem}": sentences(path) for path in paths()}
    found["sphinx"] = of_templates()
    if any(page not in found for page in pages):
        found = of_sphinx() | found
    missing = [page for page in pages if page not in found]
    if missing:
        raise SystemExit(f"no page of the site is called {', '.join(missing)}")
    return {
        page: [text for text in dict.fromkeys(found[page]) if has_words(text)] for page in pages
    }


def all_pages() -> list[str]:
    """The pages that are to be in Chinese; a catalogue of a page that is gone counts as one."""
    found = {f"course/{path.stem}" for path in paths()} | {"sphinx"}
    for folder, suffix in ((SITE, "md"), (SITE, "rst"), (LOCALE, "po")):
        files = folder.rglob(f"*.{suffix}")
        found |= {file.relative_to(folder).with_suffix("").as_posix() for file in files}
    return sorted(found)


def of_templates() -> list[str]:
    """What stands around every page, by the theme and by our own templates, unless Sphinx has it
    in Chinese; its catalogue is called `sphinx`, where Sphinx looks for such."""
    folder = Path(sphinx.locale.__file__).parent
    known = gettext.translation("sphinx", folder, ["zh_CN"])
    found: dict[str, None] = {}
    for templates in (Path(furo.__file__).parent / "theme", SITE / "templates"):
        for file in sorted(templates.rglob("*.html")):
            with open(file, "rb") as stream:
                for _, _, text, _ in babel_extract(stream, ("_", "gettext"), [], {}):
                    if isinstance(text, str) and known.gettext(text) == text:
                        found[text] = None
    return list(found)


def of_sphinx() -> dict[str, list[str]]:
    """The sentences of the pages that are no notebooks, as Sphinx finds them."""
    with tempfile.TemporaryDirectory() as work:
        what = ["-Q", "-b", "gettext", "-t", "playground", "-D", "exclude_patterns=course"]
        where = ["-d", f"{work}/doctrees", str(SITE), f"{work}/found"]
        subprocess.run([sys.executable, "-m", "sphinx", *what, *where], check=True)
        found = Path(work, "found")
        return {
            file.relative_to(found).with_suffix("").as_posix(): list(texts)
            for file in sorted(found.rglob("*.pot"))
            if (texts := catalogues.translations(catalogues.read(file)))
        }


def marks(page: str, text: str) -> Counter[tuple[str, str]]:
    """Code, formulas and addresses in a sentence, each as often as it is there."""
    if page.startswith("api/"):  # these are docstrings, which are not Markdown
        return Counter(("code", found[0]) for found in CODE.finditer(text))
    if r"\text{" in text and "$" not in text:
        return Counter([("formula", re.sub(r"\\text\{[^}]*\}", "", text).replace(" ", ""))])
    found: Counter[tuple[str, str]] = Counter()
    for token in inside(text):
        if token.type in ("link_open", "image"):
            found[token.type, str(token.attrs.get("href") or token.attrs.get("src"))] += 1
        elif token.type in ("code_inline", "math_inline"):
            found[token.type, token.content] += 1
        elif token.type == "html_inline":  # a page in Chinese may lead to another place
            found["tag", token.content.split(" ")[0].strip("<>")] += 1
    return found


def inside(text: str) -> list[Token]:
    """What a line of Markdown is made of."""
    return [part for token in MARKDOWN.parseInline(text) for part in token.children or []]


def loose(page: str, text: str) -> int:
    """How many asterisks and backticks of a sentence would be read as they stand: of a docstring,
    those of code beside a letter, or whose other side a bracket opens or closes."""
    if page.startswith("api/"):
        return sum(
            unicodedata.category(beside) in kinds
            for code in CODE.finditer(text)
            for beside, kinds in (
                (text[: code.start()][-1:] or " ", {*WORDS, "Pe"}),
                (text[code.end() :][:1] or " ", {*WORDS, "Ps"}),
            )
        )
    return sum(len(re.findall(r"[*`]", t.content)) for t in inside(text) if t.type == "text")


def problems(page: str, catalogue: Catalog, sentences: list[str]) -> list[str]:
    """What is missing from a page's catalogue, left over in it, or not as it is in English."""
    translated = catalogues.translations(catalogue)
    found = [f"{page}: not translated: {t!r}" for t in sentences if not translated.get(t)]
    found += [f"{page}: no longer said: {t!r}" for t in translated if t not in set(sentences)]
    for text, chinese in translated.items():
        if chinese and marks(page, text) != marks(page, chinese):
            lost, new = marks(page, text), marks(page, chinese)
            differ = [mark for _, mark in [*(lost - new), *(new - lost)]]
            found.append(f"{page}: other code, formulas or addresses ({differ}): {text!r}")
        if chinese and loose(page, text) != loose(page, chinese):
            found.append(f"{page}: marks that do not take effect: {chinese!r}")
    return found


def updated(page: str, old: Catalog, sentences: list[str]) -> Catalog:
    """The catalogue of these sentences, with the translations that there are."""
    new = catalogues.empty(f"The page {page} in Chinese.")
    known = catalogues.translations(old)
    for text in sentences:
        new.add(text, known.get(text, ""))
    return new


def main() -> int:
    """Update or check; the exit status."""
    parser = argparse.ArgumentParser(description="Keep the catalogues of the site.")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="only these")
    options = parser.parse_args()
    wrong: list[str] = []
    count = 0
    for page, texts in wanted(options.pages or all_pages()).items():
        path = LOCALE / f"{page}.po"
        catalogue = catalogues.read(path)
        if not options.check:
            catalogue = updated(page, catalogue, texts)
            path.parent.mkdir(parents=True, exist_ok=True)
            catalogues.write(path, catalogue)
        wrong += problems(page, catalogue, texts)
        count += len(texts)
    print("\n".join(wrong) or f"{count} sentences, all in Chinese")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
