"""Cutting a graph that is too wide for a page into rows, like a line of text between words.

What a row needs from a row above stands in it once more, dashed, by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Final

from ..language import say
from .style import text_width
from .theme import Theme

MARGIN: Final = 14.4  # points of a node's, left and right together
OCTAGON: Final = 1.3  # of the text in it, its width
_GAPS: Final = 4 * 14.4  # points between the ranks of a step: value, label, operation, value


@dataclass(frozen=True, slots=True)
class Node:
    """Lines of text, of which those in `title` say what it is, drawn as a kind of node."""

    lines: Sequence[str]
    kind: str
    title: Sequence[str]
    more: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge with a text beside it."""

    tail: str
    head: str
    label: str
    more: Mapping[str, str]


def in_rows(
    nodes: Mapping[str, Node], edges: Sequence[Edge], limit: float, theme: Theme
) -> tuple[Mapping[str, Node], Sequence[Edge]]:
    """The nodes and edges, cut into as many rows as it takes to be no wider than so many points."""
    step = _steps(nodes, edges)
    row = _rows(_ranks(nodes, edges, step, theme), limit)
    if not row or row[-1] == 0:
        return nodes, edges
    here = {name: row[i] for name, i in step.items()}
    computed = {edge.head for edge in edges}
    found, cut = dict(nodes), []
    for edge in edges:
        tail, place = edge.tail, step[edge.head]
        # Also a leaf that is used at several steps of a row: it would pull them to each other.
        is_above = here[tail] != here[edge.head]
        if is_above or (tail not in computed and step[tail] != place):
            title = nodes[tail].title
            remark = say("from above") if is_above else say("repeated")
            tail = f"{tail}_{place}"
            found[tail] = Node([*title, remark], "elsewhere", title, {})
            here[tail] = here[edge.head]
        cut.append(Edge(tail, edge.head, edge.label, edge.more))
    # Graphviz stacks parts that are not connected from below, in the order of their nodes.
    return dict(sorted(found.items(), key=lambda node: -here[node[0]])), cut


def _steps(nodes: Mapping[str, Node], edges: Sequence[Edge]) -> dict[str, int]:
    """The step at which each node is computed, as late as possible, so that it is beside its use.

    An operation has the step of its result, a leaf that of its first use.
    """
    heads: dict[str, list[str]] = {name: [] for name in nodes}
    leaves = set(nodes)
    for edge in edges:
        heads[edge.tail].append(edge.head)
        leaves.discard(edge.head)
    step: dict[str, int] = {}
    for name in TopologicalSorter(heads).static_order():  # heads first
        takes = 0 if nodes[name].kind == "operation" or name in leaves else 1
        step[name] = min((step[head] for head in heads[name]), default=0) - takes
    first = min(step.values())
    return {name: i - first for name, i in step.items()}


@dataclass
class _Rank:
    """About how wide the widest of each is at one step, in points."""

    before: float = 0.0  # what its operations take
    label: float = 0.0
    operation: float = 0.0
    result: float = 0.0

    @property
    def width(self) -> float:
        return self.before + self.label + self.operation + _GAPS


def _ranks(
    nodes: Mapping[str, Node], edges: Sequence[Edge], step: Mapping[str, int], theme: Theme
) -> list[_Rank]:
    ranks = [_Rank() for _ in range(max(step.values()) + 1)]
    widths = {}
    for name, node in nodes.items():
        width = max(text_width(line, theme.text_size) for line in node.lines) + MARGIN
        widths[name] = width = width * OCTAGON if node.kind == "parameter" else width
        rank = ranks[step[name]]
        if node.kind == "operation":
            rank.operation = max(rank.operation, width)
        else:
            rank.result = max(rank.result, width)
    for edge in edges:
        rank = ranks[step[edge.head]]
        rank.label = max(rank.label, text_width(edge.label, theme.label_size))
        if nodes[edge.tail].kind != "operation":
            rank.before = max(rank.before, widths[edge.tail])
    return ranks


def _rows(ranks: Sequence[_Rank], limit: float) -> list[int]:
    """The row of each step, in the fewest rows that are narrow enough, about equally wide."""
    total = sum(rank.width for rank in ranks)
    row: list[int] = []
    for count in range(1, len(ranks) + 1):
        row, used = [], 0.0
        for rank in ranks:
            row.append(min(int((used + rank.width / 2.0) / total * count), count - 1))
            used += rank.width
        if _width(ranks, row) <= limit:
            break
    return row


def _width(ranks: Sequence[_Rank], row: Sequence[int]) -> float:
    """About how wide rows are together: they share their columns."""
    columns: list[_Rank] = []
    column = 0
    for i, rank in enumerate(ranks):
        column = column + 1 if i and row[i] == row[i - 1] else 0
        if column == len(columns):
            columns.append(_Rank())
        widest = columns[column]
        widest.before = max(widest.before, rank.before)
        widest.label = max(widest.label, rank.label)
        widest.operation = max(widest.operation, rank.operation)
        widest.result = max(widest.result, rank.result)
    return sum(rank.width for rank in columns) + columns[-1].result
