"""Graphs of scalars as tables of numbers, run again and again, and as the arrays that they are.

`vectorize` and `Program` need the extra ``arrays`` (NumPy), which is imported when they are used.
"""

from typing import TYPE_CHECKING, Any

from .tapes.replay import Replay
from .tapes.tape import Tape

if TYPE_CHECKING:
    from .programs.program import Program
    from .vectorizing import vectorize

__all__ = ["Program", "Replay", "Tape", "vectorize"]


def __getattr__(name: str) -> Any:
    if name not in ("Program", "vectorize"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from . import vectorizing
        from .programs import program
    except ModuleNotFoundError as missing:
        if missing.name != "numpy":
            raise
        raise ModuleNotFoundError(
            "array programs need numpy: pip install 'tinygrad_edu[arrays]'", name="numpy"
        ) from missing
    return program.Program if name == "Program" else vectorizing.vectorize
