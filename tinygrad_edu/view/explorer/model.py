"""A graph as the data of the explorer's page: its nodes, its rules, and where it is not finite."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextvars import Context
from functools import cached_property
from typing import Any, Final

from ...engine import Value, topological_order
from ...nn import Module
from ...ops import MUL, OPS, Op, unknown
from ...teach.diagnosis import diagnose
from ...teach.notation.expression import Number, Product, Symbol
from ...teach.notation.formula import expression, names
from ...teach.notation.labels import Name
from ...teach.notation.plain import Text
from ...teach.notation.wording import number
from ...teach.record.direct import direct_operands
from ...teach.record.ledger import Ledger
from ..dot import module_parameters
from ..sources import SourceLine
from .fold import Group, folded
from .formulas import typed
from .recording import Recording
from .rules import trees
from .slips import slips

LONGEST: Final = 28
"""The most characters on a line of the drawing; beside it, the page shows names in full."""

SMALL: Final = 120
"""The most values of a graph that has wrong gradients explained, and formulas for them read."""

_NAMES: Final = Text()
_NUMBERS: Final = Text(numeric=True)


class Model:
    """What the page knows of a graph, and what its drawing needs to know."""

    def __init__(
        self,
        root: Value,
        sources: Mapping[Value, SourceLine] | None,
        model: Module | None,
        recording: Recording | None,
    ) -> None:
        self.root = root
        self.module: Module | None = model
        self._recording = recording
        self.order: list[Value] = topological_order(root)
        self.names: dict[Value, Name] = names(root, model)
        self.sources: Mapping[Value, SourceLine] | dict[Value, SourceLine] = sources or {}
        self.index: dict[Value, int] = {v: i for i, v in enumerate(self.order)}
        self._parameters = module_parameters() | set(model.parameters() if model else ())
        self._parameters |= set(recording.parameters if recording else ())

    @cached_property
    def groups(self) -> list[Group]:
        """The graph as what can be folded, the whole first, each group before those in it."""
        return folded(self.order, self.name).inside()

    @cached_property
    def number(self) -> dict[Group, int]:
        """The place of each group in `groups`."""
        return {g: k for k, g in enumerate(self.groups)}

    @cached_property
    def home(self) -> dict[Value, Group]:
        """The smallest group that each value is in."""
        return {v: g for g in self.groups for v in g.members if isinstance(v, Value)}

    @cached_property
    def users(self) -> dict[Value, list[Value]]:
        """The operations on each value."""
        found: dict[Value, list[Value]] = {}
        for v in self.order:
            for x in v.operands:
                found.setdefault(x, []).append(v)
        return found

    @property
    def can_fold(self) -> bool:
        """Whether there is a group in the graph."""
        return len(self.groups) > 1

    @cached_property
    def gradients(self) -> dict[Value, float]:
        """∂root/∂v of every value, in the order of the forward pass."""
        return Ledger(self.root).gradients

    def name(self, v: Value) -> str:
        """What a value is called, in plain text."""
        return self.names[v].text

    def heading(self, v: Value) -> str:
        """The first line of a node in the drawing: ``z₁ = v₁ + a``, without its end if long."""
        text = f"{self.name(v)} = {self._operation(v)}" if v.op else self.name(v)
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

    def is_parameter(self, v: Value) -> bool:
        """Whether the value is a parameter of a module that exists."""
        return v in self._parameters

    def json(self, more: Mapping[str, Any]) -> str:
        """All of it, and what else there is, as JSON that is safe inside a <script>."""
        direct = direct_operands(self.order)
        data: dict[str, Any] = {
            **more,
            "nodes": [self._node(v, direct[v]) for v in self.order],
            "rules": {_key(op): trees(op) for op in dict.fromkeys(v.op for v in self.order) if op},
        }
        data["groups"] = [self._group(g) for g in self.groups]
        known = [*OPS.values(), *(v.op for v in self.order)]
        data["heads"] = {str(op): op.text for op in known if op.is_function}
        if len(self.order) <= SMALL:
            data["slips"] = self._slips()
            data["typed"] = typed(self.order, self.names)
        if self._recording is not None:
            data["recording"] = self._recorded(self._recording)
        if fault := diagnose(self.root):
            data["fault"] = {"node": self.index[fault.node], "says": fault.sentence}
        text = json.dumps(data, separators=(",", ":"), allow_nan=False)
        # Escaped, no label can end the script element (json escapes U+2028 and all non-ASCII).
        return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")

    def _group(self, group: Group) -> dict[str, Any]:
        return {
            "parent": None if group.parent is None else self.number[group.parent],
            "values": [self.index[v] for v in group.members if isinstance(v, Value)],
            "last": self.index[group.last],
        }

    def _recorded(self, recording: Recording) -> dict[str, Any]:
        """The epochs, their losses, and the numbers of the parameters that are in the graph."""
        places = [i for i, p in enumerate(recording.parameters) if p in self.index]
        if not places:
            raise ValueError(
                "no parameter of this recording is in this graph: record the model that made it"
            )
        epochs = recording.epochs()
        return {
            "epochs": epochs,
            "nodes": [self.index[recording.parameters[i]] for i in places],
            "losses": [_number(recording.losses[k]) for k in epochs if k < len(recording.losses)],
            "weights": [[_number(recording.weights[k][i]) for i in places] for k in epochs],
        }

    def _slips(self) -> dict[int, list[list[Any]]]:
        """By node: [a wrong gradient, what it means, the edges that this is about]."""
        places = [(v, i) for v in self.order for i in range(len(v.operands))]
        edge = {place: k for k, place in enumerate(places)}
        return {
            self.index[v]: [[s.gives, s.says, [edge[place] for place in s.changes]] for s in found]
            for v, found in slips(self.root, self.module).items()
        }

    def _node(self, v: Value, direct: tuple[bool, ...]) -> dict[str, Any]:
        name = self.names[v]
        node: dict[str, Any] = {"name": name.text, "data": _number(v.data)}
        if name.is_compound:
            node["compound"] = True
        if name.is_raised:
            node["raised"] = True
        if v.op:
            node["op"] = _key(v.op)
            node["arguments"] = [
                self.index[x] if isinstance(x, Value) else [_number(x)] for x in v.arguments
            ]
            node["slopes"] = [_number(x) for x in v.local_grads]
            node["direct"] = list(direct)
        elif self.is_parameter(v):
            node["parameter"] = True
        if v in self.sources:
            line = self.sources[v]
            node["source"] = {
                "place": line.place,
                "text": line.text,
                "start": line.start,
                "end": line.end,
            }
        return node

    def line(self, v: Value) -> str:
        """What computes a value, with names and with numbers: ``z₁ = v₁ + a = −6 + 2 = −4``.

        The last sign is ≈ where the numbers, as they are written, do not give the result.
        """
        said = [self.name(v), self._operation(v), self._operation(v, _NUMBERS)]
        sign = "="
        if v.op.function is not unknown:
            rounded = [float(f"{x:.{_NUMBERS.digits}g}") for x in map(_data, v.arguments)]
            again = Context().run(lambda: v.op.function(Value(rounded[0]), *rounded[1:]))
            sign = "=" if number(again.data) == number(v.data) else "≈"
        return f"{' = '.join(said)} {sign} {number(v.data)}"

    def _operation(self, v: Value, notation: Text = _NAMES) -> str:
        """The one operation that computes a value; a square as ``a · a``, which has two edges."""
        symbols = {x: Symbol(self.names[x], x.data) for x in v.operands}
        if v.op is MUL:
            factors = [symbols[x] if isinstance(x, Value) else Number(x) for x in v.arguments]
            return notation.write(Product(tuple(factors)))
        return notation.write(expression(v, symbols))


def _data(x: Value | float) -> float:
    return x.data if isinstance(x, Value) else x


def _key(op: Op) -> str:
    """What an operation is called on the page, where those of `make_node` may share a name."""
    return f"{op!s} of {op.arity}" if op.function is unknown else str(op)


def _number(x: float) -> float | str:
    """A number for JSON, which has no nan and no inf."""
    return x if math.isfinite(x) else repr(x)
