"""The instructions of an array program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from .views import Index, Shape

Operand: TypeAlias = "Array | float"

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
    rows                              args[0][args[1]]: the rows with these numbers, of each sample
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
