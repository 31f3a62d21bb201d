"""The program of a batch: a model and a loss of scalars, as arrays with the samples as an axis.

The model is recorded once, on one sample whose numbers are leaves: what it computes there has an
axis of samples in front. The loss is recorded once, on as many predictions, which are leaves too.
Its graph goes on where the model's ends, so that means, penalties and weights come out as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np

from ...engine import Value
from ...ieee import is_real
from ...modules import Module
from ...tensors import elements, shape_of
from ..instructions.builder import Builder
from ..instructions.ir import Array, Operand
from ..instructions.views import Index
from ..lifting.graph import Graph
from ..lifting.grouped import Grouped
from ..lifting.layout import Layout
from ..lifting.theta import Theta
from ..nested import agree, flat, foreign, rebuilt, shape_of_nested, without_arrays
from ..programs.naming import variable
from ..programs.program import Program, Test
from ..refusals import NotVectorizable, Unsteady, UsesOlder
from ..tapes.tape import Tape
from ..tapes.watch import Guard, Watch
from .chosen import Choice, Chosen, chosen
from .classes import follows_the_class, own_first
from .decided import decided
from .fresh import Fresh
from .lookups import looked_up

OTHERWISE: Final = "the model does with Values something else than with the numbers of a sample"

Loss = Callable[[list[Any], list[Any]], Value]


class RecordedModel:
    """A model that was recorded on the sample `x`: what its programs for all batches share.

    A `NotVectorizable` says why it has none.
    """

    def __init__(self, model: Callable[[Any], Any], x: Any, parameters: Sequence[Value]) -> None:
        sample = without_arrays(x)
        if not all(map(is_real, flat(sample))):
            raise NotVectorizable("a sample holds other things than numbers")
        try:
            record = _of_numbers(model, sample, parameters)
        except NotVectorizable as why:
            found = None if isinstance(why, Unsteady) else chosen(model, sample, parameters)
            if found is None:
                raise
            record = _of_choices(model, sample, parameters, found)
        self.answer: Any = record.answer
        self.numbers: list[float] = [v.data for v in flat(record.answer)]
        self.graph: Graph = Graph(record.tape)
        self.shape: tuple[int, ...] = shape_of_nested(sample)
        self.guards: list[Guard] = record.guards
        self.chosen: Chosen | None = record.chosen
        self.parameters: Sequence[Value] = parameters
        self.tensors: list[_Tensor] = _tensors(model, parameters)
        kinds = {row: t.kind for t in self.tensors for row in t.rows.ravel().tolist()}
        self.inputs: list[Index] = [np.array(self.graph.inputs)]
        if self.chosen is not None:
            self.inputs = _of_each(self.chosen.choices, self.graph.inputs)
        self.grouped: Grouped = Grouped(self.graph, self.inputs, kinds)

    def program(self, loss: Loss, y: Sequence[Any]) -> Program:
        """The program of this model, and a loss, for batches of so many samples.

        The parameters lie as a module's tensors, and have their names.
        """
        build = Builder(len(y))
        theta = Theta(build, len(self.parameters))
        names: dict[tuple[int, ...], str] = {}
        for tensor in self.tensors:
            theta.lay(tensor.rows)
            names[tuple(tensor.rows.ravel().tolist())] = tensor.name
        model = _Model(build, theta, self, names.values())
        ended = _loss(build, theta, loss, model, y, self.parameters)
        return Program(
            build,
            theta,
            self.parameters,
            ended.result,
            (model.x, ended.target),
            names,
            model.output,
            model.tests + ended.tests,
            len(y) * self.graph.nodes + ended.nodes,
        )


class _Record(NamedTuple):
    """What a model returned on a sample, the tape of it, and on what that stands.

    guards  the decisions that the model took
    chosen  the parameters that it chose by the sample's numbers, where those are no inputs
    """

    answer: Any
    tape: Tape
    guards: list[Guard]
    chosen: Chosen | None = None


def _of_numbers(model: Callable[[Any], Any], sample: Any, parameters: Sequence[Value]) -> _Record:
    """A model's record on a sample whose numbers are inputs."""
    inputs: list[Value] = []

    def leaf(_: int, item: Any) -> Value:
        inputs.append(Value(item))
        return inputs[-1]

    leaves = rebuilt(sample, leaf)
    watch, fresh = Watch(parameters, inputs), Fresh()
    try:
        with watch.block(), fresh.block():
            found = model(leaves)
    except Exception as error:
        why = str(error) or type(error).__name__
        raise NotVectorizable(f"the model does not take Values as a sample: {why}") from error
    _refuse(watch, "model")
    _refuse_answer(found)
    again = model(sample)
    if not agree(found, again):
        same = agree(again, model(sample)) and agree(found, model(leaves))
        raise NotVectorizable(OTHERWISE) if same else Unsteady
    line = looked_up(model, sample)
    if line:
        raise NotVectorizable(f"the model looks up a number of its sample, by {line}")
    if len(flat(leaves)) != len(inputs):
        raise NotVectorizable("the model changes its sample")
    values = _values_of(found, fresh)
    tape = Tape.of([*values, *_sides(watch.guards)], parameters, inputs)
    return _Record(found, tape, watch.guards)


