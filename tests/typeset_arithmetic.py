"""A reader of derivations as they are set: works out what is printed in LaTeX and in MathML.

It knows nothing of the package's notations: it reads the marks themselves, as nested tokens, and
computes with numbers and matrices. A side with names in it is no arithmetic and is passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np

Token = tuple[Any, ...]
"""("number", "0.5"), ("sign", "+"), ("name", "w"), ("function", "tanh"), ("frac", …, …) …"""


class Unread(Exception):
    """It is no arithmetic: a name, or words, stand in it."""


class Malformed(Exception):
    """It is arithmetic that nobody can read, such as a sign after a sign."""


# LaTeX

_LATEX = re.compile(
    r"\\operatorname\{(?P<operator>\w+)\}|\\mathrm\{(?P<upright>[^{}]*)\}|\\(?P<word>[A-Za-z]+)"
    r"|\\(?P<escaped>[^A-Za-z])|(?P<number>\d+\.?\d*)|(?P<sign>[-+(){}\[\]^_|=&,/])"
    r"|(?P<letter>[A-Za-z])|(?P<prime>')|\s+"
)
_FUNCTION_WORDS = {
    *("tanh", "sigma", "ln", "sin", "cos", "tan", "sinh", "cosh", "max", "min", "Phi", "log"),
    *("arcsin", "arccos", "arctan"),
}
_PASSED_OVER = {
    *("left", "right", "displaystyle", "quad"),
    *("bigl", "bigr", "Bigl", "Bigr"),
}


def latex_tokens(text: str) -> list[Token]:
    """The tokens of a formula in LaTeX."""
    marks: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _LATEX.match(text, position)
        if match is None:
            raise Unread(text[position:])
        position = match.end()
        if match.lastgroup is not None:
            marks.append((match.lastgroup, match[match.lastgroup]))
    found, end = _group(marks, 0, "")
    assert end == len(marks)
    return found


def _group(marks: list[tuple[str, str]], i: int, closing: str) -> tuple[list[Token], int]:
    """The tokens up to a closing mark, and the place after it."""
    found: list[Token] = []
    while i < len(marks):
        kind, mark = marks[i]
        i += 1
        if mark == closing and kind in ("sign", "word", "escaped"):
            return found, i
        if kind == "number":
            found.append(("number", mark))
        elif kind in ("operator", "upright"):
            found.append(("function" if kind == "operator" else "name", mark))
        elif kind == "letter":
            found.append(("name", mark))
        elif kind == "prime":
            raise Unread("a derivative by its name")
        elif kind == "escaped":
            i = _after_escape(mark, marks, i, found)
        elif kind == "sign":
            i = _after_sign(mark, marks, i, found)
        else:
            i = _after_word(mark, marks, i, found)
    if closing:
        raise Unread(f"{closing} is missing")
    return found, i


def _after_escape(mark: str, marks: list[tuple[str, str]], i: int, found: list[Token]) -> int:
    if mark == "|":
        inner, i = _group(marks, i, "|")
        found.append(("norm", inner))
    elif mark == ",":
        found.append(("sign", "beside"))
    elif mark == "\\":
        found.append(("row",))
    elif mark not in " ;":
        raise Unread(mark)
    return i


def _after_sign(mark: str, marks: list[tuple[str, str]], i: int, found: list[Token]) -> int:
    if mark in "([":
        inner, i = _group(marks, i, {"(": ")", "[": "]"}[mark])
        found.append(("brackets", inner))
    elif mark == "{":
        inner, i = _group(marks, i, "}")
        found.append(("brackets", inner))
    elif mark == "|":
        inner, i = _group(marks, i, "|")
        found.append(("abs", inner))
    elif mark in "^_":
        inner, i = _group(marks, i + 1, "}") if marks[i][1] == "{" else ([_one(marks[i])], i + 1)
        if inner == [("name", "top")]:
            found.append(("transposed",))
        else:
            in_a_row = [("sign", "÷") if token == ("sign", "/") else token for token in inner]
            found.append(("raised", in_a_row) if mark == "^" else ("lowered", inner))
    elif mark in "+-,&=/":
        found.append(("cell",) if mark == "&" else ("sign", mark))
    else:
        raise Unread(mark)
    return i


def _one(mark: tuple[str, str]) -> Token:
    return ("number", mark[1]) if mark[0] == "number" else ("name", mark[1])


def _after_word(word: str, marks: list[tuple[str, str]], i: int, found: list[Token]) -> int:
    if word in ("frac", "sqrt", "begin", "end"):
        inner, i = _group(marks, i + 1, "}")
    if word == "frac":
        below, i = _group(marks, i + 1, "}")
        found.append(("frac", inner, below))
    elif word == "sqrt":
        found.append(("root", inner))
    elif word == "begin":
        inner, i = _group(marks, i, "end")
        _, i = _group(marks, i + 1, "}")
        found.append(("matrix", _split_rows(inner)))
    elif word in ("cdot", "odot"):
        found.append(("sign", "·"))
    elif word == "big":
        assert marks[i] == ("sign", "/")
        found.append(("sign", "÷"))
        i += 1
    elif word in _FUNCTION_WORDS:
        found.append(("function", word))
    elif word not in _PASSED_OVER:
        found.append(("name", word))
    return i


def _split_rows(tokens: list[Token]) -> list[list[list[Token]]]:
    rows: list[list[list[Token]]] = [[[]]]
    for token in tokens:
        if token == ("row",):
            rows.append([[]])
        elif token == ("cell",):
            rows[-1].append([])
        else:
            rows[-1][-1].append(token)
    return rows


# MathML


def mathml_tokens(elements: list[ElementTree.Element]) -> list[Token]:
    """The tokens of elements side by side."""
    flat = [token for element in elements for token in _of_element(element)]
    return _with_brackets(flat)


def _of_element(e: ElementTree.Element) -> list[Token]:
    inside, text = list(e), (e.text or "").strip()
    match e.tag:
        case "mrow" | "math":  # what nobody sees
            return [token for part in inside for token in _of_element(part)]
        case "mn":
            return [("number", text.replace("−", "-"))]
        case "mi":
            is_function = text in _ON_NUMBERS or text in ("softmax", "sum")
            return [("function" if is_function and text != "e" else "name", text)]
        case "mo":
            return [("sign", {"−": "-", "⊙": "·", "/": "÷"}.get(text, text))]
        case "mspace":
            return [("sign", "beside")]
        case "mfrac":
            return [("frac", mathml_tokens(inside[:1]), mathml_tokens(inside[1:]))]
        case "msqrt":
            return [("root", mathml_tokens(inside))]
        case "msup":
            if inside[1].get("mathvariant") == "normal" and inside[1].text == "T":
                return [*mathml_tokens(inside[:1]), ("transposed",)]
            return [*mathml_tokens(inside[:1]), ("raised", mathml_tokens(inside[1:]))]
        case "mtable":
            return [("matrix", [[mathml_tokens(list(cell)) for cell in row] for row in inside])]
        case _:
            return [("name", e.tag)]


def _with_brackets(tokens: list[Token]) -> list[Token]:
    """Signs that open and close taken together; a bar closes what a bar has opened."""
    stack: list[tuple[str, list[Token]]] = [("", [])]
    pairs = {"(": ("brackets", ")"), "|": ("abs", "|"), "‖": ("norm", "‖")}
    for token in tokens:
        sign = token[1] if token[0] == "sign" else None
        if sign is not None and sign == stack[-1][0]:
            _, inner = stack.pop()
            kind = next(kind for kind, closing in pairs.values() if closing == sign)
            stack[-1][1].append((kind, inner))
        elif sign in pairs:
            stack.append((pairs[sign][1], []))
        else:
            stack[-1][1].append(token)
    if len(stack) > 1:
        raise Unread("a bracket is missing")
    return stack[0][1]


# What tokens come to


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


_ON_NUMBERS: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("exp", "sin", "cos", "tan", "tanh", "sinh", "cosh")},
    **{"ln": math.log, "max": max, "min": min, "√": math.sqrt, "sigma": _sigmoid, "σ": _sigmoid},
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "SiLU": lambda x: x * _sigmoid(x),
    "GELU": lambda x: x * math.erfc(-x / math.sqrt(2.0)) / 2.0,
    "Phi": lambda x: math.erfc(-x / math.sqrt(2.0)) / 2.0,
    "Φ": lambda x: math.erfc(-x / math.sqrt(2.0)) / 2.0,
    "ReLU": lambda x: max(0.0, x),
    "sign": lambda x: (x > 0.0) - (x < 0.0),
}
_CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}


class _Reading:
    """A sum of products of powers, worked out from the left to the right."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.i = tokens, 0

    def peek(self) -> Token:
        return self.tokens[self.i] if self.i < len(self.tokens) else ("end",)

    def take(self) -> Token:
        self.i += 1
        return self.tokens[self.i - 1]

    def whole(self) -> Any:
        found = self.sum()
        if self.peek() != ("end",):
            raise Malformed(str(self.peek()))
        return found

    def sum(self) -> Any:
        total = self.product()
        while self.peek() in (("sign", "+"), ("sign", "-")):
            sign = self.take()[1]
            term = self.product()
            total = total + term if sign == "+" else total - term
        return total

    def product(self) -> Any:
        if self.peek() == ("sign", "-"):
            self.take()
            return -self.product()
        whole = self.beside()
        while self.peek() in (("sign", "·"), ("sign", "÷")):
            sign, x = self.take()[1], self.beside()
            whole = whole / x if sign == "÷" else whole * x
        return whole

    def beside(self) -> Any:
        """Factors side by side: the matrix product, in which a number may stand."""
        whole = self.power()
        while self.peek()[0] not in ("end", "sign") or self.peek() == ("sign", "beside"):
            if self.peek() == ("sign", "beside"):
                self.take()
            x = self.power()
            whole = whole * x if np.size(whole) == 1 or np.size(x) == 1 else whole @ x
        return whole

    def power(self) -> Any:
        x = self.atom()
        while self.peek()[0] in ("raised", "transposed"):
            token = self.take()
            x = np.transpose(x) if token == ("transposed",) else x ** worked_out(token[1])
        return x

    def atom(self) -> Any:
        kind, *rest = self.take() if self.peek() != ("end",) else ("end",)
        match kind:
            case "number":
                return float(rest[0])
            case "brackets":
                return worked_out(rest[0])
            case "abs":
                return abs(worked_out(rest[0]))
            case "norm":
                return _Norm(worked_out(rest[0]))
            case "frac":
                return worked_out(rest[0]) / worked_out(rest[1])
            case "root":
                return np.sqrt(worked_out(rest[0]))
            case "matrix":
                return np.array([[worked_out(cell) for cell in row] for row in rest[0]])
            case "name" if rest[0] in _CONSTANTS:
                return _CONSTANTS[rest[0]]
            case "function":
                return self.called(rest[0])
        raise (Unread if kind in ("name", "lowered") else Malformed)(str((kind, *rest)))

    def called(self, name: str) -> Any:
        if self.peek()[0] != "brackets":
            raise Unread(f"{name} of what is not in brackets")
        (_, inner) = self.take()
        while len(inner) == 1 and inner[0][0] == "brackets":
            inner = inner[0][1]
        arguments = [worked_out(part) for part in _parts(inner, ("sign", ","))]
        if name == "sum":
            return float(np.sum(arguments[0]))
        if name == "softmax":
            powers = np.exp(arguments[0])
            return powers / powers.sum(axis=0 if powers.shape[1] == 1 else 1, keepdims=True)
        if name not in _ON_NUMBERS:
            raise Unread(name)
        function = _ON_NUMBERS[name]
        if all(np.size(x) == 1 for x in arguments):
            return function(*[float(np.ravel(x)[0]) for x in arguments])
        return np.vectorize(function)(*arguments)


