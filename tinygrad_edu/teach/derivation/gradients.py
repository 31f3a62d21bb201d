"""How the derivatives of a derivation are written: ∂L/∂v, δ, ∂y/∂x, σ′(z), and why they hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property
from itertools import groupby, pairwise
from typing import Final

from ...engine import Value
from ..notation.expression import Derivative, Expression, Number, Prime, Symbol
from ..notation.formula import expression
from ..notation.labels import name_of
from ..record.direct import reached
from ..record.ledger import gradients_of
from .chains import Chain, Chains
from .lines import Words, with_commas, words
from .partials import Steps
from .shorten import form

MOST_REASONS: Final = 2
"""The most reasons that are said of one line."""

KINKS: Final = ("relu", "leaky_relu", "elu", "abs", "maximum", "minimum")
"""The functions whose derivative is one formula on one side of a point and another beyond it."""


class Gradients:
    """The symbols of the derivatives in the derivation of one graph."""

    def __init__(self, steps: Steps, chains: Chains) -> None:
        self.steps: Steps = steps
        self.chains: Chains = chains
        self.root: Value = steps.root
        self.values: dict[Value, float] = gradients_of(steps.root)
        self._numbers: dict[Hashable, int] = {}  # of shapes, which are long
        self._ups: dict[Value, int] = {}
        self._slopes: dict[Value, dict[Value, int]] = {}
        self._slopes_of_shape: dict[int, list[int]] = {}
        self._lowest: dict[Value, int] = {}  # how low the lowest step is that mentions a value
        self._reached: dict[Value, set[Value]] = {}  # by each step through another of its operands

    def of(self, v: Value) -> Symbol:
        """∂L/∂v."""
        names = self.steps.names
        return Symbol(Derivative(names[self.root], names[v]), self.values[v])

    def short(self, v: Value) -> Symbol:
        """The gradient of a weighted sum z is δ, with the indices of z; any other's is ∂L/∂v."""
        if self._has_delta(v):
            return Symbol(self.steps.names[v].with_base("δ"), self.values[v])
        return self.of(v)

    @cached_property
    def has_deltas(self) -> bool:
        """Whether gradients are worked out from those of weighted sums, layer by layer."""
        deep = not self.chains.from_root
        taken = any(n.pieces and n.pieces[0].base == "δ" for n in self.steps.names.values())
        return (
            deep
            and not taken
            and any(
                self._feeds_activation(v) and self._is_weighted_sum(v) for v in self.chains.derived
            )
        )

    def _is_weighted_sum(self, v: Value) -> bool:
        name = self.steps.names[v]
        if v.op not in ("+", "*", "-") or not name.pieces or name.pieces[0].base != "z":
            return False
        return self._feeds_activation(v) or any(
            node.op == "*" and all(x in self.steps.symbols for x in node.operands)
            for node in self.steps.inside(v)
        )

    def _has_delta(self, v: Value) -> bool:
        return self.has_deltas and self._is_weighted_sum(v)

    def _feeds_activation(self, v: Value) -> bool:
        return any(p.op.is_activation for p in self.chains.parents.get(v, ()))

    def partial(self, step: Value, v: Value) -> Symbol:
        """∂step/∂v; ∂⁺ where v reaches the step through another of its operands too."""
        names = self.steps.names
        name = Derivative(names[step], names[v], self.is_direct(step, v))
        return Symbol(name, self.steps.partials(step)[v].value)

    def is_direct(self, step: Value, v: Value) -> bool:
        """Whether v reaches the step on another way than as its operand."""
        if self._lowest_user(v) >= self.steps.depth[step]:
            return False  # no other step that mentions it comes before this one
        if step not in self._reached:
            self._reached[step] = reached(self.steps.operands[step])
        return v in self._reached[step]

    @cached_property
    def has_direct(self) -> bool:
        """Whether any local derivative is not the total one."""
        depth = self.steps.depth
        return any(
            self.is_direct(step, v)
            for v, steps in self.chains.parents.items()
            if max(map(depth.__getitem__, steps)) > self._lowest_user(v)
            for step in steps
        )

    def _lowest_user(self, v: Value) -> int:
        """The depth of the lowest step that mentions a value."""
        if v not in self._lowest:
            self._lowest[v] = min(map(self.steps.depth.__getitem__, self.chains.parents[v]))
        return self._lowest[v]

    def formula(self, step: Value, v: Value) -> Expression:
        """The derivative of a step as a formula."""
        return self.steps.partials(step)[v].formula

    def primed(self, step: Value, v: Value) -> Expression:
        """σ′(z) for the derivative of an activation, else the formula of the derivative."""
        if not step.op.is_activation or step in self.steps.classes or step.operands[0] is not v:
            return self.formula(step, v)
        return Prime(step.op, self.steps.symbols[v], self.steps.partials(step)[v].value)

    # What lines have in common

    def shape(self, v: Value) -> Hashable:
        """What gradients have in common whose lines differ in names and numbers alone."""
        return self._up(v), self._has_delta(v)

    def _up(self, v: Value) -> int:
        """The shape of the chains above v, as a number of its own."""
        if v not in self._ups:
            links = [
                (self._slopes_of(p)[v], -1 if self.chains.is_start(p) else self._up(p))
                for p in self.chains.parents[v]
            ]
            self._ups[v] = self._numbered(tuple([(k, len(list(g))) for k, g in groupby(links)]))
        return self._ups[v]

    def shape_of_chain(self, chain: Chain) -> Hashable:
        """What chains have in common whose products differ in names and numbers alone."""
        return tuple([self._slopes_of(step)[v] for step, v in pairwise(chain)])

    def _slopes_of(self, step: Value) -> dict[Value, int]:
        """The form of each ∂step/∂operand, which is worked out once for all steps of one shape."""
        if step not in self._slopes:
            shape, operands = self.steps.shape(step), self.steps.operands[step]
            if shape not in self._slopes_of_shape:
                formulas = [self.formula(step, v) for v in operands]
                forms = [(form(formula), formula == Number(1.0)) for formula in formulas]
                self._slopes_of_shape[shape] = [self._numbered(found) for found in forms]
            self._slopes[step] = dict(zip(operands, self._slopes_of_shape[shape]))
        return self._slopes[step]

    def _numbered(self, shape: Hashable) -> int:
        return self._numbers.setdefault(shape, len(self._numbers))

    # Where a derivative depends on the side of a kink

    def kinks(self, step: Value, v: Value) -> list[Value]:
        """The nodes on the way from v to a step whose derivative depends on where they are."""
        if not self._has_kinks or step in self.steps.classes:
            return []
        depends, found = {v}, []
        for node in self.steps.inside(step):
            if not depends.isdisjoint(node.operands):
                depends.add(node)
                if node.op in KINKS:
                    found.append(node)
        return found

    @cached_property
    def _has_kinks(self) -> bool:
        return any(node.op in KINKS for node in self.steps.order)

    def reasons(self, links: Iterable[tuple[Value, Value]]) -> Words:
        """On which side of its kink each function on the way is, where they are few."""
        nodes = dict.fromkeys(node for link in links for node in self.kinks(*link))
        said = [self._side(node) for node in nodes] if len(nodes) <= MOST_REASONS else []
        said = [reason for i, reason in enumerate(said) if reason not in said[:i]]
        return with_commas(said)

    def _side(self, node: Value) -> Words:
        a = self._argument(node, 0)
        b: Expression = Number(0.0)
        x, y = _number(node.arguments[0]), 0.0
        if node.op in ("maximum", "minimum"):
            b, y = self._argument(node, 1), _number(node.arguments[1])
        elif node.op != "abs" and x <= 0.0:
            return words("since {a} ≤ {b}", a=a, b=b)
        if x > y:
            return words("since {a} > {b}", a=a, b=b)
        return words("since {a} < {b}", a=a, b=b) if x < y else words("since {a} = {b}", a=a, b=b)

    def _argument(self, node: Value, position: int) -> Expression:
        x = node.arguments[position]
        if not isinstance(x, Value):
            return Number(x)
        return self.steps.symbols.get(x) or expression(x, self.steps.symbols)

    def cases(self) -> list[Words]:
        """The case distinction of each function with a kink that gradients pass through."""
        if not self._has_kinks:
            return []
        steps = [step for step in self.chains.steps if step not in self.steps.classes]
        nodes = [node for step in steps for node in self.steps.inside(step) if node.op in KINKS]
        return [cases(node) for node in {node.op: node for node in nodes}.values()]