def _of_choices(
    model: Callable[[Any], Any], sample: Any, parameters: Sequence[Value], found: Chosen
) -> _Record:
    """A model's record on a sample whose numbers choose parameters."""
    watch, fresh = Watch(parameters), Fresh()
    with watch.block(), fresh.block():
        answer = model(sample)
    _refuse(watch, "model")
    _refuse_answer(answer)
    if not agree(answer, model(sample)):
        raise Unsteady
    line = watch.guards[0].line if watch.guards else decided(model, sample)
    if line:
        raise NotVectorizable(f"the model chooses parameters, and decides by numbers, by {line}")
    _values_of(answer, fresh)
    return _Record(answer, found.tape, [], found)


def _refuse_answer(answer: Any) -> None:
    fault = foreign(answer)
    if fault:
        raise NotVectorizable(fault)


def _values_of(answer: Any, fresh: Fresh) -> list[Value]:
    """The Values that a model returned, all of them computed by it."""
    values = flat(answer)
    if not values or not all(isinstance(v, Value) for v in values):
        raise NotVectorizable("the model returns other things than Values")
    if fresh.uses_older(values):
        raise UsesOlder("model")
    return values


def _of_each(choices: Sequence[Choice], rows: Sequence[int]) -> list[Index]:
    """The rows of a graph that are the inputs of each choice."""
    found, start = [], 0
    for numbers, table in choices:
        end = start + len(numbers) * table.shape[1]
        found.append(np.array(rows[start:end]))
        start = end
    return found


class _Tensor(NamedTuple):
    """A tensor of a module: its name in a program, and the numbers of its parameters.

    Of one kind are tensors whose names in the module differ in numbers only: those of neurons, or
    of the heads of an attention. Others are never made one array.
    """

    name: str
    kind: str
    rows: Any


def _tensors(model: object, parameters: Sequence[Value]) -> list[_Tensor]:
    """A module's tensors.

    Those have the names of the attributes that hold them, and the weights and biases of layers
    those of the textbooks: W1, b1 … A tensor that has a parameter of another is none.
    """
    place = {v: i for i, v in enumerate(parameters)}
    found: list[_Tensor] = []
    laid: set[Value] = set()
    count = {"W": 0, "b": 0}
    for name, tensor in model.tensors().items() if isinstance(model, Module) else ():
        own = list(elements(tensor))
        if len({*own}) < len(own) or not all(v in place for v in own) or not laid.isdisjoint(own):
            continue
        laid.update(own)
        kind = re.sub(r"\d+", "", name)
        last = name.rpartition(".")[2]
        if last == "weight" or (last == "bias" and count["W"]):
            letter = "W" if last == "weight" else "b"
            count[letter] = count["W"] + (letter == "W")
            name = f"{letter}{count[letter]}"
        else:
            name = variable(name)
        rows = np.array([place[v] for v in own]).reshape(shape_of(tensor))
        found.append(_Tensor(name, kind, rows))
    return found


class _Model:
    """A model as instructions: `x` its input, `output` what it computes for each sample."""

    def __init__(
        self, build: Builder, theta: Theta, recorded: RecordedModel, taken: Collection[str]
    ) -> None:
        graph, self.answer, self.numbers = recorded.graph, recorded.answer, recorded.numbers
        self.x = _input(build, "X", recorded.shape, True)
        arrays = [self.x]
        if recorded.chosen is not None:
            arrays = _chosen_rows(build, theta, self.x, recorded.chosen.choices, taken)
        layout = Layout(build, theta, recorded.grouped, list(zip(arrays, recorded.inputs)))
        end = len(self.numbers)
        outputs = np.array(graph.outputs[:end]).reshape(shape_of_nested(self.answer))
        self.output = build.broadcast(layout.rows(outputs), outputs.shape, lanes=True)
        self.tests = _tests(build, layout, recorded.guards, graph.outputs[end:])


def _chosen_rows(
    build: Builder, theta: Theta, x: Array, choices: Sequence[Choice], taken: Collection[str]
) -> list[Array]:
    """The rows of tables that numbers of the samples stand for."""
    found = []
    for k, (numbers, table) in enumerate(choices, 1):
        whole = build.index(theta.array, theta.lay(table))
        own = build.index(x, np.array(numbers if len(numbers) > 1 else numbers[0]))
        row = build.add("rows", (whole, own), (*own.own, table.shape[1]), lanes=True)
        name = "E" if len(choices) == 1 else f"E{k}"
        row.name = "" if name in taken else name
        found.append(row)
    return found


class _Loss(NamedTuple):
    """A loss as instructions: its result, its input for the targets, and its tests."""

    result: Operand
    target: Array
    tests: list[Test]
    nodes: int


