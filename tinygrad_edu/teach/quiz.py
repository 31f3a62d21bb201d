"""A quiz on the gradients of a graph, for Moodle and for nbgrader, with the slips as feedback."""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from ..engine import Value, topological_order
from ..files import write_atomically
from ..language import current_language, say
from ..nn import Module
from .checking.secrecy import kept_secret
from .checking.wrong_answers import WrongAnswers
from .derivation.chains import Chains
from .derivation.derive import Wanted, wanted_values
from .derivation.partials import Steps
from .exercise import sealed
from .notation.expression import Derivative, Symbol
from .notation.formula import latex
from .notation.labels import Name
from .notation.latex import Latex
from .notation.textbook import as_it_is
from .notation.wording import Wording
from .record.ledger import Ledger
from .record.moment import require_one_moment

WRONG: Final = 12
"""How many wrong answers a question knows at the most, the commonest first."""

CHOICES: Final = 4
"""How many wrong answers are offered for a choice."""


@dataclass(frozen=True)
class Question:
    """One gradient to find, or one value of the forward pass.

    latex  its name in LaTeX, and what computes a value
    wrong  usual wrong answers, each with what is to be told to whoever gives it
    """

    name: str
    latex: str
    right: float
    wrong: tuple[tuple[float, str], ...]


@dataclass(frozen=True, repr=False)
class Quiz:
    """Questions on one graph: `save` writes them for Moodle (.xml) or for nbgrader (.ipynb).

    formula  that of the graph, in LaTeX
    numbers  those of its leaves
    choices  whether there are answers to choose from
    steps    whether its questions are the steps of one worksheet
    """

    title: str
    formula: str
    numbers: str
    questions: tuple[Question, ...]
    choices: bool = False
    steps: bool = False

    def __repr__(self) -> str:
        names = say(", ").join(q.name for q in self.questions)
        return say(
            'Quiz on {names}; .save("quiz.xml") is for Moodle, .save("quiz.ipynb") for nbgrader',
            names=names,
        )

    def save(self, path: str | Path) -> None:
        """Write it as .xml or .ipynb, whole or not at all. A ValueError for another suffix."""
        suffix = Path(path).suffix.lower()
        if suffix == ".xml":
            write_atomically(path, self.moodle())
        elif suffix == ".ipynb":
            text = json.dumps(self.notebook(), ensure_ascii=False, indent=1)
            write_atomically(path, text + "\n")
        else:
            raise ValueError(
                f"a quiz is saved as .xml or .ipynb, so {str(path)!r} cannot be its name"
            )

    # Moodle

    def moodle(self) -> str:
        """The questions in Moodle's XML: a number with a tolerance, or one of several choices.

        Those of a worksheet are blanks in one question, of the type *cloze*. A usual wrong answer
        gets no mark, and the name of its slip.
        """
        root = ET.Element("quiz")
        given = rf"<p>\[{html.escape(self.formula)}\]</p><p>\({html.escape(self.numbers)}\)</p>"
        if self.steps:
            root.append(_moodle_question("cloze", self.title, given + self._blanks()))
        else:
            for question in self.questions:
                root.append(self._question(question, given))
        ET.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"

    def _question(self, q: Question, given: str) -> ET.Element:
        kind = "multichoice" if self.choices else "numerical"
        asked = say("Find {gradient}.", gradient=rf"\({html.escape(q.latex)}\)")
        element = _moodle_question(kind, f"{self.title}: {q.name}", f"{given}<p>{asked}</p>")
        if self.choices:
            ET.SubElement(element, "single").text = "true"
            ET.SubElement(element, "shuffleanswers").text = "1"
        for x, percent, sentence in self._answers(q):
            answer = ET.SubElement(element, "answer", fraction=str(percent))
            ET.SubElement(answer, "text").text = _short(x)
            if not self.choices:
                ET.SubElement(answer, "tolerance").text = f"{_tolerance(x):.3g}"
            _text(ET.SubElement(answer, "feedback", format="html"), html.escape(sentence))
        return element

    def _answers(self, q: Question) -> list[tuple[float, int, str]]:
        """Each answer with its mark in per cent and what is told to whoever gives it."""
        wrong = _told_apart(q)
        return [
            (q.right, 100, say("Right.")),
            *[
                (x, 0, say("It may be that {slip}.", slip=says))
                for x, says in (wrong[:CHOICES] if self.choices else wrong)
            ],
        ]

    def _blanks(self) -> str:
        """A line for each step, with a blank in the syntax of Moodle's embedded answers."""
        lines = []
        for q in self.questions:
            answers = self._answers(q)
            choices = self.choices and len(answers) > 1
            inside = "~".join(
                ("=" if percent else "%0%")
                + (_short(x) if choices else f"{_short(x)}:{_tolerance(x):.3g}")
                + f"#{_in_a_blank(html.escape(sentence))}"
                for x, percent, sentence in answers
            )
            kind = "MULTICHOICE_S" if choices else "NUMERICAL"
            lines.append(rf"<p>\({html.escape(q.latex)} =\) {{1:{kind}:{inside}}}</p>")
        return "".join(lines)

    # nbgrader

    def notebook(self) -> dict[str, Any]:
        """A notebook as nbgrader's *generate* takes it: for each gradient a cell to answer in, with
        the solution between its marks, and a locked one with the test and a point.
        """
        given = f"# {self.title}\n\n$${self.formula}$$\n\n${self.numbers}$"
        cells = [_markdown(given, "given")]
        todo = say("your number in place of None; delete what is below")
        for i, q in enumerate(self.questions, 1):
            name = f"answer_{i}"
            cells += [
                _markdown(say("Find {gradient}.", gradient=f"${q.latex}$"), f"asked_{i}"),
                _code(
                    f"{name} = None  # {todo}\n"
                    f"### BEGIN SOLUTION\n{name} = {_short(q.right)}\n### END SOLUTION",
                    {"grade": False, "locked": False, "solution": True},
                    name,
                ),
                _code(
                    _test(name, sealed(q.right, dict(q.wrong))),
                    {"grade": True, "locked": True, "solution": False, "points": 1},
                    f"test_{i}",
                ),
            ]
        return {
            "cells": cells,
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }


