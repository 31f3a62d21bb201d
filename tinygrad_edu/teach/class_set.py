"""A set of worksheets for a class: each student has other numbers, and there is one key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from ..checks import elements
from ..engine import Value
from ..language import say
from .classroom.grading import Gradebook, grade
from .classroom.table import Table
from .derivation.derive import Wanted
from .derivation.document import SUFFIXES
from .notation.wording import Wording, number
from .record.ledger import Ledger
from .worksheets import Worksheet, worksheet


@dataclass(frozen=True, repr=False)
class ClassSet:
    """A worksheet for each student: `set["Ada"]` is one of them. It prints the key."""

    sheets: Mapping[str, Worksheet]

    def __getitem__(self, student: str) -> Worksheet:
        if student not in self.sheets:
            raise KeyError(f"no sheet for {student!r}; there are {', '.join(self.sheets)}")
        return self.sheets[student]

    def __str__(self) -> str:
        return str(self.key)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.key.html()

    @property
    def key(self) -> Table:
        """The results of all sheets, a row for each student."""
        rows = []
        for student, sheet in self.sheets.items():
            words, gradients = Wording(sheet.root), Ledger(sheet.root).gradients
            results = [sheet.root.data, *[gradients[v] for v in sheet.wanted]]
            rows.append((student, *[number(x, sheet.key.digits) for x in results]))
        header = (say("student"), words.name(sheet.root), *map(words.gradient, sheet.wanted))
        return Table(say("Key"), header, tuple(rows))

    def grade(
        self,
        answers: str | Path | Mapping[str, Mapping[str, object]],
        *,
        follow: float = 1.0,
        rtol: float = 1e-9,
    ) -> Gradebook:
        """The marks, as `grade` gives them, each student's answers by their own sheet."""
        graphs = {student: sheet.root for student, sheet in self.sheets.items()}
        return grade(graphs, answers, follow=follow, rtol=rtol)

    def save(self, folder: str | Path, suffix: str = ".html") -> list[Path]:
        """Write each sheet into the folder as .md, .tex or .html, and the key as key.csv.

        All paths. A student's file is called by their name, without what no file's name may have.
        """
        place = Path(folder)
        if suffix not in SUFFIXES:
            raise ValueError(f"a sheet is saved as {', '.join(SUFFIXES)}, not {suffix!r}")
        names = [_file_name(student) for student in self.sheets]
        # (A disk may take Ada.html and ADA.html for one file.)
        different = {name.casefold() for name in names}
        if len(different) < len(names) or "key" in different:
            names = [f"{i}-{name}" for i, name in enumerate(names, 1)]
        paths = [place / f"{name}{suffix}" for name in names]
        place.mkdir(parents=True, exist_ok=True)
        for path, sheet in zip(paths, self.sheets.values()):
            sheet.sheet.save(path)
        key = place / "key.csv"
        self.key.save(key)
        return [*paths, key]


def class_set(
    root: Value, students: Iterable[str], wrt: Wanted = None, *, seed: int, **options: Any
) -> ClassSet:
    """A worksheet with other numbers for each student, the same ones for the same seed and name.

    The other arguments are those of `worksheet`. A ValueError for no students, or one who is there
    twice, and what `worksheet` raises.

    >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
    >>> sheets = class_set((x * w) ** 2, ["Ada", "Ben"], "w", seed=1)
    >>> len(sheets.key.rows), sheets["Ada"].check({"w": "2 x^2 w"}).right[0].label
    (2, 'w')
    """
    if type(seed) is not int:
        raise TypeError(f"a seed is an int, not {seed!r}")
    found: dict[str, Worksheet] = {}
    if isinstance(students, str):
        raise TypeError(f"students are a list of names, not the str {students!r}")
    for student in elements(students, "students are a list of names"):
        if not isinstance(student, str):
            raise TypeError(f"a student is called by a name, a str, not {student!r}")
        if student in found:
            raise ValueError(f"{student!r} is there twice: each student has one sheet")
        own = Random(f"{seed} {student}").randrange(10**6)
        made = worksheet(root, wrt, seed=own, **options)
        title = say("{student}: ", student=student)
        sheet, key = (replace(d, title=(title, *d.title)) for d in (made.sheet, made.key))
        found[student] = replace(made, sheet=sheet, key=key)
    if not found:
        raise ValueError("a class set has at least one student")
    return ClassSet(found)


def _file_name(student: str) -> str:
    return re.sub(r"[^\w.-]+", "-", student).strip(".-")[:80] or "sheet"
