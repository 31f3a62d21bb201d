"""The steps of a derivation and their partial derivatives, as formulas and as numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextvars import Context
from functools import cached_property
from typing import NamedTuple

from ...engine import Value
from ...nn import Module
from ...ops import ADD, DIV, LEAF, MUL, OPS, unknown
from ..notation.algebra import shortest, simplify
from ..notation.expression import (
    Call,
    Expression,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
    product,
    sum_of,
)
from ..notation.formula import constant, expression, names, symbols_of
from ..notation.labels import Name, name_of
from ..notation.naming import live_model, name_all, places_of
from ..notation.steps import continues
from ..notation.textbook import Softmax, Textbook
from ..record.ledger import NOISE


class Partial(NamedTuple):
    """∂step/∂operand, the step's other operands held fixed.

    rules    a product of a factor for each operation on the way, or a sum of such products
    formula  the same, simplified
    value    the number
    """

    rules: Expression
    formula: Expression
    value: float


class Classes(NamedTuple):
    """The probabilities pⱼ of a softmax and the targets yⱼ, one for each logit."""

    logits: list[Value]
    probabilities: list[Symbol]
    targets: list[Symbol]

    @property
    def loss(self) -> Expression:
        """−Σ yⱼ ln pⱼ."""
        pairs = zip(self.targets, self.probabilities)
        terms = [Product((y, Call(OPS["log"], (p,)))) for y, p in pairs]
        return Negative(Sum(tuple(terms)))

    @property
    def of_target(self) -> Expression | None:
        """−ln p of the target's class, which is the same, where there is one class."""
        targets = [y.value for y in self.targets]
        if 1.0 not in targets:
            return None
        return Negative(Call(OPS["log"], (self.probabilities[targets.index(1.0)],)))

    def probability(self, j: int, symbols: Mapping[Value, Symbol]) -> Expression:
        """e^zⱼ / Σ e^z."""
        exponentials = [Call(OPS["exp"], (symbols[z],)) for z in self.logits]
        return Quotient(exponentials[j], Sum(tuple(exponentials)))


