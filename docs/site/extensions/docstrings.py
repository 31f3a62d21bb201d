"""Docstrings as they are written here, for Sphinx.

They are plain text: paragraphs, examples with ``>>>``, formulas set off by indentation, and tables
of parameters, each a name, two spaces and what it is. Paragraphs become paragraphs in which no
``*`` or ``|`` of a formula is markup, formulas become literal blocks, tables definition lists.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from sphinx.util.inspect import stringify_signature

ENTRY = re.compile(r"( *)(\S(?:.*?\S)?) {2,}(\S.*)")
CODE = re.compile(r"(``.+?``|`[^`]+`)")
MARKUP = re.compile(r"([*|\\]|_(?=\W|$))")


def blocks(lines: list[str]) -> Iterator[list[str]]:
    """The lines between blank ones."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line.rstrip())
        elif block:
            yield block
            block = []


def escaped(text: str) -> str:
    """A line in which only code in backticks is markup."""
    parts = CODE.split(text)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            parts[i] = MARKUP.sub(r"\\\1", part)
        elif parts[i + 1][:1].isalnum():
            parts[i] += "\\ "  # so that `define` may be in the past
    return "".join(parts)


def indent_of(line: str) -> int:
    """How many spaces a line begins with."""
    return len(line) - len(line.lstrip())


def is_table(block: list[str]) -> bool:
    """Whether a block is names with explanations, which line up."""
    first = ENTRY.match(block[0])
    if first is None:
        return False
    column = first.start(3)
    return all(
        indent_of(line) == column or ((entry := ENTRY.match(line)) and entry.start(3) == column)
        for line in block
    )


def inner_table(lines: list[str]) -> tuple[int, int]:
    """From where to where the longest first table in the lines after the first one reaches."""
    for first in range(1, len(lines)):
        for last in range(len(lines), first, -1):
            if is_table(lines[first:last]):
                return first, last
    return len(lines), len(lines)


def table(block: list[str]) -> list[str]:
    """A table of parameters as a definition list, and a table inside one as one inside it."""
    column = ENTRY.match(block[0]).start(3)  # type: ignore[union-attr]
    entries: list[tuple[str, list[str]]] = []
    for line in block:
        entry = ENTRY.match(line)
        if entry is not None and entry.start(3) == column:
            entries.append((entry[2], [entry[3]]))
        else:
            entries[-1][1].append(line[column:])
    out: list[str] = []
    for names, lines in entries:
        first, last = inner_table(lines)
        text = [escaped(line.strip()) for line in lines[:first]]
        text += [*table(lines[first:last]), ""] if first < last else []
        text += [escaped(line.strip()) for line in lines[last:]]
        out += ["", ", ".join(f"``{name}``" for name in names.split(", "))]
        out += [f"    {line}" if line else "" for line in text]
    return out


def converted(lines: list[str]) -> list[str]:
    """A docstring as reStructuredText."""
    out: list[str] = []
    for block in blocks(lines):
        if block[0].lstrip().startswith(">>>"):
            out += block
        elif is_table(block):
            out += table(block)
        elif all(indent_of(line) >= 2 for line in block):
            out += ["::", "", *[f"    {line}" for line in block]]
        else:
            out += [escaped(line.strip()) for line in block]
        out.append("")
    return out


def signature(what: str, obj: Any) -> tuple[str, str] | None:
    """What a class is called with: its __init__, also where a __new__ takes anything."""
    if what != "class" or not hasattr(vars(obj).get("__init__"), "__code__"):
        return None
    parameters = list(inspect.signature(obj.__init__).parameters.values())[1:]
    return stringify_signature(inspect.Signature(parameters), unqualified_typehints=True), ""


def setup(app: Any) -> dict[str, bool]:
    """Connect to autodoc."""

    def convert(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
        lines[:] = converted(lines)

    def sign(app: Any, what: str, name: str, obj: Any, *rest: Any) -> tuple[str, str] | None:
        return signature(what, obj)

    app.connect("autodoc-process-docstring", convert)
    app.connect("autodoc-process-signature", sign)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
