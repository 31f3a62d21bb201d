"""A graph folded for the explorer: neurons, layers, and runs of values, each of a readable size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ...engine import Value
from ..fold import by_layer, by_neuron, calls

MOST: Final = 40
"""The most values and folded parts that stand side by side."""


@dataclass(eq=False)
class Group:
    """A part of the graph that can be folded: its members are values and smaller groups."""

    title: str
    members: list[Member]
    parent: Group | None = field(default=None, repr=False)

    @property
    def path(self) -> list[Group]:
        """The groups that it is in, from the whole graph down to itself."""
        return [*(self.parent.path if self.parent else []), self]

    def inside(self) -> list[Group]:
        """Itself and every group in it, each before those in it."""
        return [self, *(g for m in self.members if isinstance(m, Group) for g in m.inside())]

    def values(self) -> list[Value]:
        """Every value in it, those in its groups too."""
        return [v for g in self.inside() for v in g.members if isinstance(v, Value)]

    @property
    def size(self) -> int:
        """How many values are in it, those in its groups too."""
        return sum(m.size if isinstance(m, Group) else 1 for m in self.members)

    @property
    def last(self) -> Value:
        """The last of its values, which is what it hands on."""
        m = self.members[-1]
        return m.last if isinstance(m, Group) else m


Member: TypeAlias = Value | Group


def folded(order: Sequence[Value], name: Callable[[Value], str]) -> Group:
    """The whole graph, operands first, as a group.

    What one call of a layer made is a group of its neurons, and of a neuron one of its values. What
    is then still too many to be seen together is put into runs of values that follow each other.
    """
    index = {v: i for i, v in enumerate(order)}
    users: dict[Value, list[Value]] = {}
    for v in order:
        for x in v.operands:
            users.setdefault(x, []).append(v)
    home: dict[Value, Group] = {}
    found = calls(order)
    titles = {id(box.calls[0]): box.title for box in by_neuron(found)}
    layers = []
    for box in by_layer(found):
        neurons = [Group(titles[id(call)], list(call.nodes)) for call in box.calls]
        whole = neurons[0] if len(neurons) == 1 else Group(box.title, list(neurons))
        layers.append(whole)
        for neuron in neurons:
            home.update((v, neuron) for v in neuron.members if isinstance(v, Value))
            neuron.parent = None if neuron is whole else whole
    free: list[Member] = list(layers)
    # A leaf that is used in one place only is folded away with that place.
    for v in order:
        if v not in home:
            places = {home.get(user) for user in users.get(v, ())} if not v.op else {None}
            (place,) = places if len(places) == 1 else (None,)
            if place is None:
                free.append(v)
            else:
                place.members.insert(0, v)
    free.sort(key=lambda m: _place(m, index, users))
    root = Group(name(order[-1]), free)
    _split(root, name)
    return root


def _place(m: Member, index: Mapping[Value, int], users: Mapping[Value, list[Value]]) -> float:
    """Where a member stands: a leaf just before the first that uses it."""
    if isinstance(m, Group):
        return index[m.last]
    return index[m] if m.op or m not in users else index[users[m][0]] - 0.5


def _split(group: Group, name: Callable[[Value], str]) -> None:
    """Put runs of members into groups until no group has too many, and tell each its parent."""
    while len(group.members) > MOST:
        count = -(-len(group.members) // MOST)
        size = -(-len(group.members) // count)
        runs = [group.members[i : i + size] for i in range(0, len(group.members), size)]
        group.members = [Group(_run_title(run, name), run) for run in runs]
    for m in group.members:
        if isinstance(m, Group):
            m.parent = group
            _split(m, name)


def _run_title(run: list[Member], name: Callable[[Value], str]) -> str:
    first, last = run[0], run[-1]
    while isinstance(first, Group):
        first = first.members[0]
    return f"{name(first)} … {name(last.last if isinstance(last, Group) else last)}"
