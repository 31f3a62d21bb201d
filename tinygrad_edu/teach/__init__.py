"""For teaching: the formula of a graph, its derivation, worksheets, checks of hand-made work."""

from .derive import derive
from .formula import latex, names, text

__all__ = ["derive", "latex", "names", "text"]
