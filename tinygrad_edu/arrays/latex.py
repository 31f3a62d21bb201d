r"""A program's source in the matrix notation of the textbooks, as LaTeX.

Rows are samples, so a layer is Z = X Wᵀ + b, and δₗ = ∂L/∂Zₗ = (δₗ₊₁ Wₗ₊₁) ⊙ σ′(Zₗ).
"""

from __future__ import annotations

import ast
import re
from typing import Final

_SUM, _MATRICES, _PRODUCT, _POWER, _ATOM = range(5)
_GREEK: Final = {"D": r"\delta", "theta": r"\theta", "L": "L"}
_HEADS: Final = {"tanh": r"\tanh", "log": r"\ln", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan"}


def latex(source: str) -> str:
    """The lines of a source, aligned at their =, the forward pass first.

    Lines that only lay the parameters out in θ, or collect their gradients, are left out.
    """
    [function] = [x for x in ast.parse(source).body if isinstance(x, ast.FunctionDef)]
    lines = []
    for statement in function.body:
        if isinstance(statement, ast.Assign | ast.AugAssign):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            if not _is_layout(target, statement.value):
                sign = "=" if isinstance(statement, ast.Assign) else r"\mathrel{+}="
                lines.append(f"{_text(target)[0]} &{sign} {_text(statement.value)[0]}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _is_layout(target: ast.expr, value: ast.expr) -> bool:
    root = target
    while isinstance(root, ast.Subscript | ast.Attribute | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    if isinstance(root, ast.Name) and root.id == "dtheta":
        return True
    while isinstance(value, ast.Subscript | ast.Attribute | ast.Call):
        value = value.func if isinstance(value, ast.Call) else value.value
    return isinstance(value, ast.Name) and value.id == "theta"


def _within(x: ast.expr, level: int) -> str:
    text, binds = _text(x)
    return rf"\left({text}\right)" if binds < level else text


def _name(name: str) -> str:
    """W1 as W₁, D1 as δ₁, dW1 as ∂L/∂W₁."""
    if name.startswith("d") and len(name) > 1:
        return rf"\frac{{\partial L}}{{\partial {_name(name[1:])}}}"
    stem, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
    shown = _GREEK.get(stem) or (stem if len(stem) == 1 else rf"\mathit{{{stem}}}")
    return f"{shown.replace('_', chr(92) + '_')}_{{{number}}}" if number else shown


def _text(x: ast.expr) -> tuple[str, int]:
    """An expression, and how tightly its outermost operation binds."""
    match x:
        case ast.Name(id=name):
            return _name(name), _ATOM
        case ast.Constant(value=value):
            return f"{value:g}" if isinstance(value, float) else str(value), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"-{_within(inner, _PRODUCT)}", _SUM
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return rf"\left[{_text(left)[0]} {_COMPARE[type(sign)]} {_text(right)[0]}\right]", _ATOM
        case ast.BinOp():
            return _operation(x)
        case ast.Attribute(value=inner, attr="T"):
            return rf"{_within(inner, _ATOM)}^{{\top}}", _POWER
        case ast.Subscript(value=inner):
            return _part(inner, x.slice)
        case ast.Call():
            return _call(x)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return ", ".join([_text(part)[0] for part in parts]), _SUM
    return rf"\texttt{{{ast.unparse(x)}}}", _ATOM


_COMPARE: Final = {
    ast.Gt: ">",
    ast.GtE: r"\ge",
    ast.Lt: "<",
    ast.LtE: r"\le",
    ast.Eq: "=",
    ast.NotEq: r"\ne",
}


def _operation(x: ast.BinOp) -> tuple[str, int]:
    left, right = x.left, x.right
    match x.op:
        case ast.Add():
            return f"{_within(left, _SUM)} + {_within(right, _SUM)}", _SUM
        case ast.Sub():
            return f"{_within(left, _SUM)} - {_within(right, _MATRICES)}", _SUM
        case ast.MatMult():
            return f"{_within(left, _PRODUCT)} {_within(right, _POWER)}", _MATRICES
        case ast.Pow():
            return f"{_within(left, _ATOM)}^{{{_text(right)[0]}}}", _POWER
        case ast.Div():
            logistic = _argument_of_sigmoid(x)
            if logistic is not None:
                return rf"\sigma\left({_text(logistic)[0]}\right)", _ATOM
            return rf"\frac{{{_text(left)[0]}}}{{{_text(right)[0]}}}", _ATOM
    outer = _column(left)
    if outer is not None:  # u[:, None] * v
        return rf"{_within(outer, _POWER)} {_within(right, _ATOM)}^{{\top}}", _MATRICES
    if _is_number(left):
        factor = _text(left)[0]
        binds = _SUM if factor.startswith("-") else _PRODUCT
        return rf"{factor}\,{_within(right, _PRODUCT)}", binds
    return rf"{_within(left, _PRODUCT)} \odot {_within(right, _PRODUCT)}", _PRODUCT


def _is_number(x: ast.expr) -> bool:
    return isinstance(x, ast.Constant) or (isinstance(x, ast.UnaryOp) and _is_number(x.operand))


def _argument_of_sigmoid(x: ast.BinOp) -> ast.expr | None:
    """z, where the quotient is 1 / (1 + e⁻ᶻ)."""
    match x:
        case ast.BinOp(
            left=ast.Constant(value=1.0),
            right=ast.BinOp(
                left=ast.Constant(value=1.0),
                op=ast.Add(),
                right=ast.Call(
                    func=ast.Attribute(attr="exp"), args=[ast.UnaryOp(op=ast.USub(), operand=z)]
                ),
            ),
        ):
            return z
    return None


def _column(x: ast.expr) -> ast.expr | None:
    """u, where the expression is u[:, None]."""
    if isinstance(x, ast.Subscript) and ast.unparse(x.slice) == "(:, None)":
        return x.value
    return None


def _part(inner: ast.expr, index: ast.expr) -> tuple[str, int]:
    shown = ast.unparse(index).removeprefix("(").removesuffix(")")
    return rf"{_within(inner, _ATOM)}{{}}_{{[{shown.replace('_', chr(92) + '_')}]}}", _POWER


def _call(x: ast.Call) -> tuple[str, int]:
    function = x.func
    name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
    of_array = isinstance(function, ast.Attribute) and not (
        isinstance(function.value, ast.Name) and function.value.id == "np"
    )
    if of_array:
        assert isinstance(function, ast.Attribute)
        inner = function.value
        if name == "sum" and not x.args:
            return rf"\sum {_within(inner, _MATRICES)}", _SUM
        if name == "sum" and ast.unparse(x.args[0]) == "0":
            return rf"\mathbf{{1}}^{{\top}} {_within(inner, _POWER)}", _MATRICES
        if name in ("reshape", "ravel"):
            return _text(inner)
        if name == "swapaxes":
            return rf"{_within(inner, _ATOM)}^{{\top}}", _POWER
        return rf"\mathrm{{{name}}}\left({_text(inner)[0]}\right)", _ATOM
    if name == "zeros":
        return "0", _ATOM
    if name in ("broadcast_to", "concatenate"):
        return _text(x.args[0])
    if name == "exp":
        return f"e^{{{_text(x.args[0])[0]}}}", _POWER
    head = _HEADS.get(name) or r"\operatorname{" + name.replace("_", r"\_") + "}"
    if name == "maximum":
        head = r"\max"
    return rf"{head}\left({', '.join(_text(a)[0] for a in x.args)}\right)", _ATOM
