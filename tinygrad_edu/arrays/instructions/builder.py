"""Adds instructions one after the other: each once, and in its simplest form."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from .ir import Array, Operand, places_of
from .simplify import negation_of, simplified
from .views import Index, Shape, view

_AXES: Final = "abcdefghijkl"


class Builder:
    """Adds instructions; equal ones are one.

    samples  the length of the axis of samples
    finite   whether what was added is right for finite parameters and inputs only
    """

    def __init__(self, samples: int = 1) -> None:
        self.samples = samples
        self.finite: bool = False
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
        opposite = negation_of(source)
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
        simple = simplified(self, op, args)
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
        inner = negation_of(x)
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
        inner = negation_of(x)
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
