"""The explorer's drawing: `draw_dot`'s looks, with one node a value and one edge a step.

An operation is not a node of its own here: an edge leads from an operand to the value computed
with it, as a line of the ledger does.
"""

from __future__ import annotations

import re
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ..engine import Value
from ..teach.notation.wording import number
from .explorer_model import Model
from .render import Drawing
from .style import edge_attributes, literal, node_attributes, visible
from .theme import Theme

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
_NUMBER: Final = "data −1.23457e−9"  # as long as numbers of six digits are
_MARGINS: Final = {"parameter": "0.02,0.0"}  # an octagon has room in its corners


def drawing(model: Model, theme: Theme) -> str:
    """The graph as an <svg> element.

    Node i of the order has the id ``node<i>``, and edge k, counting the operands of each node
    in order, ``edge<k>``. A node has three lines: its heading, its data and its gradient, which are
    measured as wide as any number is. The page's script writes them anew.
    """
    edge = edge_attributes("plain", theme)
    dot = graphviz.Digraph(graph_attr=_LAYOUT, node_attr=_NODE, edge_attr=edge)
    index = {v: i for i, v in enumerate(model.order)}
    for v, i in index.items():
        kind = _kind(model, v)
        more = {"id": f"node{i}", "margin": _MARGINS.get(kind, "0.15,0.08")}
        label = literal(f"{visible(model.heading(v))}\n{_NUMBER}\n{_NUMBER}")
        dot.node(str(i), label, **node_attributes(kind, theme) | more)
    edges = ((operand, v) for v in model.order for operand in v.operands)
    for k, (operand, v) in enumerate(edges):
        dot.edge(str(index[operand]), str(index[v]), id=f"edge{k}")
    svg = Drawing(dot.source, "", theme).svg()
    numbers = iter(
        text
        for v, gradient in model.gradients.items()
        for text in (f"data {number(v.data)}", f"grad {number(gradient)}")
    )
    svg = re.sub(f">{_NUMBER}<", lambda _: f">{next(numbers)}<", svg)
    # A tenth of a point is enough in the outlines
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\.\d)\d+", r"\1", tag[0]), svg)
    # What the page's style says once for all of it
    return re.sub(r' (?:xml:space|font-family|font-size|role|aria-label|style)="[^"]*"', "", svg)


def _kind(model: Model, v: Value) -> str:
    if v is model.root:
        return "root"
    return "value" if v.op else "parameter" if model.is_parameter(v) else "input"
