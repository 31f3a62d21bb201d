"""A formula with the names of a graph, and its number wherever the graph is computed."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from ...engine import Value
from ...ieee import divide
from ..notation.expression import (
    Call,
    Derivative,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from ..notation.labels import Name
from ..notation.latex import Latex
from ..notation.plain import Text
from ..record.ledger import Ledger
from .folding import folded
from .reading import fold, read

_TEXT: Final = Text(digits=12)
_LATEX: Final = Latex(digits=12)
_GREEK: Final = {c: unicodedata.name(c).split()[-1].lower() for c in "αβγδεζηθκμνξπρστφχψω"}


@dataclass(frozen=True, slots=True)
class Formula:
    """What somebody typed, as it was understood.

    values       the value that each name in it stands for
    derivatives  the pair u, v that each ∂u/∂v in it stands for
    """

    typed: str
    expression: Expression
    values: Mapping[str, Value]
    derivatives: Mapping[str, tuple[Value, Value]]

    def __str__(self) -> str:
        return _TEXT.write(self.expression)

    @property
    def latex(self) -> str:
        """The same in LaTeX."""
        return _LATEX.write(self.expression)

    @property
    def is_number(self) -> bool:
        """Whether no name is in it."""
        return not self.values and not self.derivatives

    def __call__(self, numbers: Mapping[str, float]) -> float:
        """Its number, of those of its names."""
        return Context().run(_evaluated, self.expression, numbers)  # in no_grad() too


class Reader:
    """Reads formulas with the names of one graph, in any of the ways to type them."""

    def __init__(self, root: Value, names: Mapping[Value, Name]) -> None:
        self.root: Value = root
        self.names: Mapping[Value, Name] = names

    @cached_property
    def spelled(self) -> dict[str, Value]:
        """The value that each folded spelling of a name stands for."""
        found: dict[str, Value] = {}
        for v, name in self.names.items():
            for spelling in spellings(name):
                found.setdefault(spelling, v)
        return found

    def value(self, typed: str) -> Value | None:
        """The value with that name, in whichever spelling, or as ∂L/∂w; None if there is none."""
        text = _folded_or_empty(typed)
        if text in self.spelled:
            return self.spelled[text]
        pairs = self._derivatives(text)
        return pairs[text][1] if text in pairs and pairs[text][0] is self.root else None

    def read(self, typed: str) -> Formula:
        """The formula; a ValueError that says what cannot be read."""
        symbols = {s: Symbol(self.names[v], v.data) for s, v in self.spelled.items()}
        values = {self.names[v].text: v for v in self.spelled.values()}
        pairs: dict[str, tuple[Value, Value]] = {}
        text = fold(typed)
        for spelling, (u, v) in self._derivatives(text).items():
            name = Derivative(self.names[u], self.names[v])
            symbols[spelling] = Symbol(name, 0.0)
            pairs[name.text] = u, v
        expression = read(typed, symbols)
        used = {symbol.name.text for symbol in symbols_in(expression)}
        return Formula(
            typed,
            expression,
            {name: v for name, v in values.items() if name in used},
            {name: pair for name, pair in pairs.items() if name in used},
        )

    def _derivatives(self, text: str) -> dict[str, tuple[Value, Value]]:
        """Every ∂u/∂v or du/dv in a folded text, and every δ of a z."""
        known = sorted(self.spelled, key=len, reverse=True)
        either = "|".join(map(re.escape, known))
        found: dict[str, tuple[Value, Value]] = {}
        for match in re.finditer(rf"(?:∂|d)({either}) ?/ ?(?:∂|d)({either})", text):
            pair = self.spelled[match[1]], self.spelled[match[2]]
            found[match[0]] = pair
        for spelling, v in self.spelled.items():
            delta = f"δ{spelling[1:]}"
            if spelling[0] == "z" and delta not in self.spelled and delta in text:
                found[delta] = self.root, v
        return found


def spellings(name: Name) -> list[str]:
    """Every folded way to type a name: ŷ, y_hat and yhat; w^{(2)}_{31} and w_{31}^{(2)}."""
    found = [_folded_or_empty(name.text), _folded_or_empty(name.latex)]
    for spelling in list(found):
        scripts = re.fullmatch(r"(.+?)(\^\{[^}]*\})(_\{[^}]*\})", spelling)
        if scripts:
            found.append(scripts[1] + scripts[3] + scripts[2])
        letter = unicodedata.normalize("NFD", spelling[:1])
        for accent, word in (("\u0302", "hat"), ("\u0303", "tilde"), ("\u0304", "bar")):
            if letter[1:] == accent:
                found += [
                    f"{letter[0]}{word}{spelling[1:]}",
                    f"{letter[0]}_{{{word}}}{spelling[1:]}",
                ]
        if spelling[:1] in _GREEK:
            found.append(_GREEK[spelling[0]] + spelling[1:])
    return [s for s in dict.fromkeys(found) if s and not s[0].isdigit()]


def _folded_or_empty(text: str) -> str:
    try:
        return folded(text)
    except ValueError:  # a label may hold anything
        return ""


class Point:
    """A graph with its numbers, and the derivatives in it, by the names of a `Formula`.

    copies     the value of this graph for each value that a formula speaks of
    gradients  the learner's own gradients, in whose place they are given
    """

    def __init__(self, root: Value, copies: Mapping[Value, Value]) -> None:
        self.root: Value = root
        self.copies: Mapping[Value, Value] = copies
        self.gradients: dict[Value, float] = {}
        self._ledger = cache(Ledger)

    def numbers(self, formula: Formula) -> dict[str, float]:
        """The numbers of a formula's names here."""
        found = {name: self.copies[v].data for name, v in formula.values.items()}
        for name, (u, v) in formula.derivatives.items():
            if u is self.root and v in self.gradients:
                found[name] = self.gradients[v]
            else:
                found[name] = self._ledger(self.copies[u]).gradients.get(self.copies[v], 0.0)
        return found


