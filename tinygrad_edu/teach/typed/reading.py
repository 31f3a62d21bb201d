r"""Reading a formula that somebody typed: a parser of folded text, with the names of a graph.

    sum      = term {("+" | "-") term}
    term     = factor {["*" | "/"] factor}           2(a - y)x is a product too
    factor   = ["+" | "-"] factor | power
    power    = atom ["^" exponent]                   -x² is -(x²)
    atom     = number | name | function ["'"] ["^" exponent] argument | "(" sum ")" | "|" sum "|"

Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from ...engine import Value
from ...ops import OPS, Op
from ..notation.expression import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    sum_of,
)
from .folding import DEEPEST, folded
from .unread import Unread

LONGEST: Final = 2000
"""The most characters of a formula."""

SHOWN: Final = 60
"""How many characters of what cannot be read are shown."""

CONSTANTS: Final = {"π": math.pi, "pi": math.pi, "e": math.e}

FUNCTIONS: Final[dict[str, Op]] = {
    **{folded(word): op for op in OPS.values() if op.is_function for word in (op, op.text)},
    "√": OPS["sqrt"],
    "sigma": OPS["sigmoid"],
    "max": OPS["maximum"],
    "min": OPS["minimum"],
    "sgn": OPS["sign"],
    "lg": OPS["log10"],
}
"""How functions are typed, folded as all that is typed, and which operation each is."""

_POWER_OF_TEN: Final = re.compile(r"[eE][-+]\d+(?![\w.])")
"""The e-1 of 2 e-1, which may be 0.2 or 2e − 1."""
_NUMBER: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_UNKNOWN: Final = re.compile(r"\w[\u0300-\u036f\u20d7']*(?:\^\{\([^}]*\}|_\{[^}]*\}|\[\d+\])*|.")


def read(text: str, symbols: Mapping[str, Symbol]) -> Expression:
    """The formula as an expression.

    symbols  what each folded name stands for; ∂u/∂v is a name like any other

    A ValueError that says what cannot be read, and where.
    """
    folded_text = fold(text)
    try:
        return _Parser(folded_text, symbols).whole()
    except Unread as why:
        raise Unread("“{text}” cannot be read: {why}", text=_short(text), why=why) from None


def fold(text: str) -> str:
    """What is typed, folded; a ValueError where it is too long or cannot be."""
    if len(text) > LONGEST:
        raise Unread("a formula has at most {number} characters", number=LONGEST)
    try:
        return folded(text)
    except Unread as why:
        raise Unread("“{text}” cannot be read: {why}", text=_short(text), why=why) from None


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


class _Parser:
    def __init__(self, text: str, symbols: Mapping[str, Symbol]) -> None:
        self.text, self.symbols, self.i, self.depth = text, symbols, 0, 0
        words = {*symbols, *FUNCTIONS, *CONSTANTS}
        self.words = sorted(words, key=lambda word: (-len(word), word))

    def whole(self) -> Expression:
        found = self.sum()
        if self.peek():
            self._complain()
        return found

    # Characters and words

    def peek(self) -> str:
        while self.text[self.i : self.i + 1] == " ":
            self.i += 1
        return self.text[self.i : self.i + 1]

    def takes(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.i += 1
        return True

    def expect(self, character: str) -> None:
        if not self.takes(character):
            if self.peek() == ",":
                self._complain()
            if not self.peek():
                raise Unread("“{character}” is missing at the end", character=character)
            rest = _short(self.text[self.i :])
            raise Unread("“{character}” is missing before “{rest}”", character=character, rest=rest)

    def word(self) -> str:
        """The longest name, function or constant that begins here; empty if there is none."""
        for word in self.words:
            if self.text.startswith(word, self.i):
                after = self.text[self.i + len(word) : self.i + len(word) + 1]
                if after not in ("_", "[", "\u0302"):
                    return word
        return ""

    def _complain(self) -> None:
        found = _UNKNOWN.match(self.text, self.i)
        what = found[0] if found else self.text[self.i :]
        if what == ",":
            raise Unread("a decimal is written with a point, and a comma is not expected there")
        rest = self.text[self.i + len(what) :]
        if what in ("d", "∂") and rest.startswith(("/d", "/∂")):
            text = what + rest[:3]
            raise Unread("{text} alone is no number: write σ'(z) or ∂a/∂z", text=text)
        if what == "=":
            raise Unread("“=” is not expected there: write what is on its right")
        if not what[0].isalpha() and rest:
            rest = _short(rest)
            raise Unread("“{text}” is not expected there, before “{rest}”", text=what, rest=rest)
        if not what[0].isalpha():
            raise Unread("“{text}” is not expected there", text=what)
        names = list(dict.fromkeys(s.name.text for s in self.symbols.values()))
        plain = [name for name in names if not name.startswith("∂")]
        shown = ", ".join(plain[:12]) + (", …" if len(plain) > 12 else "")
        raise Unread(
            "{text} is no name of this graph; there are {names}", text=what, names=shown or "–"
        )

    def _allow(self, depth: int) -> None:
        if depth > DEEPEST:
            raise Unread("the brackets are nested more than {number} deep", number=DEEPEST)

    # The grammar

    def sum(self) -> Expression:
        terms = [self.term()]
        while (sign := self.peek()) and sign in "+-":
            self.i += 1
            term = self.term()
            terms.append(Negative(term) if sign == "-" else term)
        return sum_of(terms)

    def term(self) -> Expression:
        found, quotients = self.factor(), 0
        while True:
            if self.takes("/"):
                quotients += 1
                self._allow(self.depth + quotients)
                found = Quotient(found, self.factor())
            elif self.takes("*") or self._begins_factor():
                more = self.factor()
                before = found.factors if isinstance(found, Product) else (found,)
                found = Product((*before, more))
            else:
                return found

    def _begins_factor(self) -> bool:
        c = self.peek()
        return bool(c) and c not in "+-)}|,^*/'=" and (c in "({.√" or c.isdigit() or c.isalpha())

    def factor(self) -> Expression:
        negative = False
        while (sign := self.peek()) and sign in "+-":
            self.i += 1
            negative ^= sign == "-"
        found = self.power()
        if not negative:
            return found
        return Number(-found.value) if isinstance(found, Number) else Negative(found)

    def power(self) -> Expression:
        self.depth += 1
        self._allow(self.depth)
        base = self.atom()
        found = Power(base, self.exponent()) if self.takes("^") else base
        self.depth -= 1
        return found

    def exponent(self) -> Expression:
        if not self.takes("{"):
            return self.factor()
        self.depth += 1
        self._allow(self.depth)
        found = self.sum()
        self.expect("}")
        found = Power(found, self.exponent()) if self.takes("^") else found
        self.depth -= 1
        return found

    def atom(self) -> Expression:
        for opening, closing in ("()", "{}", "[]"):
            if self.takes(opening):
                found = self.sum()
                self.expect(closing)
                return found
        if self.takes("|"):
            found = self.sum()
            self.expect("|")
            return Call(OPS["abs"], (found,))
        if not self.peek():
            raise Unread("something is missing at the end")
        number = _NUMBER.match(self.text, self.i)
        if number:
            self.i = number.end()
            if self.peek() == "." or self.peek().isdigit():
                rest = _short(self.text[self.i :])
                raise Unread("the number ends before “{rest}”: write * for a product", rest=rest)
            if power := _POWER_OF_TEN.match(self.text, self.i):
                raise Unread(
                    "the number ends before “{power}”: close the gap, or write *", power=power[0]
                )
            return Number(float(number[0]))
        word = self.word()
        if not word:
            self._complain()
        self.i += len(word)
        if word in self.symbols:
            return self.symbols[word]
        return Number(CONSTANTS[word]) if word in CONSTANTS else self.function(word)

    def function(self, word: str) -> Expression:
        op = FUNCTIONS[word]
        if self.takes("'"):
            op = derivative(op)
            if self.peek() == "'":
                raise Unread(
                    "{word}″ is a second derivative, which no gradient has in it", word=word
                )
        raised = self.exponent() if self.takes("^") else None
        if raised == Number(-1.0):
            raise Unread(
                "{word}⁻¹ may be the inverse function: write 1/{word}(…) if not", word=word
            )
        if self.takes("("):
            arguments = [self.sum()]
            while self.takes(","):
                arguments.append(self.sum())
            self.expect(")")
        elif self.peek() and (self._begins_factor() or self.peek() == "|"):
            arguments = [self.power()]
        else:
            raise Unread("{word} has no argument: write {word}(…)", word=word)
        most = max(op.arity, 1)
        if len(arguments) > most or (len(arguments) < most and op.arity == len(op.rules)):
            raise Unread(
                "{word} takes 1 argument, not {given}"
                if most == 1
                else "{word} takes {number} arguments, not {given}",
                word=word,
                number=most,
                given=len(arguments),
            )
        found: Expression = Call(op, tuple(arguments))
        return found if raised is None else Power(found, raised)


def derivative(op: Op) -> Op:
    """σ′ as an operation: the derivative of a function of one number."""
    if op.arity != 1:
        raise Unread(
            "{word}′ is not one function: {word} takes {number} arguments",
            word=op,
            number=op.arity,
        )
    found = str.__new__(Op, f"{op}′")
    found.text, found.latex = f"{op.text}′", f"{op.latex}'"
    found.arity, found.rules, found.is_function = 1, op.rules, True

    def slope(x: Value) -> Value:
        return Value(op.function(Value(x.data)).local_grads[0])

    found.function = slope
    return found
