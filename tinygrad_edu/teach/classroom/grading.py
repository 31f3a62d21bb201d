"""Marks for a class: every paper is checked, what follows credited, and the slips are counted."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ...checks import number_in
from ...engine import Value
from ...files import write_atomically
from ...language import say
from ...nn import Module
from ...text import printable, wrapped
from ..checking.answers import Answers
from ..checking.check import check_gradients
from ..checking.report import GradientReport
from ..checking.slips import Slip
from ..checking.telling import SHOWN
from ..notation.escaping import in_markdown
from ..notation.wording import Wording, number
from ..record.lookup import near
from ..record.moment import require_one_moment
from ..typed.unread import Unread
from .answer_file import Row, as_rows
from .table import Table, page

Verdict = Literal["right", "follows", "wrong", "unreadable", "blank"]

Given = dict[Value | str, float | str]

SIGNS: Final[dict[Verdict, str]] = {"right": "✓", "wrong": "✗", "unreadable": "?", "blank": "–"}
"""How a verdict is shown in a table of marks, but for "follows", which is shown in words."""


_NAMED: Final = 12
"""How many names of values are told where a column has none of them."""

_VARIABLE: Final = re.compile(r".*/ *[∂d](?=.)|^(?:grad|gradient)[ _]")
"""What stands before the name of w in ∂L/∂w, dL/dw and grad_w."""

_EQUALS: Final = re.compile(r" = [-−]?\d[\d.]*(?:e[-−+]?\d+)?(?![\w·])(?! [·+−/])")
"""A value's number in what is said of a slip: it is another one in each student's sheet."""

_LONG: Final = re.compile(r"(?<![\w.])[-−]?\d+\.\d{3,}(?:e[-−+]?\d+)?")
"""Any other number that was worked out."""


@dataclass(frozen=True)
class Mark:
    """What one answer is worth.

    verdict  "follows" is an answer that is wrong only because it follows from an own wrong one
    slips    the usual slips that explain a wrong one, in words; several where none is certain
    """

    gradient: str
    answer: str
    verdict: Verdict
    points: float
    slips: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Paper:
    """A student's marks and the report on them, which `str()` gives."""

    student: str
    marks: tuple[Mark, ...]
    report: str

    @property
    def points(self) -> float:
        """The sum of the marks."""
        return sum(mark.points for mark in self.marks)

    def __str__(self) -> str:
        head = say(
            "{student}: {points} of {all}",
            student=self.student,
            points=number(self.points),
            all=len(self.marks),
        )
        return printable(f"{head}\n{self.report}".rstrip())

    def __repr__(self) -> str:
        return wrapped(str(self))


@dataclass(frozen=True, repr=False)
class Gradebook:
    """The papers of a class. It prints the table of marks; `book["Ada"]` is one paper.

    marks           a row for each student
    misconceptions  a row for each slip: how many made it, in which gradient, and who
    """

    papers: tuple[Paper, ...]

    def __getitem__(self, student: str) -> Paper:
        for paper in self.papers:
            if paper.student == student:
                return paper
        names = ", ".join(paper.student for paper in self.papers)
        raise KeyError(f"no paper of {student!r}; there are {names}")

    def __str__(self) -> str:
        return str(self.marks)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.marks.html()

    def save(self, path: str | Path) -> None:
        """Write the marks as .csv, or marks, slips and all reports as .md or .html.

        Whole or not at all; a ValueError for another suffix.
        """
        suffix = Path(path).suffix.lower()
        if suffix == ".md":
            papers = [in_markdown(str(paper)).replace("\n", "\n\n") for paper in self.papers]
            reports = "".join(f"\n---\n\n{paper}\n" for paper in papers)
            text = f"{self.marks.markdown()}\n{self.misconceptions.markdown()}{reports}"
            write_atomically(path, text)
        elif suffix == ".html":
            reports = "".join(f"<pre>{html.escape(str(paper))}</pre>" for paper in self.papers)
            body = f"{self.marks.html()}\n{self.misconceptions.html()}\n{reports}"
            write_atomically(path, page(self.marks.title, body))
        else:
            self.marks.save(path)

    @property
    def marks(self) -> Table:
        """Who has what right, and the points."""
        gradients = [mark.gradient for mark in self.papers[0].marks]
        total = len(gradients) * len(self.papers)
        right = sum(paper.points for paper in self.papers)
        signs = {**SIGNS, "follows": say("✓ (follows)")}
        rows = [
            (p.student, *[signs[mark.verdict] for mark in p.marks], number(p.points))
            for p in self.papers
        ]
        title = say("Marks: {points} of {all}", points=number(right), all=total)
        return Table(title, (say("student"), *gradients, say("points")), tuple(rows))

    @property
    def misconceptions(self) -> Table:
        """Which slips were made, the commonest first."""
        who: dict[tuple[str, str], list[str]] = {}
        for paper in self.papers:
            for mark in paper.marks:
                if mark.verdict == "wrong":
                    said = [_LONG.sub("…", _EQUALS.sub("", slip)) for slip in mark.slips[:SHOWN]]
                    slip = say("; or ").join(said) or say("none of the usual slips")
                    who.setdefault((mark.gradient, slip), []).append(paper.student)
        rows = sorted(who.items(), key=lambda item: -len(item[1]))
        return Table(
            say("Slips"),
            (say("count"), say("gradient"), say("slip"), say("students")),
            tuple(
                [(str(len(s)), gradient, slip, say(", ").join(s)) for (gradient, slip), s in rows]
            ),
        )