class _Norm:
    """‖a‖, of which only the square is ever printed."""

    def __init__(self, of: Any) -> None:
        self.of = of

    def __pow__(self, n: Any) -> float:
        assert n == 2.0
        return float(np.sum(np.square(self.of)))


def worked_out(tokens: list[Token]) -> Any:
    """The number or the matrix that tokens come to."""
    try:
        return _Reading(tokens).whole()
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise Unread(str(error)) from error


def _parts(tokens: list[Token], *between: Token) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token in between:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


# Lines


def latex_lines(text: str) -> Iterator[list[str]]:
    """The sides of each displayed equation of a LaTeX or a Markdown document."""
    for display in re.findall(r"\\\[\n(.*?)\n\\\]|\$\$\n(.*?)\n\$\$", text, re.DOTALL):
        formula = "".join(display)
        if r",\quad" in formula or formula.startswith(r"\text{…"):
            continue  # what is given, or left out
        formula = re.sub(r"\\(begin|end)\{aligned\}\n?", "", formula)
        joined = ""
        for row in formula.split(" \\\\\n"):
            row = re.sub(r"(^| )&(=|\\leftarrow) ", r" \2 ", row)
            joined += " " + re.sub(r"^ ?&(\\quad ?)*", " ", row)
        # An equation may say at its end why it holds, and a matrix has its shape there.
        joined = joined.split(r" \qquad ")[0]
        yield re.split(r" (?:=|\\leftarrow) ", joined.strip())


