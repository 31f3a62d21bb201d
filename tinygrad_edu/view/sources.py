"""Which line of the user's program made a node: recorded on request, free when it is not."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

from ..engine import Value
from ..recording import observing

_PACKAGE: Final = str(Path(__file__).parent.parent) + os.sep


class SourceLine(NamedTuple):
    """A line of a program; `text[start:end]` is the expression in it that made the node."""

    file: str
    line: int
    text: str
    start: int
    end: int

    @property
    def place(self) -> str:
        """Where it is, for people: ``train.py, line 12``, or ``cell, line 3`` in a notebook."""
        path = Path(self.file)
        in_notebook = path.parent.name.startswith("ipykernel_") or self.file.startswith("<ipython")
        return f"{'cell' if in_notebook else path.name}, line {self.line}"


@contextmanager
def record_sources() -> Iterator[dict[Value, SourceLine]]:
    """Inside it, the line that made each new node is kept: ``with record_sources() as sources:``.

    The line is that of the innermost frame outside this package, so a node that `mean` or a layer
    made belongs to the line that called it. Outside the block, nodes pay nothing for this.
    The dict keeps its nodes, and so their graphs, alive.

    >>> with record_sources() as sources:
    ...     y = Value(2.0) * 3.0
    >>> sources[y].line
    2
    """
    sources: dict[Value, SourceLine] = {}

    def keep(node: Value) -> None:
        frame = _users_frame()
        if frame is not None:
            sources[node] = _source_line(frame)

    with observing(keep):
        yield sources


def _users_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame


def _source_line(frame: FrameType) -> SourceLine:
    code, line = frame.f_code, frame.f_lineno
    raw = linecache.getline(code.co_filename, line, frame.f_globals).rstrip()
    text = raw.lstrip()
    start, end = 0, len(text)
    # One line makes many nodes; the instruction's columns (in UTF-8 bytes) say which part of it.
    first, last, left, right = next(
        islice(code.co_positions(), frame.f_lasti // 2, None), (None, None, None, None)
    )
    if first == line and left is not None and right is not None:
        indent = len(raw) - len(text)
        encoded = raw.encode()
        start = max(0, len(encoded[:left].decode(errors="replace")) - indent)
        if last == line:
            end = len(encoded[:right].decode(errors="replace")) - indent
    return SourceLine(code.co_filename, line, text, start, end)
