"""Worksheets: a derivation with blanks to fill in, and its answer key."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final, Literal

from ..engine import Value
from ..language import say
from ..nn import Module
from .derivation.derive import Wanted, derive, wanted_values
from .derivation.document import Document
from .derivation.lines import Line, Omission, Part, Role, Section
from .derivation.partials import Steps
from .derivation.shorten import Detail
from .notation.expression import Blank
from .record.ledger import Ledger
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

ATTEMPTS: Final = 100
"""How many draws of new numbers may fail before it is given up."""


@dataclass(frozen=True)
class Worksheet:
    """A sheet for the learner and its key, each a document. It prints and shows the sheet."""

    sheet: Document
    key: Document

    def __str__(self) -> str:
        return str(self.sheet)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.sheet.markdown()

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
    blanks: Blanks = "formulas",
    lr: float | None = None,
    model: Module | None = None,
    detail: Detail = "normal",
    digits: int = 4,
) -> Worksheet:
    """The derivation of `derive` as a sheet with blanks, and a separate answer key.

    seed    an int: the leaves get new numbers, the same ones for the same seed, and the graph is
            computed anew with them (the one that was given does not change). A new number is from
            half of the old one to its double; whole numbers stay whole, others have two digits;
            zeros stay. Without a seed the numbers are those of the graph
    keep    Values or labels whose numbers are not to change, such as a target of 0 or 1
    blanks  "numbers": formulas are given. "formulas": the chain rule is given in symbols.
            "rules": only the name of each gradient is given

    The other parameters are those of `derive`, and so are the errors. A ValueError too where no
    new numbers are found for which everything is finite.

    >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
    >>> print(worksheet((x * w) ** 2, wrt="w", seed=1).sheet)
    Worksheet 1: The derivation of ∂L/∂w
    <BLANKLINE>
    Given
      x = 3   w = 1
    <BLANKLINE>
    Loss
      L = (x · w)² = ________________ = __________
    <BLANKLINE>
    Backward pass
      ∂L/∂w = ____________________ = ________________ = __________
    """
    if blanks not in LEFT_BLANK:
        raise ValueError(f"blanks is one of {', '.join(LEFT_BLANK)}, not {blanks!r}")
    wanted = wanted_values(root, wrt, model)
    if seed is None:
        key = derive(root, wanted, lr=lr, model=model, detail=detail, digits=digits)
        sheet, answers = say("Worksheet: "), say("Answer key: ")
    else:
        steps = Steps(root, model, wanted)
        kept = {value_of(v, steps.names, root) for v in keep}
        new = _with_new_numbers(steps, kept, Random(seed))
        key = derive(new[root], [new[v] for v in wanted], lr=lr, detail=detail, digits=digits)
        sheet, answers = say("Worksheet {seed}: ", seed=seed), say("Answer key {seed}: ", seed=seed)
    sections = tuple([_blanked(section, LEFT_BLANK[blanks]) for section in key.sections])
    return Worksheet(
        replace(key, title=(sheet, *key.title), sections=sections),
        replace(key, title=(answers, *key.title)),
    )


# New numbers


def _with_new_numbers(steps: Steps, kept: set[Value], rng: Random) -> dict[Value, Value]:
    """Each value's counterpart in the same graph with other numbers in its leaves.

    What has a name there has it here as a label, by which both are written alike.
    """
    labels = {v: symbol.name.text for v, symbol in steps.symbols.items()}
    for _ in range(ATTEMPTS):
        new: dict[Value, Value] = {}
        for v in steps.order:
            if v.op:
                arguments = [new[a] if isinstance(a, Value) else a for a in v.arguments]
                new[v] = Context().run(v.op.function, *arguments)  # recorded, in no_grad() too
                new[v].label = labels.get(v, "")
            else:
                new[v] = Value(v.data if v in kept else _varied(v.data, rng), labels[v])
        numbers = [v.data for v in new.values()] + [*Ledger(new[steps.root]).gradients.values()]
        if all(map(math.isfinite, numbers)):
            return new
    raise ValueError(
        f"{ATTEMPTS} draws of new numbers all gave an inf or a nan: keep the numbers of the values "
        "whose range is limited, as in keep=['p']"
    )


def _varied(x: float, rng: Random) -> float:
    """Another number with the same sign, from half of it to its double."""
    size = abs(x)
    if not size or not math.isfinite(size):
        return x
    if x.is_integer():
        new = float(rng.randint(math.ceil(size / 2.0), max(int(2.0 * size), 4)))
    else:
        new = float(f"{rng.uniform(size / 2.0, 2.0 * size):.2g}")
    return math.copysign(new, x)


# Blanks


def _blanked(section: Section, roles: tuple[Role, ...]) -> Section:
    """The section with a blank for each part in one of the roles; what is given stays."""
    if section.inline:
        return section
    lines: list[Line | Omission] = []
    for line in section.lines:
        if isinstance(line, Line):
            lines.append(_with_blanks(line, roles))
        else:
            lines.append(replace(line, ends=[_with_blanks(one, roles) for one in line.ends]))
    return replace(section, lines=lines)


def _with_blanks(line: Line, roles: tuple[Role, ...]) -> Line:
    parts = [
        Part(Blank(WIDTHS[part.role]), part.role) if part.role in roles else part
        for part in line.distinct().parts
    ]
    return replace(line, parts=tuple(parts))