def html_lines(page: str) -> Iterator[list[list[Token]]]:
    """The sides of each equation of an HTML page."""
    for line in re.findall(r'<p class="line">(.*?)</p>', page, re.DOTALL):
        line = re.sub(r"<span>.*?</span>|<wbr>", "", line)
        root = ElementTree.fromstring(f"<p>{line}</p>")
        try:
            tokens = mathml_tokens([e for part in root for e in part])
        except Unread:
            continue
        yield _parts(tokens, ("sign", "="), ("sign", "←"))


def untrue_latex(text: str, digits: int) -> tuple[int, list[str]]:
    """How many sides in numbers were worked out, and those that do not give the line's result."""
    read, found = 0, []
    for left, *sides in latex_lines(text):
        some, wrong = _untrue(left, [_or_none(side) for side in sides], digits)
        read, found = read + some, found + wrong
    return read, found


def untrue_html(page: str, digits: int) -> tuple[int, list[str]]:
    """The same of an HTML page."""
    read, found = 0, []
    for left, *sides in html_lines(page):
        some, wrong = _untrue(str(left), list(sides), digits)
        read, found = read + some, found + wrong
    return read, found


def _or_none(side: str) -> list[Token] | None:
    try:
        return latex_tokens(side)
    except Unread:
        return None


