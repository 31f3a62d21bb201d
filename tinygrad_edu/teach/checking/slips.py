"""The usual slips of a hand derivation: what each of them would have given instead.

Each mistake in a local derivative (`MISTAKES`) is tried on every line of the backward pass that
leads to the wrong gradient, on lines that are alike (one in each sample of a batch), and on one
function wherever it occurs. The other slips are in how the lines are put together, such as
assigning where contributions add.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from ...engine import Value
from ...language import say
from ..notation.wording import Wording, number
from ..record.paths import Edge, Paths
from ..record.points import Slopes, recomputed, slopes_at
from .mistakes import MISTAKES, Mistake, is_function

FACTORS: Final = range(2, 11)
"""The factors that are tried besides those that are in the graph."""

_ADD: Final = "they add up (+=), they do not replace each other (=)"


Changes = Mapping[tuple[Value, int], float]
"""Other local derivatives, by node and number of the operand, than the right ones."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A usual mistake that gives the learner's number.

    kind     "sign", "missing path", "overwritten", "inner derivative", "factor", "wrong point",
             "wrong derivative" or "wrong operand"
    gives    the number that it gives
    says     what it is, in words
    changes  the local derivatives that it changes, 0 for a path that is left out
    scale    by what it multiplies the result, where no place can be told
    """

    kind: str
    gives: float
    says: str
    changes: Changes = field(default_factory=dict)
    scale: float = 1.0

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The operations in whose backward step it is made, none where that cannot be told."""
        return tuple(dict.fromkeys(node for node, _ in self.changes))

    def of(self, original: Mapping[Value, Value]) -> Slip:
        """The slip in the graph of which the nodes here are copies."""
        changes = {(original[node], i): slope for (node, i), slope in self.changes.items()}
        return replace(self, changes=changes)


@dataclass(frozen=True, slots=True)
class MovedSlopes:
    """The local derivatives of a graph whose leaves were given new data after the forward pass."""

    slopes: Slopes
    says: str

    @staticmethod
    def of(root: Value) -> list[MovedSlopes]:
        """Both ways to take them, or none if the leaves are as they were recorded."""
        values, slopes = recomputed(root, {})
        if all(values[v] == v.data for v in values):
            return []
        old = "the derivatives are taken at data that was changed after the forward pass"
        new = "the derivatives are those of a new forward pass, made after data was changed"
        return [MovedSlopes(slopes_at(root, {}), old), MovedSlopes(slopes, new)]


Option = tuple[Mistake, Edge, float]
"""A mistake that can be made on a line, and the number that it puts there."""


