"""Nodes and edges as Graphviz text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ..ieee import float64
from ..text import is_wide
from .render import SMALLEST
from .renderers import POINTS
from .rows import MARGIN, OCTAGON, Edge, Node, in_rows
from .style import graph_attributes, literal, node_attributes, text_width
from .theme import Theme

LONG: Final = 20
"""How many characters a line has at the most whose box Graphviz' own measure always holds."""


class Sheet:
    """A picture in the making.

    width  the pixels that it should fit into; math.inf for a picture in one piece
    """

    def __init__(self, theme: Theme, rankdir: str, width: float) -> None:
        if isinstance(width, bool) or not isinstance(width, int | float) or not width > 0.0:
            raise ValueError(f"width is a number of pixels, not {width!r}")
        self.attributes: dict[str, str] = {
            "rankdir": rankdir,
            "nodesep": "0.18",
            "ranksep": "0.4",
            "pad": "0.1",
            **graph_attributes(theme),
        }
        self.groups: list[Sequence[str]] = []
        """Nodes of one rank, each in its order."""
        self._theme = theme
        self._rankdir = rankdir
        self._limit = float64(width) * POINTS / SMALLEST
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []

    def node(
        self, name: str, lines: Sequence[str], kind: str, title: int = 1, ordered: bool = False
    ) -> None:
        """Add a node of that kind with those lines of text, of which the first say what it is.

        ordered  whether its edges arrive in the order in which they are added
        """
        more = {"ordering": "in"} if ordered else {}
        self._nodes[name] = Node(lines, kind, lines[:title], more)

    def edge(self, tail: str, head: str, label: str = "", **more: str) -> None:
        """Add an edge with a text beside it."""
        self._edges.append(Edge(tail, head, label, more))

    def source(self) -> str:
        """The picture as Graphviz text."""
        theme = self._theme
        digraph = graphviz.Digraph(
            graph_attr=self.attributes,
            node_attr={
                "fontname": theme.font,
                "fontsize": f"{theme.text_size:g}",
                "margin": "0.1,0.05",
            },
            edge_attr={
                "fontname": theme.font,
                "fontsize": f"{theme.label_size:g}",
                "fontcolor": theme.soft,
                "arrowsize": "0.6",
            },
        )
        for group in self.groups:
            with digraph.subgraph(graph_attr={"rank": "same"}) as same:
                for above, below in pairwise(group):
                    same.edge(above, below, style="invis", weight="50")
        nodes: Mapping[str, Node] = self._nodes
        edges: Sequence[Edge] = self._edges
        if self._rankdir in ("LR", "RL") and not self.groups and math.isfinite(self._limit):
            nodes, edges = in_rows(nodes, edges, self._limit, theme)
        for name, node in nodes.items():
            attributes = {**node_attributes(node.kind, theme), **node.more}
            if any(map(_needs_room, node.lines)):
                attributes["width"] = self._inches(node)  # Graphviz takes them for narrower
            digraph.node(name, literal("\n".join(node.lines)), **attributes)
        for edge in edges:
            label = literal(f" {edge.label} ") if edge.label else ""
            digraph.edge(edge.tail, edge.head, label, **edge.more)
        text: str = digraph.source
        return text

    def _inches(self, node: Node) -> str:
        points = max(text_width(line, self._theme.text_size) for line in node.lines) + MARGIN
        return f"{points * (OCTAGON if node.kind == 'parameter' else 1.0) / 72.0:.2f}"


def _needs_room(line: str) -> bool:
    """Whether a line has Chinese in it, or is so long that another font than Helvetica, where a
    machine has that in its place, would write it beyond its box."""
    return len(line) > LONG or is_wide(line)
