"""How a message speaks of the values of a graph: by name, in the notation of the formulas."""

from __future__ import annotations

from typing import Final

from ..engine import LEAF, Value
from ..nn import Module
from .expression import ATOM, Number, Symbol, Text
from .formula import expression, names

_TEXT: Final = Text()


class Wording:
    """The names of a graph's values (see `formula.names`), and the phrases made of them."""

    def __init__(self, root: Value, model: Module | None = None) -> None:
        self.names = names(root, model)
        self.root = root

    def name(self, v: Value) -> str:
        """The name in plain text."""
        return self.names[v].text

    def gradient(self, v: Value) -> str:
        """∂L/∂v, where L is the root of the graph."""
        return self.local(self.root, v)

    def local(self, node: Value, operand: Value) -> str:
        """∂node/∂operand."""
        return f"∂{self._atom(node)}/∂{self._atom(operand)}"

    def operation(self, node: Value) -> str:
        """The one operation that computes the node: ``w · x``, ``ln(p)``, ``x²``."""
        return _TEXT.write(expression(node, {v: self._symbol(v) for v in node.operands}))

    def line(self, node: Value) -> str:
        """The node and what computes it: ``z = w · x``."""
        return f"{self.name(node)} = {self.operation(node)}"

    def made(self, v: Value) -> str:
        """The name, and what it stands for where the reader did not give it: ``v₁ = w · x``."""
        return self.name(v) if v.label or v.op is LEAF else self.line(v)

    def argument(self, x: Value | float) -> str:
        """A Value by its name, a plain number as it is."""
        return _TEXT.write(self._symbol(x) if isinstance(x, Value) else Number(x), ATOM)

    def _atom(self, v: Value) -> str:
        return _TEXT.write(self._symbol(v), ATOM)

    def _symbol(self, v: Value) -> Symbol:
        return Symbol(self.names[v], v.data)


def number(x: float, digits: int = 6) -> str:
    """A number to that many significant digits."""
    return Text(digits).number(x)[0]
