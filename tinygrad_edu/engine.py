"""The engine: a `Value` records each operation on it; `backward()` differentiates the record.

Every node is one line of three-address code, ``y = op(a, b)``, kept with the two numbers
``da = ∂y/∂a`` and ``db = ∂y/∂b`` at the point where it was computed. That list of lines is the
Wengert list of the textbooks (R. E. Wengert, "A simple automatic derivative evaluation program",
Communications of the ACM 7(8), 1964), and reverse mode is one walk over it from its end. It begins
with ∂L/∂L = 1 and does for each line, last to first:

    ∂L/∂a += ∂L/∂y · da
    ∂L/∂b += ∂L/∂y · db

What an operation is, and the rules of arithmetic, are in `ops.py`; the functions (`exp`, `tanh`,
`relu` …) are in `functions.py`, one block each.

Some things are written as they are for speed alone, which is in how mypyc compiles this file, and
in calls that Python need not make: slots with an underscore beside properties that check what is
assigned, `type(x) is float` before the general question, marks on the nodes in place of a set of
those that were visited, module constants that are `Final`, and how `record` makes its node.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat
from typing import Any, ClassVar, Final, Never, SupportsFloat, TypeAlias, cast, final

from mypy_extensions import i64, mypyc_attr

from .accurate import power_dn, power_dx
from .blocks import BLOCKS, is_recording, observer, watcher
from .cuts import notice_float
from .declarations import Methods
from .ieee import divide, float64, is_real, power
from .ops import ADD, DIV, LEAF, MUL, NEG, OPS, POW, SUB, Op, Text
from .turns import in_turn, is_running, run

COMPILED: Final = not __file__.endswith(".py")
"""Whether this module runs as machine code (built by mypyc) rather than as Python."""


class _Walks:
    """The number of the newest walk over a graph: it marks the nodes that it has reached."""

    def __init__(self) -> None:
        self.newest: i64 = 0
        self.sweeping: bool = False  # whether a sweep has begun, and may be going on


_WALKS: Final = _Walks()
_BLOCKS: Final[set[Any]] = BLOCKS


@final
@mypyc_attr(acyclic=True)
class Value(Methods):
    """A float64 that remembers how it was computed.

    `data` is any real number (int, float, NumPy scalar; not bool) and is kept as a float64;
    `label` names the value in drawings, derivations and messages. Anything else is a TypeError.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> y = a * b + a
    >>> y.backward()
    >>> y.data, a.grad, b.grad
    (-4.0, -2.0, 2.0)

    `==` and `hash` go by identity, so that Values can be kept in sets and as keys; ``< <= > >=``
    and `bool` go by value. A Value has these attributes only and no subclasses, which keeps it
    small: what else belongs to one is kept beside it, as in ``momentum = {p: 0.0 for p in ps}``.
    """

    __slots__ = ("__weakref__", "_a", "_b", "_da", "_data", "_db", "_grad", "_label", "_mark", "op")
    # Said because a compiled class with an order would have no hash; ClassVar, or it were a slot.
    __hash__: ClassVar[Callable[[Value], int]] = object.__hash__

    def __init__(self, data: object, label: Text = "") -> None:
        self._data: float = data if type(data) is float else float64(data)
        self._grad: float = 0.0
        self._label: str = label if isinstance(label, str) else _not_a_label(label)
        self.op: Op = LEAF
        self._a: Value | None = None
        self._b: Value | None = None
        # ∂y/∂a and ∂y/∂b, with two exceptions. Where an argument is a plain number (so its
        # operand is None) that number is kept here. And of y = a / b, da is b: ∂L/∂y / b rounds
        # once, as PyTorch does, where ∂L/∂y · (1/b) would round twice.
        self._da: float = 0.0
        self._db: float = 0.0
        self._mark: i64 = 0

    # What a node knows

    @property
    def data(self) -> float:
        """The value. Assigning a leaf's (any real number) is what a training step does."""
        if _BLOCKS:
            _noted("data", self, None, False)
        return self._data

    @data.setter
    def data(self, data: object) -> None:
        if _BLOCKS:
            _noted("set", self, None, False)
        self._data = data if type(data) is float else float64(data)

    @property
    def grad(self) -> float:
        """∂L/∂self for the L on which `backward()` was called; 0.0 before it and after `= None`."""
        if _BLOCKS:
            _noted("data", self, None, False)
        return self._grad

    @grad.setter
    def grad(self, grad: object) -> None:
        if grad is None:  # as PyTorch's programs say "none yet"
            grad = 0.0
        self._grad = grad if type(grad) is float else float64(grad)

    @property
    def label(self) -> str:
        """What the value is called in drawings, derivations and messages; "" if it has no name."""
        return self._label

    @label.setter
    def label(self, label: Text) -> None:
        self._label = label if isinstance(label, str) else _not_a_label(label)

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values this one was computed from, in order: those of ``a * a`` are (a, a)."""
        a, b = self._a, self._b
        if a is None:
            return () if b is None else (b,)
        return (a,) if b is None else (a, b)

    @property
    def arguments(self) -> tuple[Value | float, ...]:
        """Operands and plain numbers as they were written: those of ``2 * x`` are (2.0, x)."""
        a: Value | float = self._da if self._a is None else self._a
        b: Value | float = self._db if self._b is None else self._b
        return (a, b)[: self.op.arity]

    @property
    def local_grads(self) -> tuple[float, ...]:
        """∂self/∂operand of each operand, at the point that was recorded."""
        return self.pull_back(1.0)

    @property
    def contributions(self) -> tuple[float, ...]:
        """What this node adds to each operand's gradient: self.grad · ∂self/∂operand."""
        return self.pull_back(self._grad)

    def pull_back(self, g: SupportsFloat) -> tuple[float, ...]:
        """What each operand's gradient receives where this node's own gradient is `g`."""
        g = float64(g, "a gradient")
        if _BLOCKS:
            _noted("data", self, None, False)
        da = divide(g, self._da) if self.op is DIV else g * self._da
        if self._a is None:
            return () if self._b is None else (g * self._db,)
        return (da,) if self._b is None else (da, g * self._db)

    @classmethod
    def __init_subclass__(cls, **options: object) -> None:
        raise TypeError(
            "Value is not subclassed, since its operations give Values: a new operation is a "
            "function of Values, a model a subclass of tinygrad_edu.nn.Module, and what belongs to "
            "a Value is kept beside it in a dict, {value: …}"
        )

    # Arithmetic, and NotImplemented with what it does not know

    def __add__(self, other: Scalar) -> Answer:
        if isinstance(other, Value):
            return record(self._data + other._data, ADD, self, 1.0, other, 1.0)
        if type(other) is float or is_real(other):
            n = float64(other)
            return record(self._data + n, ADD, self, 1.0, None, n)
        return NotImplemented

    def __radd__(self, other: Scalar) -> Answer:
        if type(other) is float or is_real(other):
            n = float64(other)
            return record(n + self._data, ADD, None, n, self, 1.0)
        return NotImplemented

    def __sub__(self, other: Scalar) -> Answer:
        if isinstance(other, Value):
            return record(self._data - other._data, SUB, self, 1.0, other, -1.0)
        if is_real(other):
            n = float64(other)
            return record(self._data - n, SUB, self, 1.0, None, n)
        return NotImplemented

    def __rsub__(self, other: Scalar) -> Answer:
        if is_real(other):
            n = float64(other)
            return record(n - self._data, SUB, None, n, self, -1.0)
        return NotImplemented

    def __mul__(self, other: Scalar) -> Answer:
        if isinstance(other, Value):
            return record(self._data * other._data, MUL, self, other._data, other, self._data)
        if type(other) is float or is_real(other):
            n = float64(other)
            return record(self._data * n, MUL, self, n, None, n)
        _refuse_sequence(other)
        return NotImplemented

    def __rmul__(self, other: Scalar) -> Answer:
        if type(other) is float or is_real(other):
            n = float64(other)
            return record(n * self._data, MUL, None, n, self, n)
        _refuse_sequence(other)
        return NotImplemented

    def __truediv__(self, other: Scalar) -> Answer:
        if isinstance(other, Value):
            b = other._data
            y = divide(self._data, b)
            return record(y, DIV, self, b, other, -divide(y, b))
        if is_real(other):
            n = float64(other)
            return record(divide(self._data, n), DIV, self, n, None, n)
        return NotImplemented

    def __rtruediv__(self, other: Scalar) -> Answer:
        if is_real(other):
            n = float64(other)
            y = divide(n, self._data)
            return record(y, DIV, None, n, self, -divide(y, self._data))
        return NotImplemented

    def __pow__(self, other: Scalar) -> Answer:
        x = self._data
        if isinstance(other, Value):
            n = other._data
            y = power(x, n)
            return record(y, POW, self, power_dx(x, n), other, power_dn(x, n, y))
        if is_real(other):
            n = float64(other)
            return record(power(x, n), POW, self, power_dx(x, n), None, n)
        return NotImplemented

    def __rpow__(self, other: Scalar) -> Answer:
        if is_real(other):
            n = float64(other)
            y = power(n, self._data)
            return record(y, POW, None, n, self, power_dn(n, self._data, y))
        return NotImplemented

    def __neg__(self) -> Value:
        return record(-self._data, NEG, self, -1.0, None, 0.0)

    def __pos__(self) -> Value:
        return self

    def __mod__(self, other: Scalar) -> Answer:
        if isinstance(other, Value) or is_real(other):
            y: Value = OPS["remainder"].function(self, other)
            return y
        return NotImplemented

    def __rmod__(self, other: Scalar) -> Answer:
        if is_real(other):
            y: Value = OPS["remainder"].function(other, self)
            return y
        return NotImplemented

    def __abs__(self) -> Value:
        y: Value = OPS["abs"].function(self)
        return y

    # Reverse mode

    def backward(self, seed: Scalar = 1.0) -> None:
        """Add seed · ∂self/∂leaf to the `grad` of every leaf that self depends on.

        Leaves accumulate until they are set to zero; every inner node is left with the gradient
        of this call alone, so that calling twice doubles a leaf's gradient exactly. A call that
        is interrupted changes no leaf's gradient. Calls in several threads take turns. A TypeError
        for a `seed` that is no number.
        """
        in_turn(_sweep, self, number(seed))

    # By value: order, truth, conversion. By identity: ==, hash.

    def __lt__(self, other: object) -> bool:
        if isinstance(other, Value) or is_real(other):
            return _noted("<", self, other, self._data < number(other))
        return NotImplemented

    def __le__(self, other: object) -> bool:
        if isinstance(other, Value) or is_real(other):
            return _noted("<=", self, other, self._data <= number(other))
        return NotImplemented

    def __gt__(self, other: object) -> bool:
        if isinstance(other, Value) or is_real(other):
            return _noted(">", self, other, self._data > number(other))
        return NotImplemented

    def __ge__(self, other: object) -> bool:
        if isinstance(other, Value) or is_real(other):
            return _noted(">=", self, other, self._data >= number(other))
        return NotImplemented

    def __eq__(self, other: object) -> bool:
        _noted("==", self, other, False)
        return True if self is other else NotImplemented

    def __bool__(self) -> bool:
        return _noted("bool", self, None, self._data != 0.0)

    def __float__(self) -> float:
        _noted("data", self, None, False)
        notice_float()
        return self._data

    def __format__(self, spec: str) -> str:
        _noted("data", self, None, False)
        return format(self._data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        _noted("data", self, None, False)
        label = f", label={self._label!r}" if self._label else ""
        return f"Value(data={self._data}, grad={self._grad}{label})"

    def __reduce__(self) -> tuple[object, ...]:
        if self.op is not LEAF:
            raise TypeError(
                f"a copy of this {self.op!s} node would lose the graph behind it: copy or pickle "
                "its leaves (a model's parameters) and compute it again, or keep float(value)"
            )
        _noted("data", self, None, False)
        return _leaf, (self._data, self._grad, self._label)


Scalar: TypeAlias = Value | SupportsFloat
"""What functions take: a Value or a real number, of NumPy's types too (a str or bool raises)."""
Answer: TypeAlias = Value | Never  # noqa: RUF020
"""What an operator gives: a Value. `Never` adds nothing to that for a reader or a type checker, but
makes mypyc keep any object, so that NotImplemented may be returned from compiled code too."""

_new: Final = Value.__new__
_SET_GRAD: Final[Any] = cast(Any, Value)._grad.__set__
_ZERO: Final[object] = float("0")  # kept as an object, not as a literal to be made into one


def record(
    y: float, op: Op, a: Value | None, da: float, b: Value | None = None, db: float = 0.0
) -> Value:
    """A node: the line y = op(a, b) with its derivatives, or inside `no_grad()` only the number."""
    tell = None
    if _BLOCKS:
        if is_recording():
            tell = observer()
        else:
            op, a, da, b, db = LEAF, None, 0.0, None, 0.0
    # A plain class is made fastest without a call of __init__, a compiled one with it.
    node = Value(_ZERO) if COMPILED else _new(Value)
    node._data = y
    node._grad = 0.0
    node._label = ""
    node.op = op
    node._a = a
    node._b = b
    node._da = da
    node._db = db
    node._mark = 0
    if tell is not None:
        tell(node)
    return node


def _noted(what: str, value: Value, other: object, answer: bool) -> bool:
    """The answer, of which who is `watching` is told: that a number of the graph is looked at."""
    tell = watcher() if _BLOCKS else None
    if tell is not None:
        tell(what, value, other, answer)
    return answer


def _not_a_label(label: object) -> Never:
    raise TypeError(
        f"a label is a str, not {type(label).__name__}: {label!r} (a node of one's own is "
        "make_node(data, (operand, local derivative), …))"
    )


def _refuse_sequence(other: object) -> None:
    """A TypeError for what Python would otherwise try to repeat a Value's times."""
    if isinstance(other, list | tuple | str | bytes | bytearray):
        raise TypeError(
            f"a Value is multiplied by a number or a Value, not by a {type(other).__name__}: for "
            "each element write [value * x for x in …], for a weighted sum dot(a, b)"
        )


def _leaf(data: float, grad: float, label: str) -> Value:
    leaf = Value(data, label)
    leaf._grad = grad
    return leaf


def _walk(root: Value, clear: bool = False) -> tuple[list[Value], list[Value]]:
    """The leaves that `root` depends on, and the nodes, each after its operands, `root` last.

    `clear` sets the gradients of the nodes to zero on the way. Depth first, with a path of its
    own, since Python's stack ends at about a thousand calls.
    """
    _WALKS.newest += 1
    mark = _WALKS.newest
    leaves: list[Value] = []
    nodes: list[Value] = []
    if root.op is LEAF:
        return [root], nodes
    path: list[Value] = []
    node = root
    while True:
        a = node._a
        if a is not None and a._mark != mark:
            a._mark = mark
            if a.op is not LEAF:
                path.append(node)
                node = a
                continue
            leaves.append(a)
        b = node._b
        if b is not None and b._mark != mark:
            b._mark = mark
            if b.op is not LEAF:
                path.append(node)
                node = b
                continue
            leaves.append(b)
        if clear:
            node._grad = 0.0
        nodes.append(node)
        if not path:
            break
        node = path.pop()
    if _WALKS.newest != mark:  # another walk inside this one has written over its marks
        return _walk(root, clear)
    return leaves, nodes


def _sweep(root: Value, upstream: float) -> None:
    """Reverse mode: all of it happens, or no leaf's gradient has changed."""
    if _WALKS.sweeping and is_running(_accumulate):
        raise RuntimeError(
            "backward() inside a backward() that it interrupted: a signal handler or "
            "__del__ may look at a graph then, but not differentiate one"
        )
    leaves, nodes = _walk(root, clear=True)
    before = [leaf._grad for leaf in leaves]
    undo = chain(map(_SET_GRAD, leaves, before), map(_SET_GRAD, nodes, repeat(0.0)))
    _WALKS.sweeping = True
    # No loop stands in the `try` itself: CPython 3.13 leaves out of it the jump from an `if` at the
    # end of a loop to its beginning, where signals are handled.
    try:
        _accumulate(root, upstream, leaves, nodes, before)
    except BaseException:
        run(undo)
        raise
    _WALKS.sweeping = False


def _accumulate(
    root: Value, upstream: float, leaves: list[Value], nodes: list[Value], before: list[float]
) -> None:
    for leaf in leaves:
        leaf._grad = 0.0
    root._grad = upstream
    for node in reversed(nodes):
        g = node._grad
        a, b = node._a, node._b
        if a is not None:
            a._grad += divide(g, node._da) if node.op is DIV else g * node._da
        if b is not None:
            b._grad += g * node._db
    for leaf, kept in zip(leaves, before):
        leaf._grad += kept


def topological_order(root: Answer) -> list[Value]:
    """Every Value that `root` depends on and `root` itself, each after its operands.

    Leaves come first, in the order in which the graph meets them, then the operations, as a
    forward pass computes them. The same graph gives the same order every time. A TypeError for a
    root that is not a Value.
    """
    if not isinstance(root, Value):
        raise TypeError(f"the root of a graph is a Value, not {type(root).__name__}: {root!r}")
    leaves, nodes = in_turn(_walk, root)
    return leaves + nodes


def leaves_of(root: Value) -> list[Value]:
    """The leaves that `root` depends on, in the order in which `topological_order` has them."""
    return in_turn(_walk, root)[0]


def as_value(x: object) -> Value:
    """`x` itself if it is a Value, a new leaf if it is a number; otherwise a TypeError."""
    return x if isinstance(x, Value) else Value(x)


def number(x: object) -> float:
    """The float64 that a Value or a plain number is; otherwise a TypeError."""
    return x._data if isinstance(x, Value) else float64(x)