def quiz(
    root: Value,
    wrt: Wanted = None,
    *,
    title: str = "Gradients",
    choices: bool = False,
    steps: bool = False,
    model: Module | None = None,
) -> Quiz:
    """A quiz on ∂root/∂v for each v of `wrt`, as in `derive`.

    title    the name of its questions
    choices  whether Moodle offers answers to choose from, the wrong ones by the usual slips; else a
             number is to be typed, to three digits
    steps    asks for the values of the forward pass and the gradients on the way too, in order, as
             a worksheet does: for Moodle these are blanks in one question (its type *cloze*)
    model    names its parameters, as w⁽²⁾₃₁

    The errors are those of `derive`, and a ValueError for what is not finite.

    >>> w, x = Value(3.0, label="w"), Value(5.0, label="x")
    >>> question = quiz((w * x) ** 2, "w").questions[0]
    >>> question.right, question.wrong[1]
    (150.0, (30.0, 'the factor ∂(w · x)/∂w = 5 of w · x is left out'))
    """
    if not isinstance(title, str):
        raise TypeError(f"title is a str, not {title!r}")
    require_one_moment(root, "make a quiz of")
    wanted = wanted_values(topological_order(root), wrt, model)
    words = Wording(root, model)
    answers = WrongAnswers(words)
    asked, questions = wanted, []
    known = {v: v.data for v in words.names}  # which are no secret
    if steps:
        lines = Steps(as_it_is(root), model, wanted)
        on_the_way = Chains(lines, wanted).level
        asked = [v for v in Ledger(root).completed if v in on_the_way and v is not root]
        for v in lines.in_layers:
            made = f"{_symbol(words.names[v])} = {Latex().write(lines.formula(v))}"
            questions.append(Question(words.name(v), made, known.pop(v), ()))
    said = {f"{abs(x):.3g}" for x in known.values()}
    numbers = [q.right for q in questions] + [answers.right[v] for v in asked]
    secret = [x for x in numbers if f"{abs(x):.3g}" not in said]
    for v in asked:
        name = Derivative(words.names[root], words.names[v])
        slips = [kept_secret(slip, secret) for slip in answers.of(v)[:WRONG]]
        wrong = tuple([(slip.gives, slip.says) for slip in slips])
        shown = name.text if steps else words.gradient(v)
        questions.append(Question(shown, _symbol(name), answers.right[v], wrong))
    for q in questions:
        if not math.isfinite(q.right):
            raise ValueError(f"{q.name} is {q.right}, which no quiz can ask")
    formula, given = _formula(root, model, words), _numbers(words)
    return Quiz(title, formula, given, tuple(questions), choices, steps)


