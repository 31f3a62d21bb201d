"""How many axes the value of an expression has, in the source of an array program."""

from __future__ import annotations

import ast
from collections.abc import Mapping


class Ranks:
    """Tells the number of axes of expressions, where those of the names in them are known."""

    def __init__(self, names: Mapping[str, int]) -> None:
        self._names = names

    def of(self, x: ast.expr) -> int:
        """The number of axes of an expression."""
        match x:
            case ast.Name(id=name):
                return self._names.get(name, 0)
            case ast.UnaryOp(operand=inner) | ast.Attribute(value=inner, attr="T"):
                return self.of(inner)
            case ast.Compare(left=left, comparators=[right]):
                return max(self.of(left), self.of(right))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                a, b = self.of(left), self.of(right)
                return a + b - 2 if 1 in (a, b) else max(a, b)
            case ast.BinOp(left=left, right=right):
                return max(self.of(left), self.of(right))
            case ast.Subscript(value=inner, slice=index):
                return self.of(inner) + self._by(index)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name), args=args):
                return self._of_function(name, args)
            case ast.Call(func=ast.Attribute(value=inner, attr=name), args=args):
                return self._of_method(name, self.of(inner), args)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._of_function(name, args)
        return 0

    def _by(self, index: ast.expr) -> int:
        """How many axes an index adds."""
        entries = index.elts if isinstance(index, ast.Tuple) else [index]
        added, arrays = 0, list[int]()
        for entry in entries:
            if isinstance(entry, ast.Constant):
                added += 1 if entry.value is None else -1
            elif not isinstance(entry, ast.Slice):
                arrays.append(self.of(entry))
        return added + max(arrays, default=0) - len(arrays)

    def _of_function(self, name: str, args: list[ast.expr]) -> int:
        if name in ("broadcast_to", "zeros"):
            return len(args[-1].elts) if isinstance(args[-1], ast.Tuple) else 1
        if name in ("arange", "bincount", "concatenate", "ones"):
            return 1
        if name == "eye":
            return 2
        if name == "einsum" and isinstance(args[0], ast.Constant):
            return len(str(args[0].value).partition("->")[2])
        return max(map(self.of, args), default=0) - (name in ("logsumexp", "vecdot"))

    @staticmethod
    def _of_method(name: str, rank: int, args: list[ast.expr]) -> int:
        if name == "sum":
            if not args:
                return 0
            return rank - (len(args[0].elts) if isinstance(args[0], ast.Tuple) else 1)
        if name == "reshape":
            return len(args[0].elts) if isinstance(args[0], ast.Tuple) else len(args)
        return rank
