"""Words as they are in Markdown and in LaTeX: labels are data, never markup."""

from __future__ import annotations

import html
from typing import Final


def in_markdown(text: str) -> str:
    """What could become markup, mathematics or a link is escaped."""
    return "".join(
        html.escape(c) if c in "<>&" else "\\" + c if c in r"\`*_[](){}~$|#!.@" else c for c in text
    )


_SIGNS: Final = {
    **{"≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "−": "-", "→": r"\to"},
    **{"∂": r"\partial", "∞": r"\infty", "·": r"\cdot", "×": r"\times", "√": r"\surd"},
}
"""Signs of mathematics that TeX's fonts for words have not."""

_SPECIAL: Final = {
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{c: "\\" + c for c in "#$%&_{}"},
}


def in_latex(text: str) -> str:
    """What TeX would read as a command is escaped."""
    return "".join(f"${_SIGNS[c]}$" if c in _SIGNS else _SPECIAL.get(c, c) for c in text)


def in_formula(text: str) -> str:
    r"""The same inside a formula, as ``\text{…}``."""
    words = "".join(f"}}{_SIGNS[c]}\\text{{" if c in _SIGNS else _SPECIAL.get(c, c) for c in text)
    return rf"\text{{{words}}}".replace(r"\text{}", "")
