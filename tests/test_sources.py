"""`record_sources`: the line and the part of it that made each node."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu import Value, mean
from tinygrad_edu.view.sources import SourceLine, record_sources


def part(line: SourceLine) -> str:
    return line.text[line.start : line.end]


def test_each_node_has_the_expression_that_made_it() -> None:
    a, b = Value(2.0), Value(-3.0)
    with record_sources() as sources:
        product = a * b
        y = (product + a).tanh()
    assert part(sources[product]) == "a * b"
    assert part(sources[y]) == "(product + a).tanh()"
    assert part(sources[y.operands[0]]) == "product + a"
    assert sources[y].file == __file__
    assert sources[y].line == sources[product].line + 1
    assert sources[y].text == "y = (product + a).tanh()"
    assert sources[y].place == f"test_sources.py, line {sources[y].line}"


def test_nodes_made_inside_the_package_belong_to_the_line_that_called_it() -> None:
    xs = [Value(1.0), Value(2.0), Value(3.0)]
    with record_sources() as sources:
        y = mean(xs)
    assert {part(line) for line in sources.values()} == {"mean(xs)"}
    assert y in sources
    assert all(x not in sources for x in xs)


def test_columns_are_characters_not_bytes() -> None:
    ŵ, é = Value(1.0), Value(2.0)
    with record_sources() as sources:
        λ = ŵ * é + é
    assert part(sources[λ]) == "ŵ * é + é"
    assert part(sources[λ.operands[0]]) == "ŵ * é"


def test_of_an_expression_over_several_lines_the_first_is_kept() -> None:
    a = Value(2.0)
    with record_sources() as sources:
        y = mean(
            [
                a,
                a * a,
            ]
        )
    assert part(sources[y]) == "mean("
    assert "a * a" in {part(line) for line in sources.values()}


def test_nothing_is_recorded_outside() -> None:
    a = Value(2.0)
    before = a * a
    with record_sources() as sources:
        pass
    after = a * a
    assert sources == {}
    assert before not in sources
    assert after not in sources


def test_only_this_thread_is_recorded() -> None:
    a = Value(2.0)
    made: list[Value] = []
    with record_sources() as sources:
        thread = threading.Thread(target=lambda: made.append(a * a))
        thread.start()
        thread.join()
    assert made[0] not in sources


@pytest.mark.parametrize("file", ["/tmp/ipykernel_123/456.py", "<ipython-input-3-abc>"])
def test_a_notebook_cell_is_called_one(file: str) -> None:
    source = "z = 1\ny = a * a\n"
    # As IPython does it: the text of a cell is in linecache, and nowhere else.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        space = {"a": Value(2.0)}
        with record_sources() as sources:
            exec(compile(source, file, "exec"), space)
    finally:
        del linecache.cache[file]
    (line,) = sources.values()
    assert line.place == "cell, line 2"
    assert part(line) == "a * a"


def test_a_line_that_cannot_be_read_is_empty() -> None:
    with record_sources() as sources:
        exec(compile("y = a * a", "<string>", "exec"), {"a": Value(2.0)})
    (line,) = sources.values()
    assert line == SourceLine("<string>", 1, "", 0, 0)


def test_without_instruction_columns_the_whole_line_counts(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from tinygrad_edu import Value\n"
        "from tinygrad_edu.view.sources import record_sources\n"
        "with record_sources() as sources:\n"
        "    y = Value(2.0) * 3.0\n"
        "line = sources[y]\n"
        "print(line.text[line.start : line.end])\n"
    )
    command = [sys.executable, "-X", "no_debug_ranges", str(program)]
    path = {**os.environ, "PYTHONPATH": str(Path(tinygrad_edu.__file__).parent.parent)}
    ran = subprocess.run(command, env=path, capture_output=True, text=True, check=True)
    assert ran.stdout == "y = Value(2.0) * 3.0\n"
