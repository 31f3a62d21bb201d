"""The explorer's steps as a film: a frame for each, with the page's drawing, names and colours."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from xml.etree import ElementTree

from ...engine import Value
from ...language import say
from ...teach.notation.wording import number
from ...teach.record.ledger import Entry, Ledger
from .. import renderers
from ..film import NEEDS, Film
from ..frames import SVG, contribution, light, text_of
from ..notebook import still
from ..style import literal, visible
from ..theme import Theme
from .graph import whole
from .model import Model

LONGEST: Final = 150
"""The most frames of a film: beyond, nobody follows it."""

By = Literal["edge", "node", "layer"]

_WIDEST: Final = 1600.0  # pixels
_PIXELS: Final = 1.5
_LONGEST: Final = 100  # letters of a line
_LISTED: Final = 4  # lines of a caption that tells of many operations or contributions

Item = TypeVar("Item")


@dataclass(frozen=True)
class Steps:
    """What the page's steps do, in their order (see ``page/schedule.js``)."""

    forward: list[list[Value]]
    backward: list[list[Entry]]

    @staticmethod
    def of(model: Model, by: By) -> Steps:
        """The steps of a graph, an edge, a node or a layer at a time."""
        operations = [v for v in model.order if v.op]
        entries = list(Ledger(model.root))
        if by == "edge":
            return Steps([[v] for v in operations], [[entry] for entry in entries])
        if by == "node":
            return Steps([[v] for v in operations], _grouped(entries, lambda e: e.node))
        height: dict[Value, int] = {}
        for v in model.order:
            height[v] = max((height[x] + 1 for x in v.operands), default=0)
        depth = dict.fromkeys(model.order, 0)
        for v in reversed(model.order):
            for x in v.operands:
                depth[x] = max(depth[x], depth[v] + 1)
        forward = _grouped(operations, height.__getitem__)
        backward = _grouped(entries, lambda e: depth[e.node])
        forward.sort(key=lambda group: height[group[0]])
        backward.sort(key=lambda group: depth[group[0].node])
        return Steps(forward, backward)

    @property
    def last(self) -> int:
        """The number of the last step; the first is 0."""
        return len(self.forward) + 1 + len(self.backward)


