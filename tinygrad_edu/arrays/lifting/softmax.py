"""Softmaxes in a graph of scalars, each with one logsumexp; a triangle of them made a square.

In the scalar graph sᵢ = σ(xᵢ - logsumexp of the others), which as arrays would want another array
of others for each i. The same number is exp(xᵢ - logsumexp of all), and -ln sᵢ is logsumexp - xᵢ.

Causal attention has softmaxes of 1, 2, 3 … scores. The scores of what comes later are made up, and
-∞ is added to them, so that all are of one length; their weights are 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from random import Random
from typing import Final, NamedTuple

from ..tapes.tape import NONE
from .graph import CONSTANT, NODE, Graph, Term

_NEW, _OPEN, _DONE = range(3)
"""A row that was not met yet; one of which not all that it uses is in order; one that is itself."""
_DEEPEST: Final = 8
"""Scores are compared so many operations deep."""
_TRIES: Final = 8
"""A softmax is compared with so many longer ones."""


class Softmax(NamedTuple):
    """The rows of the scores of a softmax, and those of its results."""

    scores: list[int]
    results: list[int]


class Filled(NamedTuple):
    """A longer softmax that a softmax is like, and the rows of the scores that it lacks."""

    like: int
    scores: list[int]


def write_softmaxes(graph: Graph) -> None:
    """Write the softmaxes of a graph with one logsumexp each."""
    if {"logaddexp", "logsumexp", "sigmoid"}.isdisjoint(graph.op):
        return
    rows, found = _Rows(graph), _softmaxes(graph)
    logarithms = _write_logarithms(rows)
    if not any(len(softmax.scores) > 1 for softmax in found):
        if logarithms:
            graph.keep(_in_order(graph) or [])
        return
    filled = _filled(rows, found)
    before = graph.kind[:], graph.op[:], graph.args[:], dict(graph.spans)
    _write(rows, found, filled)
    order = _in_order(graph)
    if order is None:  # what comes later depends on what comes before
        graph.kind, graph.op, graph.args, graph.spans = before
        _write(_Rows(graph), found, {})
        order = _in_order(graph)
        assert order is not None
    graph.keep(order)


class _Rows:
    """Adds rows to a graph, of those that it knows none twice."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._known: dict[object, int] = {}

    def learn(self) -> None:
        """Take note of the rows that there are."""
        graph = self.graph
        for row in graph.alive:
            if graph.kind[row] == NODE:
                many = row in graph.spans
                self._known[graph.op[row], many, tuple(graph.uses(row))] = row

    def add(self, op: str, args: tuple[int, ...] = (), terms: Iterable[Term] = ()) -> int:
        """The row of an operation on rows, or of a sum or a logsumexp of terms."""
        given = [*terms]
        uses = tuple([row for a, *b in given for row in (a, *(b or [NONE]))]) or args
        graph, key = self.graph, (op, bool(given), uses)
        row = self._known.get(key)
        if row is None:
            row = self._known[key] = len(graph.op)
            graph.kind.append(NODE)
            graph.op.append(op)
            graph.args.append(args)
            if given:
                graph.set_terms(row, given)
        return row

    def constant(self, x: float) -> int:
        """The row of a number."""
        row = self._known.get(x)
        if row is None:
            row = self._known[x] = self.add(repr(x))
            self.graph.kind[row], self.graph.op[row], self.graph.values[row] = CONSTANT, "", x
        return row

    def analogous(self, a: int, b: int, c: int, deepest: int = _DEEPEST) -> int | None:
        """The row that is to c as a is to b: q₂·k₃, of q₁·k₃, q₁·k₂ and q₂·k₂."""
        if a == b:
            return c
        if b == c:
            return a
        graph, alike = self.graph, (a, b, c)
        if not deepest or any(graph.kind[row] != NODE for row in alike):
            return None
        if len({graph.op[row] for row in alike}) > 1:
            return None
        sides = [graph.terms(row) for row in alike]
        if len({tuple(map(len, side)) for side in sides}) > 1:
            return None
        found: list[Term] = []
        for terms in zip(*sides):
            term = [self.analogous(x, y, z, deepest - 1) for x, y, z in zip(*terms)]
            known = tuple([row for row in term if row is not None])
            if len(known) < len(term):
                return None
            found.append(known)
        if a in graph.spans:
            return self.add(graph.op[a], terms=found)
        return self.add(graph.op[a], found[0])


