"""Worksheets: a derivation with blanks to fill in, and its answer key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final, Literal

from ..checks import elements, one_of
from ..engine import Value, topological_order
from ..language import say
from ..nn import Module
from . import planting
from .checking.check import check_gradients
from .checking.report import GradientReport
from .derivation.derive import Wanted, derive, wanted_values
from .derivation.document import Document
from .derivation.lines import Line, Omission, Part, Role, Section
from .derivation.partials import Steps
from .derivation.shorten import Detail
from .new_numbers import DIGITS, Difficulty, with_new_numbers
from .notation.expression import Blank
from .notation.textbook import as_it_is
from .notation.wording import Wording
from .record.lookup import value_of

Blanks = Literal["numbers", "formulas", "rules"]

LEFT_BLANK: Final[dict[Blanks, tuple[Role, ...]]] = {
    "numbers": ("numbers", "result"),
    "formulas": ("formula", "numbers", "result"),
    "rules": ("rule", "formula", "numbers", "result"),
}
"""What the learner fills in."""

WIDTHS: Final[dict[Role, int]] = {"rule": 24, "formula": 20, "numbers": 16, "result": 10}
"""How many characters wide the blanks are."""

BY_DIFFICULTY: Final[dict[Difficulty, Blanks]] = {
    "easy": "numbers",
    "medium": "formulas",
    "hard": "rules",
}
"""What is left blank in a sheet that does not say."""

LONG: Final = 60
"""How many characters wide a blank is that gives room to write."""

MOST_ROOM: Final = 12
"""How many such blanks a line has at the most."""


@dataclass(frozen=True)
class Worksheet:
    """A sheet for the learner and its key, each a document. It prints and shows the sheet.

    root    the graph with the numbers of the sheet
    wanted  the values whose gradients are asked for
    model   what names its parameters, where they have no labels
    """

    sheet: Document
    key: Document
    root: Value
    wanted: tuple[Value, ...]
    model: Module | None = None

    def __str__(self) -> str:
        return str(self.sheet)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.sheet.markdown()

    def check(
        self,
        answers: Mapping[Value | str, float | str],
        *,
        forward: Mapping[Value | str, float | str] | None = None,
    ) -> GradientReport:
        """The report of `check_gradients` on a learner's answers, in numbers or formulas."""
        return check_gradients(self.root, answers, forward=forward, model=self.model)

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write the sheet as .md, .tex or .html and the key beside it, as name-key; both paths."""
        sheet = Path(path)
        key = sheet.with_name(f"{sheet.stem}-key{sheet.suffix}")
        self.sheet.save(sheet)
        self.key.save(key)
        return sheet, key


def worksheet(
    root: Value,
    wrt: Wanted = None,
    *,
    seed: int | None = None,
    keep: Iterable[Value | str] = (),
    difficulty: Difficulty = "medium",
    blanks: Blanks | None = None,
    room: int = 0,
    mistakes: int = 0,
    lr: float | None = None,
    model: Module | None = None,
    detail: Detail = "normal",
    digits: int = 4,
) -> Worksheet:
    """The derivation of `derive` as a sheet with blanks, and a separate answer key.

    seed        an int: the leaves get new numbers, the same ones for the same seed, and the graph
                is computed anew with them (the one that was given does not change). A new number is
                from half of the old one to its double; whole numbers stay whole, others have the
                digits of the difficulty; zeros stay, and a label y beside 1 − y stays 0 or 1. No
                gradient is 0 that was not, and the usual slips give answers that can be told apart.
                Without a seed the numbers are those of the graph
    keep        Values or labels whose numbers are not to change
    difficulty  "easy": new numbers have one digit, and formulas are given. "medium": two, and the
                chain rule is given in symbols. "hard": three, and only the name of each gradient is
                given
    blanks      what is to be filled in, if not as the difficulty has it: "numbers", "formulas" (and
                numbers) or "rules" (and all that follows)
    room        how many long blanks each line has besides, to write in by hand
    mistakes    1: the sheet has no blanks, but gradients with one slip in them, to be found; the
                key tells it

    The other parameters are those of `derive`, and so are the errors. A ValueError too where no
    new numbers are found for which everything is finite, or no mistake can be planted.

    >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
    >>> print(worksheet((x * w) ** 2, wrt="w", seed=1).sheet)
    Worksheet 1: The derivation of ∂L/∂w
    <BLANKLINE>
    Given
      x = 5   w = 4
    <BLANKLINE>
    Loss
      L = (x · w)² = ________________ = __________
    <BLANKLINE>
    Backward pass
      ∂L/∂w = ____________________ = ________________ = __________
    """
    one_of(difficulty, DIGITS, "difficulty")
    if blanks is not None:
        one_of(blanks, LEFT_BLANK, "blanks")
    if not isinstance(room, int) or room not in range(MOST_ROOM + 1):
        raise ValueError(f"room is 0 to {MOST_ROOM} blanks, not {room!r}")
    if mistakes not in (0, 1):
        raise ValueError(f"mistakes is 0 or 1, not {mistakes!r}")
    if seed is not None and type(seed) is not int:
        raise TypeError(f"a seed is an int, not {seed!r}")
    wanted = wanted_values(topological_order(root), wrt, model)
    names = Steps(as_it_is(root), model, wanted)
    kept = {value_of(v, names.names, root) for v in elements(keep, "keep is a list of labels")}
    sheet, answers = say("Worksheet: "), say("Answer key: ")
    if seed is not None:
        new = with_new_numbers(names, wanted, kept, Random(seed), DIGITS[difficulty])
        root, wanted, model = new[root], [new[v] for v in wanted], None
        sheet, answers = say("Worksheet {seed}: ", seed=seed), say("Answer key {seed}: ", seed=seed)
    key = derive(root, wanted, lr=lr, model=model, detail=detail, digits=digits)
    if mistakes:
        sections = _to_find(key, Steps(as_it_is(root), model, wanted), wanted, Random(seed or 0))
    else:
        left_blank = LEFT_BLANK[blanks or BY_DIFFICULTY[difficulty]]
        blanked = tuple([_blanked(section, left_blank, room) for section in key.sections])
        sections = blanked, key.sections
    return Worksheet(
        replace(key, title=(sheet, *key.title), sections=sections[0]),
        replace(key, title=(answers, *key.title), sections=sections[1]),
        root,
        tuple(wanted),
        model,
    )


def _to_find(
    key: Document, steps: Steps, wanted: list[Value], rng: Random
) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """The forward pass and gradients with a mistake; for the key, what it is and all the rest."""
    numbers, report = planting.with_a_mistake(steps, wanted, rng)
    found = planting.section(steps.root, numbers, Wording(steps.root))
    backward = (say("Local derivatives"), say("Backward pass"), say("Update"))
    forward = tuple([section for section in key.sections if section.title not in backward])
    told = replace(found, lines=(), remark=[str(report).replace("\n", " ")])
    return (*forward, found), (told, *key.sections)


# Blanks


def _blanked(section: Section, roles: tuple[Role, ...], room: int) -> Section:
    """The section with a blank for each part in one of the roles; what is given stays."""
    if section.inline:
        return section
    lines: list[Line | Omission] = []
    for line in section.lines:
        if isinstance(line, Line):
            lines.append(_with_blanks(line, roles, room))
        else:
            lines.append(replace(line, ends=[_with_blanks(one, roles, room) for one in line.ends]))
    return replace(section, lines=lines)


def _with_blanks(line: Line, roles: tuple[Role, ...], room: int) -> Line:
    parts = [
        Part(Blank(WIDTHS[part.role]), part.role) if part.role in roles else part
        for part in line.distinct().parts
    ]
    if any(isinstance(part.formula, Blank) for part in parts):
        more = [Part(Blank(LONG + i), "formula") for i in range(room)]  # each of its own width
        parts[-1:-1] = more
    return replace(line, parts=tuple(parts))
