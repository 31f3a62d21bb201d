"""Builds the site, into `docs/build/site`: one static folder for any host.

    python docs/build.py                        the pages
    python docs/build.py --playground           and the playground, for which npm brings Pyodide
    python docs/build.py --playground FOLDER    with the npm package pyodide that is there

The notebooks are shown with the outputs that they are kept with. A warning of Sphinx is an error,
and so is a link that leads nowhere or a page that loads anything from another host. Needs the
extra ``site``.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from links import problems
from sphinx.cmd.build import main as sphinx

DOCS = Path(__file__).resolve().parent
SOURCE, SITE = DOCS / "site", DOCS / "build" / "site"

PAGES = {
    "../benchmarks/results/table.md": "../benchmarks.md",
    "../benchmarks/results/elsewhere.md": "../scaling.md",
}
"""What notebooks link to outside their folder, and the page of the site that it is."""


def main() -> int:
    """Build and check; the exit status."""
    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("--playground", nargs="?", const="", metavar="FOLDER")
    playground = parser.parse_args().playground

    course = SOURCE / "course"
    shutil.rmtree(course, ignore_errors=True)
    course.mkdir()
    for notebook in sorted((DOCS.parent / "notebooks").glob("*.ipynb")):
        text = notebook.read_text(encoding="utf-8")
        for there, here in PAGES.items():
            text = text.replace(f"]({there})", f"]({here})")
        (course / notebook.name).write_text(text, encoding="utf-8")
    shutil.rmtree(SITE, ignore_errors=True)
    tags = [] if playground is None else ["-t", "playground"]
    doctrees = str(DOCS / "build" / "doctrees")
    status = sphinx(["-qEW", "--keep-going", *tags, "-d", doctrees, str(SOURCE), str(SITE)])
    if status:
        return status
    if playground is not None:
        command = [sys.executable, str(DOCS / "playground" / "build.py")]
        pyodide = ["--pyodide", playground] if playground else []
        subprocess.run([*command, *pyodide, "--out", str(SITE / "playground")], check=True)
    wrong = problems(SITE)
    print("\n".join(wrong) or f"{len(list(SITE.rglob('*.html')))} pages in {SITE}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
