"""`draw_dot`: the computation graph of a Value as a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from typing import Final

from ..checks import count, elements
from ..engine import Value, topological_order
from ..language import say
from ..nn import Module
from ..teach.notation.formula import names
from ..teach.record.ledger import Entry, Ledger
from ..teach.record.moment import moved_leaves, said_to_have_moved
from ..teach.record.paths import Paths
from .dot import Canvas, module_parameters
from .fold import Box, by_layer, by_neuron, calls
from .numbers import Numbers, parts
from .render import WIDTH, Drawing
from .style import visible
from .theme import Theme, theme_of

LIMIT: Final = 300
"""The most values that are drawn unless `limit` says otherwise."""

_NEURONS: Final = 64  # the most boxes, and edges between them, that are readable
_EDGES: Final = 640
_SLOPES: Final = 40  # the most edges into boxes that bear their derivatives
_PATHS: Final = 6  # written out under a highlighted graph
_FACTORS: Final = 10  # of a product that are


def draw_dot(
    root: Value,
    rankdir: str = "LR",
    *,
    precision: int = 4,
    highlight: Value | str | None = None,
    fold: bool | str = False,
    parameters: Iterable[Value] = (),
    model: Module | None = None,
    limit: int = LIMIT,
    theme: Theme | str = "auto",
    width: float = WIDTH,
    blank: str | Iterable[str] = (),
    hide: str | Iterable[str] = (),
) -> Drawing:
    """Draw the graph that computed `root`: every value, every operation, every local derivative.

    An edge into an operation bears the local derivative ∂(result)/∂(operand); it is the thicker
    the more gradient ``backward()`` has sent back along it. Kinds differ in colour and in shape:
    inputs are rounded, parameters octagonal, plain numbers bare, operations dark and oval, the
    root doubly framed.

    rankdir     "LR" from left to right, "TB" from top to bottom, "RL", "BT"
    precision   the significant digits of numbers
    highlight   a value of the graph, or its label: every path from it to the root is lit, and
                the product of the local derivatives along each is written below
    fold        "neuron" to draw the nodes that one call of a neuron made as one box, "layer" those
                that one call of a layer made, True for the finer one that is readable; the
                model must still exist
    parameters  leaves to draw as parameters, besides those of the modules that exist
    model       the `Module` whose parameters are in the graph, for their names (w⁽¹⁾₂₁)
    limit       the most values to draw
    theme       a `Theme` or its name: "light", "dark", "print" for black and white, or "auto",
                which is light, and dark where the reader's screen is
    width       the pixels that a page has for it: a graph that would have to shrink to less than
                0.7 of its size goes on in further rows; math.inf for one row
    blank       "data", "grad", "local" (derivatives), or several of them: the reader fills them
                in, and the Drawing's `key` has them; the data of leaves and the gradient of the
                root are given
    hide        those that are not written at all

    A ValueError for a graph of more values, and for a highlighted value that is not in the graph
    or a label that several values bear. It shows itself in a notebook; elsewhere,
    ``draw_dot(loss).save("graph.svg")``.
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir is 'LR', 'TB', 'RL' or 'BT', not {rankdir!r}")
    precision = count(precision, "precision")
    if fold not in (False, True, "neuron", "layer"):
        raise ValueError(f"fold is True, False, 'neuron' or 'layer', not {fold!r}")
    theme = theme_of(theme)
    count(limit, "limit")
    own = elements(parameters, "parameters are a list of leaves")
    for p in own:
        if not isinstance(p, Value):
            raise TypeError(f"a parameter is a Value, not {p!r}")
    blank, hide = parts(blank, "blank"), parts(hide, "hide")
    if blank and (fold or highlight is not None):
        raise ValueError("fold= and highlight= tell what blank= leaves out: use one of them")
    order = topological_order(root)
    boxes = _boxes(order, fold)
    drawn = _outside(order, boxes)
    size = len(drawn) + len(boxes)
    if size > limit:
        raise ValueError(_too_large(size, limit, fold, boxes))
    paths = None
    if highlight is not None:
        if fold:
            raise ValueError("highlight= shows paths that fold= hides: use one of the two")
        paths = _paths(root, _find(order, highlight))
    lit = None if paths is None else {edge.place for edge in paths.edges}
    known = module_parameters() | set(own)
    named = names(root, model)
    summary = _summary(visible(named[root].text), len(order), size if boxes else None)
    moved = moved_leaves(root)

    def picture(numbers: Numbers) -> Drawing:
        canvas = Canvas(order, root, rankdir, numbers, known, theme, width, named, lit)
        _draw(canvas, drawn, boxes, rankdir)
        remarks = [f"{said_to_have_moved(moved)}."] if moved else []
        if paths is not None:
            remarks.append(_products(canvas, paths))
        if remarks:
            canvas.caption("\n".join(remarks))
        return Drawing(canvas.sheet.source(), summary, theme, width=width)

    drawing = picture(Numbers(root, precision, moved, blank, hide))
    if blank:
        gradients = Ledger(root).gradients
        drawing.key = picture(Numbers(root, precision, moved, hide=hide, gradients=gradients))
    return drawing


def _draw(canvas: Canvas, drawn: list[Value], boxes: list[Box], rankdir: str) -> None:
    for i, box in enumerate(boxes):
        canvas.box(f"b{i}", box)
    for v in drawn:
        canvas.value(v)
        if v.op:
            canvas.operation(v)
    with_slopes = sum(len(box.inputs) for box in boxes) <= _SLOPES
    if not with_slopes:
        canvas.columns(_columns(boxes), rankdir)
    for i, box in enumerate(boxes):
        _connect(canvas, f"b{i}", box, with_slopes)


