"""The sections of a derivation and their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import chain, count, pairwise
from typing import Final

from ...engine import Value
from ...language import say
from ...nn import Module
from ..notation.algebra import cancelled, size
from ..notation.expression import (
    Derivative,
    Expression,
    Negative,
    Number,
    Omitted,
    Product,
    Quotient,
    Sum,
    Symbol,
    product,
)
from ..notation.labels import Name, name_of
from ..notation.naming import LOSSES
from ..notation.plain import Text
from ..notation.textbook import Textbook
from .chains import Chain, Chains
from .document import Document
from .gradients import Gradients
from .guard import can_be_worked_out, guarded, has_lost_digits, with_loss
from .lines import Line, Omission, Part, Section, Words, result, words
from .partials import Classes, Steps
from .shorten import Detail, by_level, runs_cut, shortened, trimmed

LONGEST_RULES: Final = 8
"""How many names and numbers a derivative may have that is written before it is simplified."""

JUMP: Final = 2
"""How many times shorter simplifying has to make one that is longer, for it to be written."""

GIVEN: Final = 24
"""How many leaves the section of what is given lists before it leaves some out."""

LOCAL: Final = 12
"""The most local derivatives that get lines of their own."""

Lines = list[Line | Omission]


class Derivation:
    """The lines of a derivation; `in_order` if the wanted leaves are in no order of their own."""

    def __init__(
        self,
        written: Textbook,
        wanted: list[Value],
        model: Module | None,
        detail: Detail,
        in_order: bool = False,
    ) -> None:
        self.root: Value = written.root
        self.detail = detail
        self._digits = 0
        self.steps: Steps = Steps(written, model, wanted)
        self.names: dict[Value, Name] = self.steps.names
        self.symbols: dict[Value, Symbol] = self.steps.symbols
        if in_order:
            chosen = set(wanted)
            wanted = [v for v in self.steps.leaves if v in chosen]
        self.wanted: list[Value] = wanted
        self.chains: Chains = Chains(self.steps, wanted)
        self.gradients: Gradients = Gradients(self.steps, self.chains)

    def document(self, lr: Value | float | None, digits: int) -> Document:
        """The derivation, section by section."""
        self._digits = digits
        depth, classes = self.steps.depth, self.steps.classes
        inner = [v for v in self.steps.in_layers if v not in classes and v is not self.root]
        last = [v for v in self.steps.in_layers if v in classes and v is not self.root]
        level, derived = self.chains.level, self.chains.derived
        is_loss = Text().named(self.names[self.root]) in LOSSES
        sections = [
            Section(say("Given"), self._given(), self._about_numbers(), inline=True),
            Section(
                say("Forward pass"),
                by_level(inner, depth, self._forward, self.steps.shape, self.detail),
            ),
            Section(say("Softmax"), self._probabilities()),
            Section(
                say("Loss") if is_loss else say("Result"),
                by_level([*last, self.root], depth, self._forward, self.steps.shape, self.detail),
            ),
            Section(say("Local derivatives"), self._local_derivatives()),
            Section(
                say("Backward pass"),
                by_level(derived, level, self._derived, self.gradients.shape, self.detail),
                self._remark(),
            ),
        ]
        if lr is not None:
            sections.append(self._updates(lr))
        shown = [replace(s, lines=guarded(s.lines, digits)) for s in sections if s.lines]
        return Document(self._title(), tuple(shown), digits)

    def _title(self) -> Words:
        """The wanted gradients, the first and the last of many."""
        gradients = [self.gradients.of(v) for v in self.wanted]
        if len(gradients) > 6:
            first, second, *_, last = gradients
            return words(
                "The derivation of {first}, {second}, …, {last} ({count} gradients)",
                first=first,
                second=second,
                last=last,
                count=str(len(gradients)),
            )
        listed = [w for g in gradients for w in (say(", "), g)][1:]
        return [*words("The derivation of "), *listed]

    # What is given, and the forward pass

    def _given(self) -> Lines:
        """The leaves and the targets."""
        leaves = [self.symbols[v] for v in self.steps.leaves]
        leaves += [y for classes in self.steps.classes.values() for y in classes.targets]
        if len(leaves) <= GIVEN or self.detail == "full":
            return [_given(symbol) for symbol in leaves]
        shown, left_out = leaves[: GIVEN // 2], leaves[GIVEN // 2 :]
        said = say("{count} more given values")
        ends = _given(left_out[0]), _given(left_out[-1])
        return [*map(_given, shown), Omission.of(*ends, len(left_out), said)]

    def _about_numbers(self) -> Words:
        """What h[2] means, where there is one."""
        for name in self.names.values():
            if name.nth == 2:
                own = replace(name, nth=1)
                first = next((n for n in self.names.values() if n.looks == own.looks), own)
                return words(
                    "{name} is the second of the values called {first}.", name=name, first=first
                )
        return []

    def _forward(self, step: Value) -> Line:
        """step = formula = with numbers = the result."""
        said = say("{count} more terms of the same form")
        formula = trimmed(self.steps.formula(step), self.detail, said)
        parts = [Part(formula, "given")]
        if step in self.steps.classes and (of_target := self.steps.classes[step].of_target):
            formula = of_target
            parts.append(Part(formula, "given"))
        return Line(self.symbols[step], (*parts, Part(formula, "numbers"), result(step.data)))

    def _probabilities(self) -> Lines:
        """pⱼ = e^zⱼ / Σ e^z."""
        places = [(c, j) for c in self.steps.classes.values() for j in range(len(c.logits))]
        return shortened(
            places,
            lambda place: self._probability(*place),
            lambda place: len(place[0].logits),
            self.detail,
        )

    def _probability(self, classes: Classes, j: int) -> Line:
        formula, p = classes.probability(j, self.symbols), classes.probabilities[j]
        return Line(p, (Part(formula, "given"), Part(formula, "numbers"), result(p.value)))

    # The backward pass

    def _local_derivatives(self) -> Lines:
        """∂y/∂x of each step, where the chains of a short graph share them."""
        derived = self.chains.derived
        if not self.chains.from_root:
            return []
        links = [link for v in derived for c in self.chains.chains(v) for link in pairwise(c)]
        uses = Counter(link for link in links if link[0] is not self.root or link[1] not in derived)
        repeated = [link for link, n in uses.items() if n > 1 and size(self._formula(*link)) > 1]
        if not repeated or len(uses) > LOCAL:
            return []
        in_order = sorted(uses, key=lambda link: self.chains.level[link[1]])
        return [self._local_derivative(*link) for link in in_order]

    def _local_derivative(self, step: Value, v: Value) -> Line:
        partial = self.steps.partials(step)[v]
        parts = [Part(partial.rules, "formula")] if size(partial.rules) <= LONGEST_RULES else []
        parts += [Part(partial.formula, "formula"), Part(partial.formula, "numbers")]
        left, reasons = self.gradients.partial(step, v), self.gradients.reasons([(step, v)])
        return Line(left, (*parts, result(partial.value)), note=reasons)

    def _remark(self) -> Words:
        """What the signs δ and ∂⁺ stand for, where the lines use them, and what else is assumed."""
        said: list[Words] = []
        for v in self.chains.derived:
            delta, gradient = self.gradients.short(v), self.gradients.of(v)
            if delta != gradient:
                said.append(
                    words(
                        "{sign} is the gradient of a weighted sum: {delta} = {gradient}.",
                        sign=name_of("δ"),
                        delta=delta,
                        gradient=gradient,
                    )
                )
                break
        if self.gradients.has_direct:
            said.append(
                words(
                    "{sign} is a direct derivative, the other values being held fixed.",
                    sign=name_of("∂⁺"),
                )
            )
        if self.steps.classes:
            said.append(_about_softmax(self.names[self.root], *self.steps.letters))
        said += self.gradients.cases()
        found: list[str | Expression] = []
        for sentence in said:
            # No blank stands after the full stop of a Chinese sentence.
            found += [" ", *sentence] if found and _ends(found[-1]) else sentence
        return found

    def _derived(self, v: Value) -> Line:
        """∂L/∂v = the chain rule = with formulas = simplified = with numbers = the result."""
        all_chains = self.chains.chains(v)
        chains = runs_cut(all_chains, self.gradients.shape_of_chain, self.detail)
        shown = [chain for chain in chains if not isinstance(chain, int)]
        short, gradient = self.gradients.short(v), self.gradients.of(v)
        rule = _sum(chains, [self._rule(chain) for chain in shown])
        parts = [Part(gradient, "given"), Part(rule, "rule")] if short != gradient else []
        parts = parts or [Part(rule, "rule")]
        links = [link for chain in shown for link in pairwise(chain)]
        formulas = [self._product(chain, self._formula) for chain in shown]
        primed = [self._product(chain, self.gradients.primed) for chain in shown]
        is_kinked = any(self.gradients.kinks(*link) for link in links)
        if (short != gradient or is_kinked) and primed != formulas:
            parts.append(Part(_sum(chains, primed), "formula"))
        if len(chains) == 1:
            parts.append(Part(self._unsimplified(shown[0]), "formula"))
        parts.append(Part(_sum(chains, formulas), "formula"))
        numbers = [self._product(chain, self._number) for chain in shown]
        if len(chains) == 1 and not isinstance(numbers[0], Product):
            numbers = formulas
        shorter = [cancelled(e) for e in formulas]
        is_whole = len(shown) == len(chains)
        if is_whole and Number(0.0) in shorter:
            kept = [i for i, e in enumerate(shorter) if e != Number(0.0)] or [0]
            chains, shorter = [shown[i] for i in kept], [shorter[i] for i in kept]
            formulas, numbers = [formulas[i] for i in kept], [numbers[i] for i in kept]
        for i, (e, long) in enumerate(zip(shorter, formulas)):
            if size(e) < size(long) and (len(chains) == 1 or size(e) < size(long) - 2):
                numbers[i] = formulas[i] = e
        parts.append(Part(_sum(chains, formulas), "formula"))
        parts += [Part(_sum(chains, numbers), "numbers"), result(self.gradients.values[v])]
        reasons = self.gradients.reasons(links) if is_whole else []
        if any(self._is_lost(*link) for link in links):
            reasons = with_loss(reasons)
        return Line(short, tuple(parts), note=reasons)

    def _start(self, chain: Chain) -> list[Expression]:
        """The gradient that a chain begins with, unless it is that of the root."""
        return [] if chain[0] is self.root else [self.gradients.short(chain[0])]

    def _rule(self, chain: Chain) -> Expression:
        """∂L/∂z · ∂z/∂w."""
        above = [] if chain[0] is self.root else [self.gradients.of(chain[0])]
        return product([*above, *[self.gradients.partial(*link) for link in pairwise(chain)]])

    def _product(self, chain: Chain, write: Callable[[Value, Value], Expression]) -> Expression:
        """The factors of a chain, those apart that are 1 on all sides."""
        links = [
            (step, v)
            for step, v in pairwise(chain)
            if self._formula(step, v) != Number(1.0) or self.gradients.kinks(step, v)
        ]
        return product([*self._start(chain), *[write(*link) for link in links]])

    def _formula(self, step: Value, v: Value) -> Expression:
        return self.gradients.formula(step, v)

    def _unsimplified(self, chain: Chain) -> Expression:
        """The factors before they are simplified: a single short one, and where it is a jump."""
        if len(chain) == 2:
            rules = self.steps.partials(chain[0])[chain[1]].rules
            if size(rules) <= LONGEST_RULES:
                return product([*self._start(chain), rules])
        return self._product(chain, self._rules)

    def _rules(self, step: Value, v: Value) -> Expression:
        """Its formula, as it is before it is simplified if that makes it much shorter."""
        partial = self.steps.partials(step)[v]
        before, after = size(partial.rules), size(partial.formula)
        is_jump = before > LONGEST_RULES and before >= JUMP * after
        return partial.rules if is_jump else partial.formula

    def _number(self, step: Value, v: Value) -> Expression:
        """The number of ∂step/∂v; its formula with numbers where digits cancel in it.

        From L = 0.999988 nobody finds that 1 − L² is 2.45765e-5, but from 0.99998771165 they do.
        """
        partial, formula = self.gradients.partial(step, v), self._formula(step, v)
        if isinstance(formula, Number):  # ⅓ stays what it is
            return formula
        lost = has_lost_digits(formula, partial.value, self._digits)
        if lost and can_be_worked_out(formula, partial.value, self._digits):
            return formula
        return partial

    def _is_lost(self, step: Value, v: Value) -> bool:
        """Whether no number of digits is enough for that, as where L is 1 but for 1e-17."""
        formula, value = self._formula(step, v), self.gradients.partial(step, v).value
        lost = has_lost_digits(formula, value, self._digits)
        return lost and not can_be_worked_out(formula, value, self._digits)

    # The update

    def _updates(self, lr: Value | float) -> Section:
        """w ← w − η · ∂L/∂w, with numbers."""
        rate = learning_rate(lr, {name.text for name in self.names.values()})
        leaves = [v for v in self.wanted if not v.op]
        lines = shortened(leaves, lambda v: self._update(v, rate), lambda v: None, self.detail)
        remark = words(
            "The learning rate is {rate} = {number}.", rate=rate, number=Number(rate.value)
        )
        return Section(say("Update"), lines, remark)

    def _update(self, v: Value, rate: Symbol) -> Line:
        rule = Sum((self.symbols[v], Negative(Product((rate, self.gradients.of(v))))))
        after = result(v.data - rate.value * self.gradients.values[v])
        parts = Part(rule, "given"), Part(rule, "numbers"), after
        return Line(self.symbols[v], parts, assignment=True)


def _sum(chains: Sequence[Chain | int], terms: Sequence[Expression]) -> Expression:
    """The sum of the terms of chains, with a word for those that are left out."""
    if len(chains) == 1:
        return terms[0]
    written = iter(terms)
    said = say("{count} more paths of the same form")
    return Sum(
        tuple(
            [Omitted(said.format(count=c)) if isinstance(c, int) else next(written) for c in chains]
        )
    )


def _ends(word: str | Expression) -> bool:
    """Whether a blank has to stand after the word."""
    return not isinstance(word, str) or not word.endswith("。")


def _given(symbol: Symbol) -> Line:
    return Line(symbol, (result(symbol.value),))


def learning_rate(lr: Value | float, taken: Collection[str]) -> Symbol:
    """The learning rate's symbol: its label, or the first of η, α, ε, … that is not taken."""
    label, rate = (lr.label, lr.data) if isinstance(lr, Value) else ("", float(lr))
    letters = chain([label] if label.strip() else [], "ηαε", (f"η{i}" for i in count(1)))
    return Symbol(name_of(next(letter for letter in letters if letter not in taken)), rate)


def _about_softmax(root: Name, p: str, y: str) -> Words:
    """Why the gradient is pᵢ − yᵢ."""
    p_i, p_k, y_i, y_k = (Symbol(name_of(c + index), 0.0) for c in (p, y) for index in "ᵢₖ")
    z = name_of("zᵢ")
    return words(
        "{gradient} is the sum of {upstream} · {local} over all k, where {local} is {same} for "
        "k = i and {other} for the others; since the targets add up to 1, that is {difference}.",
        gradient=Derivative(root, z),
        upstream=Negative(Quotient(y_k, p_k)),
        local=Derivative(name_of(p + "ₖ"), z),
        same=Product((p_i, Sum((Number(1.0), Negative(p_i))))),
        other=Negative(Product((p_k, p_i))),
        difference=Sum((p_i, Negative(y_i))),
    )
