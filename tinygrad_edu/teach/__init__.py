"""For teaching: the formula of a graph, its derivation, worksheets, checks of hand-made work."""

from .checking.check import assert_gradients, check_gradients
from .class_set import class_set
from .classroom.grading import grade
from .classroom.hints import hint
from .derivation.derive import derive
from .diagnosis import diagnose
from .exercise import try_gradients, try_number
from .ledgers import ledger
from .notation.formula import latex, names, text
from .quiz import quiz
from .worksheets import worksheet

__all__ = [
    "assert_gradients",
    "check_gradients",
    "class_set",
    "derive",
    "diagnose",
    "grade",
    "hint",
    "latex",
    "ledger",
    "names",
    "quiz",
    "text",
    "try_gradients",
    "try_number",
    "worksheet",
]
