"""The tests that need no process, no thread and no NumPy, in the browser's Python.

    python tests/storms/pyodide.py FOLDER

with the folder of the npm package `pyodide`; Node.js runs it. Pytest's own last line tells how many
passed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS.parent / "docs" / "playground"))
from build import PACKAGES, pack  # noqa: E402

PYTEST = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "mpmath")
SETTINGS = "[pytest]\nfilterwarnings = error\n"


def main() -> int:
    """Pack, run; the exit status."""
    with tempfile.TemporaryDirectory() as work:
        archive = Path(work, "packages.zip")
        pack(archive, (*PACKAGES, *PYTEST))
        with zipfile.ZipFile(archive, "a") as out:
            for file in TESTS.glob("*.py"):
                out.write(file, f"tests/{file.name}")
            out.writestr("tests/pytest.ini", SETTINGS)
        run, suite = TESTS / "pyodide" / "run.mjs", TESTS / "pyodide" / "suite.py"
        return subprocess.run(["node", run, Path(sys.argv[1]).resolve(), archive, suite]).returncode


if __name__ == "__main__":
    sys.exit(main())
