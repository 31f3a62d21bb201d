"""What a picture writes of a value: its data, its gradient, its local derivatives, or blanks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..checks import elements
from ..engine import Value
from ..language import say
from .style import shown

PARTS: Final = ("data", "grad", "local")
BLANK: Final = "_______"


@dataclass(frozen=True)
class Numbers:
    """The numbers of one graph as text.

    precision  their significant digits
    moved      leaves whose data is not what it was when the graph was recorded
    blank      those of `PARTS` that the reader fills in; what is given stays: the data of leaves
               and the gradient of the root
    hide       those that are not written
    gradients  ∂root/∂v of every value, where it is not to be what the last ``backward()`` left
    """

    root: Value
    precision: int
    moved: Collection[Value]
    blank: Collection[str] = ()
    hide: Collection[str] = ()
    gradients: Mapping[Value, float] | None = None

    def lines(self, v: Value) -> list[str]:
        """The lines of a value under its name."""
        data = BLANK if "data" in self.blank and v.op else self.data(v)
        grad = BLANK if "grad" in self.blank and v is not self.root else self.grad(v)
        lines = {"data": f"data {data}", "grad": f"grad {grad}"}
        return [line for part, line in lines.items() if part not in self.hide]

    def local(self, v: Value, position: int) -> str:
        """The local derivative of a node by one of its operands, on its edge."""
        if "local" in self.hide:
            return ""
        return BLANK if "local" in self.blank else self.text(v.local_grads[position])

    def data(self, x: Value | float) -> str:
        """The number that a value had when the graph was recorded, if it is known."""
        if not isinstance(x, Value):
            return self.text(x)
        return say("changed since") if x in self.moved else self.text(x.data)

    def grad(self, v: Value) -> str:
        """The gradient of a value."""
        if self.gradients is not None:
            return self.text(self.gradients[v])
        if "grad" in self.blank and v is self.root:
            return self.text(1.0)  # given, also before backward()
        return self.text(v.grad)

    def text(self, x: float) -> str:
        """A number."""
        return shown(x, self.precision)

    def follows(self, x: float, displayed: float) -> str:
        """How `x` stands behind numbers that give `displayed` as they are shown: = x, or ≈ x."""
        text = self.text(x)
        return f"= {text}" if self.text(displayed) == text else f"≈ {text}"

    @property
    def tell_the_flow(self) -> bool:
        """Whether the width of an edge may tell how much gradient flows along it."""
        return not {"grad", "local"} & {*self.blank, *self.hide}


def parts(chosen: str | Iterable[str], name: str) -> frozenset[str]:
    """What is blank or hidden; a ValueError for what a picture does not write."""
    right = f"{name} has 'data', 'grad' and 'local' to choose from"
    found = [chosen] if isinstance(chosen, str) else elements(chosen, right)
    for part in found:
        if part not in PARTS:
            raise ValueError(f"{right}, not {part!r}")
    return frozenset(found)