def grade(
    root: Value | Mapping[str, Value],
    answers: str | Path | Mapping[str, Mapping[str, object]],
    *,
    model: Module | None = None,
    follow: float = 1.0,
    rtol: float = 1e-9,
) -> Gradebook:
    """Mark the gradients of a class, with a report for each student and a count of the slips.

    root     the graph, or each student's own, as of a class set
    answers  a .csv file with a row for each student: the name, then a column for each gradient
             ("w" or "∂L/∂w"), and one whose name ends in = for a value of the student's own
             forward pass ("z="). Cells hold numbers or formulas, as in `check_gradients`, or
             nothing. Or the same as a dict of dicts
    follow   what an answer is worth that is wrong only because it follows from an own wrong one, or
             by the very slip of an earlier one; a right one is worth 1, a wrong, empty or
             unreadable one 0

    A ValueError for a column that no value has for a name, for a graph whose leaves have moved, and
    as `answer_file` and `check_gradients` raise it; what cannot be read in one cell is told in that
    student's report.

    >>> w, x = Value(3.0, label="w"), Value(5.0, label="x")
    >>> print(grade((w * x) ** 2, {"Ada": {"w": 150, "x": "2 w^2 x"}, "Ben": {"w": 30}}))
    Marks: 2 of 4
    student  ∂L/∂w  ∂L/∂x  points
    Ada      ✓      ✓      2
    Ben      ✗      –      0
    """
    follow = number_in(follow, "follow", 0.0, 1.0)
    rows = as_rows(answers)
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    if not columns:
        raise ValueError('no gradients to mark: give a column for each, such as "w"')
    papers = []
    for student, row in rows.items():
        own = _own(root, student)
        papers.append(_marked(student, _Sheet(own, columns, model), row, follow, rtol))
    return Gradebook(tuple(papers))


def _own(root: Value | Mapping[str, Value], student: str) -> Value:
    if isinstance(root, Value):
        return root
    if not isinstance(root, Mapping):
        raise TypeError(f"what is graded is a Value, or a dict of each student's, not {root!r:.80}")
    if student not in root:
        right = near(student, root) or f"there are {', '.join(root)}"
        raise ValueError(f"there is no sheet for {student!r}: {right}")
    return root[student]


