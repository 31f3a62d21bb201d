"""The notebooks in Chinese: their texts by the site's catalogues, their code as it is.

    python docs/chinese_notebooks.py FOLDER           write them there, to be run
    python docs/chinese_notebooks.py --run FOLDER     and run them, which takes a minute or two

What a cell shows is Chinese when the cells have been run, for the first one says so.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import catalogues
import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
LOCALE = ROOT / "docs" / "locale" / "zh_CN" / "LC_MESSAGES"
CHINESE = """import os

os.environ["TINYGRAD_EDU_LANGUAGE"] = "zh"  # 输出也用中文"""

MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


def paths() -> list[Path]:
    """The notebooks, in the course's order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def texts(markdown: str) -> Iterator[str]:
    """What is read in a Markdown text: paragraphs, headings, entries and cells, as they are
    written; of HTML what is between its tags; of a formula on lines of its own, one with words."""
    for token in MARKDOWN.parse(markdown):
        if token.type == "inline":
            yield token.content
        elif token.type == "html_block":
            yield from (text.strip() for text in re.findall(r">([^<>]+)", token.content))
        elif token.type == "math_block" and r"\text{" in token.content:
            yield token.content.strip()


def sentence(text: str) -> str:
    """The name of a text in a catalogue: its lines in one, as Sphinx has it."""
    return text.replace("\n", " ").strip()


def translated(markdown: str, chinese: Callable[[str], str]) -> str:
    """A Markdown text with each of its texts in Chinese; the marks around them stay."""
    parts, reached = [], 0
    for text in texts(markdown):
        lines = [re.escape(line.strip()) for line in text.splitlines()]
        found = re.compile(r"[ \t]*\n[ \t>]*".join(lines)).search(markdown, reached)
        if found is None:
            raise ValueError(f"a text that is not found where it is read: {text!r}")
        parts += [markdown[reached : found.start()], chinese(sentence(text)) or found[0]]
        reached = found.end()
    return "".join([*parts, markdown[reached:]])


def sentences(path: Path) -> list[str]:
    """The texts of a notebook, in its order."""
    cells = nbformat.read(path, as_version=4).cells
    return [sentence(t) for c in cells if c.cell_type == "markdown" for t in texts(c.source)]


def notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook in Chinese, with the outputs that it is kept with."""
    catalogue = catalogues.translations(catalogues.read(LOCALE / "course" / f"{path.stem}.po"))
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = translated(cell.source, lambda text: catalogue.get(text, ""))
    first = next(i for i, cell in enumerate(book.cells) if cell.cell_type == "code")
    book.cells.insert(first, nbformat.v4.new_code_cell(CHINESE, id="language"))
    return book


def run(book: nbformat.NotebookNode) -> str:
    """Run a notebook where it stands; what is wrong with it, "" if nothing is."""
    sys.path.append(str(NOTEBOOKS))
    try:
        from execute import run as run_cells
    finally:
        sys.path.remove(str(NOTEBOOKS))
    return run_cells(book)


def main() -> int:
    """Write the notebooks; the exit status."""
    parser = argparse.ArgumentParser(description="Write the notebooks in Chinese.")
    parser.add_argument("--run", action="store_true", help="run them, and keep their outputs")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for path in paths():
        book = notebook(path)
        if options.run:
            problem = run(book)
            wrong += bool(problem)
            print(f"{path.name}: {problem or 'clean'}", flush=True)
        nbformat.write(book, options.folder / path.name)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
