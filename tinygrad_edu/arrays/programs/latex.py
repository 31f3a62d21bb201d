r"""A program's source in the matrix notation of the textbooks, as LaTeX.

Rows are samples, so a layer is Z = X Wᵀ + b, and δₗ = ∂L/∂Zₗ = (δₗ₊₁ Wₗ₊₁) ⊙ σ′(Zₗ). An array of
one axis is a column in products, and beside a matrix it is each of its rows; 1 is a column of ones,
so that A 1 sums the rows of A, and u 1ᵀ has u in each column. Products and ᵀ of arrays with more
axes are those of the last two. Quotients, powers and functions are elementwise, and logsumexp and
softmax along the last axis. reshape lays the elements, row after row, in another shape, and vec in
a column. Indices count from 0; += at an index that has a place twice adds there twice.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from .formulas import Formulas
from .shapes import Shapes

_ADDS: Final = r"\mathrel{+}="


class _Line(NamedTuple):
    """A statement of a source: what it assigns to what, or adds to it."""

    target: ast.expr
    sign: str
    value: ast.expr


def latex(source: str, names: Mapping[str, Any], parameters: Collection[str] = ()) -> str:
    """The lines of a source, aligned at their =, the forward pass first.

    Left out are lines that only lay the `parameters` (their names) out in θ, or collect their
    gradients, and what is only tested. `names` has an array of its shape for each name.
    """
    module = ast.parse(source).body
    [function] = [x for x in module if isinstance(x, ast.FunctionDef)]
    head: list[ast.stmt] = [x for x in module if x is not function]
    known = dict(names)
    exec(compile(ast.Module(head, []), "<a source>", "exec"), known)
    shapes = Shapes(known)
    lines = list(_lines(function.body, shapes))
    collected = [line for line in lines if _root(line.target) == "dtheta"]
    if all(_collects(line.value) for line in collected):
        lines = [line for line in lines if line not in collected]
    write = Formulas(shapes)
    shown = [
        f"{write.text(target)[0]} &{sign} {write.text(value)[0]}"
        for target, sign, value in _needed(lines)
        if not (isinstance(target, ast.Name) and target.id in parameters)
    ]
    return "\\begin{aligned}\n" + " \\\\\n".join(shown) + "\n\\end{aligned}"


def _lines(body: list[ast.stmt], shapes: Shapes) -> Iterator[_Line]:
    for statement in body:
        match statement:
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="empty"))):
                pass  # each of its elements has a line
            case ast.Assign(targets=[target], value=value):
                yield from _assigned(target, value, shapes)
            case ast.AugAssign(target=target, value=value):
                yield from _to_part(target, _ADDS, value, shapes)
            case ast.Expr(value=ast.Call(args=[array, index, value])):  # np.add.at
                yield _Line(ast.Subscript(array, _index(index)), _ADDS, value)
            case ast.Return(value=ast.Tuple(elts=[_, gradient, *_])):
                if not isinstance(gradient, ast.Name):
                    yield _Line(ast.Name("dtheta"), "=", gradient)


def _assigned(target: ast.expr, value: ast.expr, shapes: Shapes) -> Iterator[_Line]:
    """The line of an assignment: of `np.matmul(a, b, out=part)` two, that of the part too."""
    match value:
        case ast.Call(func=ast.Attribute(attr="matmul"), args=[a, b], keywords=[out]):
            yield _Line(target, "=", ast.BinOp(a, ast.MatMult(), b))
            yield from _to_part(out.value, "=", target, shapes)
        case _:
            yield from _to_part(target, "=", value, shapes)


def _to_part(target: ast.expr, sign: str, value: ast.expr, shapes: Shapes) -> Iterator[_Line]:
    """The line of what goes to a part; it is made a column for one that is reshaped to take it."""
    match target:
        case ast.Subscript(value=ast.Call() as reshaped, slice=ast.Constant()):
            target = reshaped
    match target:
        case ast.Call(func=ast.Attribute(value=part, attr="reshape")) if shapes.rank(
            part
        ) == 1 and shapes.of(value) == shapes.of(target):
            target = part
            value = ast.Call(ast.Attribute(value, "ravel", ast.Load()), [], [])
    yield _Line(target, sign, value)


def _index(x: ast.expr) -> ast.expr:
    """The index [:, I1] of which np.add.at is told as (slice(None), I1)."""
    match x:
        case ast.Tuple(elts=[ast.Call(), *rest]):
            return ast.Tuple([ast.Slice(), *rest], ast.Load())
    return x


def _needed(lines: list[_Line]) -> list[_Line]:
    """The lines that the loss and the gradients come from."""
    needed = {"L"} | {name for line in lines if (name := _root(line.target)).startswith("d")}
    found: list[_Line] = []
    for line in reversed(lines):
        if _root(line.target) in needed:
            found.append(line)
            for part in (line.target, line.value):
                needed.update(x.id for x in ast.walk(part) if isinstance(x, ast.Name))
    return found[::-1]


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
        case ast.Call(func=ast.Attribute(attr="zeros")):
            return True
    return _root(value).startswith("d")