class _Sheet:
    """The graph of a paper, and the values that the columns are about."""

    def __init__(self, root: Value, columns: list[str], model: Module | None) -> None:
        self.root, self.model = root, model
        self.words = Wording(root, model)
        require_one_moment(root, "mark a class by")  # or every formula would be unreadable
        self.answers = Answers(self.words)
        self.gradients, self.forward = dict[str, Value](), dict[str, Value]()
        for name in columns:
            found = self.forward if name.endswith("=") else self.gradients
            v = self._value(name)
            same = next((other for other, u in found.items() if u is v), None)
            if same is not None:
                raise ValueError(f"the columns {same!r} and {name!r} are for one value")
            found[name] = v

    def _value(self, column: str) -> Value:
        """The value that the column is about."""
        name = column.removesuffix("=").strip()
        try:
            return self.answers.value(name)
        except ValueError:
            names = {v: str(name) for v, name in self.words.names.items()}
            labelled = [name for v, name in names.items() if v.label or not v.op]
            right = near(_VARIABLE.sub("", name), names.values())
            if not right:
                right = f"a column is called by one of {', '.join(labelled[:_NAMED])}"
            raise ValueError(
                f"the column {column!r} is about no value of the graph: {right}"
            ) from None

    def right_side(self, v: Value, cell: str) -> str:
        """What is on the right of ∂L/∂v = …, as it is often written; else the cell as it is."""
        left, sign, right = cell.replace("≈", "=").partition("=")
        return right.strip() if sign and (not left.strip() or self._is(v, left.strip())) else cell

    def _is(self, v: Value, name: str) -> bool:
        try:
            return self.answers.value(name) is v
        except ValueError:
            return False

    def check(
        self, answers: Given, forward: Given | None = None, rtol: float = 1e-9
    ) -> GradientReport:
        """The report on answers of this paper."""
        return check_gradients(self.root, answers, forward=forward, model=self.model, rtol=rtol)


def _marked(student: str, sheet: _Sheet, row: Row, follow: float, rtol: float) -> Paper:
    answers, remarks = _readable(sheet, sheet.gradients, row, lambda one: sheet.check(one))
    some = next(iter(answers.items()), None)
    forward, more = _readable(
        sheet, sheet.forward, row, lambda one: some and sheet.check(dict([some]), one)
    )
    remarks |= more
    text, verdicts, slips = "", dict[Value, Verdict](), dict[Value, tuple[str, ...]]()
    if answers:
        report = check_gradients(sheet.root, answers, forward=forward, model=sheet.model, rtol=rtol)
        text, step = str(report), report.first
        same = step.same if step else ()
        carried = same if step and any(map(_is_in_one_place, step.slips)) else ()
        verdicts |= dict.fromkeys((*report.follow, *carried), "follows")
        verdicts |= dict.fromkeys(report.right, "right")
        first = (step.node,) if step else ()
        told = () if report.astray else (*first, *same)
        for v in (*first, *[v for v in report.others if v not in carried]):
            verdicts[v] = "wrong"
            known: Given = {u: answers[u] for u in (*report.right, v)}
            again = check_gradients(
                sheet.root, known, forward=forward, model=sheet.model, rtol=rtol
            )
            if again.first is not None:
                slips[v] = tuple([slip.says for slip in again.first.slips])
            if slips.get(v) and v not in told:
                slip = say("; or ").join(slips[v][:SHOWN])
                gradient = sheet.words.gradient(v)
                text += "\n" + say("{gradient}: {slip}.", gradient=gradient, slip=slip)
    marks = []
    for name, v in sheet.gradients.items():
        cell = row.get(name, "")
        verdict = verdicts.get(v, "unreadable" if cell else "blank")
        points = {"right": 1.0, "follows": follow}.get(verdict, 0.0)
        gradient = sheet.words.gradient(v)
        marks.append(Mark(gradient, cell, verdict, points, slips.get(v, ())))
    return Paper(student, tuple(marks), "\n".join([text, *remarks.values()]).strip())


def _is_in_one_place(slip: Slip) -> bool:
    """Whether it was made once, so that further gradients that it explains follow from it."""
    return bool(slip.changes) or slip.scale != 1.0


def _readable(
    sheet: _Sheet, columns: Mapping[str, Value], row: Row, check: Callable[[Given], object]
) -> tuple[Given, dict[str, str]]:
    """The answers that can be read, and what is wrong with the others."""
    answers: Given = {}
    remarks: dict[str, str] = {}
    for name, v in columns.items():
        if cell := sheet.right_side(v, row.get(name, "")):
            try:
                check({v: cell})
            except ValueError as why:
                remarks[name] = why.said() if isinstance(why, Unread) else str(why)
            else:
                answers[v] = cell
    return answers, remarks