def _symbol(name: Name | Derivative) -> str:
    return Latex().write(Symbol(name, 0.0))


def _formula(root: Value, model: Module | None, words: Wording) -> str:
    formula = latex(root, model)
    if "=" in formula:
        return formula
    return f"{_symbol(words.names[root])} = {formula}"


def _numbers(words: Wording) -> str:
    """The numbers of the leaves."""
    notation = Latex(digits=12)
    return r",\; ".join(
        f"{_symbol(name)} = {notation.number(v.data)[0]}"
        for v, name in words.names.items()
        if not v.op
    )


def _told_apart(q: Question) -> list[tuple[float, str]]:
    """The wrong answers that three digits tell from the right one, those that are alike as one."""
    found: list[tuple[float, str]] = []
    for x, says in q.wrong:
        if abs(x - q.right) <= 2.0 * _tolerance(q.right):
            continue
        for i, (y, others) in enumerate(found):
            if abs(x - y) <= 2.0 * _tolerance(y):
                found[i] = y, say("; or that ").join([others, says])
                break
        else:
            found.append((x, says))
    return found


def _tolerance(x: float) -> float:
    """Half a unit of the third digit."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(x))) - 2) if x else 0.0005


def _short(x: float) -> str:
    return f"{x:.6g}"


def _in_a_blank(text: str) -> str:
    r"""HTML as it stands in a blank: entities are read once more, and } # ~ / " \ are signs there.

    >>> _in_a_blank("{1/2} &lt; #2~")
    '{1&#47;2&#125; &amp;lt; &#35;2&#126;'
    """
    return re.sub(r'[}#~/"\\]', lambda m: f"&#{ord(m[0])};", text.replace("&", "&amp;"))


def _moodle_question(kind: str, name: str, text: str) -> ET.Element:
    element = ET.Element("question", type=kind)
    _text(ET.SubElement(element, "name"), name)
    _text(ET.SubElement(element, "questiontext", format="html"), text)
    return element


def _text(element: ET.Element, text: str) -> None:
    ET.SubElement(element, "text").text = text


def _markdown(text: str, name: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _test(name: str, word: str) -> str:
    """The lines that try an answer, in the language that is spoken here."""
    language, tried = current_language(), f'feedback = try_number({name}, "{word}")'
    if language == "en":
        lines = ["from tinygrad_edu.teach import try_number", "", tried]
    else:
        lines = [
            "from tinygrad_edu.language import using_language",
            "from tinygrad_edu.teach import try_number",
            "",
            f'with using_language("{language}"):',
            f"    {tried}",
        ]
    return "\n".join([*lines, "assert feedback, feedback"])


def _code(source: str, nbgrader: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {
            "nbgrader": {"grade_id": name, "schema_version": 3, "task": False, **nbgrader}
        },
        "outputs": [],
        "source": source,
    }
