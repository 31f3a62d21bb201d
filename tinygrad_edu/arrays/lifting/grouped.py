"""A graph whose rows are in groups: what the programs of a model for all sizes of batch share."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from ..instructions.views import Index
from .colours import Group, groups
from .graph import Graph
from .softmax import write_softmaxes
from .zeros import zeros_that_matter


class Grouped:
    """The rows of a graph in groups, its softmaxes written with one logsumexp each.

    inputs  the graph's input rows by the arrays that they are to be in
    kinds   names of parameters or inputs by their rows: those of different names are in different
            arrays

    groups  each after those that it uses
    terms   the terms of sums and logsumexps, as rows of two
    asked   the rows of which it matters whether they are 0.0 or -0.0; of those `angles` ask atan2
    """

    def __init__(
        self, graph: Graph, inputs: Sequence[Any] = (), kinds: Mapping[int, Hashable] | None = None
    ) -> None:
        write_softmaxes(graph)
        names: dict[int, Hashable] = {}
        for name, rows in enumerate(inputs):
            names.update(dict.fromkeys(np.ravel(rows).tolist(), name))
        names.update(kinds or {})
        self.graph = graph
        self.asked: frozenset[int]
        self.angles: frozenset[int]
        self.asked, self.angles = zeros_that_matter(graph)
        found, terms = groups(graph, names)
        self.groups: list[Group] = found
        self.terms: Index = np.stack([np.array(column, int) for column in terms], axis=1)
