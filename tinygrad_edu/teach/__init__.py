"""For teaching: the formula of a graph, its derivation, worksheets, checks of hand-made work."""

from .checking.check import assert_gradients, check_gradients
from .checking.diagnose import diagnose
from .derivation.derive import derive
from .derivation.worksheet import worksheet
from .exercise import try_gradients, try_number
from .ledger import ledger
from .notation.formula import latex, names, text

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
