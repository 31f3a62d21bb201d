"""`animate_backward`: the backward pass as a film, a contribution a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

from ..checks import count
from ..engine import Value, topological_order
from ..language import say
from ..nn import Module
from ..teach.notation.formula import names
from ..teach.record.ledger import Entry, Ledger
from ..teach.record.moment import require_one_moment
from . import renderers
from .dot import Canvas, module_parameters
from .film import NEEDS, Film
from .frames import SVG, contribution, light, text_of
from .notebook import still
from .numbers import Numbers
from .render import WIDTH
from .style import visible
from .theme import Theme, theme_of

LONGEST: Final = 120
"""The most frames of a film: beyond, nobody follows it."""

_PIXELS: Final = 1.5


def animate_backward(
    root: Value,
    *,
    precision: int = 4,
    model: Module | None = None,
    seconds: float = 1.2,
    theme: Theme | str = "auto",
) -> Film:
    """The backward pass as a film: in each frame one contribution arrives, and its total with it.

    The edge that it takes is lit; below stands *upstream · local derivative*, added to what the
    value had. Nothing of the graph is changed, whether or not ``backward()`` has run.

    precision  the significant digits of numbers
    model      the `Module` whose parameters are in the graph, for their names (w⁽¹⁾₂₁)
    seconds    how long a frame stands
    theme      a `Theme` or its name; "auto" is light, and dark in a dark JupyterLab

    A ValueError for a graph of more than 120 contributions, and for one of which a leaf's data has
    changed since it was recorded; an ImportError without the extra ``pictures``.
    """
    precision = count(precision, "precision")
    film = Film(say("Backward pass of {name}", name=names(root, model)[root].text), seconds)
    require_one_moment(root, "animate_backward")
    entries = list(Ledger(root))
    if len(entries) >= LONGEST:
        raise ValueError(
            f"this backward pass has {len(entries):,} contributions, and a film shows at most "
            f"{LONGEST - 1}: take a part of the graph, or the loss on a single sample"
        )
    frames = _Frames(root, entries, precision, model, still(theme_of(theme)))
    try:
        film.frames = [frames.png(i) for i in range(len(entries) + 1)]
    except ImportError:
        raise ImportError(NEEDS) from None
    return film


class _Frames:
    """One layout for all frames, in which only texts and lights change."""

    def __init__(
        self,
        root: Value,
        entries: Sequence[Entry],
        precision: int,
        model: Module | None,
        theme: Theme,
    ) -> None:
        self._root, self._entries, self._theme = root, entries, theme
        order = topological_order(root)
        self._index = {v: i for i, v in enumerate(order)}
        self._names = names(root, model)
        self._numbers = Numbers(root, precision, ())
        totals: dict[Value, list[float]] = {v: [float(v is root)] for v in order}
        for entry in entries:
            totals[entry.operand].append(entry.total)
        # Each box is as wide as the longest of what it will say.
        widest = {v: max(xs, key=lambda x: len(self._numbers.text(x))) for v, xs in totals.items()}
        numbers = Numbers(root, precision, (), gradients=widest)
        canvas = Canvas(order, root, "LR", numbers, module_parameters(), theme, WIDTH, self._names)
        for v in order:
            canvas.value(v)
            if v.op:
                canvas.operation(v)
        canvas.caption(max((self._caption(i) for i in range(len(entries) + 1)), key=len))
        self._svg = renderers.svg(canvas.sheet.source(), "dot")

    def png(self, done: int) -> bytes:
        """The frame after so many contributions."""
        svg = ElementTree.fromstring(self._svg)
        parts: dict[str, list[ElementTree.Element]] = {}
        for group in svg.iter(f"{SVG}g"):
            title = group.findtext(f"{SVG}title", "")
            parts.setdefault(_without_rows(title), []).append(group)
        totals = {self._root: 1.0}
        for entry in self._entries[:done]:
            totals[entry.operand] = entry.total
        for v, i in self._index.items():
            (box, *_) = parts[f"v{i}"]
            box.findall(f"{SVG}text")[-1].text = f"grad {self._numbers.text(totals.get(v, 0.0))}"
        caption = svg.findall(f"{SVG}g/{SVG}text")[-1]
        caption.text = self._caption(done)
        if done:
            entry = self._entries[done - 1]
            node, operand = self._index[entry.node], self._index[entry.operand]
            same = [k for k, x in enumerate(entry.node.operands) if x is entry.operand]
            edge = parts[f"v{operand}->o{node}"][same.index(entry.position)]
            for group in (edge, *parts[f"o{node}->v{node}"], parts[f"v{operand}"][0]):
                light(group, self._theme.lit, self._theme.bold)
        return renderers.painted(text_of(svg), _PIXELS)

    def _caption(self, done: int) -> str:
        if done:
            write = self._numbers.text
            return contribution(self._entries, done - 1, self._root, self._names, write)
        root = visible(self._names[self._root].text)
        return f"∂{root}/∂{root} = 1"


def _without_rows(title: str) -> str:
    """``v0_3->o5``, an edge from what stands for v0 in another row, as ``v0->o5``."""
    tail, arrow, head = title.partition("->")
    return f"{tail.split('_')[0]}{arrow}{head}" if arrow else title
