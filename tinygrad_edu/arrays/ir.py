"""The instructions of an array program, and a builder that adds them one after the other."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from ..engine import Value
from ..ops import OPS
from .views import Index, Shape, view

Operand: TypeAlias = "Array | float"

_AXES: Final = "abcdefghijkl"
COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=")


class Array:
    """One instruction: an array, and how it is computed.

    op     what computes it, as the table says
    args   the arrays that it is computed from; of elementwise operations also plain numbers
    shape  its shape
    lanes  whether its first axis is that of the samples, and is that of each row of a model
    info   what else the operation needs, as the table says
    name   its name in the source

    op            info                what it is
    theta                             all parameters, one after the other
    input         its place           what the caller gives
    constant      the numbers         numbers that stay as they are
    view          a `View`            a slice, transpose or reshape of args[0]
    take          places              those elements of args[0], made flat
    place         places, of each     zeros, to which args[k] is added at places[k]
    broadcast                         args[0], repeated to fill the shape
    contraction   "nk,jk->nj"         a product of two arrays, summed over what the result lacks
    total         axes                the sum over these axes, which it lacks
    logsumexp                         ln Σ eˣ over the last axis
    samples                           args[0], whose axis of samples is one like any other from here
    lanes                             args[0], whose first axis is that of the samples from here
    along         a table             args[0][i, table[args[1][i], j]]: each line's own order
    pick                              args[0][i, args[1][i]]: of each line one element
    < <= > >= == !=                   1 where it holds, else 0
    any of OPS                        elementwise, as the engine has it, with broadcasting

    Places count from 0 in an array that has been made flat; where `lanes` is set, in each sample's
    part of it (and views have the samples' axis in front of what they say).
    """

    __slots__ = ("args", "info", "lanes", "name", "number", "op", "shape")

    def __init__(
        self, op: str, args: tuple[Operand, ...], shape: Shape, lanes: bool, info: Any, number: int
    ) -> None:
        self.op: str = op
        self.args: tuple[Operand, ...] = args
        self.shape: Shape = shape
        self.lanes: bool = lanes
        self.info: Any = info
        self.number: int = number
        self.name: str = ""

    @property
    def own(self) -> Shape:
        """The shape of one sample's part."""
        return self.shape[1:] if self.lanes else self.shape

    @property
    def arrays(self) -> list[Array]:
        """Its arguments without the plain numbers."""
        return [a for a in self.args if isinstance(a, Array)]

    def __repr__(self) -> str:
        args = ", ".join(f"%{a.number}" if isinstance(a, Array) else repr(a) for a in self.args)
        return f"%{self.number} = {self.op}({args}) {self.name} {self.shape}"


def places_of(node: Array) -> Index:
    """Where the elements of a view or a take lie in its argument."""
    source = node.args[0]
    assert isinstance(source, Array)
    found: Index = node.info if node.op == "take" else node.info.places(source.own)
    return found


def needed_for(results: Iterable[Operand]) -> dict[Array, None]:
    """The instructions that some results are computed from, those themselves among them."""
    found: dict[Array, None] = {}
    todo = [x for x in results if isinstance(x, Array)]
    while todo:
        node = todo.pop()
        if node not in found:
            found[node] = None
            todo += node.arrays
    return found


class Builder:
    """Adds instructions; equal ones are one. `samples` is the length of the axis of samples."""

    def __init__(self, samples: int = 1) -> None:
        self.samples = samples
        self.steps: list[Array] = []
        self._known: dict[Hashable, Array] = {}

    def add(
        self,
        op: str,
        args: Iterable[Operand],
        own: Sequence[int],
        lanes: bool = False,
        info: Any = None,
        key: Hashable = None,
    ) -> Array:
        """The instruction; `own` is the shape of one sample's part, `key` stands for the info."""
        operands = tuple(args)
        shape = ((self.samples,) if lanes else ()) + tuple(own)
        same = [repr(a) if isinstance(a, float) else a.number for a in operands]
        whole = (op, *same, shape, lanes, info if key is None else key)
        found = self._known.get(whole)
        if found is None:
            found = self._known[whole] = Array(op, operands, shape, lanes, info, len(self.steps))
            self.steps.append(found)
        return found

    def constant(self, numbers: Any) -> Array:
        """An array of numbers that stay."""
        data = np.asarray(numbers, dtype=float)
        return self.add("constant", (), data.shape, False, data, data.tobytes())

    # Parts of arrays

    def index(self, source: Array, places: Index) -> Array:
        """The elements of `source` at these places, as the source itself, a view or a take."""
        if source.op in ("view", "take"):
            inner = source.args[0]
            assert isinstance(inner, Array)
            return self.index(inner, places_of(source).ravel()[places])
        opposite = _negation(source)
        if isinstance(opposite, Array) and opposite.own == source.own:
            return self._negative(self.index(opposite, places))
        size = math.prod(source.own)
        if places.shape == source.own and np.array_equal(places.ravel(), np.arange(size)):
            return source
        if source.op == "constant":
            return self.constant(source.info.ravel()[places])
        if source.op == "along" and np.array_equal(places, self._own(source)):
            return self.add("pick", source.args, places.shape)
        seen = view(source.own, places)
        if seen is not None:
            key = (places.shape, places.tobytes())
            return self.add("view", (source,), places.shape, source.lanes, seen, key)
        return self.add("take", (source,), places.shape, source.lanes, places, places.tobytes())

    @staticmethod
    def _own(along: Array) -> Index:
        """The places of the first element of each line, where that is the line's own one."""
        lines, length = along.shape
        own = np.array_equal(along.info[:, 0], np.arange(length))
        return np.arange(lines) * length if own else np.zeros(0, int)

    def logsumexp(self, x: Array) -> Array:
        """ln Σ eˣ over the last axis."""
        while x.op == "along":  # in whatever order
            x = x.arrays[0]
        return self.add("logsumexp", (x,), x.own[:-1], x.lanes)

    def reshape(self, x: Array, own: Sequence[int]) -> Array:
        """The same elements in another shape."""
        if x.own == tuple(own):
            return x
        return self.index(x, np.arange(math.prod(own)).reshape(own))

    def broadcast(self, x: Operand, own: Sequence[int], lanes: bool = False) -> Array:
        """`x` with an element for each place of that shape."""
        shape = tuple(own)
        if isinstance(x, float):
            return self.broadcast(self.constant(x), shape, lanes)
        if x.own == shape and x.lanes >= lanes:
            return x
        if x.lanes:
            x = self.reshape(x, (1,) * (len(shape) - len(x.own)) + x.own)
            if x.own == shape:
                return x
        return self.add("broadcast", (x,), shape, lanes or x.lanes)

    def place(
        self, parts: Sequence[tuple[Index, Operand]], own: Sequence[int], lanes: bool
    ) -> Array:
        """Zeros to which each operand is added at its places, to whose shape it broadcasts."""
        args: list[Operand] = []
        for places, x in parts:
            if isinstance(x, Array) and 1 in places.shape:
                there = places.shape[places.ndim - len(x.own) :]
                x = self.reshape(x, [n for n, k in zip(x.own, there) if k > 1])
            args.append(x)
        at = tuple([places.squeeze() for places, _ in parts])
        key = tuple([(places.shape, places.tobytes()) for places in at])
        return self.add("place", args, own, lanes, at, key)

    # Operations

    def map(self, op: str, *args: Operand) -> Operand:
        """An elementwise operation, with broadcasting; a number where all arguments are."""
        simple = _simplified(self, op, args)
        if simple is not None:
            return simple
        rank = max(len(a.own) for a in args if isinstance(a, Array))
        operands = [
            self.reshape(a, (1,) * (rank - len(a.own)) + a.own)
            if isinstance(a, Array) and a.lanes  # (other arrays broadcast of themselves)
            else a
            for a in args
        ]
        arrays = [a for a in operands if isinstance(a, Array)]
        own = np.broadcast_shapes(*[a.own for a in arrays])
        return self.add(op, operands, own, any(a.lanes for a in arrays))

    def total(self, x: Array, axes: Iterable[int]) -> Array:
        """The sum over some axes of a sample's part."""
        summed = tuple(axes)
        if not summed:
            return x
        inner = _negation(x)
        if isinstance(inner, Array):
            return self._negative(self.total(inner, summed))
        inner, labels = self._untransposed(x, _AXES[: len(x.shape)])
        if inner is not x and x.op == "view":
            kept = [k for k in labels[x.lanes :] if _AXES.index(k) - x.lanes not in summed]
            if kept == sorted(kept):
                found = [labels.index(_AXES[k + x.lanes]) - x.lanes for k in summed]
                return self.total(inner, sorted(found))
        if x.op == "view" and len(summed) == len(x.own):
            source = x.arrays[0]
            if math.prod(source.own) == math.prod(x.own):  # all elements, in whatever order
                return self.total(source, range(len(source.own)))
        simpler = self._simpler_total(x, summed)
        if simpler is not None:
            return simpler
        own = [n for k, n in enumerate(x.own) if k not in summed]
        lead = int(x.lanes)
        return self.add("total", (x,), own, x.lanes, tuple(k + lead for k in summed))

    def _simpler_total(self, x: Array, axes: Shape) -> Array | None:
        """Σ a b/c as (Σ a b)/c, and a sum of two parts as theirs, where that can be done."""
        found: Operand | None = None
        if x.op == "take" and len(axes) == 1 and x.own[axes[0]] == 2:
            first, second = np.moveaxis(x.info, axes[0], 0)
            found = self.map("+", self.index(x.arrays[0], first), self.index(x.arrays[0], second))
        elif x.op == "*":
            a, b = x.args
            if isinstance(b, Array) and b.op == "/" and a is not b:
                over, under = b.args
                if isinstance(under, Array) and _is_column(under, x, axes):
                    product = self.map("*", a, over)
                    if isinstance(product, Array) and product.shape == x.shape:
                        kept = [n for k, n in enumerate(under.own) if k not in axes]
                        under = self.reshape(under, kept)
                        found = self.map("/", self.total(product, axes), under)
        return found if isinstance(found, Array) else None

    def _negative(self, x: Array) -> Array:
        found = self.map("neg", x)
        assert isinstance(found, Array)
        return found

    def over_samples(self, x: Array) -> Array:
        """The sum over the samples."""
        inner = _negation(x)
        if isinstance(inner, Array):
            return self._negative(self.over_samples(inner))
        if x.lanes and x.op == "total":
            return self.add("total", x.args, x.own, False, (0, *x.info))
        return self.add("total", (x,), x.own, False, (0,)) if x.lanes else x

    def _untransposed(self, x: Array, labels: str) -> tuple[Array, str]:
        """What a transpose shows, with its axes' labels; anything else as it is."""
        axes = x.info.axes if x.op == "view" else None
        if axes is not None and len(axes) == len(x.own):
            lead, own = labels[: x.lanes], labels[x.lanes :]
            back = [axes.index(k) for k in range(len(axes))]
            places = places_of(x).transpose(back)
            return self.index(x.arrays[0], places), lead + "".join([own[k] for k in back])
        return x, labels

    def contraction(self, a: Array, b: Array, labels: tuple[str, str, str], lanes: bool) -> Array:
        """Σ over the labels that the result lacks; those of a lane array begin with that axis's."""
        la, lb, lo = labels
        (a, la), (b, lb) = self._untransposed(a, la), self._untransposed(b, lb)
        sizes = dict(zip(la + lb, a.shape + b.shape))
        own = [sizes[k] for k in (lo[1:] if lanes else lo)]
        return self.add("contraction", (a, b), own, lanes, f"{la},{lb}->{lo}")


def _is_column(x: Array, of: Array, axes: Shape) -> bool:
    """Whether an array is broadcast along these axes of another."""
    return len(x.own) == len(of.own) and all(x.own[k] == 1 for k in axes)


def _simplified(build: Builder, op: str, args: tuple[Operand, ...]) -> Operand | None:
    """What is the same and simpler, if something is."""
    numbers = [a for a in args if isinstance(a, float)]
    if len(numbers) == len(args):
        return _computed(op, numbers)
    if op == "*":
        return _simpler_product(build, *args)
    if op == "neg":
        return _negated(build, args[0])
    if op in ("+", "-"):
        a, b = args
        nothing = -0.0 if op == "+" else 0.0  # (0.0 + -0.0 is 0.0, and -0.0 + x is x)
        if _is_number(b, nothing):
            return a
        if _is_number(a, -0.0):
            return b if op == "+" else build.map("neg", b)
        if a is b and op == "+":
            return build.map("*", 2.0, a)
        shared = _share_factor(build, op, a, b)
        if shared is not None:
            return shared
        inner = _opposite(build, b)
        if inner is not None:
            return build.map("-" if op == "+" else "+", a, inner)
        inner = _opposite(build, a)
        if inner is not None and op == "+":
            return build.map("-", b, inner)
    elif op in ("/", "**") and args[1] == 1.0:
        return args[0]
    elif op == "/":
        return _simpler_quotient(build, *args)
    return None


def _simpler_quotient(build: Builder, a: Operand, b: Operand) -> Operand | None:
    """A quotient whose sign stands before it."""
    for x, over in ((_negation(a), b), (a, _negation(b))):
        if x is not None and over is not None:
            return build.map("neg", build.map("/", x, over))
    return None


def _computed(op: str, numbers: list[float]) -> float:
    if op in COMPARISONS:
        return float(bool(getattr(np, _COMPARE[op])(*numbers)))
    result: Value = OPS[op].function(Value(numbers[0]), *numbers[1:])
    return result._data


_COMPARE: Final = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


def _is_number(x: Operand, number: float) -> bool:
    return isinstance(x, float) and repr(x) == repr(number)


def _negation(x: Operand) -> Operand | None:
    return x.args[0] if isinstance(x, Array) and x.op == "neg" else None


def _opposite(build: Builder, x: Operand) -> Operand | None:
    """-x, where that is simpler than x."""
    if isinstance(x, float):
        return -x if x < 0.0 else None
    if x.op in ("*", "/"):
        first = _opposite(build, x.args[0])
        return None if first is None else build.map(x.op, first, x.args[1])
    return _negation(x)


def factor_of(x: Operand) -> tuple[float, Array] | None:
    """(c, y) where x is the number c times y."""
    if isinstance(x, Array) and x.op == "*" and isinstance(x.args[0], float):
        rest = x.args[1]
        assert isinstance(rest, Array)
        return x.args[0], rest
    return None


def _share_factor(build: Builder, op: str, a: Operand, b: Operand) -> Operand | None:
    """c · x ± c · [i = k] as c · (x ± [i = k]), as the textbooks write p - y."""
    first, second = factor_of(a), factor_of(b)
    if first is None or second is None or abs(first[0]) != abs(second[0]):
        return None
    if second[1].op not in COMPARISONS or first[1].shape != second[1].shape:
        return None
    if first[0] != second[0]:
        op = "-" if op == "+" else "+"
    return build.map("*", first[0], build.map(op, first[1], second[1]))


def _negated(build: Builder, x: Operand) -> Operand | None:
    inner = _negation(x)
    if inner is not None:
        return inner
    scaled = factor_of(x)
    return None if scaled is None else build.map("*", -scaled[0], scaled[1])


def _signed(
    build: Builder, number: float, y: Array, smaller: Array, swapped: bool = False
) -> Operand:
    """smaller · (number · y), where the number goes to the smaller array, and its sign outward."""
    scaled, inner = factor_of(smaller), _negation(smaller)
    if scaled is not None:
        number, smaller = number * scaled[0], scaled[1]
    elif isinstance(inner, Array):
        number, smaller = -number, inner
    x = build.map("*", abs(number), smaller)
    found = build.map("*", y, x) if swapped else build.map("*", x, y)
    return build.map("neg", found) if number < 0.0 else found


def _simpler_product(build: Builder, a: Operand, b: Operand) -> Operand | None:
    if isinstance(b, float):
        return build.map("*", b, a)
    if isinstance(a, float):
        if a == 1.0:
            return b
        if a == -1.0:
            return build.map("neg", b)
        scaled = factor_of(b)
        if scaled is not None and 0.0 < abs(a * scaled[0]) < math.inf:
            return build.map("*", a * scaled[0], scaled[1])
        inner = _negation(b)
        return None if inner is None else build.map("*", -a, inner)
    first, second = factor_of(a), factor_of(b)
    if first is not None and second is not None and first[1].shape == second[1].shape:
        return build.map("*", first[0] * second[0], build.map("*", first[1], second[1]))
    if first is not None and math.prod(b.shape) < math.prod(a.shape):
        return _signed(build, *first, b, swapped=True)
    if second is not None and math.prod(a.shape) < math.prod(b.shape):
        return _signed(build, *second, a)
    for x, y in ((a, b), (b, a)):
        inner = _negation(x)  # the sign goes outward
        if inner is not None:
            return build.map(
                "neg", build.map("*", inner, y) if x is a else build.map("*", y, inner)
            )
    return None
