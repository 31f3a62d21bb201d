"""A scalar graph as straight-line Python, forward and backward, that needs nothing but `math`."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from ..calculus import gradients
from ..checks import elements
from ..engine import Value, topological_order
from ..nn import Module
from ..teach.notation.formula import names

_LINES: Final = {
    "+": "{0} + {1}",
    "-": "{0} - {1}",
    "*": "{0} * {1}",
    "/": "{0} / {1}",
    "**": "{0} ** {1}",
    "neg": "-{0}",
    "sigmoid": "1.0 / (1.0 + math.exp(-{0}))",
    "softplus": "max({0}, 0.0) + math.log1p(math.exp(-abs({0})))",
    "relu": "max({0}, 0.0)",
    "leaky_relu": "{0} if {0} > 0.0 else {1} * {0}",
    "elu": "{0} if {0} > 0.0 else {1} * math.expm1({0})",
    "gelu": "0.5 * {0} * (1.0 + math.erf({0} / math.sqrt(2.0)))",
    "normal_cdf": "0.5 * math.erfc(-{0} / math.sqrt(2.0))",
    "silu": "{0} / (1.0 + math.exp(-{0}))",
    "abs": "abs({0})",
    "sign": "float(({0} > 0.0) - ({0} < 0.0))",
    "step": "float({0} > 0.0)",
    "maximum": "max({0}, {1})",
    "minimum": "min({0}, {1})",
    "logaddexp": "max({0}, {1}) + math.log1p(math.exp(-abs({0} - {1})))",
    "xlogy": "{0} * math.log({1}) if {0} else 0.0",
    "remainder": "{0} % {1}",
}
"""How Python writes the operations that `math` does not have under their names."""


def to_python(root: Value, by: Iterable[Value] | None = None, model: Module | None = None) -> str:
    """A Python function of the leaves, one line for each operation: the value, and its gradient.

    by     the leaves to differentiate by; by default all
    model  names its parameters by layer, as in derivations

    The backward pass is written by the rules of the operations, as `calculus.gradients` is. Where
    Python's arithmetic raises (a division by 0, an overflow), so does the function. A ValueError
    for an operation of one's own, which Python does not have.

    >>> w, x = Value(0.5, label="w"), Value(3.0, label="x")
    >>> print(to_python((w * x).tanh()))
    import math
    <BLANKLINE>
    <BLANKLINE>
    def value_and_gradient(w, x):
        v1 = w * x
        L = math.tanh(v1)
        v2 = L * L
        v3 = 1.0 - v2
        dw = v3 * x
        dx = v3 * w
        return L, (dw, dx)
    <BLANKLINE>
    """
    if not isinstance(root, Value):
        raise TypeError(f"to_python takes a Value, not {root!r:.80}")
    order = topological_order(root)
    leaves = [v for v in order if not v.op]
    wanted = leaves if by is None else elements(by, "by is a list of leaves")
    slopes = gradients(root, wanted)
    called = _identifiers({v: name.text for v, name in names(root, model).items() if _is_own(v)})
    called.setdefault(root, _free("L", called))
    for leaf, slope in zip(wanted, slopes):
        if slope.op and slope not in called:
            called[slope] = _free(f"d{called[leaf]}", called)
    lines, numbered = [], 0
    for v in dict.fromkeys(u for top in (root, *slopes) for u in topological_order(top)):
        if not v.op:
            if v not in called:
                called[v] = _number(v.data)  # a slope that is a plain number
            continue
        base, *exponent = v.arguments
        if v.op == "**" and exponent == [1.0] and isinstance(base, Value) and v not in called:
            called[v] = called[base]  # as the rule of a square has it
            continue
        if v not in called:
            numbered += 1
            called[v] = _free(f"v{numbered}", called)
        arguments = [called[a] if isinstance(a, Value) else _number(a) for a in v.arguments]
        lines.append(f"{called[v]} = {_line(str(v.op), arguments)}")
    results = ", ".join(called[slope] for slope in slopes)
    lines.append(f"return {called[root]}, ({results}{',' if len(slopes) == 1 else ''})")
    signature = f"def value_and_gradient({', '.join(called[leaf] for leaf in leaves)}):"
    return "\n".join(["import math", "", "", signature, *("    " + line for line in lines), ""])


def _is_own(v: Value) -> bool:
    """Whether the reader has a name for it: a leaf, or what has a label."""
    return not v.op or bool(v.label.strip())


def _line(op: str, arguments: list[str]) -> str:
    if op in _LINES:
        return _LINES[op].format(*arguments)
    if not hasattr(math, op):
        raise ValueError(f"Python has no {op}: to_python cannot write it")
    return f"math.{op}({', '.join(arguments)})"


def _number(x: float) -> str:
    text = repr(x) if math.isfinite(x) else f'float("{x!r}")'
    return f"({text})" if text.startswith("-") else text


def _identifiers(names: Mapping[Value, str]) -> dict[Value, str]:
    """A Python name for each value, as near to its own as can be: w⁽²⁾₃₁ is w_2_31."""
    found: dict[Value, str] = {}
    for v, name in names.items():
        plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name)).strip("_") or "x"
        found[v] = _free(plain if plain.isidentifier() else f"x_{plain}", found)
    return found


def _free(name: str, taken: Mapping[Value, str]) -> str:
    used = {*taken.values(), "math", "max", "min", "abs", "float", *keyword.kwlist}
    while name in used:
        name += "_"
    return name
