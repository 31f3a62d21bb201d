"""Slips in how contributions and factors are put together: the sum over paths, (fg)′, (f/g)′."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...engine import Value
from ...language import say
from ..notation.wording import number
from ..record.paths import Edge
from .slips import Case, Changes, Slip


def in_the_sum(case: Case) -> Iterator[Slip]:
    """Contributions that are missing or overwrite each other."""
    forks = _forks(case)
    for edges in reversed(forks):
        yield from _at_fork(case, edges)
    yield from _at_forks_alike(case, forks)
    every = {edge.place: 0.0 for edges in forks for edge in edges[:-1]}
    if len(forks) > 1 and case.fits(gives := case.changed(every)):
        says = say("every gradient is its last contribution alone: {rule}", rule=_add())
        yield Slip("overwritten", gives, says, every)
    if case.total != 0.0 and case.fits(0.0):
        says = say("nothing has arrived on any path")
        yield Slip("missing path", 0.0, says, scale=0.0)


def of_products(case: Case) -> Iterator[Slip]:
    """The rules of products and quotients, and the sum over paths, done in rarer wrong ways."""
    for edges in reversed(_forks(case)):
        yield from _twice_or_multiplied(case, edges)
        yield from _of_means(case, edges)
    by_node: dict[Value, list[Edge]] = {}
    for edge in case.paths.edges:
        by_node.setdefault(edge.entry.node, []).append(edge)
    for node, edges in by_node.items():
        if len(edges) == 2 and len(node.operands) == 2:
            yield from _of_two(case, node, *sorted(edges, key=lambda e: e.entry.position))


def anywhere(case: Case) -> Iterator[Slip]:
    """A sign or a path that was lost on any line.

    Of lines one after the other each gives the same number, but not in other gradients.
    """
    for edge in sorted(case.paths.edges, key=lambda edge: edge.height):
        e = edge.entry
        if case.fits(gives := case.total - edge.flow):
            says = say("every path through {value} is missing", value=case.words.made(e.operand))
            yield Slip("missing path", gives, says, {edge.place: 0.0})
        if case.fits(gives := case.total - 2.0 * edge.flow):
            says = say(
                "the sign of {derivative} = {value} is wrong",
                derivative=case.words.local(e.node, e.operand),
                value=number(e.local),
            )
            yield Slip("sign", gives, says, {edge.place: -e.local})


def _forks(case: Case) -> list[list[Edge]]:
    return [edges for edges in case.paths.into.values() if len(edges) > 1]


def _add() -> str:
    return say("they add up (+=), they do not replace each other (=)")


def _at_fork(case: Case, edges: list[Edge]) -> Iterator[Slip]:
    """A value that is used k times receives k contributions."""
    total, k = case.total, len(edges)
    flow = math.fsum(edge.flow for edge in edges)
    operand = edges[0].entry.operand
    gradient, name = case.words.gradient(operand), case.words.say(operand)
    ways = _ways(edges)
    for way in ways:
        through = math.fsum(edge.flow for edge in way)
        path = _through(case, way[0], [other[0] for other in ways])
        yield from _without(case, way, path, name, k)
        if k > 2 and way != [edges[-1]] and case.fits(gives := total - flow + through):
            says = say(
                "only {path} is there ({value} is used {count} times)",
                path=path,
                value=name,
                count=k,
            )
            others = {edge.place: 0.0 for edge in edges if edge not in way}
            yield Slip("missing path", gives, says, others)
    for way in ways:
        for edge in way if len(way) > 1 else ():
            yield from _without(case, [edge], _through(case, edge, edges), name, k)
    if case.fits(gives := total - flow + edges[-1].flow):
        says = say(
            "only the last of the {count} contributions to {gradient} is kept: {rule}",
            count=k,
            gradient=gradient,
            rule=_add(),
        )
        yield Slip("overwritten", gives, says, {edge.place: 0.0 for edge in edges[:-1]})
    if case.fits(gives := total - flow + flow / k):
        says = say(
            "the {count} contributions to {gradient} are averaged, not added",
            count=k,
            gradient=gradient,
        )
        yield Slip("factor", gives, says, {e.place: e.entry.local / k for e in edges})


def _without(case: Case, way: list[Edge], path: str, name: str, count: int) -> Iterator[Slip]:
    """The contribution of a path is missing, or it is subtracted."""
    through = math.fsum(edge.flow for edge in way)
    if case.fits(gives := case.total - through):
        says = say(
            "{path} is missing ({value} is used {count} times)", path=path, value=name, count=count
        )
        yield Slip("missing path", gives, says, {edge.place: 0.0 for edge in way})
    if case.fits(gives := case.total - 2.0 * through) and not case.negated:
        says = say("{path} has the wrong sign", path=path)
        yield Slip("sign", gives, says, {edge.place: -edge.entry.local for edge in way})


def _ways(edges: list[Edge]) -> list[list[Edge]]:
    """The edges by their nodes, the two of w · w as one way; each by itself where that is all."""
    by_node: dict[Value, list[Edge]] = {}
    for edge in edges:
        by_node.setdefault(edge.entry.node, []).append(edge)
    return list(by_node.values()) if len(by_node) > 1 else [[edge] for edge in edges]


def _at_forks_alike(case: Case, forks: list[list[Edge]]) -> Iterator[Slip]:
    """The same path missing in every sample of a batch."""
    alike: dict[tuple[str, int, int], list[Edge]] = {}
    for edges in forks:
        for i, edge in enumerate(edges):
            key = (str(edge.entry.node.op), edge.height, i)
            alike.setdefault(key, []).append(edge)
    for edges in alike.values():
        gives = case.total - math.fsum(edge.flow for edge in edges)
        if len(edges) > 1 and case.fits(gives):
            first = _through(case, edges[0], case.paths.into[edges[0].entry.operand])
            says = say(
                "{path} is missing, and so are {count} more like it",
                path=first,
                count=len(edges) - 1,
            )
            yield Slip("missing path", gives, says, {edge.place: 0.0 for edge in edges})


def _twice_or_multiplied(case: Case, edges: list[Edge]) -> Iterator[Slip]:
    operand = edges[0].entry.operand
    ways = _ways(edges)
    for way in ways:
        if case.fits(gives := case.total + math.fsum(edge.flow for edge in way)):
            path = _through(case, way[0], [other[0] for other in ways])
            says = say("{path} is counted twice", path=path)
            changes = {edge.place: 2.0 * edge.entry.local for edge in way}
            yield Slip("double path", gives, says, changes)
    first, *others = edges
    rest = math.prod(edge.upstream * edge.entry.local for edge in others)
    changes = {first.place: first.entry.local * rest} | {edge.place: 0.0 for edge in others}
    if case.fits(gives := _beside(case, edges, changes)):
        says = say(
            "the {count} contributions to {gradient} are multiplied, not added",
            count=len(edges),
            gradient=case.words.gradient(operand),
        )
        yield Slip("product rule", gives, says, changes)


def _of_means(case: Case, edges: list[Edge]) -> Iterator[Slip]:
    """The mean of products taken as the product of the means, as of δ · x in a batch."""
    local = [edge.entry.local for edge in edges]
    if len(set(local)) == 1 or {str(edge.entry.node.op) for edge in edges} != {"*"}:
        return
    mean = math.fsum(local) / len(local)
    changes = {edge.place: mean for edge in edges}
    if case.fits(gives := _beside(case, edges, changes)):
        says = say(
            "the mean of the {count} factors such as {factor} is taken in each product, where each "
            "has its own",
            count=len(edges),
            factor=f"{case.words.local(edges[0].entry.node, edges[0].entry.operand)} = "
            f"{number(local[0])}",
        )
        yield Slip("product rule", gives, says, changes)


def _of_two(case: Case, node: Value, f: Edge, g: Edge) -> Iterator[Slip]:
    """A product or a quotient, both of whose operands depend on the target."""
    both = {e.place: e.entry.local * g.entry.operand.data for e in (f, g)}
    if node.op == "*":
        changes = {f.place: g.down, g.place: 0.0}
        if case.fits(gives := _beside(case, [f, g], changes)):
            says = say(
                "the derivative of {line} is taken as f′ · g′, not as f′ · g + f · g′",
                line=case.words.line(node),
            )
            yield Slip("product rule", gives, says, changes)
    if node.op == "/" and g.down:
        changes = {f.place: 1.0 / g.down, g.place: 0.0}
        if case.fits(gives := _beside(case, [f, g], changes)):
            says = say(
                "the derivative of {line} is taken as f′/g′, not as (f′ · g − f · g′)/g²",
                line=case.words.line(node),
            )
            yield Slip("product rule", gives, says, changes)
    if node.op == "/" and case.fits(gives := _beside(case, [f, g], both)):
        says = say(
            "the denominator of (f′ · g − f · g′)/g² is not squared, in {line}",
            line=case.words.line(node),
        )
        yield Slip("product rule", gives, says, both)


def _beside(case: Case, edges: Sequence[Edge], changes: Changes) -> float:
    """The gradient with other local derivatives on edges of which no path meets two."""
    return case.total + math.fsum(e.change(e.entry.local, changes[e.place]) for e in edges)


def _through(case: Case, edge: Edge, edges: list[Edge]) -> str:
    """What to call a path: by the first value with a label on it that the others lack."""
    words = case.words
    nodes = [e.entry.node for e in edges]
    ends = [_end(case, node) for node in nodes]
    node, end = nodes[edges.index(edge)], ends[edges.index(edge)]
    if nodes.count(node) > 1:
        count = nodes.count(node)
        return say("one of the {count} paths through {value}", count=count, value=words.made(node))
    if node is words.root or (node is end and ends.count(end) > 1):
        return say("the direct path to {value}", value=words.made(node))
    own = ends.count(end) == 1 and end is not words.root  # every path leads through the root
    value = words.made(end if own else node)
    return say("the path through {value}", value=value)


def _end(case: Case, node: Value) -> Value:
    """The first value with a label, or where paths meet, that is reached from the node."""
    while not node.label and len(above := case.paths.into.get(node, [])) == 1:
        node = above[0].entry.node
    return node
