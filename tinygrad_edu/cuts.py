"""A warning where a program takes the number out of a Value without a word.

``math.tanh(x)``, ``statistics.fmean(xs)`` and ``np.float64(x)`` ask x for its `float`, and the
graph ends there: no gradient comes back through them. ``float(loss)`` says that the number is
meant, and is left alone. What a program called when a Value was asked stands in its source, at the
place where the interpreter is; where there is no source (as of ``python -c``), nothing is said.

This module is never compiled: it looks at its callers' frames.
"""

from __future__ import annotations

import sys
import warnings
from numbers import Real
from types import BuiltinFunctionType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from .blocks import is_recording
from .ops import OPS

if TYPE_CHECKING:
    import ast

_PASSED_THROUGH: Final = {f"{__package__}.engine", "statistics"}
_WITHOUT_SLOPE: Final = {"isfinite", "isnan", "isinf", "isclose", "floor", "ceil", "trunc"}
_OURS: Final = {"fmean": "mean(…)", "fsum": "sum(…)", "fabs": "abs(…)", "pow": "x ** n"}
_SEEN: Final[set[tuple[str, int, int]]] = set()
"""The places in programs that have been looked at: file, first line of the code, instruction."""


class GraphCutWarning(UserWarning):
    """A function of numbers was given a Value: its result is no part of the graph."""


def notice_float() -> None:
    """Warn, once a place, if the program that asks a Value for its `float` may not know it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in _PASSED_THROUGH:
        frame = frame.f_back
    if frame is None:
        return
    code = frame.f_code
    place = code.co_filename, code.co_firstlineno, frame.f_lasti
    if place in _SEEN:
        return
    _SEEN.add(place)
    call = _call_at(frame)
    cutting = None if call is None else _cutting(call, frame)
    if cutting is not None and is_recording():
        name = cutting.__name__
        ours = _OURS.get(name, f"{name}(…)" if name in OPS else "")
        hint = f"tinygrad_edu has {ours} for Values. " if ours else ""
        warnings.warn_explicit(
            f"{cutting.__module__}.{name} takes the number out of a Value, and the graph ends "
            f"there: no gradient comes back through it. {hint}Where only the number is meant, "
            "float(…) around the Value says so",
            GraphCutWarning,
            code.co_filename,
            frame.f_lineno,
            registry=frame.f_globals.setdefault("__warningregistry__", {}),
        )


def _call_at(frame: FrameType) -> ast.Call | None:
    """The call that a frame is in the middle of, by its source."""
    import ast
    import linecache

    code = frame.f_code
    position = list(code.co_positions())[frame.f_lasti // 2]
    first, last, start, end = position
    if first is None or last is None or start is None or end is None:
        return None
    lines = linecache.getlines(code.co_filename, frame.f_globals)[first - 1 : last]
    if len(lines) != last - first + 1:
        return None
    source = [line.encode() for line in lines]  # columns are counted in bytes of UTF-8
    source[-1] = source[-1][:end]
    source[0] = source[0][start:]
    try:
        expression = ast.parse(b"(" + b"".join(source) + b")", mode="eval").body
    except (SyntaxError, ValueError):  # the file has changed since it was compiled
        return None
    return expression if isinstance(expression, ast.Call) else None


def _cutting(call: ast.Call, frame: FrameType) -> Any:
    """The function in a call that gives a number for a Value, if there is one; otherwise None."""
    import ast

    called = _object(call.func, frame)
    if isinstance(called, type) and called.__module__ == "numpy" and issubclass(called, Real):
        return called
    if _is_of_numbers(called):
        return None if called.__name__ in _WITHOUT_SLOPE else called
    for node in ast.walk(call):  # as in list(map(math.tanh, xs))
        for argument in node.args if isinstance(node, ast.Call) else []:
            given = _object(argument, frame)
            if _is_of_numbers(given) and given.__name__ not in _WITHOUT_SLOPE:
                return given
    return None


def _is_of_numbers(thing: Any) -> bool:
    home = getattr(thing, "__module__", None)
    return home == "statistics" or (home == "math" and isinstance(thing, BuiltinFunctionType))


def _object(expression: ast.expr, frame: FrameType) -> Any:
    """What a name, or a name in a module, stands for in a frame; None for anything else."""
    import ast

    if isinstance(expression, ast.Name):
        for names in (frame.f_locals, frame.f_globals, frame.f_builtins):
            if expression.id in names:
                return names[expression.id]
    if isinstance(expression, ast.Attribute):
        module = _object(expression.value, frame)
        if isinstance(module, ModuleType):
            return getattr(module, expression.attr, None)
    return None