def cases(node: Value) -> Words:
    """The case distinction of a function with a kink."""
    z = Symbol(name_of("z"), 0.0)
    match str(node.op):
        case "relu":
            prime = Prime(node.op, z, 0.0)
            return words("{prime} is 1 where {z} > 0, and 0 elsewhere.", prime=prime, z=z)
        case "leaky_relu":
            prime, slope = Prime(node.op, z, 0.0), Number(_number(node.arguments[1]))
            return words(
                "{prime} is 1 where {z} > 0, and {slope} elsewhere.", prime=prime, z=z, slope=slope
            )
        case "elu":
            prime = Prime(node.op, z, 0.0)
            return words("{prime} is 1 where {z} > 0, and smaller elsewhere.", prime=prime, z=z)
        case "abs":
            return words(
                "The derivative of |{z}| is 1 where {z} > 0, −1 where {z} < 0, and 0 at 0.", z=z
            )
        case "maximum":
            return words(
                "The derivative of a maximum is 1 for the larger, 0 for the smaller, and ½ for "
                "each of two equal ones."
            )
        case _:
            return words(
                "The derivative of a minimum is 1 for the smaller, 0 for the larger, and ½ for "
                "each of two equal ones."
            )


def _number(x: Value | float) -> float:
    return x.data if isinstance(x, Value) else x
