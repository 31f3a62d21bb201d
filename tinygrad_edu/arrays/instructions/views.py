"""Which slice of an array some of its elements are: a view that NumPy, JAX and PyTorch all have."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]
Index: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
"""For each element of an array, its place in another one that has been made flat."""


class View(NamedTuple):
    """``x.reshape(split)[key].reshape(joined).transpose(axes).reshape(shape)``.

    Parts that would change nothing are None; `key` has an int or a slice for each axis.
    """

    split: Shape | None
    key: tuple[int | slice, ...] | None
    joined: Shape | None
    axes: Shape | None
    shape: Shape

    def of(self, x: Any) -> Any:
        """The view of an array."""
        if self.split is not None:
            x = x.reshape(self.split)
        if self.key is not None:
            x = x[self.key]
        if self.joined is not None:
            x = x.reshape(self.joined)
        if self.axes is not None:
            x = x.transpose(self.axes)
        return x.reshape(self.shape)

    def is_no_copy(self, source: Shape) -> bool:
        """Whether NumPy shows it without a copy, so that it can be assigned to."""
        numbers = np.empty(source)
        return np.may_share_memory(self.of(numbers), numbers)

    def places(self, source: Shape) -> Index:
        """Where its elements lie in an array of that shape that has been made flat."""
        found: Index = self.of(np.arange(math.prod(source)).reshape(source))
        return found


def view(source: Shape, places: Index) -> View | None:
    """The elements at these places of an array of the shape `source`, if a view shows them."""
    found = affine(places)
    finer = places
    if found is None:  # as where axes were joined
        finer = places.reshape(_steady(places))
        found = affine(finer)
    if found is None:
        return None
    base, strides = found
    for candidate in _candidates(source, base, strides, finer.shape):
        seen = candidate._replace(shape=places.shape)
        if np.array_equal(seen.places(source), places):
            return seen
    return None


def _steady(places: Index) -> Shape:
    """The shape of some places with each axis split where the steps along it change."""
    shape: list[int] = []
    for axis, n in enumerate(places.shape):
        along = np.moveaxis(places, axis, 0).reshape(n, -1)[:, 0]
        steps = np.diff(along)
        changes = np.flatnonzero(steps != steps[0]) if n > 2 else steps[:0]
        run = int(changes[0]) + 1 if len(changes) else n
        shape += [n // run, run] if 1 < run < n and n % run == 0 else [n]
    return tuple(shape)


def affine(places: Index) -> tuple[int, Shape] | None:
    """(base, strides), where places[i, j, …] is base + i · strides[0] + j · strides[1] + …"""
    base, strides = int(places.flat[0]), []
    expected = np.full((1,) * places.ndim, base)
    for axis, n in enumerate(places.shape):
        second = tuple(int(k == axis) for k in range(places.ndim))
        stride = int(places[second]) - base if n > 1 else 0
        strides.append(stride)
        expected = expected + (np.arange(n) * stride).reshape(
            [n if k == axis else 1 for k in range(places.ndim)]
        )
    return (base, tuple(strides)) if np.array_equal(expected, places) else None


def row_major(shape: Sequence[int]) -> list[int]:
    """How far apart in memory the elements along each axis of an array lie."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _candidates(source: Shape, base: int, strides: Shape, shape: Shape) -> Iterator[View]:
    size = math.prod(source)
    moving = [(stride, n) for stride, n in zip(strides, shape) if n > 1]
    if any(stride <= 0 for stride, _ in moving):
        return
    order = sorted(range(len(moving)), key=lambda k: -moving[k][0])
    sizes = [moving[k][1] for k in order]
    dense = [moving[k][0] for k in order] == row_major(sizes)
    count = math.prod(sizes)
    back = tuple(order.index(k) for k in range(len(order)))
    axes = None if list(back) == sorted(back) else back
    if dense and count == size:
        yield View(None, None, tuple(sizes) if axes else None, axes, shape)
    yield from _slices(source, None, base, moving, shape)
    if dense and len(source) == 1:
        joined = tuple(sizes) if axes else None
        yield View(None, (slice(base, base + count, 1),), joined, axes, shape)
    finer = _split(source, [stride for stride, _ in moving])
    if finer != source:
        yield from _slices(finer, finer, base, moving, shape)
    flat = None if len(source) == 1 else (size,)
    if dense:
        joined = tuple(sizes) if axes else None
        yield View(flat, (slice(base, base + count, 1),), joined, axes, shape)
    if len(moving) == 1:
        [(stride, n)] = moving
        yield View(flat, (slice(base, base + stride * (n - 1) + 1, stride),), None, None, shape)


def _slices(
    source: Shape, split: Shape | None, base: int, moving: list[tuple[int, int]], shape: Shape
) -> Iterator[View]:
    """The view in which each axis runs along one axis of the source."""
    own = row_major(source)
    runs: dict[int, tuple[int, int]] = {}  # of an axis of the source: step and length
    along = []
    for stride, n in moving:
        for axis, unit in enumerate(own):
            steps = stride // unit
            if axis not in runs and stride % unit == 0 and steps * (n - 1) < source[axis]:
                runs[axis] = steps, n
                along.append(axis)
                break
        else:
            return
    key: list[int | slice] = []
    for axis, unit in enumerate(own):
        start, base = divmod(base, unit)
        step, n = runs.get(axis, (1, 0))
        if start + step * (n - 1) >= source[axis]:
            return
        key.append(slice(start, start + step * (n - 1) + 1, step) if n else start)
    whole = [slice(0, n, 1) for n in source]
    kept = sorted(along)
    axes = tuple(kept.index(axis) for axis in along)
    yield View(
        split,
        None if key == whole else tuple(key),
        None,
        None if list(axes) == sorted(axes) else axes,
        shape,
    )


def _split(source: Shape, strides: list[int]) -> Shape:
    """The shape `source` with axes split where a stride falls inside them."""
    shape = list(source)
    for stride in strides:
        for axis, unit in enumerate(row_major(shape)):
            n, (steps, rest) = shape[axis], divmod(stride, unit)
            if unit < stride < unit * n and rest == 0 and n % steps == 0:
                shape[axis : axis + 1] = [n // steps, steps]
                break
    return tuple(shape)
