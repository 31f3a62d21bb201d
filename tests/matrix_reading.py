"""A reader of a matrix form: NumPy works out each line's formula from what was printed before.

Vectors are columns, as the text says; a symbol has to be given, or to have a line, before a line
uses it, and the shapes that stand behind the lines have to be those of the numbers.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

Numbers = Any

FUNCTIONS = {
    "tanh": np.tanh,
    "σ": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "ReLU": lambda x: np.maximum(x, 0.0),
    "ln": np.log,
    "exp": np.exp,
    "√": np.sqrt,
    "sign": np.sign,
    "sum": lambda x: np.full((1, 1), np.sum(x)),
    "diag": np.diagflat,
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(0 if x.shape[1] == 1 else 1, keepdims=True),
}
SLOPES = {
    "tanh": lambda x: 1.0 - np.tanh(x) ** 2,
    "σ": lambda x: FUNCTIONS["σ"](x) * (1.0 - FUNCTIONS["σ"](x)),
    "ReLU": lambda x: (x > 0.0).astype(float),
}


class Reader:
    """Reads a formula by recursive descent: sums, ⊙, products and quotients, matrix products."""

    def __init__(self, text: str, known: dict[str, Numbers], size: tuple[int, ...] = ()) -> None:
        self.rest, self.known, self.size = text.strip(), known, size
        self.names = sorted(known, key=len, reverse=True)

    def whole(self) -> Numbers:
        found = self.sum()
        if self.rest:
            raise ValueError(f"not read: {self.rest!r}")
        return found

    def take(self, *signs: str) -> str:
        for sign in signs:
            if self.rest.startswith(sign):
                self.rest = self.rest[len(sign) :]
                return sign
        return ""

    def sum(self) -> Numbers:
        found = -self.entrywise() if self.take("−") else self.entrywise()
        while sign := self.take(" + ", " − "):
            found = found + self.entrywise() * (1.0 if sign == " + " else -1.0)
        return found

    def entrywise(self) -> Numbers:
        found = self.product()
        while self.take(" ⊙ "):
            found = found * self.product()
        return found

    def product(self) -> Numbers:
        found = self.beside()
        while sign := self.take(" · ", " / ", "/"):
            other = self.beside()
            found = found / other if "/" in sign else found * other
        return found

    def beside(self) -> Numbers:
        found = self.raised()
        while re.match(r" (?![+−·/⊙=] )", self.rest):
            self.take(" ")
            other = self.raised()
            plain = 1 in (found.size, other.size) and found.shape[1] != other.shape[0]
            found = found * other if plain or found.size == 1 else found @ other
        return found

    def raised(self) -> Numbers:
        found = self.atom()
        while sign := self.take("ᵀ", "⁻¹", "²"):
            found = {"ᵀ": np.transpose, "⁻¹": np.linalg.inv, "²": np.square}[sign](found)
        return found

    def atom(self) -> Numbers:
        if self.take("‖"):
            inner = self.sum()
            assert self.take("‖²")
            return np.full((1, 1), (inner**2).sum())
        if self.take("|"):
            inner = self.sum()
            assert self.take("|")
            return np.abs(inner)
        if self.take("gather("):
            array, places = self.sum(), self.places()
            return array.ravel()[places]
        if self.take("scatter("):
            parts, places = self.sum(), self.places()
            whole = np.zeros(self.size)
            np.add.at(whole.ravel(), places, parts)
            return whole
        for name, function in FUNCTIONS.items():
            if self.take(f"{name}′("):
                return self.closed(SLOPES[name])
            if self.take(f"{name}("):
                return self.closed(function)
        for name in self.names:
            if self.take(name):
                return self.known[name]
        if self.take("½"):
            return np.full((1, 1), 0.5)
        if literal := re.match(r"\([−∞\d.e, ;-]+[,;][−∞\d.e, ;-]+\)", self.rest):
            self.take(literal[0])
            return matrix(literal[0])
        if number := re.match(r"−?(\d[\d.]*(e-?\d+)?|∞)", self.rest):
            self.take(number[0])
            return np.full((1, 1), plain(number[0]))
        if self.take("("):
            return self.closed(lambda x: x)
        raise ValueError(f"unknown: {self.rest!r}")

    def places(self) -> Numbers:
        assert self.take(", ")
        return self.closed(lambda x: x.astype(int) - 1)

    def closed(self, function: Any) -> Numbers:
        inner = self.sum()
        if not self.take(")"):
            raise ValueError(f"not read: {self.rest!r}")
        return function(inner)


def plain(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf").replace("½", "0.5"))


def matrix(text: str) -> Numbers:
    """The numbers of ``(1, 2; 3, 4)``; of ``(1, 2)`` a column."""
    table = np.array([[plain(x) for x in row.split(",")] for row in text.strip("()").split(";")])
    return table if ";" in text else table.T


def shaped(text: str, shape: str | None) -> Numbers:
    """A result with the shape that stands behind it."""
    found = matrix(text) if text.startswith("(") else np.full((1, 1), plain(text))
    wanted = tuple(map(int, shape.split(" × "))) if shape else (1, 1)
    return found if found.shape == wanted else found.T


RESULT = r"(\([^()]*\)|−?[\d.e-]+|−?∞|½)(?:\s+\((\d+ × \d+)\))?"


def read(text: str) -> tuple[dict[str, Numbers], list[str]]:
    """All symbols of a text with their numbers, and the lines that do not come to them."""
    known: dict[str, Numbers] = {}
    wrong: list[str] = []
    for words, count in re.findall(
        r"(𝟏[₀-₉]*) is the column of (\d+) ones", " ".join(text.split())
    ):
        known[words] = np.ones((int(count), 1))
    given, _, rest = text.partition("Given\n")[2].partition("\n\n")
    for name, numbers, shape in re.findall(rf"(\S+) = {RESULT}", given):
        known[name] = shaped(numbers, shape or None)
    for line in rest.split("\n"):
        match = re.fullmatch(rf"  (\S+) = (.*) = {RESULT}", line.rstrip())
        if not match:
            if re.match(r"  \S+ = ", line):
                wrong.append(f"not read: {line}")
            continue
        name, formulas, numbers, shape = match.groups()
        result = shaped(numbers, shape)
        sides = formulas.split(" = ")
        for side in sides[:1] if len(sides) < 2 else sides[:-1] or sides:
            try:
                found = Reader(side, known, result.shape).whole()
            except (ValueError, KeyError) as why:
                wrong.append(f"{name} = {side}: {why}")
                continue
            if found.shape != result.shape or not np.allclose(found, result, rtol=1e-9, atol=1e-12):
                wrong.append(f"{name} = {side} is {found.tolist()}, not {result.tolist()}")
        if name in known and not name.startswith("∂"):
            wrong.append(f"{name} has two lines")
        known[name] = result
    return known, wrong
