"""The explorer's drawing: `draw_dot`'s looks, with one node a value and one edge a step.

An operation is not a node of its own here: an edge leads from an operand to the value computed
with it, as a line of the ledger does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ..engine import Value
from .dot import module_parameters
from .render import Drawing
from .style import edge_attributes, literal, node_attributes, visible

_LAYOUT: Final = {
    "rankdir": "LR",
    "bgcolor": "transparent",
    "nodesep": "0.3",
    "ranksep": "1.1",  # room for a number beside an edge
    # The search for the best places stops early: a tangle of 300 nodes would take seconds.
    "nslimit": "2",
    "nslimit1": "2",
    "mclimit": "0.5",
}
_NODE: Final = {"fontname": "Helvetica", "fontsize": "14"}
_NUMBER: Final = "data −1.23457e-9"  # as long as numbers of six digits are
_MARGINS: Final = {"parameter": "0.02,0.0"}  # an octagon has room in its corners


def drawing(order: list[Value], titles: Mapping[Value, str]) -> str:
    """The graph of `order` (operands first, root last) as an <svg> element.

    Node i of the order has the id ``node<i>``, and edge k, counting the operands of each node
    in order, ``edge<k>``. A node has three lines: its title, its data and its gradient. They are
    measured here, as wide as the title and as any number, and left blank: the page's script
    writes them, as text, so that no label ever becomes markup.
    """
    dot = graphviz.Digraph(graph_attr=_LAYOUT, node_attr=_NODE, edge_attr=edge_attributes("plain"))
    parameters = module_parameters()
    index = {v: i for i, v in enumerate(order)}
    for v, i in index.items():
        leaf = "parameter" if v in parameters else "input"
        kind = "root" if i == len(order) - 1 else "value" if v.op else leaf
        label = literal(f"{visible(titles[v])}\n{_NUMBER}\n{_NUMBER}")
        dot.node(
            str(i),
            label,
            **node_attributes(kind) | {"id": f"node{i}", "margin": _MARGINS.get(kind, "0.15,0.08")},
        )
    edges = ((operand, v) for v in order for operand in v.operands)
    for k, (operand, v) in enumerate(edges):
        dot.edge(str(index[operand]), str(index[v]), id=f"edge{k}")
    svg = Drawing(dot.source, "").svg()
    svg = re.sub(r"(<text [^>]*>)[^<]*", r"\1", svg)
    svg = re.sub(r"(\.\d)\d+", r"\1", svg)  # a tenth of a point is enough
    # What the page's style says once for all of it
    return re.sub(r' (?:xml:space|font-family|font-size|role|aria-label|style)="[^"]*"', "", svg)
