"""`vectorize`: the array program that a scalar graph is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping
from inspect import signature
from typing import Any, overload

import numpy as np

from ..checks import elements, function
from ..engine import Value
from ..modules import Module
from .instructions.builder import Builder
from .lifting.graph import Graph
from .lifting.grouped import Grouped
from .lifting.layout import Layout
from .lifting.tables import Tables
from .lifting.theta import Theta
from .models.batch import RecordedModel
from .nested import without_arrays
from .programs.naming import variable
from .programs.program import Program
from .refusals import NotVectorizable as NotVectorizable
from .tapes.player import suits
from .tapes.replay import Replay
from .tapes.tape import Tape


@overload
def vectorize(
    root: Value, parameters: Iterable[Value], /, inputs: Iterable[Value] = ...
) -> Program: ...
@overload
def vectorize(
    model: Callable[[Any], Any],
    loss: Callable[[list[Any], list[Any]], Value],
    X: Any,
    y: Any,
    /,
    parameters: Iterable[Value] | None = ...,
) -> Program: ...
def vectorize(*arguments: Any, **options: Any) -> Program:
    """The array program of a scalar graph: its matrices found, and its gradient beside it.

    Of a graph, ``vectorize(root, parameters)``, with these leaves as parameters; `inputs` are
    leaves that are given when the program runs, and all others keep the numbers that they have.

    Called, it runs whatever is faster: its source, or, where the graph has so little regularity
    that a call of NumPy does few of its operations, a record of the graph (`program.replay`).

    Of a model and a loss on samples, ``vectorize(model, loss, X, y)``, as `fit` takes them: the
    program of any batch of as many samples, which has them as an axis. It costs one run of the
    model and one of the loss; `parameters` are wanted for a model that is no Module. Of samples of
    whole numbers by which the model chooses parameters, as letters choose the rows of an embedding,
    it is run once for each row that each number may have.

    Rows of equal operations become elementwise arrays, sums of products become matrix products,
    folds of logaddexp a logsumexp. The reverse sweep is made from the rules in `OPS`. Its numbers
    are the engine's but for rounding: in the tails, where the engine keeps digits that the rules as
    they are written lose (and so do a softmax and a cross-entropy), by 1e-16 of the largest; a
    softmax with a score of inf is nan, and its logarithm is finite where it is 0; and of 0.0 and
    -0.0, which only atan2 and a division tell apart, NumPy's minimum and maximum may take the other
    one, and a sum of nothing but -0.0 by which is divided is 0.0. A model's weights and gates that
    are multiplied with zeros, as with a state that begins as zeros, are left out: where one is inf
    or nan, the engine's loss is nan, the program's need not be (`program.finite`); `fit` leaves
    such a step to the engine.

    >>> from tinygrad_edu.losses import mse_loss
    >>> from tinygrad_edu.nn import MLP
    >>> program = vectorize(MLP(2, [3, 1], seed=0), mse_loss, [[1.0, 2.0], [0.5, -1.0]], [1.0, 0.0])
    >>> print("\\n".join(program.source.splitlines()[4:13]))
        # forward
        W1 = theta[:6].reshape(3, 2)                             # (3, 2)
        b1 = theta[6:9]                                          # (3,)
        Z1 = X @ W1.T + b1                                       # (2, 3)
        A1 = np.maximum(Z1, 0.0)                                 # (2, 3)
        W2 = theta[9:12]                                         # (3,)
        b2 = theta[12]
        Z2 = A1 @ W2 + b2                                        # (2,)
        T1 = Z2 - y                                              # (2,)

    A TypeError for what is not a Value; a `NotVectorizable` (a ValueError) that says in a sentence
    why a model and a loss are no program for any batch, or an operation is none of arrays.
    """
    of = _of_root if arguments and isinstance(arguments[0], Value) else _of_batch
    try:
        signature(of).bind(*arguments, **options)
    except TypeError as wrong:
        raise TypeError(
            "vectorize takes a root and its parameters, vectorize(root, parameters), or a model "
            f"and a loss on samples, vectorize(model, loss, X, y): {wrong}"
        ) from None
    return of(*arguments, **options)


def as_written(
    root: Value,
    parameters: list[Value],
    inputs: list[Value],
    kinds: Mapping[Value, Hashable],
    tables: Iterable[list[list[Value]]],
) -> Program:
    """The program of a graph to be read: what has one name is one array, and what has two is two.

    kinds   names of leaves
    tables  matrices of parameters: rows of one that are looked up are its product with a matrix
    """
    number = {v: i for i, v in enumerate(parameters)}
    found = Tables([np.array([[number[v] for v in row] for row in table]) for table in tables])
    return _of_root(root, parameters, inputs, kinds, found)


def _of_root(
    root: Value,
    parameters: Iterable[Value],
    inputs: Iterable[Value] = (),
    kinds: Mapping[Value, Hashable] | None = None,
    tables: Tables | None = None,
) -> Program:
    own = list(dict.fromkeys(elements(parameters, "parameters are a list of leaves")))
    variables = list(elements(inputs, "inputs are a list of leaves"))
    named = None
    if kinds is not None:
        leaves = dict.fromkeys([*own, *variables])  # in the order of their rows
        named = {row: kinds[v] for row, v in enumerate(leaves) if v in kinds}
    graph = Graph(Tape.of([root], own, variables), named)
    build = Builder()
    theta = Theta(build, len(own))
    given = []
    if graph.inputs:
        x = build.add("input", (), (len(graph.inputs),), False, "x")
        x.name = "x"
        given.append((x, graph.inputs))
    layout = Layout(build, theta, Grouped(graph, [rows for _, rows in given], named), given, tables)
    loss = layout.rows(np.array(graph.outputs[0]))
    labels: dict[tuple[int, ...], str] = {
        (i,): variable(unicodedata.normalize("NFKC", p.label)) for i, p in enumerate(own)
    }
    inputs_given = [x for x, _ in given]
    program = Program(build, theta, own, loss, inputs_given, labels, nodes=graph.nodes)
    alone = len({*own, *variables}) == len(own) + len(variables)  # no input is a parameter as well
    if alone and suits(program.nodes, program.calls):
        program.replay = Replay(root, program.parameters, variables)
    return program


def _of_batch(
    model: Callable[[Any], Any],
    loss: Callable[[list[Any], list[Any]], Value],
    X: Any,
    y: Any,
    parameters: Iterable[Value] | None = None,
) -> Program:
    function(model, "a model")
    function(loss, "a loss")
    if parameters is None:
        if not isinstance(model, Module):
            raise TypeError("vectorize needs the parameters of a model that is no Module")
        parameters = model.parameters()
    right = "samples and targets are lists or arrays"
    xs, ys = elements(without_arrays(X), right), elements(without_arrays(y), right)
    if len(xs) != len(ys) or not xs:
        raise ValueError(f"X and y are as many samples as targets, not {len(xs)} and {len(ys)}")
    return RecordedModel(model, xs[0], list(dict.fromkeys(parameters))).program(loss, ys)
