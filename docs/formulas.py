"""Whether every formula of a folder of pages is shown as a formula, and none as LaTeX.

python docs/formulas.py FOLDER
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

AS_IT_IS = ("code", "dt", "pre", "script", "style")  # dt: the signature of a function
LATEX = re.compile(r"\$\$|\$\\|\\(?:[a-z]{2,}|\\)|\A&\Z")
"""A mark of a formula, a command, or an & that should have aligned its lines."""


class Page(HTMLParser):
    """The LaTeX that a reader of a page would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.latex: list[str] = []
        self.within = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter what is shown as it is written."""
        self.within += tag in AS_IT_IS

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        self.within -= tag in AS_IT_IS

    def handle_data(self, data: str) -> None:
        """Note a text that looks like LaTeX."""
        if not self.within and LATEX.search(data):
            self.latex.append(" ".join(data.split())[:60])


def problems(folder: Path) -> list[str]:
    """What is shown as LaTeX on the pages of a folder, a line each."""
    return [
        f"{path.relative_to(folder)} shows a formula as LaTeX: {latex}"
        for path in sorted(folder.rglob("*.html"))
        for latex in Page(path.read_text(encoding="utf-8")).latex
    ]


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]).resolve())
    print("\n".join(wrong) or "every formula is shown as one")
    sys.exit(bool(wrong))