def with_symbols(e: Expression, symbols: Mapping[float, Symbol]) -> Expression:
    """The expression with names for plain numbers."""
    return _rewritten(e, lambda x: symbols.get(x.value, x) if isinstance(x, Number) else x)


def exchanged(e: Expression, name: str, other: Symbol) -> Iterator[Expression]:
    """The expression with another symbol for that of a name: everywhere, and in each one place."""
    places = [i for i, symbol in enumerate(symbols_in(e)) if symbol.name.text == name]
    yield _exchanged_at(e, places, other)
    if len(places) > 1:
        yield from (_exchanged_at(e, [place], other) for place in places)


def _exchanged_at(e: Expression, places: list[int], other: Symbol) -> Expression:
    at = itertools.count()
    return _rewritten(e, lambda x: other if isinstance(x, Symbol) and next(at) in places else x)


def _rewritten(e: Expression, leaf: Callable[[Expression], Expression]) -> Expression:
    """The expression with each number and each symbol, from the left, replaced."""

    def each(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
        return tuple([_rewritten(part, leaf) for part in parts])

    match e:
        case Sum(parts):
            return Sum(each(parts))
        case Product(parts):
            return Product(each(parts))
        case Call(op, parts):
            return Call(op, each(parts))
        case Quotient(a, b):
            return Quotient(*each((a, b)))
        case Power(a, b):
            return Power(*each((a, b)))
        case Negative(a):
            return Negative(_rewritten(a, leaf))
        case _:
            return leaf(e)


def symbols_in(e: Expression) -> list[Symbol]:
    """Every symbol of an expression."""
    match e:
        case Symbol():
            return [e]
        case Sum(parts) | Product(parts) | Call(_, parts):
            return [symbol for part in parts for symbol in symbols_in(part)]
        case Quotient(a, b) | Power(a, b):
            return symbols_in(a) + symbols_in(b)
        case Negative(a):
            return symbols_in(a)
        case _:
            return []


def _evaluated(e: Expression, numbers: Mapping[str, float]) -> float:
    match e:
        case Number(x):
            return x
        case Symbol(name):
            return numbers[name.text]
        case Sum(terms):
            return sum(_evaluated(term, numbers) for term in terms)
        case Product(factors):
            product = 1.0
            for factor in factors:
                product *= _evaluated(factor, numbers)
            return product
        case Quotient(a, b):
            return divide(_evaluated(a, numbers), _evaluated(b, numbers))
        case Power(a, b):
            return (Value(_evaluated(a, numbers)) ** _evaluated(b, numbers)).data
        case Negative(a):
            return -_evaluated(a, numbers)
        case Call(op, arguments):
            points = [_evaluated(x, numbers) for x in arguments]
            rest = points[len(op.rules) or 1 :]
            return float(op.function(*map(Value, points[: len(op.rules) or 1]), *rest).data)
        case _:
            raise TypeError(f"a formula has no {type(e).__name__}")
