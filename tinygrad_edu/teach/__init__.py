"""For teaching: the formula of a graph, its derivation, worksheets, checks of hand-made work."""

from .check import assert_gradients, check_gradients
from .derive import derive
from .diagnose import diagnose
from .exercise import try_gradients, try_number
from .formula import latex, names, text
from .ledger import ledger
from .worksheet import worksheet

__all__ = [
    "assert_gradients",
    "check_gradients",
    "derive",
    "diagnose",
    "latex",
    "ledger",
    "names",
    "text",
    "try_gradients",
    "try_number",
    "worksheet",
]
