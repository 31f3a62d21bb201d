"""The Graphviz source of a graph: values, operations and plain numbers as nodes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ..engine import Value
from ..language import say
from ..nn import live_modules
from ..teach.notation.labels import Name
from .fold import Box
from .numbers import Numbers
from .sheet import Sheet
from .style import edge_attributes, literal, visible
from .theme import Theme

_FEW: Final = 3  # numbers that a box lists
_UNORDERED: Final = ("+", "*")


class Canvas:
    """A drawing in the making, in which each Value is drawn once.

    lit  for a highlighted path, (node, position) of each operand on it; None for no highlight
    """

    def __init__(
        self,
        order: Iterable[Value],
        root: Value,
        rankdir: str,
        numbers: Numbers,
        parameters: Collection[Value],
        theme: Theme,
        width: float,
        names: Mapping[Value, Name],
        lit: Collection[tuple[Value, int]] | None = None,
    ) -> None:
        self.root = root
        self.names = names
        self.numbers = numbers
        self.theme = theme
        self.sheet: Sheet = Sheet(theme, rankdir, width)
        self.boxes: dict[Value, str] = {}  # the box that stands for a Value
        self._between_boxes: dict[str, str] = {}
        self._middles: set[str] = set()
        self._parameters = parameters
        self._lit = lit
        self._lit_nodes = {node for node, _ in lit or ()}
        self._index = {v: i for i, v in enumerate(order)}
        self._constants = 0
        flows = (abs(g) for v in self._index for g in (v.grad, *v.contributions))
        self._most = max((g for g in flows if math.isfinite(g)), default=0.0)

    def name(self, v: Value) -> str:
        """The node that stands for a Value."""
        return self.boxes.get(v) or f"v{self._index[v]}"

    def value(self, v: Value) -> None:
        """Draw a Value: its label, data and gradient."""
        if v is self.root:
            kind = "root"
        elif v.op:
            kind = "value"
        else:
            kind = "parameter" if v in self._parameters else "input"
        lines = [visible(self.names[v].text), *self.numbers.lines(v)]
        self.sheet.node(self.name(v), lines, kind)

    def operation(self, v: Value) -> None:
        """Draw the operation that computed a Value, with an edge from each of its arguments."""
        op, position = f"o{self._index[v]}", 0
        sign = str(v.op) if v.op.is_function else v.op.text
        self.sheet.node(op, [sign], "operation", ordered=v.op not in _UNORDERED)
        for argument in v.arguments:
            if isinstance(argument, Value):
                flow = v.contributions[position]
                lit = self._lit is not None and (v, position) in self._lit
                label = self.numbers.local(v, position)
                self.edge(self.name(argument), op, flow, lit, label)
                position += 1
            else:
                self.constant(argument, op)
        self.edge(op, self.name(v), v.grad, v in self._lit_nodes)

    def constant(self, x: float, head: str) -> None:
        """Draw a plain number, which has no gradient, and an edge from it."""
        name = f"c{self._constants}"
        self._constants += 1
        self.sheet.node(name, [self.numbers.text(x)], "constant")
        kind = "plain" if self._lit is None else "dim"
        more = {"style": "dashed", "arrowhead": "none", **edge_attributes(kind, self.theme)}
        self.sheet.edge(name, head, **more)

    def edge(
        self,
        tail: str,
        head: str,
        flow: float,
        lit: bool = False,
        label: str = "",
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Draw an edge, the thicker the more gradient flows back along it, or lit or dim."""
        kind = "plain" if self._lit is None else "lit" if lit else "dim"
        attributes = {**edge_attributes(kind, self.theme), **(more or {})}
        if lit:
            attributes["fontcolor"] = self.theme.lit
        width = {
            "plain": self._width(flow),
            "lit": f"{self.theme.bold:g}",
            "dim": f"{self.theme.thin:g}",
        }[kind]
        self.sheet.edge(tail, head, label, penwidth=width, **attributes)

    def box(self, name: str, box: Box) -> None:
        """Draw a folded neuron or layer: its title, inputs, outputs and their gradients."""
        outputs = box.outputs
        kind = "root" if self.root in outputs else "module"
        lines = [
            visible(box.title),
            f"in {self._some(box.inputs)}",
            f"out {self._some(outputs)}, grad {self._some([y.grad for y in outputs])}",
        ]
        self.sheet.node(name, lines, kind, title=2)
        self.boxes.update(dict.fromkeys(outputs, name))

    def _some(self, xs: Sequence[Value | float]) -> str:
        """The numbers if they are few, otherwise how many there are."""
        if len(xs) > _FEW:
            return say("{number} values", number=len(xs))
        return ", ".join(map(self.numbers.data, xs))

    def columns(self, columns: Collection[Sequence[str]], rankdir: str) -> None:
        """Stack the boxes of each column in order, and draw what follows for many edges."""
        self.sheet.attributes.update(splines="line", ranksep="1.8", nodesep="0.12")
        self.sheet.groups.extend(columns)
        sides = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}
        tail, head = sides[rankdir]
        self._middles = {column[len(column) // 2] for column in columns}
        self._between_boxes = {
            "arrowhead": "none",
            "tailport": tail,
            "headport": head,
        }

    def into_box(self, tail: str, head: str, flow: float, label: str) -> None:
        """Draw an edge into a box."""
        # Of many edges, only those to the middle of a column count in the layout, which brings
        # columns to one height: all of them together would pull the boxes of a column apart.
        weight = "0" if self._between_boxes and head not in self._middles else "1"
        self.edge(tail, head, flow, False, label, {"weight": weight, **self._between_boxes})

    def caption(self, text: str) -> None:
        """Write text under the picture."""
        # In Graphviz's labels \l ends a line and sets it to the left.
        lines = "".join(literal(line) + r"\l" for line in text.splitlines())
        self.sheet.attributes.update(label=graphviz.nohtml(lines), labelloc="b", labeljust="l")

    def _width(self, flow: float) -> str:
        """Pen width by a square root, so that a hundredth of the largest gradient is seen."""
        if not self._most or not self.numbers.tell_the_flow:
            return "1"
        share = min(abs(flow) / self._most, 1.0) if math.isfinite(flow) else 1.0
        thin, thick = self.theme.thin, self.theme.thick
        return f"{thin + (thick - thin) * math.sqrt(share):.2f}"


def module_parameters() -> set[Value]:
    """The parameters of all modules that exist now."""
    found: set[Value] = set()
    for module in live_modules():
        with suppress(Exception):  # one that cannot tell has nothing to do with this picture
            found.update(module.parameters())
    return found
