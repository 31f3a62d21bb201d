"""How a message speaks of the values of a graph, in the notation of the formulas."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Final

from ...engine import Value
from ...language import say
from ...nn import Module
from ...ops import LEAF
from ..record.direct import is_direct
from .expression import Expression, Number, Symbol
from .formula import expression, names
from .labels import Name
from .plain import Text
from .writing import ATOM

_TEXT: Final = Text()
_SHORT: Final = 24  # characters of an expression that may stand for a value without a label
_LONG: Final = 48  # and of one that explains a value
_FEW: Final = 6  # operations in either


class Wording:
    """The names of a graph's values (see `formula.names`), and the phrases made of them.

    A value that the reader gave no label is called by its expression, ``(60 − ŷ)²``, where that
    is short, and otherwise by its name, with what it stands for.
    """

    def __init__(self, root: Value, model: Module | None = None) -> None:
        self.root = root
        self.names: dict[Value, Name] = names(root, model)
        self._lines: dict[Value, str] = {}

    def of(self, copies: Mapping[Value, Value]) -> Wording:
        """The same words for a copy of the graph, in which each value has a counterpart."""
        words = copy.copy(self)
        words.root = copies[self.root]
        words.names = {copies[v]: name for v, name in self.names.items()}
        words._lines = {copies[v]: line for v, line in self._lines.items()}
        return words

    def name(self, v: Value) -> str:
        """The name in plain text."""
        return self.names[v].text

    def say(self, v: Value | float) -> str:
        """A value's label, its short expression or else its name; a plain number as it is."""
        return _TEXT.write(self._expression(v))

    def line(self, node: Value) -> str:
        """The node and what computes it: ``z = w · x``."""
        if node not in self._lines:
            named = self._is_known(node) or self.say(node) == self.name(node)
            made = f"{self.name(node)} = {self.operation(node)}" if named else self.say(node)
            self._lines[node] = made
        return self._lines[node]

    def made(self, v: Value) -> str:
        """What to call a value so that the reader knows it: ``z``, ``w · x``, ``v₁ = …``."""
        return self.name(v) if self._is_known(v) else self.line(v)

    def operation(self, node: Value) -> str:
        """What computes the node: ``w · x``, ``(60 − ŷ)²``."""
        one_step = {v: self._symbol(v) for v in node.operands}
        return _TEXT.write(self._written_out(node, _LONG) or expression(node, one_step))

    def gradient(self, v: Value) -> str:
        """∂L/∂v, where L is the root of the graph."""
        return self._derivative("∂", self.root, v)

    def local(self, node: Value, operand: Value) -> str:
        """∂node/∂operand, or ∂⁺node/∂operand where the operand reaches the node on other ways."""
        return self._derivative("∂⁺" if is_direct(node, operand) else "∂", node, operand)

    def _derivative(self, sign: str, node: Value, by: Value) -> str:
        above, below = (_TEXT.write(self._expression(v), ATOM) for v in (node, by))
        return f"{sign}{above}/∂{below}"

    def _is_known(self, v: Value) -> bool:
        return bool(v.label) or v.op is LEAF or v is self.root

    def _symbol(self, v: Value) -> Symbol:
        return Symbol(self.names[v], v.data)

    def _expression(self, v: Value | float) -> Expression:
        if not isinstance(v, Value):
            return Number(v)
        short = None if self._is_known(v) else self._written_out(v, _SHORT)
        return short or self._symbol(v)

    def _written_out(self, node: Value, longest: int) -> Expression | None:
        """The node in terms of what the reader knows, or None where that is long."""
        inside, edge = [node], dict[Value, Symbol]()
        for inner in inside:  # grows as it goes
            for v in inner.operands:
                if self._is_known(v):
                    edge[v] = self._symbol(v)
                elif v not in inside:
                    inside.append(v)
            if len(inside) > _FEW:
                return None
        whole = expression(node, edge)
        return whole if len(_TEXT.write(whole)) <= longest else None


def number(x: float, digits: int = 6) -> str:
    """A number to that many significant digits."""
    return Text(digits).number(x)[0]


def bracketed(x: float) -> str:
    """A number as a term or factor after another one: in brackets if it is negative."""
    return f"({number(x)})" if x < 0.0 else number(x)


def explained(text: str) -> str:
    """A text, and what ∂⁺ stands for if it is in it."""
    if "∂⁺" not in text:
        return text
    meaning = say("∂⁺ is a direct derivative, the other operands being held fixed.")
    return f"{text}\n{meaning}"
