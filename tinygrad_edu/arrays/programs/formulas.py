"""Expressions of a program's source in the notation that `latex` tells of."""

from __future__ import annotations

import ast
import re
from typing import Final

from ...ops import OPS
from ..instructions.views import Shape
from .shapes import Shapes
from .symbols import name as symbol
from .symbols import number

_SUM, _MATRICES, _PRODUCT, _POWER, _ATOM = range(5)
_COMPARE: Final = {
    ast.Gt: ">",
    ast.GtE: r"\ge",
    ast.Lt: "<",
    ast.LtE: r"\le",
    ast.Eq: "=",
    ast.NotEq: r"\ne",
}


class Formulas:
    """Writes expressions; `text` tells how tightly their outermost operation binds as well."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def text(self, x: ast.expr) -> tuple[str, int]:
        """An expression, and how tightly its outermost operation binds."""
        match x:
            case ast.Name(id=name):
                return symbol(name), _ATOM
            case ast.Constant(value=value):
                text = number(value) if isinstance(value, float) else str(value)
                return text, _PRODUCT if "cdot" in text else _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return f"-{self._within(inner, _PRODUCT)}", _SUM
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return rf"\left[{self._relation(left, sign, right)}\right]", _ATOM
            case ast.BinOp():
                return self._operation(x)
            case ast.Attribute(value=inner, attr="T"):
                return rf"{self._within(inner, _ATOM)}^{{\top}}", _POWER
            case ast.Subscript(value=inner):
                return self._part(inner, x.slice)
            case ast.Call():
                return self._call(x)
            case ast.List(elts=parts):
                return rf"\left({', '.join([self.text(part)[0] for part in parts])}\right)", _ATOM
        raise NotImplementedError(f"no formula of {ast.unparse(x)}")

    def _within(self, x: ast.expr, level: int) -> str:
        text, binds = self.text(x)
        return rf"\left({text}\right)" if binds < level else text

    def _relation(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> str:
        return f"{self.text(left)[0]} {_COMPARE[type(sign)]} {self.text(right)[0]}"

    def _operation(self, x: ast.BinOp) -> tuple[str, int]:
        left, right, within = x.left, x.right, self._within
        if isinstance(left, ast.Compare) and isinstance(right, ast.Constant):  # [z > 0] · 1
            return self.text(left)
        match x.op:
            case ast.Add():
                return f"{within(left, _SUM)} + {within(right, _SUM)}", _SUM
            case ast.Sub():
                return f"{within(left, _SUM)} - {within(right, _MATRICES)}", _SUM
            case ast.MatMult():
                return self._matrix_product(left, right), _MATRICES
            case ast.Pow():
                return f"{within(left, _ATOM)}^{{{self.text(right)[0]}}}", _POWER
            case ast.Div():
                logistic = _argument_of_sigmoid(x)
                if logistic is not None:
                    return rf"\sigma\left({self.text(logistic)[0]}\right)", _ATOM
                return rf"\frac{{{self.text(left)[0]}}}{{{self.text(right)[0]}}}", _PRODUCT
        outer = _column(left)
        if outer is not None and self._shapes.rank(right) == 1:  # u[:, None] * v
            return rf"{within(outer, _POWER)} {within(right, _ATOM)}^{{\top}}", _MATRICES
        if _is_number(left):
            factor = self.text(left)[0]
            binds = _SUM if factor.startswith("-") else _PRODUCT
            between = r" \cdot " if _begins_with_number(right) else r"\,"
            return f"{factor}{between}{within(right, _PRODUCT)}", binds
        second = within(right, _POWER if _begins_with_number(right) else _PRODUCT)
        return rf"{within(left, _PRODUCT)} \odot {second}", _PRODUCT

    def _matrix_product(self, left: ast.expr, right: ast.expr) -> str:
        if isinstance(left, ast.Name) and left.id.startswith("ones"):  # the row of sums of columns
            return rf"\mathbf{{1}}^{{\top}} {self._within(right, _POWER)}"
        a, b = self._shapes.rank(left), self._shapes.rank(right)
        if a == 1 and b == 2:  # Σᵢ uᵢ Mᵢⱼ, as a column
            if isinstance(right, ast.Attribute) and right.attr == "T":
                return f"{self._within(right.value, _POWER)} {self._within(left, _POWER)}"
            return rf"{self._within(right, _ATOM)}^{{\top}} {self._within(left, _POWER)}"
        if a == b == 1:
            return rf"{self._within(left, _ATOM)}^{{\top}} {self._within(right, _POWER)}"
        return f"{self._within(left, _POWER)} {self._within(right, _POWER)}"

    def _part(self, inner: ast.expr, index: ast.expr) -> tuple[str, int]:
        written = ast.unparse(index).removeprefix("(").removesuffix(")")
        if isinstance(inner, ast.Name) and re.fullmatch(r"one_hot\d*", inner.id):
            own = "ijkl"[: self._shapes.rank(index) + 1]
            place = f"{self._within(index, _ATOM)}{{}}_{{{own[:-1]}}}"
            return rf"\left[{own[-1]} = {place}\right]_{{{own}}}", _ATOM
        if written in ("None", "...") and not self._shapes.of(inner):
            return self.text(inner)
        if written == ":, None" and self._shapes.rank(inner) == 1:
            return rf"{self._within(inner, _POWER)} \mathbf{{1}}^{{\top}}", _MATRICES
        of_each = re.fullmatch(r"np\.arange\(\d+\), (\w+)", written)
        if of_each:  # of each line one element
            own = f"i, {symbol(of_each[1])}{{}}_{{i}}"
            return rf"\left[{self._within(inner, _ATOM)}{{}}_{{{own}}}\right]_{{i}}", _ATOM
        of_all = re.fullmatch(r"np\.arange\(\d+\)\[:, None\], (\w+)\[(\w+)\]", written)
        if of_all:  # of each line all elements, in an order of its own
            table, own = map(symbol, of_all.groups())
            place = rf"i, {table}{{}}_{{{own}{{}}_{{i}}, j}}"
            return rf"\left[{self._within(inner, _ATOM)}{{}}_{{{place}}}\right]_{{ij}}", _ATOM
        shown = re.sub(r"I\d+", lambda found: symbol(found[0]), written.replace("_", r"\_"))
        shown = shown.replace("None", r"\text{None}")
        return rf"{self._within(inner, _ATOM)}{{}}_{{[{shown}]}}", _POWER

    def _call(self, x: ast.Call) -> tuple[str, int]:
        function = x.func
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) != "np":
            return self._method(function.attr, function.value, x)
        name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
        match name, x.args:
            case "zeros", _:
                return rf"\mathbf{{0}}_{{{_sizes(self._shapes.of(x))}}}", _ATOM
            case "concatenate", [parts]:
                return self.text(parts)
            case "broadcast_to", [inner, _]:
                shape, column = self._shapes.of(x), _column(inner)
                if column is not None and len(shape) == 2:
                    ones = rf"\mathbf{{1}}_{{{shape[1]}}}^{{\top}}"
                    return f"{self._within(column, _POWER)} {ones}", _MATRICES
                return self._shaped("broadcast", inner, shape)
            case "vecdot", [a, b] if self._shapes.rank(a) == 2:
                product = self._operation(ast.BinOp(a, ast.Mult(), b))[0]
                return rf"\left({product}\right) \mathbf{{1}}", _MATRICES
            case "vecdot", [a, b]:
                axis = str(self._shapes.rank(a) - 1)
                return self._marked(r"\mathrm{sum}", axis, ast.BinOp(a, ast.Mult(), b))
            case "transpose", [inner, axes]:
                shown = ast.unparse(axes).strip("()")
                return self._marked(r"\operatorname{transpose}", shown, inner)
            case "einsum", _:
                return self._einsum(x), _ATOM
            case "bincount", [places, terms, count]:
                chosen = rf"\sum_{{i: {self._within(places, _ATOM)}{{}}_{{i}} = j}}"
                added = f"{self._within(terms, _ATOM)}{{}}_{{i}}"
                return rf"\left[{chosen} {added}\right]_{{j < {ast.unparse(count)}}}", _ATOM
            case "where", [ast.Compare() as test, positive, negative]:
                return self._cases(test, positive, negative), _ATOM
            case "heaviside", [inner, _]:
                return rf"\left[{self.text(inner)[0]} > 0\right]", _ATOM
            case "logaddexp", [a, b]:
                other = "1" if _is_zero(b) else f"e^{{{self.text(b)[0]}}}"
                return rf"\ln\left({other} + e^{{{self.text(a)[0]}}}\right)", _ATOM
            case "expm1", [inner]:
                return f"e^{{{self.text(inner)[0]}}} - 1", _SUM
            case "log1p", [inner]:
                return rf"\ln\left(1 + {self._within(inner, _SUM)}\right)", _ATOM
        return self._function(name, [self.text(a)[0] for a in x.args])

    @staticmethod
    def _function(name: str, args: list[str]) -> tuple[str, int]:
        head = OPS[name].latex if name in OPS else rf"\operatorname{{{name}}}"
        if "{0}" in head:
            return head.format(*args), _POWER if name == "exp" else _ATOM
        return rf"{head}\left({', '.join(args)}\right)", _ATOM

    def _cases(self, test: ast.Compare, positive: ast.expr, negative: ast.expr) -> str:
        condition = self._relation(test.left, test.ops[0], test.comparators[0])
        first = f"{self.text(positive)[0]} & {condition}"
        second = rf"{self.text(negative)[0]} & \text{{else}}"
        return rf"\begin{{cases}} {first} \\ {second} \end{{cases}}"

    def _einsum(self, x: ast.Call) -> str:
        """A product of two arrays in index notation: [Σₖ aᵢₖ bₖⱼ]ᵢⱼ."""
        assert isinstance(x.args[0], ast.Constant)
        sides, _, result = str(x.args[0].value).partition("->")
        labels = sides.split(",")
        factors = [f"{self._within(a, _ATOM)}{{}}_{{{own}}}" for a, own in zip(x.args[1:], labels)]
        gone = "".join(k for k in labels[0] if k not in result)
        product = r"\,".join(factors)
        return rf"\left[\sum_{{{gone}}} {product}\right]_{{{result}}}"

    def _method(self, name: str, inner: ast.expr, call: ast.Call) -> tuple[str, int]:
        args = [ast.unparse(a) for a in call.args]
        rank, shape = self._shapes.rank(inner), self._shapes.of(call)
        match name, args:
            case "sum", []:
                return rf"\sum {self._within(inner, _MATRICES)}", _SUM
            case "sum", ["0"] if rank == 2:
                return rf"\mathbf{{1}}^{{\top}} {self._within(inner, _POWER)}", _MATRICES
            case "sum", ["1"] if rank == 2:
                return rf"{self._within(inner, _POWER)} \mathbf{{1}}", _MATRICES
            case "sum", [axes]:
                return self._marked(r"\mathrm{sum}", axes.strip("()").rstrip(","), inner)
            case (("reshape" | "ravel"), _) if shape in ((), self._shapes.of(inner)):
                return self.text(inner)
            case (("reshape" | "ravel"), _) if len(shape) == 1:
                return rf"\operatorname{{vec}}\left({self.text(inner)[0]}\right)", _ATOM
            case "reshape", _:
                return self._shaped("reshape", inner, shape)
            case "swapaxes", ["-1", "-2"]:
                return rf"{self._within(inner, _ATOM)}^{{\top}}", _POWER
            case "swapaxes", _:
                return self._marked(r"\operatorname{swap}", ", ".join(args), inner)
        raise NotImplementedError(f"no formula of {ast.unparse(call)}")

    def _shaped(self, how: str, inner: ast.expr, shape: Shape) -> tuple[str, int]:
        return self._marked(rf"\operatorname{{{how}}}", _sizes(shape), inner)

    def _marked(self, head: str, how: str, inner: ast.expr) -> tuple[str, int]:
        """A function of an array, with the sizes or the axes that it is told of."""
        return rf"{head}_{{{how}}}\left({self.text(inner)[0]}\right)", _ATOM


def _sizes(shape: Shape) -> str:
    return r" \times ".join(map(str, shape))


def _is_number(x: ast.expr) -> bool:
    return isinstance(x, ast.Constant) or (isinstance(x, ast.UnaryOp) and _is_number(x.operand))


def _begins_with_number(x: ast.expr) -> bool:
    while isinstance(x, ast.BinOp) and isinstance(x.op, ast.Mult):
        x = x.left
    return _is_number(x)


def _is_zero(x: ast.expr) -> bool:
    return isinstance(x, ast.Constant) and x.value == 0.0


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
