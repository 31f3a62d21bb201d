"""`draw_dot`: the computation graph of a Value as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from ..checks import count
from ..engine import Value, topological_order
from ..teach.ledger import Entry, ledger
from ..teach.paths import Paths
from .dot import Canvas, module_parameters
from .render import Drawing
from .style import shown, visible

LIMIT: Final = 300
"""The most values that are drawn unless `limit` says otherwise."""

_PATHS: Final = 6  # written out under a highlighted graph
_FACTORS: Final = 10  # of a product that are


def draw_dot(
    root: Value,
    rankdir: str = "LR",
    *,
    precision: int = 4,
    highlight: Value | str | None = None,
    parameters: Iterable[Value] = (),
    limit: int = LIMIT,
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
    parameters  leaves to draw as parameters, besides those of the modules that exist
    limit       the most values to draw

    A ValueError for a graph of more values, and for a highlighted value that is not in the graph
    or a label that several values bear. It shows itself in a notebook; elsewhere,
    ``draw_dot(loss).save("graph.svg")``.
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir is 'LR', 'TB', 'RL' or 'BT', not {rankdir!r}")
    precision = count(precision, "precision")
    order = topological_order(root)
    if len(order) > limit:
        raise ValueError(
            f"this graph has {len(order):,} values, and nobody can read a drawing of more than "
            f"{limit}: draw a part of it (draw_dot of an inner value, or of the loss on one "
            f"sample), or all the same with limit={len(order)}"
        )
    paths = None if highlight is None else _paths(root, _find(order, highlight))
    lit = None if paths is None else {edge.place for edge in paths.edges}
    known = module_parameters() | set(parameters)
    canvas = Canvas(order, root, rankdir, precision, known, lit)
    for v in order:
        canvas.value(v)
        if v.op:
            canvas.operation(v)
    if paths is not None:
        canvas.caption(_products(root, paths, precision))
    operations = sum(1 for v in order if v.op)
    return Drawing(
        canvas.digraph.source,
        f"Computation graph of {visible(root.label) or 'a value'}: {len(order)} values, "
        f"{operations} operations",
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
    lines = ledger(root)
    into: dict[Value, list[tuple[int, Entry]]] = {}
    for i, entry in enumerate(lines):
        into.setdefault(entry.operand, []).append((i, entry))
    return Paths(target, into, lines.gradients, {root})


def _products(root: Value, paths: Paths, precision: int) -> str:
    """The chain rule in numbers: a line a path, and their sum."""
    gradient = f"∂{visible(root.label) or 'root'}/∂{visible(paths.target.label) or 'value'}"
    total = shown(paths.total, precision)
    number = paths.count.get(root, 0)
    lines = []
    for i, path in enumerate(islice(paths.each(), _PATHS), 1):
        product = 1.0
        for edge in path:
            product *= edge.entry.local
        factors = [shown(edge.entry.local, precision) for edge in path]
        if len(factors) > _FACTORS:
            factors[_FACTORS // 2 : -_FACTORS // 2] = ["…"]
        chain = " · ".join(f"({x})" if x.startswith("-") else x for x in factors)
        lines.append(f"path {i}, from the root: {chain} = {shown(product, precision)}")
    if number > _PATHS:
        lines.append(f"… and {number - _PATHS:,} more")
    if number > 1:
        lines.append(f"{gradient} = the sum of {number:,} paths = {total}")
    else:
        lines.append(f"{gradient} = {total}")
    return "\n".join(lines)