def _loss(
    build: Builder,
    theta: Theta,
    loss: Loss,
    model: _Model,
    y: Sequence[Any],
    parameters: Sequence[Value],
) -> _Loss:
    samples = build.samples
    made = [list(map(Value, model.numbers)) for _ in range(samples)]
    answers = [_filled(model.answer, row) for row in made]
    predictions = [v for row in made for v in row]
    targets = [without_arrays(t) for t in y]
    outputs = build.add("samples", (model.output,), model.output.shape)
    given: list[Value] = []

    def leaf(_: int, item: Any) -> Value:
        given.append(Value(item))
        return given[-1]

    fresh = Fresh()
    watch = Watch(parameters, [*predictions, *given])
    try:
        leaves = [rebuilt(t, leaf) for t in targets]
        watch = Watch(parameters, [*predictions, *given])
        with watch.block(), fresh.block():
            root = loss(answers, leaves)
        by_class = bool(watch.input_read or looked_up(partial(loss, answers), targets))
    except Exception:  # what it does with a target cannot be done with a Value
        by_class = True
    if by_class:
        given = []
        root, watch, outputs, target = _loss_by_class(
            build, loss, model, targets, parameters, answers, predictions, outputs, fresh
        )
    else:
        target = _input(build, "y", shape_of_nested(targets), False)
    _refuse(watch, "loss")
    if not isinstance(root, Value):
        raise NotVectorizable(f"the loss is not a Value: {root!r}")
    if fresh.uses_older([root]):
        raise UsesOlder("loss")
    graph = Graph(Tape.of([root, *_sides(watch.guards)], parameters, [*predictions, *given]))
    inputs = [(outputs, graph.inputs[: len(predictions)])]
    if given:
        inputs.append((target, graph.inputs[len(predictions) :]))
    grouped = Grouped(graph, [rows for _, rows in inputs])
    layout = Layout(build, theta, grouped, inputs)
    found = layout.rows(np.array(graph.outputs[0]))
    tests = _tests(build, layout, watch.guards, graph.outputs[1:])
    return _Loss(found, target, tests, graph.nodes)


def _loss_by_class(
    build: Builder,
    loss: Loss,
    model: _Model,
    targets: list[Any],
    parameters: Sequence[Value],
    answers: list[Any],
    predictions: list[Value],
    outputs: Array,
    fresh: Fresh,
) -> tuple[Any, Watch, Array, Array]:
    """The loss of class 0 on outputs in the order in which each sample's own class is first."""
    classes = len(model.numbers)
    if len(outputs.shape) != 2 or not all(type(t) is int and 0 <= t < classes for t in targets):
        loss(answers, targets)  # which may say what is wrong with them
        raise NotVectorizable("the loss does not take Values as targets")
    try:
        follows = follows_the_class(loss, parameters, build.samples, classes)
    except Exception:  # it may not know all classes that there are outputs for
        loss(answers, targets)
        follows = False
    if not follows:
        raise NotVectorizable("the loss is another one for each class of target")
    watch = Watch(parameters, predictions)
    with watch.block(), fresh.block():
        root = loss(answers, [0] * build.samples)
    target = _input(build, "y", (build.samples,), False)
    table = own_first(classes)
    found = build.add("along", (outputs, target), outputs.shape, False, table, table.tobytes())
    return root, watch, found, target


def _filled(answer: Any, row: list[Value]) -> Any:
    return rebuilt(answer, lambda i, _: row[i])


def _input(build: Builder, name: str, own: Sequence[int], lanes: bool) -> Array:
    found = build.add("input", (), own, lanes, name)
    found.name = name
    return found


def _refuse(watch: Watch, what: str) -> None:
    if watch.refusal:
        raise NotVectorizable(watch.refusal)
    if watch.input_read:
        raise NotVectorizable(
            f"the {what} takes the number of an input out of it, by {watch.input_read}"
        )


def _sides(guards: Sequence[Guard]) -> list[Value]:
    """The Values that guards compare: for each the left, and the right where it is a Value."""
    return [v for g in guards for v in (g.left, g.right) if isinstance(v, Value)]


def _tests(
    build: Builder, layout: Layout, guards: Sequence[Guard], rows: Sequence[int]
) -> list[Test]:
    """Guards as instructions: those of one line together, as one comparison of two arrays."""
    sides: dict[tuple[str, bool, str, float | None], tuple[list[int], list[int]]] = {}
    given = iter(rows)
    for what, _, right, answer, line in guards:
        number = None if isinstance(right, Value) else float(right)
        lefts, rights = sides.setdefault((what, answer, line, number), ([], []))
        lefts.append(next(given))
        if number is None:
            rights.append(next(given))
    found = []
    for (what, answer, line, number), (lefts, rights) in sides.items():
        left = layout.rows(np.array(lefts))
        other = layout.rows(np.array(rights)) if number is None else number
        test = build.map("!=", left, 0.0) if what == "bool" else build.map(what, left, other)
        if isinstance(test, Array):
            found.append(Test(test, answer, line))
    return found
