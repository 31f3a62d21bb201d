"""`draw_program`: an array program as a picture, with what each array does in scalars."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from ..language import say
from ..ops import OPS
from .render import WIDTH, Drawing
from .sheet import Sheet
from .style import edge_attributes, visible
from .theme import Theme, theme_of

if TYPE_CHECKING:
    from ..arrays import Program
    from ..arrays.instructions.ir import Array

_LONGEST: Final = 60
_NAMED: Final = ("theta", "input", "constant")


def draw_program(
    program: Program, rankdir: str = "LR", *, theme: Theme | str = "auto", width: float = WIDTH
) -> Drawing:
    """Draw the forward pass of an array program: an array for each line of its source.

    Below each is what it does in scalars: which operations of the scalar graph, and how many of
    them, it stands for. Inputs, parameters and results have the shapes that `draw_dot` gives them.

    rankdir  "LR" from left to right, "TB" from top to bottom, "RL", "BT"
    theme    a `Theme` or its name, as for `draw_dot`
    width    the pixels that a page has for it
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir is 'LR', 'TB', 'RL' or 'BT', not {rankdir!r}")
    if not hasattr(program, "forward"):
        raise TypeError(f"a program is what vectorize() returns, not {program!r}")
    theme = theme_of(theme)
    sheet = Sheet(theme, rankdir, width)
    boxes = {node: text for node, text in program.lines if node.number < len(program.forward)}
    drawn: set[Array] = set()

    def leaf(node: Array) -> None:
        if node not in drawn:
            drawn.add(node)
            kind = "parameter" if node is program.theta or node.op == "view" else "input"
            sheet.node(f"a{node.number}", [_title(node)], kind)

    for node, text in boxes.items():
        if program.theta in node.arrays and node.op == "view":
            continue
        inside, used = _inside(node, boxes)
        lines = [_title(node), f"= {visible(text, _LONGEST)}", _scalars(inside)]
        sheet.node(f"a{node.number}", lines, "root" if node is program.loss else "value")
        drawn.add(node)
        for operand in used:
            leaf(operand)
            sheet.edge(f"a{operand.number}", f"a{node.number}", **edge_attributes("plain", theme))
    summary = say(
        "Array program: {calls} operations on arrays for {nodes} on scalars",
        calls=program.calls,
        nodes=f"{program.nodes:,}",
    )
    return Drawing(sheet.source(), summary, theme, width=width)


def _title(node: Array) -> str:
    shape = " × ".join(map(str, node.shape))
    return f"{node.name or 'constant'}  {shape}".rstrip()


def _inside(node: Array, boxes: dict[Array, str]) -> tuple[list[Array], list[Array]]:
    """The instructions of one line, and the arrays of other lines that it uses."""
    inside = [node]
    used: dict[Array, None] = {}
    for step in inside:
        for a in step.arrays:
            if a in boxes or a.op in _NAMED:
                if a.name:
                    used[a] = None
            elif a not in inside:
                inside.append(a)
    return inside, list(used)


def _scalars(inside: list[Array]) -> str:
    """How many scalar operations of each kind some instructions do."""
    counts: Counter[str] = Counter()
    for node in inside:
        size = math.prod(node.shape)
        if node.op == "contraction":
            labels, out = node.info.split("->")
            first = labels.split(",")[0]
            terms = math.prod(n for k, n in zip(first, node.arrays[0].shape) if k not in out)
            counts["×"] += size * terms
            counts["+"] += size * (terms - 1)
        elif node.op == "total":
            counts["+"] += math.prod(node.arrays[0].shape) - size
        elif node.op == "logsumexp":
            counts["logaddexp"] += math.prod(node.arrays[0].shape) - size
        elif node.op in OPS:
            counts[OPS[node.op].text] += size
    listed = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n)
    return say("in scalars: {operations}", operations=listed or "0")
