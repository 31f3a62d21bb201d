"""The steps of a derivation and their partial derivatives, as formulas and as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import Context
from typing import NamedTuple

from ...engine import Value, topological_order
from ...nn import Module
from ...ops import OPS
from ..notation.algebra import simplify
from ..notation.expression import Call, Expression, Number, Quotient, Sum, Symbol, product
from ..notation.formula import expression, symbols_of
from ..notation.labels import Name
from ..notation.naming import name_all
from ..notation.steps import continues, steps


class Partial(NamedTuple):
    """∂step/∂operand, the step's other operands held fixed.

    rules    a product of a factor for each operation on the way, or a sum of such products
    formula  the same, simplified
    value    the number
    """

    rules: Expression
    formula: Expression
    value: float


class Steps:
    """A graph as a teacher walks through it: its `steps`, and each one's direct operands.

    order     every value, in the order of the forward pass
    lines     the steps in that order; `also` are values that are to be steps besides
    names     of every value
    symbols   of the values that formulas mention: the steps and the leaves
    operands  of each step, the values that its formula mentions
    """

    def __init__(self, root: Value, model: Module | None, also: Iterable[Value] = ()) -> None:
        self.root = root
        self.order = topological_order(root)
        chosen = {*steps(root), *(v for v in also if v.op)}
        self.lines = [v for v in self.order if v in chosen]
        self.names: dict[Value, Name] = name_all(self.order, self.lines, model)
        self.symbols: dict[Value, Symbol] = symbols_of(self.names, self.lines)
        self.operands = {step: self._mentioned(step) for step in self.lines if step.op}

    def formula(self, step: Value) -> Expression:
        """What a step is computed by."""
        return expression(step, self.symbols)

    def partials(self, step: Value) -> dict[Value, Partial]:
        """∂step/∂operand for each of the step's operands.

        Reverse mode on the step's own formula, in which every inner node is used once: a factor
        for each operation on the way, from the rule of that operation.
        """
        factors: dict[Value, tuple[Expression, ...]] = {step: ()}
        numbers = {step: 1.0}
        terms: dict[Value, list[Expression]] = {}
        totals: dict[Value, float] = {}
        sums: dict[Value, Expression] = {}  # e^x₁ + e^x₂ + … of the nodes of a logsumexp
        for node in reversed(self._inside(step)):
            if node.op == "logaddexp" and node not in sums and self._goes_on(node):
                sums[node] = self._sum_of_exponentials(node)
            slopes = iter(node.pull_back(numbers[node]))
            for argument, rule in zip(node.arguments, node.op.rules):
                if not isinstance(argument, Value):
                    continue
                number = next(slopes)
                if node not in sums:
                    # In a fresh context it is recorded even where the caller records nothing.
                    factor = self._written(Context().run(rule, *node.arguments, node))
                elif argument not in self.symbols and continues(node, argument):
                    sums[argument], factor = sums[node], Number(1.0)
                else:  # as the formula is ln Σ e^x, so is its derivative e^x / Σ e^x
                    factor = Quotient(Call(OPS["exp"], (self._written(argument),)), sums[node])
                factor = simplify(factor)
                path = factors[node] if factor == Number(1.0) else (*factors[node], factor)
                if argument in self.symbols:
                    terms.setdefault(argument, []).append(product(path))
                    totals[argument] = totals.get(argument, 0.0) + number
                else:
                    factors[argument], numbers[argument] = path, number
        rules = {
            v: found[0] if len(found) == 1 else Sum(tuple(found[::-1]))
            for v, found in terms.items()
        }
        return {v: Partial(rules[v], simplify(rules[v]), totals[v]) for v in terms}

    def _goes_on(self, node: Value) -> bool:
        """Whether its formula is that of a longer chain than its own two arguments."""
        first = node.arguments[0]
        return isinstance(first, Value) and first not in self.symbols and continues(node, first)

    def _sum_of_exponentials(self, node: Value) -> Expression:
        """The argument of the logarithm in the formula of a logsumexp."""
        formula = expression(node, self.symbols)
        assert isinstance(formula, Call)
        return formula.arguments[0]

    def _written(self, derivative: Value | float) -> Expression:
        if not isinstance(derivative, Value):
            return Number(derivative)
        return self.symbols.get(derivative) or expression(derivative, self.symbols, pieces=True)

    def _inside(self, step: Value) -> list[Value]:
        """The nodes that make up a step's formula, each after its operands."""
        found: list[Value] = []
        path = [step]
        while path:
            node = path.pop()
            found.append(node)
            path.extend(v for v in node.operands if v not in self.symbols)
        return found[::-1]

    def _mentioned(self, step: Value) -> list[Value]:
        """In the order in which the formula is read."""
        nodes = self._inside(step)
        return list(dict.fromkeys(v for n in nodes for v in n.operands if v in self.symbols))