def _write_logarithms(rows: _Rows) -> bool:
    """Write each ln(1 + e^(logsumexp of the others - x)) as logsumexp - x; whether any is there."""
    graph, some = rows.graph, False
    for row in graph.alive:
        difference = graph.args[row][0] if graph.op[row] == "softplus" else -1
        if difference >= 0 and graph.op[difference] == "-":
            rest, x = graph.args[difference]
            scores = sorted([x, *_folded(graph, rest)])
            if len({*scores}) == len(scores) > 2:
                total = rows.add("logsumexp", terms=[(a,) for a in scores])
                graph.op[row], graph.args[row], some = "-", (total, x), True
    return some


def _folded(graph: Graph, row: int) -> list[int]:
    """The rows of which a row is the logsumexp."""
    todo, found = [row], list[int]()
    while todo:
        row = todo.pop()
        if graph.op[row] in ("logaddexp", "logsumexp"):
            todo += [a for term in graph.terms(row) for a in term]
        else:
            found.append(row)
    return found


def _softmaxes(graph: Graph) -> list[Softmax]:
    """The softmaxes of which all results are used, those of one score too."""
    # Who the others are is told by the sum of a random number for each.
    draw, weights = Random(0), dict[int, int]()
    folded: dict[int, tuple[int, int]] = {}  # of a row, the sum and how many it is of
    met: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)

    def total(row: int) -> tuple[int, int]:
        if row not in folded and row not in weights:
            weights[row] = draw.getrandbits(62)
        return folded.get(row) or (weights[row], 1)

    found = []
    for row in graph.alive:
        op = graph.op[row]
        if op in ("logaddexp", "logsumexp"):
            parts = [total(a) for term in graph.terms(row) for a in term]
            folded[row] = sum(x for x, _ in parts), sum(n for _, n in parts)
        elif op == "sigmoid" and graph.op[graph.args[row][0]] == "-":
            (x, n), (rest, others) = map(total, graph.args[graph.args[row][0]])
            met[x + rest, n + others][graph.args[graph.args[row][0]][0]] = row
        elif op == "sum" and graph.spans[row][1] - graph.spans[row][0] == 2:  # x - x + 1
            terms = graph.terms(row)
            for a, one in (terms, terms[::-1]):
                difference = graph.args[a[0]]
                same = graph.op[a[0]] == "-" and len({*difference}) == 1
                if same and len(a) == len(one) == 1 and graph.values.get(one[0]) == 1.0:
                    found.append(Softmax([difference[0]], [row]))
    for (_, count), results in met.items():
        if len(results) == count:
            scores = sorted(results)
            found.append(Softmax(scores, [results[x] for x in scores]))
    return found


def _filled(rows: _Rows, found: list[Softmax]) -> dict[int, Filled]:
    """The softmaxes that are like longer ones, by their numbers."""
    if len({len(softmax.scores) for softmax in found}) == 1:
        return {}
    rows.learn()
    longest: list[int] = []
    filled: dict[int, Filled] = {}
    made_of = [_made_of(rows.graph, softmax.scores[0]) for softmax in found]
    for k in sorted(range(len(found)), key=lambda k: -len(found[k].scores)):
        scores = found[k].scores
        near = [i for i in longest if len(found[i].scores) > len(scores)]
        near.sort(key=lambda i: abs(found[i].scores[0] - scores[0]))
        near.sort(key=lambda i: -len(made_of[i] & made_of[k]))  # (of the same head of attention)
        for i in near[:_TRIES]:
            whole = found[i].scores
            made = [rows.analogous(x, whole[0], scores[0]) for x in whole]
            if made[: len(scores)] == scores and None not in made:
                filled[k] = Filled(i, [x for x in made[len(scores) :] if x is not None])
                break
        else:
            if len(scores) > 1:
                longest.append(k)
    real = sum(len(found[k].scores) for k in {*filled, *[f.like for f in filled.values()]})
    return filled if sum(len(f.scores) for f in filled.values()) <= real else {}


