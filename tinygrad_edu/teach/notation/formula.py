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

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from ...engine import Value, topological_order
from ...nn import Module
from ...ops import LEAF, OPS
from .expression import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    product,
)
from .labels import Name
from .latex import Latex
from .naming import Numbered, live_model, looks_of, name_all
from .plain import Text
from .steps import continues, named_parts
from .textbook import textbook
from .writing import Notation


def names(root: Value, model: Module | None = None) -> dict[Value, Name]:
    r"""The name of every value that `root` depends on, in text and in LaTeX; no two are alike.

    A label is written as it was typed (``w_11``, ``w₁₁`` and ``ŷ`` with their LaTeX); if several
    values have the same label, each after the first has its number added, as in ``h[2]``. A label
    that formulas would read as something else, such as 0.5 or sin, is in quotation marks. The
    parameters of a `model` (an `MLP`; without it, of the one model whose parameters are there)
    without a label are w⁽²⁾₃₁ (layer 2, neuron 3, input 1) and b⁽¹⁾₂, and its weighted sums and
    activations z⁽¹⁾₂ and a⁽¹⁾₂; the parameters of any other Module have their path. Of the values
    that remain, a root is L (J where a label is L, then C, E), leaves are x₁, x₂ …, the lines of a
    derivation (see `steps`) z₁, z₂ … with the activation a₃ of z₃, and the values between them v₁,
    v₂ …, each in the order of the forward pass.

    They are the names of a derivation, which writes the graph as a textbook does (see `textbook`):
    leaves without a label that are the model's inputs, or targets, are x⁽ⁱ⁾ₖ and y⁽ⁱ⁾ⱼ there.
    """
    order = topological_order(root)
    model = model or live_model(order)
    written = textbook(root, model)
    own = name_all(written.order, written.lines, model)
    if written.root is root:
        return {v: own[v] for v in order}
    found: dict[Value, Name] = {}
    given: set[Value] = set()
    for v in (root, *order):  # the root first: of a mean over one sample, it is the loss too
        again = written.counterpart.get(v)
        if again in own and again not in given:
            found[v] = own[again]
            given.add(again)
    numbered = Numbered(looks_of(own.values()))
    for v in order:
        if v not in found:
            found[v] = numbered.next("x" if v.op is LEAF else "v")[1]
    return {v: found[v] for v in order}


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


# From a graph to an expression


def symbols_of(names: Mapping[Value, Name], lines: Iterable[Value]) -> dict[Value, Symbol]:
    """The values that stand by their name: the lines and every leaf."""
    kept = set(lines)
    return {v: Symbol(name, v.data) for v, name in names.items() if not v.op or v in kept}


def expression(root: Value, symbols: Mapping[Value, Symbol], pieces: bool = False) -> Expression:
    """What `root` is computed by, written out down to the values that have a symbol.

    A leaf without a symbol is written as its number; with `pieces` what is flat too, so that a
    formula is that of the piece on which it was recorded. It is made without recursion, and
    long sums and products in one go.
    """
    done: dict[Value, Expression] = {}
    path = [root]
    while path:
        node = path[-1]
        is_number = not node.op or (pieces and node.op.is_flat)
        parts = [] if is_number else _parts(node, symbols)
        missing = [
            v for v, _ in parts if isinstance(v, Value) and v not in symbols and v not in done
        ]
        if missing:
            path.extend(reversed(missing))
            continue
        path.pop()
        written = [
            (constant(v) if not isinstance(v, Value) else symbols.get(v) or done[v], subtracted)
            for v, subtracted in parts
        ]
        if node.op == "+" and _begins_with_bias(parts, written):
            written = [*written[1:], written[0]]
        done[node] = Number(node.data) if is_number else _compose(node, written)
    return done[root]


def constant(x: float) -> Expression:
    """A plain number; one of those in the rules of the table that no decimals end, as it is."""
    return _IRRATIONAL.get(x) or Number(x)


_IRRATIONAL: Final[dict[float, Expression]] = {
    math.log(2.0): Call(OPS["log"], (Number(2.0),)),
    math.log(10.0): Call(OPS["log"], (Number(10.0),)),
    2.0 / math.sqrt(math.pi): Quotient(Number(2.0), Call(OPS["sqrt"], (Number(math.pi),))),
}


def _begins_with_bias(parts: list[Part], written: list[tuple[Expression, bool]]) -> bool:
    """Whether it is b + w·x + …, which is written with the b last."""
    first, (_, *products) = parts[0][0], [e for e, _ in written]
    return (
        isinstance(first, Value)
        and not first.op
        and all(
            isinstance(e, Product) and all(isinstance(f, Symbol) for f in e.factors)
            for e in products
        )
    )


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
            terms = _terms(parts)
            return Sum(terms[1:] if terms[0] == Number(0.0) else terms)  # Python's sum begins at 0
        case "*":
            return _times([g for f in arguments for g in _factors(f)])
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
        case "xlogy":
            a, b = arguments
            return Product((*_factors(a), Call(OPS["log"], (b,))))
        case "logaddexp":
            return Call(OPS["log"], (Sum(tuple([Call(OPS["exp"], (e,)) for e in arguments])),))
        case _:
            return Call(node.op, arguments)


def _times(factors: list[Expression]) -> Expression:
    """The product as it is written however it was typed: numbers first, and x² for x · x."""
    numbers = [f for f in factors if isinstance(f, Number)]
    powers = Counter(f for f in factors if not isinstance(f, Number))
    raised = [f if n == 1 else Power(f, Number(float(n))) for f, n in powers.items()]
    return product([*numbers, *raised])


def _terms(parts: list[tuple[Expression, bool]]) -> tuple[Expression, ...]:
    terms: list[Expression] = []
    for e, subtracted in parts:
        if subtracted:
            terms.append(_opposite(e))
        else:
            terms.extend(e.terms if isinstance(e, Sum) else (e,))
    return tuple(terms)


def _opposite(e: Expression) -> Expression:
    """What is added instead of subtracting: a − (−1) is a + 1, and a − (−2 · b) is a + 2 · b."""
    match e:
        case Number(x) if x < 0.0:
            return Number(-x)
        case Product((Number(x), *others)) if x < 0.0:
            return Product((Number(-x), *others))
        case _:
            return Negative(e)


def _factors(e: Expression) -> tuple[Expression, ...]:
    return e.factors if isinstance(e, Product) else (e,)
