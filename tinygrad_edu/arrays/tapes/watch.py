"""What a program does with the numbers of a graph while it is recorded: guards, and refusals.

A graph that is run again holds the operations that the program made then. Where the program looked
at a number to decide what to do next, the graph is right as long as the decision would be the same:
that is a `Guard`, checked in every run. Where it took a number out, to go on with it by itself, no
later run could know: that is refused, with the line that did it.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, NamedTuple

from ...engine import Value
from ...ops import LEAF, OPS
from ...recording import watching

_PACKAGE: Final = str(Path(__file__).parents[2])
_LIBRARY: Final = str(Path(operator.__file__).parent)
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "bool": lambda x, _: bool(x != 0.0),
}


class Guard(NamedTuple):
    """A decision by a number: ``left what right`` was `answer`, and has to be so again."""

    what: str
    left: Value
    right: Value | float
    answer: bool
    line: str


class Watch:
    """Notes, while a model or a loss runs, what it does with numbers.

    parameters  the leaves that change from run to run because they are trained
    inputs      those that are other numbers in each run
    """

    def __init__(self, parameters: Iterable[Value], inputs: Iterable[Value] = ()) -> None:
        self._parameters, self._inputs = set(parameters), set(inputs)
        self._refused = ""
        self.guards: list[Guard] = []
        self.input_read: str = ""
        """The line that took the number of an input out, or asked if it equals another."""

    def __call__(self, what: str, value: Any, other: Any, answer: bool) -> None:
        """Note what `watching` tells."""
        if what == "no_grad":
            self._refuse("no_grad() hides operations from the recording")
        elif what == "set":
            if self._moves(value):
                self._refuse("a number of the graph was changed by hand")
        elif what == "==":
            for v in (value, other):
                if isinstance(v, Value) and v in self._inputs:
                    self.input_read = self.input_read or users_line()
        elif what != "data":
            line = users_line()
            for v in (value, other):
                if isinstance(v, Value) and self._moves(v):
                    right = other if isinstance(other, Value) else float(other or 0.0)
                    self.guards.append(Guard(what, value, right, answer, line))
                    return
        elif self._moves(value) and not _inside_an_operation():
            if value in self._inputs:
                self.input_read = self.input_read or users_line()
            else:
                self._refuse("a number was read out of the graph")

    def _moves(self, v: Value) -> bool:
        """Whether a Value can be another number in a later run."""
        return v.op is not LEAF or v in self._parameters or v in self._inputs

    def _refuse(self, why: str) -> None:
        self._refused = self._refused or f"{why}, by {users_line()}"

    @property
    def refusal(self) -> str:
        """Why what was watched cannot be run again from its record: "" if it can."""
        return self._refused

    def block(self) -> AbstractContextManager[Any]:
        """The block that is watched: ``with watch.block():``."""
        return watching(self)


def holds(what: str, left: float, right: float, answer: bool) -> bool:
    """Whether a guard's decision is the same with these numbers."""
    return _COMPARE[what](left, right) is answer


def users_line() -> str:
    """The line of the user's program that runs: ``line 12 of model.py``."""
    frame = sys._getframe(1)
    while frame.f_back is not None and not _is_of_the_user(frame.f_code.co_filename):
        frame = frame.f_back
    return f"line {frame.f_lineno} of {frame.f_code.co_filename}"


def _is_of_the_user(file: str) -> bool:
    """Whether a file is neither of this package nor of Python's own library."""
    if file.startswith((_PACKAGE, "<frozen")):
        return False
    return not file.startswith(_LIBRARY) or "site-packages" in file


def _inside_an_operation() -> bool:
    """Whether the number is read by the function that defines an operation, as it may."""
    frame = sys._getframe(2)
    codes = {getattr(op.function, "__code__", None) for op in OPS.values()}
    while frame.f_back is not None and frame.f_code not in codes:
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return False
        frame = frame.f_back
    return frame.f_code in codes
