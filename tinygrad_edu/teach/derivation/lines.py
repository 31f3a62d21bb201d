"""What a worked text is made of: sections of lines, and each line of the sides of an equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Formatter
from typing import Literal, NamedTuple, TypeAlias

from ...language import say
from ..notation.expression import Derivative, Expression, Symbol
from ..notation.labels import Name
from ..notation.plain import Text
from ..notation.writing import Notation

Words: TypeAlias = Sequence[str | Expression]
"""A sentence, with formulas in it that each notation writes its own way."""

Role = Literal["given", "rule", "formula", "numbers", "result"]
"""What a part of a line is: what the problem states, the chain rule in symbols, the same with the
factors' formulas, with their numbers, and the number that comes out."""


def words(sentence: str, **parts: str | Expression | Name | Derivative) -> Words:
    """A sentence in the current language, with formulas in the named places."""
    found: list[str | Expression] = []
    for text, place, _, _ in Formatter().parse(say(sentence)):
        if text:
            found.append(text)
        if place is not None:
            part = parts[place]
            found.append(Symbol(part, 0.0) if isinstance(part, Name | Derivative) else part)
    return found


def with_commas(reasons: Sequence[Words]) -> Words:
    """Reasons one after the other."""
    return [w for i, why in enumerate(reasons) for w in ([_comma()] if i else []) + list(why)]


def _comma() -> str:
    return say("{reason}, {reason}").removeprefix("{reason}").removesuffix("{reason}")


def noted(said: Words, notation: Notation) -> str:
    """Words inside a formula."""
    return "".join(notation.words(w) if isinstance(w, str) else notation.write(w) for w in said)


class Part(NamedTuple):
    """One side of an equation; in the last two roles names are written as their numbers."""

    formula: Expression
    role: Role

    def written(self, notation: Notation, guard: int = 0) -> list[str]:
        """Its terms, or its factors, each with the sign before it (see `in_its`)."""
        return self.in_its(notation, guard).pieces(self.formula)

    def in_its(self, notation: Notation, guard: int) -> Notation:
        """The notation with numbers for names, where the part has them.

        guard  how many more digits its numbers have than the result
        """
        more = guard if self.role == "numbers" and notation.digits else 0
        numeric = self.role in ("numbers", "result")
        return replace(notation, numeric=numeric, digits=notation.digits + more)


def result(value: float) -> Part:
    """A number that has been computed."""
    return Part(Symbol(Name("", ()), value), "result")


@dataclass(frozen=True, slots=True)
class Line:
    """left = part = part …; where it is an `assignment`, an arrow stands after the left side.

    note   why the line holds, where that needs saying
    guard  how many more digits the numbers have that the result is worked out from
    """

    left: Expression
    parts: tuple[Part, ...]
    assignment: bool = False
    note: Words = ()
    guard: int = 0

    def distinct(self) -> Line:
        """The line without the parts that are written like what is before them."""
        notation, kept = Text(15), [Part(self.left, "given")]
        for part in self.parts:
            if " ".join(part.written(notation)) != " ".join(kept[-1].written(notation)):
                kept.append(part)
            elif part.role == "result":
                kept[-1] = part
        return replace(self, parts=tuple(kept[1:]))

    def parts_in(self, notation: Notation) -> list[list[str]]:
        """The left side and the distinct parts, each as its terms or factors."""
        return [
            [notation.write(self.left)],
            *[p.written(notation, self.guard) for p in self.distinct().parts],
        ]

    def sign(self, notation: Notation) -> str:
        """What stands after the left side."""
        return notation.becomes if self.assignment else notation.equals

    @property
    def summary(self) -> Line:
        """The left side and the last part."""
        return replace(self, parts=self.parts[-1:], note=())


@dataclass(frozen=True, slots=True)
class Omission:
    """Lines that are left out because they are like those before them.

    ends   the first and the last of them, as their left sides and results
    count  how many they are
    said   what is said of it
    """

    ends: Sequence[Line]
    count: int
    said: str

    @staticmethod
    def of(first: Line, last: Line, count: int, said: str) -> Omission:
        """So many lines, from the first one to the last; `said` has a place for their number."""
        ends = [first.summary, last.summary] if count > 1 else [first.summary]
        return Omission(ends, count, said.format(count=count))


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a remark in words, and lines; `inline` ones are set side by side."""

    title: str
    lines: Sequence[Line | Omission]
    remark: Words = ()
    inline: bool = False
