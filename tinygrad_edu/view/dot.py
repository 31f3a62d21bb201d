"""The Graphviz source of a graph: values, operations and plain numbers as nodes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ..engine import Value
from ..nn import live_modules
from .style import (
    EDGES,
    INK,
    MUTED,
    PAPER,
    edge_attributes,
    literal,
    node_attributes,
    shown,
    visible,
)

_SIGNS: Final = {"*": "×", "-": "−", "/": "÷", "neg": "−", "**": "xⁿ"}
_UNORDERED: Final = ("+", "*")
_SEARCH: Final = {"nslimit": "2", "nslimit1": "2", "mclimit": "0.5"}
"""Stop the search for the best places early: a tangle of 300 nodes would take seconds."""


class Canvas:
    """A drawing in the making, in which each Value is drawn once.

    lit  for a highlighted path, (node, position) of each operand on it; None for no highlight
    """

    def __init__(
        self,
        order: Iterable[Value],
        root: Value,
        rankdir: str,
        precision: int,
        parameters: Collection[Value],
        lit: Collection[tuple[Value, int]] | None = None,
    ) -> None:
        self.root = root
        self.precision = precision
        self.digraph = graphviz.Digraph(
            graph_attr={
                "rankdir": rankdir,
                "bgcolor": PAPER[0],
                "nodesep": "0.18",
                "ranksep": "0.42",
                "fontname": "Helvetica",
                "fontsize": "11",
                "fontcolor": INK[0],
                "pad": "0.1",
                **_SEARCH,
            },
            node_attr={"fontname": "Helvetica", "fontsize": "11", "margin": "0.1,0.05"},
            edge_attr={
                "fontname": "Helvetica",
                "fontsize": "10",
                "fontcolor": MUTED[0],
                "arrowsize": "0.6",
            },
        )
        self._parameters = parameters
        self._lit = lit
        self._lit_nodes = {node for node, _ in lit or ()}
        self._index = {v: i for i, v in enumerate(order)}
        self._constants = 0
        flows = (abs(g) for v in self._index for g in (v.grad, *v.contributions))
        self._most = max((g for g in flows if math.isfinite(g)), default=0.0)

    def name(self, v: Value) -> str:
        """The node of a Value."""
        return f"v{self._index[v]}"

    def value(self, v: Value) -> None:
        """Draw a Value: its label, data and gradient."""
        if v is self.root:
            kind = "root"
        elif v.op:
            kind = "value"
        else:
            kind = "parameter" if v in self._parameters else "input"
        lines = [visible(v.label)] if v.label else []
        lines += [f"data {self.number(v.data)}", f"grad {self.number(v.grad)}"]
        self.digraph.node(self.name(v), literal("\n".join(lines)), **node_attributes(kind))

    def operation(self, v: Value) -> None:
        """Draw the operation that computed a Value, with an edge from each of its arguments."""
        op, position = f"o{self._index[v]}", 0
        more = {} if v.op in _UNORDERED else {"ordering": "in"}
        sign = literal(_SIGNS.get(v.op, str(v.op)))
        self.digraph.node(op, sign, **node_attributes("operation"), **more)
        for argument in v.arguments:
            if isinstance(argument, Value):
                flow = v.contributions[position]
                lit = self._lit is not None and (v, position) in self._lit
                label = self.number(v.local_grads[position])
                self.edge(self.name(argument), op, flow, lit, label)
                position += 1
            else:
                self.constant(argument, op)
        self.edge(op, self.name(v), v.grad, v in self._lit_nodes)

    def constant(self, x: float, head: str) -> None:
        """Draw a plain number, which has no gradient, and an edge from it."""
        name = f"c{self._constants}"
        self._constants += 1
        self.digraph.node(name, literal(self.number(x)), **node_attributes("constant"))
        kind = "plain" if self._lit is None else "dim"
        self.digraph.edge(name, head, style="dashed", arrowhead="none", **edge_attributes(kind))

    def edge(self, tail: str, head: str, flow: float, lit: bool = False, label: str = "") -> None:
        """Draw an edge, the thicker the more gradient flows back along it."""
        kind = "plain" if self._lit is None else "lit" if lit else "dim"
        more = {"fontcolor": EDGES["lit"][0]} if lit else {}
        self.digraph.edge(
            tail,
            head,
            literal(label and f" {label} "),
            penwidth=self._width(flow),
            **edge_attributes(kind),
            **more,
        )

    def caption(self, text: str) -> None:
        """Write text under the picture."""
        # In Graphviz's labels \l ends a line and sets it to the left.
        lines = "".join(literal(line) + r"\l" for line in text.splitlines())
        self.digraph.graph_attr.update(label=graphviz.nohtml(lines), labelloc="b", labeljust="l")

    def number(self, x: float) -> str:
        """A number as this drawing shows it."""
        return shown(x, self.precision)

    def _width(self, flow: float) -> str:
        """Pen width by a square root, so that a hundredth of the largest gradient is seen."""
        if not self._most:
            return "1"
        share = min(abs(flow) / self._most, 1.0) if math.isfinite(flow) else 1.0
        return f"{0.8 + 3.7 * math.sqrt(share):.2f}"


def module_parameters() -> set[Value]:
    """The parameters of all modules that exist now."""
    return {p for module in live_modules() for p in module.parameters()}