class Steps:
    """A graph as a teacher walks through it: its `steps`, and each one's direct operands.

    order     every value, in the order of the forward pass
    lines     the steps in that order; `also` are values that are to be steps besides
    names     of the values that formulas mention: the steps and the leaves
    symbols   of the same
    operands  of each step, the values that its formula mentions
    classes   of each cross-entropy after a softmax, its probabilities and targets
    """

    def __init__(
        self,
        written: Textbook,
        model: Module | None,
        also: Iterable[Value] = (),
    ) -> None:
        self.root: Value = written.root
        self.order: list[Value] = written.order
        model = model or live_model(self.order)
        own = written.lines
        chosen = {*own, *({v for v in also if v.op is not LEAF} - written.hidden)}
        self.lines: list[Value] = [v for v in self.order if v in chosen]
        self._places = places_of(self.lines, chosen, model)
        mentioned = {v for v in self.order if v.op is LEAF or v in chosen}
        if written.counterpart:
            named = name_all(self.order, own, model, mentioned)
        else:
            named = names(self.root, model)
        self.names: dict[Value, Name] = {v: named[v] for v in self.order if v in mentioned}
        self.symbols: dict[Value, Symbol] = symbols_of(self.names, self.lines)
        self.letters: tuple[str, str] = self._free("pq", written), self._free("yt", written)
        self.classes: dict[Value, Classes] = {
            node: self._classes(found) for node, found in written.softmax.items()
        }
        self._partials: dict[Value, dict[Value, Partial]] = {}
        self._inside: dict[Value, list[Value]] = {}
        self._shapes: dict[Value, int] = {}
        self._known_shapes: dict[Hashable, int] = {}
        self.operands: dict[Value, list[Value]] = {
            step: self._mentioned(step) for step in self.lines if step.op is not LEAF
        }

    def formula(self, step: Value) -> Expression:
        """What a step is computed by."""
        if step in self.classes:
            return self.classes[step].loss
        return expression(step, self.symbols)

    def _classes(self, found: Softmax) -> Classes:
        largest = max(z.data for z in found.logits)
        powers = [math.exp(z.data - largest) for z in found.logits]
        p, y = (self._called(letter, found) for letter in self.letters)
        probabilities = [Symbol(name, x / sum(powers)) for name, x in zip(p, powers)]
        return Classes(found.logits, probabilities, list(map(Symbol, y, found.targets)))

    def _called(self, letter: str, found: Softmax) -> list[Name]:
        """Names with the indices of the logits."""
        if found.indices:
            return [name_of(letter + index) for index in found.indices]
        return [self.names[z].with_base(letter) for z in found.logits]

    def _free(self, letters: str, written: Textbook) -> str:
        """The first of the letters with which no name is one that a value of the graph has."""
        taken = {name.looks for name in self.names.values()} if written.softmax else set()
        for letter in letters:
            named = [name for s in written.softmax.values() for name in self._called(letter, s)]
            if taken.isdisjoint(name.looks for name in named):
                return letter
        return letters[0]

    @cached_property
    def depth(self) -> dict[Value, int]:
        """How many steps lead up to each step, itself included."""
        depth: dict[Value, int] = {}
        for step, operands in self.operands.items():
            depth[step] = 1 + max([depth.get(v, 0) for v in operands], default=0)
        return depth

    @cached_property
    def in_layers(self) -> list[Value]:
        """The steps, those first that the fewest others lead up to; neurons in their order."""
        places = {
            v: (self.names[v].nth, *place)
            for v, (_, place) in self._places.items()
            if v in self.names
        }
        return sorted(self.depth, key=lambda v: (self.depth[v], places.get(v, (0,))))

    @cached_property
    def leaves(self) -> list[Value]:
        """The leaves, in the order in which the lines of the forward pass are read: biases last."""
        found: dict[Value, None] = {}
        for step in self.in_layers:
            leaves = [v for v in self.operands[step] if v.op is LEAF and v not in found]
            if leaves:
                added = {v for node in self.inside(step) if node.op is ADD for v in node.operands}
                found |= dict.fromkeys(sorted(leaves, key=added.__contains__))
        return list(found)

    def shape(self, step: Value) -> int:
        """What steps have in common whose formulas differ in names and numbers alone: a number."""
        if step not in self._shapes:
            known = self._known_shapes
            self._shapes[step] = known.setdefault(self._form(step), len(known))
        return self._shapes[step]

    def _form(self, step: Value) -> Hashable:
        """The operations of a step's formula, each with where among them its arguments are."""
        if step in self.classes:
            return len(self.classes[step].logits)
        places: dict[Value, int] = {}  # of the step's nodes and of what they mention
        found: list[Hashable] = []
        for node in self.inside(step):
            found.append(node.op)
            for x in node.arguments:
                if isinstance(x, Value):
                    found.append(places.setdefault(x, len(places)))
                else:
                    found.append(x if abs(x) in (0.0, 0.5, 1.0, 2.0) else None)
            places.setdefault(node, len(places))
        return tuple(found)

    def partials(self, step: Value) -> dict[Value, Partial]:
        """∂step/∂operand for each of the step's operands, worked out once."""
        if step not in self._partials:
            self._partials[step] = self._differentiated(step)
        return self._partials[step]

    def _differentiated(self, step: Value) -> dict[Value, Partial]:
        """∂step/∂operand for each of the step's operands.

        Reverse mode on the step's own formula, in which every inner node is used once: a factor
        for each operation on the way, from the rule of that operation.
        """
        if step in self.classes:
            return self._partials_of_softmax(self.classes[step])
        factors: dict[Value, tuple[Expression, ...]] = {step: ()}
        places: dict[Value, int] = {}  # of a product, where in its path its own factors belong
        numbers = {step: 1.0}
        terms: dict[Value, list[Expression]] = {}
        totals: dict[Value, float] = {}
        sizes: dict[Value, float] = {}  # of the terms of each total
        sums: dict[Value, Expression] = {}  # e^x₁ + e^x₂ + … of the nodes of a logsumexp
        for node in reversed(self.inside(step)):
            if node.op == "logaddexp" and node not in sums and self._goes_on(node):
                sums[node] = self._sum_of_exponentials(node)
            slopes = iter(node.pull_back(numbers[node]))
            for argument, rule in zip(node.arguments, node.op.rules):
                if not isinstance(argument, Value):
                    continue
                number = next(slopes)
                if node not in sums:
                    factor = self._slope(node, rule)
                elif argument not in self.symbols and continues(node, argument):
                    sums[argument], factor = sums[node], Number(1.0)
                else:  # as the formula is ln Σ e^x, so is its derivative e^x / Σ e^x
                    factor = Quotient(Call(OPS["exp"], (self._written(argument),)), sums[node])
                path, factor = factors[node], simplify(factor)
                place = start = places.get(node, len(path))
                while place < len(path) and isinstance(path[place], Number):
                    place += 1  # numbers stand first
                if factor != Number(1.0):
                    path = (*path[:place], factor, *path[place:])
                if argument in self.symbols:
                    terms.setdefault(argument, []).append(product(path))
                    totals[argument] = totals.get(argument, 0.0) + number
                    sizes[argument] = sizes.get(argument, 0.0) + abs(number)
                else:
                    factors[argument], numbers[argument] = path, number
                    if {node.op, argument.op} <= {MUL, DIV}:  # a · b · c is read from the left
                        is_left = argument is node.arguments[0]
                        places[argument] = start if is_left else place + (path != factors[node])
        rules = {v: sum_of(found[::-1]) for v, found in terms.items()}
        reading = [self.symbols[v] for v in self.operands[step]]
        formulas = {v: shortest(rule, reading) for v, rule in rules.items()}
        for v, e in formulas.items():  # a sum that comes to 0 has only the rounding of its terms
            if e == Number(0.0) or abs(totals[v]) <= NOISE * sizes[v] < math.inf:
                totals[v] = 0.0
        return {v: Partial(rules[v], formulas[v], totals[v]) for v in terms}

    def _slope(self, node: Value, rule: Callable[..., Value | float]) -> Expression:
        """The derivative of one operation."""
        divisor = node.arguments[-1]
        if node.op is DIV and isinstance(divisor, float):  # 1/√2 is no decimal
            return Quotient(Number(1.0), Number(divisor))
        # In a fresh context it is recorded even where the caller records nothing.
        return self._written(Context().run(rule, *node.arguments, self._output(node)))

    def _partials_of_softmax(self, classes: Classes) -> dict[Value, Partial]:
        """pⱼ − yⱼ for each logit."""
        found = {}
        for z, p, y in zip(*classes):
            formula = Sum((p, Negative(y)))
            found[z] = Partial(formula, formula, p.value - y.value)
        return found

    def _output(self, node: Value) -> Value:
        """What a rule may use for the node's own value.

        1 − a² and a(1 − a) are the textbook's; any other derivative is written in the operands,
        which it is if the rule is given an unnamed node of the same operation.
        """
        is_made = node.op.function is not unknown
        if node not in self.symbols or node.op.is_activation or not is_made:
            return node
        again: Value = Context().run(node.op.function, *node.arguments)
        return again

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
            return constant(derivative)
        return self.symbols.get(derivative) or expression(derivative, self.symbols, pieces=True)

    def inside(self, step: Value) -> list[Value]:
        """The nodes that make up a step's formula, each after its operands."""
        if step not in self._inside:
            found, named = [], self.symbols
            path = [step]
            while path:
                node = path.pop()
                found.append(node)
                for v in node.operands:
                    if v not in named:
                        path.append(v)
            self._inside[step] = found[::-1]
        return self._inside[step]

    def _mentioned(self, step: Value) -> list[Value]:
        """In the order in which the formula is read."""
        if step in self.classes:
            return self.classes[step].logits
        found: dict[Value, None] = {}
        waiting = list(reversed(step.operands))
        while waiting:
            v = waiting.pop()
            if v in self.symbols:
                found[v] = None
            else:
                waiting.extend(reversed(v.operands))
        return list(found)
