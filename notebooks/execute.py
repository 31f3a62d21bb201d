"""Run every notebook from top to bottom, as a reader would, and refresh the outputs.

    python notebooks/execute.py            run them all; a non-zero exit status if one is not clean
    python notebooks/execute.py --check    the same, and a text that is not as it is kept is wrong
    python notebooks/execute.py --write    the same, and keep the outputs of each that is clean
    python notebooks/execute.py 03 04      only those whose names begin so

Each runs in a fresh kernel of this Python, in the notebooks' folder. Clean means no error, and
nothing on stderr, where warnings and progress bars go. The texts are what cells print and the
values of their last lines; pictures are not compared, since they depend on fonts and versions.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from tinygrad_edu.files import write_atomically

FOLDER = Path(__file__).resolve().parent
SECONDS_PER_CELL = 120
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(path: Path, check: bool) -> tuple[nbformat.NotebookNode, str]:
    """The notebook with new outputs, and what is wrong with them: "" if nothing is."""
    notebook = nbformat.read(path, as_version=4)
    kept = [_text(cell) for cell in notebook.cells]
    wrong = run(notebook)
    if check and not wrong:
        wrong += "".join(_change(cell, text) for cell, text in zip(notebook.cells, kept))
    return notebook, wrong


def run(notebook: nbformat.NotebookNode) -> str:
    """Give a notebook new outputs; what is not clean about them, "" if all is."""
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        record_timing=False,  # times would differ in every run
        coalesce_streams=True,  # and so would where the parts of a printed text begin
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return _plain(str(error))
    except CellTimeoutError:
        return f"a cell ran for more than {SECONDS_PER_CELL} seconds"
    notebook.metadata = nbformat.from_dict(METADATA)
    return "".join(_stderr(cell) for cell in notebook.cells)


def _text(cell: Any) -> str:
    """What a cell prints, and its value as text."""
    outputs = cell.get("outputs", [])
    return "".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


def _change(cell: Any, kept: str) -> str:
    """Where a cell's text differs from the one that is kept, under the cell's name."""
    before, after = kept.splitlines(), _text(cell).splitlines()
    lines = list(difflib.unified_diff(before, after, "kept", "now", lineterm="", n=0))
    return "\n".join([f"cell {cell.id} is not as it is kept:", *lines, ""]) if lines else ""


def _stderr(cell: Any) -> str:
    """What a cell wrote to stderr, under the cell's name."""
    streams = [o for o in cell.get("outputs", []) if o.output_type == "stream"]
    text = "".join(o.text for o in streams if o.name == "stderr")
    return f"cell {cell.id} writes to stderr:\n{text}" if text else ""


def _plain(text: str) -> str:
    """Text without the colours of a traceback."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def main() -> int:
    """Run the notebooks that the command line names; the exit status."""
    parser = argparse.ArgumentParser(description="Run the notebooks from top to bottom.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare texts with those that are kept")
    what.add_argument("--write", action="store_true", help="save the outputs of clean runs")
    parser.add_argument("names", nargs="*", help="beginnings of names, such as 03 (default: all)")
    options = parser.parse_args()

    paths = [
        p for p in sorted(FOLDER.glob("*.ipynb")) if p.name.startswith(tuple(options.names or [""]))
    ]
    if not paths:
        parser.error(f"no notebook in {FOLDER} has a name that begins so")
    os.environ["PYTHONWARNINGS"] = "default"  # in the kernels: a warning that is hidden counts too
    failed = 0
    for path in paths:
        notebook, wrong = execute(path, options.check)
        print(f"{path.name}: {wrong or 'clean'}", flush=True)
        failed += bool(wrong)
        if options.write and not wrong:
            write_atomically(path, nbformat.writes(notebook) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
