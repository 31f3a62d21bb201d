r"""The formula of any graph, as plain text and as LaTeX, with a name for every value in it.

A teacher does not write one line for every multiplication. The lines of a formula are the values
that have a label and those that are used more than once; everything between them is written out:

>>> from tinygrad_edu import Value
>>> x = Value(2.0, label="x")
>>> latex((x.sin() * x).tanh())
'\\tanh(\\sin x \\cdot x)'
>>> s = x * x
>>> print(text(s.sin() + s))
z₁ = x²
sin(z₁) + z₁
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Final

from ..engine import OPS, Value, topological_order
from ..nn import Module
from .expression import (
    Call,
    Expression,
    Latex,
    Negative,
    Notation,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Text,
)
from .labels import Name, indexed, name_of

TALLEST: Final = 6
"""How many levels of brackets, fractions and functions a formula may nest before a part of it
gets a name of its own."""

ACTIVATIONS: Final = frozenset(
    ("tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
)
"""The functions that a neuron ends in."""


def names(root: Value, model: Module | None = None) -> dict[Value, Name]:
    r"""The name of every value that `root` depends on, in text and in LaTeX; no two are alike.

    A label is written as it was typed (``w_11``, ``w₁₁`` and ``ŷ`` with their LaTeX); if several
    values have the same label, each after the first has its number added, as in ``h[2]``. The
    parameters of a `model` (an `MLP`) without a label are w⁽²⁾₃₁ (layer 2, neuron 3, input 1) and
    b⁽¹⁾₂; those of any other Module have their path. Of the values that remain, leaves are
    x₁, x₂ …; the lines of a derivation (see `steps`) z₁, z₂ …; the values between them v₁, v₂ …,
    each in the order of the forward pass.
    """
    return name_all(topological_order(root), steps(root), model)


def text(root: Value, model: Module | None = None, digits: int = 0) -> str:
    """The formula of `root` in plain text: a line for each part that has a name, `root` last.

    A plain number in it is written to `digits` significant digits, 0 meaning all of them.
    """
    return "\n".join(_lines(root, model, Text(digits)))


def latex(root: Value, model: Module | None = None, digits: int = 0) -> str:
    r"""The formula of `root` in LaTeX, without dollar signs.

    Where it needs several lines they are in an ``aligned`` environment.
    """
    lines = _lines(root, model, Latex(digits))
    if len(lines) == 1:
        return lines[0]
    rows = " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in lines)
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def _lines(root: Value, model: Module | None, notation: Notation) -> list[str]:
    lines = named_parts(root)
    symbols = symbols_of(name_all(topological_order(root), lines, model), lines)
    written = []
    for node in lines:
        formula = notation.write(symbols[node] if not node.op else expression(node, symbols))
        if (node is root and not root.label) or not node.op:
            written.append(formula)
        else:
            written.append(f"{notation.write(symbols[node])} = {formula}")
    return written


# What is named


def named_parts(root: Value) -> list[Value]:
    """The lines of a formula: what has a label, is used more than once or nests too deep; `root`.

    In the order of the forward pass.
    """
    order = topological_order(root)
    return _in_order(order, _marked(order))


def steps(root: Value) -> list[Value]:
    """The lines of a derivation, so chosen that each takes one use of the chain rule.

    Those of the formula, and besides them each activation and the sum that goes into it
    (a = σ(z), z = w·x + b), and each function that is inside another one.
    """
    order = topological_order(root)
    lines = _marked(order)
    for node in order:
        if node.op in ACTIVATIONS:
            lines.add(node)
            lines.update(v for v in node.operands if v.op)
        elif _is_function(node):
            inside = [v for v in node.operands if v.op and not continues(node, v)]
            while inside:
                v = inside.pop()
                if _is_function(v):
                    lines.add(v)
                elif v not in lines:
                    inside.extend(u for u in v.operands if u.op)
    return _in_order(order, lines)


def _marked(order: list[Value]) -> set[Value]:
    """The nodes that have a label or more than one use, and the last of all."""
    uses = Counter(v for node in order for v in node.operands)
    return {v for v in order if v.op and (v.label or uses[v] > 1)} | {order[-1]}


def _in_order(order: list[Value], lines: set[Value]) -> list[Value]:
    """The lines in the order of the forward pass, and those that keep each from nesting deep."""
    height: dict[Value, int] = {}
    for node in order:
        if node.op:
            levels = [height.get(v, 0) + (not continues(node, v)) for v in node.operands]
            height[node] = max(levels)
            if node in lines or height[node] >= TALLEST:
                lines.add(node)
                height[node] = 0
    return [v for v in order if v in lines]


def continues(node: Value, operand: Value) -> bool:
    """Whether the operand is the beginning of the same sum, product or logsumexp."""
    if operand is not node.arguments[0]:
        return False
    if node.op in ("+", "-"):
        return operand.op in ("+", "-")
    return operand.op == node.op and node.op in ("*", "logaddexp")


def _is_function(node: Value) -> bool:
    return node.op.isidentifier() and node.op != "neg"


# The names


def name_all(order: list[Value], lines: Iterable[Value], model: Module | None) -> dict[Value, Name]:
    """A name for each value, where `lines` are the nodes that stand by their name in formulas."""
    root = order[-1]
    kept = set(lines)
    given = _parameters(model)
    if root.op:
        given[root] = name_of("L")
    found = {
        v: name_of(v.label) if v.label.strip() else given[v]
        for v in order
        if v.label.strip() or v in given
    }
    _tell_apart(found)
    taken = {name.text for name in found.values()}
    numbers = {letter: count(1) for letter in "xzv"}
    for v in order:
        if v not in found:
            letter = "x" if not v.op else "z" if v in kept else "v"
            free = (indexed(letter, n) for n in numbers[letter])
            found[v] = next(name for name in free if name.text not in taken)
    return found


def _tell_apart(found: dict[Value, Name]) -> None:
    """Number the second and later values of one name: h, h[2], h[3]."""
    seen: Counter[str] = Counter()
    for v, name in found.items():
        seen[name.text] += 1
        if seen[name.text] > 1:
            n = seen[name.text]
            found[v] = Name(f"{name.text}[{n}]", f"{name.latex}[{n}]")


def _parameters(model: Module | None) -> dict[Value, Name]:
    """The names of a model's parameters: by layer, neuron and input, or else by their path."""
    found: dict[Value, Name] = {}
    for path, parameter in model.named_parameters() if model is not None else ():
        place = _PLACE.fullmatch(path)
        if place is None:
            found[parameter] = name_of(path)
        else:
            layer, *indices = [int(i) + 1 for i in place.groups() if i is not None]
            found[parameter] = indexed("w" if ".w." in path else "b", *indices, layer=layer)
    return found


