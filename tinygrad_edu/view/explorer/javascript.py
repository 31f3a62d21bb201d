"""The functions of the engine, written in JavaScript, so that a page computes as the engine does.

Each function of Values, and each function of numbers that it calls, is read from its source and
written again: assignments, `if`, `for` and `return` of arithmetic, comparisons and calls, which is
all that functions of numbers are made of. A Value is its number there, and the node that Python
would `record` is an array: the value, and a derivative for each argument that may be a Value.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import math
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from ... import accurate, engine, functions, ieee
from ...custom import make_node
from ...ops import Op, is_ours

_BINARY: Final = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_CALLED: Final = {ast.Mod: "modulo", ast.FloorDiv: "quotient"}  # in `functions.js`, as is `math`
_UNARY: Final = {ast.USub: "-", ast.UAdd: "+", ast.Not: "!"}
_COMPARED: Final = {
    **{ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="},
    **{ast.Eq: "===", ast.NotEq: "!=="},
}
_ITSELF: Final = (engine.as_value, engine.number, ieee.float64)
"""What gives a number's number."""

_TAKEN: Final = frozenset(
    (
        *("await", "catch", "case", "const", "debugger", "default", "delete", "do", "enum"),
        *("export", "extends", "false", "function", "implements", "in", "instanceof"),
        *("interface", "let", "new", "null", "package", "private", "protected", "public"),
        *("static", "super", "switch", "this", "throw", "true", "typeof", "var", "void"),
        *("eval", "arguments", "math", "ieee", "Math", "Infinity", "NaN", "FUNCTIONS"),
        *("modulo", "quotient"),
    )
)
"""Names that Python's programs may use and a program in JavaScript may not."""


def script(operations: Iterable[Op]) -> str:
    """The functions of operations, put into a table: ``FUNCTIONS.tanh(x)`` is ``[y, ∂y/∂x]``.

    Arithmetic is in the table already. Left out are those whose source is not here, or says more
    than this module reads.

    >>> from ...ops import OPS
    >>> print(script([OPS["softplus"]]).partition("function functions_")[2])
    softplus(x) {
      let v, y;
      v = x;
      y = ((v > 0) ? (v + math.log1p(math.exp((-v)))) : math.log1p(math.exp(v)));
      return [y, functions__sigmoid(v)];
    }
    function functions__sigmoid(v) {
      let e;
      if ((v < 0)) {
        e = math.exp(v);
        return (e / (1 + e));
      }
      return (1 / (1 + math.exp((-v))));
    }
    Object.assign(FUNCTIONS, { softplus: functions_softplus });
    """
    known = [op for op in operations if op.is_function]
    own = tuple((str(op), op.function) for op in known if is_ours(op.function))
    others = tuple((str(op), op.function) for op in known if not is_ours(op.function))
    # Of a reader's function the constants may be others by now; the package's stay as they are.
    library, table = _added(others, *_of_the_package(own))
    return "\n".join([*library.values(), f"Object.assign(FUNCTIONS, {{ {', '.join(table)} }});"])


Named = tuple[tuple[str, Callable[..., Any]], ...]
"""Functions with the names of their operations."""


@lru_cache(maxsize=8)
def _of_the_package(functions: Named) -> tuple[dict[str, str], list[str]]:
    library: dict[str, str] = {}
    for helper in (accurate.power_dx, accurate.power_dn):  # which `**` calls
        _Library(library).name(helper)
    return _added(functions, library, [])


def _added(
    functions: Named, library: dict[str, str], table: list[str]
) -> tuple[dict[str, str], list[str]]:
    """A library and the lines of the table, with those functions that can be read."""
    table = list(table)
    for name, function in functions:
        needed = dict(library)
        try:
            table.append(f"{name}: {_Library(needed).name(function)}")
        except _Unread:
            continue
        library = needed
    return library, table


class _Unread(Exception):
    """A function of which the source is not here, or says something else than is read."""


