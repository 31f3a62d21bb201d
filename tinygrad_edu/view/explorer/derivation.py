"""The derivation that stands in the explorer's page, each symbol in it marked with its node.

It has formulas alone, without the numbers of `derive`: they stay true when the reader changes the
numbers, and tell nobody a gradient before its step. What holds on one side of a kink only, such as
ReLU′(z) = 1, is left out for the same reason.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from ...engine import Value
from ...language import say
from ...ops import unknown
from ...teach.derivation.lines import Line, Omission, Section
from ...teach.derivation.shorten import Detail
from ...teach.derivation.worked import Derivation
from ...teach.notation.expression import Derivative, Expression, Symbol
from ...teach.notation.labels import Name
from ...teach.notation.mathml import MathML, math_element
from ...teach.notation.plain import Text
from ...teach.notation.textbook import as_it_is
from .model import Model

LARGEST: Final = 1_000
"""The most values of a graph whose derivation is in the page."""

SMALL: Final = 40
"""The most values of a graph of which every line is there; of a larger one, many are alike."""

_TEXT: Final = Text(in_full=True)


def derivation(model: Model) -> str:
    """The derivation as HTML: a line for each step of it, or a sentence why there is none."""
    if len(model.order) < 2:
        return ""
    if len(model.order) > LARGEST:
        most = f"{LARGEST:,}"
        return _sentence(
            say("A derivation is written for graphs of up to {most} values.", most=most)
        )
    if any(v.op.function is unknown for v in model.order if v.op):
        return _sentence(say("An operation of this graph has no formula, so it is not derived."))
    return _Page(model).html()


@dataclass(frozen=True)
class _Marked(MathML):
    """MathML in which every symbol has the number of its node: ``data-n="3"``."""

    # With the spaces that browsers give these by themselves: there are thousands of them.
    plus = '<mo form="infix">+</mo>'
    less = '<mo form="infix">−</mo>'
    times = '<mo form="infix">·</mo>'
    equals = '<mo form="infix">=</mo>'

    nodes: Mapping[Name, int] = field(default_factory=dict)

    def name(self, name: Name) -> str:
        """The name, marked."""
        written = super().name(name)
        if name not in self.nodes:
            return written
        return f'<mrow data-n="{self.nodes[name]}">{written}</mrow>'


class _Page:
    """The lines of one graph's derivation."""

    def __init__(self, model: Model) -> None:
        self._model = model
        # As the graph is: the nodes of the textbook's form of a loss are not in the page.
        written = as_it_is(model.root)
        leaves = [v for v in model.order if not v.op]
        detail: Detail = "normal" if len(model.order) <= SMALL else "brief"
        self._derived = Derivation(written, leaves, model.module, detail)
        gradients = self._derived.gradients
        self._values = {name: v for v, name in self._derived.names.items()}
        shorts = {gradients.short(v).name: v for v in self._derived.chains.derived}
        self._deltas = {
            name: v
            for name, v in shorts.items()
            if isinstance(name, Name) and name not in self._values
        }
        symbols = {**self._values, **self._deltas}
        nodes = {name: model.index[v] for name, v in symbols.items()}
        self._notation = _Marked(in_full=True, nodes=nodes)

    def html(self) -> str:
        """Its sections, without that of what is given: its lines are numbers."""
        sections = self._derived.document(None, 6).sections
        return "\n".join(self._section(s) for s in sections if not s.inline)

    def _section(self, section: Section) -> str:
        lines = "".join(map(self._line, section.lines))
        remark = f'<p class="remark">{self._words(section.remark)}</p>' if section.remark else ""
        return f"<h3>{html.escape(section.title)}</h3>{remark}{lines}" if lines else ""

    def _line(self, line: Line | Omission) -> str:
        if isinstance(line, Omission):
            lefts = [math_element(self._notation.write(end.left)) for end in line.ends]
            return f'<p class="remark">… {html.escape(line.said)}: {", …, ".join(lefts)}</p>'
        line = self._symbolic(line)
        if not line.parts:
            return ""
        (left,), *parts = line.parts_in(self._notation)
        equals = self._notation.equals
        pieces = [left, *[p for first, *rest in parts for p in (f"{equals}{first}", *rest)]]
        numbers = " ".join(str(self._model.index[v]) for v in self._about(line))
        said = " = ".join(" ".join(part) for part in line.parts_in(_TEXT))
        return (
            f'<p class="step" role="group" tabindex="-1" data-of="{numbers}" '
            f'aria-label="{html.escape(said)}">{"<wbr>".join(map(math_element, pieces))}</p>'
        )

    def _symbolic(self, line: Line) -> Line:
        """The line without its numbers, and without what depends on them."""
        parts = [p for p in line.parts if p.role in ("given", "rule", "formula")]
        kinked = self._kinked(line)
        if kinked:
            # After the chain rule comes the product with ReLU′(z), and then with what that is here.
            chained = any(p.role == "rule" for p in parts)
            primed = [p for p in parts if p.role == "formula"][:chained]
            parts = [p for p in parts if p.role != "formula"]
            parts += primed if all(_is_primed(*link) for link in kinked) else []
        return replace(line, parts=tuple(parts), note=()).distinct()

    def _kinked(self, line: Line) -> list[tuple[Value, Value, list[Value]]]:
        """The links of its chains that pass a kink: the step, its operand, and the kinks."""
        ends = self._ends(line)
        if ends is None:
            return []
        of, by = ends
        chains = self._derived.chains.chains(by) if of is self._model.root else [(of, by)]
        links = dict.fromkeys(link for chain in chains for link in pairwise(chain))
        gradients = self._derived.gradients
        return [(step, v, kinks) for step, v in links if (kinks := gradients.kinks(step, v))]

    def _ends(self, line: Line) -> tuple[Value, Value] | None:
        """Of what and by what a line's left side is the derivative; None if it is none."""
        match line.left:
            case Symbol(Derivative(of, by)):
                return self._values[of], self._values[by]
            case Symbol(Name() as name) if name in self._deltas:
                return self._model.root, self._deltas[name]
        return None

    def _about(self, line: Line) -> list[Value]:
        """The nodes that a line computes, or the one whose gradient it is."""
        if ends := self._ends(line):
            return [ends[1]]
        match line.left:
            case Symbol(Name() as name):
                return self._derived.steps.inside(self._values[name])
        return []

    def _words(self, words: Sequence[str | Expression]) -> str:
        return "".join(
            html.escape(w) if isinstance(w, str) else math_element(self._notation.write(w))
            for w in words
        )


def _is_primed(step: Value, v: Value, kinks: list[Value]) -> bool:
    """Whether the derivative of a step is written as one, ReLU′(z), rather than worked out."""
    return kinks == [step] and step.op.is_activation and step.operands[0] is v


def _sentence(said: str) -> str:
    return f'<p class="remark">{html.escape(said)}</p>'
