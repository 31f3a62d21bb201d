"""Reads Moodle's XML as its import does (question/format/xml), and answers the questions.

What Moodle would refuse, or put right by guessing, is an AssertionError here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

_FRACTIONS = (
    *(100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667),
    *(14.28571, 12.5, 11.11111, 10, 5, 0),
)
"""The marks in per cent that Moodle knows."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_PARTS = {
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
    kind: str
    name: str
    text: str
    answers: list[Answer]

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
        assert [a.percent for a in answers] == [100.0] + [0.0] * (len(answers) - 1)
        if kind == "multichoice":
            assert element.findtext("single") == "true"
            assert element.findtext("shuffleanswers") in ("true", "1")
            assert len(answers) >= 2
        found.append(MoodleQuestion(kind, _text(name), _formatted(text), answers))
        assert 0 < len(found[-1].name) <= 255
    return found
