"""A reader of chain rules: what each ∂y/∂x of a line says is worked out on the graph by itself."""

from __future__ import annotations

import math
import re

from tinygrad_edu import Value, topological_order
from tinygrad_edu.teach.derivation.document import Document
from tinygrad_edu.teach.derivation.lines import Line
from tinygrad_edu.teach.notation.latex import Latex
from tinygrad_edu.teach.notation.plain import Text

PATTERNS = {
    Text: r"∂(?P<direct>⁺?)(?P<of>\w+)/∂(?P<by>\w+)",
    Latex: r"\\frac\{\\partial(?P<direct>\^\{\+\})? (?P<of>[^{}]+(?:\{\d+\})?)\}"
    r"\{\\partial (?P<by>[^{}]+(?:\{\d+\})?)\}",
}


def total(of: Value, by: Value) -> float:
    """∂of/∂by on all ways, forwards: the change of each node with `by`."""
    change = {}
    for node in topological_order(of):
        pairs = zip(node.operands, node.local_grads)
        change[node] = 1.0 if node is by else math.fsum(g * change[v] for v, g in pairs)
    return change.get(of, 0.0) if by in change else 0.0


def direct(of: Value, by: Value) -> float:
    """∂⁺of/∂by, `by` as an operand alone; every node of the graph has a label."""
    return math.fsum(g for v, g in zip(of.operands, of.local_grads) if v is by)


def false_chain_rules(root: Value, document: Document) -> list[str]:
    """The chain rules of a derivation that do not hold as they are read, in text and in LaTeX."""
    by_label = {v.label: v for v in topological_order(root)}
    found = []
    for section in document.sections:
        for line in section.lines:
            if not isinstance(line, Line) or not any(p.role == "rule" for p in line.parts):
                continue
            for notation in (Text(), Latex()):
                sides = [line.left, *[p.formula for p in line.parts if p.role == "rule"]]
                written = [notation.write(side) for side in sides]
                values = [_value(side, PATTERNS[type(notation)], by_label) for side in written]
                if not all(math.isclose(x, values[0], rel_tol=1e-9, abs_tol=1e-11) for x in values):
                    found.append(f"{' = '.join(written)}: {values}")
    return found


def _value(text: str, pattern: str, by_label: dict[str, Value]) -> float:
    def number(match: re.Match[str]) -> str:
        of, by = (by_label[re.sub(r"[_{}]", "", match[key])] for key in ("of", "by"))
        return f"({direct(of, by) if match['direct'] else total(of, by)!r})"

    plain = re.sub(pattern, number, text).replace(r"\cdot", "*").replace("·", "*")
    return float(eval(plain.replace("−", "-"), {"__builtins__": {}}))
