"""Whether the numbers of a graph are those of one moment, or a leaf has moved since.

A node keeps its result and its local derivatives as they were recorded; a leaf's `data` may be
assigned later, as a step of training does. What shows a graph's numbers asks here first, so that it
never puts a leaf's new number beside an old result.
"""

from __future__ import annotations

from contextvars import Context

from ...engine import Value, topological_order
from ...ops import ADD, LEAF, MUL, unknown


def moved_leaves(root: Value) -> list[Value]:
    """The leaves with which the recorded numbers behind `root` do not come out again.

    Each operation on a leaf is done once more on the present numbers, and must give the recorded
    result and local derivatives to the last bit. Where one on two leaves does not, a product tells
    which, since its local derivatives are its factors; of any other, those are named that no
    operation clears. A leaf that changes no number is not named.
    """
    suspects: dict[Value, None] = {}
    cleared: set[Value] = set()
    for node in topological_order(root):
        leaves = [v for v in node.operands if v.op is LEAF]
        if not leaves or node.op.function is unknown:
            continue
        if _is_as_recorded(node):
            moved = False
        else:
            moved = _numbers(Context().run(node.op.function, *node.arguments)) != _numbers(node)
        if moved:
            if node.op is MUL and len(node.operands) == 2:
                recorded = zip(node.operands, reversed(node.local_grads))
                leaves = [v for v, x in recorded if v.op is LEAF and repr(v.data) != repr(x)]
            suspects.update(dict.fromkeys(leaves))
        elif len(leaves) == len(node.operands):
            cleared.update(leaves)
    return [v for v in suspects if v not in cleared] or list(suspects)


def _is_as_recorded(node: Value) -> bool:
    """Whether a product or a sum comes out again, seen without doing it: most of a network is."""
    if node.op is not MUL and node.op is not ADD:
        return False
    first, second = node.arguments
    a = first.data if isinstance(first, Value) else first
    b = second.data if isinstance(second, Value) else second
    if node.op is ADD:
        return a + b == node.data and node.data != 0.0
    slopes = (b,) * isinstance(first, Value) + (a,) * isinstance(second, Value)
    return a * b == node.data and a != 0.0 != b and node.local_grads == slopes


def _numbers(node: Value) -> list[str]:
    """Result and local derivatives as text, so that nan equals nan and 0.0 differs from -0.0."""
    return [repr(x) for x in (node.data, *node.local_grads)]


def require_one_moment(root: Value, what: str) -> None:
    """A ValueError that names the leaves that have moved, if `what` is to show their graph."""
    if moved := moved_leaves(root):
        raise ValueError(f"{said_to_have_moved(moved)} before you {what} it")


def said_to_have_moved(moved: list[Value]) -> str:
    """Which leaves have moved, and what to do: a sentence, without its end."""
    named = [" ".join(v.label.split()) or f"a leaf (now {v.data:g})" for v in moved]
    shown = ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
    return (
        f"the data of {shown} {'has' if len(named) == 1 else 'have'} changed since this graph was "
        "recorded, so its results are of another moment: compute the graph again"
    )
