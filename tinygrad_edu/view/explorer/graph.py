"""The explorer's drawing: `draw_dot`'s looks, with one node a value and one edge a step.

An operation is not a node of its own here: an edge leads from an operand to the value computed
with it, as a line of the ledger does.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ...engine import Value
from ...language import say
from ...teach.notation.wording import number
from ..render import Drawing
from ..style import edge_attributes, literal, node_attributes, visible
from ..theme import Theme
from .fold import Group, Member
from .model import Model

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
FEW: Final = 12
"""How many members of an outer group are drawn beside an open one; of more, its neighbours only."""

_NUMBER: Final = "data −1.23457e−9"  # as long as numbers of six digits are
_MARGINS: Final = {"parameter": "0.02,0.0"}  # an octagon has room in its corners


def drawing(model: Model, theme: Theme) -> str:
    """The whole graph as an <svg> element.

    Node i of the order has the id ``node<i>``, and edge k, counting the operands of each node
    in order, ``edge<k>``. A node has three lines: its heading, its data and its gradient, which are
    measured as wide as any number is. The page's script writes them anew.
    """
    return _finished(whole(model, theme), model, model.order, theme)


def whole(model: Model, theme: Theme) -> graphviz.Digraph:
    """The source of that drawing."""
    dot = _digraph(theme)
    for v in model.order:
        _draw_value(dot, model, v, theme)
    edges = ((operand, v) for v in model.order for operand in v.operands)
    for k, (operand, v) in enumerate(edges):
        dot.edge(f"node{model.index[operand]}", f"node{model.index[v]}", id=f"edge{k}")
    return dot


def folded_drawing(model: Model, opened: Group, theme: Theme) -> str:
    """The graph with one group open, and those that it is in; the others are boxes.

    Of an outer group with many members, only those are drawn that have an edge to the open one.

    Box k has the id ``group<k>``, the frame around an open group ``open<k>``, and an edge from one
    node or box to another both their ids.
    """
    dot = _digraph(theme)
    path, near = opened.path, _beside(model, opened)
    place: dict[Value, str] = {}

    def draw(into: graphviz.Digraph, group: Group) -> None:
        for m in group.members:
            if group is not opened and len(group.members) > FEW and m not in near:
                continue
            if isinstance(m, Value):
                place[m] = _draw_value(into, model, m, theme)
            elif m in path:
                k = model.number[m]
                frame = graphviz.Digraph(f"cluster{k}", graph_attr=_frame(m, k, theme))
                draw(frame, m)
                into.subgraph(frame)
            else:
                name = f"group{model.number[m]}"
                size = say("{number} values", number=m.size)
                label = literal(f"{visible(m.title)}\n{size}\n{_NUMBER}\n{_NUMBER}")
                into.node(name, label, **node_attributes("module", theme) | {"id": name})
                place.update(dict.fromkeys(m.values(), name))

    draw(dot, path[0])
    edges = dict.fromkeys((place[x], place[v]) for v in place for x in v.operands if x in place)
    for tail, head in edges:
        if tail != head:
            dot.edge(tail, head, id=f"{tail}-{head}")
    return _finished(dot, model, [], theme)


def packed(text: str) -> str:
    """A text as the page unpacks it: compressed, in letters."""
    return base64.b64encode(zlib.compress(text.encode(errors="replace"), 9)).decode()


def _beside(model: Model, opened: Group) -> set[Member]:
    """What an open group has edges to and from, and what those are in; and what it is in itself."""
    inside = set(opened.values())
    beside = {x for v in inside for x in (*v.operands, *model.users.get(v, ()))} - inside
    return {*opened.path, *beside, *(g for v in beside for g in model.home[v].path)}


def _digraph(theme: Theme) -> graphviz.Digraph:
    edge = edge_attributes("plain", theme)
    return graphviz.Digraph(graph_attr=_LAYOUT, node_attr=_NODE, edge_attr=edge)


def _frame(group: Group, k: int, theme: Theme) -> dict[str, str]:
    return {
        "id": f"open{k}",
        "label": literal(visible(group.title)),
        "fontname": "Helvetica",
        "fontsize": "14",
        "fontcolor": theme.soft,
        "color": theme.module.line,
        "style": "rounded,dashed",
    }


def _draw_value(dot: graphviz.Digraph, model: Model, v: Value, theme: Theme) -> str:
    kind, name = _kind(model, v), f"node{model.index[v]}"
    more = {"id": name, "margin": _MARGINS.get(kind, "0.15,0.08")}
    label = literal(f"{visible(model.heading(v))}\n{_NUMBER}\n{_NUMBER}")
    dot.node(name, label, **node_attributes(kind, theme) | more)
    return name


def _finished(dot: graphviz.Digraph, model: Model, shown: list[Value], theme: Theme) -> str:
    """The SVG, with the numbers of the values that are shown."""
    svg = re.sub("<style>.*?</style>", "", Drawing(dot.source, "", theme).svg())  # the page has it
    # A tenth of a point is enough in the outlines
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\.\d)\d+", r"\1", tag[0]), svg)
    numbers = iter(
        text
        for v in shown
        for text in (f"data {number(v.data)}", f"grad {number(model.gradients[v])}")
    )
    svg = re.sub(f">{_NUMBER}<", lambda _: f">{next(numbers, '')}<", svg)
    # What the page's style says once for all of it
    return re.sub(r' (?:xml:space|font-family|font-size|role|aria-label|style)="[^"]*"', "", svg)


def _kind(model: Model, v: Value) -> str:
    if v is model.root:
        return "root"
    return "value" if v.op else "parameter" if model.is_parameter(v) else "input"
