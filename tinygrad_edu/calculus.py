"""Derivatives as Values: gradients that can be differentiated again, and matrices made of them.

`backward()` gives numbers. Here the same walk over the graph, from its end, is done in operations
on Values (the rules of `OPS`), so that the gradient is itself a graph: to be printed, drawn, and
differentiated to any order.

Functions are functions of numbers, ``f(x, y, z)``, or of lists or arrays of them, ``f(w)``: in
place of each number they are given a Value, and the result is a Value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

from .arguments import Values, coordinates, formed, rows, variables
from .checks import elements, function
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
    wanted = elements(xs, "gradients takes a list of Values to differentiate by")
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


def grad(f: Function, argnums: int | Sequence[int] | None = None) -> Callable[..., Any]:
    """The gradient of f: a function of the same arguments.

    It returns the list [∂f/∂x₁, …, ∂f/∂xₙ], or of one argument the derivative itself, so that
    ``grad(grad(f))(x)`` is f″(x). An argument is a number, a Value, or a list or array of these,
    as f takes it; `argnums` chooses among them. What comes back is as `value_and_grad` says.

    >>> grad(lambda x, y: x * y)(2.0, 3.0)
    [Value(data=3.0, grad=0.0), Value(data=2.0, grad=0.0)]
    >>> grad(lambda w: w[0] * w[1] ** 2)([5.0, 3.0])
    [Value(data=9.0, grad=0.0), Value(data=30.0, grad=0.0)]
    """
    both = value_and_grad(f, argnums)
    return lambda *arguments: both(*arguments)[1]


def value_and_grad(
    f: Function, argnums: int | Sequence[int] | None = None
) -> Callable[..., tuple[Value, Any]]:
    """f and its gradient from one evaluation: a function of the same arguments, of the two.

    The gradient is by all arguments; where `argnums` is a position (from 0) it is the derivative by
    that one, and where it is several, the list of those, in that order. The other arguments reach f
    untouched, so they may be anything.

    The derivative by a number is a Value; by a list, the list of the derivatives by its elements,
    nested alike, which NumPy takes as an array of float64; by a NumPy array of numbers it is an
    array of numbers, and by one of Values an array of Values.

    A TypeError for an `argnums` that is no position nor a list of them, an IndexError for a
    position that there is not.

    >>> value, slope = value_and_grad(lambda x, n: x**n, argnums=0)(2.0, 3)
    >>> value.data, slope.data
    (8.0, 12.0)
    """
    function(f, "what is differentiated")
    positions = list(argnums) if isinstance(argnums, (list, tuple)) else [argnums]
    if not positions or (argnums is not None and any(type(i) is not int for i in positions)):
        raise TypeError(f"argnums is a position (0, 1 …) or a list of them, not {argnums!r}")

    def both(*arguments: Any) -> tuple[Value, Any]:
        n = len(arguments)
        chosen = list(range(n)) if argnums is None else cast(list[int], positions)
        for i in chosen:
            if not 0 <= i < n:
                raise IndexError(f"argnums has {i}, and there are {n} arguments: 0 to {n - 1}")
        inputs, xs = list(arguments), list[Value]()
        by = list(dict.fromkeys(chosen))  # each once: what is asked for twice is by the same Values
        for i in by:
            inputs[i] = variables(arguments[i], xs)
        y = returned(f(*inputs))
        slopes = iter(gradients(y, xs))
        found = {i: formed(arguments[i], slopes) for i in by}
        alone = isinstance(argnums, int) or (argnums is None and n == 1)
        return y, found[chosen[0]] if alone else Values([found[i] for i in chosen])

    return both


def jacobian(f: Callable[..., Any]) -> Callable[..., Any]:
    """The matrix of first derivatives of f, which returns m Values (a sequence, or one Value).

    A function of the same n numbers, that returns m rows of n: row i, column j is ∂fᵢ/∂xⱼ. They
    are n arguments, or those of one list or array, as f takes them. NumPy takes the rows as an
    array of float64, which they are already where the argument is an array of numbers.

    >>> jacobian(lambda x: [x[0] * x[1], x[0]])([2.0, 3.0])[0]
    [Value(data=3.0, grad=0.0), Value(data=2.0, grad=0.0)]
    """

    function(f, "what is differentiated")

    def matrix(*arguments: Any) -> Any:
        xs = list[Value]()
        ys = f(*[variables(x, xs) for x in coordinates(arguments)])
        right = "the function must return a Value or a list of them"
        outputs = [ys] if isinstance(ys, Value) else elements(ys, right)
        return rows(arguments, [gradients(returned(y), xs) for y in outputs])

    return matrix


def hessian(f: Function) -> Callable[..., Any]:
    """The matrix of second derivatives of f.

    A function of the same n numbers, that returns n rows of n: row i, column j is ∂²f/∂xᵢ∂xⱼ. They
    are given, and the matrix comes, as with `jacobian`. So a step of Newton's method to the
    minimum of f is ``x - np.linalg.solve(hessian(f)(x), grad(f)(x))``.
    """

    function(f, "what is differentiated")

    def matrix(*arguments: Any) -> Any:
        xs = list[Value]()
        y = returned(f(*[variables(x, xs) for x in coordinates(arguments)]))
        return rows(arguments, [gradients(g, xs) for g in gradients(y, xs)])

    return matrix


def hvp(f: Function) -> Callable[[Iterable[Scalar], Iterable[Scalar]], list[Value]]:
    """The product of f's Hessian matrix H with a vector, without ever making the matrix.

    ``hvp(f)([x₁, …, xₙ], [v₁, …, vₙ])`` is the list of the n numbers of H·v, where row i is
    Σⱼ ∂²f/∂xᵢ∂xⱼ · vⱼ. It costs two walks over the graph instead of n + 1. A ValueError where the
    lengths differ.

    Source: B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6(1),
    1994 (in the form of the gradient of g·v).
    """

    function(f, "what is differentiated")

    def product(point: Iterable[Scalar], v: Iterable[Scalar]) -> list[Value]:
        xs = list[Value]()
        variables(elements(point, "hvp takes a list of numbers as its point"), xs)
        return gradients(dot(gradients(returned(f(*xs)), xs), v), xs)

    return product


def returned(y: object) -> Value:
    """What a function returned, if that is a Value; otherwise a TypeError."""
    if not isinstance(y, Value):
        raise TypeError(f"the function must return a Value, not {type(y).__name__}: {y!r}")
    return y
