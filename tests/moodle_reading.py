"""Reads Moodle's XML as its import does (question/format/xml), and answers the questions.

What Moodle would refuse, or put right by guessing, is an AssertionError here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

_FRACTIONS = (
    *(100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667),
    *(14.28571, 12.5, 11.11111, 10, 5, 0),
)
"""The marks in per cent that Moodle knows."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_PARTS = {
    "cloze": {"name", "questiontext"},
    "numerical": {"name", "questiontext", "answer"},
    "multichoice": {"name", "questiontext", "answer", "single", "shuffleanswers"},
}


@dataclass
class Answer:
    text: str
    percent: float
    feedback: str
    tolerance: float = 0.0


@dataclass
class MoodleQuestion:
    """A question; `blanks` are those in the text of a cloze, each a question of its own."""

    kind: str
    name: str
    text: str
    answers: list[Answer]
    blanks: list[MoodleQuestion]

    def response(self, number: str) -> tuple[float, str]:
        """The mark and the feedback of what somebody types: those of the first answer that fits."""
        assert self.kind == "numerical"
        for answer in self.answers:
            if abs(float(number) - float(answer.text)) <= answer.tolerance * (1.0 + 1e-9):
                return answer.percent, answer.feedback
        return 0.0, ""


class _Html(HTMLParser):
    """Text in paragraphs and nothing else, as it is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.shown = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert (tag, attrs, self.open) == ("p", [], [])
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def shown(html: str) -> str:
    """What of HTML is to be read on the page."""
    assert not re.search(r"&(?!(?:#\d+|#x[0-9a-f]+|\w+);)", html), html
    parser = _Html()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser.shown


def _text(element: ET.Element) -> str:
    (text,) = element.findall("text")
    assert len(element) == 1
    assert not len(text)
    return (text.text or "").strip()


def _formatted(element: ET.Element) -> str:
    assert element.get("format") == "html"
    return shown(_text(element))


def _answer(element: ET.Element, kind: str) -> Answer:
    percent = float(element.get("fraction", ""))
    assert percent in _FRACTIONS
    parts = {"text", "feedback"} | ({"tolerance"} if kind == "numerical" else set())
    assert {part.tag for part in element} == parts
    text = (element.findtext("text") or "").strip()
    assert _NUMBER.fullmatch(text)
    feedback = element.find("feedback")
    assert feedback is not None
    said = _formatted(feedback)
    assert said
    tolerance = element.findtext("tolerance") or "0"
    assert _NUMBER.fullmatch(tolerance)
    assert float(tolerance) >= 0.0
    return Answer(text, percent, said, float(tolerance))


# The syntax of embedded answers, as question/type/multianswer has it
_ALTERNATIVE = (
    r"(=|%(-?[0-9]+(?:[.,][0-9]*)?)%)?(.+?(?<!\\)(?<!&)(?<!&amp;)(?=[~#}]|$))"
    r"(#(.*?(?<!\\)(?=[~}]|$)))?"
)
_BLANK = re.compile(
    rf"\{{([0-9]*):(NUMERICAL|NM|MULTICHOICE_S|MCS):({_ALTERNATIVE}(?:~{_ALTERNATIVE})*)\}}",
    re.DOTALL,
)
_WITH_TOLERANCE = re.compile(
    r"(-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"(?::(-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?))?"
)


def _unquoted(text: str) -> str:
    return unescape(text).replace(r"\}", "}").replace(r"\#", "#")


def _blank(weight: str, kind: str, inside: str) -> MoodleQuestion:
    assert weight == "1"
    numerical = kind in ("NUMERICAL", "NM")
    answers = []
    while inside:
        found = re.compile("~?" + _ALTERNATIVE, re.DOTALL).match(inside)
        assert found, inside
        right, percent, text, _, feedback = found.groups()
        fraction = 100.0 if right == "=" else float(percent or 0)
        assert fraction in _FRACTIONS
        said = shown(_unquoted(feedback or ""))
        assert said
        number = _WITH_TOLERANCE.fullmatch(text)
        assert number
        assert (number[2] is not None) is numerical
        answers.append(Answer(number[1], fraction, said, float(number[2] or 0)))
        inside = inside[found.end() :]
    assert [a.percent for a in answers] == [100.0] + [0.0] * (len(answers) - 1)
    assert numerical or len(answers) >= 2
    return MoodleQuestion("numerical" if numerical else "multichoice", "", "", answers, [])


def blanks_of(html: str) -> tuple[str, list[MoodleQuestion]]:
    """The text of a cloze with a place {#1} for each blank, and the blanks."""
    found: list[MoodleQuestion] = []

    def taken(match: re.Match[str]) -> str:
        found.append(_blank(match[1], match[2], match[3]))
        return f"{{#{len(found)}}}"

    text = shown(_BLANK.sub(taken, html))
    assert ":NUMERICAL:" not in text
    assert ":MULTICHOICE" not in text
    return text, found


def questions(file: bytes) -> list[MoodleQuestion]:
    """The questions of a file."""
    assert file.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    root = ET.fromstring(file)
    assert root.tag == "quiz"
    found = []
    for element in root:
        assert element.tag == "question"
        kind = element.get("type", "")
        assert {part.tag for part in element} == _PARTS[kind]
        name, text = element.find("name"), element.find("questiontext")
        assert name is not None
        assert text is not None
        answers = [_answer(answer, kind) for answer in element.findall("answer")]
        assert [a.percent for a in answers] == ([100.0] + [0.0] * len(answers))[: len(answers)]
        assert bool(answers) == (kind != "cloze")
        if kind == "multichoice":
            assert element.findtext("single") == "true"
            assert element.findtext("shuffleanswers") in ("true", "1")
            assert len(answers) >= 2
        assert text.get("format") == "html"
        read, blanks = blanks_of(_text(text)) if kind == "cloze" else (_formatted(text), [])
        assert bool(blanks) == (kind == "cloze")
        found.append(MoodleQuestion(kind, _text(name), read, answers, blanks))
        assert 0 < len(found[-1].name) <= 255
    return found