_PLACE: Final = re.compile(r"layers\.(\d+)\.neurons\.(\d+)\.(?:w\.(\d+)|b)")


# From a graph to an expression


def symbols_of(names: Mapping[Value, Name], lines: Iterable[Value]) -> dict[Value, Symbol]:
    """The values that stand by their name: the lines and every leaf."""
    kept = set(lines)
    return {v: Symbol(name, v.data) for v, name in names.items() if not v.op or v in kept}


def expression(root: Value, symbols: Mapping[Value, Symbol]) -> Expression:
    """What `root` is computed by, written out down to the values that have a symbol.

    It is made without recursion, and long sums and products in one go.
    """
    done: dict[Value, Expression] = {}
    path = [root]
    while path:
        node = path[-1]
        parts = _parts(node, symbols)
        missing = [
            v for v, _ in parts if isinstance(v, Value) and v not in symbols and v not in done
        ]
        if missing:
            path.extend(reversed(missing))
            continue
        path.pop()
        if node in done:
            continue
        written = [
            (Number(v) if not isinstance(v, Value) else symbols.get(v) or done[v], subtracted)
            for v, subtracted in parts
        ]
        done[node] = _compose(node, written)
    return done[root]


Part = tuple[Value | float, bool]
"""An argument, and whether it is subtracted."""


def _parts(node: Value, symbols: Mapping[Value, Symbol]) -> list[Part]:
    """The arguments of a node, or the terms of the whole chain that ends in it."""
    tail: list[Part] = []
    while True:
        first, *rest = node.arguments
        tail.extend((v, node.op == "-") for v in reversed(rest))
        if isinstance(first, Value) and first not in symbols and continues(node, first):
            node = first
            continue
        return [(first, False), *reversed(tail)]


def _compose(node: Value, parts: list[tuple[Expression, bool]]) -> Expression:
    arguments = tuple([e for e, _ in parts])
    match str(node.op):
        case "+" | "-":
            return Sum(_terms(parts))
        case "*":
            first = arguments[0]
            if len(set(arguments)) == 1:
                return Power(first, Number(float(len(arguments))))
            return Product(tuple([g for f in arguments for g in _factors(f)]))
        case "/":
            return Quotient(*arguments)
        case "**":
            return Power(*arguments)
        case "neg":
            return Negative(*arguments)
        case "log1p":
            return Call(OPS["log"], (Sum((Number(1.0), *arguments)),))
        case "expm1":
            return Sum((Call(OPS["exp"], arguments), Number(-1.0)))
        case "logaddexp":
            return Call(OPS["log"], (Sum(tuple([Call(OPS["exp"], (e,)) for e in arguments])),))
        case _:
            return Call(node.op, arguments)


def _terms(parts: list[tuple[Expression, bool]]) -> tuple[Expression, ...]:
    terms: list[Expression] = []
    for e, subtracted in parts:
        if subtracted:
            terms.append(Negative(e))
        else:
            terms.extend(e.terms if isinstance(e, Sum) else (e,))
    return tuple(terms)


def _factors(e: Expression) -> tuple[Expression, ...]:
    return e.factors if isinstance(e, Product) else (e,)