class _Library:
    """The functions and constants that were written so far, by their names in JavaScript."""

    def __init__(self, written: dict[str, str]) -> None:
        self._written = written

    def name(self, thing: Any) -> str:
        """The name of a function, which is written now if it is not yet."""
        home, name = getattr(thing, "__module__", None), getattr(thing, "__name__", None)
        if home == ieee.__name__:
            return f"ieee.{name}"
        if thing in (abs, max, min):
            return f"Math.{name}"
        if home is None or name is None or not callable(thing):
            raise _Unread
        ours = f"{home.rpartition('.')[2]}_{name}"
        if not ours.isidentifier():
            raise _Unread
        if ours not in self._written:
            self._written[ours] = ""  # taken, should it call itself
            self._written[ours] = _Writer(thing, self).function(ours)
        return ours

    def constant(self, name: str, home: str, value: Any) -> str:
        """A constant of a module: a number as it is, a list of numbers by its name."""
        if isinstance(value, float | int):
            return _number(value)
        if not isinstance(value, list | tuple):
            raise _Unread
        ours = f"{home.rpartition('.')[2]}_{name}"
        self._written.setdefault(ours, f"const {ours} = {_array(value)};")
        return ours


class _Writer:
    """Writes one function."""

    def __init__(self, function: Callable[..., Any], library: _Library) -> None:
        self._library = library
        self._home = function.__module__
        self._globals = vars(sys.modules[self._home])
        self._tree = _definition(function)
        self._arguments = [a.arg for a in self._tree.args.args]
        assigned = {
            node.id: None
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self._locals = [name for name in assigned if name not in self._arguments]
        if not _TAKEN.isdisjoint([*self._arguments, *self._locals]):
            raise _Unread

    def function(self, name: str) -> str:
        body = list(self._tree.body)
        if ast.get_docstring(self._tree) is not None:
            del body[0]
        names = [f"let {', '.join(self._locals)};"] if self._locals else []
        lines = [*names, *self._block(body)]
        return "\n".join([f"function {name}({self._signature()}) {{", *_in(lines), "}"])

    def _signature(self) -> str:
        defaults = [self._expression(e) for e in self._tree.args.defaults]
        required = len(self._arguments) - len(defaults)
        given = [f"{a} = {e}" for a, e in zip(self._arguments[required:], defaults)]
        return ", ".join([*self._arguments[:required], *given])

    def _block(self, statements: list[ast.stmt]) -> list[str]:
        return [line for statement in statements for line in self._statement(statement)]

    def _statement(self, statement: ast.stmt) -> list[str]:
        match statement:
            case ast.Assign(targets=targets, value=value):
                sides = [*map(self._target, targets), self._expression(value)]
                return [] if len(set(sides)) == 1 else [f"{' = '.join(sides)};"]  # x = as_value(x)
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                return [f"{name} = {self._operation(op, name, self._expression(value))};"]
            case ast.If(test=test, body=body, orelse=orelse):
                otherwise = ["} else {", *_in(self._block(orelse))] if orelse else []
                head = f"if ({self._expression(test)}) {{"
                return [head, *_in(self._block(body)), *otherwise, "}"]
            case ast.For(target=target, iter=items, body=body, orelse=[]):
                head = f"for ({self._target(target)} of {self._expression(items)}) {{"
                return [head, *_in(self._block(body)), "}"]
            case ast.Return(value=ast.expr() as value):
                return [f"return {self._expression(value)};"]
        raise _Unread

    def _target(self, target: ast.expr) -> str:
        match target:
            case ast.Name(id=name):
                return name
            case ast.Tuple(elts=parts):
                return f"[{', '.join(map(self._target, parts))}]"
        raise _Unread

    def _expression(self, e: ast.expr) -> str:
        match e:
            case ast.Constant(value=float() | int() as value):
                return _number(value)
            case ast.Name(id=name):
                return name if name in self._arguments + self._locals else self._global(name)
            case ast.Attribute(value=ast.Name(id=name), attr="_data" | "data"):
                return name
            case ast.Attribute():
                return self._function(e)
            case ast.Tuple(elts=parts):
                return f"[{', '.join(map(self._expression, parts))}]"
            case ast.UnaryOp(op=sign, operand=operand):
                return f"({_UNARY[type(sign)]}{self._expression(operand)})"
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(op, self._expression(left), self._expression(right))
            case ast.BoolOp(op=op, values=values):
                word = " && " if isinstance(op, ast.And) else " || "
                return f"({word.join(map(self._expression, values))})"
            case ast.Compare(left=left, ops=signs, comparators=others):
                sides = [self._expression(side) for side in (left, *others)]
                pairs = zip(sides, map(self._sign, signs), sides[1:])
                return f"({' && '.join(' '.join(pair) for pair in pairs)})"
            case ast.IfExp(test=test, body=body, orelse=orelse):
                test_, *choices = map(self._expression, (test, body, orelse))
                return f"({test_} ? {choices[0]} : {choices[1]})"
            case ast.Call():
                return self._call(e)
        raise _Unread

    def _sign(self, sign: ast.cmpop) -> str:
        if type(sign) not in _COMPARED:
            raise _Unread
        return _COMPARED[type(sign)]

    def _operation(self, op: ast.operator, left: str, right: str) -> str:
        if type(op) in _CALLED:
            return f"{_CALLED[type(op)]}({left}, {right})"
        if type(op) not in _BINARY:
            raise _Unread
        return f"({left} {_BINARY[type(op)]} {right})"

    def _call(self, call: ast.Call) -> str:
        called, arguments = self._object(call.func), call.args
        if called in _ITSELF:
            return self._expression(arguments[0])
        if called is engine.record or called is functions.of_two:
            y, _, *pairs = arguments if called is engine.record else _as_recorded(arguments)
            slopes = [
                self._expression(slope)
                for operand, slope in zip(pairs[::2], pairs[1::2])
                if not (isinstance(operand, ast.Constant) and operand.value is None)
            ]
            return f"[{', '.join([self._expression(y), *slopes])}]"
        if called is make_node:
            y, *operands = arguments
            if not all(isinstance(o, ast.Tuple) and len(o.elts) == 2 for o in operands):
                raise _Unread
            slopes = [self._expression(o.elts[1]) for o in operands if isinstance(o, ast.Tuple)]
            return f"[{', '.join([self._expression(y), *slopes])}]"
        if call.keywords:
            raise _Unread
        given = ", ".join(map(self._expression, arguments))
        return f"{self._function(call.func)}({given})"

    def _function(self, e: ast.expr) -> str:
        """A name, or a name in a module: the constants of `math` are in JavaScript's `math` too."""
        if isinstance(e, ast.Name):
            return self._expression(e)
        thing = self._object(e)
        if isinstance(e, ast.Attribute) and self._object(e.value) is math:
            return f"math.{e.attr}"
        return self._library.name(thing)

    def _global(self, name: str) -> str:
        value = self._object(ast.Name(id=name))
        if callable(value):
            return self._library.name(value)
        return self._library.constant(name, self._home, value)

    def _object(self, e: ast.expr) -> Any:
        """What a name, or a name in a module, stands for in the function's module."""
        match e:
            case ast.Name(id=name):
                found = self._globals.get(name, getattr(builtins, name, None))
            case ast.Attribute(value=base, attr=name):
                module = self._object(base)
                found = getattr(module, name, None) if isinstance(module, ModuleType) else None
            case _:
                found = None
        if found is None:
            raise _Unread
        return found


def _as_recorded(arguments: list[ast.expr]) -> list[ast.expr]:
    """The arguments of `of_two`, in the order in which `record` takes them."""
    op, *others = arguments
    return [others[0], op, *others[1:]]


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    """The source of a function; of a compiled one, it is in the file beside its module."""
    plain = isinstance(function, FunctionType)
    if plain:
        file = function.__code__.co_filename
    else:
        beside = getattr(sys.modules[function.__module__], "__file__", None) or ""
        file = str(Path(beside).parent / f"{function.__module__.split('.')[-1]}.py")
    for node in _definitions("".join(linecache.getlines(file))):
        if node.name != function.__name__:
            continue
        if plain and (function.__closure__ or node.lineno != function.__code__.co_firstlineno):
            continue
        return node
    raise _Unread


@lru_cache(maxsize=16)
def _definitions(text: str) -> list[ast.FunctionDef]:
    """The functions that a program defines, but for decorated ones, which may do anything."""
    try:
        found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    except SyntaxError as error:
        raise _Unread from error
    return [node for node in found if not node.decorator_list]


def _number(x: float) -> str:
    if x != x:
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "(-Infinity)"
    return f"({x!r})" if x < 0 else repr(x).removesuffix(".0")


def _array(x: Any) -> str:
    if isinstance(x, list | tuple):
        return f"[{', '.join(map(_array, x))}]"
    if not isinstance(x, float | int):
        raise _Unread
    return _number(x)


def _in(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
