"""A scalar graph as a SymPy expression: to simplify, to solve, to differentiate by other means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..engine import Value, topological_order
from ..nn import Module
from ..teach.notation.formula import names

SAME: Final = (
    *("exp", "log", "sqrt", "erf", "sign", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
"""The functions that SymPy calls as we do."""


def to_sympy(root: Value, model: Module | None = None) -> Any:
    """The SymPy expression that `root` was computed by, of one real symbol for each leaf.

    A symbol is called as the leaf is in derivations and pictures (`model` gives parameters their
    names by layer), a plain number is itself: an integer where it is one, otherwise a float.
    An operation of your own becomes an undefined function of its name. Needs SymPy. A ValueError
    where SymPy cannot compare what is known to be no real number: max(nan, x), ReLU(ln(-1)).

    >>> from tinygrad_edu import Value
    >>> x = Value(2.0, label="x")
    >>> y = to_sympy(x * x.sin())
    >>> y, y.diff(*y.free_symbols)
    (x*sin(x), x*cos(x) + sin(x))
    """
    if not isinstance(root, Value):
        raise TypeError(f"to_sympy takes a Value, not {root!r:.80}")
    try:
        import sympy  # type: ignore[import-untyped]
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "to_sympy needs SymPy: pip install sympy", name=missing.name
        ) from missing
    functions, called = _functions(sympy), names(root, model)
    found: dict[Value, Any] = {}
    for v in topological_order(root):
        if v.op:
            arguments = [
                found[a] if isinstance(a, Value) else _number(sympy, a) for a in v.arguments
            ]
            function = functions.get(v.op) or sympy.Function(str(v.op))
            try:
                found[v] = function(*arguments)
            except (TypeError, ValueError) as error:  # it says the one or the other
                said = ", ".join(map(str, arguments))
                raise ValueError(
                    f"SymPy has no {v.op} of {said}: it compares real numbers only"
                ) from error
        else:
            found[v] = sympy.Symbol(called[v].text, real=True)
    return found[root]


def _number(sympy: Any, x: float) -> Any:
    return sympy.Integer(int(x)) if x.is_integer() and abs(x) < 2**53 else sympy.Float(x, 17)


def _functions(sympy: Any) -> dict[str, Callable[..., Any]]:
    """What SymPy calls each operation, or how it says it."""
    s = sympy

    def cdf(x: Any) -> Any:
        return (1 + s.erf(x / s.sqrt(2))) / 2

    return {
        **{name: getattr(s, name) for name in SAME},
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "**": lambda a, b: a**b,
        "neg": lambda a: -a,
        "log1p": lambda x: s.log(1 + x),
        "expm1": lambda x: s.exp(x) - 1,
        "sigmoid": lambda x: 1 / (1 + s.exp(-x)),
        "softplus": lambda x: s.log(1 + s.exp(x)),
        "relu": lambda x: s.Max(0, x),
        "leaky_relu": lambda x, k: s.Piecewise((x, x > 0), (k * x, True)),
        "elu": lambda x, k: s.Piecewise((x, x > 0), (k * (s.exp(x) - 1), True)),
        "gelu": lambda x: x * cdf(x),
        "normal_cdf": cdf,
        "silu": lambda x: x / (1 + s.exp(-x)),
        "abs": s.Abs,
        "step": lambda x: s.Piecewise((1, x > 0), (0, True)),
        "log2": lambda x: s.log(x, 2),
        "log10": lambda x: s.log(x, 10),
        "hypot": lambda a, b: s.sqrt(a**2 + b**2),
        "remainder": lambda a, b: a - b * s.floor(a / b),
        "maximum": s.Max,
        "minimum": s.Min,
        "xlogy": lambda a, b: a * s.log(b),
        "logaddexp": lambda a, b: s.log(s.exp(a) + s.exp(b)),
    }
