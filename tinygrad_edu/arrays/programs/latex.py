r"""A program's source in the matrix notation of the textbooks, as LaTeX.

Rows are samples, so a layer is Z = X Wᵀ + b, and δₗ = ∂L/∂Zₗ = (δₗ₊₁ Wₗ₊₁) ⊙ σ′(Zₗ). Arrays of one
axis are columns; 1 is a column of ones, so that A 1 sums the rows of A, and u 1ᵀ has u in each
column. Quotients, powers and functions are elementwise; vec lays an array's elements one after the
other, as NumPy's reshape does; += at an index that has a place twice adds there twice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from .ranks import Ranks

_SUM, _MATRICES, _PRODUCT, _POWER, _ATOM = range(5)
_GREEK: Final = {"D": r"\delta", "theta": r"\theta", "L": "L"}
_HEADS: Final = {
    "tanh": r"\tanh",
    "log": r"\ln",
    "sin": r"\sin",
    "cos": r"\cos",
    "tan": r"\tan",
    "maximum": r"\max",
    "minimum": r"\min",
}


_COMPARE: Final = {
    ast.Gt: ">",
    ast.GtE: r"\ge",
    ast.Lt: "<",
    ast.LtE: r"\le",
    ast.Eq: "=",
    ast.NotEq: r"\ne",
}
_ADDS: Final = r"\mathrel{+}="


class _Line(NamedTuple):
    """A statement of a source: what it assigns to what, or adds to it."""

    target: ast.expr
    sign: str
    value: ast.expr


def latex(source: str, ranks: Mapping[str, int], parameters: Collection[str] = ()) -> str:
    """The lines of a source, aligned at their =, the forward pass first.

    Lines that only lay the `parameters` (their names) out in θ, or collect their gradients, are
    left out. `ranks` says of each name how many axes its array has.
    """
    module = ast.parse(source).body
    [function] = [x for x in module if isinstance(x, ast.FunctionDef)]
    given = Ranks(ranks)
    defined = {
        ast.unparse(x.targets[0]): given.of(x.value) for x in module if isinstance(x, ast.Assign)
    }
    write = _Writer(Ranks({**ranks, **defined}))
    lines = list(_lines(function.body))
    collected = [line for line in lines if _root(line.target) == "dtheta"]
    if all(_collects(line.value) for line in collected):
        lines = [line for line in lines if line not in collected]
    shown = [
        f"{write.text(target)[0]} &{sign} {write.text(value)[0]}"
        for target, sign, value in lines
        if not (isinstance(target, ast.Name) and target.id in parameters)
    ]
    return "\\begin{aligned}\n" + " \\\\\n".join(shown) + "\n\\end{aligned}"


def _lines(body: list[ast.stmt]) -> Iterator[_Line]:
    for statement in body:
        match statement:
            case ast.Assign(targets=[target], value=value):
                yield _Line(target, "=", _value(value))
            case ast.AugAssign(target=target, value=value):
                yield _Line(target, _ADDS, _value(value))
            case ast.Expr(value=ast.Call(args=[array, index, value])):  # np.add.at
                yield _Line(ast.Subscript(array, _index(index)), _ADDS, value)


def _value(x: ast.expr) -> ast.expr:
    """What is assigned: a @ b where it is said where the product lies."""
    match x:
        case ast.Call(func=ast.Attribute(attr="matmul"), args=[a, b]):
            return ast.BinOp(a, ast.MatMult(), b)
    return x


def _index(x: ast.expr) -> ast.expr:
    """The index [:, I1] of which np.add.at is told as (slice(None), I1)."""
    match x:
        case ast.Tuple(elts=[ast.Call(), *rest]):
            return ast.Tuple([ast.Slice(), *rest])
    return x


def _root(x: ast.expr) -> str:
    """The name of the array that an expression is a part of: "" where it is none."""
    while isinstance(x, ast.Subscript | ast.Attribute | ast.Call):
        x = x.func if isinstance(x, ast.Call) else x.value
    return x.id if isinstance(x, ast.Name) else ""


def _collects(value: ast.expr) -> bool:
    """Whether a value has nothing but gradients that have a name: dW1, or several side by side."""
    match value:
        case ast.Call(func=ast.Attribute(attr="concatenate"), args=[ast.List(elts=parts)]):
            return all(map(_collects, parts))
        case ast.Call(func=ast.Attribute(attr="empty" | "zeros")):
            return True
    return _root(value).startswith("d")


def _name(name: str) -> str:
    """W1 as W₁, D1 as δ₁, dW1 as ∂L/∂W₁, ones as 1."""
    if re.fullmatch(r"ones\d*", name):
        return r"\mathbf{1}"
    if name.startswith("d") and len(name) > 1:
        return rf"\frac{{\partial L}}{{\partial {_name(name[1:])}}}"
    stem, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
    if re.fullmatch("[A-Zb][a-z]", stem) and not number:  # the gates' Wz, Ur, bn
        stem, number = stem[0], stem[1]
    shown = stem.replace("_", r"\_")
    shown = _GREEK.get(stem) or (shown if len(stem) == 1 else rf"\mathit{{{shown}}}")
    return f"{shown}_{{{number}}}" if number else shown


def _number(x: float) -> str:
    """A number to its end: 1/6 and such as fractions, and 10 to a power for an exponent."""
    if 0.0 < abs(x) < 1.0 and repr(x) == repr(1.0 / round(1.0 / x)) and len(repr(x)) > 8:
        return rf"{'-' if x < 0.0 else ''}\tfrac{{1}}{{{abs(round(1.0 / x))}}}"
    mantissa, _, exponent = repr(x).removesuffix(".0").partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


class _Writer:
    """Writes expressions; `text` tells how tightly their outermost operation binds as well."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks

    def text(self, x: ast.expr) -> tuple[str, int]:
        """An expression, and how tightly its outermost operation binds."""
        match x:
            case ast.Name(id=name):
                return _name(name), _ATOM
            case ast.Constant(value=value):
                text = _number(value) if isinstance(value, float) else str(value)
                return text, _PRODUCT if "cdot" in text else _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return f"-{self._within(inner, _PRODUCT)}", _SUM
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return self._comparison(left, sign, right), _ATOM
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
        return rf"\texttt{{{ast.unparse(x)}}}", _ATOM

    def _within(self, x: ast.expr, level: int) -> str:
        text, binds = self.text(x)
        return rf"\left({text}\right)" if binds < level else text

    def _comparison(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> str:
        return rf"\left[{self.text(left)[0]} {_COMPARE[type(sign)]} {self.text(right)[0]}\right]"

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
        if outer is not None and self._ranks.of(right) == 1:  # u[:, None] * v
            return rf"{within(outer, _POWER)} {within(right, _ATOM)}^{{\top}}", _MATRICES
        if _is_number(left):
            factor = self.text(left)[0]
            binds = _SUM if factor.startswith("-") else _PRODUCT
            return rf"{factor}\,{within(right, _PRODUCT)}", binds
        return rf"{within(left, _PRODUCT)} \odot {within(right, _PRODUCT)}", _PRODUCT

    def _matrix_product(self, left: ast.expr, right: ast.expr) -> str:
        if isinstance(left, ast.Name) and left.id.startswith("ones"):  # the row of sums of columns
            return rf"\mathbf{{1}}^{{\top}} {self._within(right, _POWER)}"
        a, b = self._ranks.of(left), self._ranks.of(right)
        if a == 1 and b == 2:  # Σᵢ uᵢ Mᵢⱼ, as a column
            if isinstance(right, ast.Attribute) and right.attr == "T":
                return f"{self._within(right.value, _POWER)} {self._within(left, _POWER)}"
            return rf"{self._within(right, _ATOM)}^{{\top}} {self._within(left, _POWER)}"
        if a == b == 1:
            return rf"{self._within(left, _ATOM)}^{{\top}} {self._within(right, _POWER)}"
        return f"{self._within(left, _PRODUCT)} {self._within(right, _POWER)}"

    def _part(self, inner: ast.expr, index: ast.expr) -> tuple[str, int]:
        written = ast.unparse(index).removeprefix("(").removesuffix(")")
        if isinstance(inner, ast.Name) and inner.id == "one_hot":
            return rf"\left[j = {self._within(index, _ATOM)}{{}}_{{i}}\right]_{{ij}}", _ATOM
        if written == "None":
            return self.text(inner)
        if written == ":, None" and self._ranks.of(inner) == 1:
            return rf"{self._within(inner, _POWER)} \mathbf{{1}}^{{\top}}", _MATRICES
        of_each = re.fullmatch(r"np\.arange\(\d+\), (\w+)", written)
        if of_each:  # of each line one element
            own = f"i, {_name(of_each[1])}{{}}_{{i}}"
            return rf"\left({self.text(inner)[0]}\right)_{{{own}}}", _POWER
        if written == "...":
            return self.text(inner)
        of_all = re.fullmatch(r"np\.arange\(\d+\)\[:, None\], (\w+)\[(\w+)\]", written)
        if of_all:  # of each line all elements, in an order of its own
            table, own = map(_name, of_all.groups())
            return rf"\left({self.text(inner)[0]}\right)_{{i, {table}[{own}{{}}_{{i}}, j]}}", _POWER
        shown = re.sub(r"I\d+", lambda found: _name(found[0]), written.replace("_", r"\_"))
        shown = shown.replace("None", r"\text{None}")
        part = self._within(inner, _ATOM)
        if isinstance(inner, ast.Call) and self._is_vec(inner):
            part = rf"\operatorname{{vec}}\left({self.text(inner)[0]}\right)"
        return rf"{part}{{}}_{{[{shown}]}}", _POWER

    def _is_vec(self, x: ast.Call) -> bool:
        """Whether a call makes an array flat that is not: all of it, or of each line the rest."""
        function = x.func
        is_reshape = isinstance(function, ast.Attribute) and function.attr == "reshape"
        return is_reshape and self._ranks.of(function.value) > self._ranks.of(x)  # type: ignore[attr-defined]

    def _call(self, x: ast.Call) -> tuple[str, int]:
        function = x.func
        name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
        of_array = isinstance(function, ast.Attribute) and not (
            isinstance(function.value, ast.Name) and function.value.id == "np"
        )
        if of_array:
            assert isinstance(function, ast.Attribute)
            return self._method(name, function.value, [ast.unparse(a) for a in x.args])
        if name == "zeros":
            return "0", _ATOM
        if name in ("broadcast_to", "concatenate"):
            return self.text(x.args[0])
        if name == "vecdot" and self._ranks.of(x.args[0]) == 2:
            product = self._operation(ast.BinOp(x.args[0], ast.Mult(), x.args[1]))[0]
            return rf"\left({product}\right) \mathbf{{1}}", _MATRICES
        if name == "exp":
            return f"e^{{{self.text(x.args[0])[0]}}}", _POWER
        if name == "abs":
            return rf"\left|{self.text(x.args[0])[0]}\right|", _ATOM
        if name == "einsum":
            return self._einsum(x), _ATOM
        if name == "bincount":
            places, terms = [self._within(a, _ATOM) for a in x.args[:2]]
            return (
                rf"\left[\sum_{{i: {places}{{}}_{{i}} = j}} {terms}{{}}_{{i}}\right]_{{j}}",
                _ATOM,
            )
        head = _HEADS.get(name) or r"\operatorname{" + name.replace("_", r"\_") + "}"
        return rf"{head}\left({', '.join(self.text(a)[0] for a in x.args)}\right)", _ATOM

    def _einsum(self, x: ast.Call) -> str:
        """A product of two arrays in index notation: [Σₖ aᵢₖ bₖⱼ]ᵢⱼ."""
        assert isinstance(x.args[0], ast.Constant)
        sides, _, result = str(x.args[0].value).partition("->")
        labels = sides.split(",")
        factors = [f"{self._within(a, _ATOM)}{{}}_{{{own}}}" for a, own in zip(x.args[1:], labels)]
        gone = "".join(k for k in labels[0] if k not in result)
        product = r"\,".join(factors)
        return rf"\left[\sum_{{{gone}}} {product}\right]_{{{result}}}"

    def _method(self, name: str, inner: ast.expr, args: list[str]) -> tuple[str, int]:
        if name == "sum" and not args:
            return rf"\sum {self._within(inner, _MATRICES)}", _SUM
        if name == "sum" and self._ranks.of(inner) == 2 and args == ["0"]:
            return rf"\mathbf{{1}}^{{\top}} {self._within(inner, _POWER)}", _MATRICES
        if name == "sum" and self._ranks.of(inner) == 2 and args == ["1"]:
            return rf"{self._within(inner, _POWER)} \mathbf{{1}}", _MATRICES
        if name == "sum":  # over some of several axes, which count from 0
            axes = args[0].strip("()").rstrip(",")
            return rf"\mathrm{{sum}}_{{{axes}}}\left({self.text(inner)[0]}\right)", _ATOM
        if name in ("reshape", "ravel"):
            return self.text(inner)
        if name == "swapaxes" and args == ["-1", "-2"]:
            return rf"{self._within(inner, _ATOM)}^{{\top}}", _POWER
        shown = ", ".join([self.text(inner)[0], *args])
        return rf"\operatorname{{{name}}}\left({shown}\right)", _ATOM


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
