"""Words as they are in Markdown and in LaTeX: labels are data, never markup."""

from __future__ import annotations

import html


def in_markdown(text: str) -> str:
    """What could become markup, mathematics or a link is escaped."""
    return "".join(
        html.escape(c) if c in "<>&" else "\\" + c if c in r"\`*_[](){}~$|#!.@" else c for c in text
    )


def in_latex(text: str) -> str:
    """What TeX would read as a command is escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, "\\" + c if c in "#$%&_{}" else c) for c in text)
