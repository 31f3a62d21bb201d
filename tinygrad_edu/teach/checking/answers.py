"""A learner's answers: numbers and formulas, each for a value of the graph."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...engine import Value
from ...ieee import float64, is_real
from ..notation.wording import Wording
from ..record.lookup import value_of
from ..typed.formula import Formula, Reader
from ..typed.unread import Unread
from .rounding import FEWEST, digits


@dataclass(frozen=True)
class Answers:
    """Reads what a learner has for the values of one graph."""

    words: Wording

    @cached_property
    def _by_name(self) -> dict[str, Value]:
        """Each name as it is written, which needs no reading; of several, the first."""
        found: dict[str, Value] = {}
        for v, name in self.words.names.items():
            found.setdefault(name.text, v)
        return found

    @cached_property
    def _labels(self) -> set[str]:
        return {v.label for v in self.words.names}

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.words.root, self.words.names)

    def value(self, key: Value | str) -> Value:
        """The value that is meant: by itself, by its name in any spelling, or as ∂L/∂w.

        Errors as in `value_of`.
        """
        if isinstance(key, str) and key not in self._labels:
            found = self._by_name.get(key)
            found = self._reader.value(key) if found is None else found
            if found is not None:
                return found
        return value_of(key, self.words.names, self.words.root)

    def read(
        self, answers: Mapping[Value | str, float | str], what: str
    ) -> tuple[dict[Value, float], dict[Value, Formula]]:
        """The numbers, and the formulas that are none.

        A ValueError for a value that is given twice, a formula that cannot be read, nan and inf; a
        TypeError for what is neither a number nor text.
        """
        numbers: dict[Value, float] = {}
        formulas: dict[Value, Formula] = {}
        for key, answer in answers.items():
            v = self.value(key)
            said = {"what": Unread(what), "name": self.words.name(v)}
            if v in numbers or v in formulas:
                raise Unread("the {what} of “{name}” is given twice", **said)
            x: object = answer
            if isinstance(answer, str):
                try:
                    formula = self._reader.read(answer)
                except Unread as why:
                    raise Unread("the {what} of “{name}”: {why}", **said, why=why) from None
                if not formula.is_number:
                    formulas[v] = formula
                    continue
                x = _as_written(formula)
            if not is_real(x):
                kind = type(x).__name__
                raise TypeError(
                    f"the {what} of “{self.words.name(v)}” is a number, not {kind}: {x!r}"
                )
            numbers[v] = float64(x)
            if not math.isfinite(numbers[v]):
                raise Unread(
                    "the {what} of “{name}” is a finite number, not {answer}", **said, answer=answer
                )
        return numbers, formulas


def _as_written(formula: Formula) -> float:
    """Its number, to as many digits as the numbers have that it is worked out from."""
    x = formula({})
    if math.isclose(x, short := float(f"{x:.12g}"), rel_tol=1e-15):
        x = short  # 2.815 · 10⁻¹ is 0.2815, and not 0.28150000000000003
    found = re.findall(r"\d+\.\d+|\.\d+", formula.typed)
    if len(found) < 2 or not x or not math.isfinite(x):
        return x
    return float(f"{x:.{max(FEWEST, *[digits(float(y)) for y in found])}g}")