def _grouped(items: Sequence[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def film_of(model: Model, by: By, seconds: float, theme: Theme) -> Film:
    """The film of a graph's steps."""
    if by not in ("edge", "node", "layer"):
        raise ValueError(f"a step is an edge, a node or a layer, not {by!r}")
    film = Film(say("{name}, step by step", name=model.name(model.root)), seconds)
    steps = Steps.of(model, by)
    if steps.last >= LONGEST:
        wider = "" if by == "layer" else " by='layer' takes more in each, or"
        raise ValueError(
            f"this graph has {steps.last + 1:,} steps, and a film shows at most {LONGEST}:"
            f"{wider} explore a part of it, such as the loss on a single sample"
        )
    frames = _Frames(model, steps, still(theme))
    try:
        film.frames = [frames.png(t) for t in range(steps.last + 1)]
    except ImportError:
        raise ImportError(NEEDS) from None
    return film


class _Frames:
    """One layout for all frames, in which only texts and lights change."""

    def __init__(self, model: Model, steps: Steps, theme: Theme) -> None:
        self._model, self._steps, self._theme = model, steps, theme
        self._seed = len(steps.forward) + 1
        self._edge: dict[tuple[Value, int], int] = {}
        for v in model.order:
            for position in range(len(v.operands)):
                self._edge[v, position] = len(self._edge)
        self._entries = _with_totals([e for group in steps.backward for e in group])
        captions = [self._caption(t) for t in range(steps.last + 1)]
        rows = max(map(len, captions))
        self._captions = [rows_of + [""] * (rows - len(rows_of)) for rows_of in captions]
        widest = max((row for rows_of in captions for row in rows_of), key=len)
        dot = whole(model, theme)
        dot.attr(bgcolor=theme.paper, label=literal("\n".join([widest] * rows)), labelloc="b")
        dot.attr(fontname="Helvetica", fontsize="16", fontcolor=theme.ink)
        self._svg = renderers.svg(dot.source, "dot")

    def png(self, t: int) -> bytes:
        """The frame of step t."""
        svg = ElementTree.fromstring(self._svg)
        groups = {group.get("id", ""): group for group in svg.iter(f"{SVG}g")}
        done = self._steps.forward[: min(t, self._seed - 1)]
        known = {v for v in self._model.order if not v.op} | {v for group in done for v in group}
        totals = dict.fromkeys(self._model.order, 0.0) | {self._model.root: 1.0}
        arrived = sum(map(len, self._steps.backward[: max(0, t - self._seed)]))
        totals.update((entry.operand, entry.total) for entry in self._entries[:arrived])
        for v, i in self._model.index.items():
            group = groups[f"node{i}"]
            _, data, grad = group.findall(f"{SVG}text")
            data.text = f"data {number(v.data)}" if v in known else ""
            grad.text = f"grad {number(totals[v])}" if t >= self._seed else ""
            data.set("fill", self._theme.forward)
            grad.set("fill", self._theme.backward)
            if v not in known:
                group.set("opacity", "0.5")
        colour = self._theme.backward if t >= self._seed else self._theme.forward
        edges, nodes = self._moving(t)
        for name in [*(f"edge{k}" for k in edges), *(f"node{self._model.index[v]}" for v in nodes)]:
            light(groups[name], colour, self._theme.bold)
        rows = svg.findall(f"{SVG}g/{SVG}text")
        for row, said in zip(rows, self._captions[t]):
            row.text = said
        width = float(svg.get("width", "1pt").removesuffix("pt")) / renderers.POINTS
        return renderers.painted(text_of(svg), min(_PIXELS, _WIDEST / width))

    def _moving(self, t: int) -> tuple[list[int], list[Value]]:
        """The edges that step t follows, and the nodes that it gives to."""
        if t == 0:
            return [], []
        if t < self._seed:
            nodes = self._steps.forward[t - 1]
            return [self._edge[v, i] for v in nodes for i in range(len(v.operands))], nodes
        if t == self._seed:
            return [], [self._model.root]
        entries = self._steps.backward[t - self._seed - 1]
        return [self._edge[e.node, e.position] for e in entries], [e.operand for e in entries]

    def _caption(self, t: int) -> list[str]:
        """What step t does, in a heading and in lines, in the words of the page."""
        model, seed = self._model, self._seed
        root = visible(model.name(model.root))
        if t == 0:
            return [say("The numbers that are given")]
        if t == seed:
            return [say("Backward begins at {root}", root=root), f"∂{root}/∂{root} = 1"]
        if t < seed:
            title = say("Forward {t} of {last}", t=t, last=seed - 1)
            nodes = self._steps.forward[t - 1]
            if len(nodes) > 1:
                title = say("{title}: {number} operations", title=title, number=len(nodes))
            return [title, *_some([visible(model.line(v), _LONGEST) for v in nodes])]
        title = say("Backward {t} of {last}", t=t - seed, last=self._steps.last - seed)
        first = sum(map(len, self._steps.backward[: t - seed - 1]))
        entries = self._steps.backward[t - seed - 1]
        said = [
            contribution(self._entries, first + i, model.root, model.names, number)
            for i in range(len(entries))
        ]
        if len(entries) > 1:
            title = say("{title}: {number} contributions", title=title, number=len(entries))
        else:
            node, operand = (visible(model.name(v)) for v in (entries[0].node, entries[0].operand))
            title = say(
                "{title}: from {node} to {operand}", title=title, node=node, operand=operand
            )
        return [title, *_some(said)]


def _with_totals(entries: list[Entry]) -> list[Entry]:
    """The entries with the running totals of this order, that of layers being another."""
    totals: dict[Value, float] = {}
    found = []
    for entry in entries:
        totals[entry.operand] = totals.get(entry.operand, 0.0) + entry.contribution
        found.append(entry._replace(total=totals[entry.operand]))
    return found


def _some(lines: list[str]) -> list[str]:
    """The first of many lines, and how many more there are."""
    more = len(lines) - _LISTED
    return [*lines[:_LISTED], *([say("… {number} more", number=more)] if more > 0 else [])]