@dataclass(frozen=True)
class Search:
    """The search for the slips that explain one wrong gradient.

    fits       whether a slip's result is the learner's number
    paths      how the gradient comes about
    gradients  those of the values for which the target may have been mistaken
    moved      the local derivatives at new data, if leaves were given any
    """

    fits: Callable[[float], bool]
    paths: Paths
    gradients: dict[Value, float]
    moved: list[MovedSlopes]
    words: Wording

    def slips(self) -> list[Slip]:
        """Every slip that fits, those nearest to the target first.

        Where one with a place of its own fits, those without one are not looked at.
        """
        found = (
            [*self._sign(), *self._in_one_place(), *self._in_the_sum(), *self._in_many_places()]
            or [*self.anywhere()][:1]
            or [*self._at_moved_data(), *self._of_another_value()]
            or [*self._of_size()][:1]
        )
        return list({slip.says: slip for slip in found}.values())

    def anywhere(self) -> Iterator[Slip]:
        """A sign or a path that was lost on any line.

        Of lines one after the other each gives the same number, but not in other gradients.
        """
        for edge in sorted(self.paths.edges, key=lambda edge: edge.height):
            e = edge.entry
            if self.fits(gives := self.paths.total - edge.flow):
                says = f"every path through {self.words.made(e.operand)} is missing"
                yield Slip("missing path", gives, says, {edge.place: 0.0})
            if self.fits(gives := self.paths.total - 2.0 * edge.flow):
                says = f"the sign of {self.words.local(*e[:2])} = {number(e.local)} is wrong"
                yield Slip("sign", gives, says, {edge.place: -e.local})

    def exchanged(self, other: Value) -> Slip:
        """Each gradient stands where the other belongs."""
        says = say(
            "{one} and {other} are exchanged",
            one=self.words.gradient(self.paths.target),
            other=self.words.gradient(other),
        )
        return Slip("wrong operand", self.gradients[other], says)

    @cached_property
    def _options(self) -> list[Option]:
        near_first = sorted(self.paths.edges, key=lambda edge: edge.height)
        return [
            (mistake, edge, instead)
            for edge in near_first
            for mistake in MISTAKES
            if (instead := mistake.instead(edge.entry)) is not None and instead != edge.entry.local
        ]

    @cached_property
    def _negated(self) -> bool:
        return self.fits(-self.paths.total)

    # Mistakes in local derivatives

    def _sign(self) -> Iterator[Slip]:
        """The opposite number; if a single minus on the way can have been lost, that one."""
        if not self._negated:
            return
        total = self.paths.total
        minus = [o for o in self._options if o[0].kind == "sign" and self.fits(self._with([o]))]
        if len(minus) == 1:
            yield self._slip(minus, -total)
        else:
            yield Slip("sign", -total, "the sign is wrong", scale=-1.0)

    def _in_one_place(self) -> Iterator[Slip]:
        for option in self._options:
            gives = self._with([option])
            if self.fits(gives) and not (self._negated and option[0].kind == "sign"):
                yield self._slip([option], gives)

    def _in_many_places(self) -> Iterator[Slip]:
        """The same mistake on all lines of a kind, equally far from the target or anywhere."""
        alike: dict[tuple[Mistake, str, int, int], list[Option]] = {}
        anywhere: dict[tuple[Mistake, str], list[Option]] = {}
        for option in self._options:
            mistake, edge, _ = option
            op = str(edge.entry.node.op)
            key = (mistake, op, edge.entry.position, edge.height)
            alike.setdefault(key, []).append(option)
            if is_function(edge.entry.node):
                anywhere.setdefault((mistake, op), []).append(option)
        for options in alike.values():
            if len(options) > 1 and self.fits(gives := self._with(options)):
                yield self._slip(options, gives)
        for options in anywhere.values():
            if len({edge.height for _, edge, _ in options}) > 1:
                gives = self._changed({edge.place: other for _, edge, other in options})
                if self.fits(gives):
                    yield self._slip(options, gives)

    def _with(self, options: list[Option]) -> float:
        """The gradient with these mistakes, of which no path meets two."""
        changes = [edge.change(edge.entry.local, instead) for _, edge, instead in options]
        return self.paths.total + math.fsum(changes)

    def _slip(self, options: list[Option], gives: float) -> Slip:
        mistake, edge, _ = options[0]
        says = mistake.says(edge.entry, self.words)
        if len(options) > 1:
            says += f", and so in {len(options) - 1} more like it"
        return Slip(mistake.kind, gives, says, {edge.place: other for _, edge, other in options})

    # Mistakes in the sum over paths

    def _in_the_sum(self) -> Iterator[Slip]:
        forks = [edges for edges in self.paths.into.values() if len(edges) > 1]
        for edges in reversed(forks):
            yield from self._at_fork(edges)
        yield from self._at_forks_alike(forks)
        every = {edge.place: 0.0 for edges in forks for edge in edges[:-1]}
        if len(forks) > 1 and self.fits(gives := self._changed(every)):
            says = f"every gradient is its last contribution alone: {_ADD}"
            yield Slip("overwritten", gives, says, every)
        if self.paths.total != 0.0 and self.fits(0.0):
            yield Slip("missing path", 0.0, "nothing has arrived on any path", scale=0.0)

    def _at_fork(self, edges: list[Edge]) -> Iterator[Slip]:
        """A value that is used k times receives k contributions."""
        total, k = self.paths.total, len(edges)
        flow = math.fsum(edge.flow for edge in edges)
        operand = edges[0].entry.operand
        used = f"{self.words.say(operand)} is used {k} times"
        for edge in edges:
            if self.fits(gives := total - edge.flow):
                says = f"{self._through(edge, edges)} is missing ({used})"
                yield Slip("missing path", gives, says, {edge.place: 0.0})
            if self.fits(gives := total - 2.0 * edge.flow) and not self._negated:
                says = f"{self._through(edge, edges)} has the wrong sign"
                yield Slip("sign", gives, says, {edge.place: -edge.entry.local})
            if self.fits(gives := total - flow + edge.flow):
                others = {other.place: 0.0 for other in edges if other is not edge}
                if edge is edges[-1]:
                    kept = f"the last of the {k} contributions to {self.words.gradient(operand)}"
                    yield Slip("overwritten", gives, f"only {kept} is kept: {_ADD}", others)
                elif k > 2:
                    says = f"only {self._through(edge, edges)} is there ({used})"
                    yield Slip("missing path", gives, says, others)
        if self.fits(gives := total - flow + flow / k):
            says = (
                f"the {k} contributions to {self.words.gradient(operand)} are averaged, not added"
            )
            yield Slip("factor", gives, says, {e.place: e.entry.local / k for e in edges})

    def _at_forks_alike(self, forks: list[list[Edge]]) -> Iterator[Slip]:
        """The same path missing in every sample of a batch."""
        alike: dict[tuple[str, int, int], list[Edge]] = {}
        for edges in forks:
            for i, edge in enumerate(edges):
                key = (str(edge.entry.node.op), edge.height, i)
                alike.setdefault(key, []).append(edge)
        for edges in alike.values():
            gives = self.paths.total - math.fsum(edge.flow for edge in edges)
            if len(edges) > 1 and self.fits(gives):
                first = self._through(edges[0], self.paths.into[edges[0].entry.operand])
                says = f"{first} is missing, and so are {len(edges) - 1} more like it"
                yield Slip("missing path", gives, says, {edge.place: 0.0 for edge in edges})

    def _through(self, edge: Edge, edges: list[Edge]) -> str:
        """What to call a path: by the first value with a label on it that the others lack."""
        nodes = [e.entry.node for e in edges]
        ends = [self._end(node) for node in nodes]
        node, end = nodes[edges.index(edge)], ends[edges.index(edge)]
        if nodes.count(node) > 1:
            return f"one of the {nodes.count(node)} paths through {self.words.made(node)}"
        if node is self.words.root or (node is end and ends.count(end) > 1):
            return f"the direct path to {self.words.made(node)}"
        return f"the path through {self.words.made(end if ends.count(end) == 1 else node)}"

    def _end(self, node: Value) -> Value:
        """The first value with a label, or where paths meet, that is reached from the node."""
        while not node.label and len(above := self.paths.into.get(node, [])) == 1:
            node = above[0].entry.node
        return node

    def _changed(self, changes: Changes) -> float:
        """The gradient with these local derivatives."""
        return self.paths.run([changes.get(e.place, e.entry.local) for e in self.paths.edges])

    # Mistakes in the whole

    def _at_moved_data(self) -> Iterator[Slip]:
        for moved in self.moved:
            changes = {
                (node, i): slope
                for node, slopes in moved.slopes.items()
                for i, slope in enumerate(slopes)
            }
            if self.fits(gives := self._changed(changes)):
                yield Slip("wrong point", gives, moved.says, changes)

    def _of_another_value(self) -> Iterator[Slip]:
        found = [
            v for v, x in self.gradients.items() if v is not self.paths.target and self.fits(x)
        ]
        if found:
            more = f", as that of {len(found) - 1} more," if len(found) > 1 else ""
            says = f"that is {self.words.gradient(found[0])}{more} and not the one asked for"
            yield Slip("wrong operand", self.gradients[found[0]], says)

    def _of_size(self) -> Iterator[Slip]:
        """A small whole factor, or one that the graph has (the n of a mean) or suggests."""
        in_graph = [
            abs(x)
            for edge in self.paths.edges
            for x in edge.entry.node.arguments
            if not isinstance(x, Value) and edge.entry.node.op in ("*", "/", "**")
        ]
        sizes = {max(x, 1.0 / x) for x in in_graph if 0.0 < x < math.inf}
        uses = {float(len(edges)) for edges in self.paths.into.values()}
        for n in sorted({*map(float, FACTORS), *sizes, *uses} - {1.0}):
            for sign, also in ((1.0, ""), (-1.0, ", and the sign is wrong")):
                for scale, word in ((sign / n, "missing"), (sign * n, "too much")):
                    if self.fits(gives := self.paths.total * scale):
                        says = f"a factor of {number(n)} is {word}{also}"
                        yield Slip("factor", gives, says, scale=scale)
