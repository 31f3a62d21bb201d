"""Losses whose targets are the numbers of classes: seen as losses of each sample's own class.

A program cannot have an index that is another for each batch in it, unless it is an array. So each
sample's outputs are put in an order in which its own class is the first and the others follow as
they were; on them the loss is what it is for class 0. Whether that is so is not believed, but
seen: the graph of the loss with the classes has to be that with zeros on the reordered outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from ...engine import Value, leaves_of
from ..instructions.views import Index
from ..lifting.graph import CONSTANT, INPUT, PARAMETER, Graph
from ..tapes.tape import Tape


def own_first(classes: int) -> Index:
    """For each class the order of all classes in which it is the first."""
    return np.array([[k, *range(k), *range(k + 1, classes)] for k in range(classes)])


def follows_the_class(
    loss: Callable[[list[Any], list[Any]], Value],
    parameters: Sequence[Value],
    samples: int,
    classes: int,
) -> bool:
    """Whether a loss of so many samples is, for any classes, that of class 0 on reordered outputs.

    Every class is tried, on some sample.
    """
    known: dict[Hashable, int] = {}
    order = own_first(classes)

    def form(labels: list[int]) -> Hashable:
        rows = [[Value(0.1 * k) for k in range(classes)] for _ in range(samples)]
        root = loss([list(row) for row in rows], labels)
        leaves = set(leaves_of(root)) if isinstance(root, Value) else set[Value]()
        used = [v for v in parameters if v in leaves]  # (most often none, and they are many)
        inputs = [row[k] for row, label in zip(rows, labels) for k in order[label]]
        return (*used, canonical(Graph(Tape.of([root], used, inputs)), known))

    plain = form([0] * samples)
    labellings = [
        [(start + i) % classes for i in range(samples)] for start in range(0, classes, samples)
    ]
    return all(form(labels) == plain for labels in labellings)


def canonical(graph: Graph, known: dict[Hashable, int]) -> Hashable:
    """What a graph computes, but for the order of sums and factors: equal graphs, equal answers.

    `known` is to be one dict for all graphs that are compared.
    """
    number = [0] * len(graph.op)
    inputs = {row: place for place, row in enumerate(graph.inputs)}
    for row in graph.alive:
        kind = graph.kind[row]
        key: Hashable
        if kind == PARAMETER:
            key = "parameter", row
        elif kind == INPUT:
            key = "input", inputs[row]
        elif kind == CONSTANT:
            key = "constant", repr(graph.values[row])
        elif row in graph.spans:
            terms = [tuple(sorted([number[a] for a in term])) for term in graph.terms(row)]
            key = graph.op[row], tuple(sorted(terms))
        else:
            args = [number[a] for a in graph.args[row]]
            key = graph.op[row], tuple(sorted(args) if graph.op[row] == "*" else args)
        number[row] = known.setdefault(key, len(known))
    return tuple([number[row] for row in graph.outputs])
