"""Nodes of one's own: by their numbers alone (`make_node`), or of an operation that is `define`d.

    def clamped_log(x):
        x = as_value(x)
        inside = max(x.data, 1e-12)
        return make_node(math.log(inside), (x, 1.0 / inside))

That is enough for `backward()`, drawings and derivations. To be computed again at other numbers (by
`Replay`, by a worksheet) and differentiated again, an operation needs its rule, as each of those
in `functions.py` has:

        return make_node(math.log(inside), (x, 1.0 / inside), op=CLAMPED_LOG)

    CLAMPED_LOG = define("clamped_log", clamped_log, lambda x, y: 1.0 / maximum(x, 1e-12))

This module is never compiled, so that bad input meets its own sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from .engine import Scalar, Value, as_value, record
from .ieee import float64, is_real
from .ops import OPS, Op, unknown


def make_node(data: object, *operands: tuple[Scalar, object], op: str = "custom") -> Value:
    """A node whose number is `data`, with ∂node/∂operand for each operand.

    operands  pairs of a Value and its local derivative. A plain number in place of the Value is
              kept as a number of the operation, and its derivative is not asked for
    op        the operation's name in drawings and formulas, or an `Op` from `define`

    A node has two operands at most, so that of more of them each has a node of its own: those after
    the first two add their derivatives to the same number. Inside `no_grad()` it is a plain leaf.
    TypeError for what is no number or pair; ValueError for no Value among the operands, a name
    that is none or is taken, or another number of operands than the `Op` has.

    >>> x, y = Value(3.0, label="x"), Value(4.0, label="y")
    >>> r = make_node(5.0, (x, 3.0 / 5.0), (y, 4.0 / 5.0), op="distance")
    >>> (r * 10.0).backward()
    >>> x.grad, y.grad
    (6.0, 8.0)
    """
    number = float64(data, "a node")
    pairs = [_pair(operand) for operand in operands]
    if isinstance(op, Op):
        if len(pairs) != op.arity:
            raise ValueError(f"{op!s} is defined for {op.arity} arguments, not {len(pairs)}")
        if all(v is None for v, _ in pairs):
            pairs[0] = _pair((as_value(operands[0][0]), operands[0][1]))
        return record(number, op, *pairs[0], *(pairs[1] if len(pairs) > 1 else (None, 0.0)))
    if not isinstance(op, str) or not op.isidentifier() or op in OPS:
        raise ValueError(
            f"a node's name is one word of letters that no operation of OPS has, not {op!r}; the "
            "node of an operation that is defined takes the Op itself"
        )
    if all(v is None for v, _ in pairs):
        raise ValueError(f"a node has operands: make_node({number!r}, (x, 2.0)) with a Value x")
    first, *others = pairs
    if not others:
        return record(number, _by_numbers(op, 1), *first)
    node = record(number, _by_numbers(op, 2), *first, *others[0])
    for other in others[1:]:
        node = record(number, _by_numbers(op, 2, more=True), node, 1.0, *other)
    return node


def _pair(operand: Any) -> tuple[Value | None, float]:
    """A Value and its derivative, or None and the plain number."""
    if not isinstance(operand, tuple) or len(operand) != 2:
        raise TypeError(f"an operand is a pair (Value, local derivative), not {operand!r:.80}")
    v, slope = operand
    if isinstance(v, Value):
        return v, float64(slope, "a local derivative")
    if not is_real(v):
        raise TypeError(f"an operand is a Value or a number, not {type(v).__name__}: {v!r:.80}")
    return None, float64(v)


@cache
def _by_numbers(name: str, arity: int, more: bool = False) -> Op:
    """The operation of nodes that are known by their numbers, one for each name and arity.

    `more` marks that of the nodes which follow the first one, where there are many operands.
    """
    rules = [_slope(name, arity, i) for i in range(arity)]
    return Op(name, unknown, *rules, is_continued=more)


def _slope(name: str, arity: int, i: int) -> Callable[..., Value]:
    """The rule for argument i: the number that was given, which cannot be differentiated again."""
    op = Op(f"{name}′", unknown, *[unknown] * arity)

    def rule(*arguments: Any) -> Value:
        y: Value = arguments[-1]
        position = sum(isinstance(a, Value) for a in arguments[:i])
        nan = float("nan")
        first, *others = [(a, nan) if isinstance(a, Value) else (None, a) for a in arguments[:-1]]
        return record(y.local_grads[position], op, *first, *(others[0] if others else (None, 0.0)))

    return rule
