"""What the films of a graph's steps share: a contribution in words, and lights in a drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree

from ..engine import Value
from ..language import say
from ..teach.notation.labels import Name
from ..teach.record.ledger import Entry
from .style import visible

SVG: Final = "{http://www.w3.org/2000/svg}"


def contribution(
    entries: Sequence[Entry],
    i: int,
    root: Value,
    names: Mapping[Value, Name],
    write: Callable[[float], str],
) -> str:
    """The i-th of the contributions: ``∂y/∂a so far = 2 + 1 · (-3) = -1``.

    The sign before the total is ≈ where the numbers, as they are written, do not give it.
    """
    entry = entries[i]
    earlier = [e.total for e in entries[:i] if e.operand is entry.operand]
    gradient = f"∂{visible(names[root].text)}/∂{visible(names[entry.operand].text)}"
    if any(e.operand is entry.operand for e in entries[i + 1 :]):
        gradient = say("{gradient} so far", gradient=gradient)
    added = f"{write(earlier[-1])} + " if earlier else ""
    upstream, local, total = map(write, (entry.upstream, entry.local, entry.total))
    displayed = _read(upstream) * _read(local) + (_read(write(earlier[-1])) if earlier else 0.0)
    sign = "=" if write(displayed) == total else "≈"
    return f"{gradient} = {added}{_bracketed(upstream)} · {_bracketed(local)} {sign} {total}"


def _bracketed(text: str) -> str:
    """A number as a factor or term after another: in brackets if it is negative."""
    return f"({text})" if text[0] in "-−" else text


def _read(text: str) -> float:
    """The number that is written there."""
    plain = text.replace("−", "-").replace("∞", "inf")
    return math.nan if plain == "nan" else float(plain)


def light(group: ElementTree.Element, colour: str, width: float) -> None:
    """Light a node or an edge of a drawing, the arrow's head with it."""
    is_edge = group.get("class", "").startswith("edge")
    for shape in group:
        if shape.tag in (f"{SVG}path", f"{SVG}polygon") and shape.get("stroke") != "none":
            if is_edge and shape.tag == f"{SVG}polygon":
                shape.set("fill", colour)
            shape.set("stroke", colour)
            shape.set("stroke-width", f"{width:g}")


def text_of(svg: ElementTree.Element) -> str:
    """A drawing as text, its elements without a prefix."""
    text = ElementTree.tostring(svg, encoding="unicode")
    return text.replace("xmlns:ns0=", "xmlns=").replace("<ns0:", "<").replace("</ns0:", "</")
