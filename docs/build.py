"""Builds the site, English and Chinese, into `docs/build/site`: a static folder for any host.

    python docs/build.py                        the pages
    python docs/build.py --run                  with the Chinese notebooks run, which takes minutes
    python docs/build.py --playground           and the playground, for which npm brings Pyodide
    python docs/build.py --playground FOLDER    with the npm package pyodide that is there

English is at the root, Chinese in `zh_CN`. The notebooks are shown with the outputs that they are
kept with; the Chinese ones say that those are in English, unless they are run, which needs the
extras ``notebooks`` and ``parity``. A warning of Sphinx is an error, and so is a link that leads
nowhere, a page that loads anything from another host, or a formula that is shown as LaTeX. Needs
the extra ``site``.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import chinese_notebooks
import formulas
import links
import nbformat
from sphinx.cmd.build import main as sphinx

DOCS = Path(__file__).resolve().parent
SOURCE, SITE = DOCS / "site", DOCS / "build" / "site"
COURSE = SOURCE / "course"

PAGES = {
    "../benchmarks/results/table.md": "../benchmarks.md",
    "../benchmarks/results/elsewhere.md": "../scaling.md",
}
"""What notebooks link to outside their folder, and the page of the site that it is."""

IN_ENGLISH = "（本页的输出是英文的；在自己的机器上运行这个笔记本，输出就是中文的。）"


def course(notebook: Callable[[Path], nbformat.NotebookNode]) -> dict[str, str]:
    """The notebooks, as one makes them of their files, with their links for the site."""
    texts = {}
    for path in chinese_notebooks.paths():
        text = nbformat.writes(notebook(path))
        for there, here in PAGES.items():
            text = text.replace(f"]({there})", f"]({here})")
        texts[path.name] = text
    return texts


def english(path: Path) -> nbformat.NotebookNode:
    """A notebook as it is."""
    return nbformat.read(path, as_version=4)


def chinese(path: Path) -> nbformat.NotebookNode:
    """A notebook in Chinese, with the outputs that are kept."""
    book = chinese_notebooks.notebook(path)
    head, _, rest = book.cells[0].source.partition("\n")
    book.cells[0].source = f"{head}\n\n{IN_ENGLISH}\n{rest}"
    return book


def chinese_run(path: Path) -> nbformat.NotebookNode:
    """A notebook in Chinese, run."""
    book = chinese_notebooks.notebook(path)
    wrong = chinese_notebooks.run(book)
    if wrong:
        raise SystemExit(f"{path.name} in Chinese: {wrong}")
    return book


def main() -> int:
    """Build and check; the exit status."""
    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--playground", nargs="?", const="", metavar="FOLDER")
    options = parser.parse_args()
    playground = options.playground

    shutil.rmtree(SITE, ignore_errors=True)
    tags = [] if playground is None else ["-t", "playground"]
    courses = {"en": course(english), "zh_CN": course(chinese_run if options.run else chinese)}
    for language, notebooks in courses.items():
        shutil.rmtree(COURSE, ignore_errors=True)
        COURSE.mkdir()
        for name, text in notebooks.items():
            (COURSE / name).write_text(text, encoding="utf-8")
        doctrees = str(DOCS / "build" / "doctrees" / language)
        out = SITE if language == "en" else SITE / language
        strict = ["-qEW", "--keep-going", "-D", f"language={language}"]
        status = sphinx([*strict, *tags, "-d", doctrees, str(SOURCE), str(out)])
        if status:
            return status
    if playground is not None:
        command = [sys.executable, str(DOCS / "playground" / "build.py")]
        pyodide = ["--pyodide", playground] if playground else []
        subprocess.run([*command, *pyodide, "--out", str(SITE / "playground")], check=True)
    wrong = links.problems(SITE) + formulas.problems(SITE)
    print("\n".join(wrong) or f"{len(list(SITE.rglob('*.html')))} pages in {SITE}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
