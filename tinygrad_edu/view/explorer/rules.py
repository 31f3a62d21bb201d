"""The formula of each operation and the rules for its derivatives, as trees for the page.

0 and 1 in a tree are the arguments of the operation and 2 its result, ``["#", 0.5]`` is a number;
``["+", a, b]``, ``["·", …]``, ``["/", a, b]``, ``["^", a, b]`` and ``["−", a]`` are arithmetic, and
``["tanh", a]`` is a function. The page writes them with names and with numbers, and works them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Context
from typing import Any, Final

from ...engine import Value
from ...ops import MUL, Op, unknown
from ...teach.notation.algebra import simplify
from ...teach.notation.expression import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from ...teach.notation.formula import expression
from ...teach.notation.labels import name_of

Tree = int | list[Any]

_AT: Final = (0.7071, 1.618)
"""Two numbers, found in no rule, that stand for the arguments."""


def trees(op: Op) -> dict[str, Any]:
    """The formula, and for each argument that may be a Value a rule, or None if it is unknown.

    >>> from ...ops import OPS
    >>> trees(OPS["tanh"])
    {'formula': ['tanh', 0], 'rules': [['+', ['#', 1.0], ['−', ['^', 2, ['#', 2.0]]]]]}
    """

    if op.function is unknown:
        return {"formula": [op.text, *range(op.arity)], "rules": [None] * op.arity}

    def recorded() -> dict[str, Any]:
        arguments = [Value(x) for x in _AT[: len(op.rules)]]
        parameters = list(_AT[len(op.rules) : op.arity])
        node = op.function(*arguments, *parameters)
        symbols = {
            v: Symbol(name_of(str(place)), v.data)
            for place, v in [*enumerate(arguments), (2, node)]
        }
        if op is MUL:  # a · a, which has two edges, where a formula would have a²
            formula: Expression = Product((symbols[arguments[0]], symbols[arguments[1]]))
        else:
            formula = expression(node, {v: symbols[v] for v in arguments})
        rules = [_rule(rule(*arguments, *parameters, node), symbols) for rule in op.rules]
        return {"formula": _tree(formula), "rules": [_tree(simplify(e)) for e in rules]}

    # In a fresh context it is recorded even where the caller records nothing.
    return Context().run(recorded)


def _rule(derivative: Value | float, symbols: Mapping[Value, Symbol]) -> Expression:
    if not isinstance(derivative, Value):
        return Number(derivative)
    return symbols.get(derivative) or expression(derivative, symbols)


def _tree(e: Expression) -> Tree:
    match e:
        case Symbol():
            return int(e.name.text)
        case Number():
            return _AT.index(e.value) if e.value in _AT else ["#", e.value]
        case Sum():
            return ["+", *map(_tree, e.terms)]
        case Product():
            return ["·", *map(_tree, e.factors)]
        case Quotient():
            return ["/", _tree(e.numerator), _tree(e.denominator)]
        case Power():
            return ["^", _tree(e.base), _tree(e.exponent)]
        case Negative():
            return ["−", _tree(e.operand)]
        case Call():
            return [str(e.op), *map(_tree, e.arguments)]
    raise TypeError(f"an operation has no {e!r} in it")
