"""Formulas as MathML, which browsers show without a script and without a network."""

from __future__ import annotations

import re
from typing import Any

from latex2mathml.converter import convert


def mathml(latex: str, display: str) -> str:
    """A formula as a <math> element."""
    # It does not know these: sizes of brackets are the browser's affair, ½ is a character, and
    # `split` has the lines of `aligned`.
    latex = re.sub(r"\\(?:bigl|bigr|Bigl|Bigr)\b", "", latex).replace(r"\tfrac", r"\frac")
    latex = latex.replace("{aligned}", "{split}")
    element: str = convert(latex, display=display)
    return element


def inline(self: Any, node: Any) -> None:
    """Write a formula of a line."""
    self.body.append(mathml(node.astext(), "inline"))
    raise _skip()


def block(self: Any, node: Any) -> None:
    """Write a formula on a line of its own."""
    self.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise _skip()


def _skip() -> Exception:
    from docutils.nodes import SkipNode

    return SkipNode()


def setup(app: Any) -> dict[str, bool]:
    """Enter the renderer, by the name that conf.py chooses."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