def _summary(name: str, number: int, drawn: int | None) -> str:
    if number == 1:
        return say("Computation graph of {name}: 1 value", name=name)
    if drawn is None:
        return say("Computation graph of {name}: {number} values", name=name, number=f"{number:,}")
    return say(
        "Computation graph of {name}: {number} values, drawn as {drawn}",
        name=name,
        number=f"{number:,}",
        drawn=drawn,
    )


def _boxes(order: list[Value], fold: bool | str) -> list[Box]:
    if not fold:
        return []
    found = calls(order)
    fine = by_neuron(found)
    edges = sum(len(box.inputs) for box in fine)
    readable = len(fine) <= _NEURONS and edges <= _EDGES
    return fine if fold == "neuron" or (fold is True and readable) else by_layer(found)


def _outside(order: list[Value], boxes: list[Box]) -> list[Value]:
    """What is drawn beside the boxes: no node of theirs, and no parameter that only they use."""
    nodes = {v for box in boxes for call in box.calls for v in call.nodes}
    used = {x for v in order if v not in nodes for x in v.operands}
    for box in boxes:
        used.update(x for x in box.inputs if isinstance(x, Value))
    inside = {x for v in nodes for x in v.operands if x not in used}
    return [v for v in order if v not in nodes and v not in inside]


def _connect(canvas: Canvas, name: str, box: Box, with_slopes: bool) -> None:
    """Draw an edge into a box from each node that an input of it comes from."""
    added, flows = _flows(box), dict[str, float]()
    labels: dict[str, list[str]] = {}
    slopes = box.calls[0].slopes()
    for x in dict.fromkeys(box.inputs):
        if isinstance(x, Value):
            tail = canvas.name(x)
            flows[tail] = max(flows.get(tail, 0.0), abs(added[x]))
            labels.setdefault(tail, []).append(canvas.numbers.text(slopes[x]))
    for tail, flow in flows.items():
        single = with_slopes and len(labels[tail]) == len(box.calls) == 1
        canvas.into_box(tail, name, flow, labels[tail][0] if single else "")


def _columns(boxes: list[Box]) -> list[list[str]]:
    """The names of the boxes, those together that have the same inputs."""
    columns: dict[tuple[Value | float, ...], list[str]] = {}
    for i, box in enumerate(boxes):
        columns.setdefault(tuple(box.inputs), []).append(f"b{i}")
    return list(columns.values())


def _flows(box: Box) -> dict[Value, float]:
    """What a box adds to the gradient of each operand of its nodes."""
    flows: dict[Value, float] = {}
    for call in box.calls:
        for v in call.nodes:
            for operand, contribution in zip(v.operands, v.contributions):
                flows[operand] = flows.get(operand, 0.0) + contribution
    return flows


def _too_large(size: int, limit: int, fold: bool | str, boxes: list[Box]) -> str:
    advice = [
        "draw a part of it (draw_dot of an inner value, or of the loss on one sample)",
        f"or all the same with limit={size}",
    ]
    if fold and not boxes:
        advice.insert(0, "keep the model (no model that made part of it exists any more)")
    elif fold != "layer":
        choice = '"layer"' if fold else "True"
        advice.insert(0, f"draw what a neuron or layer made as one box (fold={choice})")
    return (
        f"this picture has {size:,} values, and nobody can read more than {limit}: "
        f"{', '.join(advice)}"
    )


def _find(order: list[Value], wanted: Value | str) -> Value:
    """The value of the graph that is, or is labelled, `wanted`."""
    if isinstance(wanted, Value):
        found = [v for v in order if v is wanted]
    elif isinstance(wanted, str):
        found = [v for v in order if v.label == wanted]
    else:
        raise TypeError(f"highlight is a Value or a label, not {type(wanted).__name__}: {wanted!r}")
    if not found:
        raise ValueError(f"highlight={wanted!r} is not in this graph")
    if len(found) > 1:
        raise ValueError(
            f"{len(found)} values are labelled {wanted!r}: give highlight= the Value itself"
        )
    return found[0]


def _paths(root: Value, target: Value) -> Paths:
    lines = Ledger(root)
    into: dict[Value, list[tuple[int, Entry]]] = {}
    for i, entry in enumerate(lines):
        into.setdefault(entry.operand, []).append((i, entry))
    return Paths(target, into, lines.gradients, {root})


def _products(canvas: Canvas, paths: Paths) -> str:
    """The chain rule in numbers: a line a path, and their sum."""
    root, number = canvas.root, paths.count.get(canvas.root, 0)
    root_name, name = (visible(canvas.names[v].text) for v in (root, paths.target))
    text, follows = canvas.numbers.text, canvas.numbers.follows
    lines, displayed = [], 0.0
    for i, path in enumerate(islice(paths.each(), _PATHS), 1):
        factors = [text(edge.entry.local) for edge in path]
        product = math.prod(edge.entry.local for edge in path)
        result = follows(product, math.prod(map(float, factors)))
        displayed += float(text(product))
        if len(factors) > _FACTORS:
            factors[_FACTORS // 2 : -_FACTORS // 2] = ["…"]
        chain = " · ".join(f"({x})" if x.startswith("-") else x for x in factors)
        chain += f" {result}" if len(path) > 1 else ""
        lines.append(say("path {i}, from the root: {product}", i=i, product=chain))
    if number > _PATHS:
        lines.append(say("… and {number} more", number=f"{number - _PATHS:,}"))
        displayed = paths.total
    total = f"= {text(paths.total)}"
    if number > 1:
        total = follows(paths.total, displayed)
        total = say("= the sum of {number} paths {total}", number=f"{number:,}", total=total)
    lines.append(f"∂{root_name}/∂{name} {total}")
    return "\n".join(lines)