def _untrue(left: str, sides: list[list[Token] | None], digits: int) -> tuple[int, list[str]]:
    if len(sides) < 2 or sides[-1] is None:
        return 0, []
    try:
        result, units = np.atleast_2d(worked_out(sides[-1])), _units(sides[-1], digits)
    except Unread:
        return 0, []
    read, found = 0, []
    for side in filter(None, sides[:-1]):
        try:
            x = np.atleast_2d(worked_out(side))
        except Unread:
            continue
        except Malformed as error:
            found.append(f"{left}: {side} cannot be read: {error}")
            continue
        read += 1
        if x.shape != result.shape or not np.all(np.abs(x - result) <= 0.5 * units * (1.0 + 1e-6)):
            found.append(f"{left}: {side} is {x.tolist()}, not {result.tolist()}")
    return read, found


def _units(tokens: list[Token], digits: int) -> Any:
    """One in the last digit of each number of a result, at least of so many digits."""
    if tokens and tokens[0][0] == "matrix":
        return np.array([[_unit(cell, digits) for cell in row] for row in tokens[0][1]])
    return np.array([[_unit(tokens, digits)]])


def _unit(tokens: list[Token], digits: int) -> float:
    value = abs(worked_out(tokens))
    if not value:
        return 2e-12
    if not math.isfinite(value):
        raise Unread("it is not finite")
    shown = next((token[1] for token in tokens if token[0] == "number"), "1")
    own = len(shown.replace(".", "").lstrip("0"))
    return float(10.0 ** (math.floor(math.log10(value)) + 1 - max(own, digits)))