def _made_of(graph: Graph, row: int) -> set[int]:
    """The results of operations of which a score is made at once."""
    found = {row}
    for _ in range(2):
        for a in list(found):
            found.update([b for term in graph.terms(a) for b in term])
    return {a for a in found if graph.kind[a] == NODE}


def _write(rows: _Rows, found: list[Softmax], filled: dict[int, Filled]) -> None:
    """Write each softmax as exp(x - logsumexp), with the scores that it lacks."""
    graph = rows.graph
    triangles = {*filled, *[f.like for f in filled.values()]}
    written: list[list[int]] = []
    for k, (scores, results) in enumerate(found):
        if len(scores) == 1 and k not in filled:
            written.append([])
            continue
        whole = list(scores)
        if k in triangles:
            later = filled[k].scores if k in filled else []
            masks = [0.0] * len(scores) + [-math.inf] * len(later)
            pairs = zip([*scores, *later], map(rows.constant, masks))
            whole = [rows.add("sum", terms=[(x,), (mask,)]) for x, mask in pairs]
        total = rows.add("logsumexp", terms=[(x,) for x in whole])
        weights = []
        for x, result in zip(whole, [*results, *[None] * (len(whole) - len(results))]):
            difference = (rows.add("-", (x, total)),)
            if result is None:
                result = rows.add("exp", difference)
            else:
                graph.op[result], graph.args[result] = "exp", difference
                graph.spans.pop(result, None)
            weights.append(result)
        written.append(weights)
    if filled:
        _fill_sums(graph, written, filled, [len(softmax.scores) for softmax in found])


def _fill_sums(
    graph: Graph, weights: list[list[int]], filled: dict[int, Filled], lengths: list[int]
) -> None:
    """Let weighted sums have a term for each weight, as those of the longest softmaxes have."""
    of = {row: (k, j) for k, softmax in enumerate(weights) for j, row in enumerate(softmax)}
    sums: dict[int, dict[int, list[int | None]]] = defaultdict(dict)  # by softmax, row: values
    for row in graph.alive:
        if graph.op[row] == "*" or row in graph.spans:
            uses = graph.uses(row)
            for a, b in zip(uses[::2], uses[1::2]):
                for weight, other in ((a, b), (b, a)) if b != NONE else ():
                    if weight in of:
                        k, j = of[weight]
                        values = sums[k].setdefault(row, [None] * len(weights[k]))
                        values[j] = other
    for k, (like, _) in filled.items():
        n = lengths[k]
        longer = {tuple(values[:n]): values for values in sums[like].values()}
        for row, values in sums[k].items():
            whole = longer.get(tuple(values[:n]), [None])
            if None not in whole:
                more = [(w, v) for w, v in zip(weights[k][n:], whole[n:]) if v is not None]
                graph.set_terms(row, [*graph.terms(row), *more])
                graph.op[row], graph.args[row] = "sum", ()


def _in_order(graph: Graph) -> list[int] | None:
    """The rows that the outputs depend on, each after those that it uses; None if some circle."""
    order: list[int] = []
    state = [_NEW] * len(graph.op) + [_DONE]  # (the last is that of NONE)
    todo = graph.outputs[::-1]
    while todo:
        row = todo[-1]
        if state[row] == _DONE:
            todo.pop()
            continue
        missing = [a for a in graph.uses(row) if state[a] != _DONE]
        if not missing:
            state[row] = _DONE
            order.append(todo.pop())
            continue
        state[row] = _OPEN
        if any(state[a] == _OPEN for a in missing):
            return None
        todo += missing[::-1]
    return order
