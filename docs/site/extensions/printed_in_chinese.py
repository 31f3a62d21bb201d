"""On a page in Chinese, what its programs print in Chinese.

A page shows programs and, in blocks of text, what they print, or some lines of that. For a page in
Chinese the programs are run again, in both languages, and the lines that stand in the same place
are shown. (Notebooks have outputs of their own.)
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

from tinygrad_edu.language import using_language

BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.M | re.S)


@contextlib.contextmanager
def elsewhere() -> Iterator[None]:
    """In a folder that is gone afterwards: programs save files."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


def printed(programs: list[str], language: str) -> list[str]:
    """What each program prints, one after the other with the same variables."""
    variables: dict[str, Any] = {}
    found = []
    with elsewhere(), using_language(language):
        for program in programs:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(program, variables)
            found.append(out.getvalue())
    return found


def excerpt(shown: str, english: str, chinese: str) -> str:
    """The Chinese of the lines that are shown of an English output; all of it where they are
    broken elsewhere, as sentences are."""
    lines = [line.strip() for line in english.splitlines()]
    wanted = [line.strip() for line in shown.splitlines()]
    for first in range(len(lines) - len(wanted) + 1):
        last = first + len(wanted)
        if lines[first:last] == wanted and len(lines) == len(chinese.splitlines()):
            return dedent("\n".join(chinese.splitlines()[first:last])) + "\n"
    if " ".join(shown.split()) not in " ".join(english.split()):
        raise ValueError(f"no program of the page prints {shown!r}")
    return chinese if chinese.endswith("\n") else f"{chinese}\n"


def in_chinese(page: str) -> str:
    """A page with its blocks of text in Chinese."""
    if "\n```text\n" not in page:
        return page
    programs = [code for language, code in BLOCK.findall(page) if language == "python"]
    outputs = list(zip(printed(programs, "en"), printed(programs, "zh")))
    ran = 0

    def shown(block: re.Match[str]) -> str:
        nonlocal ran
        if block[1] == "python":
            ran += 1
            return block[0]
        return f"```text\n{excerpt(block[2], *outputs[ran - 1])}```"

    return BLOCK.sub(shown, page)


def setup(app: Any) -> dict[str, bool]:
    """Connect to the reading of pages."""

    def read(app: Any, page: str, source: list[str]) -> None:
        if app.config.language.startswith("zh") and not page.startswith("course/"):
            source[0] = in_chinese(source[0])

    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
