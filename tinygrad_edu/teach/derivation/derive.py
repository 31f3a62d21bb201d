"""The worked derivation of gradients: the forward pass, then the chain rule step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeAlias

from ...engine import Value
from ...ieee import is_real
from ...language import say
from ...nn import Module
from ..notation.algebra import cancelled, size
from ..notation.expression import (
    Derivative,
    Expression,
    Negative,
    Number,
    Prime,
    Product,
    Sum,
    Symbol,
    product,
)
from ..notation.formula import names
from ..notation.labels import Name, name_of
from ..record.direct import reached
from ..record.ledger import Ledger
from ..record.lookup import value_of
from ..record.moment import require_one_moment
from .chains import Chains
from .document import Document
from .lines import Line, Omission, Part, Section, Words, result, words
from .partials import Steps
from .shorten import AT_MOST, Detail, by_level, shortened, trimmed

Wanted: TypeAlias = Value | str | Iterable[Value | str] | None
"""Values of a graph or their labels, one or several."""

_DELTA: Final = name_of("δ")
_DIRECT: Final = name_of("∂⁺")

LOSSES: Final = ("L", "J", "C", "E", "loss", "cost")
"""What a root is called that is a loss."""

LONGEST_RULES: Final = 8
"""How many names and numbers a derivative may have that is written before it is simplified."""

GIVEN: Final = 24
"""How many leaves the section of what is given lists before it leaves some out."""


def derive(
    root: Value,
    wrt: Wanted = None,
    *,
    lr: float | None = None,
    model: Module | None = None,
    detail: Detail = "normal",
    digits: int = 6,
) -> Document:
    """The derivation of ∂root/∂v for each v of `wrt`, as a good teacher would write it.

    First what is given, and the forward pass with its numbers. Then each gradient: the chain rule
    in symbols, the same with each factor's formula, with numbers, and the result. A value that is
    used more than once gives a sum over its paths; a gradient that several others need is derived
    once, before them; in a deep graph each gradient is derived from those of the step after it
    (δ is the gradient of a weighted sum z). Last, one step of gradient descent.

    wrt     Values of the graph or their labels; without it, all its leaves that have a label
            (all leaves, where none has)
    lr      the learning rate of the update step; without it there is no such step
    model   names its parameters by layer and neuron, as in `names`
    detail  "full" writes out everything; "normal" and "brief" write of many lines, terms or paths
            of one form the first ones, and say how many they leave out
    digits  significant digits of the numbers, which are rounded for display only

    The result prints as plain text, shows itself as mathematics in a notebook, and has
    ``.save("derivation.md" | ".tex" | ".html")``. Nothing of the graph is changed, its gradients
    included. ValueError or TypeError for an unknown or ambiguous label, a value that is not in
    the graph, an unknown `detail`, and a leaf whose data has changed since the graph was recorded.

    >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
    >>> print(derive((w * x).tanh(), wrt=w, digits=3))
    The derivation of ∂L/∂w
    <BLANKLINE>
    Given
      w = 2   x = 3
    <BLANKLINE>
    Forward pass
      z₁ = w · x = 2 · 3 = 6
    <BLANKLINE>
    Loss
      L = tanh(z₁) = tanh(6) = 1
    <BLANKLINE>
    Backward pass
      ∂L/∂w = ∂L/∂z₁ · ∂z₁/∂w = (1 − L²) · x = 2.46e-5 · 3 = 7.37e-5
    """
    if detail not in AT_MOST:
        raise ValueError(f"detail is one of {', '.join(AT_MOST)}, not {detail!r}")
    if lr is not None and not is_real(lr):
        raise TypeError(f"lr is the learning rate, a number, not {lr!r}")
    wanted = wanted_values(root, wrt, model)
    require_one_moment(root, "derive")
    return _Derivation(root, wanted, model, detail).document(lr, digits)


class _Derivation:
    """The lines of a derivation."""

    def __init__(
        self, root: Value, wanted: list[Value], model: Module | None, detail: Detail
    ) -> None:
        self.root, self.wanted, self.detail = root, wanted, detail
        self.steps = Steps(root, model, wanted)
        self.names, self.symbols = self.steps.names, self.steps.symbols
        self.chains = Chains(self.steps, wanted)
        self.gradients = Ledger(root).gradients
        self._reached: dict[Value, set[Value]] = {}  # by each step through another of its operands

    # Symbols of derivatives

    def gradient(self, v: Value) -> Symbol:
        """∂L/∂v."""
        return Symbol(Derivative(self.names[self.root], self.names[v]), self.gradients[v])

    def short(self, v: Value) -> Symbol:
        """The gradient of a weighted sum z is δ, with the indices of z; any other's is ∂L/∂v."""
        name = self.names[v]
        if self.chains.from_root or not self._feeds_activation(v) or name.text[0] != "z":
            return self.gradient(v)
        return Symbol(name.with_base("δ"), self.gradients[v])

    def _feeds_activation(self, v: Value) -> bool:
        return any(p.op.is_activation for p in self.chains.parents.get(v, ()))

    def partial(self, step: Value, v: Value) -> Symbol:
        """∂step/∂v; ∂⁺ where v reaches the step through another of its operands too."""
        name = Derivative(self.names[step], self.names[v], self._is_direct(step, v))
        return Symbol(name, self.chains.partials[step][v].value)

    def _is_direct(self, step: Value, v: Value) -> bool:
        if step not in self._reached:
            operands = self.steps.operands[step]
            self._reached[step] = reached(operands) if len(operands) > 1 else set()
        return v in self._reached[step]

    # The document

    def document(self, lr: float | None, digits: int) -> Document:
        """The derivation, section by section."""
        last = say("Loss") if self.names[self.root].text in LOSSES else say("Result")
        forward = by_level(self._in_layers[:-1], self._depth, self._forward, self.detail)
        level, derived = self.chains.level, self.chains.derived
        backward = by_level(derived, level, self._derived, self.detail)
        sections = [
            Section(say("Given"), self._given(), inline=True),
            Section(say("Forward pass"), forward, self._about_numbers()),
            Section(last, [self._forward(self.root)]),
            Section(say("Backward pass"), backward, self._remark()),
        ]
        sections = [s for s in sections if s.lines]
        if lr is not None:
            updates = [self._update(v, lr) for v in self.wanted if not v.op]
            sections.append(Section(say("Update"), shortened(updates, self.detail)))
        return Document(self._title(), tuple(sections), digits)

    def _title(self) -> Words:
        """The wanted gradients, the first and the last of many."""
        gradients = [self.gradient(v).name for v in self.wanted]
        if len(gradients) > 6:
            first, second, *_, last = gradients
            return words(
                "The derivation of {first}, {second}, …, {last} ({count} gradients)",
                first=first,
                second=second,
                last=last,
                count=str(len(gradients)),
            )
        listed = ", ".join(f"{{g{i}}}" for i in range(len(gradients)))
        parts = {f"g{i}": gradient for i, gradient in enumerate(gradients)}
        return [*words("The derivation of "), *words(listed, **parts)]

    def _about_numbers(self) -> Words:
        """What h[2] means, where there is one."""
        for symbol in self.symbols.values():
            name = symbol.name
            if isinstance(name, Name) and name.nth == 2:
                first = replace(name, nth=1)
                return words(
                    "{name} is the second of the values called {first}.", name=name, first=first
                )
        return []

    def _remark(self) -> Words:
        """What the signs δ and ∂⁺ stand for, where the lines use them."""
        found: list[str | Expression] = []
        for v in self.chains.derived:
            if self.short(v) != self.gradient(v):
                delta, gradient = self.short(v), self.gradient(v)
                found += words(
                    "{sign} is the gradient of a weighted sum: {delta} = {gradient}.",
                    sign=_DELTA,
                    delta=delta,
                    gradient=gradient,
                )
                break
        parents = self.chains.parents.items()
        if any(self._is_direct(step, v) for v, steps in parents for step in steps):
            found += [" "] if found else []
            found += words(
                "{sign} is a direct derivative, the other values being held fixed.", sign=_DIRECT
            )
        return found

    def _given(self) -> list[Line | Omission]:
        """The leaves, in the order in which the lines of the forward pass mention them."""
        mentioned = [v for step in self._in_layers for v in self.steps.operands[step] if not v.op]
        leaves = [Line(self.symbols[v], (result(v.data),)) for v in dict.fromkeys(mentioned)]
        if len(leaves) <= GIVEN or self.detail == "full":
            return list(leaves)
        return [*leaves[: GIVEN // 2], _omitted(leaves[GIVEN // 2 :])]

    @cached_property
    def _in_layers(self) -> list[Value]:
        """The steps, those first that the fewest others lead up to."""
        return sorted(self._depth, key=self._depth.__getitem__)

    @cached_property
    def _depth(self) -> dict[Value, int]:
        """How many steps lead up to each step, itself included."""
        depth: dict[Value, int] = {}
        for step, operands in self.steps.operands.items():
            depth[step] = 1 + max([depth.get(v, 0) for v in operands], default=0)
        return depth

    def _forward(self, step: Value) -> Line:
        """step = formula = with numbers = the result."""
        said = say("{count} more terms of the same form")
        formula = trimmed(self.steps.formula(step), self.detail, said)
        parts = Part(formula, "given"), Part(formula, "numbers"), result(step.data)
        return Line(self.symbols[step], parts)

    def _derived(self, v: Value) -> Line:
        """∂L/∂v = the chain rule = with formulas = simplified = with numbers = the result."""
        symbols: list[Expression] = []
        primed: list[Expression] = []  # the formulas with σ′(z) for the derivative of σ
        formulas: list[Expression] = []
        numbers: list[Expression] = []
        chains = self.chains.chains(v)
        for chain in chains:
            above = [] if chain[0] is self.root else [chain[0]]
            links = list(pairwise(chain))
            symbols.append(
                product([*map(self.gradient, above), *[self.partial(*link) for link in links]])
            )
            links = [link for link in links if self._formula(*link) != Number(1.0)]
            start = [self.short(v) for v in above]
            primed.append(product([*start, *[self._primed(*link) for link in links]]))
            formulas.append(product([*start, *[self._formula(*link) for link in links]]))
            numbers.append(product([*start, *[self.partial(*link) for link in links]]))
        parts = [Part(self._sum(symbols), "rule")]
        if self.short(v) != self.gradient(v):
            definition = Part(self.gradient(v), "given")
            parts = [definition, *parts, Part(self._sum(primed), "formula")]
        if len(chains) == 1 and len(chains[0]) == 2:
            rules = self.chains.partials[chains[0][0]][v].rules
            if size(rules) <= LONGEST_RULES:
                parts.append(Part(product([*start, rules]), "formula"))
        parts.append(Part(self._sum(formulas), "formula"))
        if len(chains) > 1 or isinstance(numbers[0], Product):
            numeric = self._sum(numbers)
        else:
            numeric = formulas[0]
        if len(chains) == 1:
            shortest = cancelled(formulas[0])
            if size(shortest) < size(formulas[0]):
                numeric = shortest
                parts.append(Part(shortest, "formula"))
        parts += [Part(numeric, "numbers"), result(self.gradients[v])]
        return Line(self.short(v), tuple(parts))

    def _sum(self, terms: list[Expression]) -> Expression:
        if len(terms) == 1:
            return terms[0]
        return trimmed(Sum(tuple(terms)), self.detail, say("{count} more paths of the same form"))

    def _formula(self, step: Value, v: Value) -> Expression:
        return self.chains.partials[step][v].formula

    def _primed(self, step: Value, v: Value) -> Expression:
        """σ′(z) for the derivative of an activation, else the formula of the derivative."""
        if not step.op.is_activation or step.operands[0] is not v:
            return self._formula(step, v)
        return Prime(step.op, self.symbols[v], self.chains.partials[step][v].value)

    def _update(self, v: Value, lr: float) -> Line:
        """w ← w − lr · ∂L/∂w, with numbers."""
        rule = Sum((self.symbols[v], Negative(Product((Number(lr), self.gradient(v))))))
        after = result(v.data - lr * self.gradients[v])
        parts = Part(rule, "given"), Part(rule, "numbers"), after
        return Line(self.symbols[v], parts, assignment=True)


def _omitted(leaves: list[Line]) -> Omission:
    return Omission(leaves, say("{count} more given values", count=len(leaves)))


def wanted_values(root: Value, wrt: Wanted, model: Module | None) -> list[Value]:
    """The values to differentiate by, each once (see `derive`)."""
    named = names(root, model)
    if wrt is None:
        leaves = [v for v in named if not v.op]
        return [v for v in leaves if v.label] or leaves
    keys = [wrt] if isinstance(wrt, Value | str) else list(wrt)
    found = [value_of(key, named, root) for key in keys]
    if not found:
        raise ValueError("wrt is empty: name at least one value to differentiate by")
    if root in found:
        raise ValueError(f"wrt holds the root {named[root]} itself, whose gradient is 1")
    return list(dict.fromkeys(found))
