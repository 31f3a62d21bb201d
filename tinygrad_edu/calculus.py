"""Derivatives as Values: gradients that can be differentiated again, and matrices made of them.

`backward()` gives numbers. Here the same walk over the graph, from its end, is done in operations
on Values (the rules of `OPS`), so that the gradient is itself a graph: to be printed, drawn, and
differentiated to any order.

Functions are functions of numbers, ``f(x, y, z)``: each argument a Value, the result a Value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

from .engine import Scalar, Value, as_value, topological_order
from .reductions import dot

Function: TypeAlias = Callable[..., Value]
"""A function of n Values that returns a Value."""


def gradients(y: Value, xs: Iterable[Value]) -> list[Value]:
    """∂y/∂x for each x of `xs`, leaves or inner values of the graph of `y`, as Values.

    0 for an x that `y` does not depend on. They are computed from the present data of the leaves,
    which must be the data that `y` was recorded with. TypeError for anything but Values.

    >>> x = Value(2.0)
    >>> [first] = gradients(x ** 3, [x])
    >>> [second] = gradients(first, [x])
    >>> first.data, second.data
    (12.0, 12.0)
    """
    if isinstance(xs, Value):
        raise TypeError("gradients takes a list of Values to differentiate by, not one Value: [x]")
    wanted = list(xs)
    for v in (y, *wanted):
        if not isinstance(v, Value):
            raise TypeError(f"gradients are of a Value by Values, not {type(v).__name__}: {v!r}")

    order = topological_order(y)
    depends = set(wanted)  # all that a wanted gradient passes through
    for node in order:
        if any(v in depends for v in node.operands):
            depends.add(node)

    # A factor stays a plain number as long as it can: that keeps the graph small.
    upstream: dict[Value, Value | float] = {y: 1.0}
    for node in reversed(order):
        if node not in upstream or node not in depends:
            continue
        g = upstream[node]
        for argument, rule in zip(node.arguments, node.op.rules):
            if isinstance(argument, Value) and argument in depends:
                slope = rule(*node.arguments, node)
                if not isinstance(slope, Value) and slope == 0.0:
                    continue  # flat, as a step is everywhere
                term = _times(g, slope)
                before = upstream.get(argument)
                upstream[argument] = term if before is None else before + term
    return [as_value(upstream.get(x, 0.0)) for x in wanted]


def _times(g: Value | float, d: Value | float) -> Value | float:
    if not isinstance(g, Value) and g == 1.0:
        return d
    return g if not isinstance(d, Value) and d == 1.0 else g * d


def grad(
    f: Function, argnums: int | Sequence[int] | None = None
) -> Callable[..., Value | list[Value]]:
    """The gradient of f: a function of the same arguments.

    It returns the list [∂f/∂x₁, …, ∂f/∂xₙ], or of one argument the derivative itself, so that
    ``grad(grad(f))(x)`` is f″(x). Arguments are Values or plain numbers. `argnums` chooses among
    them as `value_and_grad` says.

    >>> grad(lambda x, y: x * y)(2.0, 3.0)
    [Value(data=3.0, grad=0.0), Value(data=2.0, grad=0.0)]
    """
    both = value_and_grad(f, argnums)
    return lambda *arguments: both(*arguments)[1]


def value_and_grad(
    f: Function, argnums: int | Sequence[int] | None = None
) -> Callable[..., tuple[Value, Value | list[Value]]]:
    """f and its gradient from one evaluation: a function of the same arguments, of the two.

    The gradient is by all arguments; where `argnums` is a position (from 0) it is the derivative by
    that one, and where it is several, the list of those, in that order. The other arguments reach f
    untouched, so they may be anything. A TypeError for an `argnums` that is no position nor a list
    of them, an IndexError for a position that there is not.

    >>> value, slope = value_and_grad(lambda x, n: x**n, argnums=0)(2.0, 3)
    >>> value.data, slope.data
    (8.0, 12.0)
    """
    positions = list(argnums) if isinstance(argnums, (list, tuple)) else [argnums]
    if argnums is not None and any(type(i) is not int for i in positions):
        raise TypeError(f"argnums is a position (0, 1 …) or a list of them, not {argnums!r}")

    def both(*arguments: Any) -> tuple[Value, Value | list[Value]]:
        n = len(arguments)
        chosen = list(range(n)) if argnums is None else cast(list[int], positions)
        for i in chosen:
            if not 0 <= i < n:
                raise IndexError(f"argnums has {i}, and there are {n} arguments: 0 to {n - 1}")
        inputs = list(arguments)
        # Each position once, so that a derivative asked for twice is by one and the same Value.
        variables = dict(zip(chosen, _variables(arguments[i] for i in chosen)))
        for i, x in variables.items():
            inputs[i] = x
        y = returned(f(*inputs))
        found = gradients(y, [variables[i] for i in chosen])
        alone = isinstance(argnums, int) or (argnums is None and n == 1)
        return y, found[0] if alone else found

    return both


def jacobian(f: Callable[..., Value | Sequence[Value]]) -> Callable[..., list[list[Value]]]:
    """The matrix of first derivatives of f, which returns m Values (a sequence, or one Value).

    A function of the same n arguments, that returns m rows of n: row i, column j is ∂fᵢ/∂xⱼ.
    """

    def matrix(*arguments: Scalar) -> list[list[Value]]:
        xs = _variables(arguments)
        ys = f(*xs)
        return [gradients(returned(y), xs) for y in ([ys] if isinstance(ys, Value) else ys)]

    return matrix


def hessian(f: Function) -> Callable[..., list[list[Value]]]:
    """The matrix of second derivatives of f.

    A function of the same n arguments, that returns n rows of n: row i, column j is ∂²f/∂xᵢ∂xⱼ.
    """

    def matrix(*arguments: Scalar) -> list[list[Value]]:
        xs = _variables(arguments)
        return [gradients(g, xs) for g in gradients(returned(f(*xs)), xs)]

    return matrix


def hvp(f: Function) -> Callable[[Iterable[Scalar], Iterable[Scalar]], list[Value]]:
    """The product of f's Hessian matrix H with a vector, without ever making the matrix.

    ``hvp(f)([x₁, …, xₙ], [v₁, …, vₙ])`` is the list of the n numbers of H·v, where row i is
    Σⱼ ∂²f/∂xᵢ∂xⱼ · vⱼ. It costs two walks over the graph instead of n + 1. A ValueError where the
    lengths differ.

    Source: B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6(1),
    1994 (in the form of the gradient of g·v).
    """

    def product(point: Iterable[Scalar], v: Iterable[Scalar]) -> list[Value]:
        xs = _variables(point)
        return gradients(dot(gradients(returned(f(*xs)), xs), v), xs)

    return product


def _variables(arguments: Iterable[Scalar]) -> list[Value]:
    """A Value of its own for each argument, so that f(x, x) and f's other uses of x differ."""
    return [x * 1.0 if isinstance(x, Value) else Value(x) for x in arguments]


def returned(y: object) -> Value:
    """What a function returned, if that is a Value; otherwise a TypeError."""
    if not isinstance(y, Value):
        raise TypeError(f"the function must return a Value, not {type(y).__name__}: {y!r}")
    return y
