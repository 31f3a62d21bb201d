"""Reads the plain text of formulas back with SymPy."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sympy

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FUNCTIONS = {
    "ln": sympy.log,
    "√": sympy.sqrt,
    "σ": lambda x: 1 / (1 + sympy.exp(-x)),
    "Φ": lambda x: (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    "ReLU": lambda x: sympy.Max(0, x),
    "GELU": lambda x: x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    "SiLU": lambda x: x / (1 + sympy.exp(-x)),
    "ELU": lambda x, k: sympy.Piecewise((k * (sympy.exp(x) - 1), x <= 0), (x, True)),
    "LeakyReLU": lambda x, k: sympy.Piecewise((k * x, x <= 0), (x, True)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "max": sympy.Max,
    "min": sympy.Min,
    **{f: getattr(sympy, f) for f in ("exp", "sin", "cos", "tan", "tanh")},
}


def mention(name: str) -> str:
    """A pattern for the name itself, not for a longer one that it is part of."""
    return rf"(?<![\w∂]){re.escape(name)}(?![A-Za-z0-9_₀-₉′\[⁽])"


def evaluate(formula: str, numbers: Mapping[str, float]) -> float:
    """The value of a formula, with numbers for the names in it (∂L/∂w is a name too)."""
    symbols: dict[str, object] = {}
    if re.fullmatch(r"−?[\d.e-]+", formula):
        return float(formula.replace("−", "-"))
    for i, name in enumerate(sorted(numbers, key=len, reverse=True)):
        formula, found = re.subn(mention(name), f"N{i}_", formula)
        if found:
            symbols[f"N{i}_"] = sympy.Float(numbers[name], 17)
    formula = formula.replace("·", "*").replace("−", "-").replace("½", "(1/2)")
    formula = re.sub(r"[⁰¹²³⁴-⁹⁻]+", lambda found: f"**({found[0].translate(_RAISED)})", formula)
    formula = re.sub(r"\|([^|]*)\|", r"abs(\1)", formula).replace("^", "**")
    formula = formula.replace("2π", "2*pi").replace("π", "pi")
    functions = {f"F{i}_": function for i, function in enumerate(_FUNCTIONS.values())}
    for i, name in enumerate(_FUNCTIONS):
        formula = re.sub(rf"(?<!\w){name}\(", f"F{i}_(", formula)
    scope = {**functions, **symbols, "abs": sympy.Abs, "pi": sympy.pi}
    return float(sympy.sympify(formula, locals=scope))
